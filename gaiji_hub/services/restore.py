"""復元: a backup into an empty database and an empty data folder, or nothing at all (ADR 0012).

The archive comes from outside. It is read twice: once to check every byte, once to use it. Files are laid aside below
the data folder; the database is filled, compared with the dump, migrated up and compared with the high-water marks in
one transaction; the folders move into place right before it commits.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Table
from sqlalchemy.exc import OperationalError, StatementError
from sqlalchemy.orm import Session

from gaiji_hub.distribution.index import parse_channel_name
from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.files.durable import sync_folder
from gaiji_hub.files.strict_tar import BadBackup, Member, Source, lay_down, read_members
from gaiji_hub.services.backup import FORMAT, HEAD, SECTIONS, Progress, missing_blobs
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.recovery import (
    ChannelLoss,
    Evidence,
    note_restore,
    record_losses,
    recover_channels,
    refuse_unknown,
)
from gaiji_hub.store.dump import (
    continue_counters,
    dump_table,
    hold_references,
    is_empty,
    load_rows,
    settle_references,
    tables,
)
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import migrate_to, wanted_revision

FOLDERS = ("blobs", "channels", "keys")
ASIDE = ".restoring"
MAX_CHUNK = 256 << 20
MAX_SMALL = 1 << 20

_NAME = r"[a-z][a-z0-9_]{0,62}"
_DATABASE = re.compile(rf"database/([0-9]{{3}})-({_NAME})/([0-9]{{6}})\.jsonl")
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/([0-9a-f]{62})")
_CHANNEL = re.compile(r"channels/([0-9]{6}-[a-z0-9-]+)/(metadata|targets|acks)/.+")
_KEY = re.compile(r"keys/([a-z]+\.key|root/[1-9][0-9]{0,5}\.root\.json)")
_MARK = re.compile(r"marks/([0-9]{6}-[a-z0-9-]+)\.json")

Opened = Callable[[], AbstractContextManager[Source]]


class NotEmpty(Conflict):
    code = "not_empty"
    template = (
        "{what}が空ではありません。復元は空のデータフォルダと空のデータベースにだけ行います"
        "（別の場所を GAIJI_HUB_DATA・GAIJI_HUB_DATABASE_URL か --data で指定してください）"
    )


@dataclass(frozen=True)
class Head:
    """What an archive says about itself; `tables`: name and number of rows, those that others refer to first."""

    made_at: str
    program: str
    revision: str
    database: str
    keys: bool
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Restored:
    """What was brought back. `losses`: per channel what the marks know and the backup does not."""

    head: Head
    revision: str
    rows: int
    losses: tuple[ChannelLoss, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """Where to restore to: the data folder, the database and the folder of the marks."""

    data: Path
    database_url: str
    marks: Path


def restore(opened: Opened, target: Target, evidence: Evidence, now: datetime.datetime, progress: Progress) -> Restored:
    """Restore the archive that `opened` opens (twice) and state on every channel what was lost.

    `BadBackup` and `NotEmpty` before anything is changed. When a channel cannot be written afterwards, everything is
    back but that is a problem of the answer; running the recovery again finishes it.
    """
    refuse_full_folders(target.data)
    with opened() as source:
        checked = _Checked.of(source, progress)
    aside = target.data / ASIDE
    _clear(aside)
    aside.mkdir(parents=True, mode=0o700)
    store = Store(open_engine(target.database_url))
    try:
        losses = _fill(store, opened, checked, target, evidence, now, progress)
    finally:
        store.close()
        _clear(aside)
    for mark in checked.marks:
        Marks(target.marks).raise_to(mark)
    return _finished(checked, target, losses, now)


def refuse_full_folders(data: Path) -> None:
    for name in FOLDERS:
        folder = data / name
        if folder.exists() and any(folder.iterdir()):
            raise NotEmpty(what=f"データフォルダの {name} ")


def _finished(checked: _Checked, target: Target, losses: tuple[ChannelLoss, ...], now: datetime.datetime) -> Restored:
    with Registry.open(target.data, target.database_url, migrating=False, marks=target.marks) as registry:
        problems = list(recover_channels(registry, losses, now))
        with registry.store.reading() as session:
            problems += missing_blobs(registry, session, tables(session))
    rows = sum(count for _, count in checked.head.tables)
    return Restored(checked.head, wanted_revision(), rows, losses, tuple(problems))


@dataclass
class _Checked:
    """What the first reading found: the head, the hash of every table's dump, the marks inside."""

    head: Head
    dumps: dict[str, str]
    marks: tuple[Mark, ...]

    @staticmethod
    def of(source: Source, progress: Progress) -> _Checked:
        """Read and check the whole archive; nothing is written."""
        head: Head | None = None
        dumps: dict[str, hashlib._Hash] = {}
        marks: list[Mark] = []
        done = 0
        for member in read_members(source, SECTIONS):
            if head is None:
                head = _read_head(member)
                dumps = {name: hashlib.sha256() for name, _ in head.tables}
            else:
                _check_member(member, head, dumps, marks)
            done += member.size
            progress("check", done)
        if head is None:
            raise BadBackup(reason="中身がありません")
        return _Checked(head, {name: digest.hexdigest() for name, digest in dumps.items()}, tuple(marks))


def _read_head(member: Member) -> Head:
    if member.path != HEAD:
        raise BadBackup(reason="先頭に説明がありません")
    try:
        stated = json.loads(member.read(MAX_SMALL))
        if stated["format"] != FORMAT:
            raise BadBackup(reason="知らない形式です。新しい gaiji-hub が作ったものかもしれません")
        counts = tuple((str(name), int(count)) for name, count in stated["tables"])
        head = Head(
            made_at=str(stated["made_at"])[:40],
            program=str(stated["program"])[:40],
            revision=str(stated["revision"])[:40],
            database=str(stated["database"])[:40],
            keys=bool(stated["keys"]),
            tables=counts,
        )
    except (KeyError, TypeError, ValueError, RecursionError):
        raise BadBackup(reason="説明を読み取れません") from None
    if len({name for name, _ in counts}) < len(counts) or not all(re.fullmatch(_NAME, name) for name, _ in counts):
        raise BadBackup(reason="表の名前が正しくありません")
    return head


def _check_member(member: Member, head: Head, dumps: Mapping[str, hashlib._Hash], marks: list[Mark]) -> None:
    """The member is one that a backup writes: its name, its size, a blob's hash, a mark's form."""
    section = member.path.split("/")[0]
    if section == "database":
        dumps[_table_of(member, head)].update(member.read(MAX_CHUNK))
    elif section == "blobs":
        _check_blob(member)
    elif section == "channels":
        _check_channel(member)
    elif section == "keys":
        if not _KEY.fullmatch(member.path) or not head.keys:
            raise BadBackup(reason="鍵のファイルではないものがあります")
    elif found := _MARK.fullmatch(member.path):
        marks.append(_mark(member, found.group(1)))
    else:
        raise BadBackup(reason="使えないファイル名があります")


def _table_of(member: Member, head: Head) -> str:
    found = _DATABASE.fullmatch(member.path)
    place = int(found.group(1)) if found else 0
    if not found or not 1 <= place <= len(head.tables) or head.tables[place - 1][0] != found.group(2):
        raise BadBackup(reason="表のファイルが説明と合いません")
    return found.group(2)


def _check_blob(member: Member) -> None:
    found = _BLOB.fullmatch(member.path)
    digest = hashlib.sha256()
    for piece in member.pieces:
        digest.update(piece)
    if not found or "".join(found.groups()) != digest.hexdigest():
        raise BadBackup(reason="保存ファイルの中身が名前と違います")


def _check_channel(member: Member) -> None:
    found = _CHANNEL.fullmatch(member.path)
    try:
        parse_channel_name(found.group(1) if found else "")
    except BadInput:
        raise BadBackup(reason="伝送路のファイルではないものがあります") from None


def _mark(member: Member, channel: str) -> Mark:
    try:
        mark = Mark.from_bytes(member.read(MAX_SMALL))
    except BadInput:
        raise BadBackup(reason="最高到達点の記録を読み取れません") from None
    if mark.channel != channel:
        raise BadBackup(reason="最高到達点の記録の名前が違います")
    return mark


def _fill(
    store: Store,
    opened: Opened,
    checked: _Checked,
    target: Target,
    evidence: Evidence,
    now: datetime.datetime,
    progress: Progress,
) -> tuple[ChannelLoss, ...]:
    """Everything in one transaction; the folders are moved right before it commits."""
    aside = target.data / ASIDE
    with store.writing() as session, opened() as source:
        if not is_empty(session):
            raise NotEmpty(what="データベース")
        migrate_to(session.connection(), checked.head.revision)
        with _refused_by_database():
            loaded = _load(session, source, checked.head, aside, progress)
        for name, table in loaded.items():
            if _dump_hash(session, table) != checked.dumps[name]:
                raise BadBackup(reason="データベースに入れた内容がバックアップと一致しません")
        migrate_to(session.connection(), wanted_revision())
        losses = record_losses(session, aside / "channels", evidence, checked.marks, now)
        refuse_unknown(losses)
        note_restore(session, checked.head.made_at, losses, now)
        _move(aside, target.data)
    return losses


def _load(session: Session, source: Source, head: Head, aside: Path, progress: Progress) -> dict[str, Table]:
    found = {table.name: table for table in tables(session)}
    if set(found) != {name for name, _ in head.tables}:
        raise BadBackup(reason="表の種類がデータベースの版と合いません")
    loaded = dict.fromkeys(found, 0)
    hold_references(session)
    done = 0
    for member in read_members(source, SECTIONS):
        if match := _DATABASE.fullmatch(member.path):
            loaded[match.group(2)] += _load_chunk(session, found[match.group(2)], member.read(MAX_CHUNK))
        elif member.path.split("/")[0] in FOLDERS:
            lay_down(member, aside, public=member.path.startswith("channels/"))
        done += member.size
        progress("restore", done)
    if loaded != dict(head.tables):
        raise BadBackup(reason="行の数が説明と合いません")
    settle_references(session)
    continue_counters(session, found.values())
    return found


def _load_chunk(session: Session, table: Table, chunk: bytes) -> int:
    try:
        return load_rows(session, table, chunk)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise BadBackup(reason="表の行を読み取れません") from None


@contextlib.contextmanager
def _refused_by_database() -> Iterator[None]:
    """Rows that break a rule of the database were not written by a hub. What they hold is not repeated."""
    try:
        yield
    except OperationalError:
        raise
    except (StatementError, ValueError) as error:
        raise BadBackup(reason=f"データベースの決まりに合わない行があります（{type(error).__name__}）") from None


def _dump_hash(session: Session, table: Table) -> str:
    digest = hashlib.sha256()
    for chunk in dump_table(session, table):
        digest.update(chunk)
    return digest.hexdigest()


def _move(aside: Path, data: Path) -> None:
    for folder, _, _ in os.walk(aside, topdown=False):
        sync_folder(Path(folder))
    for name in FOLDERS:
        if (aside / name).exists():
            if (data / name).exists():
                (data / name).rmdir()
            (aside / name).rename(data / name)
    sync_folder(data)


def _clear(aside: Path) -> None:
    if aside.exists():
        shutil.rmtree(aside)
