"""Outlines by glyph index out of a font that OTS has passed: glyf (composites flattened) and CFF (made quadratic).

Coordinates become int16 font units by rounding half up; a value outside int16 is refused, never clipped.
fontTools is imported inside the functions: the parent process needs only the errors.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor
from types import SimpleNamespace
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.outline import MAX_POINTS, Contour, Outline

MAX_DEPTH = 16
# Steps of flattening (points × levels, see `GlyfWalk.work`), of one glyph and of all wanted codes together. A step
# takes 0.9–1.8 µs; BabelStone Han, 4,637 codes of 1.24 million points, needs 1.4 million.
MAX_WORK = 2_000_000
# Of an em: the error of the quadratic curves against the cubic ones, as font tools commonly allow.
CURVE_ERROR = 0.001
# Parsed glyphs kept for the next composite; a server that draws all of a font must not hold all of it.
_KEPT = 2_048
# What reading a glyph or placing a part costs besides its points, in points.
_PART = 16
_BODY, _WORDS, _MORE = 10, 0x0001, 0x0020
_SCALES = ((0x0008, 2), (0x0040, 4), (0x0080, 8))
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


@dataclass(frozen=True)
class Weight:
    """What a glyph costs before it is flattened: its points, its levels of composites, and the work of both."""

    points: int
    levels: int
    work: int


class _Glyphs(dict[int, Any]):
    """fontTools' glyphs by index, each parsed when it is first asked for."""

    def __init__(self, read: Callable[[int], Any]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, index: int) -> Any:
        glyph = self[index] = self._read(index)
        return glyph


class GlyfWalk:
    """Outlines of a `glyf` table. `data` is the whole table (bytes or mmap slice), `loca` its offsets."""

    def __init__(self, data: Any, loca: Any, advances: dict[str, tuple[int, int]], units_per_em: int) -> None:
        self._data, self._loca = data, loca
        self._advances, self._units = advances, units_per_em
        self._glyphs = _Glyphs(self._read)
        self._weights: dict[int, Weight] = {}
        # What fontTools' Glyph wants of a glyf table while it reads; components are then known by index.
        self._table = SimpleNamespace(getGlyphName=int, extended=False)

    def work(self, index: int, label: str) -> int:
        """Steps that flattening glyph `index` takes: a point counts once for every level it is moved through.

        Read off the raw table in microseconds. Refuses loops, deep nests and bombs.
        """
        try:
            return self._weigh(index, label, ()).work
        except _broken() as error:
            raise BadGlyph(glyph=label, reason=_why(error)) from None

    def outline(self, index: int, name: str, label: str) -> Outline:
        """The flattened outline of glyph `index`; `name` is its key in the metrics, `label` names it in errors."""
        self.work(index, label)
        if len(self._glyphs) > _KEPT:
            self._glyphs.clear()
        try:
            points, ends, flags = self._glyphs[index].getCoordinates(self._glyphs)
        except _broken() as error:
            raise BadGlyph(glyph=label, reason=_why(error)) from None
        return Outline(_contours(points, ends, flags, label), self._advances[name][0], self._units)

    def _weigh(self, index: int, label: str, above: tuple[int, ...]) -> Weight:
        """The weight of `index`, each glyph read once."""
        if index in above or len(above) >= MAX_DEPTH:
            raise CompositeLoop(glyph=label, limit=MAX_DEPTH)
        if index not in self._weights:
            self._weights[index] = self._weigh_parts(index, label, above)
        weight = self._weights[index]
        if len(above) + weight.levels > MAX_DEPTH:
            raise CompositeLoop(glyph=label, limit=MAX_DEPTH)
        if weight.points > MAX_POINTS:
            raise TooManyPoints(glyph=label, limit=MAX_POINTS)
        return weight

    def _weigh_parts(self, index: int, label: str, above: tuple[int, ...]) -> Weight:
        points, contours, parts = _anatomy(bytes(self._data[self._loca[index] : self._loca[index + 1]]))
        levels, work = 0, _PART + points + contours
        for part in parts:
            below = self._weigh(part, label, (*above, index))
            points, levels = points + below.points, max(levels, below.levels)
            work += _PART + below.points + below.work
            if points > MAX_POINTS or work > MAX_WORK:
                raise TooManyPoints(glyph=label, limit=MAX_POINTS)
        return Weight(points, levels + 1, work)

    def _read(self, index: int) -> Any:
        from fontTools.ttLib.tables._g_l_y_f import Glyph

        glyph = Glyph(bytes(self._data[self._loca[index] : self._loca[index + 1]]))
        glyph.expand(self._table)
        return glyph


def _anatomy(data: bytes) -> tuple[int, int, Iterator[int]]:
    """(points, contours, glyph indexes of the parts) of raw `glyf` data (OpenType 1.9 "glyf")."""
    count = struct.unpack_from(">h", data)[0] if data else 0
    if count == -1:
        return 0, 0, _parts(data)
    points = struct.unpack_from(">H", data, _BODY + 2 * (count - 1))[0] + 1 if count > 0 else 0
    return points, max(count, 0), iter(())


def _parts(data: bytes) -> Iterator[int]:
    at, more = _BODY, True
    while more:
        flags, index = struct.unpack_from(">HH", data, at)
        yield index
        scale = next((size for flag, size in _SCALES if flags & flag), 0)
        at += 4 + (4 if flags & _WORDS else 2) + scale
        more = bool(flags & _MORE)


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
            raise BadGlyph(glyph=label, reason=_why(error)) from None
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
    whole = [floor(value + 0.5) for value in points.array]
    if whole and not (min(whole) >= -32768 and max(whole) <= 32767):
        raise BadGlyph(glyph=label, reason="座標が 16 ビットに収まりません")
    drawn = list(zip(whole[0::2], whole[1::2], [bool(flag & 1) for flag in flags], strict=True))
    starts = (0, *(end + 1 for end in ends))
    return tuple(tuple(drawn[start : end + 1]) for start, end in zip(starts, ends, strict=False))


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "字形の命令が互いを呼び合っているか、深すぎます"
    return f"字形のデータが壊れています（詳細: {type(error).__name__}）"


def _broken() -> tuple[type[Exception], ...]:
    """What fontTools raises on damaged glyph data; its own error class is one among many."""
    from fontTools.ttLib import TTLibError

    return (
        TTLibError, struct.error, AssertionError, IndexError, KeyError, ValueError, TypeError,
        AttributeError, OverflowError, NotImplementedError, RecursionError,
    )  # fmt: skip
