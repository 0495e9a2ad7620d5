"""The one place where towns are kept apart: what a session may see and write is decided here, for every query.

A session carries a `Scope`. Every ORM query about a `TownRow` is narrowed to it, every new row is checked against
it, and PostgreSQL is told the scope so that its row-level security narrows once more (migration 0005). A `Scope`
of everything is for the hub's own work: logging in, the worker, the console, the operators' named routes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event, inspect, or_, text
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria

from gaiji_hub.store.models import Base, HubCharacter, SharedTownRow, TownRow

SCOPE = "gaiji_hub_scope"
_SHARED_LOCK = 0x676861


class OutsideScope(RuntimeError):
    """A row of a municipality that the session may not touch: a programming error, never a user's."""


@dataclass(frozen=True)
class Scope:
    """The municipalities a session works for; None for all of them."""

    lg_codes: frozenset[str] | None

    @staticmethod
    def of(*lg_codes: str) -> Scope:
        return Scope(frozenset(lg_codes))

    def allows(self, lg_code: str) -> bool:
        return self.lg_codes is None or lg_code in self.lg_codes

    @property
    def setting(self) -> str:
        """`gaiji_hub.scope` of PostgreSQL; a scope of nothing names no town (and sees shared characters only)."""
        return "*" if self.lg_codes is None else ",".join(sorted(self.lg_codes)) or "-"


EVERYTHING = Scope(None)


def scope_of(session: Session) -> Scope:
    found: Scope = session.info.get(SCOPE, EVERYTHING)
    return found


def check_rows(session: Session, model: type[Base], rows: Iterable[Mapping[str, Any]]) -> None:
    """Raise `OutsideScope` unless every row of a town's table belongs to the session's scope."""
    scope = scope_of(session)
    if scope.lg_codes is None or not issubclass(model, TownRow | SharedTownRow):
        return
    if not all(scope.allows(row["lg_code"]) for row in rows):
        raise OutsideScope(model.__tablename__)


def _narrow(state: ORMExecuteState) -> None:
    codes = scope_of(state.session).lg_codes
    if codes is None or not (state.is_select or state.is_update or state.is_delete):
        return
    mine = tuple(sorted(codes))
    own = HubCharacter.lg_code.in_(mine)
    readable = or_(own, HubCharacter.shared) if state.is_select else own
    state.statement = state.statement.options(
        with_loader_criteria(TownRow, lambda row: row.lg_code.in_(mine), include_aliases=True),
        with_loader_criteria(HubCharacter, readable, include_aliases=True),
    )


def _check_flush(session: Session, _context: object, _instances: object) -> None:
    scope = scope_of(session)
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TownRow | SharedTownRow):
            # A row never changes hands: what it was counts as well as what it becomes.
            owners = {row.lg_code, *inspect(row).attrs.lg_code.history.deleted}
            if len(owners) > 1 or not all(map(scope.allows, owners)):
                raise OutsideScope(type(row).__name__)


def _tell_postgresql(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        tell_scope(connection, scope_of(session))


def tell_scope(connection: Connection, scope: Scope) -> None:
    """Say to PostgreSQL's policies what this transaction may see."""
    connection.execute(text("SELECT set_config('gaiji_hub.scope', :scope, true)"), {"scope": scope.setting})


def lock_shared(session: Session) -> None:
    """Nobody else changes what shared characters mean until the transaction ends.

    Their rows may be another municipality's and cannot be locked; on SQLite the writer holds the one lock already.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SHARED_LOCK})


def listen(session: type[Session]) -> None:
    """Put the walls around every session made of this class."""
    event.listen(session, "do_orm_execute", _narrow)
    event.listen(session, "before_flush", _check_flush)
    event.listen(session, "after_begin", _tell_postgresql)
