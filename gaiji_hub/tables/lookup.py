"""Look-up in the built tables: read once, verified against their MANIFEST, kept in memory, never written.

Every table is read on first use. Canonical text and folding are those of docs/text.md: nothing is normalised,
a form that is not registered stays as it is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import BadUcs, parse_ucs, split
from gaiji_hub.tables.character import IvdEntry, MjCharacter, Radical, ShrinkCandidate
from gaiji_hub.tables.keys import PREFIXES, split_key
from gaiji_hub.tables.parse_shrink import SHRINK_TABLES
from gaiji_hub.tables.plus import PlusEditions
from gaiji_hub.tables.reader import WITHOUT_TEXT, TableFile, read_manifests
from gaiji_hub.tables.relations import Relations
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.sorted_lines import SortedLines
from gaiji_hub.tables.systems.lookup import Systems

# The first five columns of mj.tsv: glyph, ucs, implemented_ucs, ivs, svs.
_FORMS = 5
_MERGED = re.compile(r"(MJ[0-9]{6})へ統合")
_CODE_COLUMNS = ("koseki_number", "juki_code", "nyukan_seiji", "nyukan_gaiji", "x0213", "x0212", "toki_number")
_UCS_COLUMNS = ("ucs", "implemented_ucs", "ivs", "svs", "compat_ucs")


class _Withdrawn(TypedDict):
    same_shape: GlyphId | None
    superseded_by: GlyphId | None


class Tables:
    """The reference tables of one data root. Thread-safe for reading: a table may at worst be read twice."""

    def __init__(
        self, files: dict[str, TableFile], local: frozenset[str] = frozenset(), folder: Path | None = None
    ) -> None:
        self._files = files
        self._local = local
        self._folder = folder
        self._shrink_texts: dict[GlyphId, tuple[str, ...]] = {}  # at most one entry for a glyph of the tables

    @staticmethod
    def load(root: Path | None = None, local: Path | None = None) -> Tables:
        """The tables below `root` (default: the installed ones); `TableDamaged` when a MANIFEST is not readable.

        `local` is where `gaiji-hub tables install` puts what may not be committed; any of it may be missing.
        """
        root = data_root() if root is None else root
        committed = read_manifests(root)
        files = read_manifests(root, local) if local else committed
        return Tables(files, frozenset(files.keys() - committed.keys()), local)

    @property
    def files(self) -> dict[str, TableFile]:
        """The tables by name, for what is built from them (the search index)."""
        return dict(self._files)

    @cached_property
    def plus(self) -> PlusEditions:
        """The MJ+ editions that are imported on this machine."""
        return PlusEditions(self._folder)

    @cached_property
    def systems(self) -> Systems:
        """The code systems whose tables are here."""
        return Systems(self._files)

    @cached_property
    def relations(self) -> Relations:
        """IDS, variants, 入管正字 and the change log, by character."""
        return Relations(self._files)

    @property
    def edition(self) -> dict[str, str]:
        """Table name → `version@` first 12 digits of its SHA-256: stamp this on every result.

        The committed tables, so that a decision bears the same stamp whatever else a machine has installed.
        """
        return {name: edition for name, edition in self.all_editions.items() if name not in self._local}

    @property
    def all_editions(self) -> dict[str, str]:
        """`edition`, and the tables that were built on this machine."""
        return {name: self._files[name].edition for name in sorted(self._files)}

    def character(self, glyph: GlyphId) -> MjCharacter | None:
        """Everything the MJ list (漢字 or 変体仮名) says of a glyph, or None when it is in neither."""
        if glyph in self._kanji:
            return self._parse_kanji(glyph)
        return self._hentaigana.get(glyph)

    def glyphs(self) -> tuple[GlyphId, ...]:
        """Every glyph id of both lists, ascending."""
        return tuple(sorted((*self._kanji, *self._hentaigana)))

    def kanji(self) -> tuple[GlyphId, ...]:
        """The 58,862 glyph ids of MJ文字情報一覧表, ascending, without the 変体仮名."""
        return tuple(sorted(self._kanji))

    def by_ucs(self, code_point: int) -> tuple[GlyphId, ...]:
        """The glyphs of a base character, ascending; for a compatibility ideograph those that correspond to it."""
        return self._families.get(chr(code_point), ())

    def by_text(self, text: str) -> GlyphId | None:
        """The glyph of one character in any registered form, or None."""
        return self._by_text.get(text)

    def fold(self, text: str) -> str:
        """`text` with every registered form replaced by its canonical one; all else stays as it is."""
        folds = self._folds
        return "".join(folds.get(character, character) for character in split(text))

    def readings(self, glyph: GlyphId) -> tuple[str, ...]:
        """Readings in the publisher's order (hentaigana: the kana they stand for)."""
        numbered = sorted(map(_numbered, self._reading_lines.rests(glyph)))
        return tuple(reading for _, reading in numbered) or tuple(self._phonetic_lines.rests(glyph))

    def radicals(self, glyph: GlyphId) -> tuple[Radical, ...]:
        return tuple(
            Radical(int(number), self._radical_names[number], strokes)
            for number, strokes in (line.split("\t") for line in self._radical_lines.rests(glyph))
        )

    def shrink(self, glyph: GlyphId) -> tuple[ShrinkCandidate, ...]:
        """Candidates of MJ縮退マップ in its table order, then rank and hops; empty for 23,011 MJ glyphs."""
        order = {table: index for index, table in enumerate(SHRINK_TABLES)}
        candidates = map(_shrink_candidate, self._shrink_lines.rests(glyph))
        return tuple(sorted(candidates, key=lambda c: (order[c.table], c.rank or 0, c.hops or 0, c.text)))

    def text(self, glyph: GlyphId) -> str | None:
        """`character(glyph).text` without the rest of its row: what a release of thousands of gaiji asks for."""
        line = self._kanji.get(glyph)
        if line is None:
            found = self.character(glyph)
            return found.text if found else None
        _, _, *registered = line.split("\t", _FORMS)[:_FORMS]
        cell = next(filter(None, registered), "")
        return _text(cell) or self._duplicates.get(glyph)

    def shrink_texts(self, glyph: GlyphId) -> tuple[str, ...]:
        """The texts of `shrink`, each once, in its order; kept, since every release asks for them again."""
        kept = self._shrink_texts.get(glyph)
        if kept is None:
            kept = tuple(dict.fromkeys(candidate.text for candidate in self.shrink(glyph)))
            self._shrink_texts[glyph] = kept
        return kept

    def shrink_note(self, glyph: GlyphId) -> str | None:
        return next(iter(self._shrink_notes.rests(glyph)), None)

    def ivd(self, base: int, selector: int) -> tuple[IvdEntry, ...]:
        """What the Ideographic Variation Database registers for a sequence, by collection name."""
        lines = self._ivd_lines.rests(f"U+{base:04X}\tU+{selector:04X}")
        return tuple(IvdEntry(*line.split("\t")) for line in lines)

    def svs(self, base: int, selector: int) -> str | None:
        """The CJK compatibility ideograph a standardised variation sequence stands for, or None."""
        lines = self._svs_lines.rests(f"U+{base:04X}\tU+{selector:04X}")
        return next((parse_ucs(line) for line in lines), None)

    def find(self, key: str) -> list[GlyphId]:
        """Glyphs for what a person types: a character, `U+9089 [U+E0102]`, an MJ id, or a code or number.

        Codes are those of the MJ list: 戸籍 (6 digits), 登記 (8), 住基 `J+…`, 入管 `0x…`, X0213 `1-01-25`,
        X0212 `16-01`. A bare base gives its own glyph first, then the rest of its family; [] when unknown.
        `大漢和:39047`, `戸籍:445000` and the other prefixes of `tables.keys` look in that column only.
        """
        key = key.strip()
        prefixed = split_key(key)
        if prefixed is not None:
            return self._by_column(*prefixed)
        upper = key.upper()
        if upper.startswith("U+"):
            try:
                return self._family_of(parse_ucs(upper))
            except BadUcs:
                return []
        if GlyphId(upper) in self._kanji or GlyphId(upper) in self._hentaigana:
            return [GlyphId(upper)]
        code = f"0x{upper[2:]}" if upper.startswith("0X") else upper
        return (self._codes.get(code) if code.isascii() else None) or self._family_of(key)

    def _by_column(self, prefix: str, value: str) -> list[GlyphId]:
        """The glyphs with exactly this value in a column the prefix names, ascending."""
        columns = self._files["mj"].columns
        at = [columns.index(name) for name in PREFIXES[prefix].columns]
        found = {
            glyph
            for glyph, line in self._kanji.items()
            if value in line and value in {cells[index] for cells in (line.split("\t"),) for index in at}
        }
        if "koseki_number" in PREFIXES[prefix].columns:
            found |= {glyph for glyph, character in self._hentaigana.items() if character.koseki_number == value}
        return sorted(found)

    def _family_of(self, text: str) -> list[GlyphId]:
        own = self._by_text.get(text)
        family = self._families.get(text, ())
        return [own, *(glyph for glyph in family if glyph != own)] if own else list(family)

    # -- tables, each read on first use ------------------------------------------------------------------

    def _sorted(self, name: str) -> SortedLines:
        return SortedLines(self._files[name].lines())

    @cached_property
    def _kanji(self) -> dict[GlyphId, str]:
        return {GlyphId(line[:8]): line for line in self._files["mj"].lines()}

    @cached_property
    def _duplicates(self) -> dict[GlyphId, str]:
        rows = (line.split("\t") for line in self._files["mj_duplicate_ivs"].lines())
        return {GlyphId(glyph): parse_ucs(ivs) for glyph, ivs in rows}

    @cached_property
    def _withdrawn(self) -> dict[GlyphId, _Withdrawn]:
        rows = (line.split("\t") for line in self._files[WITHOUT_TEXT].lines())
        return {GlyphId(row[0]): {"same_shape": _glyph(row[2]), "superseded_by": _glyph(row[3])} for row in rows}

    @cached_property
    def _hentaigana(self) -> dict[GlyphId, MjCharacter]:
        columns = self._files["hentaigana"].columns
        rows = (dict(zip(columns, line.split("\t"), strict=True)) for line in self._files["hentaigana"].lines())
        return {GlyphId(row["glyph"]): _parse_hentaigana(row) for row in rows}

    @cached_property
    def _forms(self) -> list[tuple[GlyphId, str | None, list[str]]]:
        """Per glyph: base and registered forms, the canonical one first. The cheap part of every row."""
        forms = []
        for glyph, line in self._kanji.items():
            _, ucs, *registered = line.split("\t", _FORMS)[:_FORMS]
            texts = [_text(cell) for cell in registered if cell]
            if glyph in self._duplicates:
                texts.append(self._duplicates[glyph])
            forms.append((glyph, _text(ucs) if ucs else None, texts))
        kana = ((c.glyph, c.ucs, list(c.texts)) for c in self._hentaigana.values())
        return [*forms, *kana]

    @cached_property
    def _by_text(self) -> dict[str, GlyphId]:
        return {text: glyph for glyph, _, texts in self._forms for text in texts}

    @cached_property
    def _folds(self) -> dict[str, str]:
        return {text: texts[0] for _, _, texts in self._forms for text in texts[1:]}

    @cached_property
    def _families(self) -> dict[str, tuple[GlyphId, ...]]:
        families: dict[str, list[GlyphId]] = defaultdict(list)
        for glyph, ucs, _ in self._forms:
            if ucs:
                families[ucs].append(glyph)
        compat = self._files["mj"].columns.index("compat_ucs")
        for glyph, line in self._kanji.items():
            cell = line.split("\t", compat + 1)[compat]
            if cell:
                families[_text(cell)].append(glyph)
        return {base: tuple(sorted(set(glyphs))) for base, glyphs in families.items()}

    @cached_property
    def _codes(self) -> dict[str, list[GlyphId]]:
        codes: dict[str, list[GlyphId]] = defaultdict(list)
        at = [self._files["mj"].columns.index(name) for name in _CODE_COLUMNS]
        for glyph, line in self._kanji.items():
            cells = line.split("\t")
            for code in {cells[index] for index in at} - {""}:
                codes[code].append(glyph)
        for glyph, character in self._hentaigana.items():
            if character.koseki_number:
                codes[character.koseki_number].append(glyph)
        return dict(codes)

    @cached_property
    def _reading_lines(self) -> SortedLines:
        return self._sorted("mj_reading")

    @cached_property
    def _phonetic_lines(self) -> SortedLines:
        return self._sorted("hentaigana_phonetic")

    @cached_property
    def _radical_lines(self) -> SortedLines:
        return self._sorted("mj_radical")

    @cached_property
    def _radical_names(self) -> dict[str, str]:
        rows = (line.split("\t") for line in self._files["radicals"].lines())
        return {number: parse_ucs(ideograph) for radical, number, _, _, ideograph in rows if radical == number}

    @cached_property
    def _shrink_lines(self) -> SortedLines:
        return self._sorted("shrink")

    @cached_property
    def _shrink_notes(self) -> SortedLines:
        return self._sorted("shrink_note")

    @cached_property
    def _ivd_lines(self) -> SortedLines:
        return self._sorted("ivd")

    @cached_property
    def _svs_lines(self) -> SortedLines:
        return self._sorted("svs")

    def _parse_kanji(self, glyph: GlyphId) -> MjCharacter:
        row = dict(zip(self._files["mj"].columns, self._kanji[glyph].split("\t"), strict=True))
        characters = {name: _text(row.pop(name)) or None for name in _UCS_COLUMNS}
        del row["glyph"]
        strokes = int(row.pop("strokes"))
        plain = {name: cell or None for name, cell in row.items()}
        withdrawn = self._withdrawn.get(glyph, _Withdrawn(same_shape=None, superseded_by=None))
        return MjCharacter(
            glyph,
            "kanji",
            **characters,
            **plain,
            strokes=strokes,
            duplicate_ivs=self._duplicates.get(glyph),
            **withdrawn,
        )


def _text(cell: str) -> str:
    """`U+9089 U+E0102` of our own tables → text; the cells were written by `format_ucs`."""
    return "".join(chr(int(part[2:], 16)) for part in cell.split())


def _glyph(cell: str) -> GlyphId | None:
    return GlyphId(cell) if cell else None


def _numbered(line: str) -> tuple[int, str]:
    position, reading = line.split("\t")
    return int(position), reading


def _number(cell: str) -> int | None:
    return int(cell) if cell else None


def _shrink_candidate(line: str) -> ShrinkCandidate:
    table, ucs, x0213, rank, hops = line.split("\t")
    return ShrinkCandidate(table, SHRINK_TABLES.get(table, table), _text(ucs), x0213, _number(rank), _number(hops))


def _parse_hentaigana(row: dict[str, str]) -> MjCharacter:
    ucs = _text(row["ucs"]) or None
    merged = _MERGED.search(row["note"])
    return MjCharacter(
        GlyphId(row["glyph"]),
        "hentaigana",
        ucs,
        ucs,
        koseki_number=row["koseki_number"] or None,
        note=row["note"] or None,
        name=row["name"] or None,
        jibo=_text(row["jibo"]) or None,
        academic_number=row["academic_number"] or None,
        url=row["url"] or None,
        superseded_by=_glyph(merged[1]) if merged else None,
    )
