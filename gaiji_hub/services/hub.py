"""The registry opened: database, blobs, the folders of keys and channels below one data folder, and the marks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from gaiji_hub.errors import HubError
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import check_schema, migrate, migrate_empty
from gaiji_hub.store.scope import EVERYTHING, Scope


@dataclass(frozen=True)
class Registry:
    """What services work on. Safe to share between threads; `close` when done."""

    store: Store
    blobs: BlobStore
    keys: Path
    channels: Path
    marks: Path

    @staticmethod
    def open(data: Path, database_url: str, *, migrating: bool = True, marks: Path | None = None) -> Registry:
        """Open the registry of a data folder, bringing its database to this version's schema.

        With `migrating` False a database of another version is refused (`SchemaMismatch`). `marks`: where the
        high-water marks of the channels are kept (distribution.marks), by default below `data`.
        """
        return Registry._prepared(data, database_url, migrate if migrating else check_schema, marks)

    @staticmethod
    def open_for_reading(data: Path, database_url: str, *, marks: Path | None = None) -> Registry:
        """Open the registry for a command that only reads: an older database is refused, an empty one is made."""
        return Registry._prepared(data, database_url, migrate_empty, marks)

    @staticmethod
    def _prepared(data: Path, database_url: str, prepare: Callable[[Engine], object], marks: Path | None) -> Registry:
        store = Store(open_engine(database_url))
        try:
            with store.available():
                prepare(store.engine)
        except HubError:
            store.close()
            raise
        return Registry(store, BlobStore(data / "blobs"), data / "keys", data / "channels", marks or data / "marks")

    def reading(self, actor: Actor) -> AbstractContextManager[Session]:
        """A session that sees the actor's municipalities and nothing else."""
        return self.store.reading(_scope(actor))

    def writing(self, actor: Actor) -> AbstractContextManager[Session]:
        """A session that sees and writes the actor's municipalities and nothing else."""
        return self.store.writing(_scope(actor))

    def reading_all(self) -> AbstractContextManager[Session]:
        """A session of every municipality: logging in, the worker, the operators' named routes."""
        return self.store.reading()

    def writing_all(self) -> AbstractContextManager[Session]:
        return self.store.writing()

    def noting(self) -> AbstractContextManager[Session]:
        """A session of every municipality for what may as well not be written (store.engine)."""
        return self.store.noting()

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.store.engine.dialect.name

    def second_wall(self) -> bool:
        """Whether the database keeps towns apart by itself as well (store.scope)."""
        return self.store.second_wall()

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _scope(actor: Actor) -> Scope:
    return EVERYTHING if actor.kind == "console" else Scope.of(*actor.lg_codes)
