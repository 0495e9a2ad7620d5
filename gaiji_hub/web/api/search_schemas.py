"""What the search for characters is asked and answers."""

from __future__ import annotations

import msgspec

from gaiji_hub.web.api.schemas import CharacterText, Out


class CharacterSearch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """検索語 as in docs/search.md, and which part of the list is wanted."""

    query: str
    offset: int = 0
    limit: int = 50


class FoundCharacter(Out):
    """A glyph that satisfies every condition; `why` says how, in the order of the conditions."""

    glyph: str
    kind: str
    text: CharacterText | None
    strokes: int | None
    kanji_shisaku: str | None
    koseki_number: str | None
    juki_code: str | None
    readings: list[str]
    radicals: list[str]
    why: list[str]


class FoundCharacters(Out):
    """Part of a list: `items` from `offset` on, of `total`. `advice` says what to loosen where nothing is found."""

    total: int
    offset: int
    limit: int
    items: list[FoundCharacter]
    advice: str
    editions: dict[str, str]
