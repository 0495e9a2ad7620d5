"""Compatibility ideographs and the characters they decompose to (Unicode, property Decomposition_Mapping).

The property is read, no text is changed: a name keeps its compatibility ideograph (invariant 1). What it tells is
that fonts may draw both characters alike, so that a shape cannot say which of them is meant.
"""

from __future__ import annotations

from functools import cache

import unicodedata2

# CJK Compatibility Ideographs and their Supplement.
_BLOCKS = (range(0xF900, 0xFB00), range(0x2F800, 0x2FA20))


@cache
def compatibility_ideographs() -> tuple[tuple[int, int], ...]:
    """(ideograph, the character it canonically decomposes to) as code points, ascending: 1,002 pairs in Unicode 18."""
    mapped = ((code, unicodedata2.decomposition(chr(code))) for block in _BLOCKS for code in block)
    return tuple((code, int(original, 16)) for code, original in mapped if original)
