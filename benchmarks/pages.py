"""How long pages take for a town of 6,400 gaiji and 12,800 decisions, per back end.

    python -m benchmarks.pages [--gaiji N] [--rounds N]

First the read models of the slowest pages: a new session, its queries, the values. Then whole pages, asked of the
application: login, gate, reads, the page written out. Ends with 1 when the p95 of any of them is over 200 ms.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import hashlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gaiji_hub.app import settle_memory
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.actor import CONSOLE, Actor, Place, Role
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import decisions, my_work, overview
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.municipalities import locate, register_business_system, register_municipality, set_policy
from gaiji_hub.services.release import (
    get_release,
    list_releases,
    make_release,
    policy_violations,
    preview,
    preview_rollback,
)
from gaiji_hub.settings import Settings
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font
from gaiji_hub.web.standard_shapes import StandardShapes
from tests.postgres import Cluster
from tests.web import people
from tests.web.conftest import asking, make_site
from tests.web.people import Browser, Somebody

AT = datetime.datetime(2026, 4, 1, 9, 0, tzinfo=datetime.UTC)
TOWN, OTHER, SYSTEM = "992011", "993018", "juki"
DATE = datetime.date(2026, 4, 1)
GAIJI, BUDGET_MS = 6_400, 200.0
RELEASES = 20
# As many different characters as a town has, so that nothing kept for one of them answers for all.
GLYPHS = Tables.load().glyphs()[1::9]
CLERK, APPROVER = 1, 2
# Decisions per gaiji, by the last digit of its index: two on average.
DECISIONS = (0, 1, 2, 2, 2, 2, 2, 2, 3, 4)
BANDS = ("propose", "review", "outside", "unreadable")
NO_HASH = "0" * 64

Rows = list[dict[str, Any]]


def square(size: int) -> Outline:
    return Outline((((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True)),), 1024, 1024)


def fill(session: Session, lg_code: str, gaiji: int) -> None:
    """A town whose identification is under way: every state occurs, most gaiji were decided twice."""
    register_municipality(session, lg_code, f"架空市{lg_code}", AT)
    register_business_system(session, lg_code, SYSTEM, "住民記録", "unicode", AT)
    owner = locate(session, lg_code, SYSTEM)
    mark = {"business_system_id": owner.id, "lg_code": lg_code}
    shapes = {square(200 + index).hash: square(200 + index).to_bytes() for index in range(gaiji)}
    known = set(session.scalars(text("SELECT hash FROM shape")))
    insert_new(session, rows.Shape, [{"hash": h, "outline": data} for h, data in shapes.items() if h not in known])
    insert_new(session, rows.Intake, [{**mark, "font": NO_HASH, "family": "架空外字", "at": AT}])
    codes = [f"{0xE000 + index:04X}" for index in range(gaiji)]
    made: Rows = [
        {**mark, "local_code": code, "shape": shape, "present": True} for code, shape in zip(codes, shapes, strict=True)
    ]
    insert_new(session, rows.Gaiji, made)
    insert_new(session, rows.Candidates, [_answer(mark, index, shape) for index, shape in enumerate(shapes)])
    ids = _pairs(session, "SELECT local_code, id FROM gaiji WHERE lg_code = :lg", lg_code)
    decisions = _decisions(mark, [(ids[code], shape) for code, shape in zip(codes, shapes, strict=True)])
    insert_new(session, rows.Identification, decisions)
    numbers = _pairs(session, "SELECT number, id FROM identification WHERE lg_code = :lg", lg_code)
    insert_new(session, rows.Approval, _outcomes(mark, decisions, numbers))


def _pairs(session: Session, query: str, lg_code: str) -> dict[Any, int]:
    return {row[0]: row[1] for row in session.execute(text(query), {"lg": lg_code})}


def _answer(mark: dict[str, Any], index: int, shape: str) -> dict[str, Any]:
    listed = '{"candidates":[],"error":null}'
    gallery = hashlib.sha256(b"gallery").hexdigest()
    return {**mark, "shape": shape, "gallery": gallery, "edition": "e", "band": BANDS[index % 4], "candidates": listed}


def _decisions(mark: dict[str, Any], gaiji: Sequence[tuple[int, str]]) -> Rows:
    made: Rows = []
    for index, (gaiji_id, shape) in enumerate(gaiji):
        for _ in range(DECISIONS[index % 10]):
            entry = {
                "number": len(made) + 1,
                "gaiji_id": gaiji_id,
                "shape": shape,
                "verdict": "exact",
                "glyph": GLYPHS[index % len(GLYPHS)],
                "ground": "",
                "grounds": "字形が一致",
                "decided_by": "架空 花子",
                "decided_by_id": CLERK,
                "approval": "unapproved",
                "editions": '{"mj":"006.02"}',
                "gallery": "",
                "at": AT,
                "undoes": None,
                "reopens": False,
            }
            made.append({**mark, **entry})
    return made


def _outcomes(mark: dict[str, Any], decisions: Rows, ids: dict[int, int]) -> Rows:
    """The newest of every tenth gaiji waits, of every twentieth is sent back; all others are approved."""
    last = {entry["gaiji_id"]: entry["number"] for entry in decisions}
    made: Rows = []
    for entry in decisions:
        newest = last[entry["gaiji_id"]] == entry["number"]
        if newest and entry["gaiji_id"] % 10 == 3:
            continue
        outcome = "sent_back" if newest and entry["gaiji_id"] % 20 == 4 else "approved"
        row = {
            "identification_id": ids[entry["number"]],
            "outcome": outcome,
            "kind": "ordinary" if outcome == "approved" else "",
            "by_id": APPROVER,
            "by_name": "架空 太郎",
            "remark": "",
            "seen": NO_HASH,
            "at": AT,
        }
        made.append({**mark, **row})
    return made


def actor(person: int, *roles: Role) -> Actor:
    return Actor("person", person, "架空 花子", TOWN, frozenset(Place(TOWN, role) for role in roles))


def reads(blobs: BlobStore, tables: Tables) -> dict[str, Callable[[Session], object]]:
    """What the pages ask for, by name; the release pages against a newest release of the same gaiji."""
    middle, last = f"{0xE000 + GAIJI // 2:04X}", f"{0xE000 + GAIJI - 1:04X}"
    return {
        "団体の一覧": overview.towns,
        "外字の一覧（先頭）": lambda s: overview.gaiji_page(s, TOWN, SYSTEM, "", "", 0, 50),
        "外字の一覧（末尾）": lambda s: overview.gaiji_page(s, TOWN, SYSTEM, "", "", GAIJI - 50, 50),
        "外字の一覧（承認待ち）": lambda s: overview.gaiji_page(s, TOWN, SYSTEM, "pending", "", 0, 50),
        "外字の一覧（候補の帯）": lambda s: overview.gaiji_page(s, TOWN, SYSTEM, "candidates", "review", 0, 50),
        "外字1字": lambda s: overview.gaiji_detail(s, TOWN, SYSTEM, middle),
        "外字1字の前後": lambda s: overview.gaiji_neighbours(s, TOWN, SYSTEM, middle),
        "外字1字の前後（末尾）": lambda s: overview.gaiji_neighbours(s, TOWN, SYSTEM, last),
        "承認待ちの判定": lambda s: decisions.pending(s, TOWN, SYSTEM),
        "有効な判定（配布版を作る）": lambda s: decisions.current(s, TOWN, SYSTEM),
        "次の配布版の下見": lambda s: preview(s, blobs, tables, TOWN, SYSTEM, DATE),
        "配布版の一覧": lambda s: list_releases(s, TOWN, SYSTEM),
        "配布版1つ": lambda s: get_release(s, blobs, TOWN, SYSTEM, 1),
        "戻したときの下見": lambda s: preview_rollback(s, blobs, TOWN, SYSTEM, 1),
        "文字要件": lambda s: policy_violations(s, tables, TOWN, SYSTEM, DATE),
        "私の仕事（担当者）": lambda s: my_work.my_work(s, actor(CLERK, Role.CLERK), AT),
        "私の仕事（承認者）": lambda s: my_work.my_work(s, actor(APPROVER, Role.APPROVER), AT),
    }


def standard_font() -> Path:
    settings = Settings.from_env()
    return find_standard_font(settings.cache, settings.sources, settings.offline, print)


def release_everything(store: Store, blobs: BlobStore, tables: Tables) -> None:
    """As many releases as a page lists; in every one after the first, one gaiji says something else."""
    clerk, approver = actor(CLERK, Role.CLERK), actor(APPROVER, Role.APPROVER)
    for turn in range(RELEASES):
        with store.writing(Scope.of(TOWN)) as session:
            decision = Decision(f"{0xE000 + turn:04X}", Verdict.NONE, "", "計測のため")
            made = decide(session, tables, TOWN, SYSTEM, [decision], AT, clerk)
            approve(session, TOWN, SYSTEM, [made[0].number], sheet_hash(made), AT, approver)
            make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "計測のため", AT, approver)
    with store.writing() as session:  # after them, so that there is something to tell about
        set_policy(session, TOWN, SYSTEM, Policy(PolicyKind.MJPLUS, "2026-08"), SpaceRule.KEEP, AT, CONSOLE)


def measure_deciding(store: Store, tables: Tables, rounds: int) -> list[float]:
    """Milliseconds to record one decision, commit included; another gaiji in each round."""
    clerk, taken = actor(CLERK, Role.CLERK), []
    for turn in range(rounds + 1):
        decision = Decision(f"{0xE000 + 10 * turn:04X}", Verdict.NONE, "", "計測のため")
        begun = time.perf_counter()
        with store.writing(Scope.of(TOWN)) as session:
            decide(session, tables, TOWN, SYSTEM, [decision], AT, clerk)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken[1:]


def measure(store: Store, read: Callable[[Session], object], rounds: int) -> list[float]:
    """Milliseconds of each round, in a session that sees one town as a visitor's does; the first is not counted."""
    taken = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        with store.reading(Scope.of(TOWN)) as session:
            read(session)
        taken.append((time.perf_counter() - begun) * 1000)
    return taken[1:]


def measure_page(browser: Browser, address: str, rounds: int) -> list[float]:
    """Milliseconds of one address, redirects followed by nobody; the first round is not counted."""
    taken = []
    for _ in range(rounds + 1):
        begun = time.perf_counter()
        answer = browser.get(address)
        taken.append((time.perf_counter() - begun) * 1000)
        assert answer.status_code == 200, (address, answer.status_code)
    return taken[1:]


def pages() -> dict[str, tuple[Somebody, str]]:
    """Who asks for which address, by name."""
    home = f"/m/{TOWN}/{SYSTEM}"
    middle = f"{home}/gaiji/{0xE000 + GAIJI // 2:04X}"
    return {
        "私の仕事": (people.CLERK, "/"),
        "団体の一覧": (people.CLERK, "/towns"),
        "外字の一覧": (people.CLERK, home),
        "外字の一覧（最後の頁）": (people.CLERK, f"{home}?page={GAIJI // 50}"),
        "外字1字": (people.CLERK, middle),
        "承認": (people.APPROVER, f"{home}/approve"),
        "まとめて提案": (people.CLERK, f"{home}/propose"),
        "配布版の一覧": (people.APPROVER, f"{home}/releases"),
        "配布版": (people.APPROVER, f"{home}/releases/{RELEASES}"),
        "文字要件": (people.ADMIN, f"{home}/policy"),
        "字形の権利": (people.CLERK, f"{home}/rights"),
        "採番": (people.APPROVER, f"{home}/allocation"),
        "印刷ジョブ": (people.CLERK, f"{home}/print-jobs"),
        "操作の記録": (people.APPROVER, f"/t/{TOWN}/audit"),
    }


@contextlib.contextmanager
def hubs(gaiji: int) -> Iterator[dict[str, Registry]]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = stack.enter_context(stack.enter_context(Cluster.started()).database("pages"))
        opened = {}
        for name, where in (("SQLite", f"sqlite:///{Path(folder) / 'hub.db'}"), ("PostgreSQL", url)):
            opened[name] = stack.enter_context(Registry.open(Path(folder) / name, where))
            for town in (OTHER, TOWN):
                with opened[name].store.writing() as session:
                    fill(session, town, gaiji)
            with opened[name].store.writing() as session:
                people.enrol(session, AT)
        yield opened


def show(name: str, backend: str, run: Callable[[], list[float]], rounds: int) -> list[str]:
    """Print a line; the name again when its p95 is over the budget. CPU time says more than ms on a busy machine."""
    begun = time.process_time()
    taken = sorted(run())
    cpu = (time.process_time() - begun) * 1000 / (rounds + 1)
    p95 = taken[round(0.95 * (len(taken) - 1))]
    print(f"| {name} | {backend} | {statistics.median(taken):.1f} | {p95:.1f} | {cpu:.1f} |", flush=True)
    return [f"{name} {backend}"] if p95 > BUDGET_MS else []


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gaiji", type=int, default=GAIJI)
    parser.add_argument("--rounds", type=int, default=30)
    args = parser.parse_args()
    late, tables, rounds = [], Tables.load(), args.rounds
    shapes = StandardShapes(StandardFont.open(standard_font()), "edition")
    settle_memory()  # as the server does once the tables are loaded
    with hubs(args.gaiji) as opened:
        print(f"| {args.gaiji:,} 字 × 2団体 | 基盤 | 中央値 ms | p95 ms | CPU ms |\n|---|---|---:|---:|---:|")
        for backend, hub in opened.items():
            store = hub.store
            release_everything(store, hub.blobs, tables)
            for name, read in reads(hub.blobs, tables).items():
                late += show(name, backend, lambda read=read, store=store: measure(store, read, rounds), rounds)
            late += show("判定1件の記録", backend, lambda store=store: measure_deciding(store, tables, rounds), rounds)
            with asking(make_site(hub, tables, shapes)) as browser:
                for name, (who, address) in pages().items():
                    browser.become(who)
                    late += show(
                        f"画面: {name}", backend, lambda a=address, b=browser: measure_page(b, a, rounds), rounds
                    )
    print("200 ms を超えたもの: " + ("、".join(late) or "なし"))
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
