"""候補 as the page shows them: by base, each with shape, numbers and what it would shrink to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gaiji_hub.moji.candidate import Candidate, group_by_base
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.api.character_schemas import Character
from gaiji_hub.web.characters import character_of
from gaiji_hub.web.standard_shapes import StandardShapes


@dataclass(frozen=True)
class ShrinkView:
    """One 縮退先: its text, the glyph that draws it (None: not in the font) and the map's tables that name it."""

    text: str
    glyph: GlyphId | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class CandidateView:
    """`rank` counts over all bases, 1 the best."""

    rank: int
    candidate: Candidate
    character: Character
    shrink: tuple[ShrinkView, ...]


@dataclass(frozen=True)
class FamilyView:
    """`size` is how many glyphs the base has in all, candidates or not."""

    ucs: str | None
    size: int
    candidates: tuple[CandidateView, ...]


def families_of(tables: Tables, shapes: StandardShapes, candidates: Sequence[Candidate]) -> list[FamilyView]:
    """Candidates by base, best base first; a glyph the tables no longer have is left to the caller's gallery."""
    ranks = {candidate.glyph: rank for rank, candidate in enumerate(candidates, 1)}
    return [
        FamilyView(
            ucs=family.ucs,
            size=len(tables.by_ucs(int(family.ucs[2:], 16))) if family.ucs else 1,
            candidates=tuple(_view(tables, shapes, ranks[one.glyph], one) for one in family.candidates),
        )
        for family in group_by_base(candidates)
    ]


def _view(tables: Tables, shapes: StandardShapes, rank: int, candidate: Candidate) -> CandidateView:
    character = character_of(tables, candidate.glyph) or Character(
        glyph=candidate.glyph, kind="unknown", text=candidate.text, editions={}
    )
    return CandidateView(rank, candidate, character, shrink_views(tables, shapes, character))


def shrink_views(tables: Tables, shapes: StandardShapes, character: Character) -> tuple[ShrinkView, ...]:
    """縮退候補 joined by target, in the map's order."""
    joined: dict[str, list[str]] = {}
    for found in character.shrink:
        rank = f"（順位 {found.rank}）" if found.rank is not None else ""
        hops = f"（ホップ {found.hops}）" if found.hops is not None else ""
        joined.setdefault(found.text, []).append(found.title + rank + hops)
    return tuple(ShrinkView(text, _drawn(tables, shapes, text), tuple(sources)) for text, sources in joined.items())


def _drawn(tables: Tables, shapes: StandardShapes, text: str) -> GlyphId | None:
    glyph = tables.by_text(text)
    return glyph if glyph and shapes.has(glyph) else None
