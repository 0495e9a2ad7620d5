"""候補: what identification says about a shape — ranked standard glyphs, and how far they may be believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gaiji_hub.moji.glyph_id import GlyphId


class Band(StrEnum):
    """`propose`: the base of the first candidate may be offered as the answer (a person picks the variant).
    `review`: look through the candidates. `outside`: none is near; probably not in the standard.
    """

    PROPOSE = "propose"
    REVIEW = "review"
    OUTSIDE = "outside"

    @property
    def label(self) -> str:
        """The Japanese word on screens and in tables."""
        return {Band.PROPOSE: "提案", Band.REVIEW: "要確認", Band.OUTSIDE: "該当候補なし"}[self]


@dataclass(frozen=True)
class Candidate:
    """A standard glyph; `text` is its canonical text or None, `ucs` its base (`U+9089`) or None, score 0–1."""

    glyph: GlyphId
    text: str | None
    ucs: str | None
    score: float


@dataclass(frozen=True)
class Identified:
    """The answer to one query: `query` is the caller's name for it (`U+E000`).

    `gallery` is the hash of what answered: index, thresholds and table editions; `edition` names those tables.

    `candidates` best first. An unreadable query has `error` (a Japanese sentence), no band and no candidates.
    `ms` is wall time, shared out evenly when several queries were answered at once.
    """

    query: str
    band: Band | None
    gallery: str
    candidates: tuple[Candidate, ...]
    ms: float
    error: str | None = None
    edition: str = ""


@dataclass(frozen=True)
class Family:
    """The candidates of one base, best first. `ucs` is None for a glyph that belongs to no code point."""

    ucs: str | None
    candidates: tuple[Candidate, ...]


def group_by_base(candidates: Sequence[Candidate]) -> tuple[Family, ...]:
    """The candidates by UCS base, in the order of each base's best; a glyph without a base stands alone."""
    groups: dict[str, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.ucs or candidate.glyph, []).append(candidate)
    return tuple(Family(group[0].ucs, tuple(group)) for group in groups.values())
