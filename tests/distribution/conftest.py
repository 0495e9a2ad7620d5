"""A fresh world per test, copied from one that is built once; the command line as the base install has it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub import cli
from tests.distribution.recovering import Hub, restored_hub
from tests.distribution.world import World, whole


@pytest.fixture(autouse=True, scope="package")
def base_install() -> Iterator[None]:
    """The agent must work where only the base dependencies are: no other command is loaded."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cli, "MODULES", {"agent": ""})
        yield


@pytest.fixture(scope="package")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """In memory where the system has such a place: these tests copy and sync whole worlds hundreds of times."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path_factory.mktemp("scratch")
        return
    with tempfile.TemporaryDirectory(dir=shared) as folder:
        yield Path(folder)


@pytest.fixture
def memory(scratch: Path) -> Path:
    """A folder of its own for one test."""
    return Path(tempfile.mkdtemp(dir=scratch))


@pytest.fixture(scope="package")
def first_world(base_install: None, scratch: Path) -> World:
    """Seq 1 published and installed."""
    world = World(scratch / "first")
    world.publish()
    assert world.enrol() == 0
    assert world.sync() == 0
    return world


@pytest.fixture
def world(first_world: World, memory: Path) -> World:
    """A member that holds seq 1, and its hub."""
    return first_world.copy(memory / "member")


@pytest.fixture
def ready(world: World) -> World:
    """Seq 1 is installed, seq 2 is published and waits."""
    world.publish()
    return world


@pytest.fixture(scope="package")
def restored(first_world: World, scratch: Path) -> Hub:
    """A hub restored to seq 5 after it published seq 7, with its members; to be read only."""
    return restored_hub(first_world, scratch)


@pytest.fixture
def hub(restored: Hub, memory: Path) -> Hub:
    """The restored hub, of one test's own."""
    return restored.copy(memory)


@pytest.fixture
def refused(capsys):
    """Run sync and expect a refusal with `code`; the install folder and the trusted state must not move a byte."""

    def run(world: World, code: str) -> str:
        before = whole(world.install), whole(world.home)
        capsys.readouterr()
        assert world.sync() == 2
        said = capsys.readouterr().err
        assert f"[{code}]" in said
        assert "導入していません" in said
        assert (whole(world.install), whole(world.home)) == before
        return said

    return run
