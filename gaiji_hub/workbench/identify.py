"""同定: outlines in, ranked standard glyphs with their texts out. No database, no hostile bytes.

Hostile fonts are read by `fontbuild.intake` in a limited child process; what arrives here are outline values.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import astuple, replace
from pathlib import Path

from gaiji_hub.glyphs.band import CALIBRATED, Evidence, Thresholds, band_of
from gaiji_hub.glyphs.index import Say, open_gallery
from gaiji_hub.glyphs.match import Matcher, Ranked
from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.raster import BlankGlyph, Picture, shape_of
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.compatibility import compatibility_ideographs
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.tables.lookup import Tables

_SCORE_DIGITS = 4
# The tables that say what a glyph's text and base are.
_TABLES = ("hentaigana", "mj")
_BOX = ((100, 100, True), (100, 900, True), (900, 900, True), (900, 100, True))
# Any shape: the first query would otherwise pay for reading tables, libraries and the index from disk.
_WARM_UP = Outline((_BOX,), 1000, 1000)


class Identifier:
    """The standard font's gallery and the tables that say what its glyphs mean. Threads may share one.

    `edition` names the tables; `gallery` is the hash of everything an answer depends on (glyphs and engine,
    thresholds of the bands, editions of the tables, bases never proposed): when one of them
    changes, every shape is asked again.
    """

    def __init__(self, matcher: Matcher, tables: Tables) -> None:
        self._matcher = matcher
        self._tables = tables
        self.edition = " ".join(f"{name}={tables.edition[name]}" for name in _TABLES)
        self._ambiguous = ambiguous_bases(tables)
        self.gallery = gallery_key(matcher.gallery.hash, CALIBRATED, self.edition, self._ambiguous)

    @staticmethod
    def open(font: Path, cache: Path, tables: Tables, say: Say) -> Identifier:
        """Load the index of `font` (the standard font) from `cache`, building it there the first time.

        One query is answered here, so that the `ms` of the next is what a query costs.
        """
        identifier = Identifier(Matcher(open_gallery(font, cache, say)), tables)
        identifier.identify([_WARM_UP])
        return identifier

    def identify(self, outlines: Sequence[Outline], limit: int = 20, queries: Sequence[str] = ()) -> list[Identified]:
        """An answer per outline, in order, each with up to `limit` candidates.

        `queries` names the outlines in the answers (`U+E000`); a blank outline is answered with an error.
        """
        start = time.perf_counter()
        names = list(queries) or [""] * len(outlines)
        pictures = [_picture(outline) for outline in outlines]
        ranked = iter(self._matcher.match([picture for picture in pictures if picture is not None]))
        answers = [
            self._unreadable(name) if picture is None else self._answer(name, next(ranked), limit)
            for name, picture in zip(names, pictures, strict=True)
        ]
        return _timed(answers, (time.perf_counter() - start) * 1000)

    def _answer(self, query: str, ranked: Ranked, limit: int) -> Identified:
        evidence = Evidence(float(ranked.scores[0]), self._margin(ranked), self._matcher.residual(ranked))
        pairs = zip(ranked.rows[:limit].tolist(), ranked.scores[:limit].tolist(), strict=True)
        candidates = tuple(self._candidate(row, score) for row, score in pairs)
        return Identified(query, self._band(ranked, evidence), self.gallery, candidates, 0.0, edition=self.edition)

    def _band(self, ranked: Ranked, evidence: Evidence) -> Band:
        """The band of the evidence; no proposal where another character may have the very same shape."""
        band = band_of(evidence)
        if band is Band.PROPOSE and self._base(int(ranked.rows[0])) in self._ambiguous:
            return Band.REVIEW
        return band

    def _margin(self, ranked: Ranked) -> float:
        """The lead of the best glyph over the best one of any other base."""
        first = self._base(int(ranked.rows[0]))
        for row, score in zip(ranked.rows[1:].tolist(), ranked.scores[1:].tolist(), strict=True):
            if self._base(row) != first:
                return float(ranked.scores[0]) - float(score)
        return 0.0

    def _base(self, row: int) -> str:
        """The UCS base of a gallery row; a glyph without one is a base of its own."""
        glyph = self._matcher.gallery.glyphs[row]
        return self._ucs(glyph) or glyph

    def _ucs(self, glyph: GlyphId) -> str | None:
        character = self._tables.character(glyph)
        return character.ucs_base if character else None

    def _candidate(self, row: int, score: float) -> Candidate:
        glyph = self._matcher.gallery.glyphs[row]
        character = self._tables.character(glyph)
        text, ucs = (character.text, character.ucs_base) if character else (None, None)
        return Candidate(glyph, text, ucs, round(score, _SCORE_DIGITS))

    def _unreadable(self, query: str) -> Identified:
        return Identified(query, None, self.gallery, (), 0.0, str(BlankGlyph()), self.edition)


def ambiguous_bases(tables: Tables) -> frozenset[str]:
    """Bases (`U+907C`) that a compatibility ideograph of no MJ glyph decomposes to: fonts draw the two alike.

    A base whose compatibility ideographs all have an MJ glyph is not among them: each is one of its variants.
    """
    pairs = compatibility_ideographs()
    return frozenset(f"U+{original:04X}" for ideograph, original in pairs if not tables.by_ucs(ideograph))


def gallery_key(index: str, thresholds: Thresholds, edition: str, ambiguous: frozenset[str]) -> str:
    """SHA-256 (hex) over what an answer depends on: index, thresholds of the bands, tables, bases never proposed."""
    parts = (index, *astuple(thresholds), edition, sorted(ambiguous))
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _picture(outline: Outline) -> Picture | None:
    try:
        return picture_of(shape_of(outline))
    except BlankGlyph:
        return None


def _timed(answers: list[Identified], milliseconds: float) -> list[Identified]:
    each = round(milliseconds / max(len(answers), 1), 2)
    return [replace(answer, ms=each) for answer in answers]
