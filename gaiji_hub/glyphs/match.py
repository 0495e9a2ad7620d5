"""A query's features → the nearest gallery glyphs, by cosine in the projected space.

Two steps: the first 96 of the 256 axes (the most discriminating, 23 MB) pick 400 glyphs; the full 256 rank them.
Up to 64 queries go through together, so memory stays bounded whatever the batch.

Products are cut into pieces that BLAS computes on the calling thread: its own threads wait for each other
spinning, which on a busy machine made a query of 2.5 ms take 12. Callers that want both cores use threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.features import DIRECTIONS, GRID, Features, features_of
from gaiji_hub.glyphs.index import FEATURE_SCALE, Gallery
from gaiji_hub.glyphs.raster import Picture

COARSE = 96
POOL = 400
_BATCH = 64
# 32 rows × 96 axes × 64 queries: below the 2¹⁸ products from which OpenBLAS would wake its threads.
_ROWS = 32
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
        count = len(gallery.vectors)
        coarse = np.zeros((-(-count // _ROWS) * _ROWS, COARSE), np.float32)
        coarse[:count] = gallery.vectors[:, :COARSE]
        self._coarse = coarse.reshape(-1, _ROWS, COARSE)

    def match(self, pictures: Sequence[Picture]) -> list[Ranked]:
        """The pool of every picture (64 × 64, see `normalise.picture_of`), ranked."""
        ranked: list[Ranked] = []
        for at in range(0, len(pictures), _BATCH):
            features = features_of(pictures[at : at + _BATCH])
            queries = self.gallery.projection.apply_few(features)
            coarse = self._coarse_scores(queries)
            ranked.extend(map(self._rank, coarse, queries, features))
        return ranked

    def _coarse_scores(self, queries: Features) -> Features:
        """(queries, glyphs) products of the first axes."""
        blocks = self._coarse @ np.ascontiguousarray(queries[:, :COARSE].T)
        flat = blocks.reshape(-1, len(queries))[: len(self.gallery.glyphs)]
        return np.ascontiguousarray(flat.T)

    def _rank(self, coarse: Features, query: Features, features: Features) -> Ranked:
        pool = min(POOL, len(coarse))
        rows = np.sort(np.argpartition(coarse, len(coarse) - pool)[len(coarse) - pool :])
        scores = np.einsum("nd,d->n", self.gallery.vectors[rows].astype(np.float32), query)
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
