"""What the API says of one character of the reference tables."""

from __future__ import annotations

import msgspec

from gaiji_hub.web.api.schemas import Out


class Shrink(Out, forbid_unknown_fields=True):
    """縮退候補: `table` of MJ縮退マップ, target in JIS X 0213, `rank` and `hops` where the source has them."""

    table: str
    title: str
    text: str
    ucs: str
    x0213: str
    rank: int | None
    hops: int | None


class RadicalStrokes(Out, forbid_unknown_fields=True):
    """部首 (1–214) and the strokes outside it as published."""

    number: int
    character: str
    strokes: str


class Ivd(Out, forbid_unknown_fields=True):
    """A registration in the Ideographic Variation Database."""

    collection: str
    code: str


class UnicodeOut(Out, forbid_unknown_fields=True):
    """Properties of one code point; `decomposition` is a fact of the standard and never applied."""

    text: str
    code: str
    name: str
    category: str
    block: str
    decomposition: str
    version: str


class IdsOut(Out, forbid_unknown_fields=True):
    """漢字構成記述文字列 and the letters of the regions that write the character so."""

    ids: str
    codes: str
    sources: str


class VariantOut(Out, forbid_unknown_fields=True):
    """Another character and what it is to this one; `relation` ends in ` ←` where this one is the object."""

    relation: str
    title: str
    text: str
    codes: str
    comment: str | None


class NyukanOut(Out, forbid_unknown_fields=True):
    """A row of 告示582号別表第四; `seiji`: the other is the 正字 of this one, else it is written as this one."""

    title: str
    seiji: bool
    code: str
    text: str | None
    codes: str | None
    rank: int


class CodeTableOut(Out, forbid_unknown_fields=True):
    """A code of one of the texts (`codes`) in a code table; `round_trip`: read, written or both (ADR 0016)."""

    table: str
    codes: str
    code: str
    round_trip: str


class Character(Out, forbid_unknown_fields=True, omit_defaults=True):
    """One glyph of 文字情報基盤 and everything the tables know of it (`tables.describe`); empty facts are left out.

    From `unicode` on, only the look-up of a single key gives them; `not_installed` names tables this hub has not built.

    `text` is the canonical text or null, `texts` every registered form as `U+…`, the canonical one first.
    `editions` names the tables this was read from: table → version@hash.
    """

    glyph: str
    kind: str
    text: str | None
    editions: dict[str, str]
    codes: str | None = None
    ucs_base: str | None = None
    texts: list[str] = msgspec.field(default_factory=list)
    compat_ucs: str | None = None
    same_shape: str | None = None
    superseded_by: str | None = None
    numbers: dict[str, str] = msgspec.field(default_factory=dict)
    dictionaries: dict[str, str] = msgspec.field(default_factory=dict)
    strokes: int | None = None
    kanji_shisaku: str | None = None
    version: str | None = None
    name: str | None = None
    jibo: str | None = None
    url: str | None = None
    note: str | None = None
    readings: list[str] = msgspec.field(default_factory=list)
    radicals: list[RadicalStrokes] = msgspec.field(default_factory=list)
    ivd: list[Ivd] = msgspec.field(default_factory=list)
    shrink: list[Shrink] = msgspec.field(default_factory=list)
    shrink_note: str | None = None
    family: list[str] = msgspec.field(default_factory=list)
    unicode: list[UnicodeOut] = msgspec.field(default_factory=list)
    ids: list[IdsOut] = msgspec.field(default_factory=list)
    ids_comments: list[str] = msgspec.field(default_factory=list)
    variants: list[VariantOut] = msgspec.field(default_factory=list)
    kangxi: list[str] = msgspec.field(default_factory=list)
    nyukan: list[NyukanOut] = msgspec.field(default_factory=list)
    code_tables: list[CodeTableOut] = msgspec.field(default_factory=list)
    changes: list[str] = msgspec.field(default_factory=list)
    not_installed: list[str] = msgspec.field(default_factory=list)


class CharacterAnswer(Out):
    """`characters` is empty and `found` false for an unknown key; several where a key names several."""

    key: str
    found: bool
    characters: list[Character]


class CodeRowOut(Out, forbid_unknown_fields=True):
    """One thing a code table says of a code; `back` is the code its text is written as, where that is another one."""

    codes: str | None
    round_trip: str
    round_trip_label: str
    back: str | None
    note: str | None


class CodeConflictOut(Out, forbid_unknown_fields=True):
    """What sources disagree about: the value the table has, the one it has not, and why."""

    code: str
    kind: str
    text: str
    source: str
    other_text: str
    other_source: str
    why: str
    kind_label: str
    why_label: str


class CodeFacts(Out, forbid_unknown_fields=True):
    """A code of a code system (`jef-ebcdik:80A1`); `text` null where it has no character."""

    code_system: str
    title: str
    code: str
    text: str | None
    codes: str | None
    user_defined: bool
    rows: list[CodeRowOut]
    conflicts: list[CodeConflictOut]
    editions: dict[str, str]


class PlusOut(Out, forbid_unknown_fields=True):
    """What one imported edition of MJ+ says of a GJ glyph; `private` codes hold in that release only."""

    edition: str
    text: str | None
    forms: list[str]
    private: list[str]


class CharacterAnswers(Out):
    """`editions`: table → version@hash the answer was read from; `code` only where the key is a code of a system,
    `plus` only where it is a GJ id that an imported edition has.
    """

    answers: list[CharacterAnswer]
    editions: dict[str, str]
    code: CodeFacts | None = None
    plus: list[PlusOut] = msgspec.field(default_factory=list)


class CharacterKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys to look up, each as in the single look-up."""

    keys: list[str]
