"""判定の記録: what was decided about gaiji and what became of it; reading, and appending outcomes.

`current` is what counts (approved), `pending` what waits for the second person, `history` all there ever was.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

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


@dataclass(frozen=True, slots=True)
class InForce:
    """What counts for a gaiji: as much of the approved decision as a release row says."""

    number: int
    local_code: str
    shape: str
    verdict: Verdict
    glyph: GlyphId | None


@dataclass(frozen=True, slots=True)
class Present:
    """A present gaiji as a release sees it: what counts for its shape, and whether the newest decision waits."""

    local_code: str
    shape: str
    in_force: InForce | None
    waits: bool


def present(session: Session, lg_code: str, system: str) -> list[Present]:
    """Every present gaiji, by local code, as `current` and `pending` would say it together.

    One query of few columns, put together here: the two would take three times as long for 6,400 gaiji.
    """
    owner, made, gaiji = locate(session, lg_code, system), rows.Identification, rows.Gaiji
    query = (
        select(
            gaiji.local_code, gaiji.shape, made.number, made.verdict, made.glyph, made.reopens, rows.Approval.outcome
        )
        .outerjoin_from(gaiji, made, (made.gaiji_id == gaiji.id) & (made.shape == gaiji.shape))
        .outerjoin(rows.Approval, rows.Approval.identification_id == made.id)
        .where(gaiji.business_system_id == owner.id, gaiji.present)
        .order_by(made.id)
    )
    approved: dict[str, Sequence[Any]] = {}
    newest: dict[str, Sequence[Any]] = {}
    for row in session.execute(query):
        outcome, code = row[-1], row[0]
        if outcome != Status.WITHDRAWN.value or code not in newest:
            newest[code] = row
        if outcome == Status.APPROVED.value:
            approved[code] = row
    return [_present(newest[code], approved.get(code)) for code in sorted(newest)]


def current(
    session: Session, lg_code: str, system: str, codes: Collection[str] | None = None
) -> dict[str, Identification]:
    """The approved decision in force for every present gaiji that has one (of `codes` only), by local code."""
    owner = locate(session, lg_code, system)
    query = with_outcome().where(
        rows.Identification.id.in_(select(_newest(owner, codes, approved=True).c.id)), rows.Gaiji.present
    )
    found = map(value_of, session.execute(query))
    return {one.local_code: one for one in found if not one.reopens}


def pending(
    session: Session, lg_code: str, system: str, codes: Collection[str] | None = None
) -> tuple[Identification, ...]:
    """The decisions that wait for approval, by number: the newest of each present gaiji about its present shape.

    With `codes` only those of these local codes: all that a single decision needs to know of 6,400.
    """
    owner = locate(session, lg_code, system)
    query = with_outcome().where(
        rows.Identification.id.in_(select(_newest(owner, codes).c.id)), rows.Approval.id.is_(None), rows.Gaiji.present
    )
    return tuple(value_of(row) for row in session.execute(query.order_by(rows.Identification.number)))


def history(session: Session, lg_code: str, system: str, local_code: str) -> tuple[Identification, ...]:
    """Every decision ever made about a local code, oldest first; `UnknownGaiji` for a code without gaiji."""
    owner = locate(session, lg_code, system)
    gaiji = find_gaiji(session, owner, local_code)
    query = with_outcome().where(rows.Identification.gaiji_id == gaiji.id).order_by(rows.Identification.number)
    return tuple(value_of(row) for row in session.execute(query))


def find(session: Session, owner: BusinessSystem, number: int) -> Identification:
    """The decision `number` of a business system, or `UnknownIdentification`."""
    query = with_outcome().where(
        rows.Identification.business_system_id == owner.id, rows.Identification.number == number
    )
    found = session.execute(query).one_or_none() if 1 <= number < 2**31 else None
    if found is None:
        raise UnknownIdentification(municipality=owner.lg_code, business_system=owner.name, number=number)
    return value_of(found)


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


def newest_numbers(session: Session, owner: BusinessSystem) -> dict[str, int]:
    """The number of the newest decision of every present gaiji about its present shape, by local code."""
    query = select(rows.Gaiji.local_code, rows.Identification.number).join_from(
        rows.Identification, rows.Gaiji, rows.Gaiji.id == rows.Identification.gaiji_id
    )
    found = query.where(rows.Identification.id.in_(select(_newest(owner).c.id)), rows.Gaiji.present)
    return dict(session.execute(found).all())


def with_outcome() -> Select[*tuple[Any, ...]]:
    """Query of decisions, to be narrowed; `value_of` reads its rows, which may have more columns after these.

    Columns and no entities: a release of 6,400 gaiji asks for all of them, and entities would cost three times as much.
    """
    made, outcome = rows.Identification, rows.Approval
    return (
        select(
            made.number, rows.Gaiji.local_code, made.shape, made.verdict, made.glyph, made.ground, made.grounds,
            made.decided_by, made.decided_by_id, made.editions, made.gallery, made.at, made.undoes, made.reopens,
            outcome.outcome, outcome.kind, outcome.by_id, outcome.by_name, outcome.remark, outcome.at,
        )
        .join_from(made, rows.Gaiji, rows.Gaiji.id == made.gaiji_id)
        .outerjoin(outcome, outcome.identification_id == made.id)
    )  # fmt: skip


def value_of(row: Sequence[Any]) -> Identification:
    """A decision as services know it, from a row of `with_outcome`."""
    number, local_code, shape, verdict, glyph, ground, grounds, by, by_id, editions, gallery, at, undoes, reopens = row[
        :14
    ]
    status, kind, outcome_by_id, outcome_by, remark, outcome_at = row[14:20]
    return Identification(
        number=number,
        local_code=local_code,
        shape=shape,
        verdict=Verdict(verdict),
        glyph=GlyphId(glyph) if glyph else None,
        ground=Ground(ground),
        grounds=grounds,
        decided_by=by,
        decided_by_id=by_id,
        editions=_editions(editions),
        gallery=gallery,
        at=at,
        outcome=Outcome(Status(status), kind, outcome_by_id, outcome_by, remark, outcome_at) if status else None,
        undoes=undoes,
        reopens=reopens,
    )


def _present(newest: Sequence[Any], approved: Sequence[Any] | None) -> Present:
    """From rows of `present`: the newest one that was not withdrawn (or none was decided), and the newest approved."""
    code, shape, number, _, _, _, outcome = newest
    in_force = None
    if approved is not None and not approved[5]:
        in_force = InForce(approved[2], code, shape, Verdict(approved[3]), approved[4])
    return Present(code, shape, in_force, number is not None and outcome is None)


@lru_cache(maxsize=64)
def _editions(text: str) -> tuple[tuple[str, str], ...]:
    """Thousands of decisions name the same few sets of editions."""
    return tuple(sorted(json.loads(text).items()))


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


def is_remark(text: str, limit: int) -> bool:
    """Whether a text of people may be kept: something in it, not too long, no control character but line ends."""
    lines = text.replace("\r\n", "\n").split("\n")
    return bool(text.strip()) and len(text) <= limit and not any(map(has_control, lines))


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
