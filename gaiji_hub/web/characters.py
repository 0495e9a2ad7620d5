"""文字: what the tables know of a glyph, in the form the API publishes and the pages show."""

from __future__ import annotations

import msgspec

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.describe import describe
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.api.schemas import Character, CharacterAnswer, CharacterText


def text_of(text: str | None) -> CharacterText | None:
    return CharacterText(text=text, ucs=format_ucs(text)) if text else None


def character_of(tables: Tables, glyph: GlyphId) -> Character | None:
    """Everything known of a glyph id, or None when no table has it."""
    facts = describe(tables, glyph)
    return None if facts is None else msgspec.convert(facts, Character)


def answer_key(tables: Tables, key: str) -> CharacterAnswer:
    """All glyphs a key names; an unknown key stays visibly unknown."""
    found = [character_of(tables, glyph) for glyph in tables.find(key)]
    characters = [character for character in found if character is not None]
    return CharacterAnswer(key=key, found=bool(characters), characters=characters)
