"""Durable, atomic writes: after each returns, a power cut leaves the old or the new state, never a torn one."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gaiji_hub.errors import BadInput, Conflict


class NotRegularFile(BadInput):
    code = "not_a_regular_file"
    template = (
        "書き出し先 {path} は通常のファイルではありません。置き換えると失われるため、何も書かずに中止しました"
        "（装置・シンボリックリンク・フォルダではないファイル名を指定してください）"
    )


class OutputExists(Conflict):
    code = "output_exists"
    template = "既にあるファイルは上書きしません: {path}（上書きするときは --force）"


def check_output(path: Path, *, force: bool) -> None:
    """Raise `NotRegularFile` or, without `force`, `OutputExists`, before anything is made to be written there."""
    check_replaceable(path)
    if path.exists() and not force:
        raise OutputExists(path=path.name)


def check_replaceable(path: Path) -> None:
    """Raise `NotRegularFile` where a rename would replace a device, a link or a pipe by a file."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        raise NotRegularFile(path=path.name)


def sync_folder(folder: Path) -> None:
    """fsync a folder, so that a rename inside it survives a power cut (POSIX; Windows has no such call)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_new(path: Path, data: bytes) -> None:
    """Write and fsync a file that must not exist yet (`FileExistsError`); the caller syncs the folder."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_atomic(path: Path, data: bytes, *, shared: bool = False) -> None:
    """Replace `path` by `data` in one step, making its folder when needed.

    Only the owner may read the file, unless it is `shared` (committed tables, what a member is given).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_file(path) as file:
        if shared:
            Path(file.name).chmod(0o644)
        file.write(data)


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[IO[bytes]]:
    """Write `path` as a stream: it appears, fsynced and whole, when the block ends well, and not at all otherwise.

    Temporary file beside it, fsync, rename, fsync of the folder; only the owner may read it. Raises `NotRegularFile`.
    """
    check_replaceable(path)
    with tempfile.NamedTemporaryFile(
        prefix=f".{path.name[:80]}.", suffix=".tmp", dir=path.parent, delete=False
    ) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
    sync_folder(path.parent)


@contextlib.contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Hold an exclusive lock on `folder`/.lock; waits for another process. Released when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+b") as file:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Fill a folder beside `target`; it takes that place, whole, when the block ends well, and is removed otherwise.

    A reader may for a moment find no folder there, never a half-filled one. One writer at a time.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with folder_lock(target.parent), tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as name:
        fresh, old = Path(name) / "new", Path(name) / "old"
        fresh.mkdir()
        yield fresh
        fresh.chmod(0o755)
        sync_folder(fresh)
        if target.exists():
            target.rename(old)
        fresh.rename(target)
        sync_folder(target.parent)
