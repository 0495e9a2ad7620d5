"""判定の記録: what was decided about gaiji and what became of it; reading, and appending outcomes.

`current` is what counts (approved), `pending` what waits for the second person, `history` all there ever was.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, Subquery, func, or_, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.code_system import BadCode
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.release import APPROVED, UNAPPROVED
from gaiji_hub.moji.text import has_control
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import BusinessSystem, locate
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new


class UnknownGaiji(NotFound):
    code = "unknown_gaiji"
    template = "外字が見つかりません: {municipality} {business_system} {local_code}"


class UnknownIdentification(NotFound):
    code = "unknown_identification"
    template = "判定が見つかりません: {municipality} {business_system} 第{number}号"


class Status(StrEnum):
    """What became of a decision."""

    PENDING = "pending"
    APPROVED = "approved"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]


_STATUS_LABELS = {
    Status.PENDING: "承認待ち",
    Status.APPROVED: "承認済",
    Status.SENT_BACK: "差戻し",
    Status.WITHDRAWN: "取下げ",
}


@dataclass(frozen=True)
class Outcome:
    """What the second person (or, withdrawing, the first) said to a decision. `kind` is "" unless approved."""

    status: Status
    kind: str
    by_id: int
    by_name: str
    remark: str
    at: datetime.datetime


@dataclass(frozen=True)
class Identification:
    """A recorded decision. `number` counts from 1 within the business system; `decided_by_id` None: before 0.2.

    `undoes` is the number that this decision takes back; `reopens` sets the gaiji back to 未同定.
    """

    number: int
    local_code: str
    shape: str
    verdict: Verdict
    glyph: GlyphId | None
    ground: Ground
    grounds: str
    decided_by: str
    decided_by_id: int | None
    editions: tuple[tuple[str, str], ...]
    gallery: str
    at: datetime.datetime
    outcome: Outcome | None = None
    undoes: int | None = None
    reopens: bool = False

    @property
    def status(self) -> Status:
        return self.outcome.status if self.outcome else Status.PENDING

    @property
    def approval(self) -> str:
        """`approved` or `unapproved`, as a release row says it (moji.release)."""
        return APPROVED if self.status is Status.APPROVED else UNAPPROVED


def current(
    session: Session, lg_code: str, system: str, codes: Collection[str] | None = None
) -> dict[str, Identification]:
    """The approved decision in force for every present gaiji that has one (of `codes` only), by local code."""
    owner = locate(session, lg_code, system)
    found = (_value(*row) for row in session.execute(in_force(owner, codes)))
    return {one.local_code: one for one in found if not one.reopens}


def pending(
    session: Session, lg_code: str, system: str, codes: Collection[str] | None = None
) -> tuple[Identification, ...]:
    """The decisions that wait for approval, by number: the newest of each present gaiji about its present shape.

    With `codes` only those of these local codes: all that a single decision needs to know of 6,400.
    """
    owner = locate(session, lg_code, system)
    query = _with_outcome().where(
        rows.Identification.id.in_(select(_newest(owner, codes).c.id)), rows.Approval.id.is_(None), rows.Gaiji.present
    )
    return tuple(_value(*row) for row in session.execute(query.order_by(rows.Identification.number)))


def history(session: Session, lg_code: str, system: str, local_code: str) -> tuple[Identification, ...]:
    """Every decision ever made about a local code, oldest first; `UnknownGaiji` for a code without gaiji."""
    owner = locate(session, lg_code, system)
    gaiji = find_gaiji(session, owner, local_code)
    query = _with_outcome().where(rows.Identification.gaiji_id == gaiji.id).order_by(rows.Identification.number)
    return tuple(_value(*row) for row in session.execute(query))


def find(session: Session, owner: BusinessSystem, number: int) -> Identification:
    """The decision `number` of a business system, or `UnknownIdentification`."""
    query = _with_outcome().where(
        rows.Identification.business_system_id == owner.id, rows.Identification.number == number
    )
    found = session.execute(query).one_or_none() if 1 <= number < 2**31 else None
    if found is None:
        raise UnknownIdentification(municipality=owner.lg_code, business_system=owner.name, number=number)
    return _value(*found)


def find_gaiji(session: Session, owner: BusinessSystem, local_code: str) -> rows.Gaiji:
    """The store's row of a gaiji, for services only."""
    try:
        code = owner.code_system.format(owner.code_system.parse(local_code))
    except BadCode:
        code = ""
    query = select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.local_code == code)
    found = session.scalar(query)
    if found is None:
        raise UnknownGaiji(municipality=owner.lg_code, business_system=owner.name, local_code=local_code[:12])
    return found


def in_force(
    owner: BusinessSystem, codes: Collection[str] | None = None
) -> Select[rows.Identification, rows.Approval | None, str]:
    """Query: (decision, outcome, local code), the newest approved one of every present gaiji about its shape."""
    return _with_outcome().where(
        rows.Identification.id.in_(select(_newest(owner, codes, approved=True).c.id)), rows.Gaiji.present
    )


def newest(owner: BusinessSystem) -> Select[rows.Identification, rows.Approval | None, str]:
    """Query: (decision, outcome, local code), the newest decision of every present gaiji about its present shape."""
    return _with_outcome().where(rows.Identification.id.in_(select(_newest(owner).c.id)), rows.Gaiji.present)


def record_outcomes(
    session: Session, owner: BusinessSystem, decided: Sequence[Identification], outcome: Outcome, seen: str = ""
) -> None:
    """Append the one outcome of each decision; the caller holds the lock and has checked that they wait."""
    numbers = [one.number for one in decided]
    query = select(rows.Identification.number, rows.Identification.id).where(
        rows.Identification.business_system_id == owner.id, rows.Identification.number.in_(numbers)
    )
    ids = dict(session.execute(query).all())
    entry = {
        "business_system_id": owner.id,
        "lg_code": owner.lg_code,
        "outcome": outcome.status.value,
        "kind": outcome.kind,
        "by_id": outcome.by_id,
        "by_name": outcome.by_name,
        "remark": outcome.remark,
        "seen": seen,
        "at": outcome.at,
    }
    insert_new(session, rows.Approval, [{**entry, "identification_id": ids[number]} for number in numbers])


def usable_characters(session: Session, owner: BusinessSystem, glyphs: Iterable[str]) -> frozenset[str]:
    """Which of these hub characters a decision of the town may name now: its own and shared ones, no aliases.

    The query says whose they are: the session of a lent approver or of the console sees more towns than this one.
    """
    wanted = sorted({glyph for glyph in glyphs if is_hub_id(glyph)})
    character = rows.HubCharacter
    query = select(character.id).where(
        character.id.in_(wanted),
        or_(character.lg_code == owner.lg_code, character.shared),
        character.merged_into.is_(None),
    )
    return frozenset(session.scalars(query)) if wanted else frozenset()


def withdrawals(owner: BusinessSystem, replaced: Iterable[Identification]) -> list[tuple[str, str, audit.Detail]]:
    """The trail's entries for waiting decisions that a new one takes the place of."""
    return [
        (Status.WITHDRAWN.value, subject(owner, one), {"identification": one.number, "replaced": True})
        for one in replaced
    ]


def subject(owner: BusinessSystem, one: Identification) -> str:
    """How the audit trail names a decision: by its gaiji."""
    return f"{owner.name}/{one.local_code}"


def value_of(row: rows.Identification, approval: rows.Approval | None, local_code: str) -> Identification:
    """A decision as services know it, from the store's rows."""
    return _value(row, approval, local_code)


def is_remark(text: str, limit: int) -> bool:
    """Whether a text of people may be kept: something in it, not too long, no control character but line ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    return bool(text.strip()) and len(text) <= limit and not any(map(has_control, lines))


def _with_outcome() -> Select[rows.Identification, rows.Approval | None, str]:
    return (
        select(rows.Identification, rows.Approval, rows.Gaiji.local_code)
        .join(rows.Gaiji, rows.Gaiji.id == rows.Identification.gaiji_id)
        .outerjoin(rows.Approval, rows.Approval.identification_id == rows.Identification.id)
    )


def _newest(owner: BusinessSystem, codes: Collection[str] | None = None, *, approved: bool = False) -> Subquery:
    """The id of the newest decision of each gaiji about its present shape; withdrawn ones were never made."""
    outcome = select(rows.Approval.id).where(rows.Approval.identification_id == rows.Identification.id)
    query = (
        select(func.max(rows.Identification.id).label("id"))
        .join(rows.Gaiji, rows.Gaiji.id == rows.Identification.gaiji_id)
        .where(rows.Gaiji.business_system_id == owner.id, rows.Identification.shape == rows.Gaiji.shape)
    )
    if codes is not None:
        query = query.where(rows.Gaiji.local_code.in_(sorted(codes)))
    if approved:
        query = query.where(outcome.where(rows.Approval.outcome == Status.APPROVED.value).exists())
    else:
        query = query.where(~outcome.where(rows.Approval.outcome == Status.WITHDRAWN.value).exists())
    return query.group_by(rows.Identification.gaiji_id).subquery()


def _value(row: rows.Identification, approval: rows.Approval | None, local_code: str) -> Identification:
    return Identification(
        number=row.number,
        local_code=local_code,
        shape=row.shape,
        verdict=Verdict(row.verdict),
        glyph=GlyphId(row.glyph) if row.glyph else None,
        ground=Ground(row.ground),
        grounds=row.grounds,
        decided_by=row.decided_by,
        decided_by_id=row.decided_by_id,
        editions=tuple(sorted(json.loads(row.editions).items())),
        gallery=row.gallery,
        at=row.at,
        outcome=_outcome(approval) if approval else None,
        undoes=row.undoes,
        reopens=row.reopens,
    )


def _outcome(row: rows.Approval) -> Outcome:
    return Outcome(Status(row.outcome), row.kind, row.by_id, row.by_name, row.remark, row.at)
