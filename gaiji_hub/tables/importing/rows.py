"""What every reader returns, how it reads lines within limits, and how it gathers what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from gaiji_hub.errors import BadInput, NotFound, Problems
from gaiji_hub.tables.columns import Row

# After this many problems the rest of a file says nothing new, and a hostile one would only cost time.
MOST_PROBLEMS = 1_000
MAX_LINE = 1 << 20


class ImportTooLarge(BadInput):
    code = "import_too_large"
    template = "{name} は大きすぎます: {size} バイト（取り込めるのは {limit} バイトまで）。何も取り込んでいません"


class ImportLineTooLong(BadInput):
    code = "import_line_too_long"
    template = "{name} の {row} 行目が長すぎます（{limit} バイトまで）。対応表のテキストではないようです"


@dataclass(frozen=True)
class ReadTable:
    """A table as read: cells as committed tables write them (tables.columns), rows sorted, each once.

    `places` says where in the file a code table's code stood (`12 行目`), for what is found out later.
    """

    name: str
    columns: Row
    rows: tuple[Row, ...]
    places: Mapping[str, str] = field(default_factory=dict, compare=False)

    def to_bytes(self) -> bytes:
        """The file: header and rows as UTF-8, tab separated, LF after every line, as built tables are."""
        return "".join("\t".join(row) + "\n" for row in (self.columns, *self.rows)).encode()


class Complaints:
    """The problems of one file in the order they were met; `settle` raises them all at once.

    The message names places and codes of the file, never what a cell of free text says.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._lines: list[str] = []
        self._hints: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, place: str, sentence: str) -> None:
        """Note a problem; the one after `MOST_PROBLEMS` ends the reading (`Problems`)."""
        self._lines.append(f"{place}: {sentence}" if place else sentence)
        if len(self._lines) >= MOST_PROBLEMS:
            self.hint(f"問題が {MOST_PROBLEMS} 件に達したので、ここで調べるのをやめました")
            self.settle()

    def hint(self, sentence: str) -> None:
        """Say something about the whole file before its problems; it is none itself."""
        self._hints.append(sentence)

    def settle(self) -> None:
        """Raise `Problems` when there is any."""
        if self._lines:
            told = Problems.gather(self.name, self._lines)
            listing = "\n".join((*self._hints, str(told.facts["listing"])))
            raise Problems(name=self.name, count=len(self._lines), listing=listing)


def read_whole(path: Path, limit: int) -> bytes:
    """The bytes of a file of at most `limit` bytes; `NotFound`, `ImportTooLarge`."""
    check_size(path, limit)
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ImportTooLarge(name=path.name, size=len(data), limit=limit)
    return data


def check_size(path: Path, limit: int) -> int:
    """The size of a regular file, at most `limit` bytes."""
    if not path.is_file():
        raise NotFound(what=f"ファイル {path.name}")
    size = path.stat().st_size
    if size > limit:
        raise ImportTooLarge(name=path.name, size=size, limit=limit)
    return size


def numbered_lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """(1-based number, line with its LF) of a stream, holding one line at a time; `ImportLineTooLong`."""
    number = 0
    while line := file.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE:
            raise ImportLineTooLong(name=name, row=number, limit=MAX_LINE)
        yield number, line


def sort_rows(name: str, columns: Row, rows: list[Row]) -> ReadTable:
    """Rows in the order of the built tables (code points of the cells)."""
    return ReadTable(name, columns, tuple(sorted(rows)))
