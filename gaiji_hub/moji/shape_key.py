"""同じ字形か: a key of an outline that is equal for the same shape drawn in another font.

Position on the em, contours and curves count; units per em, advance, where a contour starts, its direction, the order
of contours and points that say nothing (implied midpoints) do not. It is equality, not similarity: a redrawn shape has
another key, and nothing follows from that.
"""

from __future__ import annotations

import hashlib

from gaiji_hub.moji.outline import Contour, Outline, Point

# Of an em. Fonts of 1000, 1024 and 2048 units agree up to rounding: keys of one drawing may then still differ.
GRID = 1000


def shape_key(outline: Outline) -> str:
    """SHA-256 (hex) of the normal form; "" for a blank glyph."""
    contours = sorted(filter(None, (_normal(contour, outline.units_per_em) for contour in outline.contours)))
    if not contours:
        return ""
    return hashlib.sha256(repr(contours).encode()).hexdigest()


def _normal(contour: Contour, units_per_em: int) -> tuple[Point, ...]:
    """The contour on the grid without idle points, begun at its least point, in the direction that sorts first."""
    scaled = [(_scaled(x, units_per_em), _scaled(y, units_per_em), on) for x, y, on in contour]
    points = [point for at, point in enumerate(scaled) if point != scaled[at - 1] or len(scaled) == 1]
    kept = [point for at, point in enumerate(points) if not _idle(points, at)]
    return min(_rotated(kept), _rotated(kept[::-1])) if len(kept) > 1 else ()


def _scaled(value: int, units_per_em: int) -> int:
    """To the grid, halves up: the same in every process."""
    return (2 * value * GRID + units_per_em) // (2 * units_per_em)


def _idle(points: list[Point], at: int) -> bool:
    """An on-curve point in the middle of two controls: TrueType leaves it out or writes it, the shape is the same."""
    (x0, y0, on0), (x1, y1, on1), (x2, y2, on2) = points[at - 1], points[at], points[(at + 1) % len(points)]
    return on1 and not on0 and not on2 and x0 + x2 == 2 * x1 and y0 + y2 == 2 * y1


def _rotated(points: list[Point]) -> tuple[Point, ...]:
    """Begun at the least point; where that occurs twice, the turn that sorts first."""
    least = min(points)
    starts = [at for at, point in enumerate(points) if point == least]
    return min(tuple(points[at:] + points[:at]) for at in starts)
