"""符号の範囲: rectangles of codes, rows of lead bytes × cells of trail bytes, counted row by row.

User-defined areas (外字領域) are unions of such rectangles, and so are the codes a system can have at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Area:
    """Codes `prefix` · row · cell (bytes, most significant first); `rows` and each of `cells` are inclusive pairs.

    `prefix` is a byte before every code of the area (8F of EUC), -1 for none. An area of single bytes has no rows.
    """

    rows: tuple[int, int] | None
    cells: tuple[tuple[int, int], ...]
    prefix: int = -1

    @cached_property
    def _cells(self) -> tuple[int, ...]:
        return tuple(cell for first, last in self.cells for cell in range(first, last + 1))

    @cached_property
    def _at(self) -> dict[int, int]:
        return {cell: at for at, cell in enumerate(self._cells)}

    @cached_property
    def size(self) -> int:
        """How many codes the area has."""
        rows = self.rows[1] - self.rows[0] + 1 if self.rows else 1
        return rows * len(self._cells)

    @property
    def length(self) -> int:
        """Bytes of a code."""
        return 1 + (self.rows is not None) + (self.prefix >= 0)

    def index(self, code: int) -> int | None:
        """The place of a code in the area, 0 for its first, or None outside it."""
        if code < 0 or (code >> 8 * (self.length - 1) != self.prefix if self.prefix >= 0 else False):
            return None
        rest = code & (1 << 8 * (self.length - 1)) - 1 if self.prefix >= 0 else code
        row, cell = (rest >> 8, rest & 0xFF) if self.rows else (0, rest)
        at = self._at.get(cell)
        if at is None or (self.rows and not self.rows[0] <= row <= self.rows[1]):
            return None
        return at + (row - self.rows[0]) * len(self._cells) if self.rows else at

    def code(self, index: int) -> int:
        """The code at a place; the inverse of `index`."""
        row, at = divmod(index, len(self._cells))
        code = self._cells[at] | (row + self.rows[0] << 8 if self.rows else 0)
        return code | (self.prefix << 8 * (self.length - 1) if self.prefix >= 0 else 0)

    def codes(self) -> Iterator[int]:
        """Every code, ascending."""
        return (self.code(index) for index in range(self.size))
