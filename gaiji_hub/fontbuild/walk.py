"""Outlines by glyph index out of a font that OTS has passed: glyf (composites flattened) and CFF (made quadratic).

Coordinates become int16 font units by rounding half up; a value outside int16 is refused, never clipped.
fontTools is imported inside the functions: the parent process needs only the errors.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from math import floor
from types import SimpleNamespace
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.outline import MAX_POINTS, Contour, Outline

MAX_DEPTH = 16
# Of an em: the error of the quadratic curves against the cubic ones, as font tools commonly allow.
CURVE_ERROR = 0.001
# Parsed glyphs kept for the next composite; a server that draws all of a font must not hold all of it.
_KEPT = 2_048
_PEN = ("moveTo", "lineTo", "curveTo", "closePath", "endPath")


class CompositeLoop(BadInput):
    code = "composite_loop"
    template = "{glyph}の字形が壊れています: 部品の組み合わせが輪になっているか、{limit} 段より深くなっています"


class TooManyPoints(BadInput):
    code = "too_many_points"
    template = "{glyph}の字形の点が多すぎます（上限 {limit}）。地紋や絵ではなく文字の字形を渡してください"


class BadGlyph(BadInput):
    code = "bad_glyph"
    template = "{glyph}の字形を読めません: {reason}"


class GlyfWalk:
    """Outlines of a `glyf` table. `data` is the whole table (bytes or mmap slice), `loca` its offsets."""

    def __init__(self, data: Any, loca: Any, advances: dict[str, tuple[int, int]], units_per_em: int) -> None:
        self._data, self._loca = data, loca
        self._advances, self._units = advances, units_per_em
        self._glyphs: dict[int, Any] = {}
        self._weights: dict[int, tuple[int, int]] = {}
        # What fontTools' Glyph wants of a glyf table while it reads; components are then known by index.
        self._table = SimpleNamespace(getGlyphName=int, extended=False)

    def outline(self, index: int, name: str, label: str) -> Outline:
        """The flattened outline of glyph `index`; `name` is its key in the metrics, `label` names it in errors."""
        if len(self._glyphs) > _KEPT:
            self._glyphs.clear()
            self._weights.clear()
        try:
            self._weigh(index, label, ())
            points, ends, flags = self._glyphs[index].getCoordinates(self._glyphs)
        except _broken() as error:
            raise BadGlyph(glyph=label, reason=type(error).__name__) from None
        return Outline(_contours(points, ends, flags, label), self._advances[name][0], self._units)

    def _weigh(self, index: int, label: str, above: tuple[int, ...]) -> tuple[int, int]:
        """(points, levels) below `index`, each glyph read once; refuses loops and bombs before flattening."""
        if index in above:
            raise CompositeLoop(glyph=label, limit=MAX_DEPTH)
        if index not in self._weights:
            self._weights[index] = self._weigh_parts(index, label, above)
        points, levels = self._weights[index]
        if len(above) + levels > MAX_DEPTH:
            raise CompositeLoop(glyph=label, limit=MAX_DEPTH)
        if points > MAX_POINTS:
            raise TooManyPoints(glyph=label, limit=MAX_POINTS)
        return points, levels

    def _weigh_parts(self, index: int, label: str, above: tuple[int, ...]) -> tuple[int, int]:
        glyph = self._glyphs[index] = self._read(index)
        if not glyph.isComposite():
            return (glyph.endPtsOfContours[-1] + 1 if glyph.numberOfContours > 0 else 0), 1
        points, levels = 0, 0
        for part in glyph.components:
            below = self._weigh(part.glyphName, label, (*above, index))
            points, levels = points + below[0], max(levels, below[1])
            if points > MAX_POINTS:
                raise TooManyPoints(glyph=label, limit=MAX_POINTS)
        return points, levels + 1

    def _read(self, index: int) -> Any:
        from fontTools.ttLib.tables._g_l_y_f import Glyph

        glyph = Glyph(bytes(self._data[self._loca[index] : self._loca[index + 1]]))
        glyph.expand(self._table)
        return glyph


class CffWalk:
    """Outlines of a `CFF ` table's first font, cubic curves made quadratic within `CURVE_ERROR`."""

    def __init__(self, cff: Any, advances: dict[str, tuple[int, int]], units_per_em: int) -> None:
        top = cff.topDictIndex[0]
        self._charstrings = top.CharStrings.charStringsIndex
        self._advances, self._units = advances, units_per_em

    def outline(self, index: int, name: str, label: str) -> Outline:
        from fontTools.pens.cu2quPen import Cu2QuPen
        from fontTools.pens.ttGlyphPen import TTGlyphPen

        pen = TTGlyphPen(None)
        curves = _counted(Cu2QuPen(pen, self._units * CURVE_ERROR, reverse_direction=True), label)
        try:
            self._charstrings[index].draw(curves)
            glyph = pen.glyph()
            points, ends, flags = glyph.getCoordinates({})
        except _broken() as error:
            raise BadGlyph(glyph=label, reason=type(error).__name__) from None
        if len(points) > MAX_POINTS:
            raise TooManyPoints(glyph=label, limit=MAX_POINTS)
        return Outline(_contours(points, ends, flags, label), self._advances[name][0], self._units)


def _counted(pen: Any, label: str) -> SimpleNamespace:
    """`pen`, refusing the segment after `MAX_POINTS`: subroutines can draw for ever from a few bytes."""
    left = MAX_POINTS

    def step(name: str) -> Callable[..., None]:
        draw = getattr(pen, name)

        def count(*points: tuple[float, float]) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                raise TooManyPoints(glyph=label, limit=MAX_POINTS)
            draw(*points)

        return count

    return SimpleNamespace(**{name: step(name) for name in _PEN})


def _contours(points: Any, ends: Any, flags: Any, label: str) -> tuple[Contour, ...]:
    """fontTools' parallel arrays as contours; `ends` holds the index of each contour's last point."""
    starts = (0, *(end + 1 for end in ends))
    return tuple(
        _contour(points[start : end + 1], flags[start : end + 1], label)
        for start, end in zip(starts, ends, strict=False)
    )


def _contour(points: Iterable[tuple[float, float]], flags: Iterable[int], label: str) -> Contour:
    contour = tuple(
        (floor(x + 0.5), floor(y + 0.5), bool(flag & 1)) for (x, y), flag in zip(points, flags, strict=True)
    )
    if any(not (-32768 <= x <= 32767 and -32768 <= y <= 32767) for x, y, _ in contour):
        raise BadGlyph(glyph=label, reason="座標が 16 ビットに収まりません")
    return contour


def _broken() -> tuple[type[Exception], ...]:
    """What fontTools raises on damaged glyph data; its own error class is one among many."""
    from fontTools.ttLib import TTLibError

    return (
        TTLibError, struct.error, AssertionError, IndexError, KeyError, ValueError, TypeError,
        AttributeError, OverflowError, NotImplementedError, RecursionError,
    )  # fmt: skip
