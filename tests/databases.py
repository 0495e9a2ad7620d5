"""Databases for the tests: filled once on each back end, then copied for every test that wants one of its own."""

from __future__ import annotations

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gaiji_hub.services.hub import Registry
from gaiji_hub.store.engine import open_engine
from gaiji_hub.store.migrate import migrate
from tests.postgres import Cluster

BACKENDS = ("sqlite", "postgresql")
Fill = Callable[[Path, str], None]  # gets a data folder and the URL of an empty database; closes what it opens


def migrated(_data: Path, url: str) -> None:
    """The newest schema and nothing else."""
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()  # the last connection to close empties SQLite's write-ahead log into the file


@dataclass(frozen=True)
class Model:
    """A data folder and its database, to copy from; `cluster` is None for SQLite, whose file lies beside the folder."""

    folder: Path
    cluster: Cluster | None
    name: str

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @contextlib.contextmanager
    def copied(self, folder: Path) -> Iterator[str]:
        """The data in `folder`/data and the URL of a database with the same rows, dropped afterwards."""
        shutil.copytree(self.data, folder / "data", dirs_exist_ok=True)
        if self.cluster is None:
            shutil.copyfile(self.folder / "hub.db", folder / "hub.db")
            yield f"sqlite:///{folder / 'hub.db'}"
            return
        with self.cluster.database(f"t{uuid.uuid4().hex[:12]}", template=self.name) as url:
            yield url

    @contextlib.contextmanager
    def opened(self, folder: Path) -> Iterator[Registry]:
        """A registry over a copy."""
        with self.copied(folder) as url, Registry.open(folder / "data", url) as registry:
            yield registry


class Models:
    """The models of one session, made when first asked for, and the PostgreSQL cluster they lie in."""

    def __init__(self, new_folder: Callable[[], Path], stack: contextlib.ExitStack) -> None:
        self._new_folder = new_folder
        self._stack = stack
        self._made: dict[tuple[str, str], Model] = {}

    @cached_property
    def cluster(self) -> Cluster:
        return self._stack.enter_context(Cluster.started())

    @contextlib.contextmanager
    def empty(self, backend: str, folder: Path) -> Iterator[str]:
        """The URL of an empty database, without a schema."""
        if backend == "sqlite":
            yield f"sqlite:///{folder / 'hub.db'}"
            return
        with self.cluster.database(f"t{uuid.uuid4().hex[:12]}") as url:
            yield url

    def model(self, backend: str, subject: str = "migrated", fill: Fill = migrated) -> Model:
        """The model of a subject on a back end: the same one, and one filling, for the whole session."""
        if (backend, subject) not in self._made:
            cluster = None if backend == "sqlite" else self.cluster
            model = Model(self._new_folder(), cluster, f"m{uuid.uuid4().hex[:12]}")
            model.data.mkdir()
            url = f"sqlite:///{model.folder / 'hub.db'}"
            if cluster is not None:
                url = self._stack.enter_context(cluster.database(model.name))
            fill(model.data, url)
            self._made[backend, subject] = model
        return self._made[backend, subject]
