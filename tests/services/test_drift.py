"""From the member's disk to the hub's screen: a changed file is seen, reported, repaired and reported again."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.updates import BrokenMetadata
from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.delivery import members_state, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from tests.services.conftest import AT, SYSTEM, TOWN


@pytest.fixture
def member(registry: Registry, materials: PackMaterials, tmp_path: Path) -> Agent:
    """A registered member that has not synced yet; seq 1 is on its channel."""
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    with registry.store.writing() as session:
        register_member(session, TOWN, SYSTEM, "juki-a", "住民記録端末", AT)
    trust = HubKeys.open(registry.keys).trust()
    channel = registry.channels / f"{TOWN}-{SYSTEM}"
    return Agent.enrol(tmp_path / "home", str(channel), trust, "juki-a", tmp_path / "system")


def state(registry: Registry) -> str:
    """What the hub says of the member after collecting what it dropped."""
    assert collect_acknowledgements(registry, TOWN, SYSTEM, AT).problems == ()
    with registry.store.reading() as session:
        (found,) = members_state(session, TOWN, SYSTEM)
    return found.state


def test_the_hub_sees_drift_and_its_repair(registry: Registry, member: Agent, tmp_path: Path):
    times = (AT + datetime.timedelta(hours=hour) for hour in range(10))
    timestamp = registry.channels / f"{TOWN}-{SYSTEM}" / "metadata" / "timestamp.json"
    assert state(registry) == "never"
    member.sync(next(times))
    assert state(registry) == "current"
    for _ in range(2):
        kept = timestamp.read_bytes()
        (tmp_path / "system" / "current" / "mapping" / "release.json").write_bytes(b"changed")
        timestamp.write_bytes(b"{")
        with pytest.raises(BrokenMetadata):
            member.sync(next(times))
        assert state(registry) == "drift"
        timestamp.write_bytes(kept)
        assert member.sync(next(times)).repaired
        assert state(registry) == "current"
