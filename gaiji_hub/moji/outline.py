"""字形の輪郭: the one form in which a shape travels between intake, identification, fonts and screens.

Quadratic TrueType contours in font units, y upwards. The canonical bytes are hashed; equal hashes are the
same shape at the same size and position, so a re-intake can tell unchanged from changed.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from itertools import pairwise

from gaiji_hub.errors import BadInput

Point = tuple[int, int, bool]
Contour = tuple[Point, ...]

MAX_POINTS = 20_000
_MAGIC = b"GHO1"
_HEAD = struct.Struct(">4sHHH")
_COUNT = struct.Struct(">H")
_POINT = struct.Struct(">hhB")


class BadOutline(BadInput):
    code = "bad_outline"
    template = "輪郭データが壊れています: {reason}"


@dataclass(frozen=True)
class Outline:
    """Closed contours of (x, y, on_curve), int16 font units; off-curve points are quadratic controls.

    `units_per_em` 16–16384, `advance` in the same units. No contour at all is a blank glyph.
    """

    contours: tuple[Contour, ...]
    advance: int
    units_per_em: int

    @property
    def blank(self) -> bool:
        return not any(self.contours)

    @property
    def hash(self) -> str:
        """SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The canonical, big-endian bytes; `from_bytes` reads them back."""
        parts = [_HEAD.pack(_MAGIC, self.units_per_em, self.advance, len(self.contours))]
        for contour in self.contours:
            parts.append(_COUNT.pack(len(contour)))
            parts.extend(_POINT.pack(x, y, on) for x, y, on in contour)
        return b"".join(parts)

    @staticmethod
    def from_bytes(data: bytes) -> Outline:
        """Raises `BadOutline` for anything `to_bytes` cannot have written."""
        try:
            return _parse(data)
        except struct.error:
            raise BadOutline(reason="途中で終わっています") from None

    def bounds(self) -> tuple[int, int, int, int] | None:
        """(xmin, ymin, xmax, ymax) over all points, controls included; None when blank."""
        points = [point for contour in self.contours for point in contour]
        if not points:
            return None
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        return min(xs), min(ys), max(xs), max(ys)


def _parse(data: bytes) -> Outline:
    magic, units_per_em, advance, count = _HEAD.unpack_from(data)
    if magic != _MAGIC:
        raise BadOutline(reason="先頭の印が違います")
    at, contours, points = _HEAD.size, [], 0
    for _ in range(count):
        (length,) = _COUNT.unpack_from(data, at)
        at += _COUNT.size
        points += length
        if points > MAX_POINTS:
            raise BadOutline(reason=f"点が {MAX_POINTS} を超えています")
        contour = [_POINT.unpack_from(data, at + i * _POINT.size) for i in range(length)]
        contours.append(tuple((x, y, bool(on)) for x, y, on in contour))
        at += length * _POINT.size
    if at != len(data):
        raise BadOutline(reason="余分なバイトがあります")
    return Outline(tuple(contours), advance, units_per_em)


def svg_path(outline: Outline) -> str:
    """SVG path data of the outline in font units with y downwards (flip done here), `Z`-closed contours."""
    return "".join(_contour_path(contour) for contour in outline.contours if contour)


def _contour_path(contour: Contour) -> str:
    points = _with_implied(contour)
    parts = [f"M{points[0][0]} {-points[0][1]}"]
    index = 1
    while index < len(points):
        x, y, on = points[index]
        if on:
            parts.append(f"L{x} {-y}")
            index += 1
        else:
            end = points[(index + 1) % len(points)]
            parts.append(f"Q{x} {-y} {end[0]} {-end[1]}")
            index += 2
    return "".join(parts) + "Z"


def _with_implied(contour: Contour) -> list[tuple[float, float, bool]]:
    """The contour with implied on-curve midpoints written out and an on-curve point first."""
    full: list[tuple[float, float, bool]] = []
    for (x0, y0, on0), (x1, y1, on1) in pairwise((*contour, contour[0])):
        full.append((x0, y0, on0))
        if not on0 and not on1:
            full.append(((x0 + x1) / 2, (y0 + y1) / 2, True))
    start = next((i for i, point in enumerate(full) if point[2]), None)
    if start is None:  # one lone control point: nothing is enclosed
        return [(full[0][0], full[0][1], True)]
    return full[start:] + full[:start]
