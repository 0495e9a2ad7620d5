"""Readers cannot write, writers wait for each other, and the environment's refusals are one sentence."""

from __future__ import annotations

import datetime
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import BadDatabaseUrl, DatabaseUnavailable, Store, WrittenAtOnce, open_engine
from gaiji_hub.store.migrate import migrate

AT = datetime.datetime(2026, 4, 1, 9, 0, tzinfo=datetime.timezone(datetime.timedelta(hours=9)))


@pytest.fixture
def store(database_url: str):
    opened = Store(open_engine(database_url))
    migrate(opened.engine)
    yield opened
    opened.close()


def town(number: int) -> rows.Municipality:
    return rows.Municipality(lg_code=f"{number:06d}", title="架空", registered_at=AT)


def test_a_reader_cannot_write(store: Store):
    with store.reading() as session:
        session.add(town(1))
        with pytest.raises(DBAPIError):
            session.flush()
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.Municipality)) == 0


def test_a_writer_after_a_reader_on_the_same_connection_can_write(store: Store):
    with store.reading() as session:
        session.execute(text("SELECT 1"))
    with store.writing() as session:
        session.add(town(1))
    with store.reading() as session:
        assert session.get(rows.Municipality, "000001") is not None


def test_an_exception_rolls_everything_back(store: Store):
    def fail() -> None:
        with store.writing() as session:
            session.add(town(1))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.reading() as session:
        assert session.get(rows.Municipality, "000001") is None


def test_an_instant_comes_back_in_utc(store: Store):
    with store.writing() as session:
        session.add(town(1))
    with store.reading() as session:
        found = session.get(rows.Municipality, "000001")
        assert found is not None
        assert found.registered_at == AT
        assert found.registered_at.utcoffset() == datetime.timedelta(0)


def test_a_time_without_zone_is_refused(store: Store):
    with pytest.raises(Exception, match="time zone"), store.writing() as session:
        session.add(rows.Municipality(lg_code="000001", title="架空", registered_at=AT.replace(tzinfo=None)))


def test_sixteen_writers_that_read_first_all_commit(store: Store):
    def write(number: int) -> None:
        with store.writing() as session:
            session.scalar(select(func.count()).select_from(rows.Municipality))
            session.add(town(number))

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(write, range(160)))
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.Municipality)) == 160


def test_a_note_is_written_while_nobody_else_writes(store: Store):
    with store.noting() as session:
        session.add(town(1))
    with store.reading() as session:
        assert session.scalar(select(func.count()).select_from(rows.Municipality)) == 1


def test_a_note_does_not_wait_for_a_writer_on_sqlite(tmp_path: Path):
    opened = Store(open_engine(f"sqlite:///{tmp_path / 'hub.db'}"))
    migrate(opened.engine)
    with opened.writing() as session:
        session.add(town(1))
        session.flush()
        with pytest.raises(DatabaseUnavailable), opened.noting() as hasty:
            hasty.execute(text("SELECT 1"))
    # The connection that was in a hurry is patient again in other hands.
    with opened.writing() as session:
        assert session.scalar(text("PRAGMA busy_timeout")) == 30_000
    opened.close()


def test_a_key_that_another_writer_took_is_a_conflict(store: Store):
    with store.writing() as session:
        session.add(town(1))

    def again() -> None:
        with store.writing() as session:
            session.add(town(1))

    with pytest.raises(WrittenAtOnce):
        again()


def test_a_trigger_that_fires_is_not_taken_for_a_conflict(store: Store):
    with store.writing() as session:
        session.add(rows.Shape(hash="0" * 64, outline=b""))

    def change() -> None:
        with store.writing() as session:
            session.execute(text("DELETE FROM shape"))

    with pytest.raises(DBAPIError, match="append-only"):
        change()


def test_an_error_of_the_database_does_not_quote_values(store: Store):
    with store.reading() as session, pytest.raises(DBAPIError) as caught:
        session.execute(text("SELECT no_such_column FROM municipality WHERE title = :title"), {"title": "渡邉太郎"})
    assert "渡邉" not in str(caught.value)


def test_sqlite_is_opened_for_durability(tmp_path: Path):
    store = Store(open_engine(f"sqlite:///{tmp_path / 'deep' / 'hub.db'}"))
    with store.writing() as session:
        values = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "なにか"])
def test_other_urls_are_refused(url: str):
    with pytest.raises(BadDatabaseUrl):
        open_engine(url)


def test_an_unreachable_server_says_so_without_its_address(tmp_path: Path):
    store = Store(open_engine(f"postgresql://hub@/none?host={tmp_path}"))
    with pytest.raises(DatabaseUnavailable) as caught, store.reading() as session:
        session.execute(text("SELECT 1"))
    assert str(tmp_path) not in str(caught.value)
