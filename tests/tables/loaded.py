"""The committed tables, read once for all tests of this package."""

from functools import cache

from gaiji_hub.tables.character import MjCharacter
from gaiji_hub.tables.lookup import Tables

TABLES = Tables.load()


@cache
def characters() -> tuple[MjCharacter, ...]:
    """Every character of both lists, in the order of their ids."""
    return tuple(character for glyph in TABLES.glyphs() if (character := TABLES.character(glyph)))
