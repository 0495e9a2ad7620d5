"""申請の承認と採番: in one transaction the character gets its id and a code in every system that must hold it.

Business systems are locked in the order of their ids, so that two approvals never wait for each other in a circle;
what the second finds taken it is told. What is approved here needs no second look: the approver saw the shape, and
the decisions it makes are recorded as the clerk's, approved by the approver.
"""

from __future__ import annotations

import datetime
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Problems, Unavailable
from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.hub_character import IDS, hub_id, is_hub_id
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.allocation import place
from gaiji_hub.services.approval import ACTING, MAX_REMARK, RemarkNeeded, ShapesNotSeen, approval_kind
from gaiji_hub.services.characters import resolve
from gaiji_hub.services.decisions import (
    Identification,
    Outcome,
    Status,
    is_remark,
    pending,
    record_outcomes,
    withdrawals,
)
from gaiji_hub.services.decisions import subject as gaiji_subject
from gaiji_hub.services.identification import REPLACED, Decision, append_decided
from gaiji_hub.services.municipalities import BusinessSystem
from gaiji_hub.services.requests import (
    CharacterRequest,
    RequestOutcome,
    character_problems,
    find_request,
    lock_systems,
    record_outcome,
    request_hash,
    subject,
    system_problems,
    waiting,
)
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing
from gaiji_hub.store.scope import lock_shared
from gaiji_hub.tables.lookup import Tables

_TRIES = 50


class NoFreeId(Unavailable):
    code = "no_free_hub_id"
    template = "新しい文字の番号（GH）を決められませんでした。もう一度実行してください"


@dataclass(frozen=True)
class PlacedCode:
    """Where a business system holds the character; `new` unless the shape was at that code already."""

    system: str
    local_code: str
    new: bool
    identification: int


@dataclass(frozen=True)
class Approved:
    request: CharacterRequest
    character: str
    codes: tuple[PlacedCode, ...]


def approve_request(
    session: Session,
    tables: Tables,
    lg_code: str,
    number: int,
    seen: str,
    at: datetime.datetime,
    by: Actor,
    *,
    remark: str = "",
    acting: bool = False,
    draw: Callable[[int], int] = secrets.randbelow,
) -> Approved:
    """Approve a request and give out everything it asks for; `seen` is the `request_hash` of what was on the screen.

    Raises `NoFreeCode` (naming the system that is full), `RequestAnswered`, `ShapesNotSeen`, `NotAllowed`,
    `RemarkNeeded`, `LostCodes`, `CodesUnknown` or `Problems`; then nothing has happened. `draw` draws the numbers of
    new ids.
    """
    owners = lock_systems(session, lg_code, find_request(session, lg_code, number).systems)
    kind = approval_kind(session, by, lg_code, acting=acting)
    if (kind == ACTING or remark) and not is_remark(remark, MAX_REMARK):
        raise RemarkNeeded(what="代決の理由", limit=MAX_REMARK)
    request = waiting(session, lg_code, number)
    if is_hub_id(request.character):
        lock_shared(session)  # the character is not to be merged, nor its sharing to end, before this stands
    if request_hash(request) != seen:
        raise ShapesNotSeen
    _check(session, tables, lg_code, request, owners, at, by)
    character = _character(session, lg_code, request) or _new_character(session, lg_code, request, at, draw)
    outcome = RequestOutcome(Status.APPROVED, kind, character, by.id, by.name, remark, at)
    clerk = Actor("person", request.by_id, request.by_name, lg_code, frozenset())
    withdrawn: list[tuple[str, str, audit.Detail]] = []
    placed = []
    for owner in owners:
        gaiji, is_new = _gaiji(session, owner, request, character, at)
        withdrawn += _withdraw(session, owner, gaiji, clerk, at)
        placed.append((_decide(session, tables, owner, gaiji, request, character, clerk, outcome, seen), is_new))
    answered = record_outcome(session, lg_code, request, outcome)
    acts: list[tuple[str, str, audit.Detail]] = [
        ("approve_request", subject(request), {"character": character, "kind": kind, "shape": request.shape})
    ]
    acts += [_act(owner, made, is_new, character) for owner, (made, is_new) in zip(owners, placed, strict=True)]
    audit.record_all(session, by, at, lg_code, withdrawn + acts)
    codes = [
        PlacedCode(owner.name, made.local_code, is_new, made.number)
        for owner, (made, is_new) in zip(owners, placed, strict=True)
    ]
    return Approved(answered, character, tuple(codes))


def existing_code(session: Session, owner: BusinessSystem, shape: str) -> str:
    """The lowest code at which a business system has the shape already; "" where it has not."""
    found = _existing(session, owner, shape)
    return found.local_code if found else ""


def _check(
    session: Session,
    tables: Tables,
    lg_code: str,
    request: CharacterRequest,
    owners: Sequence[BusinessSystem],
    at: datetime.datetime,
    by: Actor,
) -> None:
    problems = [
        *(["自分の申請は承認できません"] if by.id == request.by_id else []),
        *character_problems(session, tables, lg_code, request.character, request.shape),
        *system_problems(session, owners, request.character, at),
        *(problem for owner in owners for problem in _others_decision(session, owner, request)),
    ]
    if problems:
        raise Problems.gather("申請の承認", problems)


def _others_decision(session: Session, owner: BusinessSystem, request: CharacterRequest) -> Iterator[str]:
    """A decision about the gaiji that holds the shape already, by somebody else, has to be answered first."""
    code = existing_code(session, owner, request.shape)
    for one in pending(session, owner.lg_code, owner.name, [code]) if code else ():
        if one.decided_by_id not in (None, request.by_id):
            yield (
                f"{owner.name} {code}: {one.decided_by} の判定（第{one.number}号）が承認待ちです。"
                "承認か差戻しを済ませてください"
            )


def _character(session: Session, lg_code: str, request: CharacterRequest) -> str:
    """The character asked for, as it is called now; "" for a new one."""
    asked = request.character
    return resolve(session, lg_code, asked).id if is_hub_id(asked) else asked


def _new_character(
    session: Session, lg_code: str, request: CharacterRequest, at: datetime.datetime, draw: Callable[[int], int]
) -> str:
    """A hub character under an id that nobody has, not even a town whose characters are not seen here."""
    for _ in range(_TRIES):
        glyph = hub_id(draw(IDS))
        entry = {
            "id": glyph,
            "lg_code": lg_code,
            "shape": request.shape,
            "title": request.title,
            "readings": json.dumps(request.readings, ensure_ascii=False, separators=(",", ":")),
            "merged_into": None,
            "shared": False,
            "registered_at": at,
        }
        mine = select(rows.HubCharacter.id).where(rows.HubCharacter.id == glyph)
        if session.scalar(mine) is not None:
            continue
        insert_missing(session, rows.HubCharacter, [entry])
        if session.scalar(mine.where(rows.HubCharacter.lg_code == lg_code)) is not None:
            return glyph
    raise NoFreeId


def _gaiji(
    session: Session, owner: BusinessSystem, request: CharacterRequest, character: str, at: datetime.datetime
) -> tuple[rows.Gaiji, bool]:
    """The gaiji that has the shape in a business system, and whether it and its code are new."""
    known = _existing(session, owner, request.shape)
    return known or place(session, owner, request.shape, character, request.id, at), known is None


def _withdraw(
    session: Session, owner: BusinessSystem, gaiji: rows.Gaiji, clerk: Actor, at: datetime.datetime
) -> list[tuple[str, str, audit.Detail]]:
    """A waiting decision of the same clerk about the gaiji is replaced; the trail's entries about it."""
    replaced = pending(session, owner.lg_code, owner.name, [gaiji.local_code])
    record_outcomes(session, owner, replaced, Outcome(Status.WITHDRAWN, "", clerk.id, clerk.name, REPLACED, at))
    return withdrawals(owner, replaced)


def _decide(
    session: Session,
    tables: Tables,
    owner: BusinessSystem,
    gaiji: rows.Gaiji,
    request: CharacterRequest,
    character: str,
    clerk: Actor,
    outcome: RequestOutcome,
    seen: str,
) -> Identification:
    """The decision that a gaiji is the character: the requesting clerk's, approved by who answers the request."""
    decision = Decision(
        local_code=gaiji.local_code,
        verdict=Verdict.EXACT,
        glyph=character,
        grounds=request.grounds,
        shape=request.shape,
        gallery=request.searched["gallery"],
        ground=request.ground,
    )
    (made,) = append_decided(session, owner, [gaiji], [decision], tables.edition, outcome.at, clerk)
    approved = Outcome(Status.APPROVED, outcome.kind, outcome.by_id, outcome.by_name, outcome.remark, outcome.at)
    record_outcomes(session, owner, [made], approved, seen)
    return made


def _existing(session: Session, owner: BusinessSystem, shape: str) -> rows.Gaiji | None:
    query = select(rows.Gaiji).where(
        rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present, rows.Gaiji.shape == shape
    )
    return session.scalar(query.order_by(rows.Gaiji.local_code).limit(1))


def _act(owner: BusinessSystem, made: Identification, is_new: bool, character: str) -> tuple[str, str, audit.Detail]:
    detail: audit.Detail = {"character": character, "identification": made.number, "shape": made.shape}
    return ("allocate" if is_new else "approved", gaiji_subject(owner, made), detail)
