"""文字: what the tables know of a glyph, in the form the API publishes and the pages show."""

from __future__ import annotations

import msgspec

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.describe import describe, describe_fully
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.search.run import Hit, Results
from gaiji_hub.web.api.character_schemas import Character, CharacterAnswer
from gaiji_hub.web.api.schemas import CharacterText
from gaiji_hub.web.api.search_schemas import FoundCharacter, FoundCharacters


def text_of(text: str | None) -> CharacterText | None:
    return CharacterText(text=text, ucs=format_ucs(text)) if text else None


def character_of(tables: Tables, glyph: GlyphId, *, fully: bool = False) -> Character | None:
    """What is known of a glyph id, with `fully` its relations and history too; None when no table has it."""
    facts = describe_fully(tables, glyph) if fully else describe(tables, glyph)
    return None if facts is None else msgspec.convert(facts, Character)


def answer_key(tables: Tables, key: str, *, fully: bool = False) -> CharacterAnswer:
    """All glyphs a key names; an unknown key stays visibly unknown."""
    found = [character_of(tables, glyph, fully=fully) for glyph in tables.find(key)]
    characters = [character for character in found if character is not None]
    return CharacterAnswer(key=key, found=bool(characters), characters=characters)


def found_characters(results: Results) -> FoundCharacters:
    """A page of search results in the published form."""
    return FoundCharacters(
        total=results.total,
        offset=results.offset,
        limit=results.limit,
        items=[_found(hit) for hit in results.hits],
        advice=results.advice,
        editions=results.editions,
    )


def _found(hit: Hit) -> FoundCharacter:
    shown = hit.shown
    return FoundCharacter(
        glyph=shown.glyph,
        kind=shown.kind,
        text=text_of(shown.text),
        strokes=shown.strokes,
        kanji_shisaku=shown.policy,
        koseki_number=shown.koseki_number,
        juki_code=shown.juki_code,
        readings=list(shown.readings),
        radicals=list(shown.radicals),
        why=list(hit.why),
    )
