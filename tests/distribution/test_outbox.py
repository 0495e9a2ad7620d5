"""Notices that the hub does not take: what passes waits, what never will is set aside and stops no other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.moji.acknowledgement import Acknowledgement
from tests.distribution import server
from tests.distribution.world import CHANNEL, World


@pytest.fixture
def hub(world: World) -> Iterator[server.Hub]:
    with server.hub(world.channel.parent) as running:
        yield running


@pytest.fixture
def member(world: World, hub: server.Hub) -> World:
    """Enrolled over HTTP, nothing installed; three publications wait."""
    shutil.rmtree(world.home)
    shutil.rmtree(world.install)
    assert world.enrol(f"{hub.address}/channels/{CHANNEL}") == 0
    world.publish()
    world.publish()
    return world


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json"))


@pytest.mark.parametrize("answer", [400, 409, 413, 422])
def test_a_notice_refused_for_good_lets_later_ones_go(member: World, hub: server.Hub, capsys, answer: int) -> None:
    hub.answers = [200, answer, 200]
    assert member.sync() == 0
    told = capsys.readouterr().out
    assert "送信 2 件、未送信 0 件、ハブが拒否 1 件" in told
    assert f"HTTP {answer}" in told
    assert [Acknowledgement.from_bytes(body).seq for body in hub.received] == [1, 3]
    acks = member.home / "acks"
    assert [names(acks / part) for part in ("pending", "delivered", "refused")] == [
        [],
        ["000001-000001.json", "000003-000003.json"],
        ["000002-000002.json"],
    ]
    assert member.run("status", "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["pending"], status["refused"]) == ([], [2])
    assert member.run("status") == 0
    assert "ハブが拒否した受領通知: 1 件（通番 2" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [401, 403, 404, 408, 425, 429, 500, 502, 503, 302])
def test_a_notice_that_may_be_taken_later_keeps_its_place(member: World, hub: server.Hub, answer: int) -> None:
    hub.answers = [200, answer]
    assert member.sync() == 0
    assert Agent(member.home).status().pending == (2, 3)
    assert Agent(member.home).status().refused == ()
    assert member.sync() == 0
    assert [Acknowledgement.from_bytes(body).seq for body in hub.received] == [1, 2, 3]


def test_a_refused_notice_is_not_written_again_and_its_number_not_given_twice(member: World, hub: server.Hub) -> None:
    hub.answer = 422
    assert member.sync() == 0
    assert member.sync() == 0
    assert names(member.home / "acks" / "refused") == [f"00000{n}-00000{n}.json" for n in (1, 2, 3)]
    hub.answer = 200
    member.publish()
    assert member.sync() == 0
    assert names(member.home / "acks" / "delivered") == ["000004-000004.json"]
