"""団体のフォント: the two fonts of a pack, from values to bytes.

`member_font` shows a town's own codes in the town's own shapes, as EUDC.TTE does. `ivs_font` shows the MJ
characters in use by their real text (base + selector) and, as aliases, by the town's private codes.

A font derived from the standard one must not carry its name and comes under the same licence (IPA Font
License v1.0, articles 3.1(1) and 3.2): names are ours, rights are repeated from the source.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gaiji_hub.fontbuild.rebuild import CannotBuildFont, FontGlyph, FontNames, build_font
from gaiji_hub.fontbuild.standard import FontSource
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.text import is_pua, is_selector

EUDC_FILE = "EUDC.TTE"
EUDC_EM = 1_024
_KEY = re.compile(r"[0-9A-Za-z-]{1,40}")
_TAKEN = re.compile(r"ipa", re.IGNORECASE)


@dataclass(frozen=True)
class TownGlyph:
    """A town's own shape at its private-use code point."""

    pua: int
    outline: Outline


@dataclass(frozen=True)
class MjGlyph:
    """A standard shape, the texts that mean it (base, or base + selector) and the town's codes for it."""

    glyph: GlyphId
    outline: Outline
    texts: tuple[str, ...] = ()
    aliases: tuple[int, ...] = ()


@dataclass(frozen=True)
class FontTitle:
    """Whose font: `town` in Japanese for people, `key` (ASCII, `999990-juki`) for programs, its version.

    Both go into a family name of at most 31 characters: `town` up to 17, `key` up to 13.
    """

    town: str
    key: str
    version: str


def member_font(glyphs: Sequence[TownGlyph], title: FontTitle, *, modified: datetime.date) -> bytes:
    """The town's own codes, glyphs in the order given; install as `EUDC_FILE` or under any name.

    Raises `CannotBuildFont` for a code outside private use, a code given twice or a name too long.
    """
    for glyph in glyphs:
        if not is_pua(glyph.pua):
            raise CannotBuildFont(reason=f"U+{glyph.pua:04X} は私用領域ではありません")
    named = [FontGlyph(f"u{glyph.pua:04X}", glyph.outline, (glyph.pua,)) for glyph in glyphs]
    names = _names(title, "外字", "Gaiji", f"字形は{title.town}が登録した外字です。", None)
    return build_font(named, names, units_per_em=EUDC_EM, modified=modified)


def ivs_font(
    glyphs: Sequence[MjGlyph],
    title: FontTitle,
    source: FontSource,
    *,
    units_per_em: int,
    modified: datetime.date,
) -> bytes:
    """The standard characters in use, by text and by private code, glyphs in the order given.

    A text of two characters goes to cmap 14; its base is not guessed: give the base's own glyph too (see
    `StandardFont.glyph_of`). Raises `CannotBuildFont` as `member_font` does.
    """
    named = [_named(glyph) for glyph in glyphs]
    description = f"{source.family}（{source.version}）から使う文字だけを取り出した派生フォントです。"
    names = _names(title, "標準文字", "Standard", description, source)
    return build_font(named, names, units_per_em=units_per_em, modified=modified)


def _named(glyph: MjGlyph) -> FontGlyph:
    for alias in glyph.aliases:
        if not is_pua(alias):
            raise CannotBuildFont(reason=f"U+{alias:04X} は私用領域ではありません")
    bare = tuple(ord(text) for text in glyph.texts if len(text) == 1)
    pairs = tuple((ord(text[0]), ord(text[1])) for text in glyph.texts if len(text) == 2)
    if len(bare) + len(pairs) != len(glyph.texts) or not all(is_selector(vs) for _, vs in pairs):
        raise CannotBuildFont(reason=f"{glyph.glyph} の文字が、基底と選択子の組ではありません")
    return FontGlyph(glyph.glyph.lower(), glyph.outline, (*bare, *glyph.aliases), pairs)


def _names(title: FontTitle, kind: str, kind_en: str, description: str, source: FontSource | None) -> FontNames:
    if not _KEY.fullmatch(title.key):
        raise CannotBuildFont(reason=f"フォントの識別名が正しくありません: {title.key[:40]}")
    if _TAKEN.search(title.key):
        raise CannotBuildFont(reason="派生フォントの名前に元のフォントの名前（IPA）は使えません")
    return FontNames(
        family=f"GaijiHub {title.town} {kind}",
        family_en=f"GaijiHub {title.key} {kind_en}",
        postscript=f"GaijiHub-{title.key}-{kind_en}",
        version=title.version,
        copyright=source.copyright if source else description,
        description=description,
        licence=source.licence if source else "",
        licence_url=source.licence_url if source else "",
    )
