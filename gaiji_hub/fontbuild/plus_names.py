"""The child's side of an MJ+ font: which glyph has which name, codes, variation sequences and shape.

MJ+ fonts name their glyphs `gjNNNNNN` and `mjNNNNNN`; that name is the identity. The private codes of the additions
(plane 16) are provisional and differ between releases, so they are read from this font's cmap and never computed.
The current folder holds the font as `FONT` (see extract); the names are read here from the raw `post` table, because
a sanitiser would need gigabytes for hostile ones, everything else from the copy that OTS has cleaned.
"""

from __future__ import annotations

import json
import re
import struct
from collections import defaultdict
from pathlib import Path
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild import container
from gaiji_hub.fontbuild.container import Table, UnusableFont
from gaiji_hub.fontbuild.extract import CLEAN, FONT, SHAPES, open_clean, walk_of
from gaiji_hub.fontbuild.repack import repack
from gaiji_hub.fontbuild.sanitise import sanitise
from gaiji_hub.fontbuild.walk import CffWalk, GlyfWalk
from gaiji_hub.moji.shape_key import shape_key
from gaiji_hub.moji.text import is_pua

MAX_POST = 4 << 20
MAX_GLYPHS = 65_535
# Steps of flattening (walk.MAX_WORK): 9,420 additions need about 3 million.
MAX_PLUS_WORK = 20_000_000
_NAME = re.compile(rb"[gGmM][jJ][0-9]{6}")
_VERSION_2 = 0x00020000
_VARIATIONS = 14
_MACINTOSH = 258
_POST_HEAD = 34


class NoGlyphNames(BadInput):
    code = "no_glyph_names"
    template = "字形の名前（gjNNNNNN）を読めません: {reason}。行政事務標準文字のフォントを渡してください"


class PlusTooMuchInk(BadInput):
    code = "plus_too_much_ink"
    template = "字形の点と部品の組み合わせが全部で多すぎます（上限 {limit}）。文字のフォントではないようです"


def read_plus(payload: bytes) -> bytes:
    """`{"face": n}` → JSON: a list of `{"name", "codes", "sequences", "shape"}`.

    Glyphs that are named GJ or that have a private code; those with a sequence only when a private code needs them
    (a shape that the font has twice). `name` is "" where the font gives none of ours.
    """
    face = json.loads(payload)["face"]
    found = container.inspect(Path(FONT), face)
    if not found.tables:
        raise UnusableFont(reason="WOFF は受け付けません。元の TTF か OTF を渡してください")
    repack(Path(FONT), Path(SHAPES), found.tables)
    sanitise(Path(SHAPES), Path(CLEAN))
    font = open_clean(Path(CLEAN))
    names = _post_names(found.tables) if "glyf" in font else _cff_names(font)
    if not any(name[:1] in ("g", "G") for name in names.values()):
        raise NoGlyphNames(reason="GJ の字形が1つもありません")
    codes, sequences = _reached(font)
    private = {index for index, found_codes in codes.items() if any(map(is_pua, found_codes))}
    named = {index for index, name in names.items() if name[:1] in ("g", "G")}
    nameless = {index for index in private if index not in names and index not in sequences}
    wanted = named | private | (sequences.keys() if nameless else set())
    walk, shapes, work = walk_of(font), {}, 0
    for index in sorted(wanted):
        shapes[index], work = _shape(walk, index, work)
    return json.dumps(
        [
            {
                "name": names.get(index, "").upper(),
                "codes": sorted(codes.get(index, ())),
                "sequences": sorted(sequences.get(index, ())),
                "shape": shapes[index],
            }
            for index in sorted(wanted)
        ]
    ).encode()


def _shape(walk: GlyfWalk | CffWalk, index: int, work: int) -> tuple[str, int]:
    """The key of a glyph's shape, and the work so far."""
    if isinstance(walk, GlyfWalk):
        work += walk.work(index, f"{index} 番 ")
    outline = walk.outline(index, str(index), f"{index} 番 ")
    if not isinstance(walk, GlyfWalk):
        work += sum(map(len, outline.contours))
    if work > MAX_PLUS_WORK:
        raise PlusTooMuchInk(limit=MAX_PLUS_WORK)
    return shape_key(outline), work


def _reached(font: Any) -> tuple[dict[int, list[int]], dict[int, list[tuple[int, int]]]]:
    """Glyph index → its codes, and → its (base, selector) sequences; a default sequence is its base's glyph."""
    best = font.getBestCmap()
    if best is None:
        raise UnusableFont(reason="Unicode の cmap がありません")
    count = font["maxp"].numGlyphs
    index_of = {code: int(font.getGlyphID(glyph)) for code, glyph in best.items()}
    codes: dict[int, list[int]] = defaultdict(list)
    sequences: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for code, index in index_of.items():
        codes[index].append(code)
    for table in font["cmap"].tables:
        if table.format != _VARIATIONS:
            continue
        for selector, pairs in table.uvsDict.items():
            for base, glyph in pairs:
                index = index_of.get(base, 0) if glyph is None else int(font.getGlyphID(glyph))
                sequences[index].append((base, selector))
    for reached in (codes, sequences):
        reached.pop(0, None)  # .notdef: no glyph
        if reached and max(reached) >= count:
            raise UnusableFont(reason=f"cmap が存在しない字形 {max(reached)} を指しています（字形は {count} 個）")
    return dict(codes), dict(sequences)


def _cff_names(font: Any) -> dict[int, str]:
    top = font["CFF "].cff.topDictIndex[0]
    if hasattr(top, "ROS"):
        raise NoGlyphNames(reason="CID 形式で、字形の名前を持ちません")
    found = {index: name for index, name in enumerate(top.charset) if _NAME.fullmatch(name.encode("ascii", "replace"))}
    return _unique(found)


def _post_names(tables: tuple[Table, ...]) -> dict[int, str]:
    """Glyph index → name of ours, of a `post` table format 2.0 (OpenType 1.9 "post")."""
    place = next(((offset, length) for tag, offset, length in tables if tag == b"post"), None)
    if place is None or place[1] < _POST_HEAD:
        raise NoGlyphNames(reason="post 表に名前がありません")
    if place[1] > MAX_POST:
        raise NoGlyphNames(reason=f"post 表が大きすぎます（{place[1]} バイト、{MAX_POST} まで）")
    with Path(FONT).open("rb") as file:
        file.seek(place[0])
        data = file.read(place[1])
    version, count = struct.unpack_from(">L28xH", data)
    if version != _VERSION_2 or _POST_HEAD + 2 * count > len(data):
        raise NoGlyphNames(reason="post 表に名前がないか、途中で切れています")
    indexes = struct.unpack_from(f">{count}H", data, _POST_HEAD)
    strings = _pascal_strings(data, _POST_HEAD + 2 * count)
    found = {}
    for index, at in enumerate(indexes):
        name = strings[at - _MACINTOSH] if _MACINTOSH <= at < _MACINTOSH + len(strings) else b""
        if _NAME.fullmatch(name):
            found[index] = name.decode("ascii")
    return _unique(found)


def _pascal_strings(data: bytes, at: int) -> list[bytes]:
    strings: list[bytes] = []
    while at < len(data) and len(strings) <= MAX_GLYPHS:
        end = at + 1 + data[at]
        strings.append(data[at + 1 : end])
        at = end
    return strings


def _unique(found: dict[int, str]) -> dict[int, str]:
    """A name is an identity: two glyphs of one name would be two shapes of one character."""
    seen: dict[str, int] = {}
    for index, name in found.items():
        if seen.setdefault(name.upper(), index) != index:
            raise NoGlyphNames(reason=f"{name.upper()} という名前の字形が2つあります")
    return found
