"""新しい字形の申請: a clerk asks that business systems hold a shape; a second person answers (request_approval).

A request says which shape, of which character ("" for a new hub character), in which systems, on what grounds, and
what was found when it was searched for. It is never edited: to change it, withdraw it and ask anew.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, NotFound, Problems
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.grounds import CHOICES, Ground
from gaiji_hub.moji.hub_character import MOST_READINGS, is_hub_id, parse_readings
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.policy import PolicyKind
from gaiji_hub.services import audit
from gaiji_hub.services.approval import MAX_REMARK, RemarkNeeded, approval_kind
from gaiji_hub.services.character_search import Found, Source
from gaiji_hub.services.characters import UnknownHubCharacter, resolve, with_shape
from gaiji_hub.services.decisions import Status, current, is_remark
from gaiji_hub.services.identification import MAX_GROUNDS
from gaiji_hub.services.municipalities import BadTitle, BusinessSystem, find_municipality, lock, parse_title
from gaiji_hub.services.release import MAX_NUMBER
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables


class UnknownRequest(NotFound):
    code = "unknown_character_request"
    template = "申請が見つかりません: {municipality} 第{number}号"


class SearchNotSeen(BadInput):
    code = "search_not_seen"
    template = "検索の結果に、まだ表示していなかったものがあります。表示された結果を見てから、もう一度申請してください"


class RequestAnswered(Conflict):
    code = "request_answered"
    template = "申請 第{number}号は、すでに{status}です"


class NotYourRequest(Conflict):
    code = "not_your_request"
    template = "取り下げられるのは、申請した本人だけです"


@dataclass(frozen=True)
class Wanted:
    """What a clerk asks for. `character` "" is a new hub character; `readings` as typed; `systems` their names."""

    source: Source
    title: str
    systems: tuple[str, ...]
    grounds: str
    ground: Ground = Ground.UNSTATED
    character: str = ""
    readings: str = ""


@dataclass(frozen=True)
class RequestOutcome:
    status: Status
    kind: str
    character: str
    by_id: int
    by_name: str
    remark: str
    at: datetime.datetime


@dataclass(frozen=True)
class CharacterRequest:
    """A recorded request. `searched` is `Found.to_record`; `id` is the store's and never leaves the services."""

    id: int
    number: int
    shape: str
    character: str
    title: str
    readings: tuple[str, ...]
    systems: tuple[str, ...]
    ground: Ground
    grounds: str
    searched: dict[str, Any]
    by_id: int
    by_name: str
    at: datetime.datetime
    outcome: RequestOutcome | None

    @property
    def status(self) -> Status:
        return self.outcome.status if self.outcome else Status.PENDING


def request_hash(request: CharacterRequest) -> str:
    """What an approver's screen showed of a request, as one value."""
    shown = (request.number, request.shape, request.character, request.title, request.readings, request.systems)
    return hashlib.sha256(canonical(shown)).hexdigest()


def request_character(
    session: Session,
    tables: Tables,
    lg_code: str,
    wanted: Wanted,
    found: Found,
    seen: str,
    at: datetime.datetime,
    by: Actor,
) -> CharacterRequest:
    """Record a request; `found` is what was just searched for its source, `seen` the hash of what the clerk saw.

    Raises `SearchNotSeen`, or `Problems` with everything that stands against it.
    """
    by.require(Permission.DECIDE, lg_code)
    if found.source != wanted.source or found.hash != seen:
        raise SearchNotSeen
    owners = lock_systems(session, lg_code, wanted.systems)
    character = _character(session, lg_code, wanted)
    problems = [
        *_form_problems(wanted),
        *character_problems(session, tables, lg_code, character, found.shape),
        *system_problems(session, owners, character, at),
        *_double_problems(session, lg_code, found.shape, [owner.name for owner in owners]),
    ]
    if problems:
        raise Problems.gather("申請", problems)
    number = (session.scalar(select(func.max(rows.CharacterRequest.number)).where(_of(lg_code))) or 0) + 1
    entry = rows.CharacterRequest(
        lg_code=lg_code,
        number=number,
        shape=found.shape,
        character=character,
        title=parse_title(wanted.title),
        readings=_json(_readings(session, lg_code, character, wanted)),
        systems=_json([owner.name for owner in owners]),
        grounds=_json({"ground": wanted.ground.value, "words": wanted.grounds}),
        searched=_json(found.to_record()),
        by_id=by.id,
        by_name=by.name,
        at=at,
    )
    session.add(entry)
    session.flush()
    made = _value(entry, None)
    audit.record(session, by, at, lg_code, "request_character", subject(made), _detail(made))
    return made


def list_requests(
    session: Session, lg_code: str, status: Status | None = None, limit: int = 200
) -> tuple[CharacterRequest, ...]:
    """The town's requests, newest first, narrowed to one status."""
    query = _with_outcome(lg_code)
    if status is Status.PENDING:
        query = query.where(rows.RequestOutcome.id.is_(None))
    elif status is not None:
        query = query.where(rows.RequestOutcome.outcome == status.value)
    found = session.execute(query.order_by(rows.CharacterRequest.number.desc()).limit(limit))
    return tuple(_value(*row) for row in found)


def find_request(session: Session, lg_code: str, number: int) -> CharacterRequest:
    query = _with_outcome(lg_code).where(rows.CharacterRequest.number == number)
    found = session.execute(query).one_or_none() if 1 <= number <= MAX_NUMBER else None
    if found is None:
        raise UnknownRequest(municipality=lg_code, number=number)
    return _value(*found)


def request_outline(session: Session, lg_code: str, number: int) -> Outline:
    """The shape of a request of the town."""
    shape = find_request(session, lg_code, number).shape
    return Outline.from_bytes(session.scalars(select(rows.Shape.outline).where(rows.Shape.hash == shape)).one())


def withdraw_request(session: Session, lg_code: str, number: int, at: datetime.datetime, by: Actor) -> CharacterRequest:
    """取下げ of one's own request while it waits."""
    by.require(Permission.DECIDE, lg_code)
    request = waiting(session, lg_code, number)
    if request.by_id != by.id:
        raise NotYourRequest
    return answer(session, lg_code, request, RequestOutcome(Status.WITHDRAWN, "", "", by.id, by.name, "", at), by)


def send_back_request(
    session: Session, lg_code: str, number: int, remark: str, at: datetime.datetime, by: Actor
) -> CharacterRequest:
    """差戻し with a reason, by somebody who might have approved it."""
    approval_kind(session, by, lg_code, acting=True)
    request = waiting(session, lg_code, number)
    if not is_remark(remark, MAX_REMARK):
        raise RemarkNeeded(what="差戻しの理由", limit=MAX_REMARK)
    return answer(session, lg_code, request, RequestOutcome(Status.SENT_BACK, "", "", by.id, by.name, remark, at), by)


def lock_systems(session: Session, lg_code: str, names: Sequence[str]) -> tuple[BusinessSystem, ...]:
    """Lock business systems of a town in the order of their ids, then the town's requests."""
    query = select(rows.BusinessSystem.id, rows.BusinessSystem.name).where(rows.BusinessSystem.lg_code == lg_code)
    ids = {name: found for found, name in session.execute(query)}
    owners = [lock(session, lg_code, name) for name in sorted(set(names), key=lambda name: (ids.get(name, 0), name))]
    lock_town(session, lg_code)
    return tuple(owners)


def lock_town(session: Session, lg_code: str) -> None:
    """Nobody else asks or answers in this town until the transaction ends; taken after business systems."""
    find_municipality(session, lg_code)
    row = select(rows.Municipality.lg_code).where(rows.Municipality.lg_code == lg_code)
    session.execute(row.with_for_update())


def waiting(session: Session, lg_code: str, number: int) -> CharacterRequest:
    """A request that waits, the town's requests locked; `RequestAnswered` when somebody was faster."""
    lock_town(session, lg_code)
    request = find_request(session, lg_code, number)
    if request.status is not Status.PENDING:
        raise RequestAnswered(number=number, status=request.status.label)
    return request


def answer(
    session: Session, lg_code: str, request: CharacterRequest, outcome: RequestOutcome, by: Actor
) -> CharacterRequest:
    """Record the one outcome of a request, with its entry of the audit trail."""
    entry = record_outcome(session, lg_code, request, outcome)
    audit.record(session, by, outcome.at, lg_code, f"{outcome.status.value}_request", subject(request), {})
    return entry


def record_outcome(
    session: Session, lg_code: str, request: CharacterRequest, outcome: RequestOutcome
) -> CharacterRequest:
    fields = {**vars(outcome), "outcome": outcome.status.value}
    del fields["status"]
    session.add(rows.RequestOutcome(lg_code=lg_code, request_id=request.id, **fields))
    session.flush()
    return CharacterRequest(**{**vars(request), "outcome": outcome})


def subject(request: CharacterRequest) -> str:
    """How the audit trail names a request."""
    return f"request/{request.number}"


def character_problems(session: Session, tables: Tables, lg_code: str, character: str, shape: str) -> Iterator[str]:
    """Why the shape may not be registered as `character` ("" = a new one)."""
    if not character:
        for same in with_shape(session, lg_code, shape):
            yield f"同じ字形の文字 {same.id}（{same.title}）があります。その文字として申請してください"
    elif is_hub_id(character):
        try:
            resolve(session, lg_code, character)
        except UnknownHubCharacter:
            yield f"文字 {character} の共有は終わっています。差し戻すか取り下げて、申請し直してください"
    elif tables.character(GlyphId(character)) is None:
        yield f"文字図形名 {character[:12]} は文字情報一覧表にもハブの文字にもありません"


def system_problems(
    session: Session, owners: Sequence[BusinessSystem], character: str, at: datetime.datetime
) -> Iterator[str]:
    """Why a business system may not hold the character: its 文字要件, or it holds it already."""
    for owner in owners:
        kind = owner.policy.in_force(date_in_japan(at))
        if kind is not PolicyKind.LOCAL and (not character or is_hub_id(character)):
            yield (
                f"業務システム {owner.name} の文字要件は「{owner.policy.describe()}」のため、"
                "ハブの文字を採番できません。標準文字を選んで「デザイン差」として判定するか、文字の追加要望の書類を作ってください"
            )
        held = _held_at(session, owner, character) if character else []
        if held:
            yield f"業務システム {owner.name} では、この文字がすでにコード {held[0]} にあります"


def _held_at(session: Session, owner: BusinessSystem, character: str) -> list[str]:
    """The codes at which the character is in force; only those ever said to be it are looked at."""
    ever = (
        select(rows.Gaiji.local_code)
        .join(rows.Identification, rows.Identification.gaiji_id == rows.Gaiji.id)
        .where(rows.Identification.business_system_id == owner.id, rows.Identification.glyph == character)
    )
    codes = sorted(set(session.scalars(ever)))
    decided = current(session, owner.lg_code, owner.name, codes)
    return [code for code in codes if code in decided and decided[code].glyph == character]


def _character(session: Session, lg_code: str, wanted: Wanted) -> str:
    """The canonical id asked for, aliases resolved; "" for a new character."""
    asked = wanted.character or wanted.source.character
    if not asked.strip():
        return ""
    glyph = parse_glyph_id(asked)
    return resolve(session, lg_code, glyph).id if is_hub_id(glyph) else glyph


def _readings(session: Session, lg_code: str, character: str, wanted: Wanted) -> tuple[str, ...]:
    """What was typed and, of a hub character, its own readings: they stay the town's when the sharing ends."""
    typed = parse_readings(wanted.readings)
    known = resolve(session, lg_code, character).readings if is_hub_id(character) else ()
    more = [reading for reading in known if reading not in typed]
    return tuple(sorted((*typed, *more[: MOST_READINGS - len(typed)])))


def _form_problems(wanted: Wanted) -> Iterator[str]:
    if not wanted.systems:
        yield "この文字を入れる業務システムを1つ以上選んでください"
    try:
        parse_title(wanted.title)
    except BadTitle as error:
        yield str(error)
    if wanted.ground not in CHOICES:
        yield "根拠を一覧から選んでください"
    if not is_remark(wanted.grounds, MAX_GROUNDS):
        yield f"根拠を1〜{MAX_GROUNDS}文字で書いてください（改行のほかの制御文字は使えません）"


def _double_problems(session: Session, lg_code: str, shape: str, systems: Sequence[str]) -> Iterator[str]:
    for request in list_requests(session, lg_code, Status.PENDING):
        if request.shape == shape and set(request.systems) & set(systems):
            yield f"同じ字形の申請 第{request.number}号（{request.by_name}）が承認待ちです"


def _of(lg_code: str) -> Any:
    return rows.CharacterRequest.lg_code == lg_code


def _with_outcome(lg_code: str) -> Select[rows.CharacterRequest, rows.RequestOutcome | None]:
    return (
        select(rows.CharacterRequest, rows.RequestOutcome)
        .outerjoin(rows.RequestOutcome, rows.RequestOutcome.request_id == rows.CharacterRequest.id)
        .where(_of(lg_code))
    )


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _detail(request: CharacterRequest) -> audit.Detail:
    return {"shape": request.shape, "character": request.character, "systems": " ".join(request.systems)}


def _value(row: rows.CharacterRequest, outcome: rows.RequestOutcome | None) -> CharacterRequest:
    grounds = json.loads(row.grounds)
    return CharacterRequest(
        id=row.id,
        number=row.number,
        shape=row.shape,
        character=row.character,
        title=row.title,
        readings=tuple(json.loads(row.readings)),
        systems=tuple(json.loads(row.systems)),
        ground=Ground(grounds["ground"]),
        grounds=grounds["words"],
        searched=json.loads(row.searched),
        by_id=row.by_id,
        by_name=row.by_name,
        at=row.at,
        outcome=_outcome(outcome) if outcome else None,
    )


def _outcome(row: rows.RequestOutcome) -> RequestOutcome:
    return RequestOutcome(Status(row.outcome), row.kind, row.character, row.by_id, row.by_name, row.remark, row.at)
