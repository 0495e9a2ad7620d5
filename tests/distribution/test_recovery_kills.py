"""SIGKILL after every change of a recovery, and of an install across lost numbers: the next run finishes it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from gaiji_hub.distribution.agent import Agent
from tests.distribution.killing import KILLED, run
from tests.distribution.recovering import Hub, head_of
from tests.distribution.world import CHANNEL, now


def test_kill_after_every_change_of_a_recovery(hub: Hub, memory: Path) -> None:
    """Members see the channel before or after; recovering again finishes it."""
    hub = replace(hub, members={7: hub.members[7]})
    at, heads = now(), []
    for fatal in range(1, 200):
        copy = hub.copy(memory / "copy")
        ended = run(lambda h=copy: h.publisher.recover(h.mark, at) and 0, fatal)
        heads.append(copy.publisher.head())
        assert copy.publisher.recover(copy.mark, at) == (6, 7)
        assert copy.marks.get(CHANNEL) == copy.publisher.mark()
        copy.world.publish(audit=head_of(560))
        assert copy.members[7].sync() == 0
        assert copy.members[7].tree() == copy.world.expected(8)
        shutil.rmtree(memory / "copy")
        if ended != KILLED:
            break
    assert ended == 0
    assert heads == sorted(heads)
    assert set(heads) == {5, 7}


def test_kill_after_every_change_of_an_install_across_lost_numbers(hub: Hub, memory: Path) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))
    hub = replace(hub, members={5: hub.members[5]})
    old, new = hub.members[5].tree(), hub.world.expected(8)
    for fatal in range(1, 400):
        copy = hub.copy(memory / "copy")
        member = copy.members[5]
        told = len(member.acknowledgements())
        ended = run(member.sync, fatal)
        assert member.tree() in (old, new), fatal
        assert run(lambda m=member: m.sync() or m.run("verify")) == 0, fatal
        assert member.tree() == new
        assert Agent(member.home).status().audit == head_of(560)
        assert [notice["seq"] for notice in member.acknowledgements()][told:] == [8], fatal
        shutil.rmtree(memory / "copy")
        if ended != KILLED:
            break
    assert ended == 0
