"""A shape → a 64 × 64 picture free of size, position, aspect and uneven spacing.

1. The exact ink box of the outline is mapped onto the frame by the affine map itself (no resampling): the longer
   side fills it, the shorter keeps √sin(πr/2) of it for an aspect ratio r (aspect-adaptive normalisation: 一 stays
   flat, but a slightly narrow 日 and a slightly wide one become the same).
2. Line-density equalisation, along x and y separately: where many strokes are crossed, the picture is stretched,
   so that a dense left part and a loose right part take the room their strokes need. This removes most of the
   difference in layout between two typefaces. Resampling integrates exactly over each new pixel's span.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.raster import Picture, Shape, draw

SIZE = 64
MARGIN = 2
_FRAME = SIZE - 2 * MARGIN
# Share of evenly spread density added to the counted lines: 0 would follow every line, ∞ none.
_EVEN = 0.8
_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16

Batch = NDArray[np.float32]


def picture_of(shape: Shape) -> Picture:
    """Step 1: the (64, 64) grey picture, the ink centred in a frame of 60; `BlankGlyph` when there is none."""
    left, bottom, right, top = shape.box()
    width, height = right - left, top - bottom
    ratio = math.sqrt(math.sin(math.pi / 2 * min(width, height) / max(width, height)))
    ratio = max(ratio, 2 / _FRAME)
    w, h = (_FRAME, _FRAME * ratio) if width >= height else (_FRAME * ratio, _FRAME)
    sx, sy = w / width, h / height
    return draw(shape, (sx, sy, (SIZE - w) / 2 - left * sx, (SIZE - h) / 2 - bottom * sy), SIZE, SIZE)


def equalise(pictures: Sequence[Picture]) -> Batch:
    """Step 2 for a batch: (n, 64, 64) float32, 0–1, line density evened out along both axes."""
    batch: Batch = np.divide(np.stack(pictures), 255, dtype=np.float32)
    across = _resampler(_boundaries(_density(batch, 2)))
    down = _resampler(_boundaries(_density(batch, 1)))
    return np.asarray(down @ batch @ across.transpose(0, 2, 1), np.float32)


def _density(batch: Batch, axis: int) -> Batch:
    """Lines crossed at each column (axis 2) or row (axis 1), smoothed, (n, 64)."""
    crossings = np.zeros((len(batch), SIZE), np.float32)
    crossings[:, 1:] = np.abs(np.diff(batch, axis=axis)).sum(axis=3 - axis)
    padded = np.pad(crossings, ((0, 0), (2, 2)))
    smooth: Batch = sum(weight * padded[:, i : i + SIZE] for i, weight in enumerate(_KERNEL))
    return smooth


def _boundaries(density: Batch) -> Batch:
    """Where the 65 pixel boundaries of the new picture lie in the old one, (n, 65), rising.

    Columns without ink on either side keep their width, so the frame keeps its place.
    """
    inked = density > 1e-3
    mean = density.sum(axis=1, keepdims=True) / np.maximum(inked.sum(axis=1, keepdims=True), 1)
    first = inked.argmax(axis=1)[:, None]
    last = SIZE - inked[:, ::-1].argmax(axis=1)[:, None]
    column = np.arange(SIZE)[None, :]
    inside = (column >= first) & (column < last)
    weight = np.where(inside, density + _EVEN * mean, 0)
    weight *= (last - first) / np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
    target = np.concatenate([np.zeros((len(density), 1)), np.cumsum(np.where(inside, weight, 1), axis=1)], axis=1)
    grid = np.arange(SIZE + 1, dtype=np.float64)
    return np.stack([np.interp(grid, row, grid) for row in target]).astype(np.float32)


def _resampler(edges: Batch) -> Batch:
    """(n, 64, 64): share of each old pixel (last axis) in each new one; a new pixel is the mean ink of its span."""
    low, high = edges[:, :-1, None], edges[:, 1:, None]
    old = np.arange(SIZE, dtype=np.float32)
    overlap = np.minimum(high, old + 1)
    overlap -= np.maximum(low, old)
    np.maximum(overlap, 0, out=overlap)
    overlap /= np.maximum(high - low, np.float32(1e-6))
    return overlap
