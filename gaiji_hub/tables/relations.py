"""Relations between characters and the history of glyphs: IDS, variants, 入管正字, 康熙字典体, change log.

They hold for a character (code point), not for one glyph of its family. Tables that this machine has not built
(`redistributable = false`) are named by `missing`; asking them answers nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.reader import TableFile
from gaiji_hub.tables.sorted_lines import SortedLines

# What `gaiji-hub tables install` builds for this module.
INSTALLED_LOCALLY = ("ids", "ids_comment", "variant", "variant_relation")
NYUKAN_KINDS = {"異体字": "入管正字（異体字）", "類字": "入管正字（類字）"}


@dataclass(frozen=True)
class Ids:
    """One way a character is built: `ids` as text, `sources` the letters of the regions that write it so."""

    ids: str
    sources: str


@dataclass(frozen=True)
class Variant:
    """`text` is what `title` says to the character asked for; `relation` the publisher's name, ` ←` seen backwards."""

    relation: str
    title: str
    text: str
    comment: str


@dataclass(frozen=True)
class Nyukan:
    """A row of 告示582号別表第四: `code` and `text` of the other character; text None where only the code exists.

    `seiji` tells whether the other character is the 正字 of the one asked for, or is written as it.
    """

    title: str
    seiji: bool
    code: str
    text: str | None
    rank: int


class Relations:
    """Look-ups by code point in the tables of `files` that exist; each is read on first use."""

    def __init__(self, files: Mapping[str, TableFile]) -> None:
        self._files = files

    @property
    def missing(self) -> tuple[str, ...]:
        """The tables of `INSTALLED_LOCALLY` that are not on this machine."""
        return tuple(name for name in INSTALLED_LOCALLY if name not in self._files)

    def changes(self, glyph: GlyphId) -> tuple[str, ...]:
        """更新履歴 of a glyph as published, oldest edition first."""
        return tuple(self._changes.rests(glyph))

    def ids(self, character: str) -> tuple[Ids, ...]:
        rows = (line.split("\t") for line in self._ids.rests(format_ucs(character)))
        return tuple(Ids(text_of(cell), sources) for sources, cell in rows)

    def ids_comments(self, character: str) -> tuple[str, ...]:
        return tuple(self._ids_comments.rests(format_ucs(character)))

    def variants(self, character: str) -> tuple[Variant, ...]:
        """Every relation the character has, as subject or as object, by relation and character."""
        key = format_ucs(character)
        forward = (self._variant(line, 0, "") for line in self._variants.rests(key))
        backward = (self._variant(line, 1, " ←") for line in self._reversed.rests(key))
        return tuple(sorted(dict.fromkeys((*forward, *backward)), key=lambda v: (v.relation, v.text)))

    def kangxi(self, character: str) -> tuple[str, ...]:
        """The 康熙字典体 that 常用漢字表 sets beside a character."""
        return tuple(map(text_of, self._kangxi.rests(format_ucs(character))))

    def nyukan(self, character: str) -> tuple[Nyukan, ...]:
        """What 入管 writes for a character (by rank), and what it writes as this character."""
        key = format_ucs(character)
        forward = (_nyukan(line, seiji=True) for line in self._nyukan.rests(key))
        backward = (_nyukan(line, seiji=False) for line in self._nyukan_reversed.rests(key))
        return (*forward, *backward)

    def nyukan_code(self, code: str) -> tuple[Nyukan, ...]:
        """The 正字 of a code of the notice that has no code point (入管外字), `"0xE400"`."""
        return tuple(_nyukan(line, seiji=True) for line in self._nyukan.rests(code.lower().removeprefix("0x")))

    def _variant(self, line: str, side: int, mark: str) -> Variant:
        relation, other, comment = line.split("\t")
        names = self._names.get(relation, (relation, ""))
        title = names[side] or f"{names[0]}（もとの字）"
        return Variant(relation + mark, title, text_of(other), comment)

    # -- tables ---------------------------------------------------------------------------------------------

    def _lines(self, name: str) -> list[str]:
        return self._files[name].lines() if name in self._files else []

    @cached_property
    def _changes(self) -> SortedLines:
        return SortedLines(self._lines("mj_change"))

    @cached_property
    def _ids(self) -> SortedLines:
        return SortedLines(self._lines("ids"))

    @cached_property
    def _ids_comments(self) -> SortedLines:
        return SortedLines(self._lines("ids_comment"))

    @cached_property
    def _names(self) -> dict[str, tuple[str, str]]:
        rows = (line.split("\t") for line in self._lines("variant_relation"))
        return {relation: (name or reverse or relation, reverse_name) for relation, name, reverse, reverse_name in rows}

    @cached_property
    def _variants(self) -> SortedLines:
        return SortedLines(self._lines("variant"))

    @cached_property
    def _reversed(self) -> SortedLines:
        rows = (line.split("\t") for line in self._lines("variant"))
        return SortedLines(sorted(f"{other}\t{relation}\t{own}\t{comment}" for own, relation, other, comment in rows))

    @cached_property
    def _kangxi(self) -> SortedLines:
        return SortedLines(self._lines("joyo_kangxi"))

    @cached_property
    def _nyukan(self) -> SortedLines:
        """By code point, or by the notice's own code where there is none: the other side."""
        rows = (line.split("\t") for line in self._lines("nyukan"))
        return SortedLines(
            sorted(
                f"{ucs or code}\t{kind}\t{rank}\t{other}\t{other_ucs}"
                for code, ucs, kind, rank, other, other_ucs in rows
            )
        )

    @cached_property
    def _nyukan_reversed(self) -> SortedLines:
        rows = (line.split("\t") for line in self._lines("nyukan"))
        return SortedLines(
            sorted(
                f"{other_ucs}\t{kind}\t{rank}\t{code}\t{ucs}"
                for code, ucs, kind, rank, _, other_ucs in rows
                if other_ucs
            )
        )


def text_of(cell: str) -> str:
    """`U+9089 U+E0102` of our own tables → text."""
    return "".join(chr(int(part[2:], 16)) for part in cell.split())


def _nyukan(line: str, *, seiji: bool) -> Nyukan:
    kind, rank, code, ucs = line.split("\t")
    return Nyukan(NYUKAN_KINDS.get(kind, kind), seiji, f"0x{code.upper()}", text_of(ucs) or None, int(rank))
