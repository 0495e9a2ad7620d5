"""Workers as processes: killed at any point they lose and double nothing; the command and the server run one."""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.services import work
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.publish import PackMaterials
from gaiji_hub.services.release import list_releases, make_release
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.worker import Worker
from tests.distribution.killing import KILLED, NEVER, Counter, install
from tests.services.conftest import AT, DATE, SYSTEM, TOWN, font
from tests.services.people import ADMIN, OTHER, person
from tests.web.conftest import fill
from tests.web.people import TOWN as SERVED
from tests.web.serving import started
from tests.worker.working import CHANNEL, QUICK, until

TOWNS = (TOWN, OTHER, "131032")


def three_towns(registry: Registry) -> None:
    with registry.store.writing() as session:
        for lg_code in TOWNS[1:]:
            register_municipality(session, lg_code, "架空町", AT)
            register_business_system(session, lg_code, SYSTEM, "住民記録", "cp932", AT)


def add_release(registry: Registry, tables: Tables, lg_code: str, size: int) -> None:
    by = person(90, "kanri", "架空 管子", lg_code, *(place.role for place in ADMIN.places))
    with registry.store.writing() as session:
        record_intake(session, lg_code, SYSTEM, font({0xE000: size, 0xE001: size + 1}), AT)
        make_release(session, registry.blobs, tables, lg_code, SYSTEM, DATE, "追加", AT, by)


def forked(data: Path, url: str, materials: PackMaterials, fatal: int) -> int:
    """A worker's process id; it dies by SIGKILL at its `fatal`-th change to the disk, or ends when all is done."""
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        install(Counter(fatal))
        hub = Registry.open(data, url, migrating=False)
        worker = Worker(hub, lambda: materials, lambda: datetime.datetime.now(datetime.UTC), print, QUICK)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            worker.round()
            with hub.store.reading() as session:
                if not work.backlog(session):
                    code = 0
                    break
            time.sleep(0.05)
    finally:
        if sys.exc_info()[0]:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(code)


def test_workers_killed_at_any_point_lose_and_double_nothing(
    registry: Registry, migrated_url: str, materials: PackMaterials, tables: Tables, soak: bool
):
    """Pairs of workers, each killed at some change to the disk while releases keep coming; the last pair finishes."""
    three_towns(registry)
    chance, killed = random.Random(3), 0
    data = registry.keys.parent
    for turn in range(40 if soak else 5):
        for lg_code in TOWNS:
            add_release(registry, tables, lg_code, 500 + 3 * turn)
        registry.store.close()  # a connection does not survive a fork
        children = [forked(data, migrated_url, materials, chance.randrange(1, 250)) for _ in range(2)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        assert set(codes) <= {0, KILLED}
        killed += codes.count(KILLED)
    assert killed > 2
    last = [forked(data, migrated_url, materials, NEVER) for _ in range(2)]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in last] == [0, 0]
    check_every_channel(registry)


def check_every_channel(registry: Registry) -> None:
    keys = HubKeys.open(registry.keys)
    with registry.store.reading() as session:
        assert work.backlog(session) == ()
        for lg_code in TOWNS:
            published = list_publications(session, lg_code, SYSTEM)
            made = [release.number for release in list_releases(session, lg_code, SYSTEM)]
            assert [one.seq for one in published] == list(range(1, len(made) + 1))
            assert [one.release_number for one in published] == made
            there = ChannelPublisher(registry.channels, keys, f"{lg_code}-{SYSTEM}").manifests()
            assert [one.manifest.hash for one in there] == [one.payload for one in published]
            assert [registry.blobs.get(one.manifest) for one in published] == [one.to_bytes() for one in there]


def environment(data: Path, url: str) -> dict[str, str]:
    return {**os.environ, "GAIJI_HUB_DATA": str(data), "GAIJI_HUB_DATABASE_URL": url}


@pytest.fixture
def process(registry: Registry, migrated_url: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "gaiji_hub", "worker", "--every", "0.2"]
    with subprocess.Popen(
        command,
        env=environment(registry.keys.parent, migrated_url),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        yield running
        running.kill()


def test_the_command_works_until_a_signal_and_ends_well(registry: Registry, process: subprocess.Popen[str]):
    assert process.stdout is not None
    assert process.stdout.readline() == "裏の仕事を始めました\n"
    assert process.stdout.readline() == f"発行しました: {CHANNEL} 通番 1（第1版）\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout.read() == "停止しました\n"
    with registry.store.reading() as session:
        assert work.backlog(session) == ()


def test_the_server_does_the_work_by_itself(tmp_path: Path, tables: Tables):
    """Release made, nothing else done: the server's own worker puts it on the channel."""
    data = tmp_path / "served"
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as made:
        fill(made, tables)
        with started(data):
            until(lambda: published_by_server(made) == [1])
            there = ChannelPublisher(made.channels, HubKeys.open(made.keys), f"{SERVED}-{SYSTEM}").manifests()
            assert [(one.manifest.seq, one.manifest.release_number) for one in there] == [(1, 1)]


def published_by_server(registry: Registry) -> list[int]:
    with registry.store.reading() as session:
        return [one.seq for one in list_publications(session, SERVED, SYSTEM)]
