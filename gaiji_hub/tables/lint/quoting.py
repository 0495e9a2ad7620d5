"""Parting lines into cells: CSV with commas or semicolons, and tab-separated text with quotation marks or without.

Tab-separated tables come in two ways: nothing quotes (a quotation mark is a character like any other; Jacode4e has
one), or a spreadsheet or csv writer quoted the cells that hold one. Which it is, is told by the whole file.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

_QUOTED = re.compile(r'"((?:[^"]|"")+)"')
_ZERO = re.compile(r"(?:[Uu]\+|0[Xx])?0+")
_BETWEEN = re.compile(r"[\t,;]")


def separator_of(line: str) -> str:
    """What parts the cells of a header: a tab, else the more frequent of comma and semicolon."""
    if "\t" in line:
        return "\t"
    return ";" if line.count(";") > line.count(",") else ","


def cells_of(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The cells of every row; `csv.Error` while they are taken when quotation marks are not in pairs."""
    if separator != "\t":
        return csv.reader(lines, delimiter=separator, strict=True)
    if any('"' in line for line in lines) and _is_quoted(lines):
        return csv.reader(lines, delimiter="\t", strict=True)
    return ([_unquoted(cell) for cell in line.rstrip("\r\n").split("\t")] for line in lines)


def holds_nul_of_its_code(line: str) -> bool:
    """Whether the only NUL is a whole cell beside the code 00, whose character it is."""
    cells = [cell.strip('"') for cell in _BETWEEN.split(line.rstrip("\r\n"))]
    return line.count("\0") == 1 and "\0" in cells and any(map(_ZERO.fullmatch, cells))


def _is_quoted(lines: Sequence[str]) -> bool:
    """Whether the file reads as quoted text with every row of one width and no cell that runs over rows."""
    width = 0
    try:
        for cells in csv.reader(lines, delimiter="\t", strict=True):
            width = width or len(cells)
            whole = all(cell.isspace() or not ("\n" in cell or "\t" in cell) for cell in cells)
            if cells and (len(cells) != width or not whole):
                return False
    except csv.Error:
        return False
    return True


def _unquoted(cell: str) -> str:
    """A cell that is quoted as a whole, its quotation marks doubled inside; any other as it stands."""
    found = _QUOTED.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell
