"""The registry opened: database, blobs, and the folders of keys and channels below one data folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import HubError
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import check_schema, migrate


@dataclass(frozen=True)
class Registry:
    """What services work on. Safe to share between threads; `close` when done."""

    store: Store
    blobs: BlobStore
    keys: Path
    channels: Path

    @staticmethod
    def open(data: Path, database_url: str, *, migrating: bool = True) -> Registry:
        """Open the registry of a data folder, bringing its database to this version's schema.

        With `migrating` False a database of another version is refused (`SchemaMismatch`).
        """
        store = Store(open_engine(database_url))
        try:
            with store.available():
                (migrate if migrating else check_schema)(store.engine)
        except HubError:
            store.close()
            raise
        return Registry(store, BlobStore(data / "blobs"), data / "keys", data / "channels")

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
