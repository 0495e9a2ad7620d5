import multiprocessing
import os

import pytest

from gaiji_hub.errors import NotFound
from gaiji_hub.files.blobs import BlobDamaged, BlobStore
from gaiji_hub.files.durable import NotRegularFile, folder_lock, write_atomic, write_new


def test_an_atomic_write_replaces_whole_files_and_leaves_no_scraps(tmp_path):
    path = tmp_path / "sub" / "file"
    write_atomic(path, b"old")
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new"
    assert [p.name for p in path.parent.iterdir()] == ["file"]


def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomic(path, b"old")
    monkeypatch.setattr(os, "fsync", lambda handle: (_ for _ in ()).throw(OSError(28, "disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_new_file_is_never_overwritten(tmp_path):
    write_new(tmp_path / "file", b"a")
    with pytest.raises(FileExistsError):
        write_new(tmp_path / "file", b"b")


def _add_one(folder, counter):
    for _ in range(50):
        with folder_lock(folder):
            counter.write_text(str(int(counter.read_text()) + 1))


def test_a_lock_keeps_processes_apart(tmp_path):
    counter = tmp_path / "counter"
    counter.write_text("0")
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_one, args=(tmp_path, counter)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert counter.read_text() == "200"


def test_blobs_are_verified_on_every_read(tmp_path):
    store = BlobStore(tmp_path)
    digest = store.put(b"shape")
    assert store.put(b"shape") == digest
    assert store.get(digest) == b"shape"
    store.path(digest).write_bytes(b"shapf")
    with pytest.raises(BlobDamaged):
        store.get(digest)
    with pytest.raises(NotFound):
        store.get("0" * 64)


@pytest.mark.parametrize("kind", ["link", "dangling", "pipe", "folder"])
def test_only_a_regular_file_is_replaced(tmp_path, kind):
    path, other = tmp_path / "special", tmp_path / "other"
    if kind in ("link", "dangling"):
        path.symlink_to(other)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    if kind == "link":
        other.write_bytes(b"kept")
    before = path.lstat()
    with pytest.raises(NotRegularFile, match="special は通常のファイルではありません"):
        write_atomic(path, b"new")
    assert path.lstat() == before
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.endswith(".tmp")] == []
    assert kind != "link" or other.read_bytes() == b"kept"
