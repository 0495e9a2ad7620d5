"""Many rows at once: new ones must be new, missing ones are added to what lies there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing, insert_new
from gaiji_hub.store.engine import Store, WrittenAtOnce, open_engine
from gaiji_hub.store.migrate import migrate

ONE, TWO = {"hash": "1" * 64, "outline": b"1"}, {"hash": "2" * 64, "outline": b"2"}


@pytest.fixture
def store(database_url: str):
    opened = Store(open_engine(database_url))
    migrate(opened.engine)
    yield opened
    opened.close()


def insert(store: Store, how: Callable[..., None], *lines: dict[str, object]) -> None:
    with store.writing() as session:
        how(session, rows.Shape, lines)


def kept(store: Store) -> list[str]:
    with store.reading() as session:
        return [found[:1] for found in session.scalars(select(rows.Shape.hash).order_by(rows.Shape.hash))]


def test_what_is_missing_is_added(store: Store):
    insert(store, insert_missing, ONE)
    insert(store, insert_missing, ONE, TWO)
    insert(store, insert_missing)
    assert kept(store) == ["1", "2"]


def test_a_taken_key_is_an_error_and_nothing_is_kept(store: Store):
    insert(store, insert_new, ONE)
    insert(store, insert_new)
    with pytest.raises(WrittenAtOnce):
        insert(store, insert_new, TWO, ONE)
    assert kept(store) == ["1"]
