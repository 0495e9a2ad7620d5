"""A shape → a grey picture, by FreeType's rasteriser, non-zero winding.

Glyphs of a font file and outline values take the same road (points → affine map → FT_Outline_Get_Bitmap), so the
same shape gives the same picture wherever it came from. The buffer belongs to numpy; FreeType draws into it.
About 30 µs a glyph of 64 × 64.
"""

from __future__ import annotations

import ctypes
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import freetype
import freetype.raw as ft
import numpy as np
from numpy.typing import NDArray

from gaiji_hub.errors import BadInput, Unavailable
from gaiji_hub.moji.outline import Outline

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]
Affine = tuple[float, float, float, float]

_POS = np.dtype(f"i{ctypes.sizeof(ft.FT_Vector) // 2}")
_VECTORS = ctypes.POINTER(ft.FT_Vector)
_BYTES = ctypes.POINTER(ctypes.c_ubyte)
_SHORTS = ctypes.POINTER(ctypes.c_short)
_NO_FLAGS = 0
# Farther out nothing is drawn; keeps every coordinate within FreeType's 26.6 numbers.
_LIMIT = 100_000.0


class BlankGlyph(BadInput):
    code = "blank_glyph"
    template = "空の字形"


class FontUnreadable(Unavailable):
    code = "font_unreadable"
    template = "フォントを開けません: {name}（FreeType のエラー {number}）"


@dataclass(frozen=True)
class Shape:
    """Contours as FreeType wants them: points (n, 2) in font units, y upwards; tags and last indices."""

    points: Points
    tags: NDArray[np.uint8]
    ends: NDArray[np.int16]

    def box(self) -> tuple[float, float, float, float]:
        """The exact ink box (xmin, ymin, xmax, ymax), curves included; `BlankGlyph` when nothing is enclosed."""
        if not len(self.ends):
            raise BlankGlyph()
        box = ft.FT_BBox()
        outline, _kept = _ft_outline(self, (64.0, 64.0, 0.0, 0.0))
        ft.FT_Outline_Get_BBox(ctypes.byref(outline), ctypes.byref(box))
        left, bottom, right, top = (value / 64 for value in (box.xMin, box.yMin, box.xMax, box.yMax))
        if right <= left or top <= bottom:
            raise BlankGlyph()
        return left, bottom, right, top


def shape_of(outline: Outline) -> Shape:
    """The shape of an outline value, without the contours that enclose nothing."""
    contours = [contour for contour in outline.contours if contour]
    if not contours:
        return _EMPTY
    rows = np.array([point for contour in contours for point in contour], dtype=np.float64)
    ends = np.cumsum([len(contour) for contour in contours]) - 1
    return _enclosing(rows[:, :2], rows[:, 2].astype(np.uint8), ends.astype(np.int16))


_EMPTY = Shape(np.zeros((0, 2)), np.zeros(0, np.uint8), np.zeros(0, np.int16))


def _enclosing(points: Points, tags: NDArray[np.uint8], ends: NDArray[np.int16]) -> Shape:
    """Contours of one or two points, of no width or no height are left out: they would only widen the box."""
    starts = np.concatenate(([0], ends[:-1] + 1))
    extents = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    lengths = np.diff(ends, prepend=-1)
    kept = (extents.min(axis=1) > 0) & (lengths > 2)
    if kept.all():
        return Shape(points, np.bitwise_and(tags, 3, dtype=np.uint8), ends)
    if not kept.any():
        return _EMPTY
    mask = np.repeat(kept, lengths)
    return Shape(points[mask], tags[mask] & 3, (np.cumsum(lengths[kept]) - 1).astype(np.int16))


def draw(shape: Shape, affine: Affine, width: int, height: int) -> Picture:
    """Grey picture (height, width), 255 = ink, row 0 on top.

    `affine` = (sx, sy, tx, ty) maps font units to pixels, y still upwards: (sx·x + tx, sy·y + ty).
    """
    picture = np.zeros((height, width), np.uint8)
    if not len(shape.ends):
        return picture
    sx, sy, tx, ty = affine
    outline, _kept = _ft_outline(shape, (sx * 64, sy * 64, tx * 64, ty * 64))
    bitmap = ft.FT_Bitmap()
    bitmap.rows, bitmap.width, bitmap.pitch = height, width, width
    bitmap.buffer = picture.ctypes.data_as(_BYTES)
    bitmap.num_grays, bitmap.pixel_mode = 256, freetype.FT_PIXEL_MODE_GRAY
    error = ft.FT_Outline_Get_Bitmap(_library(), ctypes.byref(outline), ctypes.byref(bitmap))
    if error:
        raise BlankGlyph()
    return picture


def _ft_outline(shape: Shape, affine: Affine) -> tuple[Any, Any]:
    """An FT_Outline over numpy memory, and that memory (which must outlive it)."""
    sx, sy, tx, ty = affine
    mapped = shape.points * (sx, sy) + (tx, ty)
    vectors = np.ascontiguousarray(np.rint(np.clip(mapped, -_LIMIT * 64, _LIMIT * 64)), dtype=_POS)
    outline = ft.FT_Outline()
    outline.n_contours, outline.n_points, outline.flags = len(shape.ends), len(vectors), _NO_FLAGS
    outline.points = ctypes.cast(vectors.ctypes.data, _VECTORS)
    outline.tags = ctypes.cast(shape.tags.ctypes.data, _BYTES)
    outline.contours = ctypes.cast(shape.ends.ctypes.data, _SHORTS)
    return outline, vectors


_local = threading.local()


def _library() -> Any:
    """One FT_Library per thread: FreeType allows no sharing."""
    if not hasattr(_local, "library"):
        library = ft.FT_Library()
        ft.FT_Init_FreeType(ctypes.byref(library))
        _local.library = library
    return _local.library


class Font:
    """The glyphs of a trusted font file (the standard font; hostile files go through fontbuild first).

    Not shared between threads.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._face = freetype.Face(str(path))
        except freetype.FT_Exception as error:
            raise FontUnreadable(name=path.name, number=error.errcode) from None
        self.units_per_em = int(self._face.units_per_EM)
        self.glyph_count = int(self._face.num_glyphs)

    def name(self, index: int) -> str:
        return str(self._face.get_glyph_name(index).decode("ascii", "replace"))

    def index_at(self, code: int) -> int:
        return int(self._face.get_char_index(code))

    def advance(self, index: int) -> int:
        return int(self._face.get_advance(index, freetype.FT_LOAD_NO_SCALE))

    def shape(self, index: int) -> Shape:
        """The glyph's shape in font units."""
        if ft.FT_Load_Glyph(self._face._FT_Face, index, freetype.FT_LOAD_NO_SCALE):
            raise BlankGlyph()
        outline = self._face._FT_Face.contents.glyph.contents.outline
        count, contours = outline.n_points, outline.n_contours
        if not count or not contours:
            return _EMPTY
        points = _copy(outline.points, _POS, count * 2).reshape(-1, 2).astype(np.float64)
        tags = _copy(outline.tags, np.dtype(np.uint8), count)
        return _enclosing(points, tags, _copy(outline.contours, np.dtype(np.int16), contours))


def _copy(pointer: Any, dtype: np.dtype[Any], count: int) -> NDArray[Any]:
    address = ctypes.cast(pointer, ctypes.c_void_p).value
    return np.frombuffer(ctypes.string_at(address or 0, count * dtype.itemsize), dtype)
