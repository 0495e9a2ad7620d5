"""文字要件: which rows a target may be sent, on which day, and what is offered where one may not."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.policy import BadPolicy, Policy, PolicyKind, SpaceRule, violations
from gaiji_hub.moji.release import APPROVED, ReleaseRow
from gaiji_hub.moji.verdict import Verdict

DAY = datetime.date(2028, 3, 31)
ROW = ReleaseRow(
    "F040",
    "0" * 64,
    GlyphId("MJ026190"),
    Verdict.EXACT,
    identification=1,
    texts=(("mj-ivs", "邉"),),
    approval=APPROVED,
)
FORBIDDEN = {
    "a character of the hub": (replace(ROW, glyph=GlyphId("GH00000001"), texts=()), {"mj-ivs", "mjplus"}),
    "a character of an edition whose table is not here": (
        replace(ROW, glyph=GlyphId("GJ000123"), texts=()),
        {"mj-ivs", "mjplus"},
    ),
    "another character": (replace(ROW, verdict=Verdict.SIMILAR, texts=()), {"mj-ivs", "mjplus"}),
    "no character": (replace(ROW, verdict=Verdict.NONE, glyph=None, texts=()), {"mj-ivs", "mjplus"}),
    "no decision": (
        ReleaseRow("F040", "0" * 64, None, Verdict.NONE, identification=0, note="未同定"),
        {"mj-ivs", "mjplus"},
    ),
    "a glyph without text": (replace(ROW, texts=()), {"mj-ivs"}),
    "an exact standard character": (ROW, set()),
    "a design difference": (replace(ROW, verdict=Verdict.DESIGN_DIFFERENCE), set()),
}


@pytest.mark.parametrize("kind", [PolicyKind.LOCAL, PolicyKind.MJ_IVS, PolicyKind.MJPLUS])
@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_may_not_be_sent(name: str, kind: PolicyKind):
    row, forbidden = FORBIDDEN[name]
    found = violations(kind, (row,))
    assert bool(found) is (kind.value in forbidden)
    assert all(one.local_code == "F040" and one.offers for one in found)


def test_a_hub_character_is_offered_the_replacement_or_the_request():
    (found,) = violations(PolicyKind.MJPLUS, (FORBIDDEN["a character of the hub"][0],))
    assert "デザイン差" in str(found)
    assert "追加要望" in str(found)
    assert "GH00000001" in str(found)


def test_what_an_edition_has_is_not_known_and_said_to_be_not_built():
    (found,) = violations(PolicyKind.MJPLUS, (FORBIDDEN["a character of an edition whose table is not here"][0],))
    assert "GJ000123 を確かめられません" in found.reason
    assert "未実装" in found.reason


def test_rows_are_named_in_their_order_and_the_rest_is_not():
    bad = replace(ROW, verdict=Verdict.SIMILAR, texts=())
    rows = (replace(bad, local_code="F041"), ROW, replace(bad, local_code="F043"))
    assert [one.local_code for one in violations(PolicyKind.MJ_IVS, rows)] == ["F041", "F043"]


def test_a_transition_is_local_to_its_last_day_and_standard_from_the_next():
    policy = Policy(PolicyKind.TRANSITION, "2026-08", DAY)
    assert policy.in_force(DAY) is PolicyKind.LOCAL
    assert policy.in_force(DAY + datetime.timedelta(1)) is PolicyKind.MJPLUS
    assert Policy().in_force(DAY) is PolicyKind.LOCAL
    assert "期日 2028-03-31" in policy.describe()


@pytest.mark.parametrize(
    ("kind", "edition", "until"),
    [
        (PolicyKind.MJPLUS, "", None),
        (PolicyKind.MJ_IVS, "2026-08", None),
        (PolicyKind.LOCAL, "", DAY),
        (PolicyKind.TRANSITION, "2026-08", None),
        (PolicyKind.TRANSITION, "", DAY),
        (PolicyKind.MJPLUS, "x" * 41, None),
        (PolicyKind.MJPLUS, "20\n26", None),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(kind: PolicyKind, edition: str, until: datetime.date | None):
    with pytest.raises(BadPolicy):
        Policy(kind, edition, until)


def test_everything_has_a_name_to_read():
    labels = [one.label for one in (*PolicyKind, *SpaceRule)]
    assert len(set(labels)) == len(labels)
