"""Shapes of the standard font for the screens: one reader at a time, the drawn pictures kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from gaiji_hub.errors import NotFound
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.web.shapes import shape_svg

KEPT = 4096  # outlines kept, some 3 kB each


class UnknownGlyph(NotFound):
    code = "unknown_glyph"
    template = "標準フォントにこの文字図形はありません: {glyph}"


class StandardShapes:
    """`edition` names the font file; it is part of the pictures' addresses, so that they may be kept for ever."""

    def __init__(self, font: StandardFont, edition: str) -> None:
        self.edition = edition
        self._font = font
        self._lock = threading.Lock()
        self._outlines: OrderedDict[GlyphId, Outline] = OrderedDict()

    @property
    def path(self) -> Path:
        """The font's file, for whoever draws labels with it in a process of its own."""
        return self._font.path

    def outline(self, glyph: GlyphId) -> Outline:
        """The outline of a glyph id, or `UnknownGlyph`. Safe to call from several threads."""
        with self._lock:
            if glyph in self._outlines:
                self._outlines.move_to_end(glyph)
                return self._outlines[glyph]
            outline = self._font.outline(glyph)
            if outline is None:
                raise UnknownGlyph(glyph=glyph)
            self._outlines[glyph] = outline
            if len(self._outlines) > KEPT:
                self._outlines.popitem(last=False)
            return outline

    def has(self, glyph: GlyphId) -> bool:
        return glyph in self._font.ids

    def svg(self, glyph: GlyphId) -> bytes:
        return shape_svg(self.outline(glyph), glyph)
