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
