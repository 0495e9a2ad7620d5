"""似た字形: how alike shapes of towns are, by the contour features that identification uses (glyphs.features).

A cosine of raw features: two different characters easily reach 0.8, so it orders shapes for people to look at and
decides nothing. What was computed is kept per process, so that only the first look at many shapes takes time.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.features import features_of
from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.raster import BlankGlyph, shape_of
from gaiji_hub.moji.outline import Outline

_KEPT = 8_192
Vector = NDArray[np.float16]


def similarities(outline: bytes, others: Mapping[str, bytes]) -> dict[str, float]:
    """For every key of `others` how alike its outline (canonical bytes) is to `outline`, 0–1; none for blank ones."""
    mine = _vector(outline)
    if mine is None:
        return {}
    query = mine.astype(np.float32)
    found = ((key, _vector(data)) for key, data in others.items())
    return {key: round(float(vector.astype(np.float32) @ query), 4) for key, vector in found if vector is not None}


@lru_cache(maxsize=_KEPT)
def _vector(outline: bytes) -> Vector | None:
    try:
        picture = picture_of(shape_of(Outline.from_bytes(outline)))
    except BlankGlyph:
        return None
    return np.asarray(features_of([picture])[0], np.float16)
