"""A tar archive of plain files that has exactly one spelling: what `TarWriter` writes, and nothing else is read.

The reader takes an archive from outside: no links, devices, folders, sparse files or compression, no path that leads
out of a folder, no header field but name and size, members in ascending order (so none twice), a manifest of hashes
at the end and nothing after it. Its members are together no larger than the file, so there is no bomb to unpack.
Any tar program can list and extract it; `sha256sum -c MANIFEST` checks what was extracted.
"""

from __future__ import annotations

import hashlib
import os
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gaiji_hub.errors import BadInput

MANIFEST = "MANIFEST"
MAX_PATH = 400
PIECE = 1 << 18
_BLOCK = tarfile.BLOCKSIZE
_END = bytes(2 * _BLOCK)
_MODE = 0o600
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_PAX = re.compile(rb"\d{1,3} path=(.+)\n", re.DOTALL)


class BadBackup(BadInput):
    code = "bad_backup"
    template = "バックアップとして使えません: {reason}（何も戻していません）"


class Sink(Protocol):
    def write(self, data: bytes, /) -> object: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, b"" only at the end."""


def storable(path: str) -> bool:
    """Whether `path` may be a member: relative, plain ASCII names, none of them hidden."""
    parts = path.split("/")
    return len(path) <= MAX_PATH and all(_PART.fullmatch(part) and part[-1] != "." for part in parts)


def order(path: str) -> tuple[str, ...]:
    """By this members of one section ascend."""
    return tuple(path.split("/"))


class TarWriter:
    """Writes members in the order of the calls, then `end`. Keeps no list: memory does not grow with the archive."""

    def __init__(self, sink: Sink, manifest: Sink) -> None:
        """`manifest` takes the lines `<sha256>  <path>` of what was written, for `end`."""
        self._sink, self._manifest = sink, manifest
        self.written = 0

    def add(self, path: str, size: int, pieces: Iterable[bytes]) -> str:
        """Write one member of exactly `size` bytes (`ValueError` otherwise) and return its SHA-256 (hex)."""
        digest, length = hashlib.sha256(), 0
        self._put(_header(path, size))
        for piece in pieces:
            digest.update(piece)
            length += len(piece)
            self._put(piece)
        if length != size:
            raise ValueError("a member is as long as its header says")
        self._put(_padding(size))
        self._manifest.write(_line(digest.hexdigest(), path))
        return digest.hexdigest()

    def add_bytes(self, path: str, data: bytes) -> str:
        return self.add(path, len(data), (data,))

    def end(self, size: int, manifest: Iterable[bytes]) -> None:
        """Write the manifest (its `size` and bytes, read back from the sink given) and the end of the archive."""
        self._put(_header(MANIFEST, size))
        for piece in manifest:
            self._put(piece)
        self._put(_padding(size) + _END)

    def _put(self, data: bytes) -> None:
        self._sink.write(data)
        self.written += len(data)


@dataclass
class Member:
    """One file of an archive; read `pieces` to the end before the next member is asked for."""

    path: str
    size: int
    pieces: Iterator[bytes]

    def read(self, limit: int) -> bytes:
        """The whole member; `BadBackup` when it is larger than `limit`."""
        if self.size > limit:
            raise BadBackup(reason="中のファイルが大きすぎます")
        return b"".join(self.pieces)


def read_members(source: Source, sections: tuple[str, ...]) -> Iterator[Member]:
    """Every member but the manifest, which is checked against them at the end; `BadBackup` for anything else.

    `sections`: the first parts of the paths, in their order. A member counts only when the iteration ended well.
    """
    manifest = hashlib.sha256()
    last: tuple[int, tuple[str, ...]] = (-1, ())
    while (header := _read_header(source))[0] != MANIFEST:
        path, size = header
        place = (_section(path, sections), order(path))
        if place <= last:
            raise BadBackup(reason="中のファイルの並びが違うか、重複しています")
        last, digest = place, hashlib.sha256()
        yield Member(path, size, pieces := _pieces(source, size, digest))
        for _ in pieces:
            pass
        manifest.update(_line(digest.hexdigest(), path))
    stated = hashlib.sha256()
    for _ in _pieces(source, header[1], stated):
        pass
    if stated.digest() != manifest.digest():
        raise BadBackup(reason="中のファイルのハッシュが目録と違います。壊れているか、書き換えられています")
    if _exactly(source, len(_END)) != _END or source.read(1):
        raise BadBackup(reason="終わり方が違います")


def lay_down(member: Member, folder: Path, *, public: bool) -> None:
    """Write a member below `folder`, fsynced, for the owner only unless `public`. It must not be there yet."""
    place = folder / member.path
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o755 if public else 0o700)
    with place.open("xb") as file:
        place.chmod(0o644 if public else 0o600)
        for piece in member.pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _section(path: str, sections: tuple[str, ...]) -> int:
    first = path.split("/")[0]
    if not storable(path) or first not in sections:
        raise BadBackup(reason="使えないファイル名があります")
    return sections.index(first)


def _line(digest: str, path: str) -> bytes:
    return f"{digest}  {path}\n".encode()


def _info(path: str, size: int) -> bytes:
    info = tarfile.TarInfo(path)
    info.size, info.mode = size, _MODE
    return info.tobuf(tarfile.PAX_FORMAT)


def _header(path: str, size: int) -> bytes:
    if not storable(path):
        raise ValueError("a member's path is storable")
    return _info(path, size)


def _read_header(source: Source) -> tuple[str, int]:
    """Path and size of the next member; whatever `_header` would not write byte for byte is refused."""
    data = _exactly(source, _BLOCK)
    name = b""
    if data[156:157] == tarfile.XHDTYPE:
        extra = _exactly(source, _BLOCK)
        found = _PAX.fullmatch(extra.rstrip(b"\0"))
        name = found.group(1) if found else b""
        data += extra + (main := _exactly(source, _BLOCK))
    else:
        main = data
    try:
        info = tarfile.TarInfo.frombuf(main, "ascii", "strict")
        path = name.decode("ascii") if name else info.name
        canonical = storable(path) and _info(path, info.size) == data
    except (tarfile.HeaderError, ValueError):
        canonical = False
    if not canonical:
        raise BadBackup(reason="この形式ではないか、壊れています")
    return path, info.size


def _pieces(source: Source, size: int, digest: hashlib._Hash) -> Iterator[bytes]:
    left = size
    while left:
        piece = source.read(min(left, PIECE))
        if not piece:
            raise BadBackup(reason="途中で切れています")
        left -= len(piece)
        digest.update(piece)
        yield piece
    if any(_exactly(source, len(_padding(size)))):
        raise BadBackup(reason="この形式ではないか、壊れています")


def _exactly(source: Source, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        piece = source.read(size - len(data))
        if not piece:
            raise BadBackup(reason="途中で切れています")
        data += piece
    return bytes(data)


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)
