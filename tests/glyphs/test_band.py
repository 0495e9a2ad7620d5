"""A proposal needs all three kinds of evidence."""

from __future__ import annotations

import pytest

from gaiji_hub.glyphs.band import CALIBRATED, Evidence, band_of
from gaiji_hub.moji.candidate import Band, Candidate, group_by_base
from gaiji_hub.moji.glyph_id import GlyphId

T = CALIBRATED


@pytest.mark.parametrize(
    ("evidence", "band"),
    [
        (Evidence(T.score, T.margin, T.residual), Band.PROPOSE),
        (Evidence(T.score - 0.001, T.margin, T.residual), Band.REVIEW),
        (Evidence(T.score, T.margin - 0.001, T.residual), Band.REVIEW),
        (Evidence(T.score, T.margin, T.residual + 0.0001), Band.REVIEW),
        (Evidence(T.outside, 1, 0), Band.REVIEW),
        (Evidence(T.outside - 0.001, 1, 0), Band.OUTSIDE),
    ],
)
def test_bands(evidence: Evidence, band: Band) -> None:
    assert band_of(evidence) is band


def candidate(glyph: str, ucs: str | None, score: float) -> Candidate:
    return Candidate(GlyphId(glyph), None, ucs, score)


def test_candidates_are_grouped_by_base_in_the_order_of_the_best() -> None:
    found = [
        candidate("MJ000001", "U+9089", 0.9),
        candidate("MJ000002", "U+908A", 0.8),
        candidate("MJ000003", "U+9089", 0.7),
        candidate("MJ000004", None, 0.6),
        candidate("MJ000005", None, 0.5),
    ]
    families = group_by_base(found)
    assert [family.ucs for family in families] == ["U+9089", "U+908A", None, None]
    assert [c.glyph for c in families[0].candidates] == ["MJ000001", "MJ000003"]
