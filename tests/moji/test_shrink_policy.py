"""縮退方針 as a value: what each use may say, and that its canonical JSON comes back."""

from __future__ import annotations

import dataclasses
import json

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, BadShrinkPolicy, ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.tables.parse_shrink import SHRINK_TABLES

ALL = tuple(SOURCE_TABLES)
PRINT = ShrinkPolicy(ShrinkUse.PRINT, Repertoire.JISX0213, ALL, tuple(TieRule), WhenNone.DRAW)
NUMBER = ShrinkPolicy(ShrinkUse.NUMBER_SYSTEM, Repertoire.JISX0213, ALL, (TieRule.TABLE,), WhenNone.UNDECIDED, "〓")
CERTIFICATE = ShrinkPolicy(ShrinkUse.CERTIFICATE, Repertoire.JISX0208_0212, ALL[:4], (), WhenNone.KANA)
STAND_IN = ShrinkPolicy(ShrinkUse.PRINT, Repertoire.JISX0213, (), (), WhenNone.SUBSTITUTE, "◎", "か゚")
DRAWN = ShrinkPolicy(ShrinkUse.PRINT, Repertoire.SHAPES, (), (), WhenNone.DRAW)


def test_the_source_tables_are_those_of_the_map_in_its_order():
    assert list(SOURCE_TABLES) == list(SHRINK_TABLES)


@pytest.mark.parametrize("policy", [PRINT, NUMBER, CERTIFICATE, STAND_IN, DRAWN])
def test_a_policy_comes_back_from_its_canonical_json(policy: ShrinkPolicy):
    text = policy.to_text()
    assert ShrinkPolicy.from_json(json.loads(text)) == policy
    assert ShrinkPolicy.from_json(json.loads(text)).to_text() == text
    assert text.isascii()  # characters as U+…, so that nothing on the way can normalise them


@pytest.mark.parametrize("policy", [PRINT, NUMBER, CERTIFICATE, STAND_IN, DRAWN])
def test_a_policy_describes_itself_in_japanese(policy: ShrinkPolicy):
    assert [name.isascii() for name, _ in policy.describe()] == [False] * 5
    assert all(value for _, value in policy.describe())


@pytest.mark.parametrize(
    ("policy", "change"),
    [
        (NUMBER, {"repertoire": Repertoire.JISX0208_0212}),
        (NUMBER, {"repertoire": Repertoire.SHAPES}),
        (NUMBER, {"when_none": WhenNone.KANA}),
        (NUMBER, {"when_none": WhenNone.DRAW}),
        (CERTIFICATE, {"repertoire": Repertoire.JISX0213}),
        (CERTIFICATE, {"when_none": WhenNone.DRAW}),
        (PRINT, {"when_none": WhenNone.KANA}),
        (PRINT, {"when_none": WhenNone.SUBSTITUTE}),  # without saying which
        (PRINT, {"substitute": "〓"}),  # without a use for it
        (STAND_IN, {"substitute": "〓〓"}),
        (STAND_IN, {"substitute": "辺\U000e0100"}),
        (STAND_IN, {"substitute": "\u3000"}),
        (NUMBER, {"mark": ""}),
        (NUMBER, {"mark": "\ue000"}),
        (NUMBER, {"mark": "?"}),
        (NUMBER, {"mark": "\u3000"}),  # a mark must be seen
        (DRAWN, {"mark": "ab"}),
        (CERTIFICATE, {"mark": "か゚"}),
        (NUMBER, {"tables": ("jis_ucs", "jis_ucs")}),
        (NUMBER, {"tables": ("jis",)}),
        (NUMBER, {"ties": (TieRule.RANK, TieRule.RANK)}),
    ],
)
def test_what_a_use_does_not_allow_is_refused(policy: ShrinkPolicy, change: dict[str, object]):
    with pytest.raises(BadShrinkPolicy):
        dataclasses.replace(policy, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "x"},
        {"use": "fax"},
        {"tables": None},
        {"tables": [1]},
        {"tables": [[]]},
        {"ties": ["first"]},
        {"mark": "◎"},
        {"mark": None},
        {"substitute": 3},
        {"when_none": ""},
    ],
)
def test_json_that_is_no_policy_is_refused(change: dict[str, object]):
    with pytest.raises(HubError):
        ShrinkPolicy.from_json({**NUMBER.to_json(), **change})


@pytest.mark.parametrize("data", [{}, [], None, "x"])
def test_other_json_is_refused(data: object):
    with pytest.raises(BadShrinkPolicy):
        ShrinkPolicy.from_json(data)  # type: ignore[arg-type]  # on purpose
