"""What an edition says of each glyph: its registered texts, the private codes of that release, the key of its shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.tables.editions import Edition, rows_of

_MJ_FORMS = ("implemented_ucs", "ivs", "svs")


@dataclass(frozen=True)
class GlyphForms:
    """`texts` canonical first; `private` of that release only; `shape` "" where the table has none (moji.shape_key)."""

    texts: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    shape: str = ""


def forms_of(edition: Edition) -> dict[GlyphId, GlyphForms]:
    """Glyph → its forms, of an edition of `mj` or `mjplus`; {} for the other kinds."""
    if "mjplus" in edition.files:
        return {GlyphId(cells["glyph"]): _plus(cells) for cells in rows_of(edition.files["mjplus"])}
    if "mj" not in edition.files:
        return {}
    more: dict[str, list[str]] = {}
    if "mj_duplicate_ivs" in edition.files:
        for cells in rows_of(edition.files["mj_duplicate_ivs"]):
            more.setdefault(cells["glyph"], []).append(parse_ucs(cells["ivs"]))
    return {
        GlyphId(cells["glyph"]): GlyphForms(
            (*(parse_ucs(cells[name]) for name in _MJ_FORMS if cells[name]), *more.get(cells["glyph"], ()))
        )
        for cells in rows_of(edition.files["mj"])
    }


def _plus(cells: Mapping[str, str]) -> GlyphForms:
    others = (parse_ucs(form) for form in cells["forms"].split(";") if form)
    texts = (parse_ucs(cells["text"]), *others) if cells["text"] else ()
    return GlyphForms(texts, tuple(parse_ucs(cells["pua"])) if cells["pua"] else (), cells["shape"])


def by_text(forms: Mapping[GlyphId, GlyphForms]) -> dict[str, GlyphId]:
    """Every text and private code of an edition → its glyph."""
    return {text: glyph for glyph, one in forms.items() for text in (*one.texts, *one.private)}
