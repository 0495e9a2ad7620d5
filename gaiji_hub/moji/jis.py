"""JIS X 0208, 0212 and 0213 as sets of characters, and 面区点 numbers.

The sets are what Python's own codecs assign: `euc_jp` holds 6,879 characters of JIS X 0208 and 6,067 of JIS X 0212,
`euc_jis_2004` the 11,233 of JIS X 0213:2004. A character is one code point or, for 25 of JIS X 0213, a base with a
combining mark (か゚): such a pair is one character. Nothing is normalised; a selector is in none of the sets.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache

from gaiji_hub.errors import BadInput

_MEN_KU_TEN = re.compile(r"([12])-([0-9]{1,2})-([0-9]{1,2})")
_PER_ROW = range(1, 95)
# Rows of plane 2 of JIS X 0213. The codec reads every other row of that plane as JIS X 0212, which is no part of 0213.
_PLANE_2 = (1, 3, 4, 5, 8, *range(12, 16), *range(78, 95))
_LONGEST = 2


class BadMenKuTen(BadInput):
    code = "bad_men_ku_ten"
    template = "JIS X 0213 の面区点番号ではありません: {text}（例: 1-78-21）"


class Repertoire(StrEnum):
    """What a place may hold. `shapes`: it draws the shape of every glyph and holds no characters at all."""

    JISX0213 = "jisx0213"
    JISX0208_0212 = "jisx0208+0212"
    SHAPES = "shapes"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def characters(self) -> frozenset[str]:
        if self is Repertoire.SHAPES:
            return frozenset()
        return x0213() if self is Repertoire.JISX0213 else x0208_0212()

    def holds(self, text: str) -> bool:
        """Whether `text` is made of characters of the repertoire and nothing else; an empty text is not."""
        found = split_characters(text, self.characters)
        return bool(found)


_LABELS = {
    Repertoire.JISX0213: "JIS X 0213",
    Repertoire.JISX0208_0212: "JIS X 0208 と JIS X 0212",
    Repertoire.SHAPES: "文字を使わず、字形を描く",
}


@cache
def x0208() -> frozenset[str]:
    """The 6,879 characters of JIS X 0208."""
    return frozenset(_plane("euc_jp", b"", _PER_ROW).values())


@cache
def x0212() -> frozenset[str]:
    """The 6,067 characters of JIS X 0212."""
    return frozenset(_plane("euc_jp", b"\x8f", _PER_ROW).values())


@cache
def x0208_0212() -> frozenset[str]:
    return x0208() | x0212()


@cache
def x0213() -> frozenset[str]:
    """The 11,233 characters of JIS X 0213, 25 of them of two code points."""
    return frozenset(_cells().values())


def men_ku_ten(number: str) -> str:
    """`"1-78-21"` → the character; `BadMenKuTen` for another notation and for a cell without character."""
    match = _MEN_KU_TEN.fullmatch(number.strip())
    found = _cells().get((int(match[1]), int(match[2]), int(match[3]))) if match else None
    if found is None:
        raise BadMenKuTen(text=number[:20])
    return found


def to_men_ku_ten(character: str) -> str | None:
    """The character's number as the MJ list writes it (`1-01-25`), None for what is not in JIS X 0213."""
    cell = _numbers().get(character)
    return None if cell is None else f"{cell[0]}-{cell[1]:02}-{cell[2]:02}"


def split_characters(text: str, known: frozenset[str]) -> tuple[str, ...] | None:
    """`text` as characters of `known`, the longest first (か゚ before か); None when something else is in it."""
    found, at = [], 0
    while at < len(text):
        one = next((text[at : at + n] for n in range(_LONGEST, 0, -1) if text[at : at + n] in known), None)
        if one is None:
            return None
        found.append(one)
        at += len(one)
    return tuple(found)


@cache
def _cells() -> dict[tuple[int, int, int], str]:
    first = {(1, *cell): text for cell, text in _plane("euc_jis_2004", b"", _PER_ROW).items()}
    return first | {(2, *cell): text for cell, text in _plane("euc_jis_2004", b"\x8f", _PLANE_2).items()}


@cache
def _numbers() -> dict[str, tuple[int, int, int]]:
    return {text: cell for cell, text in _cells().items()}


def _plane(codec: str, shift: bytes, rows: range | tuple[int, ...]) -> dict[tuple[int, int], str]:
    """区点 → character of one plane; cells that the codec does not know are left out."""
    cells = {}
    for row in rows:
        for cell in _PER_ROW:
            try:
                cells[row, cell] = (shift + bytes([0xA0 + row, 0xA0 + cell])).decode(codec)
            except UnicodeDecodeError:
                continue
    return cells
