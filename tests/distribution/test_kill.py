"""SIGKILL after every change an install or a publication makes to the disk: the old or the new state, never another."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from gaiji_hub.distribution.keys import HubKeys
from tests.distribution.killing import KILLED, run
from tests.distribution.world import World, now, tree

ENOUGH = 1000


@pytest.fixture(scope="package")
def old_world(first_world: World, scratch: Path) -> World:
    """Seq 3 installed (so that an install also removes an old pack), seq 4 published and waiting."""
    world = first_world.copy(scratch / "old")
    for _ in range(2):
        world.publish()
    assert run(world.sync) == 0
    world.publish()
    return world


def test_kill_after_every_change_of_an_install(old_world: World, memory: Path) -> None:
    old, new = old_world.tree(), old_world.expected(4)
    assert old == old_world.expected(3)
    seen = []
    for fatal in range(1, ENOUGH):
        world = old_world.copy(memory / "world")
        ended = run(world.sync, fatal)
        seen.append(_state(world.tree(), old, new))
        assert ended in (0, KILLED), fatal
        assert run(lambda w=world: w.sync() or w.run("verify")) == 0, fatal
        _is_complete(world, new)
        shutil.rmtree(world.folder)
        if ended == 0:
            break
    # Every change was reached, and the switch happens once: old up to it, new from it on.
    assert ended == 0
    assert seen == sorted(seen)
    assert min(seen.count("1 old"), seen.count("2 new")) > 20


def _state(found: dict[str, bytes], old: dict[str, bytes], new: dict[str, bytes]) -> str:
    assert found in (old, new)
    return "2 new" if found == new else "1 old"


def _is_complete(world: World, new: dict[str, bytes]) -> None:
    assert world.tree() == new
    assert [notice["seq"] for notice in world.acknowledgements()] == [1, 2, 3, 4]
    assert sorted(path.name[:6] for path in (world.install / "packs").iterdir()) == ["000002", "000003", "000004"]
    assert {path.name for path in world.install.iterdir()} == {"packs", "current"}
    assert not world.home.joinpath("staging").exists()


def test_kill_after_every_change_of_a_first_install(old_world: World, memory: Path, soak: bool) -> None:
    """Nothing installed before: no `current` at all, or one of the published packs. Every ninth change; soak: all."""
    fresh = old_world.copy(memory / "fresh")
    shutil.rmtree(fresh.install)
    shutil.rmtree(fresh.home)
    shutil.rmtree(fresh.channel / "acks")
    assert fresh.enrol() == 0
    allowed = [{}, *(fresh.expected(seq) for seq in (1, 2, 3, 4))]
    for fatal in range(1, ENOUGH, 1 if soak else 9):
        world = fresh.copy(memory / "world")
        ended = run(world.sync, fatal)
        assert world.tree() in allowed, fatal
        assert run(lambda w=world: w.sync() or w.run("verify")) == 0, fatal
        _is_complete(world, allowed[-1])
        shutil.rmtree(world.folder)
        if ended == 0:
            break
    assert ended == 0


def test_everything_is_synced_before_the_switch(old_world: World, memory: Path) -> None:
    """For a power cut: at the moment `current` is renamed, no byte and no name of the new pack is unsynced."""
    world = old_world.copy(memory / "world")
    assert run(world.sync, trace=memory / "trace.json") == 0
    steps = [tuple(step) for step in json.loads((memory / "trace.json").read_bytes())]
    switch = steps.index(("replace", str(world.install / "current")))
    packs = str(world.install / "packs")
    unsynced: set[str] = set()
    for operation, path in steps[:switch]:
        if operation == "fsync":
            unsynced.discard(path)
        elif path.startswith(packs):
            unsynced.add(path if operation.endswith("write") else str(Path(path).parent))
    assert unsynced == set()
    assert ("fsync", str(world.install)) in steps[switch:]
    assert sum(path.startswith(packs + "/.new-pack") for operation, path in steps if operation == "fsync") >= 7


def test_kill_after_every_change_of_a_publication(first_world: World, memory: Path) -> None:
    """Members read the old or the new channel; publishing the same pack again finishes it."""
    before = first_world.copy(memory / "before")
    at = now()
    old, heads = before.tree(), []
    pack, files = _next(before)
    for fatal in range(1, ENOUGH):
        world = before.copy(memory / "world")
        ended = run(lambda w=world: w.publisher.publish(pack, files, at) or 0, fatal)
        heads.append(world.publisher.head())
        assert [one.manifest.seq for one in world.publisher.manifests()] == list(range(1, heads[-1] + 1))
        assert run(world.sync) == 0, fatal
        assert world.tree() == (old if heads[-1] == 1 else world.expected(2))
        assert run(lambda w=world: w.publisher.publish(pack, files, at) or 0) == 0
        assert run(world.sync) == 0
        assert world.tree() == world.expected(2)
        shutil.rmtree(world.folder)
        if ended == 0:
            break
    assert ended == 0
    assert heads == sorted(heads)
    assert set(heads) == {1, 2}


def _next(world: World):
    from tests.distribution.world import signed

    payload, files = world.next_payload()
    return signed(world.keys, payload), files


def test_kill_after_every_change_of_making_keys(memory: Path) -> None:
    for fatal in range(1, ENOUGH):
        folder = memory / str(fatal)
        ended = run(lambda f=folder: HubKeys.open_or_create(f, f / "none") and 0, fatal)
        assert HubKeys.open_or_create(folder, folder / "none").trust() == HubKeys.open(folder).trust()
        if ended == 0:
            break
    assert ended == 0


def test_the_counter_counts(memory: Path) -> None:
    """The proof of the tool itself: a torn write and a missing rename show where they should."""

    def action() -> int:
        path = memory / "a"
        path.write_bytes(b"12345678")
        path.rename(memory / "b")
        return 0

    states = []
    for fatal in range(1, 6):
        for path in memory.iterdir():
            path.unlink()
        states.append((run(action, fatal), tree(memory)))
    assert states == [
        (KILLED, {"a": b""}),
        (KILLED, {"a": b"1234"}),
        (KILLED, {"a": b"12345678"}),
        (KILLED, {"b": b"12345678"}),
        (0, {"b": b"12345678"}),
    ]
