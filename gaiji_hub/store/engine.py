"""The engine and the two ways into it: `Store.reading()` and `Store.writing()`.

SQLite (default) and PostgreSQL (production) behave alike for the services:

- SQLite: WAL, foreign keys, synchronous=FULL, and **BEGIN IMMEDIATE for every writer**. A deferred writer that
  reads first loses its snapshot to the next commit and fails at once; an immediate one waits its turn.
- PostgreSQL: writers at READ COMMITTED with row locks (`SELECT … FOR UPDATE`) where a number is given out;
  readers at REPEATABLE READ, so that all queries of one session see one state, as on SQLite.

The driver must not begin transactions by itself (`isolation_level = None`): SQLAlchemy's begin event does it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import Session, sessionmaker

from gaiji_hub.errors import BadInput, Conflict, Unavailable
from gaiji_hub.store import scope as scope_walls
from gaiji_hub.store.scope import EVERYTHING, SCOPE, Scope

BUSY_SECONDS = 30
POOL = {"pool_size": 20, "max_overflow": 20}  # more than the server has threads: none of them waits for a connection
_TAKEN_SQLITE = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
_READ_ONLY = "gaiji_hub_read_only"
NOTE_MILLISECONDS = 10
_PATIENCE = "gaiji_hub_patience"


class BadDatabaseUrl(BadInput):
    code = "bad_database_url"
    template = "データベースの指定が正しくありません: {reason}（例: sqlite:///var/hub.db、postgresql://…）"


class DatabaseUnavailable(Unavailable):
    code = "database_unavailable"
    template = "データベースを使えません（{backend}）。接続先・権限・空き容量を確認してください"


class DatabaseDamaged(Unavailable):
    code = "database_damaged"
    template = (
        "データベースとして読めません（{backend}）。壊れているか、別のファイルです。"
        "GAIJI_HUB_DATA と GAIJI_HUB_DATABASE_URL を確認してください"
    )


class WrittenAtOnce(Conflict):
    code = "written_at_once"
    template = "同じものが同時に登録されました。最新の内容を確かめて、もう一度実行してください"


class TownSession(Session):
    """A session of this store: what it reads and writes is narrowed to its scope."""


scope_walls.listen(TownSession)


class Store:
    """A database: session factories for readers and for writers. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        readers = engine.execution_options(**{_READ_ONLY: True})
        if engine.dialect.name == "postgresql":
            readers = readers.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")
        self._reading = sessionmaker(readers, class_=TownSession, autoflush=False, expire_on_commit=False)
        self._writing = sessionmaker(engine, class_=TownSession, autoflush=False, expire_on_commit=False)
        hasty = engine.execution_options(**{_PATIENCE: NOTE_MILLISECONDS})
        self._noting = sessionmaker(hasty, class_=TownSession, autoflush=False, expire_on_commit=False)

    @contextlib.contextmanager
    def reading(self, scope: Scope = EVERYTHING) -> Iterator[Session]:
        """A session that sees one state, that of its first query, and cannot write; nothing to commit.

        It sees only the municipalities of `scope` (store.scope).
        """
        with self.available(), self._reading(info={SCOPE: scope}) as session:
            yield session

    @contextlib.contextmanager
    def writing(self, scope: Scope = EVERYTHING) -> Iterator[Session]:
        """A session in one transaction: committed at the end of the block, rolled back by any exception.

        It sees and writes only the municipalities of `scope` (store.scope).
        """
        with self.available(), self._writing(info={SCOPE: scope}) as session, session.begin():
            yield session

    @contextlib.contextmanager
    def noting(self) -> Iterator[Session]:
        """Like `writing`, for what may as well not be written: who only reads must not wait for another's import.

        On SQLite, which has one writer at a time, it gives up at once: `DatabaseUnavailable`.
        """
        with self.available(), self._noting(info={SCOPE: EVERYTHING}) as session, session.begin():
            yield session

    def second_wall(self) -> bool:
        """Whether the database keeps towns apart by itself: PostgreSQL, and not as a user who passes its policies."""
        if self.engine.dialect.name != "postgresql":
            return False
        with self.engine.connect() as connection:
            return not connection.scalar(
                text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
            )

    @contextlib.contextmanager
    def available(self) -> Iterator[None]:
        """Turns what the environment denies (no server, disk full, locked too long) or another writer took into
        one sentence.

        The driver's own message names hosts and paths and may quote values, so it is not carried on.
        """
        try:
            yield
        except OperationalError as error:
            raise DatabaseUnavailable(backend=self.engine.dialect.name) from error
        except IntegrityError as error:
            if not _is_taken(error):
                raise
            # Two writers, one key: PostgreSQL lets both look before either writes.
            raise WrittenAtOnce from error
        except DatabaseError as error:
            # SQLite says just this of a file that is no database or a broken one; its other errors have their classes.
            if type(error) is not DatabaseError:
                raise
            raise DatabaseDamaged(backend=self.engine.dialect.name) from error

    def close(self) -> None:
        self.engine.dispose()


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///FILE` or `postgresql://…` (driver psycopg); `BadDatabaseUrl` for any other.

    Values never stand in its errors. The folder of a SQLite file is made. An in-memory database is refused:
    readers and writers are different connections and would not see the same one.
    """
    parsed = _parse_url(url)
    if parsed.get_backend_name() == "postgresql":
        postgresql = parsed.set(drivername="postgresql+psycopg")
        return create_engine(postgresql, pool_pre_ping=True, hide_parameters=True, **POOL)
    Path(str(parsed.database)).absolute().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _parse_url(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadDatabaseUrl(reason="URLとして読み取れません") from None
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise BadDatabaseUrl(reason="SQLite か PostgreSQL を指定してください")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise BadDatabaseUrl(reason="SQLite はファイルを指定してください")
    return parsed


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    options = connection.get_execution_options()
    read_only = bool(options.get(_READ_ONLY))
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {options.get(_PATIENCE, BUSY_SECONDS * 1000)}")
    connection.exec_driver_sql(f"PRAGMA query_only = {int(read_only)}")
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _is_taken(error: IntegrityError) -> bool:
    """Whether a unique key was taken; a trigger or check that fires is a programming error and stays one."""
    sqlite = getattr(error.orig, "sqlite_errorname", "")
    return sqlite in _TAKEN_SQLITE or getattr(error.orig, "sqlstate", "") == "23505"
