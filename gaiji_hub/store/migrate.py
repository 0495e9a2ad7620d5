"""Bring a database to the schema of this version, or say that it is not there."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from gaiji_hub.errors import Unavailable

# Any constant will do: it keeps two processes from migrating one PostgreSQL database at the same time.
_LOCK = 0x6761696A69


class SchemaMismatch(Unavailable):
    code = "schema_mismatch"
    template = "データベースの版（{found}）がプログラム（{wanted}）と合いません。gaiji-hub migrate を実行してください"


def migrate(engine: Engine) -> str:
    """Run every missing step in one transaction and return the revision reached; harmless when repeated."""
    config = _config()
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return wanted_revision()


def wanted_revision() -> str:
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # the package always carries at least one step
    return head


def found_revision(connection: Connection) -> str | None:
    """The revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def check_schema(engine: Engine) -> None:
    """Raise `SchemaMismatch` unless the database is exactly at this version's revision."""
    with engine.connect() as connection:
        found = found_revision(connection)
    if found != wanted_revision():
        raise SchemaMismatch(found=found or "空", wanted=wanted_revision())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "gaiji_hub.store:migrations")
    return config
