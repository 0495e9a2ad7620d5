"""Two shapes over each other, the difference coloured: what a person needs to settle a design difference."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.raster import Picture, draw, shape_of
from gaiji_hub.moji.outline import Outline

SIZE = 256
_MARGIN = 0.06
# (red, green, blue) of ink that both have, only the query has, only the candidate has.
BOTH = (0x80, 0x80, 0x80)
ONLY_QUERY = (0xD0, 0x20, 0x20)
ONLY_CANDIDATE = (0x20, 0x50, 0xD0)


def fitted(outline: Outline, size: int = SIZE) -> Picture:
    """The ink fitted into a square with its aspect kept, centred; a blank outline gives an empty picture."""
    shape = shape_of(outline)
    if not len(shape.ends):
        return np.zeros((size, size), np.uint8)
    left, bottom, right, top = shape.box()
    scale = size * (1 - 2 * _MARGIN) / max(right - left, top - bottom)
    x, y = (size - (right - left) * scale) / 2, (size - (top - bottom) * scale) / 2
    return draw(shape, (scale, scale, x - left * scale, y - bottom * scale), size, size)


def overlay(query: Picture, candidate: Picture) -> NDArray[np.uint8]:
    """(height, width, 3) RGB on white: grey where both have ink, red only the query, blue only the candidate."""
    q, c = query.astype(np.float32) / 255, candidate.astype(np.float32) / 255
    both = np.minimum(q, c)
    shares = ((both, BOTH), (q - both, ONLY_QUERY), (c - both, ONLY_CANDIDATE))
    paper = np.full((*query.shape, 3), 255.0, np.float32)
    for share, colour in shares:
        paper -= share[:, :, None] * (255 - np.array(colour, np.float32))
    return np.clip(np.rint(paper), 0, 255).astype(np.uint8)


def overlay_png(query: Outline, candidate: Outline, size: int = SIZE) -> bytes:
    """The overlay of two outlines, each fitted by its own ink, as PNG bytes."""
    pixels = overlay(fitted(query, size), fitted(candidate, size))
    _done, data = cv2.imencode(".png", np.ascontiguousarray(pixels[:, :, ::-1]))
    return bytes(data.tobytes())
