"""Dropped notices are recorded once; a hostile file is a problem and stops nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.services import acknowledgements
from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.delivery import members_state
from gaiji_hub.services.hub import Registry
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, SYSTEM, TOWN
from tests.services.test_delivery import CHANNEL, acknowledgement, town

__all__ = ["town"]


@pytest.fixture
def registry(town: Store, blobs: BlobStore, tmp_path: Path) -> Registry:
    return Registry(town, blobs, tmp_path / "keys", tmp_path / "channels", tmp_path / "marks")


@pytest.fixture
def drop(registry: Registry) -> Path:
    folder = registry.channels / CHANNEL / "acks"
    folder.mkdir(parents=True)
    return folder


def test_dropped_notices_are_recorded_however_often_they_are_collected(registry: Registry, drop: Path):
    (drop / "000001-juki-a.json").write_bytes(acknowledgement().to_bytes())
    for _ in range(2):
        collected = collect_acknowledgements(registry, TOWN, SYSTEM, AT)
        assert (collected.recorded, collected.problems) == (1, ())
    with registry.store.reading() as session:
        assert [state.state for state in members_state(session, TOWN, SYSTEM)] == ["current", "never"]


def test_bad_files_are_named_and_stop_nothing(registry: Registry, drop: Path):
    (drop / "000001-a.json").write_bytes(b"{")
    (drop / "000001-b.json").write_bytes(bytes(9_000))
    (drop / "000001-c.json").write_bytes(acknowledgement(channel="131024-juki").to_bytes())
    (drop / "000001-d.json").write_bytes(acknowledgement(member="juki-z").to_bytes())
    (drop / "000001-juki-a.json").write_bytes(acknowledgement().to_bytes())
    (drop / "0\n1.json").write_bytes(acknowledgement().to_bytes())
    collected = collect_acknowledgements(registry, TOWN, SYSTEM, AT)
    assert (collected.recorded, len(collected.problems)) == (1, 5)
    assert not any("\n" in problem for problem in collected.problems)


def test_what_is_no_regular_file_is_named_and_stops_nothing(registry: Registry, drop: Path):
    (drop / "000001-folder.json").mkdir()
    os.mkfifo(drop / "000001-fifo.json")
    outside = drop.parent / "outside.json"
    outside.write_bytes(acknowledgement().to_bytes())
    (drop / "000001-link.json").symlink_to(outside)
    (drop / "000001-nowhere.json").symlink_to(drop / "nothing")
    (drop / "000002-juki-a.json").write_bytes(acknowledgement().to_bytes())
    collected = collect_acknowledgements(registry, TOWN, SYSTEM, AT)
    assert collected.recorded == 1
    names = [problem.partition(":")[0] for problem in collected.problems]
    assert names == [f"000001-{name}.json" for name in ("fifo", "folder", "link", "nowhere")]


def test_a_file_that_cannot_be_opened_is_a_problem(registry: Registry, drop: Path, monkeypatch):
    """As root every file can be read, so a socket stands for one that cannot: opening it is an OSError."""
    monkeypatch.chdir(drop)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("000001-socket.json")
        (problem,) = collect_acknowledgements(registry, TOWN, SYSTEM, AT).problems
    assert problem.startswith("000001-socket.json: ")


def test_a_file_where_the_folder_should_be_is_a_problem(registry: Registry, drop: Path):
    drop.rmdir()
    drop.write_bytes(b"")
    collected = collect_acknowledgements(registry, TOWN, SYSTEM, AT)
    assert (collected.recorded, len(collected.problems)) == (0, 1)


def test_of_too_many_files_the_highest_numbers_are_read(registry: Registry, drop: Path, monkeypatch):
    monkeypatch.setattr(acknowledgements, "MAX_FILES", 2)
    for number in range(1, 5):
        notice = acknowledgement(installed_at=f"2026-04-0{number}")
        (drop / f"00000{number}-juki-a.json").write_bytes(notice.to_bytes())
    collected = collect_acknowledgements(registry, TOWN, SYSTEM, AT)
    assert collected.recorded == 2
    assert "ほか 2 件" in collected.problems[0]
    with registry.store.reading() as session:
        assert members_state(session, TOWN, SYSTEM)[0].installed_at == "2026-04-04"


def test_a_channel_without_notices_has_none(registry: Registry):
    assert collect_acknowledgements(registry, TOWN, SYSTEM, AT).recorded == 0
