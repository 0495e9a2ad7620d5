"""Decisions are appended, all or none, about the shape that was seen, and count once approved; towns stay apart."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.moji.actor import Actor, NotAllowed
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.decisions import Status, UnknownGaiji, current, history, pending
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, GLYPH, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import ADMIN, CLERKS, OPERATOR, OTHER_CLERK, SECOND_CLERK, approve_all

EXACT = Decision("F040", Verdict.EXACT, GLYPH, "台帳の字形と一致", ground=Ground.KOSEKI)


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        for lg_code in (TOWN, OTHER):
            record_intake(session, lg_code, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
    return store


def decided(store: Store, tables: Tables, *decisions: Decision, town: str = TOWN) -> list[int]:
    """The numbers of decisions that the town's clerk makes; they wait for approval."""
    with store.writing() as session:
        return [found.number for found in decide(session, tables, town, SYSTEM, decisions, AT, CLERKS[town])]


def in_force(store: Store, tables: Tables, *decisions: Decision, town: str = TOWN) -> list[int]:
    """The same, approved."""
    numbers = decided(store, tables, *decisions, town=town)
    with store.writing() as session:
        approve_all(session, town, SYSTEM, AT)
    return numbers


def test_a_decision_says_who_on_what_grounds_against_which_edition(town: Store, tables: Tables):
    in_force(town, tables, EXACT)
    with town.reading() as session:
        found = current(session, TOWN, SYSTEM)["F040"]
    assert (found.number, found.local_code, found.shape) == (1, "F040", square(200).hash)
    assert (found.verdict, found.glyph, found.approval) == (Verdict.EXACT, GLYPH, "approved")
    assert (found.ground, found.grounds) == (Ground.KOSEKI, "台帳の字形と一致")
    assert (found.decided_by, found.decided_by_id, found.at) == ("架空 花子", CLERKS[TOWN].id, AT)
    assert dict(found.editions) == tables.edition


def test_a_decision_waits_until_it_is_approved(town: Store, tables: Tables):
    decided(town, tables, EXACT)
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM) == {}
        (waiting,) = pending(session, TOWN, SYSTEM)
    assert (waiting.number, waiting.status, waiting.approval) == (1, Status.PENDING, "unapproved")


def test_a_later_decision_counts_and_the_earlier_stays(town: Store, tables: Tables):
    none = Decision("U+F040".removeprefix("U+"), Verdict.NONE, "", "該当する文字がない")
    assert in_force(town, tables, EXACT) == [1]
    assert decided(town, tables, none) == [2]
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM)["F040"].verdict is Verdict.EXACT, "what was approved stays in force"
    with town.writing() as session:
        approve_all(session, TOWN, SYSTEM, AT)
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM)["F040"].verdict is Verdict.NONE
        assert [d.verdict for d in history(session, TOWN, SYSTEM, "F040")] == [Verdict.EXACT, Verdict.NONE]
        assert history(session, TOWN, SYSTEM, "F041") == ()


def test_ones_own_waiting_decision_is_replaced_by_a_new_one(town: Store, tables: Tables):
    decided(town, tables, EXACT)
    decided(town, tables, Decision("F040", Verdict.NONE, "", "見直した"))
    with town.reading() as session:
        assert [one.number for one in pending(session, TOWN, SYSTEM)] == [2]
        assert [one.status for one in history(session, TOWN, SYSTEM, "F040")] == [Status.WITHDRAWN, Status.PENDING]


def test_a_replaced_decision_leaves_the_entry_of_its_withdrawal(town: Store, tables: Tables):
    decided(town, tables, EXACT)
    decided(town, tables, Decision("F040", Verdict.NONE, "", "見直した"))
    with town.reading() as session:
        made, withdrawn, first = audit.list_entries(session, TOWN, 0, 3, "juki/F040")[1]
    assert [entry.action for entry in (made, withdrawn, first)] == ["decide", "withdrawn", "decide"]
    assert json.loads(withdrawn.detail) == {"identification": 1, "replaced": True}
    assert (withdrawn.actor_id, json.loads(made.detail)["identification"]) == (CLERKS[TOWN].id, 2)


def test_a_gj_id_is_refused_because_no_table_of_an_edition_is_here(town: Store, tables: Tables):
    with town.writing() as session, pytest.raises(Problems, match=r"(?i)GJ000123 は判定に使えません: .*未実装"):
        decide(session, tables, TOWN, SYSTEM, [dataclasses.replace(EXACT, glyph="gj000123")], AT, CLERKS[TOWN])


def test_another_persons_waiting_decision_has_to_be_answered_first(town: Store, tables: Tables):
    decided(town, tables, EXACT)
    with town.writing() as session, pytest.raises(Problems, match="架空 花子 の判定（第1号）が承認待ち"):
        decide(session, tables, TOWN, SYSTEM, [EXACT], AT, SECOND_CLERK)
    with town.reading() as session:
        assert [one.number for one in pending(session, TOWN, SYSTEM)] == [1]


@pytest.mark.parametrize("by", [ADMIN, OPERATOR, OTHER_CLERK], ids=lambda by: by.login)
def test_only_those_who_may_decide_here_decide(town: Store, tables: Tables, by: Actor):
    with town.writing() as session, pytest.raises(NotAllowed):
        decide(session, tables, TOWN, SYSTEM, [EXACT], AT, by)
    with town.reading() as session:
        assert history(session, TOWN, SYSTEM, "F040") == ()


def test_numbers_count_within_a_business_system(town: Store, tables: Tables):
    other = dataclasses.replace(EXACT, local_code="F041")
    assert decided(town, tables, EXACT, other) == [1, 2]
    assert decided(town, tables, EXACT, town=OTHER) == [1]
    assert decided(town, tables, other) == [3]


def test_a_changed_shape_is_undecided_until_the_old_one_is_back(town: Store, tables: Tables):
    in_force(town, tables, EXACT)
    for size, expected in ((222, 0), (200, 1)):
        with town.writing() as session:
            record_intake(session, TOWN, SYSTEM, font({0xE000: size, 0xE001: 300}), AT)
        with town.reading() as session:
            assert len(current(session, TOWN, SYSTEM)) == expected


def test_a_gone_gaiji_has_no_decision_in_force(town: Store, tables: Tables):
    in_force(town, tables, EXACT)
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE001: 300}), AT)
        assert current(session, TOWN, SYSTEM) == {}
        assert len(history(session, TOWN, SYSTEM, "F040")) == 1


WRONG = {
    "登録されていません": {"local_code": "F099"},
    "字形が変わっています": {"shape": "0" * 64},
    "文字図形名は付けられません": {"verdict": Verdict.NONE},
    "文字図形名が必要です": {"glyph": ""},
    "文字情報一覧表にもハブの文字にもありません": {"glyph": "MJ999999"},
    "根拠を": {"grounds": " "},
    "制御文字": {"grounds": "a\x00"},
    "候補の版": {"gallery": "x"},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=range(len(WRONG)))
def test_each_wrong_decision_is_refused(town: Store, tables: Tables, change: dict[str, object]):
    sentence = next(key for key, value in WRONG.items() if value is change)
    with pytest.raises(Problems, match=sentence):
        decided(town, tables, dataclasses.replace(EXACT, **change))  # type: ignore[arg-type]


def test_grounds_may_have_lines_and_full_width_spaces(town: Store, tables: Tables):
    assert decided(town, tables, dataclasses.replace(EXACT, grounds="一行目\r\n二行目　終わり")) == [1]


def test_sixteen_threads_number_their_decisions_without_gap_or_double(town: Store, tables: Tables):
    with ThreadPoolExecutor(16) as pool:
        numbers = [number for found in pool.map(lambda _: decided(town, tables, EXACT), range(16)) for number in found]
    assert sorted(numbers) == list(range(1, 17))
    with town.reading() as session:
        stored = [found.number for found in history(session, TOWN, SYSTEM, "F040")]
    assert stored == list(range(1, 17)), "every number that was returned is a decision that is kept"


def test_a_batch_reports_every_problem_and_records_nothing(town: Store, tables: Tables):
    batch = [EXACT, dataclasses.replace(EXACT, local_code="F041", **{"grounds": "", "glyph": "X"}), EXACT]
    with pytest.raises(Problems) as caught:
        decided(town, tables, *batch)
    assert caught.value.facts["count"] == 3
    assert "2 件目（F041）" in str(caught.value)
    assert "F040: 同じ外字が 2 回あります" in str(caught.value)
    with town.reading() as session:
        assert pending(session, TOWN, SYSTEM) == ()


def test_a_decision_does_not_cross_towns(town: Store, tables: Tables):
    in_force(town, tables, EXACT)
    with town.reading() as session:
        assert current(session, OTHER, SYSTEM) == {}
        assert history(session, OTHER, SYSTEM, "F040") == ()
        with pytest.raises(UnknownGaiji):
            history(session, OTHER, SYSTEM, "F042")
