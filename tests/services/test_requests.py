"""A request is made after a search, answered once by a second person, and then carried by the next release."""

from __future__ import annotations

import dataclasses

import pytest

from gaiji_hub.errors import HubError, Problems
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.allocation import allocations
from gaiji_hub.services.approval import RemarkNeeded, ShapesNotSeen
from gaiji_hub.services.character_search import NoSource, NotIdentifiedYet, Source, search_characters
from gaiji_hub.services.characters import codes_of, find_character, readings_of
from gaiji_hub.services.decisions import Status, current, history
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import UnknownBusinessSystem, set_policy
from gaiji_hub.services.release import get_release, make_release
from gaiji_hub.services.request_approval import approve_request
from gaiji_hub.services.requests import (
    NotYourRequest,
    RequestAnswered,
    SearchNotSeen,
    UnknownRequest,
    find_request,
    list_requests,
    request_character,
    request_hash,
    send_back_request,
    withdraw_request,
)
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import GALLERY, TAX, ask, furnish, grant, look, wanted
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import ADMIN, APPROVER, CLERK, OTHER_APPROVER, SECOND_APPROVER, SECOND_CLERK


@pytest.fixture
def town(store: Store) -> Store:
    return furnish(store)


def test_one_approval_gives_id_codes_decisions_and_the_next_release_carries_them(
    town: Store, tables: Tables, blobs: BlobStore
):
    request = ask(town, tables)
    assert (request.number, request.status, request.readings) == (1, Status.PENDING, ("かくう", "ななし"))
    assert request.searched["gallery"] == GALLERY
    made = grant(town, tables, 1)
    assert made.character.startswith("GH")
    assert [(code.system, code.local_code, code.new) for code in made.codes] == [
        (SYSTEM, "F040", False),
        (TAX, "F040", True),
    ]
    with town.writing() as session:
        character = find_character(session, TOWN, made.character)
        assert (character.shape, character.shared, character.readings) == (
            square(200).hash,
            False,
            ("かくう", "ななし"),
        )
        for system in (SYSTEM, TAX):
            decided = current(session, TOWN, system)["F040"]
            assert (decided.verdict, decided.glyph, decided.ground) == (Verdict.EXACT, character.id, Ground.KOSEKI)
            assert (decided.decided_by, decided.outcome and decided.outcome.by_name) == (CLERK.name, APPROVER.name)
            make_release(session, blobs, tables, TOWN, system, DATE, "採番", AT, APPROVER)
            row = get_release(session, blobs, TOWN, system).rows[0]
            assert (row.local_code, row.glyph, row.approval) == ("F040", character.id, "approved")
        assert [one.character for one in allocations(session, TOWN, TAX)] == [character.id]
        assert allocations(session, TOWN, SYSTEM) == ()
        assert [(one.edition, one.code) for one in codes_of(session, TOWN, character.id)] == [
            (f"{TOWN}-{SYSTEM}/1", "F040"),
            (f"{TOWN}-{TAX}/1", "F040"),
        ]
        assert readings_of(session, TOWN, [character.id, GLYPH]) == {character.id: ("かくう", "ななし")}
        assert audit.verify(session, TOWN).problems == ()
        acts = [entry.action for entry in audit.list_entries(session, TOWN, 0, 20)[1]]
        assert {"request_character", "approve_request", "allocate"} <= set(acts)


def test_a_request_may_be_for_a_standard_character(town: Store, tables: Tables):
    ask(town, tables, wanted(systems=(TAX,), character=GLYPH.lower()))
    made = grant(town, tables, 1)
    assert made.character == GLYPH
    with town.reading() as session:
        assert current(session, TOWN, TAX)["F040"].glyph == GLYPH


WRONG = {
    "業務システムを1つ以上": {"systems": ()},
    "名称は": {"title": " "},
    "読みに使える": {"readings": "kana"},
    "一覧から選んで": {"ground": Ground.UNSTATED},
    "根拠を1〜": {"grounds": ""},
    "ハブの文字にもありません": {"character": "MJ999999"},
}


@pytest.mark.parametrize("sentence", WRONG)
def test_each_wrong_request_is_refused(town: Store, tables: Tables, sentence: str):
    with pytest.raises(HubError, match=sentence):
        ask(town, tables, dataclasses.replace(wanted(), **WRONG[sentence]))


def test_nothing_is_asked_without_a_search_that_was_seen(town: Store, tables: Tables):
    with town.writing() as session:
        found = look(session, wanted())
        for want, seen in ((wanted(), "0" * 64), (wanted(Source(SYSTEM, "F041")), found.hash)):
            with pytest.raises(SearchNotSeen):
                request_character(session, tables, TOWN, want, found, seen, AT, CLERK)
        for source in (Source(), Source(SYSTEM, "F040", "GH00000001")):
            with pytest.raises(NoSource):
                search_characters(session, TOWN, source)


def test_a_shape_whose_candidates_were_never_looked_for_is_not_asked_for(town: Store, tables: Tables):
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 777}), AT)
        with pytest.raises(NotIdentifiedYet):
            search_characters(session, TOWN, Source(SYSTEM, "F042"))


def test_the_same_outline_is_not_a_second_character(town: Store, tables: Tables):
    ask(town, tables, wanted(systems=(SYSTEM,)))
    first = grant(town, tables, 1).character
    with pytest.raises(Problems, match=f"同じ字形の文字 {first}"):
        ask(town, tables, wanted(systems=(TAX,)))
    ask(town, tables, wanted(Source(character=first), systems=(TAX,)))
    assert grant(town, tables, 2).character == first
    with pytest.raises(Problems, match="すでにコード F040 にあります"):
        ask(town, tables, wanted(Source(character=first), systems=(TAX,)))


def test_two_requests_for_one_shape_do_not_wait_at_once(town: Store, tables: Tables):
    ask(town, tables)
    with pytest.raises(Problems, match="第1号"):
        ask(town, tables, by=SECOND_CLERK)


def test_two_requests_for_one_shape_in_two_systems_do_not_make_two_characters(town: Store, tables: Tables):
    ask(town, tables, wanted(systems=(SYSTEM,)))
    ask(town, tables, wanted(systems=(TAX,)))
    grant(town, tables, 1)
    with pytest.raises(Problems, match="同じ字形の文字"):
        grant(town, tables, 2)


@pytest.mark.parametrize("kind", [PolicyKind.MJPLUS, PolicyKind.MJ_IVS])
def test_a_system_of_standard_characters_is_given_no_hub_character(town: Store, tables: Tables, kind: PolicyKind):
    policy = Policy(kind, "2026-08" if kind is PolicyKind.MJPLUS else "")
    request = ask(town, tables)
    with town.writing() as session:
        set_policy(session, TOWN, TAX, policy, SpaceRule.KEEP, AT, ADMIN)
    with pytest.raises(Problems, match="zei の文字要件"):
        grant(town, tables, request.number)
    with pytest.raises(Problems, match="デザイン差"):
        ask(town, tables, wanted(Source(SYSTEM, "F041")))
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM) == {}


def test_nobody_approves_the_own_request(town: Store, tables: Tables):
    ask(town, tables, by=APPROVER)
    with pytest.raises(Problems, match="自分の申請"):
        grant(town, tables, 1, APPROVER)
    assert grant(town, tables, 1, SECOND_APPROVER).request.status is Status.APPROVED


@pytest.mark.parametrize("who", [CLERK, ADMIN, OTHER_APPROVER])
def test_only_an_approver_of_the_town_approves(town: Store, tables: Tables, who):
    ask(town, tables)
    with pytest.raises(NotAllowed):
        grant(town, tables, 1, who)


def test_what_was_not_on_the_screen_is_not_approved(town: Store, tables: Tables):
    ask(town, tables)
    with town.writing() as session, pytest.raises(ShapesNotSeen):
        approve_request(session, tables, TOWN, 1, "0" * 64, AT, APPROVER)


def test_a_request_is_answered_once(town: Store, tables: Tables):
    ask(town, tables)
    with town.writing() as session:
        for remark in ("", "a\x00"):
            with pytest.raises(RemarkNeeded):
                send_back_request(session, TOWN, 1, remark, AT, APPROVER)
        assert send_back_request(session, TOWN, 1, "字形を確かめてください", AT, APPROVER).status is Status.SENT_BACK
    with pytest.raises(RequestAnswered, match="差戻し"):
        grant(town, tables, 1)
    ask(town, tables)
    with town.writing() as session:
        with pytest.raises(NotYourRequest):
            withdraw_request(session, TOWN, 2, AT, SECOND_CLERK)
        withdraw_request(session, TOWN, 2, AT, CLERK)
        assert [one.number for one in list_requests(session, TOWN)] == [2, 1]
        assert list_requests(session, TOWN, Status.PENDING) == ()
        assert [one.number for one in list_requests(session, TOWN, Status.SENT_BACK)] == [1]


def test_another_persons_decision_about_the_shape_is_answered_first(town: Store, tables: Tables):
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.NONE, "", "なし")], AT, SECOND_CLERK)
    ask(town, tables)
    with pytest.raises(Problems, match="F040: 架空 次郎 の判定"):
        grant(town, tables, 1)


def test_the_clerks_own_waiting_decision_is_replaced(town: Store, tables: Tables):
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.NONE, "", "なし")], AT, CLERK)
    ask(town, tables)
    grant(town, tables, 1)
    with town.reading() as session:
        assert [one.status for one in history(session, TOWN, SYSTEM, "F040")] == [Status.WITHDRAWN, Status.APPROVED]
        _, entries = audit.list_entries(session, TOWN, 0, 99, f"{SYSTEM}/F040")
        assert [one.action for one in reversed(entries)] == ["decide", "withdrawn", "approved"]


def test_another_towns_request_and_systems_are_not_found(town: Store, tables: Tables):
    ask(town, tables)
    with town.reading() as session:
        assert list_requests(session, OTHER) == ()
        for number in (1, 0, 2**31):
            with pytest.raises(UnknownRequest):
                find_request(session, OTHER, number)
    with pytest.raises(UnknownBusinessSystem):
        ask(town, tables, wanted(systems=("nai",)))


def test_the_hash_of_a_request_says_what_was_seen(town: Store, tables: Tables):
    request = ask(town, tables)
    for change in ({"shape": "0" * 64}, {"systems": (TAX,)}, {"title": "別"}, {"character": GLYPH}):
        assert request_hash(dataclasses.replace(request, **change)) != request_hash(request)
