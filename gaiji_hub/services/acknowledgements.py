"""受領の回収: notices that members without a way to call in dropped beside their channel.

The folder is written by others: only regular files are read, without following links or waiting for a writer;
every file is capped, parsed and checked against the members of this channel, and one bad file stops neither the
others nor anything else. Files are left where they are; of too many, those with the highest numbers are read.
"""

from __future__ import annotations

import datetime
import heapq
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services.delivery import record_acknowledgement
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import locate

MAX_BYTES = 8_000
MAX_FILES = 5_000
_NAME = re.compile(r"[0-9]{6,9}-[a-z0-9-]{1,60}\.json")
# Windows has neither flag; there a folder of notices is on a drive of files only.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Collected:
    """`recorded` notices are in the database now (some may have been before); `problems` are sentences.

    `names` are the files of those recorded now and of those the caller knew.
    """

    recorded: int
    problems: tuple[str, ...]
    names: frozenset[str] = frozenset()


def collect_acknowledgements(
    registry: Registry, lg_code: str, system: str, at: datetime.datetime, known: frozenset[str] = frozenset()
) -> Collected:
    """Record every notice in `<channel>/acks`; those of another channel or an unknown member are problems.

    Files named in `known` were recorded before and are passed over: a notice is written once and never changed.
    """
    with registry.store.reading() as session:
        owner = locate(session, lg_code, system)
    channel = channel_name(owner.lg_code, owner.name)
    paths, problems = _dropped(registry.channels / channel / "acks")
    names = {path.name for path in paths} & known
    recorded = 0
    for path in paths:
        if path.name in known:
            continue
        try:
            notice = _read(path, channel)
            with registry.store.writing() as session:
                record_acknowledgement(session, notice, at)
            recorded += 1
            names.add(path.name)
        except (BadInput, NotFound, Conflict) as error:
            problems.append(f"{path.name}: {error}")
    return Collected(recorded, tuple(problems), frozenset(names))


def _dropped(folder: Path) -> tuple[list[Path], list[str]]:
    """The notices of the folder in the order of their names, at most `MAX_FILES`, and what else lies there."""
    count = strangers = 0

    def names() -> Iterator[str]:
        nonlocal count, strangers
        with os.scandir(folder) as entries:
            for entry in entries:
                if _NAME.fullmatch(entry.name):
                    count += 1
                    yield entry.name
                elif entry.name.endswith(".json"):
                    strangers += 1

    try:
        newest = heapq.nlargest(MAX_FILES, names())
    except FileNotFoundError:
        return [], []
    except OSError as error:
        return [], [f"受領通知のフォルダを読み取れません（{error.strerror or type(error).__name__}）"]
    problems = [f"受領通知のファイル名ではないファイルがあります（{strangers} 件）"] if strangers else []
    if count > MAX_FILES:
        problems.append(
            f"受領通知が多すぎます（番号の大きい {MAX_FILES} 件だけを読みました。ほか {count - MAX_FILES} 件）"
        )
    return [folder / name for name in sorted(newest)], problems


def _read(path: Path, channel: str) -> Acknowledgement:
    try:
        data = _read_regular(path)
    except OSError as error:
        raise BadAcknowledgement(reason=f"読み取れません（{error.strerror or type(error).__name__}）") from None
    if len(data) > MAX_BYTES:
        raise BadAcknowledgement(reason=f"大きすぎます（上限 {MAX_BYTES} バイト）")
    notice = Acknowledgement.from_bytes(data)
    if notice.channel != channel:
        raise BadAcknowledgement(reason="別の伝送路の通知です")
    return notice


def _read_regular(path: Path) -> bytes:
    """At most one byte more than allowed of a regular file; a link or anything that could hang is refused."""
    handle = os.open(path, _FLAGS)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise BadAcknowledgement(reason="通常のファイルではありません")
        return file.read(MAX_BYTES + 1)
