"""文字要件: what a business system may be sent, and what to offer where a row does not meet it (invariant 3).

The edition of MJ+ is recorded and shown, not compared: no table says which characters an edition has. MJ ids are in
every edition; GJ ids are refused.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from enum import StrEnum

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.release import ReleaseRow
from gaiji_hub.moji.text import has_control
from gaiji_hub.moji.verdict import Verdict


class PolicyKind(StrEnum):
    """`transition` is `local` until a date, then `mjplus`."""

    LOCAL = "local"
    MJ_IVS = "mj-ivs"
    MJPLUS = "mjplus"
    TRANSITION = "transition"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    PolicyKind.LOCAL: "団体の外字コードを使う",
    PolicyKind.MJ_IVS: "文字情報基盤（MJ）とIVSだけ",
    PolicyKind.MJPLUS: "行政事務標準文字（MJ+）だけ",
    PolicyKind.TRANSITION: "期日まで外字コード、以後 MJ+ だけ",
}


class SpaceRule(StrEnum):
    """How a host's wide space is written: a setting of the member system (domain.md, Local codes)."""

    KEEP = "keep"
    FULL_WIDTH = "full_width"
    HALF_PAIR = "half_pair"

    @property
    def label(self) -> str:
        return {"keep": "そのまま", "full_width": "全角空白1字", "half_pair": "半角空白2字"}[self.value]


class BadPolicy(BadInput):
    code = "bad_policy"
    template = "文字要件の指定が正しくありません: {reason}"


@dataclass(frozen=True)
class Policy:
    """`edition` names the MJ+ edition ("" for local and mj-ivs); `until` is the last day of a transition."""

    kind: PolicyKind = PolicyKind.LOCAL
    edition: str = ""
    until: datetime.date | None = None

    def __post_init__(self) -> None:
        if (self.kind in (PolicyKind.MJPLUS, PolicyKind.TRANSITION)) != bool(self.edition):
            raise BadPolicy(reason="MJ+ の版は、MJ+ だけ・期日まで外字コードのときに指定します（例: 2026-08）")
        if (self.kind is PolicyKind.TRANSITION) != (self.until is not None):
            raise BadPolicy(reason="期日は、期日まで外字コードのときに指定します")
        if len(self.edition) > 40 or has_control(self.edition):
            raise BadPolicy(reason="MJ+ の版は40文字までです")

    def in_force(self, date: datetime.date) -> PolicyKind:
        """The kind that a release of `date` must meet."""
        if self.kind is not PolicyKind.TRANSITION:
            return self.kind
        assert self.until is not None
        return PolicyKind.LOCAL if date <= self.until else PolicyKind.MJPLUS

    def describe(self) -> str:
        parts = [
            self.kind.label,
            f"版 {self.edition}" if self.edition else "",
            f"期日 {self.until}" if self.until else "",
        ]
        return "、".join(part for part in parts if part)


@dataclass(frozen=True)
class Violation:
    """A row that the target may not be sent, and what can be done about it (Japanese sentences)."""

    local_code: str
    glyph: str
    reason: str
    offers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.local_code}: {self.reason}。{'、または'.join(self.offers)}"


# What is said wherever an edition would have to be looked up.
NO_EDITION_TABLES = "行政事務標準文字（MJ+）の版ごとの文字表との照合は未実装です"
_REPLACE = "標準文字を選び直して「デザイン差」として判定する"
_REQUEST = "文字の追加要望の書類を作る"


def violations(policy: PolicyKind, rows: tuple[ReleaseRow, ...]) -> tuple[Violation, ...]:
    """The rows that `policy` forbids, in their order; none for `local`."""
    if policy is PolicyKind.LOCAL:
        return ()
    return tuple(found for row in rows if (found := _violation(policy, row)) is not None)


def _violation(policy: PolicyKind, row: ReleaseRow) -> Violation | None:
    glyph = row.glyph or ""
    if row.identification == 0:
        return Violation(row.local_code, "", "承認された判定がありません", ("判定と承認を済ませる",))
    if glyph.startswith("GH"):
        return Violation(row.local_code, glyph, f"ハブの文字 {glyph} は標準文字ではありません", (_REPLACE, _REQUEST))
    if glyph.startswith("GJ"):
        return Violation(
            row.local_code, glyph, f"{glyph} を確かめられません（{NO_EDITION_TABLES}）", (_REPLACE, _REQUEST)
        )
    if row.verdict is Verdict.NONE or not row.verdict.replaces:
        return Violation(
            row.local_code, glyph, f"判定「{row.verdict.label}」は標準文字に置き換えられません", (_REPLACE, _REQUEST)
        )
    if policy is PolicyKind.MJ_IVS and not row.texts:
        return Violation(
            row.local_code, glyph, f"{glyph} には MJ と IVS で書ける文字列がありません", (_REPLACE, _REQUEST)
        )
    return None
