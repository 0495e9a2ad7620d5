"""富士通のユーザ定義テーブル (`CODE_CONVERT_Unicode-FJHOSTcode_USER_TABLE1.0`), in and out.

The publisher's description: the first line is the title; the headings `JEF->Unicode` and `Unicode->JEF` each hold for
the rows up to the next heading; a row is `JEF:Unicode` in hex **under both headings**, pairs follow one another after a
comma or a line break, `;` starts a comment. A private code point past U+FFFF is not described there and not written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.tables.importing.code_rows import CodeRow, CodeRows, Direction, Examine
from gaiji_hub.tables.importing.rows import Complaints, ReadTable, numbered_lines

TITLE = "CODE_CONVERT_Unicode-FJHOSTcode_USER_TABLE1.0"
TO_UNICODE, TO_JEF = "JEF->Unicode", "Unicode->JEF"
MAX_BYTES = 64 << 20
_PAIR = re.compile(r"([0-9A-Fa-f]{4})\s*:\s*([0-9A-Fa-f]{4})")
_LAST = 0xFFFF

Pair = tuple[int, int]


class NotInUserTable(BadInput):
    code = "not_in_user_table"
    template = "ユーザ定義テーブルに書けない対応が {count} 件（最初は {first}）: 2バイトと U+FFFF までの1字だけです"


@dataclass(frozen=True)
class FujitsuUserTable:
    """Pairs (JEF code, Unicode code point), each sorted and once: what is converted in each direction."""

    jef_to_unicode: tuple[Pair, ...]
    unicode_to_jef: tuple[Pair, ...]


def format_user_table(table: FujitsuUserTable) -> bytes:
    """The text of the table: ASCII, CR LF, one pair a line."""
    lines = [TITLE, TO_UNICODE, *_shown(table.jef_to_unicode), TO_JEF, *_shown(table.unicode_to_jef)]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _shown(pairs: Iterable[Pair]) -> list[str]:
    return [f"{jef:04X}:{point:04X}" for jef, point in pairs]


def parse_user_table(file: BinaryIO, name: str) -> FujitsuUserTable:
    """The table of a stream; `Problems` with every wrong line."""
    complaints = Complaints(name)
    found = _pairs(file, complaints)
    complaints.settle()
    return FujitsuUserTable(*(tuple(sorted(found[heading])) for heading in (TO_UNICODE, TO_JEF)))


def _pairs(file: BinaryIO, complaints: Complaints) -> dict[str, dict[Pair, str]]:
    """Heading → pair → the place it was first seen at."""
    found: dict[str, dict[Pair, str]] = {TO_UNICODE: {}, TO_JEF: {}}
    heading = ""
    for number, raw in numbered_lines(file, complaints.name):
        place = f"{number} 行目"
        # A comment may be in any encoding; what counts is ASCII.
        line = raw.decode("latin-1").removeprefix("\xef\xbb\xbf").partition(";")[0].strip()
        if number == 1:
            if line != TITLE:
                complaints.add(place, f"先頭の行が {TITLE} ではありません")
                complaints.settle()
        elif line in found:
            heading = line
        elif line:
            _row(place, line, heading, found, complaints)
    if not heading:
        complaints.add("", f"見出し {TO_UNICODE} も {TO_JEF} もありません")
    return found


def _row(place: str, line: str, heading: str, found: dict[str, dict[Pair, str]], complaints: Complaints) -> None:
    if not heading:
        complaints.add(place, f"見出し（{TO_UNICODE} か {TO_JEF}）より前に対応があります")
        return
    # A comma may stand at the end of a line too: the pair after it is then on the next one.
    for part in filter(None, (part.strip() for part in line.split(","))):
        match = _PAIR.fullmatch(part)
        if match is None:
            complaints.add(place, "「80A1:E92E」（16進4桁の JEF と Unicode）の形ではありません")
            continue
        pair = (int(match[1], 16), int(match[2], 16))
        if 0xD800 <= pair[1] <= 0xDFFF:
            complaints.add(place, f"{pair[1]:04X} はサロゲートで、文字の符号位置ではありません")
        first = found[heading].setdefault(pair, place)
        if first != place:
            complaints.add(place, f"{pair[0]:04X}:{pair[1]:04X} は {first}にもあります")


def read_user_table(file: BinaryIO, name: str, system: CodeSystem, examine: Examine | None = None) -> ReadTable:
    """The table as rows of a code table of `system` (JEF); `Problems` with every wrong line."""
    complaints = Complaints(name)
    found = _pairs(file, complaints)
    rows = CodeRows(system, complaints, examine)
    both = found[TO_UNICODE].keys() & found[TO_JEF].keys()
    directions: tuple[tuple[str, Direction], ...] = ((TO_UNICODE, "decode_only"), (TO_JEF, "encode_only"))
    for heading, direction in directions:
        for pair, place in found[heading].items():
            if pair in both and heading == TO_JEF:
                continue
            rows.add(place, _code_row(pair, "both" if pair in both else direction))
    return rows.settle()


def _code_row(pair: Pair, direction: Direction) -> CodeRow:
    return CodeRow(pair[0].to_bytes(2, "big"), chr(pair[1]), direction)


def user_table_of(rows: Iterable[CodeRow]) -> FujitsuUserTable:
    """The user table of code rows; `NotInUserTable` when a row cannot be written in it."""
    decoded: set[Pair] = set()
    encoded: set[Pair] = set()
    refused: list[str] = []
    for row in rows:
        if len(row.code) != 2 or len(row.text) != 1 or ord(row.text) > _LAST:
            refused.append(row.code.hex().upper())
            continue
        pair = (int.from_bytes(row.code, "big"), ord(row.text))
        if row.direction != "encode_only":
            decoded.add(pair)
        if row.direction != "decode_only":
            encoded.add(pair)
    if refused:
        raise NotInUserTable(count=len(refused), first=refused[0])
    return FujitsuUserTable(tuple(sorted(decoded)), tuple(sorted(encoded)))
