"""Cells of MJ文字情報一覧表 as the publisher's workbook holds them → cells of our tables."""

from __future__ import annotations

import re
from collections.abc import Callable

Cell = str | int | float | dict[str, bool] | None
Reader = Callable[[Cell], str]

_UCS = re.compile(r"U\+([0-9A-F]{4,6})")
_SEQUENCE = re.compile(r"([0-9A-F]{4,6})_([0-9A-F]{4,6})")
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_MAX_CELL = 4_000
_MAX_UCS = 0x10FFFF


class CellRefused(ValueError):
    """Why a cell cannot be taken, in Japanese; the reader of the sheet adds row and column."""


def text(cell: Cell) -> str:
    """A cell as it is shown: "" when empty, numbers as Excel shows them in a cell without format."""
    if cell is None:
        return ""
    if isinstance(cell, dict):
        raise CellRefused("日付や真偽値になっています。セルの書式を文字列に直してください")
    shown = cell if isinstance(cell, str) else repr(cell)
    if len(shown) > _MAX_CELL:
        raise CellRefused(f"{_MAX_CELL} 字を超えています")
    if _BREAKS.search(shown):
        raise CellRefused("タブか改行が入っています")
    return shown


def like(pattern: str, form: str) -> Reader:
    """A reader of cells that are empty or match `pattern`; `form` says in Japanese what is expected."""
    expression = re.compile(pattern)

    def read(cell: Cell) -> str:
        shown = text(cell)
        if shown and not expression.fullmatch(shown):
            raise CellRefused(f"{form}ではありません")
        return shown

    return read


def digits(width: int) -> Reader:
    """A number of fixed width: one stored as a number lost its leading zeros, and the width gives them back."""

    def read(cell: Cell) -> str:
        shown = str(cell).zfill(width) if isinstance(cell, int) else text(cell)
        if shown and not (len(shown) == width and shown.isascii() and shown.isdigit()):
            raise CellRefused(f"数字 {width} 桁ではありません")
        return shown

    return read


def ucs(cell: Cell) -> str:
    """`U+9089`, as it is written in our tables too."""
    shown = text(cell)
    match = _UCS.fullmatch(shown)
    if shown and (match is None or not _is_character(int(match[1], 16))):
        raise CellRefused("符号位置（U+XXXX）ではありません")
    return shown


def sequences(cell: Cell) -> tuple[str, ...]:
    """`9089_E010F` or several joined by `;` → `U+9089 U+E010F` each."""
    shown = text(cell)
    return tuple(_sequence(part.strip()) for part in shown.split(";")) if shown else ()


def _sequence(part: str) -> str:
    match = _SEQUENCE.fullmatch(part)
    if match is None:
        raise CellRefused("「基底_選択子」の形ではありません")
    base, selector = int(match[1], 16), int(match[2], 16)
    if not _is_character(base) or not (0xFE00 <= selector <= 0xFE0F or 0xE0100 <= selector <= 0xE01EF):
        raise CellRefused("基底か選択子が範囲の外です")
    return f"U+{base:04X} U+{selector:04X}"


def _is_character(code_point: int) -> bool:
    return code_point <= _MAX_UCS and not 0xD800 <= code_point <= 0xDFFF
