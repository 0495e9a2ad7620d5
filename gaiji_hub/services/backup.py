"""バックアップ: everything a hub is, in one file, taken while server and worker run (ADR 0012).

One instant decides: that of the database's snapshot. Blobs are written before the row that names them and never
change, so they are read after it. A channel is written before its publication's row; each `timestamp.json` is read
before and after the snapshot and only an unchanged set counts, so every channel is kept as it was at that instant.
Keys are read after the channels (a root lies with the keys first), marks last (a mark may only be too high).
"""

from __future__ import annotations

import datetime
import hashlib
import re
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from gaiji_hub import __version__
from gaiji_hub.errors import Unavailable
from gaiji_hub.files.strict_tar import PIECE, Sink, TarWriter, storable
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.services.hub import Registry
from gaiji_hub.store.dump import count_rows, dump_table, tables
from gaiji_hub.store.instants import utc
from gaiji_hub.store.migrate import found_revision

FORMAT = "gaiji-hub-backup/1"
HEAD = "BACKUP.json"
SECTIONS = (HEAD, "database", "blobs", "channels", "keys", "marks")
TIMESTAMP = "metadata/timestamp.json"
TRIES = 50

# What rows name in the blob store; a blob that is missing is said, here and after a restore.
BLOB_COLUMNS = (
    ("release", "hash"),
    ("publication", "manifest"),
    ("publication", "glyph_order"),
    ("print_job", "pack"),
    ("print_job", "manifest"),
)
_HASH = re.compile(r"[0-9a-f]{64}")

Progress = Callable[[str, int], None]


class HubTooBusy(Unavailable):
    code = "hub_too_busy"
    template = "伝送路への発行が続いていて、同じ時点のバックアップを取れませんでした。少し待ってやり直してください"


class FileChanged(Unavailable):
    code = "file_changed_during_backup"
    template = "バックアップの途中でファイルが短くなりました: {name}。もう一度実行してください"


@dataclass
class Made:
    """What a backup holds. `problems`: sentences about what it could not take."""

    revision: str = ""
    rows: int = 0
    blobs: int = 0
    channels: int = 0
    keys: bool = False
    problems: list[str] = field(default_factory=list)


def make_backup(
    registry: Registry,
    sink: Sink,
    at: datetime.datetime,
    *,
    with_keys: bool,
    wait: Callable[[], None],
    progress: Progress,
) -> Made:
    """Write the archive to `sink`. `wait` is called before the snapshot is tried again; `progress(section, bytes)`
    after every member. Memory does not grow with the hub.
    """
    with tempfile.TemporaryFile() as manifest:
        backup = _Backup(registry, TarWriter(sink, manifest), progress, Made(keys=with_keys))
        stamps = backup.snapshot(at, wait)
        backup.add_blobs()
        backup.add_channels(stamps)
        if with_keys:
            backup.add_folder("keys", registry.keys)
        backup.add_folder("marks", registry.marks)
        size = manifest.tell()
        manifest.seek(0)
        backup.tar.end(size, iter(lambda: manifest.read(PIECE), b""))
        return backup.made


class _Backup:
    def __init__(self, registry: Registry, tar: TarWriter, progress: Progress, made: Made) -> None:
        self.registry, self.tar, self.made, self._progress = registry, tar, made, progress

    def snapshot(self, at: datetime.datetime, wait: Callable[[], None]) -> dict[str, bytes | None]:
        """Write the database as of one instant, and return every channel's timestamp as of the same one."""
        for _ in range(TRIES):
            before = _timestamps(self.registry.channels)
            with self.registry.store.reading() as session:
                self.made.revision = found_revision(session.connection()) or ""
                if _timestamps(self.registry.channels) == before:
                    self._add_database(session, at)
                    return before
            wait()
        raise HubTooBusy

    def _add_database(self, session: Session, at: datetime.datetime) -> None:
        found = tables(session)
        counts = [(table.name, count_rows(session, table)) for table in found]
        self.made.rows = sum(count for _, count in counts)
        self._add(HEAD, canonical(self._head(session, counts, at)))
        for place, table in enumerate(found, start=1):
            for number, chunk in enumerate(dump_table(session, table), start=1):
                self._add(f"database/{place:03d}-{table.name}/{number:06d}.jsonl", chunk)
        self.made.problems += missing_blobs(self.registry, session, found)

    def _head(self, session: Session, counts: list[tuple[str, int]], at: datetime.datetime) -> Mapping[str, object]:
        return {
            "format": FORMAT,
            "made_at": utc(at).isoformat(timespec="seconds"),
            "program": __version__,
            "revision": self.made.revision,
            "database": session.connection().dialect.name,
            "keys": self.made.keys,
            "tables": counts,
        }

    def add_blobs(self) -> None:
        """Every blob there is, also one whose row was never committed; one that is not what its name says is told."""
        for path in _walk(self.registry.blobs.folder):
            name = path.relative_to(self.registry.blobs.folder).as_posix()
            if not _HASH.fullmatch(name.replace("/", "", 1)):
                self.made.problems.append(f"保存ファイルではないものは入れませんでした: blobs/{name[:80]}")
            elif _hash(path) != name.replace("/", "", 1):
                self.made.problems.append(f"壊れている保存ファイルは入れませんでした: blobs/{name}")
            else:
                self._add_file(f"blobs/{name}", path)
                self.made.blobs += 1

    def add_channels(self, stamps: Mapping[str, bytes | None]) -> None:
        for name, stamp in stamps.items():
            folder = self.registry.channels / name
            self.made.channels += stamp is not None
            for path in _walk(folder):
                inner = path.relative_to(folder).as_posix()
                if inner != TIMESTAMP:
                    self._add_file(f"channels/{name}/{inner}", path)
                elif stamp is not None:
                    self._add(f"channels/{name}/{inner}", stamp)

    def add_folder(self, section: str, folder: Path) -> None:
        for path in _walk(folder):
            self._add_file(f"{section}/{path.relative_to(folder).as_posix()}", path)

    def _add(self, name: str, data: bytes) -> None:
        self.tar.add_bytes(name, data)
        self._progress(name.split("/")[0], self.tar.written)

    def _add_file(self, name: str, path: Path) -> None:
        if not storable(name) or not stat.S_ISREG(path.lstat().st_mode):
            self.made.problems.append(f"入れられないファイルです（名前かリンク・装置のため）: {name[:80]}")
            return
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            self.tar.add(name, size, _read(file.read, size, path.name))
        self._progress(name.split("/")[0], self.tar.written)


def missing_blobs(registry: Registry, session: Session, found: tuple[Table, ...]) -> list[str]:
    """A sentence for every blob that a row names and that is not there."""
    known = {table.name: table for table in found}
    problems = []
    for table, column in BLOB_COLUMNS:
        if table in known:
            for digest in session.scalars(select(known[table].c[column]).execution_options(yield_per=1000)):
                if not registry.blobs.path(digest).exists():
                    problems.append(f"{table} の行が指す保存ファイルがありません: {digest}")
    return problems


def _timestamps(channels: Path) -> dict[str, bytes | None]:
    """The timestamp of every channel, by name, None before the first publication: it alone says what readers see."""
    folders = sorted(path for path in channels.iterdir() if path.is_dir()) if channels.is_dir() else []
    return {folder.name: _bytes(folder / TIMESTAMP) for folder in folders}


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _walk(folder: Path) -> Iterator[Path]:
    """Every file in the order of `strict_tar.order`; locks and unfinished files (hidden) are passed over."""
    if not folder.is_dir():
        return
    for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if path.name.startswith("."):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        else:
            yield path


def _read(read: Callable[[int], bytes], size: int, name: str) -> Iterator[bytes]:
    left = size
    while left:
        piece = read(min(left, PIECE))
        if not piece:
            raise FileChanged(name=name[:80])
        left -= len(piece)
        yield piece


def _hash(path: Path) -> str:
    if not stat.S_ISREG(path.lstat().st_mode):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
