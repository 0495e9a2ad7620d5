"""The standard font (IPAmj明朝): outlines of its characters by 文字図形名.

The file is trusted: `fetch` has verified its hash. It is mapped, not read; a thousand outlines take about
0.2 s after 0.3 s to open.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gaiji_hub.errors import Unavailable
from gaiji_hub.fontbuild.walk import GlyfWalk
from gaiji_hub.moji.glyph_id import GlyphId, from_font_name
from gaiji_hub.moji.outline import Outline


class NotTheStandardFont(Unavailable):
    code = "not_the_standard_font"
    template = "標準フォントとして読めません: {reason}。`gaiji-hub fonts fetch` で取り直してください"


@dataclass(frozen=True)
class FontSource:
    """Where derived shapes come from, as the source font itself states it (name ids 1, 5, 0, 13, 14)."""

    family: str
    version: str
    copyright: str
    licence: str
    licence_url: str


class StandardFont:
    """An opened standard font. Not for use from several threads at once: fontTools reads lazily."""

    def __init__(self, font: Any, glyf: Any, path: Path) -> None:
        self._font, self._glyf, self.path = font, glyf, path

    @staticmethod
    def open(path: Path) -> StandardFont:
        """Raises `NotTheStandardFont` when the file is no TrueType font with MJ glyph names."""
        from fontTools.ttLib import TTFont, TTLibError

        mapped = _map(path)
        try:
            font = TTFont(mapped, lazy=True, recalcBBoxes=False, recalcTimestamp=False)
            entry = font.reader.tables["glyf"]
        except (TTLibError, KeyError):
            raise NotTheStandardFont(reason="TrueType フォントではありません") from None
        standard = StandardFont(font, memoryview(mapped)[entry.offset : entry.offset + entry.length], path)
        if not standard.ids:
            raise NotTheStandardFont(reason="MJ の文字図形名を持つ字形がありません")
        return standard

    @property
    def units_per_em(self) -> int:
        return int(self._font["head"].unitsPerEm)

    @cached_property
    def ids(self) -> dict[GlyphId, int]:
        """Every 文字図形名 the font draws, with its glyph index, in the font's order."""
        named = ((from_font_name(name), index) for index, name in enumerate(self._font.getGlyphOrder()))
        return {glyph: index for glyph, index in named if glyph}

    def outline(self, glyph: GlyphId) -> Outline | None:
        """The shape of `glyph`, or None when the font does not have it."""
        index = self.ids.get(glyph)
        if index is None:
            return None
        return self._walk.outline(index, self._font.getGlyphName(index), f"{glyph} ")

    def outlines(self, glyphs: Iterable[GlyphId]) -> dict[GlyphId, Outline]:
        """The shapes of `glyphs` in their order; one the font does not have is not in the result."""
        found = ((glyph, self.outline(glyph)) for glyph in glyphs)
        return {glyph: outline for glyph, outline in found if outline is not None}

    def glyph_of(self, text: str) -> GlyphId | None:
        """The glyph the font shows for a base, or a base and selector; None when it has none of its own."""
        name = self._name_of(text)
        return from_font_name(name) if name else None

    def drawn(self, text: str) -> Outline | None:
        """The shape the font shows for a base, or a base and selector, also of those without 文字図形名 (kana,
        letters, marks); None when it has none of its own.
        """
        return self._outline_of(self._name_of(text), text)

    def vertical(self, text: str) -> Outline | None:
        """The shape of `text` in vertical lines (feature `vert`); None where it is the same or there is none."""
        return self._outline_of(self._vertical.get(self._name_of(text) or ""), text)

    def _outline_of(self, name: str | None, text: str) -> Outline | None:
        if name is None:
            return None
        return self._walk.outline(self._font.getGlyphID(name), name, f"U+{ord(text[0]):04X} ")

    def _name_of(self, text: str) -> str | None:
        base = self._best.get(ord(text[0]))
        if len(text) == 1:
            return base
        entries = self._sequences.get(ord(text[1]), {})
        return (entries[ord(text[0])] or base) if ord(text[0]) in entries else None

    def source(self) -> FontSource:
        """The font's own statement of its name, version, rights and licence, Japanese first."""
        texts = []
        for number in (1, 5, 0, 13, 14):
            found = (self._font["name"].getName(number, 3, 1, language) for language in (0x411, 0x409))
            texts.append(next((str(record) for record in found if record is not None), ""))
        return FontSource(*texts)

    @cached_property
    def _walk(self) -> GlyfWalk:
        return GlyfWalk(self._glyf, self._font["loca"], self._font["hmtx"].metrics, self.units_per_em)

    @cached_property
    def _vertical(self) -> dict[str, str]:
        """Glyph → glyph of the single substitutions that the feature `vert` names (OpenType "GSUB", type 1)."""
        if "GSUB" not in self._font:
            return {}
        table = self._font["GSUB"].table
        features = (record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == "vert")
        found: dict[str, str] = {}
        for index in sorted({index for feature in features for index in feature.LookupListIndex}):
            for part in table.LookupList.Lookup[index].SubTable:
                single = part.ExtSubTable if part.LookupType == 7 else part
                if single.LookupType == 1:
                    found = {**single.mapping, **found}
        return found

    @cached_property
    def _best(self) -> dict[int, str]:
        return self._font.getBestCmap() or {}

    @cached_property
    def _sequences(self) -> dict[int, dict[int, str | None]]:
        tables = [table for table in self._font["cmap"].tables if table.format == 14]
        return {vs: dict(entries) for table in tables for vs, entries in table.uvsDict.items()}


def _map(path: Path) -> mmap.mmap:
    """The file as memory that the system pages in as it is read; a mapping outlives its open file."""
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotTheStandardFont(reason=f"{path.name} がありません") from None
    except ValueError:
        raise NotTheStandardFont(reason="空のファイルです") from None
