"""Releases rise without gap or double, hold every gaiji, never guess, and are found by their own town only."""

from __future__ import annotations

import dataclasses
import datetime
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor, NotAllowed
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.going_back import WouldDrop, WouldRevive
from gaiji_hub.services.identification import Decision, decide, undo
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import set_policy
from gaiji_hub.services.release import (
    BadReason,
    NoRelease,
    NothingChanged,
    NothingToRelease,
    PolicyViolated,
    UnknownRelease,
    diff,
    get_release,
    get_summary,
    list_releases,
    make_release,
    policy_violations,
    preview,
    preview_rollback,
    rollback,
)
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import ADMIN, APPROVER, CLERK, OPERATOR, OTHER_APPROVER, approve_all

SHAPES = {0xE000: 200, 0xE001: 300, 0xE002: 400}
THREADS = 16


@pytest.fixture
def town(store: Store, tables: Tables) -> Store:
    decisions = [
        Decision("F040", Verdict.EXACT, GLYPH, "一致"),
        Decision("F041", Verdict.SIMILAR, GLYPH, "似ている"),
    ]
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font(SHAPES), AT)
        decide(session, tables, TOWN, SYSTEM, decisions, AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    return store


def make(store: Store, blobs: BlobStore, tables: Tables, reason: str = "初版") -> Release:
    with store.writing() as session:
        return make_release(session, blobs, tables, TOWN, SYSTEM, DATE, reason, AT, APPROVER)


def change(store: Store, size: int) -> None:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({**SHAPES, 0xE003: size}), AT)


def test_a_release_has_a_row_for_every_gaiji(town: Store, blobs: BlobStore, tables: Tables):
    made = make(town, blobs, tables)
    exact, similar, undecided = made.rows
    known = tables.character(GLYPH)  # type: ignore[arg-type]
    assert known is not None
    assert (exact.local_code, exact.glyph, exact.identification) == ("F040", GLYPH, 1)
    assert exact.texts == (("mj-ivs", known.text),)
    assert exact.shrink
    assert len(exact.shrink) == len(set(exact.shrink))
    assert (similar.verdict, similar.glyph, similar.texts, similar.shrink) == (Verdict.SIMILAR, GLYPH, (), ())
    assert undecided == dataclasses.replace(
        undecided, glyph=None, verdict=Verdict.NONE, identification=0, texts=(), note="未同定", shape=square(400).hash
    )
    assert [row.approval for row in made.rows] == ["approved", "approved", "unapproved"]
    assert dict(made.editions) == tables.edition


def test_a_release_is_read_back_from_its_bytes(town: Store, blobs: BlobStore, tables: Tables):
    made = make(town, blobs, tables)
    with town.reading() as session:
        assert get_release(session, blobs, TOWN, SYSTEM) == get_release(session, blobs, TOWN, SYSTEM, 1) == made
        summary = get_summary(session, TOWN, SYSTEM)
    assert (summary.number, summary.hash, summary.row_count, summary.kind) == (1, made.hash, 3, "release")
    assert blobs.get(made.hash) == made.to_bytes()


def test_only_what_is_approved_enters(town: Store, blobs: BlobStore, tables: Tables):
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.NONE, "", "見直し")], AT, CLERK)
        decide(session, tables, TOWN, SYSTEM, [Decision("F042", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
    first, _second, third = make(town, blobs, tables).rows
    assert (first.verdict, first.identification) == (Verdict.EXACT, 1), (
        "what was in force stays until the new is approved"
    )
    assert (third.verdict, third.identification, third.note) == (Verdict.NONE, 0, "承認待ち")
    with town.writing() as session:
        approve_all(session, TOWN, SYSTEM, AT)
    first, _second, third = make(town, blobs, tables, "承認後").rows
    assert [(row.verdict, row.identification, row.approval) for row in (first, third)] == [
        (Verdict.NONE, 3, "approved"),
        (Verdict.EXACT, 4, "approved"),
    ]


@pytest.mark.parametrize("by", [CLERK, OPERATOR, OTHER_APPROVER], ids=lambda by: by.login)
def test_only_those_who_may_release_do(town: Store, blobs: BlobStore, tables: Tables, by: Actor):
    with town.writing() as session, pytest.raises(NotAllowed):
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, by)
    with town.writing() as session:
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, ADMIN)
    with town.writing() as session, pytest.raises(NotAllowed):
        rollback(session, blobs, TOWN, SYSTEM, 1, DATE, "初版", AT, by)


def test_the_targets_policy_keeps_a_release_back_and_says_what_to_do(town: Store, blobs: BlobStore, tables: Tables):
    last = datetime.date(2028, 3, 31)
    with town.writing() as session:
        set_policy(
            session,
            TOWN,
            SYSTEM,
            Policy(PolicyKind.TRANSITION, "2026-08", last),
            SpaceRule.KEEP,
            AT,
            ADMIN,
        )
    made = make(town, blobs, tables)
    later = last + datetime.timedelta(1)
    with town.reading() as session:
        assert policy_violations(session, tables, TOWN, SYSTEM, last) == ()
        found = policy_violations(session, tables, TOWN, SYSTEM, later)
    assert [one.local_code for one in found] == ["F041", "F042"]
    change(town, 500)
    for attempt in (
        lambda session: make_release(session, blobs, tables, TOWN, SYSTEM, later, "期日後", AT, APPROVER),
        lambda session: rollback(session, blobs, TOWN, SYSTEM, 1, later, "期日後", AT, APPROVER),
    ):
        with town.writing() as session, pytest.raises(PolicyViolated, match="F041: 判定「類似文字」は標準文字に"):
            attempt(session)
    with town.reading() as session:
        assert [one.hash for one in list_releases(session, TOWN, SYSTEM)] == [made.hash]


def test_nothing_changed_is_refused(town: Store, blobs: BlobStore, tables: Tables):
    make(town, blobs, tables)
    with pytest.raises(NothingChanged, match="第1版"):
        make(town, blobs, tables, "理由だけ違う")
    with town.reading() as session:
        assert len(list_releases(session, TOWN, SYSTEM)) == 1


def test_a_second_release_names_the_first_and_diffs(town: Store, blobs: BlobStore, tables: Tables):
    first = make(town, blobs, tables)
    change(town, 500)
    second = make(town, blobs, tables, "追加")
    assert (second.number, second.previous) == (2, first.hash)
    with town.reading() as session:
        found = diff(session, blobs, TOWN, SYSTEM, 1)
        assert [row.local_code for row in found.added] == ["F043"]
        assert len(diff(session, blobs, TOWN, SYSTEM, None, 1).added) == 3


def test_a_rollback_is_a_new_number_with_old_content(town: Store, blobs: BlobStore, tables: Tables):
    first = make(town, blobs, tables)
    change(town, 500)
    second = make(town, blobs, tables, "追加")
    later = DATE + datetime.timedelta(1)
    with town.writing() as session:
        third = rollback(session, blobs, TOWN, SYSTEM, 1, later, "誤り", AT, APPROVER)
        assert (third.number, third.previous, third.date, third.rows) == (3, second.hash, later, first.rows)
        assert get_summary(session, TOWN, SYSTEM).kind == "rollback"
        with pytest.raises(NothingChanged):
            rollback(session, blobs, TOWN, SYSTEM, 3, later, "同じ", AT, APPROVER)
        for number in (0, -1, 2**31, 2**63):
            with pytest.raises(UnknownRelease):
                get_release(session, blobs, TOWN, SYSTEM, number)
        with pytest.raises(UnknownRelease):
            rollback(session, blobs, TOWN, SYSTEM, 9, later, "ない", AT, APPROVER)
    assert make(town, blobs, tables, "やり直し").rows == second.rows


def test_without_gaiji_there_is_nothing_to_release(store: Store, blobs: BlobStore, tables: Tables):
    with pytest.raises(NothingToRelease):
        make(store, blobs, tables)


@pytest.mark.parametrize("reason", ["", " ", "a\x00", "長" * 501])
def test_a_reason_is_needed(town: Store, blobs: BlobStore, tables: Tables, reason: str):
    with pytest.raises(BadReason):
        make(town, blobs, tables, reason)


def test_another_town_finds_nothing(town: Store, blobs: BlobStore, tables: Tables):
    make(town, blobs, tables)
    with town.reading() as session:
        assert list_releases(session, OTHER, SYSTEM) == ()
        with pytest.raises(NoRelease):
            get_release(session, blobs, OTHER, SYSTEM)
        with pytest.raises(UnknownRelease):
            get_release(session, blobs, OTHER, SYSTEM, 1)


def test_sixteen_threads_make_releases_without_gap_or_double(town: Store, blobs: BlobStore, tables: Tables):
    """Each thread changes a gaiji and releases in one transaction, so that every release differs from the last."""

    def release(thread: int) -> int:
        with town.writing() as session:
            record_intake(session, TOWN, SYSTEM, font({**SHAPES, 0xE003: 500 + thread}), AT)
            return make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "同時", AT, APPROVER).number

    with ThreadPoolExecutor(THREADS) as pool:
        numbers = list(pool.map(release, range(THREADS)))
    assert sorted(numbers) == list(range(1, THREADS + 1))
    with town.reading() as session:
        chain = list_releases(session, TOWN, SYSTEM)
    assert [summary.previous for summary in chain] == ["", *(summary.hash for summary in chain[:-1])]


def test_a_release_that_takes_characters_back_is_made_only_when_that_is_meant(store, blobs, tables):
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
        undo(session, TOWN, SYSTEM, 1, "誤り", AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    with store.reading() as session:
        assert preview(session, blobs, tables, TOWN, SYSTEM, DATE).dropped == ("F040",)
    made = (blobs, tables, TOWN, SYSTEM, DATE, "取消", AT, APPROVER)
    with store.writing() as session, pytest.raises(WouldDrop, match="1 字（F040）"):
        make_release(session, *made, dropping=False)
    with store.writing() as session:
        assert make_release(session, *made, dropping=True).number == 2


def test_a_changed_shape_takes_nothing_back(store, blobs, tables):
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200}), AT)
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
        record_intake(session, TOWN, SYSTEM, font({0xE000: 250}), AT)
        made = make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "字形の変更", AT, APPROVER, dropping=False)
    assert made.undecided == 1


OTHER_GLYPH = "MJ026190"


@pytest.fixture
def twice(town: Store, blobs: BlobStore, tables: Tables) -> Store:
    """第1版: F040 = GLYPH. 第2版: the decision about F040 was undone, F042 was decided."""
    make(town, blobs, tables)
    with town.writing() as session:
        undo(session, TOWN, SYSTEM, 1, "別の字だった", AT, CLERK)
        decide(session, tables, TOWN, SYSTEM, [Decision("F042", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    make(town, blobs, tables, "取消と追加")
    return town


def back(store: Store, blobs: BlobStore, to: int = 1, by: Actor = APPROVER, **meant: bool) -> Release:
    with store.writing() as session:
        return rollback(session, blobs, TOWN, SYSTEM, to, DATE, "誤り", AT, by, **meant)


def test_a_rollback_takes_nothing_back_and_revives_nothing_unless_that_is_meant(twice: Store, blobs: BlobStore):
    with twice.reading() as session:
        going = preview_rollback(session, blobs, TOWN, SYSTEM, 1)
    assert (going.dropped, going.reviving) == (("F042",), ("F040",))
    with pytest.raises(WouldDrop, match="1 字（F042）"):
        back(twice, blobs, reviving=True)
    with pytest.raises(WouldRevive, match="第1版の 1 字（F040）"):
        back(twice, blobs, dropping=True)
    with twice.reading() as session:
        assert len(list_releases(session, TOWN, SYSTEM)) == 2
    assert back(twice, blobs, dropping=True, reviving=True).number == 3
    with twice.reading() as session:
        entry = audit.list_entries(session, TOWN, 0, 1)[1][0]
    assert entry.action == "rollback"
    told = json.loads(entry.detail)
    assert (told["of"], told["dropped_codes"], told["revived_codes"]) == (1, "F042", "F040")


def test_a_rollback_that_drops_a_whole_row_with_a_character_says_so(town: Store, blobs: BlobStore, tables: Tables):
    make(town, blobs, tables)
    change(town, 500)
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F043", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    make(town, blobs, tables, "追加")
    with pytest.raises(WouldDrop, match="1 字（F043）"):
        back(town, blobs)


@pytest.mark.parametrize("approved", [True, False])
def test_only_an_approved_newer_decision_makes_the_old_one_a_revival(
    town: Store, blobs: BlobStore, tables: Tables, approved: bool
):
    make(town, blobs, tables)
    change(town, 500)
    make(town, blobs, tables, "追加")
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, OTHER_GLYPH, "別の字")], AT, CLERK)
        if approved:
            approve_all(session, TOWN, SYSTEM, AT)
    if not approved:
        assert back(town, blobs).number == 3
        return
    with pytest.raises(WouldRevive, match="F040"):
        back(town, blobs)


def test_the_same_decision_made_again_is_no_revival(town: Store, blobs: BlobStore, tables: Tables):
    make(town, blobs, tables)
    change(town, 500)
    make(town, blobs, tables, "追加")
    with town.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "もう一度見た")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    assert back(town, blobs).number == 3


@pytest.mark.parametrize("by", [ADMIN, CLERK, OPERATOR, OTHER_APPROVER], ids=lambda by: by.login)
def test_only_an_approver_goes_back(twice: Store, blobs: BlobStore, by: Actor):
    with pytest.raises(NotAllowed):
        back(twice, blobs, by=by, dropping=True, reviving=True)
