"""A hub with members that fetch from it, and an empty machine to put it back on, for tests."""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import Mark
from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.services.delivery import members_state, record_acknowledgement, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.tables.lookup import Tables
from tests.databases import Models
from tests.distribution.server import Hub, hub
from tests.services.conftest import AT, SYSTEM, TOWN
from tests.services.restoring import CHANNEL, Empty, next_release


@dataclass
class Office:
    """A hub with members that fetch over HTTP; the machine behind the address can be lost and replaced."""

    registry: Registry
    hub: Hub
    materials: PackMaterials
    tables: Tables
    folder: Path
    now: datetime.datetime = AT
    agents: dict[str, Agent] = field(default_factory=dict)

    def publish(self, registry: Registry | None = None) -> tuple[int, ...]:
        registry = registry or self.registry
        done = publish_pending(registry, self.materials, TOWN, SYSTEM, self.now)
        self.hub.channels = registry.channels
        return tuple(found.seq for found in done)

    def release(self, size: int, registry: Registry | None = None) -> int:
        return next_release(registry or self.registry, self.tables, size)

    def enrol(self, name: str, registry: Registry | None = None) -> Agent:
        registry = registry or self.registry
        with registry.store.writing() as session:
            register_member(session, TOWN, SYSTEM, name, "住民記録端末", AT)
        address = f"{self.hub.address}/channels/{CHANNEL}"
        trust = HubKeys.open(registry.keys).trust()
        self.agents[name] = Agent.enrol(self.folder / name, address, trust, name, self.folder / f"{name}-system")
        return self.agents[name]

    def sync(self, *names: str) -> dict[str, int]:
        """Sync these members (default all), record their notices, and say what each holds. Nobody ever goes back."""
        held = {}
        for name in names or self.agents:
            before = self.agents[name].status().seq
            self.now += datetime.timedelta(minutes=1)
            self.agents[name].sync(self.now)
            held[name] = self.agents[name].status().seq
            assert held[name] >= before
        return held

    def collect(self, registry: Registry) -> dict[str, str]:
        while self.hub.received:
            with registry.store.writing() as session:
                record_acknowledgement(session, Acknowledgement.from_bytes(self.hub.received.pop(0)), self.now)
        with registry.store.reading() as session:
            return {found.member.name: found.state for found in members_state(session, TOWN, SYSTEM)}

    def status(self, name: str) -> Mark:
        return Mark.from_agent_status(json.dumps(asdict(self.agents[name].status())).encode())


@contextlib.contextmanager
def opened_office(registry: Registry, materials: PackMaterials, tables: Tables, folder: Path) -> Iterator[Office]:
    with hub(Path()) as served:
        yield Office(registry, served, materials, tables, folder)


@contextlib.contextmanager
def empty_machine(models: Models, lost: str, folder: Path) -> Iterator[Empty]:
    """An empty machine with a database of the same kind as the `lost` one."""
    with models.empty("sqlite" if lost.startswith("sqlite") else "postgresql", folder) as url:
        yield Empty(folder, url)
