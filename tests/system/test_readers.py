"""Readers are not held up by an import: pages answer while a thousand gaiji are written and not committed."""

from __future__ import annotations

import datetime
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import update

from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from tests.system import running
from tests.system.desk import Desk, Tally
from tests.system.hands import home
from tests.system.office import SYSTEM, TOWNS, font, open_office, outline, staff

TOWN = TOWNS[0]
IMPORTED = 1_000
ROUNDS = 5
PAGES = (
    "/", home(TOWN.lg), f"{home(TOWN.lg)}/gaiji/{TOWN.local(0)}", f"{home(TOWN.lg)}/approve",
    f"{home(TOWN.lg)}/releases", f"{home(TOWN.lg)}/allocation",
)  # fmt: skip


def test_pages_answer_while_an_import_is_under_way(database_url: str, tmp_path: Path) -> None:
    data, tally, people = tmp_path / "data", Tally(), staff(1, 1)
    with Registry.open(data, database_url) as registry:
        open_office(registry, Tables.load(), people, 30, datetime.datetime.now(datetime.UTC))
        server = running.serving(data, database_url, tmp_path / "server.log", "--no-worker")
        server.start()
        try:
            with Desk(server.address, people[0].login, tally) as desk:
                read(desk)  # loads what the first request of each kind loads
                idle = read(desk)
                busy = during_import(registry, lambda: read(desk))
                assert str(IMPORTED) in desk.get(home(TOWN.lg)).text.replace(",", "")
        finally:
            server.stop()
    assert set(tally.counts) == {"GET 200", "POST 303"}
    print(f"\nreading: idle {idle:.3f} s, during the import {busy:.3f} s (median), ratio {busy / idle:.2f}")


def read(desk: Desk) -> float:
    """Every page some times; the median seconds of an answer."""
    took = []
    for _ in range(ROUNDS):
        for path in PAGES:
            begun = time.monotonic()
            assert desk.get(path).status == 200
            took.append(time.monotonic() - begun)
    return statistics.median(took)


def during_import(registry: Registry, reading: Callable[[], float]) -> float:
    """What `reading` gives while an import is written and not committed.

    The reader's last use was long ago, so that noting the use, which is a write, falls into the import as well.
    """
    at = datetime.datetime.now(datetime.UTC)
    with registry.store.writing() as session:
        session.execute(update(rows.LoginSession).values(seen_at=at - datetime.timedelta(minutes=10)))
    with registry.store.writing() as session:
        shapes = {0xE000 + n: outline(0, n) for n in range(IMPORTED)}
        record_intake(session, TOWN.lg, SYSTEM, font(shapes), at)
        return reading()
