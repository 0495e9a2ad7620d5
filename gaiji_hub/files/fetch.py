"""Verified fetch: a file is used only when its SHA-256 and size are the ones its manifest states.

Order: cache by hash → extra local folders by file name → the origin. Cache: `<cache>/sources/<sha256>/<name>`.
Where a manifest wants one member of an archive, the member is cached and the archive is not kept.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from gaiji_hub.errors import Refused, Unavailable
from gaiji_hub.files.archives import open_member
from gaiji_hub.files.durable import folder_lock, sync_folder
from gaiji_hub.files.origins import OriginUnreachable, archive_name, download, is_machine

Say = Callable[[str], None]
_CHUNK = 1 << 20


class SourceMismatch(Refused):
    code = "source_mismatch"
    template = (
        "源泉 {id} のハッシュが違います: {file}（期待 {expected}、実際 {actual}）。使わずに中止しました。"
        "壊れたファイルを削除してやり直してください"
    )


class SourceUnavailable(Unavailable):
    code = "source_unavailable"
    template = (
        "源泉 {id} が手元になく取得もできません: {reason}。"
        "{page} から入手し、フォルダ {folder} に {file} という名前で置いてください"
    )


@dataclass(frozen=True)
class Wanted:
    """A file that is accepted: name, SHA-256 (hex), size in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Source:
    """One archive of a manifest. `where` is its origin (`origins`), `page` what a person opens to get it by hand.

    `member` names the one file wanted inside; empty when the archive itself is wanted.
    """

    id: str
    where: str
    page: str
    sha256: str
    size: int
    member: str = ""
    member_sha256: str = ""
    member_size: int = 0

    @property
    def archive(self) -> Wanted:
        return Wanted(archive_name(self.where), self.sha256, self.size)

    @property
    def wanted(self) -> Wanted:
        """What `fetch` returns: the member, or the archive when there is none."""
        if not self.member:
            return self.archive
        return Wanted(PurePosixPath(self.member).name, self.member_sha256, self.member_size)


def fetch(source: Source, cache: Path, folders: Sequence[Path], offline: bool, say: Say) -> Path:
    """The verified file of `source`; progress sentences go to `say`.

    Raises `SourceMismatch` for a wrong file in cache, folder or at the origin (the old state is kept),
    `SourceUnavailable` with what to do when it can be had nowhere.
    """
    found = find(source, cache, folders)
    if found:
        return found
    if offline and not is_machine(source.where):
        raise _unavailable(source, folders, cache, "外部への取得は禁止されています（オフライン）")
    target = cached_path(source.wanted, cache)
    with folder_lock(cache / "sources"):
        if target.is_file():  # another process was faster
            return verify(target, source.wanted, source.id)
        _sweep(cache / "sources")
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=cache / "sources") as name:
            say(f"源泉 {source.id} を取得しています（{source.where}、{source.size / 1e6:.0f} MB）")
            try:
                archive = download(source.where, Path(name), source.size)
            except OriginUnreachable as error:
                raise _unavailable(source, folders, cache, str(error)) from None
            return _keep(source, archive, target)


def find(source: Source, cache: Path, folders: Sequence[Path]) -> Path | None:
    """The verified file where it is already on this machine, else None. Never goes to an address."""
    target = cached_path(source.wanted, cache)
    if target.is_file():
        return verify(target, source.wanted, source.id)
    for folder in folders:
        if (there := _in_folder(folder, source.wanted.name)) is not None:
            with there.open("rb") as file:
                return store(file, source.wanted, target, source.id)
        if (there := _in_folder(folder, source.archive.name)) is not None:
            return _keep(source, there, target)
    return None


def _in_folder(folder: Path, name: str) -> Path | None:
    """The file of that name in a folder of sources or in one of its sub-folders, the first by name."""
    places = (folder / name, *sorted(folder.glob(f"*/{name}")))
    return next((place for place in places if place.is_file()), None)


def cached_path(wanted: Wanted, cache: Path) -> Path:
    return cache / "sources" / wanted.sha256 / wanted.name


def verify(path: Path, wanted: Wanted, source_id: str) -> Path:
    """`path` itself when size and SHA-256 are right, else `SourceMismatch`."""
    with path.open("rb") as file:
        digest, size = _digest(_chunks(file, wanted.size))
    if (digest, size) != (wanted.sha256, wanted.size):
        raise _mismatch(source_id, path, wanted, digest)
    return path


def _keep(source: Source, archive: Path, target: Path) -> Path:
    verify(archive, source.archive, source.id)
    if not source.member:
        with archive.open("rb") as file:
            return store(file, source.wanted, target, source.id)
    with open_member(archive, source.member) as stream:
        return store(stream, source.wanted, target, source.id)


def store(stream: IO[bytes], wanted: Wanted, target: Path, source_id: str) -> Path:
    """Write a stream durably to `target` if it hashes to `wanted`; on `SourceMismatch` nothing is left."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            digest, size = _digest(_copied(_chunks(stream, wanted.size), file))
            file.flush()
            os.fsync(file.fileno())
        if (digest, size) != (wanted.sha256, wanted.size):
            raise _mismatch(source_id, target, wanted, digest)
        temporary.chmod(0o644)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)
    sync_folder(target.parent.parent)
    return target


def _chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    """The stream in parts, at most one byte more than `size`: enough to see that it is longer."""
    left = size + 1
    while left > 0 and (chunk := stream.read(min(_CHUNK, left))):
        left -= len(chunk)
        yield chunk


def _copied(chunks: Iterator[bytes], file: IO[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        file.write(chunk)
        yield chunk


def _digest(chunks: Iterator[bytes]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _sweep(folder: Path) -> None:
    """Remove what a killed fetch left; called under the lock, so nobody is using it."""
    for rest in folder.glob("fetch-*"):
        shutil.rmtree(rest, ignore_errors=True)


def _mismatch(source_id: str, path: Path, wanted: Wanted, actual: str) -> SourceMismatch:
    return SourceMismatch(id=source_id, file=path.name, expected=wanted.sha256[:12], actual=actual[:12])


def _unavailable(source: Source, folders: Sequence[Path], cache: Path, reason: str) -> SourceUnavailable:
    wanted = source.wanted
    folder = folders[0] if folders else cached_path(wanted, cache).parent
    return SourceUnavailable(id=source.id, reason=reason, page=source.page, folder=str(folder), file=wanted.name)
