"""CSV and TSV with declared columns, streamed: one record at a time, with the number of the file's line it ends in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.tables.importing.encodings import Decoder
from gaiji_hub.tables.importing.rows import Complaints, numbered_lines

MAX_BYTES = 2 << 30
MAX_FIELD = 1 << 20
MAX_COLUMN = 1_000
Record = dict[str, str]


class BadColumns(BadInput):
    code = "import_bad_columns"
    template = (
        "--columns の書き方が違います: {reason}（例: code=外字コード,unicode=UCS。見出しがなければ code=1,unicode=2）"
    )


@dataclass(frozen=True)
class Shape:
    """How a file is written: field → column title (or 1-based number without `header`), delimiter, encoding."""

    columns: Mapping[str, str]
    delimiter: str = ","
    encoding: str = "utf-8"
    header: bool = True


def parse_columns(text: str, known: Sequence[str], needed: Sequence[Sequence[str]]) -> dict[str, str]:
    """`code=外字コード,unicode=UCS` → field → column; one of each group of `needed` must be there. `BadColumns`."""
    columns: dict[str, str] = {}
    for part in text.split(","):
        name, sign, column = part.partition("=")
        if not sign or not column.strip():
            raise BadColumns(reason="「項目=列の見出し」をコンマでつないでください")
        if name.strip() not in known or name.strip() in columns:
            raise BadColumns(reason=f"項目は {'・'.join(known)} のそれぞれ1回までです")
        columns[name.strip()] = column.strip()
    for group in needed:
        if not columns.keys() & set(group):
            raise BadColumns(reason=f"{'か'.join(group)} が要ります")
    return columns


def records(file: BinaryIO, shape: Shape, complaints: Complaints) -> Iterator[tuple[int, Record]]:
    """(line, field → cell) of every record that can be read; the others are noted. Empty records are passed over.

    When the listing is full, or at the end, what the file's encoding looks like is said before the problems.
    """
    decoder = Decoder(shape.encoding, complaints)
    try:
        yield from _records(_Lines(file, decoder), shape, complaints)
    except Problems:
        decoder.finish()
        complaints.settle()
    decoder.finish()


class _Lines(Iterator[str]):
    """The lines that decode; `number` is that of the last line given."""

    def __init__(self, file: BinaryIO, decoder: Decoder) -> None:
        self._lines, self._decoder = numbered_lines(file, decoder.complaints.name), decoder
        self.number = 0

    def __next__(self) -> str:
        for number, raw in self._lines:
            self.number = number
            text = self._decoder.line(number, raw)
            if text is not None:
                return text
        raise StopIteration


def _records(lines: _Lines, shape: Shape, complaints: Complaints) -> Iterator[tuple[int, Record]]:
    csv.field_size_limit(MAX_FIELD)
    reader = csv.reader(lines, delimiter=shape.delimiter, strict=True)
    places = None if shape.header else _numbers(shape.columns)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            complaints.add(f"{lines.number} 行目", f"CSV として読めません（{_told(error)}）")
            reader = csv.reader(lines, delimiter=shape.delimiter, strict=True)
            continue
        if cells is None:
            return
        if not any(cells):
            continue
        if places is None and complaints:
            continue  # the header itself cannot be read: only what else cannot be read is told
        if places is None:
            places = _titles(shape.columns, cells, lines.number, complaints)
        elif len(cells) <= max(places.values()):
            complaints.add(f"{lines.number} 行目", f"列が足りません（{len(cells)} 列）")
        else:
            yield lines.number, {name: cells[at] for name, at in places.items()}


def _titles(columns: Mapping[str, str], header: Sequence[str], number: int, complaints: Complaints) -> dict[str, int]:
    titles = [title.strip() for title in header]
    for column in columns.values():
        if titles.count(column) != 1:
            found = "がありません" if column not in titles else "が2つ以上あります"
            complaints.add(f"{number} 行目（見出し）", f"列「{column[:40]}」{found}")
    complaints.settle()
    return {name: titles.index(column) for name, column in columns.items()}


def _numbers(columns: Mapping[str, str]) -> dict[str, int]:
    for column in columns.values():
        if not (column.isascii() and column.isdigit() and 1 <= int(column) <= MAX_COLUMN):
            raise BadColumns(reason="見出しのないファイルでは、列を 1 から数えた番号で書いてください")
    return {name: int(column) - 1 for name, column in columns.items()}


def _told(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"1つの値が {MAX_FIELD} 字を超えています"
    return "引用符の閉じ忘れか、引用符のあとの余分な文字"


def sniff_delimiter(path: Path) -> str:
    """A tab for `.tsv`, a tab too when the first line has one and no comma, else a comma."""
    with path.open("rb") as file:
        first = file.readline(io.DEFAULT_BUFFER_SIZE)
    return "\t" if path.suffix.lower() == ".tsv" or (b"\t" in first and b"," not in first) else ","
