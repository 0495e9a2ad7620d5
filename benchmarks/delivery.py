"""From an approval to the acknowledgement recorded at the hub, for every demo agent, with default settings.

    python -m benchmarks.delivery [--rounds 12] [--way folder|http] [--data DIR] [--goal SECONDS]

Walks the demo in a data folder (again in one that has it: only a recount), then starts what a hub and its members
run: `gaiji-hub serve`, with its worker, and `gaiji-hub agent sync --watch` for each of the three towns, nothing set
but port and folders. In each round every town's clerk decides one gaiji, the approver approves it (the clock starts)
and makes a release; the clock stops when the hub has recorded the acknowledgement of the town's agent. Rounds begin
at random moments of the agents' 20 seconds. Ends with 1 when the p95 is over the goal of issue 3.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.logins import login_of
from gaiji_hub.demo.towns import BUSINESS_SYSTEM, TOWNS, Town
from gaiji_hub.moji.actor import CONSOLE, Actor, Role
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.delivery import members_state
from gaiji_hub.services.gaiji_states import standings
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.login import actor_of
from gaiji_hub.services.municipalities import locate
from gaiji_hub.services.release import make_release
from gaiji_hub.services.tokens import TokenWish, make_token
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables

GOAL = 60.0
WATCH = 20.0  # the agents' default
PATIENCE = 300.0
READY = re.compile(r"http://127\.0\.0\.1:\d+")
COMMAND = (sys.executable, "-m", "gaiji_hub")


@dataclass(frozen=True)
class Hub:
    """The hub as the benchmark's people see it."""

    registry: Registry
    tables: Tables

    def person(self, town: Town, role: Role) -> Actor:
        with self.registry.reading_all() as session:
            query = select(rows.Person.id).where(rows.Person.login == login_of(town, role))
            return actor_of(session, session.scalars(query).one(), now())

    def decide_again(self, town: Town, turn: int) -> None:
        """A clerk decides one gaiji, another in every round, as 該当なし: any change will do."""
        clerk = self.person(town, Role.CLERK)
        with self.registry.writing(clerk) as session:
            found = standings(session, locate(session, town.lg_code, BUSINESS_SYSTEM))
            decision = Decision(found[turn % len(found)].local_code, Verdict.NONE, "", "計測のため")
            decide(session, self.tables, town.lg_code, BUSINESS_SYSTEM, [decision], now(), clerk)

    def approve_and_release(self, town: Town) -> tuple[datetime.datetime, int]:
        """The approver approves what waits and makes a release: when the first began, and the release's number."""
        approver = self.person(town, Role.APPROVER)
        begun = now()
        with self.registry.writing(approver) as session:
            waiting = pending(session, town.lg_code, BUSINESS_SYSTEM)
            numbers = [one.number for one in waiting]
            approve(session, town.lg_code, BUSINESS_SYSTEM, numbers, sheet_hash(waiting), now(), approver)
        with self.registry.writing(approver) as session:
            place = (town.lg_code, BUSINESS_SYSTEM, date_in_japan(now()), "計測のため")
            made = make_release(session, self.registry.blobs, self.tables, *place, now(), approver)
        return begun, made.number

    def acknowledged(self, town: Town, number: int) -> datetime.datetime | None:
        """When the hub recorded that the town's agent holds release `number`."""
        with self.registry.reading_all() as session:
            query = (
                select(rows.Acknowledgement.received_at)
                .join(rows.Publication, rows.Publication.seq == rows.Acknowledgement.seq)
                .join(rows.Release, rows.Release.id == rows.Publication.release_id)
                .where(rows.Publication.channel == town.channel, rows.Release.number == number)
                .where(rows.Acknowledgement.lg_code == town.lg_code)
            )
            return session.scalars(query.order_by(rows.Acknowledgement.id)).first()


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


@contextlib.contextmanager
def running(data: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command of ours until the block ends; what it says goes to a file beside the data."""
    log = data / f"{arguments[0]}-{arguments[-1].replace('/', '_')[-40:]}.log"
    with log.open("w", encoding="utf-8") as said:
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(data),
            stdout=subprocess.PIPE if arguments[0] == "serve" else said,
            stderr=said,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("GAIJI_HUB_DATABASE_URL", "PORT")}
    return {**kept, "GAIJI_HUB_DATA": str(data)}


@contextlib.contextmanager
def everything(data: Path, way: str, hub: Hub) -> Iterator[None]:
    """The server and the three agents; they have caught up when the block begins."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(running(data, "serve", "--port", "0"))
        assert server.stdout is not None
        found = READY.search(server.stdout.readline())
        assert found, "the server did not start"
        for town in TOWNS:
            home = DemoFolder(data).town(town).agent_home
            if way == "http":
                home = enrol_over_http(data, town, found.group(), hub)
            stack.enter_context(running(data, "agent", "sync", "--watch", "--home", str(home)))
        wait_for_members(hub)
        yield


def enrol_over_http(data: Path, town: Town, address: str, hub: Hub) -> Path:
    """A new agent for the town's member, with a token of its own: its home."""
    folder = Path(tempfile.mkdtemp(prefix="agent-", dir=data))
    wish = TokenWish(
        title="計測",
        role=Role.AGENT,
        scopes=("agent",),
        expires_at=now() + datetime.timedelta(days=1),
        system=BUSINESS_SYSTEM,
        member=town.member,
    )
    with hub.registry.writing_all() as session:
        secret, _ = make_token(session, town.lg_code, wish, now(), CONSOLE)
    (folder / "token").write_text(secret)
    options = {
        "--home": folder / "home",
        "--channel": f"{address}/channels/{town.channel}",
        "--trust": DemoFolder(data).trust,
        "--member": town.member,
        "--install": folder / "installed",
        "--token-file": folder / "token",
    }
    command = [*COMMAND, "agent", "enrol", *(str(part) for option in options.items() for part in option)]
    subprocess.run(command, env=environment(data), check=True, stdout=subprocess.DEVNULL)
    return folder / "home"


def wait_for_members(hub: Hub) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        with hub.registry.reading_all() as session:
            states = [one.state for town in TOWNS for one in members_state(session, town.lg_code, BUSINESS_SYSTEM)]
        if set(states) == {"current"}:
            return
        assert time.monotonic() < end, f"the agents did not catch up: {states}"
        time.sleep(0.5)


def one_round(hub: Hub, turn: int) -> list[float]:
    """Seconds from approval to acknowledgement, per town."""
    for town in TOWNS:
        hub.decide_again(town, turn)
    begun = {town.lg_code: hub.approve_and_release(town) for town in TOWNS}
    taken: dict[str, float] = {}
    end = time.monotonic() + PATIENCE
    while len(taken) < len(TOWNS):
        assert time.monotonic() < end, f"acknowledged by {len(taken)} of {len(TOWNS)} in time"
        time.sleep(0.5)
        for town in TOWNS:
            start, number = begun[town.lg_code]
            received = None if town.lg_code in taken else hub.acknowledged(town, number)
            if received is not None:
                taken[town.lg_code] = (received - start).total_seconds()
    return list(taken.values())


def quantile(taken: Sequence[float], part: float) -> float:
    return sorted(taken)[round(part * (len(taken) - 1))]


def measure(data: Path, way: str, rounds: int, seed: int) -> list[float]:
    subprocess.run([*COMMAND, "demo"], env=environment(data), check=True, stdout=subprocess.DEVNULL)
    chance, taken = random.Random(seed), list[float]()  # noqa: S311 - moments, not secrets
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry:
        hub = Hub(registry, Tables.load())
        with everything(data, way, hub):
            for turn in range(1, rounds + 1):
                time.sleep(chance.uniform(0, WATCH))
                found = one_round(hub, turn)
                taken += found
                print(f"| {turn} | " + " | ".join(f"{seconds:.1f}" for seconds in found) + " |", flush=True)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--way", choices=("folder", "http"), default="http")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--goal", type=float, default=GOAL)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        data = (args.data or Path(temporary) / "var").absolute()
        data.mkdir(parents=True, exist_ok=True)
        print(
            f"承認 → 受領の記録（秒、{args.way}、既定の設定）\n\n| 回 | 団体1 | 団体2 | 団体3 |\n|---:|---:|---:|---:|"
        )
        taken = measure(data, args.way, args.rounds, args.seed)
    p95 = quantile(taken, 0.95)
    print(f"\nn {len(taken)}  p50 {statistics.median(taken):.1f}  p95 {p95:.1f}  最大 {max(taken):.1f}")
    return 1 if p95 > args.goal else 0


if __name__ == "__main__":
    sys.exit(main())
