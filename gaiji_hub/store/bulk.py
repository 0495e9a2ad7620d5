"""Many rows in one statement, the same on both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from gaiji_hub.store.models import Base
from gaiji_hub.store.scope import check_rows


def insert_new(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`, all of them new: a key that is taken is an error, never passed over (numbers, history)."""
    if rows:
        check_rows(session, model, rows)
        session.execute(insert(model.__table__), list(rows))  # type: ignore[arg-type]  # a Table, typed as FromClause


def insert_missing(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; those whose key or unique columns are already there are left as they lie.

    Only for what says the same under the same key (shapes, candidates, notices), never for numbers.
    """
    if not rows:
        return
    check_rows(session, model, rows)
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(make(model.__table__).on_conflict_do_nothing(), list(rows))  # type: ignore[arg-type]  # a Table, typed as FromClause
