"""Codes as numbers, so that a range of them can be asked for."""

from __future__ import annotations

from collections.abc import Iterator

from gaiji_hub.tables.character import MjCharacter


def codes_of(character: MjCharacter) -> Iterator[tuple[str, int]]:
    """(kind of `terms.CODES`, value) of every code of a glyph; a 大漢和 number with a prime (`25′`) has none."""
    if character.ucs:
        yield "ucs", ord(character.ucs)
    if character.text and character.text[0] != character.ucs:
        yield "ucs", ord(character.text[0])
    yield "mj", int(character.glyph[2:])
    for kind, code in (("koseki", character.koseki_number), ("toki", character.toki_number)):
        if code:
            yield kind, int(code)
    if character.juki_code:
        yield "juki", int(character.juki_code.removeprefix("J+"), 16)
    for code in (character.nyukan_seiji, character.nyukan_gaiji):
        if code:
            yield "nyukan", int(code, 16)
    number = (character.daikanwa or "").removeprefix("補")
    if number.isdigit():
        yield ("daikanwa" if number == character.daikanwa else "daikanwa_supplement"), int(number)
