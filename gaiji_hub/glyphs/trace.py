"""Dots ↔ outlines, as the Windows private character editor (EUDC) stores them.

The editor shows a cell of 64 × 64 dots drawn by hand and traces it into a TrueType outline. `to_dots` fits a
shape into such a cell with a hard threshold; `trace` follows the borders of the dots and rounds the corners:

1. every border between ink and paper is a unit step on the lattice, walked with the ink on the right, so outer
   borders run clockwise and holes counter-clockwise, as TrueType wants it;
2. dots that touch only at a corner stay joined (the walk turns left there), so thin diagonals do not break;
3. a corner between two long runs (3 dots or more) is kept sharp; any other becomes a control point, with
   on-curve points half a dot from it, or at the middle of a one-dot step: staircases turn into slopes.

Deterministic: the same dots give the same outline, contour by contour from the top left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.errors import BadInput
from gaiji_hub.glyphs.raster import Shape, draw, shape_of
from gaiji_hub.moji.outline import Contour, Outline, Point

Dots = NDArray[np.bool_]
Corner = tuple[int, int]

CELL = 64
UNITS_PER_DOT = 32
_LONG = 3
_THRESHOLD = 128
_MAX_CELL = 256
# right, down, left, up on a lattice whose y runs downwards
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))


class BadDots(BadInput):
    code = "bad_dots"
    template = "点字形の大きさは 1〜{most} の正方形にしてください（{width}×{height}）"


def to_dots(outline: Outline, size: int = CELL) -> Dots:
    """The outline in a cell of size × size dots, True = ink, row 0 on top.

    The em square fills the cell with its descent (12 %) below the baseline; ink that would leave the cell is
    shrunk, with its aspect kept, and moved into it. A blank outline gives a blank cell.
    """
    return dots_of(shape_of(outline), outline.units_per_em, size)


def dots_of(shape: Shape, units_per_em: int, size: int = CELL) -> Dots:
    """The same of a shape in font units."""
    if not len(shape.ends):
        return np.zeros((size, size), np.bool_)
    return draw(shape, _cell_affine(shape, units_per_em, size), size, size) >= _THRESHOLD


def _cell_affine(shape: Shape, units_per_em: int, size: int) -> tuple[float, float, float, float]:
    left, bottom, right, top = shape.box()
    scale = min(size / units_per_em, size / (right - left), size / (top - bottom))
    x = min(max(0.0, left * scale), size - (right - left) * scale)
    y = min(max(0.0, bottom * scale + 0.12 * size), size - (top - bottom) * scale)
    return scale, scale, x - left * scale, y - bottom * scale


def trace(dots: Dots, units_per_dot: int = UNITS_PER_DOT) -> Outline:
    """The outline of a square cell of dots: em = the cell, baseline 12 % above its lower edge.

    `units_per_dot` must be even, so that half dots are whole units. No dot at all gives a blank outline;
    raises `BadDots` for a cell that is not square or is too large.
    """
    height, width = dots.shape
    if height != width or not 1 <= width <= _MAX_CELL:
        raise BadDots(most=_MAX_CELL, width=width, height=height)
    em = width * units_per_dot
    baseline = height * units_per_dot - round(0.12 * em)
    contours = tuple(_smooth(corners, units_per_dot, baseline) for corners in _borders(dots))
    return Outline(contours, em, em)


def _borders(dots: Dots) -> list[list[Corner]]:
    """The corners of every closed border, in lattice coordinates, each starting at its top-left-most step."""
    steps = _border_steps(dots)
    borders = []
    for start in sorted(steps, key=lambda step: (step[1], step[0], step[2])):
        if start in steps:
            borders.append(_walk(steps, start))
    return borders


def _border_steps(dots: Dots) -> set[tuple[int, int, int]]:
    """Unit border steps (x, y, direction), ink on the right of each."""
    ink = np.pad(dots, 1)
    inner = ink[1:-1, 1:-1]
    steps: set[tuple[int, int, int]] = set()
    sides = ((ink[:-2, 1:-1], 0, 0, 0), (ink[1:-1, 2:], 1, 0, 1), (ink[2:, 1:-1], 1, 1, 2), (ink[1:-1, :-2], 0, 1, 3))
    for outside, dx, dy, direction in sides:
        rows, columns = np.nonzero(inner & ~outside)
        steps.update((x + dx, y + dy, direction) for y, x in zip(rows.tolist(), columns.tolist(), strict=True))
    return steps


def _walk(steps: set[tuple[int, int, int]], start: tuple[int, int, int]) -> list[Corner]:
    """Follow the border from `start`, taking its steps out of the set; left turns first, to keep diagonals."""
    corners: list[Corner] = []
    x, y, direction = start
    while (x, y, direction) in steps:
        steps.remove((x, y, direction))
        x, y = x + _STEPS[direction][0], y + _STEPS[direction][1]
        for turn in (3, 0, 1):
            ahead = (direction + turn) % 4
            if (x, y, ahead) in steps or (x, y, ahead) == start:
                break
        if ahead != direction:
            corners.append((x, y))
        direction = ahead
        if (x, y, direction) == start:
            break
    return corners


def _smooth(corners: list[Corner], unit: int, baseline: int) -> Contour:
    """Lattice corners → TrueType points in font units (y upwards)."""
    points: list[Point] = []
    for index, here in enumerate(corners):
        before, after = corners[index - 1], corners[(index + 1) % len(corners)]
        for x, y, on in _rounded(before, here, after, unit):
            point = (x, baseline - y, on)
            if not points or points[-1] != point:
                points.append(point)
    if len(points) > 1 and points[0] == points[-1]:
        points.pop()
    return tuple(points)


def _rounded(before: Corner, here: Corner, after: Corner, unit: int) -> list[Point]:
    x, y = here[0] * unit, here[1] * unit
    length_in, length_out = _distance(before, here), _distance(here, after)
    if min(length_in, length_out) >= _LONG:
        return [(x, y, True)]
    start, end = _toward(here, before, length_in, unit), _toward(here, after, length_out, unit)
    return [(*start, True), (x, y, False), (*end, True)]


def _toward(here: Corner, there: Corner, length: int, unit: int) -> tuple[int, int]:
    """Half a dot along a side: the middle of a one-dot step, and as far on longer ones."""
    dx, dy = (there[0] - here[0]) // length, (there[1] - here[1]) // length
    return here[0] * unit + dx * unit // 2, here[1] * unit + dy * unit // 2


def _distance(a: Corner, b: Corner) -> int:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])
