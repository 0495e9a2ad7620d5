"""Columns of a built table and the text form of their cells.

A cell is plain UTF-8 without tab or line break; an empty cell is null. Characters that name a person are
written `U+XXXX U+XXXX`, so that no editor, version control or mail can normalise them (invariant 1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import format_ucs

Row = tuple[str, ...]
Values = Sequence[object]
# Parses verified files (by source id) into rows, one value per column: None, a number, or text.
Read = Callable[[Mapping[str, Path]], Iterable[Values]]
_BREAKS = frozenset("\t\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")


class BadCell(BadInput):
    code = "bad_cell"
    template = "表 {table} の列 {column} に使えない値があります（{row} 行目）: {reason}"


@dataclass(frozen=True)
class Column:
    """`name` in the built table, `source` the upstream column; `ucs` cells hold characters as `U+XXXX`."""

    name: str
    source: str
    ucs: bool = False


@dataclass(frozen=True)
class TableSpec:
    """How one built table is read: SQL over the archive's database, or `read`; one value per column, in order.

    `source` is the id of the edition in the manifest of `folder`, `others` those it is compared with, `curated` a
    file of `<folder>/curated` that `read` finds under that name; the file is `<folder>/built/<name>.tsv`.
    """

    name: str
    folder: str
    source: str
    columns: tuple[Column, ...]
    query: str = ""
    read: Read | None = None
    others: tuple[str, ...] = ()
    curated: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.source, *self.others)

    @property
    def header(self) -> Row:
        return tuple(column.name for column in self.columns)


def spec(
    name: str, folder: str, source: str, table: str, columns: Sequence[tuple[str, str] | tuple[str, str, str]]
) -> TableSpec:
    """A table read from one upstream table or view; a column is (name, upstream name[, "ucs"])."""
    parsed = tuple(Column(c[0], c[1], len(c) > 2) for c in columns)
    select = ", ".join(f'"{column.source}"' for column in parsed)
    return TableSpec(name, folder, source, parsed, f'SELECT {select} FROM "{table}"')  # noqa: S608 - constants of this package


def parse_row(table: TableSpec, number: int, values: Sequence[object]) -> Row:
    """One upstream row → its cells; `BadCell` names table, column and row, never the value."""
    return tuple(_cell(table, number, column, value) for column, value in zip(table.columns, values, strict=True))


def _cell(table: TableSpec, number: int, column: Column, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and not column.ucs:
        return str(value)
    if not isinstance(value, str):
        raise BadCell(table=table.name, column=column.name, row=number, reason=type(value).__name__)
    if not value:
        raise BadCell(table=table.name, column=column.name, row=number, reason="空文字（nullと区別できない）")
    if column.ucs:
        return format_ucs(value)
    if not _BREAKS.isdisjoint(value):
        raise BadCell(table=table.name, column=column.name, row=number, reason="タブまたは改行")
    return value
