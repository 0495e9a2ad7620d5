"""承認: the second person, having seen the same shapes, approves a decision or sends it back (invariant 4).

Nobody approves what they decided. Besides the town's approver there are two ways for small towns: an approver of
another municipality who was given the role here (`neighbour`), and 代決 (`acting`): a clerk in the approver's place
where the municipality allows it, with a reason, looked at afterwards by the approver (後閲).
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, Problems
from gaiji_hub.moji.actor import Actor, NotAllowed, Permission, roles_with
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.services import audit
from gaiji_hub.services.decisions import (
    Identification,
    Outcome,
    Status,
    find,
    is_remark,
    pending,
    record_outcomes,
    subject,
    usable_characters,
    value_of,
    with_outcome,
)
from gaiji_hub.services.municipalities import BusinessSystem, find_municipality, locate, lock
from gaiji_hub.store import models as rows
from gaiji_hub.store.scope import lock_shared

MAX_REMARK = 1000
ORDINARY, ACTING, NEIGHBOUR = "ordinary", "acting", "neighbour"
KIND_LABELS = {ORDINARY: "承認", ACTING: "代決", NEIGHBOUR: "他団体の承認者", "": ""}


class ShapesNotSeen(BadInput):
    code = "shapes_not_seen"
    template = "画面に表示していた字形・判定が、いまの記録と違います。画面を開き直し、字形を見てから承認してください"


class RemarkNeeded(BadInput):
    code = "remark_needed"
    template = "{what}を1〜{limit}文字で書いてください（改行のほかの制御文字は使えません）"


class NotYours(Conflict):
    code = "not_yours"
    template = "取り下げられるのは、判定した本人だけです"


class ReviewOfOwn(Conflict):
    code = "review_of_own"
    template = "後閲は、判定した人でも代決した人でもない承認者が行います"


class AlreadyAnswered(Conflict):
    code = "already_answered"
    template = "第{number}号の判定は、すでに{status}です"


@dataclass(frozen=True)
class ActingApproval:
    """A 代決 and whether the approver has looked at it since."""

    identification: Identification
    reviewed_by: str
    reviewed_at: datetime.datetime | None


def sheet_hash(decisions: Iterable[Identification]) -> str:
    """What an approver's screen showed, as one value: number, shape, verdict and glyph of each decision."""
    lines = (f"{d.number} {d.shape} {d.verdict.value} {d.glyph or '-'} {int(d.reopens)}\n" for d in decisions)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def approval_kind(session: Session, actor: Actor, lg_code: str, *, acting: bool) -> str:
    """In which way `actor` may approve here; `NotAllowed` when in none."""
    if actor.kind == "person" and actor.may(Permission.APPROVE, lg_code):
        return ORDINARY if actor.home == lg_code else NEIGHBOUR
    allowed = acting and actor.kind == "person" and actor.may(Permission.DECIDE, lg_code)
    if allowed and find_municipality(session, lg_code).acting_allowed:
        return ACTING
    raise NotAllowed(roles="・".join(role.label for role in roles_with(Permission.APPROVE)))


def approve(
    session: Session,
    lg_code: str,
    system: str,
    numbers: Sequence[int],
    seen: str,
    at: datetime.datetime,
    by: Actor,
    *,
    remark: str = "",
    acting: bool = False,
) -> tuple[Identification, ...]:
    """Approve decisions, all or none; `seen` is the `sheet_hash` of what was on the approver's screen.

    `acting` asks for 代決 and needs a remark. Raises `ShapesNotSeen`, `NotAllowed`, `RemarkNeeded`,
    `AlreadyAnswered` or `Problems`.
    """
    owner = lock(session, lg_code, system)
    kind = approval_kind(session, by, owner.lg_code, acting=acting)
    if (kind == ACTING or remark) and not is_remark(remark, MAX_REMARK):
        raise RemarkNeeded(what="代決の理由", limit=MAX_REMARK)
    found = [_waiting(session, owner, number) for number in numbers]
    if not found or sheet_hash(found) != seen:
        raise ShapesNotSeen
    newest = {one.number for one in pending(session, lg_code, system, {one.local_code for one in found})}
    characters = [one.glyph for one in found if one.glyph and is_hub_id(one.glyph)]
    if characters:
        lock_shared(session)
    usable = usable_characters(session, owner, characters)
    problems = [
        *(
            f"第{one.number}号（{one.local_code}）: 自分の判定は承認できません"
            for one in found
            if one.decided_by_id == by.id
        ),
        *(
            f"第{one.number}号（{one.local_code}）: 判定のあとで字形が変わったか、新しい判定があります"
            for one in found
            if one.number not in newest
        ),
        *(
            f"第{one.number}号（{one.local_code}）: ハブの文字 {one.glyph} は、共有が終わったか統合されたため、"
            "いまは使えません。差し戻して、判定し直してください"
            for one in found
            if one.glyph in characters and one.glyph not in usable
        ),
    ]
    if problems:
        raise Problems.gather("承認", problems)
    return _answer(session, owner, found, Outcome(Status.APPROVED, kind, by.id, by.name, remark, at), by, seen)


def send_back(
    session: Session, lg_code: str, system: str, number: int, remark: str, at: datetime.datetime, by: Actor
) -> Identification:
    """差戻し with a reason; what was in force before stays in force."""
    owner = lock(session, lg_code, system)
    approval_kind(session, by, owner.lg_code, acting=True)
    if not is_remark(remark, MAX_REMARK):
        raise RemarkNeeded(what="差戻しの理由", limit=MAX_REMARK)
    found = [_waiting(session, owner, number)]
    return _answer(session, owner, found, Outcome(Status.SENT_BACK, "", by.id, by.name, remark, at), by)[0]


def withdraw(
    session: Session, lg_code: str, system: str, number: int, at: datetime.datetime, by: Actor
) -> Identification:
    """取下げ of one's own decision while it waits."""
    owner = lock(session, lg_code, system)
    by.require(Permission.DECIDE, owner.lg_code)
    found = [_waiting(session, owner, number)]
    if found[0].decided_by_id != by.id:
        raise NotYours
    return _answer(session, owner, found, Outcome(Status.WITHDRAWN, "", by.id, by.name, "", at), by)[0]


def acting_approvals(session: Session, lg_code: str, system: str) -> tuple[ActingApproval, ...]:
    """Every 代決 of a business system, newest first."""
    owner = locate(session, lg_code, system)
    query = (
        with_outcome()
        .add_columns(rows.ActingReview.by_name, rows.ActingReview.at)
        .outerjoin(rows.ActingReview, rows.ActingReview.approval_id == rows.Approval.id)
        .where(rows.Approval.business_system_id == owner.id, rows.Approval.kind == ACTING)
        .order_by(rows.Approval.id.desc())
    )
    return tuple(ActingApproval(value_of(row), row[-2] or "", row[-1]) for row in session.execute(query))


def review(
    session: Session, lg_code: str, system: str, number: int, remark: str, at: datetime.datetime, by: Actor
) -> None:
    """後閲: an approver who neither decided nor acted has looked at a 代決. Once; to change it, decide anew."""
    owner = lock(session, lg_code, system)
    if approval_kind(session, by, owner.lg_code, acting=False) not in (ORDINARY, NEIGHBOUR):
        raise NotAllowed(roles="・".join(role.label for role in roles_with(Permission.APPROVE)))
    found = find(session, owner, number)
    open_ones = {one.identification.number for one in acting_approvals(session, lg_code, system) if not one.reviewed_at}
    if number not in open_ones:
        raise AlreadyAnswered(number=number, status="後閲済（または代決ではない判定）")
    if by.id in (found.decided_by_id, found.outcome.by_id if found.outcome else None):
        raise ReviewOfOwn
    approval = session.scalars(
        select(rows.Approval)
        .join(rows.Identification, rows.Identification.id == rows.Approval.identification_id)
        .where(rows.Identification.business_system_id == owner.id, rows.Identification.number == number)
    ).one()
    session.add(
        rows.ActingReview(
            approval_id=approval.id,
            lg_code=owner.lg_code,
            by_id=by.id,
            by_name=by.name,
            remark=remark[:MAX_REMARK],
            at=at,
        )
    )
    session.flush()
    audit.record(session, by, at, owner.lg_code, "review_acting", subject(owner, found), {"identification": number})


def _waiting(session: Session, owner: BusinessSystem, number: int) -> Identification:
    found = find(session, owner, number)
    if found.status is not Status.PENDING:
        raise AlreadyAnswered(number=number, status=found.status.label)
    return found


def _answer(
    session: Session,
    owner: BusinessSystem,
    found: Sequence[Identification],
    outcome: Outcome,
    by: Actor,
    seen: str = "",
) -> tuple[Identification, ...]:
    record_outcomes(session, owner, found, outcome, seen)
    acts: list[tuple[str, str, audit.Detail]] = [
        (outcome.status.value, subject(owner, one), {"identification": one.number, "kind": outcome.kind})
        for one in found
    ]
    audit.record_all(session, by, outcome.at, owner.lg_code, acts)
    return tuple(replace(one, outcome=outcome) for one in found)
