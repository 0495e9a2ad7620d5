"""Made-up fonts in the way of MJ+: glyph names `gjNNNNNN`, private codes of plane 16, sequences. Two editions.

Nothing here is a real shape or a real assignment; the official fonts were not at hand.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables._g_l_y_f import Glyph

Sequences = Sequence[tuple[int, int, str | None]]
VS17, VS18 = 0xE0100, 0xE0101


def bars(widths: Sequence[int], units: int = 1000) -> Glyph:
    """A shape of horizontal bars, one for each width, in 1/1000 em."""
    pen = TTGlyphPen(None)
    for number, width in enumerate(widths):
        left, bottom = 100, 100 * number
        corners = ((left, bottom), (left, bottom + 60), (left + width, bottom + 60), (left + width, bottom))
        first, *others = [(x * units // 1000, y * units // 1000) for x, y in corners]
        pen.moveTo(first)
        for corner in others:
            pen.lineTo(corner)
        pen.closePath()
    return pen.glyph()


def font(
    shapes: Mapping[str, Sequence[int]], codes: Mapping[int, str], sequences: Sequences = (), units: int = 1000
) -> bytes:
    """A TrueType font: glyph name → widths of its bars, code → name, (base, selector, name or None)."""
    order = [".notdef", *shapes]
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(dict(codes), uvs=list(sequences) or None)
    builder.setupGlyf({".notdef": Glyph(), **{name: bars(widths, units) for name, widths in shapes.items()}})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (units, 0)))
    builder.setupHorizontalHeader(ascent=units, descent=0)
    builder.setupNameTable({"familyName": "架空GJ", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()


# 2026-02: GJ000001–GJ000004 at private codes; 葛 + VS17 is the glyph of MJ000077 (made up) and has a private code too.
OLD = {
    "shapes": {
        "gj000001": (300, 400),
        "gj000002": (300, 500),
        "gj000003": (310, 510, 300),
        "gj000004": (320,),
        "mj026191": (800, 300),
        "uni845B": (700,),
    },
    "codes": {
        0x845B: "uni845B",
        0x10F000: "gj000001",
        0x10F001: "gj000002",
        0x10F002: "gj000003",
        0x10F003: "gj000004",
        0x10F100: "mj026191",
    },
    "sequences": ((0x9089, 0xE0119, "mj026191"), (0x845B, VS17, None)),
}
# 2026-08: GJ000001 stays, GJ000002 moved, GJ000003 withdrawn, GJ000004 encoded (U+2B740 made up), GJ000005 added. The
# code that GJ000002 had is another glyph's now.
NEW = {
    "shapes": {
        "gj000001": (300, 400),
        "gj000002": (300, 500),
        "gj000004": (320,),
        "gj000005": (330, 330, 330),
        "mj026191": (800, 300),
        "copy": (800, 300),
        "uni845B": (700,),
    },
    "codes": {
        0x845B: "uni845B",
        0x10F000: "gj000001",
        0x10F201: "gj000002",
        0x10F001: "gj000005",
        0x2B740: "gj000004",
        0x10F100: "copy",
    },
    "sequences": ((0x9089, 0xE0119, "mj026191"), (0x845B, VS17, None)),
}


def write(folder: Path, name: str, edition: Mapping[str, object], units: int = 1000) -> Path:
    path = folder / name
    path.write_bytes(font(edition["shapes"], edition["codes"], edition["sequences"], units))  # type: ignore[arg-type]
    return path


def cff(codes: Mapping[str, int]) -> bytes:
    """An OpenType font with CFF outlines: one square for each name, at its code."""
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", *codes])
    builder.setupCharacterMap({code: name for name, code in codes.items()})
    strings = {".notdef": T2CharStringPen(1000, None).getCharString()}
    for number, name in enumerate(codes):
        pen = T2CharStringPen(1000, None)
        pen.moveTo((100, 100))
        for corner in ((500 + number, 100), (500 + number, 500), (100, 500)):
            pen.lineTo(corner)
        pen.closePath()
        strings[name] = pen.getCharString()
    builder.setupCFF("GJ-R", {}, strings, {})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", *codes), (1000, 0)))
    builder.setupHorizontalHeader(ascent=1000, descent=0)
    builder.setupNameTable({"familyName": "架空GJ", "styleName": "Regular", "psName": "GJ-R"})
    builder.setupOS2()
    builder.setupPost(keepGlyphNames=False)
    out = io.BytesIO()
    builder.save(out)
    return out.getvalue()
