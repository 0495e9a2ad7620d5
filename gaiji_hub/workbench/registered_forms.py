"""登録された表し方: the text forms of a release's glyphs, which a plan carries so that it needs no tables later."""

from __future__ import annotations

from gaiji_hub.convert.plan import Forms
from gaiji_hub.moji.release import Release
from gaiji_hub.tables.lookup import Tables

_USED = ("hentaigana", "mj", "mj_duplicate_ivs")


def registered_forms(release: Release, tables: Tables) -> Forms:
    """Every form of every identified glyph of `release` (docs/text.md, 畳み込み) and the editions that say so."""
    glyphs = sorted({row.glyph for row in release.rows if row.glyph and row.verdict.replaces})
    found = {glyph: character.texts for glyph in glyphs if (character := tables.character(glyph))}
    return Forms(found, tuple((name, tables.edition[name]) for name in _USED))
