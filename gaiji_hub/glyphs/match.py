"""A query's features → the nearest gallery glyphs, by cosine in the projected space.

Two steps: the first 64 of the 256 axes (the most discriminating, 15 MB, one BLAS product) pick 500 glyphs; the
full 256 rank them. 64 queries go through one product, so memory stays bounded whatever the batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.features import DIRECTIONS, GRID, Features, features_of
from gaiji_hub.glyphs.index import FEATURE_SCALE, Gallery
from gaiji_hub.glyphs.raster import Picture

COARSE = 64
POOL = 500
_BATCH = 64
_WINDOW = 3


@dataclass(frozen=True)
class Ranked:
    """Gallery rows of one query, best first, with their scores (cosine, below 0 cut to 0), and its features."""

    rows: NDArray[np.int64]
    scores: NDArray[np.float32]
    features: Features


class Matcher:
    """Searches one gallery. Read-only after construction, so threads may share it."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self._coarse = np.ascontiguousarray(gallery.vectors[:, :COARSE], np.float32)

    def match(self, pictures: Sequence[Picture]) -> list[Ranked]:
        """The pool of every picture (64 × 64, see `normalise.picture_of`), ranked."""
        ranked: list[Ranked] = []
        for at in range(0, len(pictures), _BATCH):
            features = features_of(pictures[at : at + _BATCH])
            queries = self.gallery.projection.apply(features)
            coarse = queries[:, :COARSE] @ self._coarse.T
            ranked.extend(map(self._rank, coarse, queries, features))
        return ranked

    def _rank(self, coarse: Features, query: Features, features: Features) -> Ranked:
        pool = min(POOL, len(coarse))
        rows = np.sort(np.argpartition(coarse, len(coarse) - pool)[len(coarse) - pool :])
        scores = self.gallery.vectors[rows].astype(np.float32) @ query
        order = np.argsort(-scores, kind="stable")
        return Ranked(rows[order], np.clip(scores[order], 0, 1), features)

    def residual(self, ranked: Ranked) -> float:
        """How much contour of query and best candidate disagrees in the worst 3 × 3 of the 10 × 10 places.

        A share of all contour: an added, missing or moved stroke shows here even where the rest agrees.
        """
        best = self.gallery.features[ranked.rows[0]].astype(np.float32) / FEATURE_SCALE
        apart = ((ranked.features - best) ** 2).reshape(DIRECTIONS, GRID, GRID).sum(axis=0)
        windows = np.lib.stride_tricks.sliding_window_view(apart, (_WINDOW, _WINDOW))
        return float(windows.sum(axis=(2, 3)).max())
