"""私の仕事: what waits for one person, over all the municipalities where the person has a role. Nothing here writes."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Select, func, literal, or_, select
from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.shrink_policy import ShrinkUse
from gaiji_hub.services.approval import ACTING
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.delivery import members_state
from gaiji_hub.services.gaiji_states import GaijiState, Standing, decisions_by_id, standings
from gaiji_hub.services.municipalities import (
    BusinessSystem,
    Municipality,
    list_business_systems,
    list_municipalities,
)
from gaiji_hub.store import models as rows

SHOWN = 5


class WorkKind(StrEnum):
    """What is to be done, in the order it is shown."""

    SENT_BACK = "sent_back"
    DECIDE = "decide"
    APPROVE = "approve"
    APPROVE_REQUEST = "approve_request"
    APPROVE_SHRINK = "approve_shrink"
    REVIEW_ACTING = "review_acting"
    SIGN_OFF = "sign_off"
    RELEASE = "release"
    MEMBERS = "members"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    WorkKind.SENT_BACK: "差し戻された自分の判定",
    WorkKind.DECIDE: "同定する外字",
    WorkKind.APPROVE: "承認を待つ判定",
    WorkKind.APPROVE_REQUEST: "承認を待つ新しい字形の申請",
    WorkKind.APPROVE_SHRINK: "承認を待つ縮退方針・縮退先",
    WorkKind.REVIEW_ACTING: "後閲を待つ代決",
    WorkKind.SIGN_OFF: "校了を待つ印刷ジョブ",
    WorkKind.RELEASE: "配布版に入っていない承認",
    WorkKind.MEMBERS: "最新でない受信システム",
}


@dataclass(frozen=True)
class WorkItem:
    """One thing: `key` is its local code, member or print job; `number` that of the decision or request, or 0."""

    key: str
    number: int = 0


@dataclass(frozen=True)
class Work:
    """`count` things of one kind in one business system (None: in the municipality), and the first of them."""

    kind: WorkKind
    municipality: Municipality
    system: BusinessSystem | None
    count: int
    first: tuple[WorkItem, ...]


def my_work(session: Session, actor: Actor, at: datetime.datetime) -> tuple[Work, ...]:
    """What waits for `actor`, a person, at the instant `at`: by kind, then by municipality and business system."""
    found = [
        work
        for town in list_municipalities(session)
        if town.lg_code in actor.lg_codes
        for work in _in_town(session, town, actor, at)
    ]
    order = list(WorkKind)
    return tuple(sorted((work for work in found if work.count), key=lambda work: order.index(work.kind)))


def _in_town(session: Session, town: Municipality, actor: Actor, at: datetime.datetime) -> Iterator[Work]:
    if actor.may(Permission.APPROVE, town.lg_code):
        yield _counted(session, WorkKind.APPROVE_REQUEST, town, None, _requests(town, actor))
        yield _shrinking(session, town, actor)
    for system in list_business_systems(session, town.lg_code):
        if actor.may(Permission.DECIDE, town.lg_code):
            yield from _gaiji(session, town, system, actor)
        if actor.may(Permission.APPROVE, town.lg_code):
            yield _counted(session, WorkKind.REVIEW_ACTING, town, system, _acting(system))
        if actor.may(Permission.PRINT, town.lg_code):
            yield _counted(session, WorkKind.SIGN_OFF, town, system, _jobs(system, date_in_japan(at)))
        if actor.may(Permission.RELEASE, town.lg_code):
            yield _unreleased(session, town, system)
            yield _members(session, town, system)


def _gaiji(session: Session, town: Municipality, system: BusinessSystem, actor: Actor) -> Iterator[Work]:
    """What a clerk has to decide, what came back, and for an approver what others decided."""
    found = standings(session, system)
    mine = set(session.scalars(_unsettled(system, actor)))
    sent_back = [one for one in found if one.state is GaijiState.SENT_BACK and one.newest in mine]
    yield _listed(session, WorkKind.SENT_BACK, town, system, sent_back)
    to_decide = [one for one in found if one.state in (GaijiState.OPEN, GaijiState.CANDIDATES)]
    yield _listed(session, WorkKind.DECIDE, town, system, to_decide)
    if actor.may(Permission.APPROVE, town.lg_code):
        waiting = [one for one in found if one.state is GaijiState.PENDING and one.newest not in mine]
        yield _listed(session, WorkKind.APPROVE, town, system, waiting)


def _listed(
    session: Session, kind: WorkKind, town: Municipality, system: BusinessSystem, found: list[Standing]
) -> Work:
    shown = found[:SHOWN]
    known = decisions_by_id(session, [one.newest for one in shown if one.newest])
    items = [WorkItem(one.local_code, known[one.newest].number if one.newest in known else 0) for one in shown]
    return Work(kind, town, system, len(found), tuple(items))


def _counted(
    session: Session,
    kind: WorkKind,
    town: Municipality,
    system: BusinessSystem | None,
    query: Select[str, int],
) -> Work:
    """The rows of `query`, (key, number): how many, and the first."""
    count = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    shown = session.execute(query.limit(SHOWN)) if count else ()
    return Work(kind, town, system, count, tuple(WorkItem(key, number) for key, number in shown))


def _members(session: Session, town: Municipality, system: BusinessSystem) -> Work:
    states: Iterable[tuple[str, str]] = [
        (one.member.name, one.state) for one in members_state(session, town.lg_code, system.name) if one.published_seq
    ]
    behind = [WorkItem(name) for name, state in states if state != "current"]
    return Work(WorkKind.MEMBERS, town, system, len(behind), tuple(behind[:SHOWN]))


def _unsettled(system: BusinessSystem, actor: Actor) -> Select[int]:
    """The store's ids of what the actor decided and nobody approved."""
    made, approval = rows.Identification, rows.Approval
    query = select(made.id).outerjoin(approval, approval.identification_id == made.id)
    query = query.where(made.business_system_id == system.id, made.decided_by_id == actor.id)
    return query.where(or_(approval.id.is_(None), approval.outcome == Status.SENT_BACK.value))


def _requests(town: Municipality, actor: Actor) -> Select[str, int]:
    """Requests for characters that wait for a second person."""
    request, outcome = rows.CharacterRequest, rows.RequestOutcome
    query = select(request.title, request.number).outerjoin(outcome, outcome.request_id == request.id)
    query = query.where(request.lg_code == town.lg_code, outcome.id.is_(None), request.by_id != actor.id)
    return query.order_by(request.number)


def _shrinking(session: Session, town: Municipality, actor: Actor) -> Work:
    """縮退方針 and 縮退先の選択 that wait for a second person; `key` is the use as people call it."""
    items = []
    for asked, outcome in (
        (rows.ShrinkPolicy, rows.ShrinkPolicyOutcome),
        (rows.ShrinkChoice, rows.ShrinkChoiceOutcome),
    ):
        query = select(asked.use, asked.number).outerjoin(outcome, outcome.request_id == asked.id)
        query = query.where(asked.lg_code == town.lg_code, outcome.id.is_(None), asked.by_id != actor.id)
        found = session.execute(query.order_by(asked.use, asked.number))
        items += [WorkItem(ShrinkUse(use).label, number) for use, number in found]
    return Work(WorkKind.APPROVE_SHRINK, town, None, len(items), tuple(items[:SHOWN]))


def _acting(system: BusinessSystem) -> Select[str, int]:
    """代決 that the approver has not looked at."""
    made, approval, review = rows.Identification, rows.Approval, rows.ActingReview
    query = (
        select(rows.Gaiji.local_code, made.number)
        .join(made, made.gaiji_id == rows.Gaiji.id)
        .join(approval, approval.identification_id == made.id)
        .outerjoin(review, review.approval_id == approval.id)
    )
    query = query.where(approval.business_system_id == system.id, approval.kind == ACTING, review.id.is_(None))
    return query.order_by(made.number)


def _jobs(system: BusinessSystem, today: datetime.date) -> Select[str, int]:
    """Print jobs still valid that were neither signed off nor withdrawn."""
    job, event = rows.PrintJob, rows.PrintJobEvent
    settled = select(event.id).where(event.print_job_id == job.id, event.kind.in_(("signed_off", "withdrawn")))
    query = select(job.name, literal(0)).where(job.business_system_id == system.id)
    return query.where(job.valid_until >= today, ~settled.exists()).order_by(job.id)


def _unreleased(session: Session, town: Municipality, system: BusinessSystem) -> Work:
    """Approvals later than the newest release; the instant of a release is the one in the audit trail."""
    made, approval = rows.Identification, rows.Approval
    released = select(func.max(rows.Audit.at)).where(
        rows.Audit.lg_code == system.lg_code,
        rows.Audit.subject.startswith(f"{system.name}/release/", autoescape=True),
        rows.Audit.action.in_(("release", "rollback")),
    )
    last = session.scalar(released)
    wanted = [approval.business_system_id == system.id, approval.outcome == Status.APPROVED.value]
    wanted += [] if last is None else [approval.at > last]
    # Before the first release these are all approvals there are: they are counted without asking what they are about.
    count = session.scalar(select(func.count(approval.id)).where(*wanted)) or 0
    first = select(approval.identification_id).where(*wanted).order_by(approval.id).limit(SHOWN)
    ids = session.scalars(first).all() if count else ()
    about = select(rows.Gaiji.local_code, made.number).join(made, made.gaiji_id == rows.Gaiji.id)
    shown = session.execute(about.where(made.id.in_(ids)).order_by(made.number)) if ids else ()
    return Work(WorkKind.RELEASE, town, system, count, tuple(WorkItem(code, number) for code, number in shown))
