"""A backup is one instant of the whole hub, whatever is published meanwhile; what it could not take is said."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.services import backup as backing
from gaiji_hub.services.backup import HubTooBusy
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.release import list_releases
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, SYSTEM, TOWN
from tests.services.restoring import CHANNEL, Empty, backup, dump, members, next_release, whole_folder


@pytest.fixture
def published(registry: Registry, materials: PackMaterials) -> Registry:
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    return registry


@pytest.fixture
def empty(new_url: str, tmp_path: Path) -> Empty:
    return Empty(tmp_path / "new", new_url)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def test_everything_comes_back_on_either_database(published: Registry, empty: Empty):
    archive, made = backup(published)
    assert made.problems == []
    restored = empty.restore(archive, whole_folder(published))
    assert restored.problems == ()
    with empty.opened() as new:
        before, after = dump(published.store), dump(new.store)
        # The restore itself stands in the trail of the hub; everything else is the same to the byte.
        changed = {"audit", "audit_head"}
        assert after["audit"].startswith(before["audit"])
        assert {name: after[name] for name in after if name not in changed} == {
            name: before[name] for name in before if name not in changed
        }
        assert files(new.blobs.folder) == files(published.blobs.folder)
        assert files(new.keys) == files(published.keys)
        assert {path for path in files(published.channels) if "metadata" not in path} <= set(files(new.channels))


def test_the_same_state_is_the_same_bytes(published: Registry):
    assert backup(published)[0] == backup(published)[0]


def test_the_first_member_says_what_it_is(published: Registry):
    head = json.loads(members(backup(published)[0])["BACKUP.json"])
    assert (head["format"], head["made_at"], head["keys"]) == ("gaiji-hub-backup/1", "2026-04-01T09:00:00+00:00", True)
    counts = dict(head["tables"])
    assert (counts["release"], counts["gaiji"], counts["publication"]) == (1, 2, 1)
    assert "login_session" not in counts


def test_keys_can_stay_behind(published: Registry):
    assert not [path for path in members(backup(published, with_keys=False)[0]) if path.startswith("keys/")]


def test_locks_and_unfinished_files_are_not_kept(published: Registry):
    (published.channels / CHANNEL / "metadata" / ".2.targets.json.abc.tmp").write_bytes(b"half")
    assert not [path for path in members(backup(published)[0]) if "/." in path]


def test_a_damaged_and_a_missing_blob_are_said(published: Registry):
    with published.store.reading() as session:
        (publication,) = list_publications(session, TOWN, SYSTEM)
        (release,) = list_releases(session, TOWN, SYSTEM)
    published.blobs.path(release.hash).write_bytes(b"rotten")
    published.blobs.path(publication.manifest).unlink()
    archive, made = backup(published)
    assert len(made.problems) == 2
    assert publication.manifest in made.problems[0]
    assert release.hash[2:] in made.problems[1]
    assert f"blobs/{release.hash[:2]}/{release.hash[2:]}" not in members(archive)


def test_a_link_among_the_notices_is_not_followed(published: Registry):
    (published.channels / CHANNEL / "acks").mkdir()
    (published.channels / CHANNEL / "acks" / "000001-x.json").symlink_to(published.keys / "root.key")
    archive, made = backup(published)
    assert len(made.problems) == 1
    assert not [path for path in members(archive) if "/acks/" in path]


@pytest.mark.parametrize("section", ["database", "blobs", "channels", "keys"])
def test_what_is_published_meanwhile_is_not_half_in_it(
    published: Registry, materials: PackMaterials, tables: Tables, tmp_path: Path, section: str
):
    once = [section]

    def publish_meanwhile(found: str, _done: int) -> None:
        if found in once:
            once.clear()
            next_release(published, tables, 400)
            publish_pending(published, materials, TOWN, SYSTEM, AT)

    archive, _ = backup(published, progress=publish_meanwhile)
    assert not once
    new = Empty(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'hub.db'}")
    restored = new.restore(archive, whole_folder(published))
    assert [(loss.backup_seq, loss.lost_publications, loss.lost_releases) for loss in restored.losses] == [
        (1, (2,), (2,))
    ]
    assert restored.problems == ()


def test_a_publication_between_channel_and_database_starts_the_snapshot_again(
    published: Registry, materials: PackMaterials, tables: Tables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    read, waited = backing._timestamps, []

    def read_then_publish(channels: Path) -> dict[str, bytes | None]:
        found = read(channels)
        if not waited and len(calls) == 0:
            calls.append(1)
            next_release(published, tables, 400)
            publish_pending(published, materials, TOWN, SYSTEM, AT)
        return found

    calls: list[int] = []
    monkeypatch.setattr(backing, "_timestamps", read_then_publish)
    archive, _ = backup(published, wait=lambda: waited.append(1))
    assert waited == [1]
    new = Empty(tmp_path / "new", f"sqlite:///{tmp_path / 'new' / 'hub.db'}")
    restored = new.restore(archive, whole_folder(published))
    assert [(loss.backup_seq, loss.any) for loss in restored.losses] == [(2, False)]


def test_a_hub_that_never_rests_is_said_so(published: Registry, monkeypatch: pytest.MonkeyPatch):
    stamps = iter(range(10_000))
    monkeypatch.setattr(backing, "_timestamps", lambda _channels: {CHANNEL: str(next(stamps)).encode()})
    waited: list[int] = []
    with pytest.raises(HubTooBusy):
        backup(published, wait=lambda: waited.append(1))
    assert len(waited) == backing.TRIES


def test_every_backup_beside_a_busy_writer_is_of_one_instant(
    published: Registry, materials: PackMaterials, tables: Tables, tmp_path: Path
):
    stop, moved = threading.Event(), threading.Event()
    failed: list[BaseException] = []

    def write() -> None:
        try:
            for size in range(400, 700, 10):
                if stop.is_set():
                    return
                next_release(published, tables, size)
                publish_pending(published, materials, TOWN, SYSTEM, AT)
                moved.set()
        except BaseException as error:
            failed.append(error)
            raise
        finally:
            moved.set()

    def next_backup() -> bytes:
        moved.wait()
        moved.clear()
        return backup(published, wait=lambda: stop.wait(0.05))[0]

    writer = threading.Thread(target=write)
    writer.start()
    try:
        archives = [next_backup() for _ in range(4)]
    finally:
        stop.set()
        writer.join()
    assert failed == []
    reached = []
    for number, archive in enumerate(archives):
        new = Empty(tmp_path / str(number), f"sqlite:///{tmp_path / str(number) / 'hub.db'}")
        restored = new.restore(archive, whole_folder(published))
        (loss,) = restored.losses
        assert restored.problems == ()
        with new.opened() as registry, registry.store.reading() as session:
            recorded = [found.seq for found in list_publications(session, TOWN, SYSTEM)]
            channel = ChannelPublisher(registry.channels, HubKeys.open(registry.keys), CHANNEL)
            there = [signed.manifest.seq for signed in channel.manifests()]
            # At most the one whose row was not written yet at that instant.
            assert there in (recorded, [*recorded, len(recorded) + 1])
            assert len(list_releases(session, TOWN, SYSTEM)) >= len(there)
        reached.append(loss.backup_seq)
    assert reached == sorted(reached)
    assert reached[0] < reached[-1]
