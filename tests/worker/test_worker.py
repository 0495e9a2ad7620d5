"""The worker's rounds: what is due gets done, once and in order; one broken channel stops nothing else."""

from __future__ import annotations

import datetime
import time
from pathlib import Path
from typing import Any

import pytest

from gaiji_hub.files.durable import write_atomic
from gaiji_hub.services import publish as publishing
from gaiji_hub.services import work
from gaiji_hub.services.delivery import list_publications, members_state, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.login import open_session
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.publish import PackMaterials
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.worker import Rhythm
from tests.services.conftest import AT, SYSTEM, TOWN
from tests.services.people import CLERK, enrolled
from tests.services.test_delivery import acknowledgement
from tests.worker.working import CHANNEL, QUICK, SECOND, Hub, until


@pytest.fixture
def hub(registry: Registry, materials: PackMaterials, tables: Tables) -> Hub:
    return Hub(registry, materials, tables)


def test_what_is_due_is_published_once_and_said_once(hub: Hub):
    hub.release(400)
    assert hub.worker.round() == ()
    assert hub.published() == [1, 2]
    assert hub.said == [f"発行しました: {CHANNEL} 通番 1（第1版）", f"発行しました: {CHANNEL} 通番 2（第2版）"]
    assert hub.worker.round() == ()
    hub.release(500)
    hub.worker.round()
    assert (hub.published(), len(hub.said), hub.loads) == ([1, 2, 3], 3, 1)


def test_nothing_due_means_no_materials_and_nothing_said(registry: Registry, materials: PackMaterials, tables: Tables):
    hub = Hub(registry, materials, tables)
    hub.worker.round()
    hub.said.clear()
    idle = hub.another()
    for _ in range(3):
        hub.wait(seconds=2)
        assert idle.round() == ()
    assert (hub.said, hub.loads) == ([], 1)


def test_a_worker_in_a_thread_works_until_it_is_stopped(hub: Hub):
    thread = hub.another(QUICK)
    thread.start()
    until(lambda: hub.published() == [1])
    hub.release(400)
    until(lambda: hub.published() == [1, 2])
    thread.stop()
    hub.release(500)
    time.sleep(0.2)
    assert hub.published() == [1, 2]


@pytest.fixture
def two(hub: Hub) -> Hub:
    """A second channel; both have published, and both have something due; the first is broken."""
    with hub.registry.store.writing() as session:
        register_business_system(session, TOWN, "zei", "税", "cp932", AT)
    hub.release(200, "zei")
    hub.worker.round()
    hub.release(400)
    hub.release(300, "zei")
    hub.said.clear()
    return hub


def test_one_broken_channel_stops_no_other_and_is_tried_again_later_and_later(two: Hub):
    kept = two.timestamp.read_bytes()
    two.timestamp.write_bytes(b"{")
    (trouble,) = two.worker.round()
    assert trouble.startswith(f"{CHANNEL}: ")
    assert (two.published("zei"), two.published()) == ([1, 2], [1])
    waits = []
    for _ in range(40):
        before = two.worker._troubles._kept[CHANNEL].times
        two.wait(seconds=1)
        two.worker.round()
        waits.append(two.worker._troubles._kept[CHANNEL].times - before)
    assert sum(waits) == 4  # after 2, 4, 8 and 16 s, and not in between
    assert sum(CHANNEL in line for line in two.said) == 1
    write_atomic(two.timestamp, kept)
    two.wait(minutes=5)
    assert two.worker.round() == ()
    assert two.published() == [1, 2]
    assert two.said[-1] == f"できるようになりました: {CHANNEL}"


def test_a_mistake_of_ours_is_told_by_its_place_never_by_its_words(two: Hub, monkeypatch: pytest.MonkeyPatch):
    real = work.check

    def fail(session: object, lease: work.Lease) -> None:
        if lease.name == CHANNEL:
            raise RuntimeError("架空 花子")
        real(session, lease)  # type: ignore[arg-type]

    monkeypatch.setattr(work, "check", fail)
    (trouble,) = two.worker.round()
    assert "RuntimeError gaiji_hub.worker:" in trouble
    assert "架空" not in "".join([trouble, *two.said])
    assert (two.published("zei"), two.published()) == ([1, 2], [1])


def test_what_another_worker_holds_is_left_to_it(hub: Hub):
    with hub.registry.store.writing() as session:
        held = work.claim(session, CHANNEL, "別のワーカー", AT, 60 * SECOND)
    assert held is not None
    assert hub.worker.round() == ()
    assert hub.published() == []
    hub.wait(seconds=60)
    hub.worker.round()
    assert hub.published() == [1]


def test_a_worker_that_was_overtaken_records_nothing_and_is_in_no_trouble(hub: Hub, monkeypatch: pytest.MonkeyPatch):
    """It builds for so long that its lease ends; another one publishes meanwhile."""
    other, slow, build = hub.another(), hub.another(Rhythm(longest=0 * SECOND)), publishing._build

    def build_slowly(*args: Any, **options: Any) -> object:
        monkeypatch.setattr(publishing, "_build", build)
        hub.wait(minutes=5)
        other.round()
        return build(*args, **options)

    monkeypatch.setattr(publishing, "_build", build_slowly)
    assert slow.round() == ()
    assert hub.published() == [1]
    assert hub.said == [
        f"発行しました: {CHANNEL} 通番 1（第1版）",
        f"{CHANNEL} の仕事は別のワーカーに移りました。この結果は記録していません",
    ]


def test_a_worker_keeps_its_lease_while_it_works(hub: Hub):
    hub.clock.now = datetime.datetime.now(datetime.UTC)
    worker = hub.another(Rhythm(lease=SECOND / 10))

    def load() -> PackMaterials:
        until(lambda: extended() > 3)
        return hub._materials

    seen = set()

    def extended() -> int:
        hub.wait(seconds=0.05)
        with hub.registry.store.reading() as session:
            (waiting,) = work.backlog(session)
        assert waiting.lease is not None
        seen.add(waiting.lease.until)
        return len(seen)

    worker._load = load
    assert worker.round() == ()
    assert hub.published() == [1]


def notice(hub: Hub) -> bytes:
    """What `madoguchi` says after installing the first pack."""
    with hub.registry.store.reading() as session:
        (held,) = list_publications(session, TOWN, SYSTEM)
    return acknowledgement(1, member="madoguchi", payload_hash=held.payload, tree_hash=held.tree).to_bytes()


@pytest.fixture
def drop(hub: Hub) -> Path:
    """Where members drop their notices; the first pack is published and `madoguchi` is a member."""
    with hub.registry.store.writing() as session:
        register_member(session, TOWN, SYSTEM, "madoguchi", "窓口端末", AT)
    hub.worker.round()
    hub.said.clear()
    folder = hub.registry.channels / CHANNEL / "acks"
    folder.mkdir(exist_ok=True)
    return folder


def state(hub: Hub) -> str:
    with hub.registry.store.reading() as session:
        return members_state(session, TOWN, SYSTEM)[0].state


def test_a_notice_is_recorded_in_the_next_round(hub: Hub, drop: Path):
    (drop / "000001-madoguchi.json").write_bytes(notice(hub))
    hub.worker.round()
    assert state(hub) == "current"
    assert hub.said == [f"受領通知を記録しました: {CHANNEL} 1 件"]
    hub.clock.now = datetime.datetime.now(datetime.UTC) + SECOND * 60  # the folder has settled
    for _ in range(3):
        hub.worker.round()
    assert len(hub.said) == 1


def test_a_bad_notice_is_said_once_and_holds_up_no_good_one(hub: Hub, drop: Path):
    hub.clock.now = datetime.datetime.now(datetime.UTC) + SECOND * 60
    (drop / "000001-x.json").write_bytes(b"{")
    for _ in range(3):
        hub.worker.round()
        hub.wait(seconds=1)
    assert [line for line in hub.said if "できません" in line] == hub.said
    assert len(hub.said) == 1
    (drop / "000002-madoguchi.json").write_bytes(notice(hub))
    hub.worker.round()
    assert state(hub) == "current"
    (drop / "000001-x.json").unlink()
    hub.wait(minutes=6)
    assert hub.worker.round() == ()


def test_a_notice_quicker_than_the_record_of_its_pack_is_taken_later(hub: Hub, drop: Path):
    (drop / "000001-madoguchi.json").write_bytes(acknowledgement(2, member="madoguchi").to_bytes())
    assert hub.worker.round() != ()
    assert state(hub) == "never"
    hub.release(400)
    hub.wait(seconds=2)
    assert hub.worker.round() == ()
    assert state(hub) == "drift"  # recorded: it names other bytes than were published


def test_dates_are_renewed_at_the_start_and_then_every_12_hours_by_one_of_the_workers(hub: Hub):
    hub.worker.round()
    first = hub.version()
    hub.wait(days=5)
    others = [hub.another() for _ in range(3)]
    for worker in (hub.worker, *others):
        worker.round()
    assert hub.version() == first + 1
    hub.wait(hours=11)
    for worker in others:
        worker.round()
    assert hub.version() == first + 1
    hub.wait(hours=2)
    for worker in others:
        worker.round()
    assert hub.version() == first + 2


def test_dates_that_could_not_be_renewed_are_tried_again_after_10_minutes(hub: Hub):
    hub.worker.round()
    kept = hub.timestamp.read_bytes()
    hub.timestamp.write_bytes(b"{")
    hub.wait(days=1)
    (trouble,) = hub.worker.round()
    assert "期限" in trouble
    assert CHANNEL in trouble
    write_atomic(hub.timestamp, kept)
    hub.wait(minutes=9)
    assert hub.worker.round() != ()
    hub.wait(minutes=2)
    assert hub.worker.round() == ()
    assert hub.timestamp.read_bytes() != kept


def test_logins_that_ran_out_are_forgotten(hub: Hub):
    with hub.registry.store.writing() as session:
        enrolled(session, CLERK, AT)
        open_session(session, CLERK.id, AT)
    hub.worker.round()
    hub.wait(hours=3)
    hub.worker.round()
    with hub.registry.store.reading() as session:
        assert session.query(rows.LoginSession).count() == 0
