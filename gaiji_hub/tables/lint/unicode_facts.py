"""Facts of single code points that the rules ask for. Properties are read; no text is changed (invariant 1)."""

from __future__ import annotations

from functools import cache

import unicodedata2

_SURROGATES = range(0xD800, 0xE000)
LAST = 0x10FFFF
REPLACEMENT = 0xFFFD
# CompositionExclusions.txt and the decompositions that begin with a mark: pairs of these stay apart.
_EXCLUDED_BLOCKS = (range(0x0900, 0x1000), range(0xFB1D, 0xFB50), range(0x1D15E, 0x1D1C1))
_EXCLUDED = frozenset((0x0344, 0x2ADC))


@cache
def category(point: int) -> str:
    """General_Category; `Cs` for surrogates, `Cn` past the end."""
    if point > LAST:
        return "Cn"
    return "Cs" if point in _SURROGATES else unicodedata2.category(chr(point))


def is_noncharacter(point: int) -> bool:
    return 0xFDD0 <= point <= 0xFDEF or point & 0xFFFE == 0xFFFE


def is_mark(point: int) -> bool:
    return category(point).startswith("M")


@cache
def singleton(point: int) -> int | None:
    """The code point that canonical decomposition puts in the place of this one; None where it stays."""
    parts = _canonical(point)
    if len(parts) == 1:
        return singleton(parts[0]) or parts[0]
    return None


@cache
def width_or_font(point: int) -> int | None:
    """The character of which this is the wide, narrow or otherwise compatible form (Decomposition_Mapping, tagged)."""
    if point > LAST:
        return None
    tag, _, rest = unicodedata2.decomposition(chr(point)).partition(" ")
    parts = rest.split()
    return int(parts[0], 16) if tag.startswith("<") and len(parts) == 1 else None


def _canonical(point: int) -> tuple[int, ...]:
    if point > LAST or point in _SURROGATES:
        return ()
    mapping = unicodedata2.decomposition(chr(point))
    return () if not mapping or mapping.startswith("<") else tuple(int(part, 16) for part in mapping.split())


@cache
def compositions() -> dict[tuple[int, int], int]:
    """Pairs that canonical composition joins → the character it joins them to (か + U+3099 → が)."""
    pairs = {}
    for point in range(0xC0, 0x1D200):
        parts = _canonical(point)
        if len(parts) == 2 and point not in _EXCLUDED and not any(point in block for block in _EXCLUDED_BLOCKS):
            pairs[parts[0], parts[1]] = point
    return pairs


@cache
def jis_marks() -> frozenset[int]:
    """Combining marks that JIS X 0213 and IBM's kanji sets assign codes of their own: right as lone targets."""
    marks = {0x3099, 0x309A, 0x20DD, *range(0x0300, 0x0362)}
    return frozenset(mark for mark in marks if is_mark(mark))
