"""A row of a code table, whatever file it came from: a local code, what it stands for, and in which directions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from gaiji_hub.moji.code_system import CODE_SYSTEMS, CodeSystem
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.columns import Row
from gaiji_hub.tables.importing.rows import MOST_PROBLEMS, Complaints, ReadTable, sort_rows

Direction = Literal["both", "decode_only", "encode_only"]
DIRECTIONS: tuple[Direction, ...] = ("both", "decode_only", "encode_only")
# Those of the built code tables (tables.systems.specs); what an upload does not say is empty.
COLUMNS: Row = ("code", "ucs", "round_trip", "back", "note")
Examine = Callable[[ReadTable, Complaints], None]
# More than twice the codes of any system; a row takes about 400 bytes of memory.
MAX_ROWS = 250_000
MAX_TEXT = 8

_CODE = re.compile(r"(?:0[xX]|[Uu]\+)?((?:[0-9A-Fa-f]{2}){1,4}|[0-9A-Fa-f]{5})")
_POINT = re.compile(r"(?:[Uu]\+|0[xX])?([0-9A-Fa-f]{4,6})")
_SEPARATOR = re.compile(r"[\s_]+")


class CodeRefused(ValueError):
    """Why a code or a character cannot be taken, in Japanese; the reader adds the place."""


@dataclass(frozen=True)
class CodeRow:
    """`code` as its bytes (most significant first), `text` what it stands for."""

    code: bytes
    text: str
    direction: Direction = "both"

    @property
    def cells(self) -> Row:
        return (self.code.hex().upper(), format_ucs(self.text), self.direction, "", "")


def table_name(system: CodeSystem) -> str:
    """The name under which editions of a system's two-byte table are kept: `jef` for each JEF without selectors.

    JIPS(E) writes the codes of the table in other bytes, so what is uploaded for it is a table of its own.
    """
    if system.layout.ebcdic_bytes or not system.double:
        return system.name
    return "-".join(filter(None, (system.double, system.selectors)))


def parse_code(text: str) -> bytes:
    """`80A1`, `0x80A1`, `U+E000` → its bytes; `CodeRefused` otherwise."""
    match = _CODE.fullmatch(text.strip())
    if match is None:
        raise CodeRefused("符号が16進で書かれていません")
    digits = match[1]
    return bytes.fromhex(digits.zfill(len(digits) + len(digits) % 2))


def parse_points(text: str) -> str:
    """`9089`, `U+9089 U+E0102`, `9089_E0102` → the text; "" for an empty cell."""
    parts = [part for part in _SEPARATOR.split(text.strip()) if part]
    matches = [_POINT.fullmatch(part) for part in parts]
    points = [int(match[1], 16) for match in matches if match]
    if len(points) != len(parts) or any(point > 0x10FFFF or 0xD800 <= point <= 0xDFFF for point in points):
        raise CodeRefused("符号位置（U+XXXX）ではありません")
    return "".join(map(chr, points))


@dataclass
class CodeRows:
    """Rows of one code table as they are read; what does not belong to `system` is counted and refused at the end.

    A code has one meaning when it is decoded; several texts may be encoded as it (`encode_only`). `examine` sees the
    rows that could be read before the complaints are settled, so that all problems are told at once.
    """

    system: CodeSystem
    complaints: Complaints
    examine: Examine | None = None
    _rows: dict[tuple[bytes, str], tuple[str, CodeRow]] = field(default_factory=dict)
    _outside: list[tuple[str, bytes]] = field(default_factory=list)

    def add(self, place: str, row: CodeRow) -> None:
        """Take a row; a code outside the system, or one that stands twice, is noted with its place."""
        if not fits(self.system, row.code):
            self._outside.append((place, row.code))
            if len(self._outside) >= MOST_PROBLEMS:
                self.settle()
            return
        key = (row.code, row.text if row.direction == "encode_only" else "")
        first, _ = self._rows.setdefault(key, (place, row))
        if first != place:
            self.complaints.add(place, f"{_shown(row.code)} は {first}にもあります")
        elif len(self._rows) > MAX_ROWS:
            self.complaints.add(place, f"行が多すぎます（{MAX_ROWS} 行まで）。1つの文字コード体系の表ではないようです")
            self.complaints.settle()

    def settle(self) -> ReadTable:
        """The table, or `Problems` with everything that was noted."""
        if self._outside and (other := self._other()):
            self.complaints.hint(f"この表は {table_name(self.system)} ではなく {other} のようです")
        for place, code in self._outside:
            self.complaints.add(place, f"{_shown(code)} は {table_name(self.system)} の符号ではありません")
        if not self._rows and not self.complaints:
            self.complaints.add("", "対応が1行もありません")
        table = sort_rows(f"code_{table_name(self.system)}", COLUMNS, [row.cells for _, row in self._rows.values()])
        places = {row.code.hex().upper(): place for place, row in self._rows.values()}
        table = replace(table, places=places)
        if self.examine is not None and self._rows:
            self.examine(table, self.complaints)
        self.complaints.settle()
        return table

    def _other(self) -> str:
        """The systems, one per table, that all codes of the file belong to; "" when there is none."""
        codes = [*(code for _, code in self._outside), *(code for code, _ in self._rows)]
        if 2 * len(self._outside) < len(codes):
            return ""
        others = [one for one in CODE_SYSTEMS.values() if table_name(one) != table_name(self.system)]
        fitting = [table_name(one) for one in others if all(_speaks_for(one, code) for code in codes)]
        return "・".join(dict.fromkeys(fitting))


def _speaks_for(system: CodeSystem, code: bytes) -> bool:
    """Whether a code is a sign of the system; for Unicode, where any two bytes are one, its private use area."""
    return system.contains(int.from_bytes(code, "big")) if system.name == "unicode" else fits(system, code)


def _shown(code: bytes) -> str:
    return code.hex().upper()[:12]


def fits(system: CodeSystem, code: bytes) -> bool:
    """Whether these bytes can be one code of the system."""
    value = int.from_bytes(code, "big")
    if system.name == "unicode":
        return len(code) in (2, 3) and system.is_code(value)
    return system.is_code(value, len(code)) or system.contains(value)
