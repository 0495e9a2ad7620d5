"""Models and migrations describe the same database, on both back ends; history tables refuse changes."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from gaiji_hub.store.engine import open_engine
from gaiji_hub.store.migrate import SchemaMismatch, check_schema, found_revision, migrate, wanted_revision
from gaiji_hub.store.models import APPEND_ONLY, Base, Instant
from gaiji_hub.store.scope import EVERYTHING, tell_scope

AT = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)


@pytest.fixture
def engine(database_url: str):
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def reflected(engine: Engine) -> dict[str, object]:
    found = inspect(engine)
    return {
        table: {
            "columns": [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)],
            "checks": sorted((str(c["name"]), c["sqltext"]) for c in found.get_check_constraints(table)),
            "uniques": sorted((str(u["name"]), u["column_names"]) for u in found.get_unique_constraints(table)),
            "indexes": sorted((str(i["name"]), i["column_names"]) for i in found.get_indexes(table)),
            "keys": sorted((str(k["name"]), k["referred_table"]) for k in found.get_foreign_keys(table)),
            "primary": found.get_pk_constraint(table)["constrained_columns"],
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def test_alembic_finds_nothing_to_add(engine: Engine):
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_migrated_schema_is_the_models_schema(engine: Engine):
    migrate(engine)
    migrated = reflected(engine)
    with engine.begin() as connection:
        # A policy of one table may name another, so PostgreSQL drops them together.
        together = " CASCADE" if connection.dialect.name == "postgresql" else ""
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(text(f"DROP TABLE {table.name}{together}"))
        Base.metadata.create_all(connection)
    assert reflected(engine) == migrated
    assert set(migrated) == set(Base.metadata.tables)


def test_migrating_twice_changes_nothing(engine: Engine):
    assert migrate(engine) == migrate(engine) == wanted_revision()
    check_schema(engine)


def test_an_empty_database_is_named_so(engine: Engine):
    with pytest.raises(SchemaMismatch, match="空"):
        check_schema(engine)


def test_a_failing_step_leaves_the_old_schema(engine: Engine):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE release (id INTEGER)"))
    with pytest.raises(DBAPIError):
        migrate(engine)
    with engine.connect() as connection:
        assert found_revision(connection) is None
        assert inspect(connection).get_table_names() == ["release"]


def test_history_refuses_changes(engine: Engine):
    migrate(engine)
    with engine.begin() as connection:
        one_row_each(connection)
    changed = [sql for table in APPEND_ONLY for sql in _changes(table) if not _refused(engine, sql)]
    assert changed == []


def test_the_present_state_of_a_gaiji_may_change(engine: Engine):
    migrate(engine)
    with engine.begin() as connection:
        one_row_each(connection)
        assert connection.scalars(text("SELECT present FROM gaiji")).all() == [1]
        connection.execute(text("UPDATE gaiji SET present = (1 = 0)"))
        assert connection.scalars(text("SELECT present FROM gaiji")).all() == [0]


def _changes(table: str) -> tuple[str, str]:
    column = next(iter(Base.metadata.tables[table].primary_key)).name
    return f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"


def _refused(engine: Engine, sql: str) -> bool:
    try:
        with engine.begin() as connection:
            connection.execute(text(sql))
    except DBAPIError as error:
        return "append-only" in str(error)
    return False


SPECIAL = {"glyph": "MJ026190"}
FIRST_ALLOWED = re.compile(r"(\w+) IN \('([^']*)'")
BY_TYPE = {int: 1, bool: True, bytes: b"", datetime.date: AT.date(), str: "1"}


def _value(column: Column[Any]) -> object:
    return AT if isinstance(column.type, Instant) else BY_TYPE[column.type.python_type]


def one_row_each(connection: Connection) -> None:
    """One row in every table, so that a row trigger has a row to fire for."""
    if connection.dialect.name == "postgresql":
        tell_scope(connection, EVERYTHING)
    for table in Base.metadata.sorted_tables:
        values = {c.name: SPECIAL.get(c.name, _value(c)) for c in table.columns}
        checks = (str(c.sqltext) for c in table.constraints if isinstance(c, CheckConstraint))
        values |= dict(match.groups() for check in checks if (match := FIRST_ALLOWED.match(check)))
        connection.execute(table.insert(), values)
