"""A worker over a small hub, with a clock that stands until it is moved on, for tests."""

from __future__ import annotations

import datetime
import json
import time
from collections.abc import Callable
from pathlib import Path

from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.publish import PackMaterials
from gaiji_hub.services.release import make_release
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.worker import Rhythm, Worker
from tests.services.conftest import AT, DATE, SYSTEM, TOWN, font
from tests.services.people import ADMIN

CHANNEL = f"{TOWN}-{SYSTEM}"
SECOND = datetime.timedelta(seconds=1)
QUICK = Rhythm(every=SECOND / 50, lease=SECOND, retry=SECOND / 20)


class Clock:
    """A clock that stands until it is moved on."""

    def __init__(self, now: datetime.datetime = AT) -> None:
        self.now = now

    def __call__(self) -> datetime.datetime:
        return self.now


class Hub:
    """A registry with a worker whose clock and sayings are ours."""

    def __init__(self, registry: Registry, materials: PackMaterials, tables: Tables) -> None:
        self.registry, self.tables = registry, tables
        self.clock, self.said, self.loads = Clock(), list[str](), 0
        self._materials = materials
        self.worker = self.another()

    def another(self, rhythm: Rhythm | None = None) -> Worker:
        def load() -> PackMaterials:
            self.loads += 1
            return self._materials

        return Worker(self.registry, load, self.clock, self.said.append, rhythm or Rhythm())

    def wait(self, **time: float) -> None:
        self.clock.now += datetime.timedelta(**time)

    def release(self, size: int, system: str = SYSTEM) -> None:
        with self.registry.store.writing() as session:
            record_intake(session, TOWN, system, font({0xE000: size}), AT)
            make_release(session, self.registry.blobs, self.tables, TOWN, system, DATE, "追加", AT, ADMIN)

    def published(self, system: str = SYSTEM) -> list[int]:
        with self.registry.store.reading() as session:
            return [one.release_number for one in list_publications(session, TOWN, system)]

    @property
    def timestamp(self) -> Path:
        return self.registry.channels / CHANNEL / "metadata" / "timestamp.json"

    def version(self) -> int:
        version: int = json.loads(self.timestamp.read_bytes())["signed"]["version"]
        return version


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
