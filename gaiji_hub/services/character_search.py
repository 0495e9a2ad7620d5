"""登録前の検索: what already exists for a shape, looked up before a new character or code is asked for.

The standard set (the candidates of identification), the very same outline, alike outlines, and the same reading or
title among the hub characters the town sees. `Found.hash` is what the clerk's screen showed; a request carries it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.candidate import Candidate
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.hub_character import HubCharacter, parse_readings
from gaiji_hub.moji.outline import Outline
from gaiji_hub.services.candidates import candidates_of
from gaiji_hub.services.characters import find_character, list_characters, visible_outlines
from gaiji_hub.services.decisions import find_gaiji
from gaiji_hub.services.municipalities import locate
from gaiji_hub.store import models as rows
from gaiji_hub.workbench.similar import similarities

MOST_STANDARD, MOST_ALIKE, MOST_NAMED = 8, 10, 20
ALIKE = 0.85  # below it lie pairs of different characters of one typeface (600 of IPAmj: the closest pair 0.87)


class NoSource(BadInput):
    code = "no_shape_source"
    template = "字形は、業務システムの外字（業務システムとコード）か、ハブの文字（GH…）のどちらか一方で指定してください"


class NotIdentifiedYet(Conflict):
    code = "not_identified_yet"
    template = (
        "外字 {local_code} の標準文字の候補がまだ計算されていないため、標準文字にないことを確かめられません。"
        "候補の計算（gaiji-hub candidates）のあとで申請してください"
    )


@dataclass(frozen=True)
class Source:
    """Where the shape comes from: a gaiji of one of the town's systems, or a hub character the town sees."""

    system: str = ""
    local_code: str = ""
    character: str = ""


@dataclass(frozen=True)
class Alike:
    character: HubCharacter
    score: float


@dataclass(frozen=True)
class Found:
    """What there is. `gallery` answered about the standard set ("": the shape is a hub character's, none was asked).

    `alike` and `named` leave out what is in the lists before them.
    """

    source: Source
    shape: str
    gallery: str
    standard: tuple[Candidate, ...]
    identical: tuple[HubCharacter, ...]
    alike: tuple[Alike, ...]
    named: tuple[HubCharacter, ...]

    def to_record(self) -> dict[str, object]:
        """What is kept with a request: ids and scores."""
        return {
            "gallery": self.gallery,
            "standard": [[candidate.glyph, candidate.score] for candidate in self.standard],
            "identical": [character.id for character in self.identical],
            "alike": [[one.character.id, one.score] for one in self.alike],
            "named": [character.id for character in self.named],
        }

    @property
    def hash(self) -> str:
        """What the screen showed, as one value."""
        return hashlib.sha256(canonical({"shape": self.shape, **self.to_record()})).hexdigest()


def search_characters(session: Session, lg_code: str, source: Source, title: str = "", readings: str = "") -> Found:
    """Look for what already stands for the shape of `source`, or has the same title or one of the `readings`.

    Drawing shapes that were never compared before takes 0.7 ms each: not inside a writing session.
    """
    shape, gallery, standard = _shape_of(session, lg_code, source)
    outlines = visible_outlines(session, lg_code)
    identical = tuple(character for character in outlines if character.shape == shape)
    known = {character.id for character in identical}
    alike = _alike(session, shape, {c: data for c, data in outlines.items() if c.id not in known})
    known |= {one.character.id for one in alike}
    named = _named(session, lg_code, title, readings)
    return Found(
        source=source,
        shape=shape,
        gallery=gallery,
        standard=standard[:MOST_STANDARD],
        identical=identical,
        alike=alike,
        named=tuple(character for character in named if character.id not in known)[:MOST_NAMED],
    )


def _shape_of(session: Session, lg_code: str, source: Source) -> tuple[str, str, tuple[Candidate, ...]]:
    if bool(source.character) == bool(source.system or source.local_code):
        raise NoSource
    if source.character:
        return find_character(session, lg_code, source.character).shape, "", ()
    gaiji = find_gaiji(session, locate(session, lg_code, source.system), source.local_code)
    answer = candidates_of(session, lg_code, source.system, gaiji.shape)
    if answer is None:
        raise NotIdentifiedYet(local_code=gaiji.local_code)
    return gaiji.shape, answer.gallery, answer.candidates


def _alike(session: Session, shape: str, others: dict[HubCharacter, bytes]) -> tuple[Alike, ...]:
    outline = session.scalars(select(rows.Shape.outline).where(rows.Shape.hash == shape)).one()
    if Outline.from_bytes(outline).blank:
        return ()
    by_id: dict[str, HubCharacter] = {character.id: character for character in others}
    scores = similarities(outline, {character.id: data for character, data in others.items()})
    best = sorted(((-score, glyph) for glyph, score in scores.items() if score >= ALIKE))[:MOST_ALIKE]
    return tuple(Alike(by_id[glyph], -score) for score, glyph in best)


def _named(session: Session, lg_code: str, title: str, readings: str) -> tuple[HubCharacter, ...]:
    words = [*([title.strip()] if title.strip() else []), *parse_readings(readings)]
    found: dict[str, HubCharacter] = {}
    for word in words:
        for character in list_characters(session, lg_code, word, 0, MOST_NAMED)[1]:
            found.setdefault(character.id, character)
    return tuple(found.values())
