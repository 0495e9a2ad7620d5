"""Bring a database to the schema of this version, or say that it is not there."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from gaiji_hub.errors import Unavailable
from gaiji_hub.store.scope import EVERYTHING, tell_scope

# Any constant will do: it keeps two processes from migrating one PostgreSQL database at the same time.
_LOCK = 0x6761696A69


class SchemaMismatch(Unavailable):
    code = "schema_mismatch"
    template = "データベースの版（{found}）がプログラム（{wanted}）と合いません。gaiji-hub migrate を実行してください"


class SchemaTooNew(Unavailable):
    code = "schema_too_new"
    template = (
        "データベースの版（{found}）をこのプログラム（{wanted}）は知りません。"
        "新しい gaiji-hub が作ったものです。プログラムを新しくしてください"
    )


def migrate(engine: Engine) -> str:
    """Run every missing step in one transaction and return the revision reached; harmless when repeated.

    Raises `SchemaTooNew` for a database at a revision that this version does not have.
    """
    with engine.begin() as connection:
        migrate_to(connection, wanted_revision())
    return wanted_revision()


def migrate_to(connection: Connection, revision: str) -> None:
    """Run every missing step up to `revision` inside the caller's transaction; `SchemaTooNew` as `migrate`."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        tell_scope(connection, EVERYTHING)
    found = found_revision(connection)
    _refuse_unknown(revision)
    _refuse_unknown(found)
    if found == revision:
        return
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def wanted_revision() -> str:
    return _steps()[0]


def found_revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate_empty(engine: Engine) -> None:
    """Make the schema in an empty database (first use); any other is only checked, as by `check_schema`."""
    with engine.connect() as connection:
        empty = found_revision(connection) is None and not inspect(connection).get_table_names()
    if empty:
        migrate(engine)
    else:
        check_schema(engine)


def check_schema(engine: Engine) -> None:
    """Raise `SchemaMismatch` (or `SchemaTooNew`) unless the database is exactly at this version's revision."""
    with engine.connect() as connection:
        found = found_revision(connection)
    _refuse_unknown(found)
    if found != wanted_revision():
        raise SchemaMismatch(found=found or "空", wanted=wanted_revision())


def _refuse_unknown(found: str | None) -> None:
    if found is not None and found not in _steps():
        raise SchemaTooNew(found=found, wanted=wanted_revision())


@cache
def _steps() -> tuple[str, ...]:
    """The revisions of this version, newest first; the package always carries at least one step."""
    return tuple(step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "gaiji_hub.store:migrations")
    return config
