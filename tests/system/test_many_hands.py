"""Many hands at once, and a server that is killed under them: nothing that was acknowledged is lost or doubled."""

from __future__ import annotations

import concurrent.futures
import datetime
import random
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from gaiji_hub.moji.actor import Role
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.work import backlog
from gaiji_hub.tables.lookup import Tables
from tests.system import running
from tests.system.hands import Approver, Clerk, Work
from tests.system.ledger import Board, Ledger
from tests.system.office import TOWNS, Staff, open_office, staff
from tests.system.reckoning import reckon
from tests.system.screens import Screen, approver_at_screen, at_screen, clerk_at_screen

SEED = 20261121


@dataclass(frozen=True)
class Size:
    """How many hands, how much work, how many kills; `seconds` is when a stuck run is given up."""

    clerks: int
    approvers: int
    gaiji: int
    kills: int
    seconds: float


SMALL = Size(clerks=3, approvers=2, gaiji=60, kills=2, seconds=1_200)
FULL = Size(clerks=8, approvers=4, gaiji=2_001, kills=10, seconds=3_600)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "hub"
    folder.mkdir()
    return folder


def test_nothing_acknowledged_is_lost_or_doubled(
    database_url: str, data: Path, tmp_path: Path, chromium_path: Path, standard_font: Path, soak: bool
) -> None:
    size = FULL if soak else SMALL
    people = staff(size.clerks + 1, size.approvers + 1)
    with Registry.open(data, database_url) as registry:
        open_office(registry, Tables.load(), people, size.gaiji // len(TOWNS), datetime.datetime.now(datetime.UTC))
    server = running.serving(data, database_url, tmp_path / "server.log")
    worker = running.working(data, database_url, tmp_path / "worker.log")
    work = Work(server.address, Board(size.gaiji // len(TOWNS), size.seconds), Ledger())
    begun = time.monotonic()
    try:
        server.start()
        worker.start()
        kills = work_together(work, people, chromium_path, (server, worker), size.kills)
        Approver(work, next(p for p in people if p.role is Role.APPROVER), SEED).drain()
        wait_until_published(data, database_url)
    finally:
        worker.stop()
        server.stop()
    assert kills == size.kills
    assert not [status for status in work.tally.counts if status.endswith("500")], (work.tally.counts, server.said())
    for said in (server.said(), worker.said()):
        assert not re.search("Error|予期しない|unforeseen", said), said
    with Registry.open(data, database_url) as registry:
        counted = reckon(registry, work.ledger, people)
    report(work, counted, time.monotonic() - begun)


def work_together(
    work: Work, people: tuple[Staff, ...], chromium: Path, programs: tuple[running.Program, ...], kills: int
) -> int:
    """Everybody works until every gaiji is settled, the last clerk and approver at screens; how often it was killed."""
    clerks = [person for person in people if person.role is Role.CLERK]
    approvers = [person for person in people if person.role is Role.APPROVER]
    tasks: list[Callable[[], None]] = [Clerk(work, person, SEED).run for person in clerks[:-1]]
    tasks += [Approver(work, person, SEED).run for person in approvers[:-1]]
    tasks.append(lambda: at_screen(work, clerks[-1], chromium, lambda screen: clerk_at_screen(screen, _taking(screen))))
    tasks.append(lambda: at_screen(work, approvers[-1], chromium, approver_at_screen))
    with concurrent.futures.ThreadPoolExecutor(len(tasks)) as pool:
        running_tasks = [pool.submit(task) for task in tasks]
        done = kill_now_and_then(work, programs, kills, running_tasks)
        for task in running_tasks:
            task.result()
    return done


def _taking(screen: Screen) -> Callable[[], str | None]:
    rng = random.Random(f"{SEED}/{screen.person.login}")
    return lambda: screen.work.board.take(screen.person.town, rng)


def kill_now_and_then(
    work: Work, programs: tuple[running.Program, ...], kills: int, tasks: list[concurrent.futures.Future[None]]
) -> int:
    """SIGKILL in turn, each time a further part of the work is done and a random moment more, and start again."""
    rng = random.Random(SEED)
    for count in range(kills):
        while work.board.progress() < (count + 0.5) / (kills + 0.5):
            if any(task.done() for task in tasks):
                return count
            time.sleep(0.02)
        time.sleep(rng.random() * 0.5)
        programs[count % len(programs)].kill()
        programs[count % len(programs)].start()
    return kills


def wait_until_published(data: Path, url: str) -> None:
    """The workers go on until nothing is due; a killed one keeps its channel for the length of its lease."""
    end = time.monotonic() + 600
    with Registry.open(data, url) as registry:
        while True:
            with registry.reading_all() as session:
                waiting = backlog(session)
            if not waiting:
                return
            assert time.monotonic() < end, waiting
            time.sleep(0.5)


def report(work: Work, counted: dict[str, int], seconds: float) -> None:
    waits = sorted(work.tally.waits)
    print(f"\n{seconds:.0f} s, {len(waits)} requests, median {statistics.median(waits) * 1000:.0f} ms, "
          f"p95 {waits[len(waits) * 95 // 100] * 1000:.0f} ms")  # fmt: skip
    print("answers", dict(sorted(work.tally.counts.items())))
    print("refused", dict(sorted(work.ledger.refused.items())))
    print("counted", dict(sorted(counted.items())))
