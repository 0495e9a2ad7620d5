"""A fresh world per test, copied from one that is built once; the command line as the base install has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub import cli
from tests.distribution.world import World


@pytest.fixture(autouse=True)
def base_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The agent must work where only the base dependencies are: no other command is loaded."""
    monkeypatch.setattr(cli, "MODULES", {"agent": ""})


@pytest.fixture(scope="session")
def first_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Seq 1 published and installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "MODULES", {"agent": ""})
        world = World(tmp_path_factory.mktemp("hub") / "first")
        world.publish()
        assert world.enrol() == 0
        assert world.sync() == 0
    return world


@pytest.fixture
def world(first_world: World, tmp_path: Path) -> World:
    """A member that holds seq 1, and its hub."""
    return first_world.copy(tmp_path / "world")


@pytest.fixture
def ready(world: World) -> World:
    """Seq 1 is installed, seq 2 is published and waits."""
    world.publish()
    return world
