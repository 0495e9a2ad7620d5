"""文字: one character of the reference tables and the values that belong to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs

Kind = Literal["kanji", "hentaigana"]


@dataclass(frozen=True)
class MjCharacter:
    """A row of MJ文字情報一覧表 or of its 変体仮名編. Characters are text (not `U+…`); None is an empty cell.

    `ucs` is the code point the glyph belongs to, `implemented_ucs`, `ivs`, `svs`, `duplicate_ivs` its registered
    forms. `same_shape` and `superseded_by` are set for ids without text (docs/text.md).
    """

    glyph: GlyphId
    kind: Kind
    ucs: str | None
    implemented_ucs: str | None
    ivs: str | None = None
    svs: str | None = None
    duplicate_ivs: str | None = None
    compat_ucs: str | None = None
    koseki_number: str | None = None
    toki_number: str | None = None
    juki_code: str | None = None
    nyukan_seiji: str | None = None
    nyukan_gaiji: str | None = None
    kanji_shisaku: str | None = None
    x0213: str | None = None
    x0213_hosetsu_renban: str | None = None
    x0213_hosetsu_kubun: str | None = None
    x0212: str | None = None
    version: str | None = None
    strokes: int | None = None
    daikanwa: str | None = None
    nihongo_kanji_jiten: str | None = None
    shindaijiten: str | None = None
    daijigen: str | None = None
    daikangorin: str | None = None
    note: str | None = None
    name: str | None = None
    jibo: str | None = None
    academic_number: str | None = None
    url: str | None = None
    same_shape: GlyphId | None = field(default=None)
    superseded_by: GlyphId | None = field(default=None)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every registered text form, the canonical one first; empty for an id without text."""
        forms = (self.implemented_ucs, self.ivs, self.svs, self.duplicate_ivs)
        return tuple(form for form in forms if form)

    @property
    def text(self) -> str | None:
        """The canonical text of repertoire `mj-ivs`: bare code point, else IVS, else SVS, else None."""
        return next(iter(self.texts), None)

    @property
    def ucs_base(self) -> str | None:
        """The base its family shares, `"U+9089"`; None where the publisher withdrew it."""
        return format_ucs(self.ucs) if self.ucs else None


@dataclass(frozen=True)
class ShrinkCandidate:
    """One candidate of MJ縮退マップ. `rank` and `hops` exist only in some source tables."""

    table: str
    title: str
    text: str
    x0213: str
    rank: int | None
    hops: int | None


@dataclass(frozen=True)
class Radical:
    """`number` 1–214 (康熙部首), `strokes` outside the radical as the publisher writes it (a number or `-`)."""

    number: int
    character: str
    strokes: str


@dataclass(frozen=True)
class IvdEntry:
    """A registration in the Ideographic Variation Database."""

    collection: str
    code: str
