"""行政事務標準文字 (MJ+) by font: the additions `GJ……`, their codes in this release, their shapes → the table `mjplus`.

One glyph is one identity, however it is reached: a shape that has a variation sequence and a private code as well, or
stands in the font a second time at a private code, is one row. An MJ glyph with a private code is a row of the MJ id,
so that text written with that code folds to it. Tested with made-up fonts only: the real ones were not at hand.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild import container, plus_names
from gaiji_hub.fontbuild.extract import FONT
from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.moji.glyph_id import GlyphId, from_font_name
from gaiji_hub.moji.text import format_ucs, is_pua
from gaiji_hub.tables.importing.plus_list import ListEntry
from gaiji_hub.tables.importing.rows import Complaints, ReadTable, sort_rows

COLUMNS = ("glyph", "text", "forms", "pua", "shape", "reading", "strokes", "font")
MAX_FONTS = 8
ByText = Callable[[str], GlyphId | None]


class TooManyFonts(BadInput):
    code = "too_many_fonts"
    template = "フォントは {limit} 個までです"


@dataclass(frozen=True)
class PlusGlyph:
    """A glyph of a font: its texts outside private use (canonical first), private codes, and key of its shape."""

    glyph: GlyphId | None
    texts: tuple[str, ...]
    private: tuple[int, ...]
    shape: str
    font: int = 1


@dataclass(frozen=True)
class PlusTable:
    """The table; `nameless` are private codes whose glyph has no id and no known shape, `folded` those of MJ ids."""

    table: ReadTable
    additions: int
    folded: int
    nameless: tuple[int, ...]
    unlisted: int


def read_plus_font(path: Path, number: int = 1) -> tuple[PlusGlyph, ...]:
    """The additions and the privately coded glyphs of one font, read in a limited child.

    Raises `NoGlyphNames`, the refusals of fontbuild, or a limit.
    """
    container.require_file(path)
    if path.stat().st_size > container.MAX_FILE:
        raise container.FontTooLarge(size=path.stat().st_size, limit=container.MAX_FILE)
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-plus-") as scratch:
        (Path(scratch) / FONT).write_bytes(path.read_bytes())
        answer = run_limited(
            f"{plus_names.__name__}:{plus_names.read_plus.__name__}",
            b'{"face": 0}',
            memory=700 * MB,
            cpu_seconds=90,
            wall_seconds=240,
            folder=Path(scratch),
            file_bytes=container.MAX_UNPACKED + 16 * MB,
            what="フォントの読み取り",
        )
    return tuple(_glyph(entry, number) for entry in json.loads(answer))


def _glyph(entry: Mapping[str, object], number: int) -> PlusGlyph:
    codes, sequences = _numbers(entry["codes"]), entry["sequences"]
    pairs = sequences if isinstance(sequences, list) else []
    texts = [chr(code) for code in codes if not is_pua(code)] + ["".join(map(chr, pair)) for pair in pairs]
    private = tuple(code for code in codes if is_pua(code))
    return PlusGlyph(from_font_name(str(entry["name"])), tuple(texts), private, str(entry["shape"]), number)


def _numbers(value: object) -> list[int]:
    return [int(one) for one in value] if isinstance(value, list) else []


def plus_table(
    fonts: Sequence[Sequence[PlusGlyph]], name: str, by_text: ByText, listed: Mapping[GlyphId, ListEntry] | None = None
) -> PlusTable:
    """One table of all fonts of a release; `Problems` where fonts, or font and list, contradict each other.

    `by_text` gives the MJ id of a text (tables.lookup). Without a list, readings and strokes stay empty.
    """
    if len(fonts) > MAX_FONTS:
        raise TooManyFonts(limit=MAX_FONTS)
    complaints = Complaints(name)
    known = _by_shape(fonts, by_text)
    found: dict[GlyphId, PlusGlyph] = {}
    nameless: list[int] = []
    for one in (glyph for font in fonts for glyph in font):
        glyph = one.glyph or _identity(one, known, by_text)
        if glyph is None:
            nameless += one.private
        elif glyph.startswith("GJ") or one.private:
            found[glyph] = _joined(found.get(glyph), replace(one, glyph=glyph), complaints)
    _check_codes(found.values(), complaints)
    _check_list(found, listed or {}, complaints)
    complaints.settle()
    rows = [_cells(one, (listed or {}).get(glyph)) for glyph, one in found.items()]
    additions = [glyph for glyph in found if glyph.startswith("GJ")]
    return PlusTable(
        sort_rows("mjplus", COLUMNS, rows),
        len(additions),
        len(found) - len(additions),
        tuple(sorted(set(nameless))),
        len(set(additions) - listed.keys()) if listed is not None else 0,
    )


def _by_shape(fonts: Sequence[Sequence[PlusGlyph]], by_text: ByText) -> dict[str, GlyphId]:
    """Shape → the one id that has it; a shape of two ids names none of them."""
    owners: dict[str, set[GlyphId]] = {}
    for one in (glyph for font in fonts for glyph in font):
        glyph = one.glyph or _of_text(one, by_text)
        if glyph is not None and one.shape:
            owners.setdefault(one.shape, set()).add(glyph)
    return {shape: next(iter(ids)) for shape, ids in owners.items() if len(ids) == 1}


def _of_text(one: PlusGlyph, by_text: ByText) -> GlyphId | None:
    return next(filter(None, map(by_text, one.texts)), None)


def _identity(one: PlusGlyph, known: Mapping[str, GlyphId], by_text: ByText) -> GlyphId | None:
    """The id of a glyph without a name of ours: by its text, else by a shape that exactly one id has."""
    return _of_text(one, by_text) or known.get(one.shape)


def _joined(before: PlusGlyph | None, one: PlusGlyph, complaints: Complaints) -> PlusGlyph:
    """One identity out of two glyphs (of two fonts, or of one that has the shape twice)."""
    if before is None:
        return one
    if one.font != before.font and one.shape != before.shape:
        complaints.add(str(one.glyph), f"フォント {before.font} と {one.font} で字形が違います")
    texts = tuple(dict.fromkeys((*before.texts, *one.texts)))
    private = tuple(sorted({*before.private, *one.private}))
    return replace(before, texts=texts, private=private)


def _check_codes(found: Iterable[PlusGlyph], complaints: Complaints) -> None:
    owners: dict[int, GlyphId | None] = {}
    for one in found:
        for code in one.private:
            if owners.setdefault(code, one.glyph) != one.glyph:
                complaints.add(f"U+{code:04X}", f"{owners[code]} と {one.glyph} の両方が使っています")


def _check_list(
    found: Mapping[GlyphId, PlusGlyph], listed: Mapping[GlyphId, ListEntry], complaints: Complaints
) -> None:
    for glyph, entry in listed.items():
        place = f"一覧の {entry.line} 行目"
        if glyph not in found:
            complaints.add(place, f"{glyph} がフォントにありません（版の違う一覧かもしれません）")
        elif entry.text and found[glyph].texts and entry.text not in found[glyph].texts:
            complaints.add(place, f"{glyph} の符号位置がフォントの cmap と違います")


def _cells(one: PlusGlyph, entry: ListEntry | None) -> tuple[str, ...]:
    texts = sorted(one.texts, key=lambda text: (len(text), text))
    if entry is not None and entry.text and entry.text not in texts:
        texts.insert(0, entry.text)
    reading, strokes = (entry.reading, entry.strokes) if entry else ("", "")
    if one.glyph is not None and not one.glyph.startswith("GJ"):
        texts = []  # the texts of an MJ id are those of the MJ list
    return (
        str(one.glyph),
        format_ucs(texts[0]) if texts else "",
        ";".join(map(format_ucs, texts[1:])),
        format_ucs("".join(map(chr, one.private))),
        one.shape,
        reading,
        strokes,
        str(one.font),
    )
