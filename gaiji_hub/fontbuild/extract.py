"""The child's side of a font intake: OTS, then outlines of the wanted codes, framed as plain bytes.

The current folder holds the font as `FONT`; nothing else is read, and what is written goes with the folder.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.fontbuild import container
from gaiji_hub.fontbuild.family import family_name
from gaiji_hub.fontbuild.repack import repack
from gaiji_hub.fontbuild.sanitise import sanitise
from gaiji_hub.fontbuild.walk import MAX_WORK, BadGlyph, CffWalk, GlyfWalk
from gaiji_hub.limits.worker import leave_cpu
from gaiji_hub.moji.text import is_pua

FONT, SHAPES, CLEAN = "font", "shapes", "clean"
MAX_CODES = 6_400
CPU_SECONDS = 4
HEAD, GLYPH = struct.Struct(">L"), struct.Struct(">LL")


class TooManyCodes(BadInput):
    code = "too_many_codes"
    template = "取り込む外字が多すぎます: {count} 字（上限 {limit} 字）。コードの範囲を分けて指定してください"


class NoUnicodeCmap(BadInput):
    code = "no_unicode_cmap"
    template = "フォントに Unicode の cmap がありません。Unicode で書き出し直してください"


class CmapOutside(BadInput):
    code = "cmap_outside"
    template = "フォントが壊れています: U+{character} が存在しない字形 {index} を指しています（字形は {count} 個）"


class TooMuchInk(BadInput):
    code = "too_much_ink"
    template = "字形の点と部品の組み合わせが全部で多すぎます（上限 {limit}）。コードの範囲を分けて指定してください"


def extract(payload: bytes) -> bytes:
    """`{"wanted": [code…] or null, "face": n}` → a frame of `intake.parse_frame`.

    Raises the errors of this package's intake.
    """
    order = json.loads(payload)
    found = container.inspect(Path(FONT), order["face"])
    if found.tables:
        repack(Path(FONT), Path(SHAPES), found.tables)
    leave_cpu(CPU_SECONDS - round(sanitise(Path(SHAPES if found.tables else FONT), Path(CLEAN))))
    cleaned = container.inspect(Path(CLEAN))
    family = family_name(Path(FONT), found.tables) if found.tables else family_name(Path(CLEAN), cleaned.tables)
    font = open_clean(Path(CLEAN))
    best = _cmap(font)
    wanted = order["wanted"]
    codes = sorted(set(wanted)) if wanted is not None else sorted(filter(is_pua, best))
    if len(codes) > MAX_CODES:
        raise TooManyCodes(count=len(codes), limit=MAX_CODES)
    indexes = _indexes(font, best, codes)
    present = [(code, index) for code, index in indexes.items() if index]
    missing = [code for code in codes if not indexes.get(code)]
    blank, body = _shapes(font, present)
    head = {
        "family": family,
        "units_per_em": font["head"].unitsPerEm,
        "blank": blank,
        "missing": missing if wanted is not None else [],
    }
    encoded = json.dumps(head).encode()
    return b"".join((HEAD.pack(len(encoded)), encoded, *body))


def open_clean(path: Path) -> Any:
    """The cleaned font, glyphs named by their index: names stated in a font are neither needed nor trusted."""
    from fontTools.ttLib import TTFont

    font = TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    font.setGlyphOrder([str(index) for index in range(font["maxp"].numGlyphs)])
    return font


def _cmap(font: Any) -> dict[int, str]:
    """The best Unicode cmap, else the symbol one: code → glyph name."""
    best = font.getBestCmap()
    if best is None and (symbol := font["cmap"].getcmap(3, 0)):
        best = symbol.cmap
    if best is None:
        raise NoUnicodeCmap
    return dict(best)


def _indexes(font: Any, best: dict[int, str], codes: Sequence[int]) -> dict[int, int]:
    """Code → glyph index of those of `codes` that the cmap has; index 0 is .notdef: no glyph."""
    count = font["maxp"].numGlyphs
    indexes = {code: int(font.getGlyphID(best[code])) for code in codes if code in best}
    for code, index in indexes.items():
        if index >= count:
            raise CmapOutside(character=f"{code:04X}", index=index, count=count)
    return indexes


def walk_of(font: Any) -> GlyfWalk | CffWalk:
    units, advances = font["head"].unitsPerEm, font["hmtx"].metrics
    if "glyf" in font:
        return GlyfWalk(font.reader["glyf"], font["loca"], advances, units)
    return CffWalk(font["CFF "].cff, advances, units)


def _shapes(font: Any, present: Sequence[tuple[int, int]]) -> tuple[list[int], list[bytes]]:
    """The codes whose glyph draws nothing, and the framed outlines of the others."""
    blank: list[int] = []
    framed: list[bytes] = []
    for code, data in _outlines(walk_of(font), present):
        if data is None:
            blank.append(code)
        else:
            framed.append(GLYPH.pack(code, len(data)) + data)
    return blank, framed


def _outlines(walk: GlyfWalk | CffWalk, present: Sequence[tuple[int, int]]) -> Iterator[tuple[int, bytes | None]]:
    _weigh(walk, present)
    points = 0
    for code, index in present:
        outline = walk.outline(index, str(index), f"U+{code:04X} ")
        points += sum(map(len, outline.contours))
        if points > MAX_WORK:
            raise TooMuchInk(limit=MAX_WORK)
        yield code, None if outline.blank else _bytes(outline, code)


def _weigh(walk: GlyfWalk | CffWalk, present: Sequence[tuple[int, int]]) -> None:
    """Refuse what would take too long before any of it is flattened; CFF tells its points only while drawing."""
    if isinstance(walk, GlyfWalk):
        work = 0
        for code, index in present:
            work += walk.work(index, f"U+{code:04X} ")
            if work > MAX_WORK:
                raise TooMuchInk(limit=MAX_WORK)


def _bytes(outline: Any, code: int) -> bytes:
    try:
        return bytes(outline.to_bytes())
    except struct.error:
        raise BadGlyph(glyph=f"U+{code:04X} ", reason="寸法が 16 ビットに収まりません") from None
