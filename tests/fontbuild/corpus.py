"""Fonts for the tests, made here: sound ones and hostile ones. Nothing binary is committed."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import brotli
from fontTools.cffLib import SubrsIndex
from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph, GlyphComponent
from fontTools.ttLib.tables.DefaultTable import DefaultTable

SQUARE = (((100, 0, True), (100, 700, True), (800, 700, True), (800, 0, True)),)


def square(size: int = 700) -> Glyph:
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for point in ((100, size), (100 + size, size), (100 + size, 0)):
        pen.lineTo(point)
    pen.closePath()
    glyph = pen.glyph()
    glyph.recalcBounds(None)
    return glyph


def composite(*parts: str) -> Glyph:
    glyph = Glyph()
    glyph.numberOfContours = -1
    glyph.xMin = glyph.yMin = glyph.xMax = glyph.yMax = 0
    glyph.components = []
    for part in parts:
        component = GlyphComponent()
        component.glyphName, component.x, component.y, component.flags = part, 0, 0, 0x0002
        glyph.components.append(component)
    return glyph


def truetype(glyphs: dict[str, Glyph] | None = None, codes: dict[int, str] | None = None, name: str = "試験") -> TTFont:
    """A small TrueType font; by default one square at U+E000."""
    glyphs = {".notdef": square(500), **({"a": square()} if glyphs is None else glyphs)}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({0xE000: "a"} if codes is None else codes)
    builder.setupGlyf(glyphs, calcGlyphBounds=False)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": {"en": "Test", "ja": name}, "styleName": "Regular", "psName": "Test-R"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


def opentype(curves: int = 1) -> TTFont:
    """A CFF font whose U+E000 has `curves` cubic segments."""
    pen = T2CharStringPen(1000, None)
    pen.moveTo((100, 100))
    for _ in range(curves):
        pen.curveTo((100, 500), (500, 900), (900, 900))
        pen.lineTo((100, 100))
    pen.closePath()
    empty = T2CharStringPen(1000, None)
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "a"])
    builder.setupCharacterMap({0xE000: "a"})
    builder.setupCFF("Test-R", {}, {".notdef": empty.getCharString(), "a": pen.getCharString()}, {})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "a": (1000, 100)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Test", "styleName": "Regular", "psName": "Test-R"})
    builder.setupOS2()
    builder.setupPost()
    return builder.font


def saved(font: TTFont, flavor: str | None = None) -> bytes:
    font.recalcBBoxes = False
    font.flavor = flavor
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def collection(*fonts: TTFont) -> bytes:
    book = TTCollection()
    book.fonts = list(fonts)
    buffer = io.BytesIO()
    book.save(buffer, shareTables=False)
    return buffer.getvalue()


def table_range(data: bytes, tag: bytes) -> tuple[int, int]:
    for index in range(struct.unpack_from(">H", data, 4)[0]):
        found, _, offset, length = struct.unpack_from(">4sLLL", data, 12 + 16 * index)
        if found == tag:
            return offset, length
    raise KeyError(tag)


def truncated() -> bytes:
    data = saved(truetype())
    return data[: len(data) - 200]


def looping() -> bytes:
    """Three glyphs that are each other's parts."""
    glyphs = {"a": composite("b"), "b": composite("c"), "c": composite("a")}
    return saved(truetype(glyphs))


def self_looping() -> bytes:
    return saved(truetype({"a": composite("a")}))


def chain(levels: int) -> bytes:
    """`levels` glyphs, each but the last a composite of the next, the last a square."""
    glyphs = {f"g{n}": composite(f"g{n + 1}") for n in range(levels - 1)}
    return saved(truetype({**glyphs, f"g{levels - 1}": square()}, {0xE000: "g0"}))


def doubling() -> bytes:
    """Each of 30 composites holds the next twice: 2^30 squares from a kilobyte."""
    glyphs = {f"g{n}": composite(f"g{n + 1}", f"g{n + 1}") for n in range(30)}
    return saved(truetype({**glyphs, "g30": square()}, {0xE000: "g0"}))


def fan(levels: int = 6, width: int = 12) -> bytes:
    """Composites within the depth allowed, 12^6 squares."""
    glyphs = {f"g{n}": composite(*[f"g{n + 1}"] * width) for n in range(levels)}
    return saved(truetype({**glyphs, f"g{levels}": square()}, {0xE000: "g0"}))


def squares(count: int) -> Glyph:
    """`count` small squares side by side: 4 points each."""
    pen = TTGlyphPen(None)
    for number in range(count):
        x, y = number % 30 * 20, number // 30 * 20
        pen.moveTo((x, y))
        for point in ((x, y + 9), (x + 9, y + 9), (x + 9, y)):
            pen.lineTo(point)
        pen.closePath()
    glyph = pen.glyph()
    glyph.recalcBounds(None)
    return glyph


def slow_composites(codes: int = 6_400, points: int = 480, levels: int = 6, padding: int = 20 << 20) -> bytes:
    """`codes` composites of their own, each scaling the same `points` through `levels`: a small font of long work.

    `padding` bytes in a table that shapes do not need make the file look large.
    """
    glyphs = {f"g{n}": _scaled(f"g{n + 1}") for n in range(1, levels - 1)}
    glyphs[f"g{levels - 1}"] = squares(points // 4)
    tops = {f"t{n}": _scaled("g1") for n in range(codes)}
    font = truetype({**tops, **glyphs}, {0xE000 + n: f"t{n}" for n in range(codes)})
    font["ZZZZ"] = table = DefaultTable("ZZZZ")
    table.data = bytes(padding)
    return saved(font)


def _scaled(part: str) -> Glyph:
    glyph = composite(part)
    glyph.components[0].transform = [[0.9, 0.1], [0.1, 0.9]]
    return glyph


def many_parts() -> bytes:
    """6,400 composites of a square and twenty blanks: hardly a point, much to read."""
    glyphs = {"b": TTGlyphPen(None).glyph(), "s": square()}
    tops = {f"t{n}": composite("s", *["b"] * 20) for n in range(6_400)}
    return saved(truetype({**glyphs, **tops}, {0xE000 + n: f"t{n}" for n in range(6_400)}))


def heavy(points: int, codes: int = 6_400) -> bytes:
    """`codes` simple glyphs of `points` each."""
    glyphs = {f"t{n}": squares(points // 4) for n in range(codes)}
    return saved(truetype(glyphs, {0xE000 + n: f"t{n}" for n in range(codes)}))


def cmap_outside() -> bytes:
    """Every cmap subtable sends U+E000 to glyph 9,999 of 2."""
    font = truetype(codes={0xE000: "a", 0xE001: "a"})
    data = bytearray(saved(font))
    offset, _ = table_range(bytes(data), b"cmap")
    for index in range(struct.unpack_from(">H", data, offset + 2)[0]):
        at = offset + struct.unpack_from(">L", data, offset + 8 + 8 * index)[0]
        segments = struct.unpack_from(">H", data, at + 6)[0] // 2
        struct.pack_into(">H", data, at + 16 + 4 * segments, (9_999 - 0xE000) % 0x10000)
        struct.pack_into(">H", data, at + 16 + 6 * segments, 0)
    return bytes(data)


def cmap_flood() -> bytes:
    """A format 12 subtable of one group that covers all of Unicode."""
    font = truetype()
    data = saved(font)
    table = struct.pack(">HHHHL", 0, 1, 3, 10, 12) + struct.pack(">HHLLLLLL", 12, 0, 28, 0, 1, 0, 0x10FFFF, 0)
    return with_table(data, b"cmap", table)


def cmap_everything() -> bytes:
    """A format 13 subtable that sends every code of Unicode to one glyph."""
    table = struct.pack(">HHHHL", 0, 1, 3, 10, 12) + struct.pack(">HHLLLLLL", 13, 0, 28, 0, 1, 1, 0x10FFFF, 1)
    return with_table(saved(truetype()), b"cmap", table)


def subroutine_bomb() -> bytes:
    """CFF subroutines of nine levels, each calling the next 200 times: 200^9 lines from 5 KB."""
    font = opentype()
    private = font["CFF "].cff.topDictIndex[0].Private
    private.Subrs = subrs = SubrsIndex()
    levels = 9
    for level in range(levels):
        inner = [level + 1 - 107, "callsubr"] * 200 if level < levels - 1 else [1, 1, "rlineto"]
        subrs.append(T2CharString(program=[*inner, "return"], private=private))
    charstrings = font["CFF "].cff.topDictIndex[0].CharStrings
    charstrings["a"].program = [0, 0, "rmoveto", -107, "callsubr", "endchar"]
    return saved(font)


def self_calling() -> bytes:
    """A CFF subroutine that calls itself."""
    font = opentype()
    private = font["CFF "].cff.topDictIndex[0].Private
    private.Subrs = subrs = SubrsIndex()
    subrs.append(T2CharString(program=[-107, "callsubr", "return"], private=private))
    font["CFF "].cff.topDictIndex[0].CharStrings["a"].program = [0, 0, "rmoveto", -107, "callsubr", "endchar"]
    return saved(font)


def without(*tags: str) -> bytes:
    font = TTFont(io.BytesIO(saved(truetype())))
    for tag in tags:
        del font[tag]
    return saved(font)


def broken_extras() -> bytes:
    """Rubbish in tables that say nothing about shapes: layout, device metrics, embedded dots, hinting."""
    font = truetype()
    for tag in ("GSUB", "GPOS", "hdmx", "EBLC", "EBDT", "fpgm", "morx"):
        font[tag] = DefaultTable(tag)
        font[tag].data = b"\xff" * 33
    return saved(font)


def disorderly() -> bytes:
    """The directory backwards, its search fields zero, every table at an odd offset."""
    data = saved(truetype())
    count = struct.unpack_from(">H", data, 4)[0]
    head, body = struct.pack(">LHHHH", 0x10000, count, 0, 0, 0), b""
    start, records = 12 + 16 * count, []
    for tag in sorted(record[0] for record in struct.iter_unpack(">4sLLL", data[12:start])):
        offset, length = table_range(data, tag)
        body += b"\0" * ((start + len(body) + 1) % 2)
        records.insert(0, struct.pack(">4sLLL", tag, 0, start + len(body), length))
        body += data[offset : offset + length]
    return head + b"".join(records) + body


def overlapping() -> bytes:
    """A directory whose every table is the same 10 MB."""
    tags = (b"OS/2", b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp", b"post")
    start = 12 + 16 * len(tags)
    records = b"".join(struct.pack(">4sLLL", tag, 0, start, 10 << 20) for tag in tags)
    return struct.pack(">LHHHH", 0x10000, len(tags), 128, 3, 16) + records + bytes(10 << 20)


def with_name(table: bytes) -> bytes:
    return with_table(saved(truetype()), b"name", table)


def huge_name(size: int) -> bytes:
    storage = b"\x30\x42" * (size // 2)
    record = struct.pack(">6H", 3, 1, 0x411, 1, 65_534, 0)
    return with_table(saved(truetype()), b"name", struct.pack(">3H", 0, 1, 18) + record + storage)


def with_table(data: bytes, tag: bytes, table: bytes) -> bytes:
    """The font with one table replaced (appended at the end, directory rewritten)."""
    count = struct.unpack_from(">H", data, 4)[0]
    head, out = bytearray(data[: 12 + 16 * count]), data + b"\0" * (-len(data) % 4)
    for index in range(count):
        if head[12 + 16 * index : 16 + 16 * index] == tag:
            struct.pack_into(">LLL", head, 16 + 16 * index, 0, len(out), len(table))
    return bytes(head) + out[len(head) :] + table + b"\0" * (-len(table) % 4)


def ttc_bad_offset() -> bytes:
    data = bytearray(collection(truetype(), truetype()))
    struct.pack_into(">L", data, 16, 0x7FFFFFF0)
    return bytes(data)


def ttc_many() -> bytes:
    return b"ttcf" + struct.pack(">LL", 0x10000, 0xFFFFFFFF) + b"\0" * 64


def zeros(compressor: Callable[[bytes], bytes], total: int) -> bytes:
    block = bytes(4 << 20)
    return b"".join(compressor(block) for _ in range(total // len(block)))


def woff2_bomb(stated: int, actual: int = 400 << 20) -> bytes:
    """A WOFF2 of one glyf-less table that unpacks to `actual` zeros and says it is `stated` long."""
    packer = brotli.Compressor(quality=1)
    body = zeros(packer.process, actual) + packer.finish()
    tag = bytes([0x3F]) + b"zzzz"
    length, digits = actual, []
    while True:
        digits.append(length & 0x7F)
        length >>= 7
        if not length:
            break
    size = bytes([digit | (0x80 if place else 0) for place, digit in reversed(list(enumerate(digits)))])
    directory = tag + size
    total = 48 + len(directory) + len(body)
    total += -total % 4
    head = struct.pack(">4sLLHHLLHHLLLLL", b"wOF2", 0x10000, total, 1, 0, stated, len(body), 1, 0, 0, 0, 0, 0, 0)
    return (head + directory + body).ljust(total, b"\0")


def zip_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("font.ttf", "w") as file:
        for _ in range(100):
            file.write(bytes(4 << 20))
    return buffer.getvalue()


def ttx() -> bytes:
    text = io.StringIO()
    truetype().saveXML(text)
    return text.getvalue().encode()


def many_codes() -> bytes:
    """6,401 private-use codes: one more than a font of gaiji may hold."""
    return saved(truetype(codes=dict.fromkeys([*range(0xE000, 0xF900), 0xF0000], "a")))


def dots_only() -> bytes:
    font = truetype()
    del font["glyf"], font["loca"]
    font["EBDT"] = table = DefaultTable("EBDT")
    table.data = b"\0" * 8
    return saved(font)


def no_private_use() -> bytes:
    return saved(truetype(codes={0x4E00: "a"}))


def blank_only() -> bytes:
    blank = TTGlyphPen(None).glyph()
    return saved(truetype({"a": blank}))


def without_glyphs() -> bytes:
    """maxp says there is no glyph."""
    data = bytearray(saved(truetype()))
    offset, _ = table_range(bytes(data), b"maxp")
    struct.pack_into(">H", data, offset + 4, 0)
    return bytes(data)
