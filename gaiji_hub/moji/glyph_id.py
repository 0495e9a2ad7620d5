"""文字図形名: the identity of a character (invariant 3: never a code point)."""

from __future__ import annotations

import re
from typing import NewType

from gaiji_hub.errors import BadInput

GlyphId = NewType("GlyphId", str)

_FORM = re.compile(r"MJ[0-9]{6}|GJ[0-9]{6}|GH[0-9]{8}")


class BadGlyphId(BadInput):
    code = "bad_glyph_id"
    template = "文字図形名ではありません: {text}（MJ+6桁・GJ+6桁・GH+8桁）"


def parse_glyph_id(text: str) -> GlyphId:
    """`MJ026190`, `gj001234`, `GH00000001` → the id in upper case; `BadGlyphId` otherwise."""
    upper = text.strip().upper()
    if not _FORM.fullmatch(upper):
        raise BadGlyphId(text=text[:40])
    return GlyphId(upper)


def from_font_name(name: str) -> GlyphId | None:
    """The id a standard font's glyph name states (`mj026190`, `gj001234`), or None for its other glyphs."""
    upper = name.upper()
    return GlyphId(upper) if upper[:2] in ("MJ", "GJ") and _FORM.fullmatch(upper) else None


def is_plus_id(text: str) -> bool:
    """Whether it is the id of an addition of 行政事務標準文字 (`GJ` and six digits)."""
    return text.startswith("GJ") and _FORM.fullmatch(text) is not None
