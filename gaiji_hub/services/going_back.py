"""戻るもの: which characters a release takes back from the members, and which decisions a rollback brings back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gaiji_hub.errors import Conflict
from gaiji_hub.moji.release import Release, ReleaseDiff, ReleaseRow
from gaiji_hub.moji.release import diff as diff_values
from gaiji_hub.services.decisions import InForce, Present

_LISTED = 10


class WouldDrop(Conflict):
    code = "would_drop"
    template = (
        "前の版で標準文字に置き換えていた {count} 字（{listing}）が未同定に戻ります。"
        "判定が承認待ちなら、先に承認してください。戻ってよければ、確認の欄に印を付けるか、--dropping を付けてください"
    )


class WouldRevive(Conflict):
    code = "would_revive"
    template = (
        "第{number}版の {count} 字（{listing}）は、いま有効な承認済みの判定と違います。"
        "戻すと、取り消したり判定し直したりした内容がまた配られます。"
        "それでよければ、確認の欄に印を付けるか、--confirm を付けてください"
    )


@dataclass(frozen=True)
class Going:
    """What going back to an old release would do, by local code.

    `dropped` are delivered as a character now and would not be any more; `reviving` would be delivered with a decision
    that is not the approved one in force (undone, decided anew, about a shape or a code that the town no longer has).
    """

    dropped: tuple[str, ...]
    reviving: tuple[str, ...]

    @staticmethod
    def back(last: Release, old: Release, gaiji: Iterable[Present]) -> Going:
        """From the newest release to `old`, while the present gaiji have the decisions they have."""
        in_force = {one.local_code: one.in_force for one in gaiji}
        changes = diff_values(last, old)
        removed = {row.local_code for row in changes.removed if row.glyph}
        reviving = (row.local_code for row in old.rows if row.identification and not _holds(row, in_force))
        return Going(tuple(sorted({*dropped(changes), *removed})), tuple(reviving))

    @property
    def told(self) -> dict[str, str | int]:
        """For the audit trail: how many codes went or came back, and the first of them."""
        named = {"dropped": self.dropped, "revived": self.reviving}
        counts = {name: len(codes) for name, codes in named.items() if codes}
        return {**counts, **{f"{name}_codes": _listing(codes) for name, codes in named.items() if codes}}


def dropped(changes: ReleaseDiff) -> tuple[str, ...]:
    """The codes whose shape is as it was but whose identification is no longer there."""
    return tuple(
        new.local_code for old, new in changes.changed if old.glyph and not new.glyph and old.shape == new.shape
    )


def refuse_dropping(codes: tuple[str, ...]) -> None:
    if codes:
        raise WouldDrop(count=len(codes), listing=_listing(codes))


def refuse_reviving(number: int, codes: tuple[str, ...]) -> None:
    if codes:
        raise WouldRevive(number=number, count=len(codes), listing=_listing(codes))


def _holds(row: ReleaseRow, in_force: Mapping[str, InForce | None]) -> bool:
    """Whether the approved decision in force says what the row says; its number alone may be another."""
    found = in_force.get(row.local_code)
    return found is not None and (found.shape, found.verdict, found.glyph) == (row.shape, row.verdict, row.glyph)


def _listing(codes: tuple[str, ...]) -> str:
    return "、".join(codes[:_LISTED]) + ("…" if len(codes) > _LISTED else "")
