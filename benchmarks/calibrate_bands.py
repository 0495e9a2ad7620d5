"""The thresholds of `glyphs/band.py`: which answers may be proposed, and what that costs.

    python benchmarks/calibrate_bands.py [--sample N] [--seed N] FONT…

Every query (an ideograph of FONT, as an outline and as a traced 64-dot cell) is asked twice: as it is, and with
its whole base taken out of the gallery, when every proposal is wrong. Printed: the curve of coverage against
wrong proposals, and the triple of highest coverage among those with at most 1 absent-base proposal in 10,000.
Then characters of FONT that are in no table at all are asked, and what the thresholds in use would propose is
counted. Use printed typefaces; the demo font must not be among them. The fonts used are named in ADR 0005.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaiji_hub.glyphs.band import Evidence, band_of
from gaiji_hub.glyphs.index import open_gallery
from gaiji_hub.glyphs.match import Matcher, Ranked
from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.raster import BlankGlyph, Font, Picture, Shape, shape_of
from gaiji_hub.glyphs.trace import dots_of, trace
from gaiji_hub.moji.candidate import Band
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font

SCORES = (0.80, 0.84, 0.86, 0.88, 0.90, 0.92)
MARGINS = (0.16, 0.18, 0.20, 0.22, 0.24, 0.26, 0.28, 0.30)
RESIDUALS = (0.004, 0.005, 0.006, 0.007, 0.008, 0.010, 0.012, 0.015)
ALLOWED = 1 / 10_000


class Asked(NamedTuple):
    """One query's evidence; `right` is whether the first candidate has the true base."""

    score: float
    margin: float
    residual: float
    right: bool


def pictures(font: Path, codes: Sequence[int]) -> Iterator[tuple[int, Picture]]:
    """Each code twice: the outline itself, and traced from a 64-dot cell."""
    face = Font(font)
    for code in codes:
        shape = face.shape(face.index_at(code))
        try:
            yield code, picture_of(shape)
            yield code, picture_of(traced(shape, face.units_per_em))
        except BlankGlyph:
            continue


def traced(shape: Shape, units_per_em: int) -> Shape:
    return shape_of(trace(dots_of(shape, units_per_em)))


def ask(matcher: Matcher, ranked: Ranked, bases: NDArray[np.int64], absent: int | None, true: int) -> Asked:
    """The evidence of one answer, with the base `absent` left out when it is given."""
    kept = np.flatnonzero(bases[ranked.rows] != (absent if absent is not None else -1))
    rest = Ranked(ranked.rows[kept], ranked.scores[kept], ranked.features)
    first = bases[rest.rows[0]]
    others = rest.scores[bases[rest.rows] != first]
    margin = float(rest.scores[0] - others[0]) if len(others) else 0.0
    return Asked(float(rest.scores[0]), margin, matcher.residual(rest), bool(first == true))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", nargs="+", type=Path, metavar="FONT")
    parser.add_argument("--sample", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    settings = Settings.from_env()
    standard = find_standard_font(settings.cache, settings.sources, settings.offline, print)
    matcher, tables = Matcher(open_gallery(standard, settings.cache, print)), Tables.load()
    bases = np.array([base_of(tables, glyph, row) for row, glyph in enumerate(matcher.gallery.glyphs)])
    present: list[Asked] = []
    absent: list[Asked] = []
    for font in args.fonts:
        codes = chosen(font, set(bases.tolist()), args.sample, args.seed)
        before = len(present)
        for batch in batches(pictures(font, codes)):
            for (code, _), ranked in zip(batch, matcher.match([picture for _, picture in batch]), strict=True):
                present.append(ask(matcher, ranked, bases, None, code))
                absent.append(ask(matcher, ranked, bases, code, code))
        outsiders = chosen(font, others(bases), args.sample, args.seed)
        lost = [
            code
            for batch in batches(pictures(font, outsiders))
            for (code, _), ranked in zip(batch, matcher.match([picture for _, picture in batch]), strict=True)
            if band_of(Evidence(*ask(matcher, ranked, bases, None, code)[:3])) is Band.PROPOSE
        ]
        print(f"{font.name}: in no table {len(outsiders)}, proposed {[f'U+{code:04X}' for code in lost]}")
        right = np.mean([asked.right for asked in present[before:]]) * 100
        print(f"{font.name}: {len(present) - before} queries, right base first {right:.2f} %")
    report(np.array(present), np.array(absent))


def base_of(tables: Tables, glyph: GlyphId, row: int) -> int:
    character = tables.character(glyph)
    return int(character.ucs_base[2:], 16) if character and character.ucs_base else -2 - row


def others(bases: NDArray[np.int64]) -> set[int]:
    """Ideographs, compatibility ideographs and the private codes of the plane 0 that are no base of the tables."""
    blocks = (range(0x3400, 0xA000), range(0xE000, 0xFB00), range(0x20000, 0x32400))
    return {code for block in blocks for code in block} - set(bases.tolist())


def chosen(font: Path, known: set[int], sample: int, seed: int) -> list[int]:
    face = Font(font)
    covered = [code for code in sorted(known) if code >= 0x3400 and face.index_at(code)]
    count = min(sample, len(covered))
    return sorted(np.random.default_rng(seed).choice(covered, count, replace=False).tolist())


def batches(queries: Iterator[tuple[int, Picture]]) -> Iterator[list[tuple[int, Picture]]]:
    while batch := list(itertools.islice(queries, 64)):
        yield batch


def report(present: NDArray[np.float64], absent: NDArray[np.float64]) -> None:
    print(
        f"present {len(present)}, absent {len(absent)}; score ≥, margin ≥, residual ≤ → coverage, wrong when "
        "present, wrong when absent"
    )
    rows = []
    for score, margin, residual in itertools.product(SCORES, MARGINS, RESIDUALS):
        yes, no = (
            (asked[:, 0] >= score) & (asked[:, 1] >= margin) & (asked[:, 2] <= residual) for asked in (present, absent)
        )
        rows.append(
            (int(no.sum()), float(yes.mean()), score, margin, residual, int((yes & (present[:, 3] == 0)).sum()))
        )
    for limit in (0, 1, 2, 4, 8, 16, 32, 64):
        best = max((row for row in rows if row[0] <= limit), key=lambda row: row[1], default=None)
        if best:
            print(f"  {best[2]:.2f} {best[3]:.2f} {best[4]:.3f} → {best[1] * 100:5.2f} %  {best[5]}  {best[0]}")
    allowed = [row for row in rows if row[0] <= ALLOWED * len(absent)]
    if allowed:
        best = max(allowed, key=lambda row: row[1])
        print(f"propose: score={best[2]} margin={best[3]} residual={best[4]} coverage={best[1] * 100:.2f} %")
    print(f"outside: score < {np.quantile(present[:, 0], 0.001):.2f} (1 in 1,000 present queries lies below)")


if __name__ == "__main__":
    main()
