"""The database as text that belongs to no database: JSON lines per table, read and written by reflection.

Tables are taken as they are at the revision of the database, not as the models say, so that an older dump can be
loaded at its own revision and migrated up. Equal rows give equal bytes on both back ends.
"""

from __future__ import annotations

import base64
import datetime
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, MetaData, String, Table, collate, func, insert, inspect, select, text
from sqlalchemy.orm import Session

from gaiji_hub.moji.canonical import canonical
from gaiji_hub.store.instants import utc

# What is true only while a hub runs: who is logged in, who works on what. It is not kept and not brought back.
PASSING = ("login_session", "work_lease")
CHUNK = 1 << 20
_VERSION = "alembic_version"


def tables(session: Session) -> tuple[Table, ...]:
    """The tables of the database as they are, those that others refer to first."""
    metadata = MetaData()
    metadata.reflect(session.connection())
    return tuple(table for table in metadata.sorted_tables if table.name not in (*PASSING, _VERSION))


def count_rows(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def dump_table(session: Session, table: Table) -> Iterator[bytes]:
    """The rows by primary key, a canonical JSON object a line, in chunks of whole lines of about 1 MiB."""
    order = [_by_bytes(session, column) for column in table.primary_key]
    lines, size = [], 0
    for row in session.execute(select(table).order_by(*order).execution_options(yield_per=500)):
        line = canonical({name: _encode(value) for name, value in row._mapping.items()})
        lines.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(lines)
            lines, size = [], 0
    if lines:
        yield b"".join(lines)


def load_rows(session: Session, table: Table, chunk: bytes) -> int:
    """Insert the rows of a chunk and say how many; `ValueError` when it is not one of this table."""
    columns = {column.name for column in table.columns}
    rows = [json.loads(line) for line in chunk.splitlines()]
    if not all(isinstance(row, dict) and row.keys() == columns for row in rows):
        raise ValueError("columns")
    session.execute(insert(table), [{name: _decode(value) for name, value in row.items()} for row in rows])
    return len(rows)


def is_empty(session: Session) -> bool:
    """Whether the database holds no table at all (a fresh one)."""
    return not inspect(session.connection()).get_table_names()


def hold_references(session: Session) -> None:
    """Let rows be loaded before those they refer to, until `settle_references`; needs the tables' owner."""
    if session.connection().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys = ON"))
        return
    for constraint in _references(session.connection()):
        session.execute(text(f"ALTER TABLE {constraint} DEFERRABLE INITIALLY DEFERRED"))


def settle_references(session: Session) -> None:
    """Check what `hold_references` put off, and be strict again: `ValueError` or the database's own error."""
    if session.connection().dialect.name == "sqlite":
        if session.execute(text("PRAGMA foreign_key_check")).first() is not None:
            raise ValueError("foreign keys")
        return
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for constraint in _references(session.connection()):
        session.execute(text(f"ALTER TABLE {constraint} NOT DEFERRABLE"))


def continue_counters(session: Session, loaded: Iterable[Table]) -> None:
    """PostgreSQL's sequences go on above the highest id loaded; SQLite counts from the highest by itself."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return
    quote = connection.dialect.identifier_preparer.format_table
    for table in loaded:
        keys = list(table.primary_key)
        if len(keys) != 1 or keys[0].type.python_type is not int:
            continue
        highest = session.scalar(select(func.max(keys[0])))
        values = {"table": quote(table), "column": keys[0].name, "highest": highest}
        if highest is not None:
            sentence = "SELECT setval(pg_get_serial_sequence(:table, :column), :highest)"
            session.execute(text(sentence), values)


def _references(connection: Connection) -> list[str]:
    quote = connection.dialect.identifier_preparer.quote
    found = inspect(connection)
    return [
        f"{quote(table)} ALTER CONSTRAINT {quote(str(key['name']))}"
        for table in sorted(found.get_table_names())
        for key in found.get_foreign_keys(table)
    ]


def _by_bytes(session: Session, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Text keys in the order of their bytes, whatever language the database sorts by."""
    if isinstance(column.type, String) and session.connection().dialect.name == "postgresql":
        return collate(column, "C")
    return column


def _encode(value: object) -> object:
    match value:
        case None | bool() | int() | str():
            return value
        case bytes():
            return {"bytes": base64.b64encode(value).decode("ascii")}
        case datetime.datetime():
            zoned = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
            return {"instant": utc(zoned).isoformat(timespec="microseconds")}
        case datetime.date():
            return {"date": value.isoformat()}
        case float():
            return {"float": value.hex()}
        case Decimal():
            return {"decimal": str(value)}
        case dict() | list():
            return {"json": value}
    raise TypeError(f"no way to dump a {type(value).__name__}")


def _decode(value: Any) -> object:
    if not isinstance(value, dict):
        return value
    ((kind, text_),) = value.items()
    match kind:
        case "bytes":
            return base64.b64decode(text_, validate=True)
        case "instant":
            return utc(datetime.datetime.fromisoformat(text_))
        case "date":
            return datetime.date.fromisoformat(text_)
        case "float":
            return float.fromhex(text_)
        case "decimal":
            return Decimal(text_)
        case "json":
            return text_
    raise ValueError("kind")
