"""Cells: the notations of codes, code points and selectors that tables in use are written in.

Every function returns what it read and what it could not; a cell that cannot be read never stops a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from gaiji_hub.moji.text import is_selector
from gaiji_hub.tables.lint.rows import PLAIN, Row, Targets, only_selectors, without_selectors

MAX_CELL = 200
MAX_POINTS = 16
_CODE = re.compile(r"(?:([Uu]\+)|0[Xx])?([0-9A-Fa-f]{1,8})")
_POINT = re.compile(r"(?:[Uu]\+|0[Xx]|\\[Uu])?([0-9A-Fa-f]{2,8})")
_SELECTOR_NUMBER = re.compile(r"[Vv][Ss]([0-9]{1,3})")
_BETWEEN_TARGETS = re.compile(r"[|/;,、]")
_BETWEEN_POINTS = re.compile(r"[\s_]+|\+(?=[0-9A-Fa-fUu])(?<![Uu]\+)")
_WORDS = re.compile(r"[\s,;|]+")


@dataclass
class Draft:
    """The cells of one row as they stood; "" or None is a cell the table does not have."""

    number: int
    code: str = ""
    unicode: str | None = None
    selectors: dict[str, str] = field(default_factory=dict)
    text: str | None = None
    options: tuple[str, ...] = ()
    sign: str = ""
    partner: str | None = None
    problems: list[str] = field(default_factory=list)

    def row(self) -> Row:
        """The neutral row, with whatever could not be read among its problems."""
        code, value = self._code(self.code)
        parts = self._targets()
        first = parts[0] if parts else ()
        own = points_of(self.text) if self.text else None
        taken = self.unicode is None and self.partner is None and own is not None
        if taken and own is not None:
            first, own = own, None
        return Row(
            number=self.number,
            code=code,
            value=value,
            base=without_selectors(first) or first[:1],
            selectors=self._every_selector(first),
            text=own,
            options=frozenset(self.options),
            others=tuple(parts[1:]),
            sign=tuple(self._points(self.sign)) if self.sign else (),
            partner=self._code(self.partner)[0] if self.partner else "",
            problems=tuple(self.problems),
        )

    def _code(self, cell: str) -> tuple[str, int]:
        match = _CODE.fullmatch(cell.strip().replace(" ", ""))
        if match is None:
            self.problems.append("コードが空です" if not cell.strip() else "コードが16進数ではありません")
            return cell.strip()[:20], -1
        digits = match[2].upper()
        if len(digits) % 2 and not match[1]:
            self.problems.append("コードの桁数が奇数です")
            return digits, -1
        return digits, int(digits, 16)

    def _targets(self) -> list[Targets]:
        """The targets of the code point cell, one unless separators part several."""
        cell = (self.unicode or "").strip()
        if not cell:
            return []
        if len(cell) > MAX_CELL:
            self.problems.append(f"符号位置の欄が {MAX_CELL} 文字を超えています")
            return []
        if not cell.isascii():
            return [points_of(cell)]
        parts = (tuple(self._points(part)) for part in _BETWEEN_TARGETS.split(cell))
        return [part for part in parts if part]

    def _points(self, cell: str) -> list[int]:
        points = []
        for part in _BETWEEN_POINTS.split(cell.strip()):
            match = _POINT.fullmatch(part)
            if match:
                points.append(int(match[1], 16))
            elif part:
                self.problems.append(f"符号位置が16進数ではありません: {part[:20]!a}")
        if len(points) > MAX_POINTS:
            self.problems.append(f"符号位置が {MAX_POINTS} を超えています")
        return points[:MAX_POINTS]

    def _selectors(self) -> list[tuple[str, int]]:
        found = []
        for column, cell in self.selectors.items():
            for part in cell.replace("+", " ").replace("U ", "U+").split():
                point = self._selector(part)
                if point is not None:
                    found.append((column, point))
        return found

    def _every_selector(self, first: Targets) -> tuple[tuple[str, int], ...]:
        """Those of the columns, then those of the code point cell that the plain column does not repeat."""
        found = self._selectors()
        return (*found, *(own for own in _in_cell(first) if own not in found))

    def _selector(self, part: str) -> int | None:
        number = _SELECTOR_NUMBER.fullmatch(part)
        if number and 1 <= int(number[1]) <= 256:
            place = int(number[1])
            return 0xFDFF + place if place <= 16 else 0xE0100 + place - 17
        if len(part) == 1 and is_selector(ord(part)):
            return ord(part)
        match = _POINT.fullmatch(part)
        if match is None:
            self.problems.append(f"異体字セレクタの欄が読めません: {part[:20]!a}")
            return None
        return int(match[1], 16)


def points_of(text: str) -> Targets:
    return tuple(map(ord, text))


def _in_cell(first: Targets) -> list[tuple[str, int]]:
    """Selectors written in the code point cell itself, after their base."""
    selectors = only_selectors(first)
    return [(PLAIN, point) for point in selectors] if without_selectors(first) else []


def words(cell: str) -> tuple[str, ...]:
    """The options of a cell, separated by blanks or commas."""
    return tuple(filter(None, _WORDS.split(cell.strip())))
