"""What the API says, as structs: the published form, kept apart from the values inside."""

from __future__ import annotations

from typing import Literal

import msgspec

LIMIT = 1000


class Out(msgspec.Struct, kw_only=True):
    """Base of every answer."""


class CharacterText(Out):
    """A text form: the characters themselves and the same as `U+…`, which no tool on the way can change."""

    text: str
    ucs: str


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


class Character(Out, forbid_unknown_fields=True, omit_defaults=True):
    """One glyph of 文字情報基盤 and everything the tables know of it (`tables.describe`); empty facts are left out.

    `text` is the canonical text or null, `texts` every registered form as `U+…`, the canonical one first.
    `editions` names the tables this was read from: table → version@hash.
    """

    glyph: str
    kind: str
    text: str | None
    editions: dict[str, str]
    codes: str | None = None
    ucs_base: str | None = None
    texts: list[str] = []
    compat_ucs: str | None = None
    same_shape: str | None = None
    superseded_by: str | None = None
    numbers: dict[str, str] = {}
    dictionaries: dict[str, str] = {}
    strokes: int | None = None
    kanji_shisaku: str | None = None
    version: str | None = None
    name: str | None = None
    jibo: str | None = None
    url: str | None = None
    note: str | None = None
    readings: list[str] = []
    radicals: list[RadicalStrokes] = []
    ivd: list[Ivd] = []
    shrink: list[Shrink] = []
    shrink_note: str | None = None
    family: list[str] = []


class CharacterAnswer(Out):
    """`characters` is empty and `found` false for an unknown key; several where a key names several."""

    key: str
    found: bool
    characters: list[Character]


class CharacterAnswers(Out):
    """`editions`: table → version@hash the answer was read from."""

    answers: list[CharacterAnswer]
    editions: dict[str, str]


class CharacterKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys to look up, each as in the single look-up."""

    keys: list[str]


class CodeAnswer(Out):
    """What the newest release says of one local code. `known` false: the code is not in it, all else null.

    `text` is null where nothing may be written in the code's place (未同定, 類似文字, or an id without text).
    """

    code: str
    known: bool
    glyph: str | None = None
    text: CharacterText | None = None
    verdict: str | None = None
    approval: str | None = None
    note: str | None = None


class CodeAnswers(Out):
    municipality: str
    business_system: str
    release: int
    release_hash: str
    editions: dict[str, str]
    answers: list[CodeAnswer]


class Codes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Local codes to look up, in hex."""

    codes: list[str]


class SystemOut(Out):
    """業務システム and where its work stands."""

    name: str
    title: str
    code_system: str
    gaiji: int
    decided: int
    releases: int
    published: int


class TownOut(Out):
    """団体 and its business systems."""

    lg_code: str
    title: str
    systems: list[SystemOut]


class TownList(Out):
    """All municipalities."""

    items: list[TownOut]


class GaijiItem(Out):
    """`state`: open, candidates, pending, sent_back or decided; `band` of the candidates where they were searched.

    `glyph`, `verdict` and `approval` are those of the decision in force.
    """

    code: str
    shape: str
    state: str
    band: str | None
    glyph: str | None
    verdict: str | None
    approval: str | None


class GaijiList(Out):
    """Part of a list: `items` from `offset` on, of `total` that match."""

    total: int
    offset: int
    limit: int
    items: list[GaijiItem]


class CandidateOut(Out):
    """A standard glyph near the gaiji; score 0–1."""

    glyph: str
    ucs: str | None
    text: CharacterText | None
    score: float


class DecisionOut(Out):
    """One decision; later ones replace earlier ones, none is ever changed."""

    identification: int
    shape: str
    verdict: str
    glyph: str | None
    grounds: str
    decided_by: str
    approval: str
    editions: dict[str, str]
    at: str


class GaijiDetailOut(Out):
    """One gaiji. `decision` is the one in force, `history` all of them, oldest first."""

    code: str
    shape: str
    present: bool
    band: str | None
    gallery: str | None
    candidates: list[CandidateOut]
    decision: DecisionOut | None
    history: list[DecisionOut]


class ReleaseItem(Out):
    number: int
    hash: str
    previous: str
    date: str
    reason: str
    rows: int
    rollback_of: int | None


class ReleaseList(Out):
    items: list[ReleaseItem]


class ChangedRow(Out):
    code: str
    before: dict[str, object]
    after: dict[str, object]


class ReleaseDiffOut(Out):
    """What release `number` changed against the one before it; rows as in the canonical release."""

    number: int
    against: int | None
    added: list[dict[str, object]]
    removed: list[dict[str, object]]
    changed: list[ChangedRow]


class PackFileOut(Out):
    """One file of a pack: relative path, SHA-256 and size in bytes."""

    path: str
    sha256: str
    size: int


class PackItem(Out):
    """One pack on the channel, as its signed manifest states it.

    `payload_hash` is over the unsigned manifest, `manifest_hash` over the signed one. `attestation` says whose keys
    signed: `hub` (ハブ証明: both keys lie on the hub, one party) or `two_person` (二者承認).
    """

    seq: int
    kind: str
    release: int
    release_hash: str
    payload_hash: str
    manifest_hash: str
    attestation: str
    attestation_label: str
    date: str
    files: list[PackFileOut]


class PackList(Out):
    """Part of a list: `items` from `offset` on, of `total` on the channel."""

    total: int
    offset: int
    limit: int
    items: list[PackItem]


class MemberState(Out):
    """What a member last acknowledged (null before that). `state`: never, current, behind, drift or lost.

    `tree_hash` is over the files as they lie on the member's disk.
    """

    channel: str
    member: str
    title: str
    state: str
    seq: int | None
    published_seq: int | None
    payload_hash: str | None
    tree_hash: str | None
    installed_at: str | None
    received_at: str | None


class MemberList(Out):
    items: list[MemberState]


class AcknowledgementIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """受領通知 as the agent writes it (moji.acknowledgement): what a member holds, by hash."""

    format: Literal["gaiji-hub-ack/1"]
    channel: str
    member: str
    seq: int
    payload_hash: str
    release_hash: str
    tree_hash: str
    installed_at: str
    agent: str


class Received(Out):
    """The acknowledgement is recorded (again or for the first time)."""

    received: bool
