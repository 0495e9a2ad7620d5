"""`agent sync --watch`: one line per change, a failure said once, back-off, and a clean end at a signal."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.cli import agent as command
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.watch import Round, pause, watch
from tests.distribution import server
from tests.distribution.world import CHANNEL, World

QUIET = Round()
DOWN = Round(problem="つながりません")
OTHER = Round(problem="期限切れです")
WAITS = Round(problem="まだ配布がありません", waits=True)


def run(rounds: list[Round], every: int = 20) -> tuple[list[str], list[float]]:
    """The lines said and the pauses made, with neither a clock nor a pause."""
    said: list[str] = []
    pauses: list[float] = []
    left = iter(rounds)

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == len(rounds)

    watch(lambda: next(left), wait, said.append, every)
    return said, pauses


@pytest.mark.parametrize(
    ("rounds", "said", "pauses"),
    [
        ([QUIET, QUIET, QUIET], [], [20, 20, 20]),
        ([Round(("a", "b")), QUIET, Round(("c",))], ["a", "b", "c"], [20, 20, 20]),
        ([DOWN, DOWN, DOWN], ["つながりません"], [40, 80, 160]),
        ([DOWN] * 7, ["つながりません"], [40, 80, 160, 300, 300, 300, 300]),
        ([DOWN, OTHER, DOWN], ["つながりません", "期限切れです", "つながりません"], [40, 80, 160]),
        ([DOWN, DOWN, QUIET, QUIET], ["つながりません", "復旧しました"], [40, 80, 20, 20]),
        ([DOWN, Round(("a",))], ["つながりません", "a", "復旧しました"], [40, 20]),
        ([WAITS, WAITS, Round(("a",))], ["まだ配布がありません", "a", "復旧しました"], [20, 20, 20]),
        ([Round(note="n"), Round(note="n"), QUIET, Round(note="n")], ["n", "n"], [20, 20, 20, 20]),
    ],
)
def test_what_is_said_and_how_long_is_waited(rounds: list[Round], said: list[str], pauses: list[float]) -> None:
    assert run(rounds) == (said, pauses)


def test_the_pause_is_never_shorter_than_asked_for_nor_longer_than_five_minutes() -> None:
    assert [pause(20, failures) for failures in (0, 1, 3, 4, 99, 10_000)] == [20, 40, 160, 300, 300, 300]
    assert [pause(3600, failures) for failures in (0, 1, 99)] == [3600, 3600, 3600]


@pytest.fixture
def hub(world: World) -> Iterator[server.Hub]:
    with server.hub(world.channel.parent) as running:
        yield running


@pytest.fixture
def member(world: World, hub: server.Hub) -> World:
    shutil.rmtree(world.home)
    shutil.rmtree(world.install)
    assert world.enrol(f"{hub.address}/channels/{CHANNEL}") == 0
    return world


def test_rounds_of_a_real_agent(member: World, hub: server.Hub) -> None:
    """Down, up, nothing new, drift: what `watch` is given each time."""
    agent = Agent(member.home)
    hub.misbehave = server.cut
    assert "[channel_unavailable]" in command._round(agent).problem
    hub.misbehave = lambda _: False
    first = command._round(agent)
    assert first.changes == ("導入しました: 通番 1（配布版 第1版）", "受領通知を送りました: 1 件")
    assert command._round(agent) == Round(waits=True)
    (member.install / "current" / "fonts/EUDC.TTE").write_bytes(b"x")
    repaired = command._round(agent)
    assert "入れ直しました: 1 件" in repaired.changes[0]
    member.publish()
    hub.answer = 500
    undelivered = command._round(agent)
    assert "HTTP 500" in undelivered.problem
    assert undelivered.waits, "what is installed is not delayed because a notice is"


def test_a_channel_that_is_not_there_yet_is_waited_for(member: World) -> None:
    (member.channel / "metadata").rename(member.folder / "later")
    early = command._round(Agent(member.home))
    assert "[unknown_channel]" in early.problem
    assert early.waits


def test_a_full_disk_does_not_end_the_watch(member: World) -> None:
    member.install.mkdir(exist_ok=True)
    (member.install / "packs").write_text("not a folder")
    assert "[os_error]" in command._round(Agent(member.home)).problem


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_watching_process_installs_what_comes_and_ends_with_0_at_a_signal(
    member: World, hub: server.Hub, stop: signal.Signals
) -> None:
    process = _start(member)
    assert process.stdout
    try:
        said = _until(process, "受領通知を送りました")
        member.publish()
        said += _until(process, "受領通知を送りました")
        process.send_signal(stop)
        rest, complaints = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0
    assert complaints == ""
    lines = [re.sub(r"^\S+T\S+ ", "", line) for line in (*said, *rest.splitlines())]
    assert lines == [
        "見張りを始めます（1 秒ごと）",
        "導入しました: 通番 1（配布版 第1版）",
        "受領通知を送りました: 1 件",
        "導入しました: 通番 2（配布版 第2版）",
        "受領通知を送りました: 1 件",
        "停止しました",
    ]
    assert len(hub.received) == 2
    assert member.tree() == member.expected(2)


def _start(member: World) -> subprocess.Popen[str]:
    code = "import sys; from gaiji_hub import cli; cli.MODULES = {'agent': ''}; sys.exit(cli.main(sys.argv[1:]))"
    arguments = ["agent", "sync", "--watch", "--every", "1", "--home", str(member.home)]
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONUTF8": "1"},
    )


def _until(process: subprocess.Popen[str], words: str) -> list[str]:
    """The lines up to the one with `words`; the process ending first fails the test."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if words in line:
            return lines
    raise AssertionError(f"ended after {lines}")


@pytest.mark.parametrize("every", ["0", "-1", "x", "1.5", "86401", "９"])
def test_pauses_that_cannot_be(member: World, capsys, every: str) -> None:
    with pytest.raises(SystemExit):
        member.run("sync", "--watch", "--every", every)
    assert "1〜86400" in capsys.readouterr().err


def test_a_pause_without_a_watch_is_wrong_use(member: World, capsys) -> None:
    assert member.run("sync", "--every", "5") == 2
    assert "[only_with_watch]" in capsys.readouterr().err


def test_watching_before_enrolment_ends_at_once(tmp_path: Path, world: World, capsys) -> None:
    shutil.rmtree(world.home)
    assert world.run("sync", "--watch") == 2
    assert "[not_enrolled]" in capsys.readouterr().err
