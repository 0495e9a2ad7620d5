"""縮退: every rule on made-up candidates, and what the policies give for all of MJ."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.moji.shrink import (
    LISTED,
    BadShrinkChoice,
    ShrinkFacts,
    ShrinkOutcome,
    ShrinkRule,
    Shrunk,
    format_shrunk,
    katakana,
    parse_choice,
    parse_shrunk,
    shrink,
)
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse, TieRule, WhenNone
from gaiji_hub.tables.lookup import Tables
from tests.moji.test_shrink_policy import CERTIFICATE, DRAWN, NUMBER, PRINT, STAND_IN

SHAPE = "邉\U000e0102"  # text of a glyph that no repertoire holds
OPEN, FULL = dataclasses.replace(NUMBER, ties=()), dataclasses.replace(NUMBER, ties=tuple(TieRule))


@dataclass(frozen=True)
class One:
    table: str
    text: str
    rank: int | None = None
    hops: int | None = None


def facts(*candidates: One, text: str | None = SHAPE, readings: tuple[str, ...] = ()) -> ShrinkFacts:
    return ShrinkFacts("MJ026191", text, candidates, readings)


def test_what_the_repertoire_holds_stays_itself_whatever_the_map_or_a_person_says():
    known = facts(One("jis_ucs", "辺"), text="邊")
    for policy in (PRINT, NUMBER, CERTIFICATE):
        found = shrink(known, policy, "辺")
        assert (found.text, found.rule, found.outcome) == ("邊", ShrinkRule.ITSELF, ShrinkOutcome.STAYS)


def test_a_compatibility_ideograph_of_0213_stays_itself():
    assert shrink(facts(text="\ufa19"), NUMBER).text == "\ufa19"
    assert shrink(facts(text="\ufa19"), CERTIFICATE).rule is ShrinkRule.NONE_OPEN


def test_a_selector_is_never_cut_off():
    assert shrink(facts(text="邊\U000e0100"), OPEN).rule is ShrinkRule.NONE_OPEN


def test_the_same_text_of_several_tables_is_one_candidate():
    found = shrink(facts(One("jis_ucs", "辺"), One("koseki", "辺", hops=1)), OPEN)
    assert (found.text, found.rule, found.texts) == ("辺", ShrinkRule.SINGLE, ("辺",))
    assert len(found.candidates) == 2


RANKED = (One("moj582_1", "辺", rank=2), One("moj582_1", "邊", rank=1))
HOPPED = (One("koseki", "辺", hops=2), One("koseki", "邊", hops=1), One("koseki", "遍", hops=2))
MIXED = (One("moj582_1", "辺", rank=1), One("moj582_2", "邊", rank=2))


@pytest.mark.parametrize(
    ("candidates", "ties", "text", "rule"),
    [
        (MIXED, (), None, ShrinkRule.SEVERAL_OPEN),
        (MIXED, (TieRule.TABLE,), "辺", ShrinkRule.TABLE),
        (MIXED, (TieRule.RANK,), None, ShrinkRule.SEVERAL_OPEN),  # ranks of two tables are no common scale
        (RANKED, (TieRule.TABLE,), None, ShrinkRule.SEVERAL_OPEN),
        (RANKED, (TieRule.TABLE, TieRule.RANK), "邊", ShrinkRule.RANK),
        (RANKED, (TieRule.HOPS,), None, ShrinkRule.SEVERAL_OPEN),
        (HOPPED, (TieRule.RANK,), None, ShrinkRule.SEVERAL_OPEN),
        (HOPPED, (TieRule.RANK, TieRule.HOPS), "邊", ShrinkRule.HOPS),
        (HOPPED[::2], tuple(TieRule), None, ShrinkRule.SEVERAL_OPEN),  # equal hops
        ((*RANKED, *HOPPED), tuple(TieRule), "邊", ShrinkRule.RANK),
        ((RANKED[0], One("moj582_1", "邊")), tuple(TieRule), None, ShrinkRule.SEVERAL_OPEN),  # one has no rank
    ],
)
def test_rules_decide_only_what_they_can(candidates, ties, text, rule):
    found = shrink(facts(*candidates), dataclasses.replace(NUMBER, ties=ties))
    assert (found.text, found.rule) == (text, rule)
    assert set(found.candidates) == set(candidates)
    assert not found.why.isascii()


def test_the_order_of_tables_is_the_policys():
    other = dataclasses.replace(FULL, tables=("moj582_2", "moj582_1"))
    assert (shrink(facts(*MIXED), FULL).text, shrink(facts(*MIXED), other).text) == ("辺", "邊")
    assert other != dataclasses.replace(other, tables=other.tables[::-1])


def test_tables_a_policy_does_not_name_are_not_used():
    found = shrink(facts(One("dictionary", "辺")), dataclasses.replace(FULL, tables=("jis_ucs",)))
    assert (found.text, found.rule, found.candidates) == (None, ShrinkRule.NONE_OPEN, ())
    assert "使う表に" in found.why


def test_candidates_outside_the_repertoire_are_not_taken():
    found = shrink(facts(One("jis_ucs", "\U0002000b"), One("koseki", "辺", hops=1)), CERTIFICATE)
    assert (found.text, found.texts) == ("辺", ("辺",))
    assert shrink(facts(One("jis_ucs", "\U0002000b")), CERTIFICATE).rule is ShrinkRule.NONE_OPEN


def test_a_persons_choice_decides_what_rules_leave_open_and_what_they_decide():
    for policy in (OPEN, FULL):
        found = shrink(facts(*MIXED), policy, "邊")
        assert (found.text, found.rule, found.outcome) == ("邊", ShrinkRule.CHOICE, ShrinkOutcome.CHOSEN)
    assert "四の二" in shrink(facts(*MIXED), FULL, "邊").why
    assert "候補の外" in shrink(facts(), OPEN, "辺").why


def test_a_choice_that_the_repertoire_no_longer_holds_is_not_taken():
    assert shrink(facts(One("jis_ucs", "辺")), CERTIFICATE, "\U0002000b").rule is ShrinkRule.SINGLE


@pytest.mark.parametrize(
    ("readings", "text"),
    [
        (("なべ",), "ナベ"),
        (("ナベ", "なべ"), "ナベ"),
        (("なべ", "へん"), None),  # never guessed
        ((), None),
        (("邊",), None),  # cannot be written
        (("なべ", "邊"), None),  # two readings, of which one cannot be written
        (("な" * 21,), None),
    ],
)
def test_kana_is_written_only_for_one_recorded_reading(readings: tuple[str, ...], text: str | None):
    found = shrink(facts(readings=readings), CERTIFICATE)
    assert (found.text, found.rule) == (text, ShrinkRule.KANA if text else ShrinkRule.NONE_OPEN)
    assert ("読みの記録がありません" in found.why) is (readings == ())
    assert shrink(facts(readings=("なべ", "へん")), CERTIFICATE, "ヘン").rule is ShrinkRule.CHOICE
    assert shrink(facts(readings=readings), NUMBER).rule is ShrinkRule.NONE_OPEN


def test_readings_that_cannot_be_written_are_told():
    assert "2 通りのうち 1 通りは" in shrink(facts(readings=("なべ", "邊")), CERTIFICATE).why
    assert "読みが 2 通りあります" in shrink(facts(readings=("なべ", "へん")), CERTIFICATE).why


@pytest.mark.parametrize("policy", [dataclasses.replace(CERTIFICATE, when_none=WhenNone.UNDECIDED), NUMBER])
def test_kana_is_not_written_once_a_policy_no_longer_writes_kana(policy: ShrinkPolicy):
    known = facts(readings=("なべ", "へん"))
    assert shrink(known, CERTIFICATE, "ナベ").text == "ナベ"
    found = shrink(known, policy, "ナベ")
    assert (found.text, found.rule) == (None, ShrinkRule.NONE_OPEN)
    assert "職員の選択「ナベ」は、この方針では使えません" in found.why
    assert shrink(facts(One("jis_ucs", "辺")), policy, "ナベ").rule is ShrinkRule.SINGLE


def test_katakana_is_chosen_only_from_what_is_recorded():
    known = facts(One("dictionary", "カ"), readings=("なべ", "ヘン"))
    for text in ("ナベ", "ヘン", "カ"):  # カ: a candidate of the map
        assert parse_choice(text, CERTIFICATE, known) == text
    for text in ("ナ", "サキ"):
        with pytest.raises(BadShrinkChoice, match="記録された読み（ナベ・ヘン）"):
            parse_choice(text, CERTIFICATE, known)
        assert shrink(known, dataclasses.replace(CERTIFICATE, tables=()), text).rule is ShrinkRule.NONE_OPEN
    assert parse_choice("ナ", NUMBER, known) == "ナ"  # one character, where the use writes no readings


def test_other_ways_out():
    assert (shrink(facts(), STAND_IN).text, shrink(facts(), STAND_IN).rule) == ("か゚", ShrinkRule.SUBSTITUTE)
    assert (shrink(facts(), PRINT).text, shrink(facts(), PRINT).rule) == (None, ShrinkRule.DRAW)
    for one in (facts(), facts(One("jis_ucs", "辺"), text="邊")):
        found = shrink(one, DRAWN, "辺")
        assert (found.text, found.rule, found.outcome) == (None, ShrinkRule.SHAPE, ShrinkOutcome.STAYS)


def test_what_stays_open_is_seen():
    assert shrink(facts(), NUMBER).shown(NUMBER) == "〓"
    assert shrink(facts(*MIXED), OPEN).shown(OPEN) == "〓"
    assert shrink(facts(), PRINT).shown(PRINT) == ""
    assert shrink(facts(One("jis_ucs", "辺")), NUMBER).shown(NUMBER) == "辺"


@pytest.mark.parametrize(
    ("text", "policy"),
    [("辺", NUMBER), ("か゚", NUMBER), ("辺", CERTIFICATE), ("ナベ", CERTIFICATE), ("ヘン", CERTIFICATE), ("ー", NUMBER)],
)
def test_what_may_be_chosen(text: str, policy: ShrinkPolicy):
    assert parse_choice(text, policy, facts()) == text


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("", NUMBER),
        ("辺邊", NUMBER),
        ("ナベ", NUMBER),  # kana only where the use writes kana
        ("ナベ", dataclasses.replace(CERTIFICATE, when_none=WhenNone.UNDECIDED)),
        ("なべ", CERTIFICATE),
        ("ナ邊", CERTIFICATE),
        ("カ" * 21, CERTIFICATE),
        ("\ue000", NUMBER),
        ("邊\U000e0100", NUMBER),
        ("丄", NUMBER),
        ("\U0002000b", CERTIFICATE),
        ("a", NUMBER),
        ("\u3000", NUMBER),
        ("邊", DRAWN),
    ],
)
def test_what_may_not_be_chosen(text: str, policy: ShrinkPolicy):
    with pytest.raises(BadShrinkChoice) as refused:
        parse_choice(text, policy, facts())
    assert not text or text not in str(refused.value).replace("1文字", "")


def test_katakana_of_readings():
    assert katakana("ゃゔえーア") == "ャヴエーア"


@pytest.fixture(scope="module")
def kanji() -> list[ShrinkFacts]:
    tables = Tables.load()
    return [ShrinkFacts(g, tables.text(g), tables.shrink(g), tables.readings(g)) for g in tables.kanji()]


def test_every_glyph_of_mj_ends_in_exactly_one_outcome(kanji: list[ShrinkFacts]):
    """23,011 glyphs have no candidate; of the 7,167 with several, 1,335 are in JIS X 0213 themselves."""
    full = Counter(shrink(one, FULL).outcome for one in kanji)
    assert full == {"stays": 10_054, "one": 19_965, "several_by_rule": 5_350, "several_open": 482, "none_open": 23_011}
    assert sum(full.values()) == 58_862
    no_rules = Counter(shrink(one, OPEN).outcome for one in kanji)
    assert no_rules == {"stays": 10_054, "one": 19_965, "several_open": 7_167 - 1_335, "none_open": 23_011}


def test_kana_of_mj_for_certificates(kanji: list[ShrinkFacts]):
    policy = dataclasses.replace(CERTIFICATE, tables=FULL.tables, ties=FULL.ties)
    found = [shrink(one, policy) for one in kanji]
    assert Counter(one.outcome for one in found) == {
        "stays": 12_159, "one": 19_599, "several_by_rule": 4_569, "several_open": 357,
        "none_by_rule": 12_377, "none_open": 9_801,
    }  # fmt: skip
    assert all(policy.repertoire.holds(one.text) for one in found if one.text is not None)


def test_nothing_outside_the_repertoire_ever_comes_out(kanji: list[ShrinkFacts]):
    written = [found.text for one in kanji if (found := shrink(one, FULL)).text is not None]
    assert all(map(FULL.repertoire.holds, written))
    assert len(written) == 10_054 + 19_965 + 5_350


STATED = (
    Shrunk(ShrinkUse.PRINT, 1, ShrinkRule.DRAW, ""),
    Shrunk(ShrinkUse.NUMBER_SYSTEM, 12, ShrinkRule.TABLE, "辺"),
    Shrunk(ShrinkUse.CERTIFICATE, 3, ShrinkRule.CHOICE, "か゚"),
)


def test_a_release_row_states_the_uses_in_which_its_character_does_not_stay():
    text = format_shrunk(STATED)
    assert text == "certificate#3:choice=U+304B U+309A;number_system#12:table=U+8FBA;print#1:draw="
    assert set(parse_shrunk(text)) == set(STATED)
    assert (format_shrunk(()), parse_shrunk(LISTED)) == ("listed", ())


@pytest.mark.parametrize(
    "text",
    ["", "x", "print", "print#0:draw=", "print#1:draw=;print#2:draw=", "print#1:draw=;certificate#3:kana=U+30AB",
     "fax#1:draw=", "print#1:guess=", "print#1:draw=U+8fba", "print#1:table=辺", "print#1:draw=;", "listed;"],
)  # fmt: skip
def test_another_statement_is_refused(text: str):
    with pytest.raises(HubError):
        parse_shrunk(text)
