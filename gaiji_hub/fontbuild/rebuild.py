"""Outlines → a TrueType font, byte-identical for the same inputs.

Nothing of a source font but shapes goes in: no hinting, no layout tables, no stated checksums. The order of
the glyphs is the caller's, so that an append-only caller gets small deltas.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.outline import Outline

MAX_GLYPHS = 65_535
_OWN = (".notdef", "space")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,62}")
_EPOCH = datetime.date(1904, 1, 1)  # of head.created and head.modified (OpenType "head")
_ASCENT, _DESCENT = 0.88, 0.12  # of an em: the usual Japanese body, IPAmj明朝's too
_JAPANESE_CODE_PAGE = 1 << 17
_MAX_FAMILY = 31  # LOGFONT.lfFaceName holds 32 UTF-16 units with its end mark


class CannotBuildFont(BadInput):
    code = "cannot_build_font"
    template = "フォントを作れません: {reason}"


@dataclass(frozen=True)
class FontGlyph:
    """A glyph of a font to build: `name` in the font, `codes` of its cmap, `ivs` as (base, selector)."""

    name: str
    outline: Outline
    codes: tuple[int, ...] = ()
    ivs: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class FontNames:
    """The name table: `family` in Japanese, `family_en` and `postscript` in ASCII, the rest as it is shown."""

    family: str
    family_en: str
    postscript: str
    version: str
    copyright: str
    description: str
    licence: str = ""
    licence_url: str = ""


def build_font(glyphs: Sequence[FontGlyph], names: FontNames, *, units_per_em: int, modified: datetime.date) -> bytes:
    """A TTF of `.notdef`, `space` and `glyphs` in the order given; cmap 4, 12 and, with any `ivs`, 14.

    Outlines in another em are scaled and rounded half up; those already in `units_per_em` keep every
    coordinate. `modified` is both of head's dates, at midnight UTC. Raises `CannotBuildFont`.
    """
    from fontTools.fontBuilder import FontBuilder

    _check(glyphs, names, units_per_em)
    order = [*_OWN, *(glyph.name for glyph in glyphs)]
    outlines = {glyph.name: scale(glyph.outline, units_per_em) for glyph in glyphs}
    outlines[".notdef"], outlines["space"] = _notdef(units_per_em), Outline((), units_per_em // 2, units_per_em)
    builder = FontBuilder(units_per_em, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.font["cmap"] = _cmap(glyphs)
    builder.setupGlyf({name: _glyph(outlines[name]) for name in order})
    builder.setupHorizontalMetrics({name: _metric(outlines[name]) for name in order})
    _setup_metrics(builder, outlines, units_per_em)
    builder.setupNameTable(_name_table(names), mac=False)
    builder.setupPost(underlinePosition=-units_per_em // 10, underlineThickness=units_per_em // 20)
    moment = (modified - _EPOCH).days * 86_400
    builder.updateHead(created=moment, modified=moment, fontRevision=1.0, flags=0b11, lowestRecPPEM=9)
    buffer = io.BytesIO()
    builder.save(buffer)
    return buffer.getvalue()


def to_woff2(ttf: bytes) -> bytes:
    """The same font as WOFF2 (about 1 s per 850 glyphs, so only when somebody asks for it)."""
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(ttf), recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = "woff2"
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def scale(outline: Outline, units_per_em: int) -> Outline:
    """`outline` in another em, each coordinate rounded half up; itself when the em is the same."""
    if outline.units_per_em == units_per_em:
        return outline
    old = outline.units_per_em

    def to(value: int) -> int:
        return (2 * value * units_per_em + old) // (2 * old)

    contours = tuple(tuple((to(x), to(y), on) for x, y, on in contour) for contour in outline.contours)
    return Outline(contours, to(outline.advance), units_per_em)


def _check(glyphs: Sequence[FontGlyph], names: FontNames, units_per_em: int) -> None:
    if len(glyphs) + len(_OWN) > MAX_GLYPHS:
        raise CannotBuildFont(reason=f"字形が {len(glyphs)} 個あります（上限 {MAX_GLYPHS - len(_OWN)} 個）")
    if not 16 <= units_per_em <= 16_384:
        raise CannotBuildFont(reason=f"1 em が {units_per_em} 単位です（16〜16384）")
    for family in (names.family, names.family_en):
        if not family or len(family.encode("utf-16-le")) > 2 * _MAX_FAMILY:
            raise CannotBuildFont(reason=f"フォントの名前が空か、{_MAX_FAMILY} 文字を超えています")
    _check_names([glyph.name for glyph in glyphs])
    _check_once("符号", [f"U+{code:04X}" for glyph in glyphs for code in glyph.codes])
    _check_once("異体字列", [f"U+{base:04X} U+{vs:04X}" for glyph in glyphs for base, vs in glyph.ivs])
    for glyph in glyphs:
        _check_range(glyph, units_per_em)


def _check_names(names: Sequence[str]) -> None:
    _check_once("字形の名前", [*_OWN, *names])
    for name in names:
        if not _NAME.fullmatch(name):
            raise CannotBuildFont(reason=f"字形の名前が正しくありません: {name[:63]}")


def _check_once(what: str, keys: Sequence[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise CannotBuildFont(reason=f"{what} {key} が二つの字形にあります")
        seen.add(key)


def _check_range(glyph: FontGlyph, units_per_em: int) -> None:
    bounds = scale(glyph.outline, units_per_em).bounds() or (0, 0, 0, 0)
    if min(bounds) < -16_384 or max(bounds) > 16_383:
        raise CannotBuildFont(reason=f"字形 {glyph.name} の座標が ±16383 を超えています")


def _cmap(glyphs: Sequence[FontGlyph]) -> Any:
    """Format 12 with every code, format 4 with those of the BMP where they fit in its 64 KB, format 14."""
    from fontTools.fontBuilder import buildCmapSubTable
    from fontTools.ttLib import newTable

    codes = {0x20: "space"} | {code: glyph.name for glyph in glyphs for code in glyph.codes}
    basic = {code: name for code, name in codes.items() if code < 0x10000}
    table = newTable("cmap")
    table.tableVersion = 0
    table.tables = [buildCmapSubTable(codes, 12, 3, 10), buildCmapSubTable(codes, 12, 0, 4)]
    if _fits_format_4(basic, [*_OWN, *(glyph.name for glyph in glyphs)]):
        table.tables += [buildCmapSubTable(basic, 4, 3, 1), buildCmapSubTable(basic, 4, 0, 3)]
    sequences = _sequences(glyphs, codes)
    if sequences:
        table.tables.append(buildCmapSubTable({}, 14, 0, 5))
        table.tables[-1].uvsDict = sequences
    return table


def _fits_format_4(basic: Mapping[int, str], order: Sequence[str]) -> bool:
    """Whether the segments of format 4 stay below its 16-bit length, counted at their worst."""
    index = {name: number for number, name in enumerate(order)}
    segments, last = 1, (-2, -2)
    for code in sorted(basic):
        here = (code, index[basic[code]])
        segments += here != (last[0] + 1, last[1] + 1)
        last = here
    return 16 + 8 * segments < 0x10000


def _sequences(glyphs: Sequence[FontGlyph], codes: Mapping[int, str]) -> dict[int, list[tuple[int, str | None]]]:
    """Selector → (base, glyph); None where the glyph is the base's own (a default sequence, UTS #37)."""
    sequences: dict[int, list[tuple[int, str | None]]] = {}
    for glyph in glyphs:
        for base, selector in glyph.ivs:
            name = None if codes.get(base) == glyph.name else glyph.name
            sequences.setdefault(selector, []).append((base, name))
    return {selector: sorted(sequences[selector], key=lambda entry: entry[0]) for selector in sorted(sequences)}


def _glyph(outline: Outline) -> Any:
    from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphCoordinates
    from fontTools.ttLib.tables.ttProgram import Program

    contours = [contour for contour in outline.contours if contour]
    glyph = Glyph()
    glyph.numberOfContours = len(contours)
    if contours:
        ends, total = [], 0
        for contour in contours:
            total += len(contour)
            ends.append(total - 1)
        glyph.endPtsOfContours = ends
        glyph.coordinates = GlyphCoordinates([(x, y) for contour in contours for x, y, _ in contour])
        glyph.flags = bytearray(on for contour in contours for _, _, on in contour)
        glyph.program = Program()
        glyph.program.fromBytecode(b"")
    return glyph


def _metric(outline: Outline) -> tuple[int, int]:
    """(advance, left side bearing): the bearing is xMin, as head's flag bit 1 promises."""
    bounds = outline.bounds()
    return outline.advance, bounds[0] if bounds else 0


def _notdef(units_per_em: int) -> Outline:
    """An empty box, so that a character the font lacks is seen to be missing."""
    low, high, edge = units_per_em // 10, units_per_em - units_per_em // 10, max(1, units_per_em // 50)
    outer = ((low, low), (low, high), (high, high), (high, low))
    a, b = low + edge, high - edge
    inner = ((a, a), (b, a), (b, b), (a, b))
    contours = tuple(tuple((x, y - units_per_em // 10, True) for x, y in box) for box in (outer, inner))
    return Outline(contours, units_per_em, units_per_em)


def _setup_metrics(builder: Any, outlines: Mapping[str, Outline], units_per_em: int) -> None:
    """hhea and OS/2. The clipping box of Windows (usWin…) grows with the shapes: nothing may be cut off."""
    bounds = [box for box in (outline.bounds() for outline in outlines.values()) if box]
    ascent = round(units_per_em * _ASCENT)
    descent = units_per_em - ascent
    builder.setupHorizontalHeader(ascent=ascent, descent=-descent, lineGap=0)
    builder.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=-descent,
        sTypoLineGap=0,
        usWinAscent=max(ascent, *(box[3] for box in bounds)),
        usWinDescent=max(descent, *(-box[1] for box in bounds)),
        ulCodePageRange1=_JAPANESE_CODE_PAGE,
        ulCodePageRange2=0,
        fsType=0,
        fsSelection=1 << 6 | 1 << 7,  # REGULAR, USE_TYPO_METRICS
        achVendID="GJHB",
        version=4,  # the first with USE_TYPO_METRICS
        usWeightClass=400,
    )


def _name_table(names: FontNames) -> dict[str, Any]:
    def both(japanese: str, english: str) -> dict[str, str]:
        return {"en": english, "ja": japanese}

    texts: dict[str, Any] = {
        "copyright": names.copyright,
        "familyName": both(names.family, names.family_en),
        "styleName": "Regular",
        "uniqueFontIdentifier": f"{names.postscript};{names.version}",
        "fullName": both(names.family, names.family_en),
        "version": f"Version {names.version}",
        "psName": names.postscript,
        "description": names.description,
        "licenseDescription": names.licence,
        "licenseInfoURL": names.licence_url,
    }
    return {key: text for key, text in texts.items() if text}
