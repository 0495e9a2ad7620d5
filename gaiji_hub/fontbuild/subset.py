"""印刷用の部分フォント: exactly the characters of one job, by text and by the vendor's private codes.

Rebuilt from outlines: no table of the standard font goes along, and none of its names. A font derived from it comes
under the same licence (IPA Font License v1.0, articles 3.1(3) and (4)), so the town's own shapes stand in a font of
their own: nobody licensed them to the world. Shapes for vertical lines (ー 「 。) come with their characters, reached
by the feature `vert` alone.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Any

from gaiji_hub.fontbuild.rebuild import FontGlyph, FontNames, build_font
from gaiji_hub.fontbuild.standard import FontSource
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.text import is_pua

VERSION = "1.000"


@dataclass(frozen=True)
class PrintGlyph:
    """A shape with every text that means it (base, or base + selector) and its private code point, if it has one.

    `vertical` is its shape in vertical lines where that is another.
    """

    outline: Outline
    texts: tuple[str, ...]
    private: int | None = None
    vertical: Outline | None = None


@dataclass(frozen=True)
class Coverage:
    """What a font says it shows, read from its cmap: single code points, and (base, selector) pairs."""

    codes: Set[int]
    sequences: Set[tuple[int, int]]

    def shows(self, text: str) -> bool:
        """Whether one character (base, or base + selector) has a glyph of its own."""
        if len(text) == 1:
            return ord(text) in self.codes
        return len(text) == 2 and (ord(text[0]), ord(text[1])) in self.sequences


def print_font(
    glyphs: Sequence[PrintGlyph], mark: str, source: FontSource | None, *, units_per_em: int, modified: datetime.date
) -> bytes:
    """A TTF of `glyphs` in the order given, besides `.notdef` and the blank U+0020 every font of ours has.

    `source` is the standard font its shapes come from, None for a font of the town's own. `mark` (ASCII, ≤ 15) tells
    this font from every other one on the vendor's machine. Raises `CannotBuildFont`.
    """
    named = [_named(glyph) for glyph in glyphs]
    turned = [
        FontGlyph(f"{name.name}.vert", glyph.vertical)
        for name, glyph in zip(named, glyphs, strict=True)
        if glyph.vertical is not None
    ]
    data = build_font([*named, *turned], _names(mark, source), units_per_em=units_per_em, modified=modified)
    return _with_vertical(data, [glyph.name for glyph in turned]) if turned else data


def family(mark: str, *, own: bool = False) -> str:
    """The family name of a job's font (of the `own` shapes' one), in programs and on the vendor's machine."""
    return f"GaijiHub {'Gaiji' if own else 'Print'} {mark}"


def read_coverage(font: bytes) -> Coverage:
    """The cmap of a font of ours, read without the code that wrote it. Raises what fontTools raises."""
    from fontTools.ttLib import TTFont

    opened: Any = TTFont(io.BytesIO(font), lazy=True)
    order = set(opened.getGlyphOrder()) - {".notdef"}
    codes = {code for code, name in opened.getBestCmap().items() if name in order}
    pairs = set()
    for table in opened["cmap"].tables:
        if table.format == 14:
            for selector, entries in table.uvsDict.items():
                pairs |= {(base, selector) for base, name in entries if (name in order if name else base in codes)}
    return Coverage(frozenset(codes), frozenset(pairs))


def _with_vertical(data: bytes, turned: Sequence[str]) -> bytes:
    """The font with a feature `vert` that leads from `name` to `name.vert`."""
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
    from fontTools.ttLib import TTFont

    font: Any = TTFont(io.BytesIO(data), recalcTimestamp=False)
    lines = "".join(f"sub {name.removesuffix('.vert')} by {name};\n" for name in turned)
    systems = "languagesystem DFLT dflt;\nlanguagesystem hani dflt;\nlanguagesystem kana dflt;\n"
    addOpenTypeFeaturesFromString(font, f"{systems}feature vert {{\n{lines}}} vert;\n", tables=["GSUB"])
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def _named(glyph: PrintGlyph) -> FontGlyph:
    bare = [ord(text) for text in glyph.texts if len(text) == 1 and text != " "]
    pairs = tuple((ord(text[0]), ord(text[1])) for text in glyph.texts if len(text) == 2)
    private = [glyph.private] if glyph.private is not None and is_pua(glyph.private) else []
    first = glyph.texts[0] if glyph.texts else chr(private[0])
    return FontGlyph("_".join(f"u{ord(c):04X}" for c in first), glyph.outline, (*bare, *private), pairs)


def _names(mark: str, source: FontSource | None) -> FontNames:
    if source is None:
        words = "字形は団体が登録した外字です。このジョブの印刷のためだけに渡されています。"
        return FontNames(
            family=f"GaijiHub 印刷外字 {mark}",
            family_en=family(mark, own=True),
            postscript=f"GaijiHub-Gaiji-{mark.replace(' ', '-')}",
            version=VERSION,
            copyright=words,
            description=words,
        )
    return FontNames(
        family=f"GaijiHub 印刷 {mark}",
        family_en=family(mark),
        postscript=f"GaijiHub-Print-{mark.replace(' ', '-')}",
        version=VERSION,
        copyright=source.copyright,
        description=f"{source.family}（{source.version}）から使う文字だけを取り出した派生フォントです。",
        licence=source.licence,
        licence_url=source.licence_url,
    )
