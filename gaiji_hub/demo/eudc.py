"""デモの外字フォント: shapes of the demo font as a clerk with the Windows editor would have stored them.

Each shape goes into a cell of 64 × 64 dots with a hard threshold, the dots are traced back to an outline
(`glyphs.trace`), and a town's outlines become one EUDC.TTE at the conventional private codes.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from gaiji_hub.demo.sample import DemoGaiji
from gaiji_hub.demo.towns import Town
from gaiji_hub.fontbuild.rebuild import FontGlyph, FontNames, build_font
from gaiji_hub.glyphs.raster import BlankGlyph, Font, Shape
from gaiji_hub.glyphs.trace import CELL, UNITS_PER_DOT, to_dots, trace
from gaiji_hub.moji.outline import Contour, Outline

_IDEOGRAPH = 0.75
_PRIVATE = range(0xE000, 0xF900)
_ON_CURVE = 1
MODIFIED = datetime.date(2026, 4, 1)
SOURCE = "BabelStone Han (Debian fonts-babelstone-han)"
SOURCE_LICENCE = "Arphic Public License"


class DemoFont:
    """The demo font, read by FreeType: whether a code point has a usable shape, and that shape."""

    def __init__(self, path: Path) -> None:
        self._font = Font(path)

    def usable(self, code_point: int) -> bool:
        """Covered by the cmap with ink; at a private code the ink must also fill three quarters of the em."""
        index = self._font.index_at(code_point)
        if not index:
            return False
        try:
            left, bottom, right, top = self._font.shape(index).box()
        except BlankGlyph:
            return False
        least = _IDEOGRAPH * self._font.units_per_em if code_point in _PRIVATE else 0
        return right - left >= least and top - bottom >= least

    def drawn(self, code_point: int) -> Outline:
        """The shape after the editor: 64 × 64 dots, traced."""
        index = self._font.index_at(code_point)
        shape = Outline(_contours(self._font.shape(index)), self._font.advance(index), self._font.units_per_em)
        return trace(to_dots(shape))


def _contours(shape: Shape) -> tuple[Contour, ...]:
    points = [
        (int(x), int(y), bool(tag & _ON_CURVE))
        for (x, y), tag in zip(shape.points.tolist(), shape.tags.tolist(), strict=True)
    ]
    starts = [0, *(int(end) + 1 for end in shape.ends)]
    return tuple(tuple(points[a:b]) for a, b in pairwise(starts))


def draw_shapes(font: DemoFont, sample: Sequence[DemoGaiji]) -> dict[int, Outline]:
    """Every source code point of the sample → its traced outline; a shape shared by towns is drawn once."""
    return {source: font.drawn(source) for source in sorted({gaiji.source for gaiji in sample})}


def build_eudc(town: Town, sample: Iterable[DemoGaiji], shapes: Mapping[int, Outline]) -> bytes:
    """The town's EUDC.TTE with the gaiji given (all of that town), glyphs in the order of their codes."""
    system = town.code_system
    glyphs = []
    for gaiji in sorted(sample, key=lambda gaiji: system.parse(gaiji.local_code)):
        pua = system.to_pua(system.parse(gaiji.local_code))
        glyphs.append(FontGlyph(f"uni{pua:04X}", shapes[gaiji.source], (pua,)))
    return build_font(glyphs, _names(town), units_per_em=CELL * UNITS_PER_DOT, modified=MODIFIED)


def _names(town: Town) -> FontNames:
    return FontNames(
        family=f"{town.name} 外字",
        family_en=f"Kaku Demo {town.lg_code}",
        postscript=f"KakuDemo-{town.lg_code}",
        version="1.000",
        copyright=f"64x64 dot tracings of {SOURCE}. Demo only.",
        description="架空の団体の外字（64×64ドットに写して輪郭に戻したもの）。デモ専用。",
        licence=SOURCE_LICENCE,
    )
