"""比較キー: the same person under an old code and under the new one.

A key says of every character of a text which glyph it is, following what became of that glyph: superseded, merged into
another, named by the hub and later encoded. It is made from text, never written in its place, and folds nothing else:
two glyphs that look alike have two keys. A character that no table knows is its own code point, so a private code that
nobody has identified is equal only to itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs, split


class SuccessionLoop(BadInput):
    code = "succession_loop"
    template = "{glyph} の引き継ぎ先をたどると {glyph} に戻ります。表のどれかの行が誤っています"


class TwoSuccessors(BadInput):
    code = "two_successors"
    template = "{glyph} の引き継ぎ先が2つあります: {first}・{second}"


@dataclass(frozen=True)
class Successors:
    """Glyph → the glyph that took its place. Chains are followed to their end."""

    direct: Mapping[GlyphId, GlyphId] = field(default_factory=dict)

    @staticmethod
    def of(pairs: Iterable[tuple[GlyphId, GlyphId]]) -> Successors:
        """From (old, new) of any number of sources; `TwoSuccessors`, `SuccessionLoop`. Equal pairs are passed over."""
        direct: dict[GlyphId, GlyphId] = {}
        for old, new in pairs:
            if old != new and direct.setdefault(old, new) != new:
                raise TwoSuccessors(glyph=old, first=direct[old], second=new)
        made = Successors(direct)
        for glyph in direct:
            made.last(glyph)
        return made

    def last(self, glyph: GlyphId) -> GlyphId:
        """What a glyph is now."""
        seen = {glyph}
        while (following := self.direct.get(glyph)) is not None:
            if following in seen:
                raise SuccessionLoop(glyph=following)
            seen.add(following)
            glyph = following
        return glyph


@dataclass(frozen=True)
class Forms:
    """What the characters of a text mean where it was written: `by_text` of one edition and one town's release.

    A private code means another glyph in the next town and in the next edition, so a text is only ever read with the
    forms of its own.
    """

    by_text: Mapping[str, GlyphId]
    successors: Successors = field(default_factory=Successors)

    def key(self, text: str) -> str:
        """The comparison key: a glyph id or code points for each character, separated by `;`."""
        return ";".join(map(self._of, split(text)))

    def _of(self, character: str) -> str:
        glyph = self.by_text.get(character)
        return format_ucs(character) if glyph is None else self.successors.last(glyph)


def glyph_key(glyph: GlyphId, successors: Successors) -> str:
    """The key of a text of one character that is `glyph`."""
    return successors.last(glyph)
