"""Pictures → directional features: how much contour runs in each of 8 directions in each of 10 × 10 places.

Sobel gradients of the slightly blurred picture; each gradient vector is split between the two neighbouring of 8
directions (signed, so the left and the right border of a stroke differ); every direction plane is sampled with a
Gaussian on a 10 × 10 grid; square root (compresses thick against thin); unit length. 800 numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.normalise import SIZE, Batch, equalise
from gaiji_hub.glyphs.raster import Picture

GRID = 10
DIRECTIONS = 8
LENGTH = GRID * GRID * DIRECTIONS
# Pictures worked on at once: 16 × 64 × 64 floats stay in the processor's cache.
_CACHED = 16

Features = NDArray[np.float32]


def features_of(pictures: Sequence[Picture]) -> Features:
    """(n, 800) float32 of unit length, laid out direction × row × column."""
    parts = [pictures[at : at + _CACHED] for at in range(0, len(pictures), _CACHED)]
    return (
        np.concatenate([directional(equalise(part)) for part in parts]) if parts else np.zeros((0, LENGTH), np.float32)
    )


def directional(batch: Batch) -> Features:
    """The same from pictures that are equalised already, (n, 64, 64)."""
    dx, dy = _gradients(_smooth(batch))
    sampled = np.stack([_SAMPLER @ plane @ _SAMPLER.T for plane in _split(dx, dy)], axis=1)
    flat = np.sqrt(np.maximum(sampled, 0)).reshape(len(batch), LENGTH)
    length = np.sqrt(np.einsum("nf,nf->n", flat, flat))[:, None]
    return np.asarray(flat / np.maximum(length, 1e-9), dtype=np.float32)


def _smooth(batch: Batch) -> Batch:
    padded = np.pad(batch, ((0, 0), (1, 1), (1, 1)))
    rows = 0.25 * padded[:, :-2] + 0.5 * padded[:, 1:-1] + 0.25 * padded[:, 2:]
    return np.asarray(0.25 * rows[:, :, :-2] + 0.5 * rows[:, :, 1:-1] + 0.25 * rows[:, :, 2:], np.float32)


def _gradients(batch: Batch) -> tuple[Batch, Batch]:
    """Sobel along x and y."""
    p = np.pad(batch, ((0, 0), (1, 1), (1, 1)))
    down = p[:, :-2] + 2 * p[:, 1:-1] + p[:, 2:]
    across = p[:, :, :-2] + 2 * p[:, :, 1:-1] + p[:, :, 2:]
    return down[:, :, 2:] - down[:, :, :-2], across[:, 2:] - across[:, :-2]


def _split(dx: Batch, dy: Batch) -> Iterator[Batch]:
    """Eight planes (n, 64, 64), 45° apart: each gradient as the sum of the two directions it lies between.

    By the parallelogram rule the parts are sin(45°−φ)/sin 45° and sin φ/sin 45° of its length; written with the
    larger and the smaller of |dx|, |dy| they need no angle: the axis gets large − small, the diagonal √2 · small.
    """
    ax, ay = np.abs(dx), np.abs(dy)
    small = np.minimum(ax, ay)
    diagonal = np.float32(math.sqrt(2)) * small
    across, down = ax - small, ay - small
    right, below = dx > 0, dy > 0
    left, above = ~right, ~below
    yield across * right
    yield diagonal * (right & below)
    yield down * below
    yield diagonal * (left & below)
    yield across * left
    yield diagonal * (left & above)
    yield down * above
    yield diagonal * (right & above)


def _sampler() -> NDArray[np.float32]:
    """(10, 64) Gaussian weights, centres evenly spread, σ = √2/π of their distance (the sampling theorem)."""
    step = SIZE / GRID
    centres = (np.arange(GRID) + 0.5) * step - 0.5
    sigma = math.sqrt(2) / math.pi * step
    weights = np.exp(-((np.arange(SIZE)[None, :] - centres[:, None]) ** 2) / (2 * sigma**2))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


_SAMPLER = _sampler()
