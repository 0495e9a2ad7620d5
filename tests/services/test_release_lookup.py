"""引き当て: from memory without SQL, never more than a second behind the newest release."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import UnknownBusinessSystem
from gaiji_hub.services.release import NoRelease, make_release
from gaiji_hub.services.release_lookup import RECHECK, CodeNotReleased, Lookups
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font
from tests.services.people import APPROVER, CLERK, approve_all


class Clock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Statements:
    """What the database is asked while it is watched."""

    def __init__(self, store: Store) -> None:
        self.count = 0
        event.listen(store.engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.count += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lookups(store: Store, blobs: BlobStore, tables: Tables, clock: Clock) -> Lookups:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 201}), AT)
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
    return Lookups(store, blobs, clock)


def release_again(store: Store, blobs: BlobStore, tables: Tables) -> None:
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200}), AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "整理", AT, APPROVER)


def test_a_code_is_found_in_any_notation_and_no_other(lookups: Lookups):
    table = lookups.newest(TOWN, SYSTEM)
    assert table.row("F040").glyph == table.row("0xf040").glyph == GLYPH
    for code in ("F099", "8140", "なし"):
        with pytest.raises(CodeNotReleased):
            table.row(code)


def test_within_a_second_nothing_is_asked(lookups: Lookups, store: Store, clock: Clock):
    assert lookups.held(TOWN, SYSTEM) is None
    table = lookups.newest(TOWN, SYSTEM)
    asked = Statements(store)
    clock.now += RECHECK - 0.01
    assert all(lookups.newest(TOWN, SYSTEM) is table is lookups.held(TOWN, SYSTEM) for _ in range(100))
    assert asked.count == 0


def test_after_a_second_the_number_is_asked_once_and_the_table_kept(lookups: Lookups, store: Store, clock: Clock):
    table = lookups.newest(TOWN, SYSTEM)
    clock.now += RECHECK
    assert lookups.held(TOWN, SYSTEM) is None
    asked = Statements(store)
    assert lookups.newest(TOWN, SYSTEM) is table
    first = asked.count
    assert first > 0
    assert lookups.newest(TOWN, SYSTEM) is table
    assert asked.count == first


def test_a_new_release_is_in_force_after_a_second(
    lookups: Lookups, store: Store, blobs: BlobStore, tables: Tables, clock: Clock
):
    assert lookups.newest(TOWN, SYSTEM).release.number == 1
    release_again(store, blobs, tables)
    clock.now += RECHECK
    assert lookups.newest(TOWN, SYSTEM).release.number == 2


def test_a_release_made_while_the_database_was_asked_is_not_missed_for_longer(
    lookups: Lookups, store: Store, blobs: BlobStore, tables: Tables, clock: Clock
):
    """The second counts from before the query, however long the query took."""

    def slow(*_: object) -> None:
        clock.now += 0.1

    event.listen(store.engine, "before_cursor_execute", slow)
    begun = clock.now
    lookups.newest(TOWN, SYSTEM)
    event.remove(store.engine, "before_cursor_execute", slow)
    clock.now = begun + RECHECK
    assert lookups.held(TOWN, SYSTEM) is None


def test_what_is_not_there_is_asked_each_time_and_never_kept(lookups: Lookups):
    for _ in range(2):
        with pytest.raises(NoRelease):
            lookups.newest(OTHER, SYSTEM)
        with pytest.raises(UnknownBusinessSystem):
            lookups.newest(TOWN, "nobody")
    assert lookups.held(OTHER, SYSTEM) is None
