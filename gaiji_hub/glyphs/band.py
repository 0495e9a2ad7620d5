"""How far the best candidate may be believed: propose, review or outside.

A proposal needs all three: a high score, a wide margin to the best glyph of any other base, and no place where
query and candidate disagree. The thresholds are data, computed by `benchmarks/calibrate_bands.py` from fonts
that are not used for anything else, each query asked once with its whole base taken out of the gallery.
A wrong proposal is the worst outcome there is: in doubt, `review`. A score cannot say "not in the standard",
so `outside` only means that nothing is near.
"""

from __future__ import annotations

from dataclasses import dataclass

from gaiji_hub.moji.candidate import Band


@dataclass(frozen=True)
class Evidence:
    """Score of the best glyph, its lead over the best glyph of another base, and the worst local residual."""

    score: float
    margin: float
    residual: float


@dataclass(frozen=True)
class Thresholds:
    score: float
    margin: float
    residual: float
    outside: float


# 36,000 characters of 12 typefaces, outline and traced (ADR 0005): with the base taken away at most 1 answer in
# 72,000 would still be proposed, and hardly any of their characters that are in no table (compatibility
# ideographs drawn as their originals set the margin). 1 in 1,000 answers with the base present is below `outside`.
CALIBRATED = Thresholds(score=0.88, margin=0.25, residual=0.005, outside=0.50)


def band_of(evidence: Evidence, thresholds: Thresholds = CALIBRATED) -> Band:
    """The band of one answer."""
    if evidence.score < thresholds.outside:
        return Band.OUTSIDE
    sure = (
        evidence.score >= thresholds.score
        and evidence.margin >= thresholds.margin
        and evidence.residual <= thresholds.residual
    )
    return Band.PROPOSE if sure else Band.REVIEW
