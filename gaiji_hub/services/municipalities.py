"""団体と業務システム: register, list and find them. Everything else is reached through `locate` or `lock`.

What does not exist and what belongs to another municipality are the same `NotFound`, because nothing below a
business system can be asked for without naming its municipality.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import CONSOLE, Actor, Permission
from gaiji_hub.moji.code_system import CodeSystem, code_system
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.text import has_control
from gaiji_hub.services import audit
from gaiji_hub.store import models as rows

MAX_TITLE = 100


class BadTitle(BadInput):
    code = "bad_title"
    template = "名称は1〜{limit}文字で、制御文字を含まずに指定してください"


class UnknownMunicipality(NotFound):
    code = "unknown_municipality"
    template = "団体が見つかりません: {municipality}"


class UnknownBusinessSystem(NotFound):
    code = "unknown_business_system"
    template = "業務システムが見つかりません: {municipality} {business_system}"


class NoGaijiArea(BadInput):
    code = "no_gaiji_area"
    template = "{code_system} には外字領域がないか、範囲が不明なため、外字を持つ業務システムにはできません"


class AlreadyRegistered(Conflict):
    code = "already_registered"
    template = "別の内容で登録済みです: {what}"


@dataclass(frozen=True)
class Municipality:
    """`acting_allowed`: a clerk may approve in the approver's place (代決)."""

    lg_code: str
    title: str
    acting_allowed: bool = False


@dataclass(frozen=True)
class BusinessSystem:
    """A business system as services know it; `id` is the store's and never leaves the services."""

    id: int
    lg_code: str
    name: str
    title: str
    code_system: CodeSystem
    policy: Policy = field(default_factory=Policy)
    space_rule: SpaceRule = SpaceRule.KEEP


def parse_title(text: str) -> str:
    """A name for people to read, 1–100 characters, kept as written."""
    if not text.strip() or len(text) > MAX_TITLE or has_control(text):
        raise BadTitle(limit=MAX_TITLE)
    return text


def register_municipality(
    session: Session, lg_code: str, title: str, at: datetime.datetime, by: Actor = CONSOLE
) -> Municipality:
    """Register a municipality; registering it again as it is changes nothing, otherwise `AlreadyRegistered`."""
    wanted = Municipality(parse_lg_code(lg_code), parse_title(title))
    found = session.get(rows.Municipality, wanted.lg_code)
    if found is None:
        session.add(rows.Municipality(lg_code=wanted.lg_code, title=wanted.title, registered_at=at))
        session.flush()
        audit.record(session, by, at, wanted.lg_code, "register_municipality", "municipality", {"title": wanted.title})
    elif found.title != wanted.title:
        raise AlreadyRegistered(what=f"団体 {wanted.lg_code}")
    return wanted


def register_business_system(
    session: Session, lg_code: str, name: str, title: str, codes: str, at: datetime.datetime, by: Actor = CONSOLE
) -> BusinessSystem:
    """Register a business system of a municipality; `codes` is its code system (`cp932`, `unicode`)."""
    find_municipality(session, lg_code)
    system = code_system(codes)
    if not system.capacity:
        raise NoGaijiArea(code_system=system.title)
    found = session.scalar(_by_name(lg_code, parse_name(name)))
    if found is None:
        found = rows.BusinessSystem(
            lg_code=lg_code, name=name, title=parse_title(title), code_system=system.name, registered_at=at
        )
        session.add(found)
        session.flush()
        audit.record(session, by, at, lg_code, "register_business_system", name, {"code_system": system.name})
    elif (found.title, found.code_system) != (title, system.name):
        raise AlreadyRegistered(what=f"業務システム {lg_code} {name}")
    return _value(found)


def set_policy(
    session: Session,
    lg_code: str,
    name: str,
    policy: Policy,
    space_rule: SpaceRule,
    at: datetime.datetime,
    by: Actor,
) -> BusinessSystem:
    """Change what a business system may be sent (文字要件) and how its wide space is written."""
    owner = lock(session, lg_code, name)
    by.require(Permission.ADMIN, owner.lg_code)
    row = session.get_one(rows.BusinessSystem, owner.id)
    row.policy, row.policy_edition, row.policy_until = policy.kind.value, policy.edition, policy.until
    row.space_rule = space_rule.value
    session.flush()
    detail = {
        "policy": policy.kind.value,
        "edition": policy.edition,
        "until": policy.until.isoformat() if policy.until else None,
        "space_rule": space_rule.value,
    }
    audit.record(session, by, at, owner.lg_code, "set_policy", owner.name, detail)
    return _value(row)


def set_acting_allowed(session: Session, lg_code: str, allowed: bool, at: datetime.datetime, by: Actor) -> Municipality:
    """Allow or forbid 代決 in a municipality; whether it does is part of every later approval's record."""
    by.require(Permission.ADMIN, parse_lg_code(lg_code))
    found = session.get(rows.Municipality, lg_code)
    if found is None:
        raise UnknownMunicipality(municipality=lg_code)
    found.acting_allowed = allowed
    session.flush()
    audit.record(session, by, at, lg_code, "set_acting_allowed", "municipality", {"allowed": allowed})
    return Municipality(found.lg_code, found.title, found.acting_allowed)


def find_municipality(session: Session, lg_code: str) -> Municipality:
    found = session.get(rows.Municipality, parse_lg_code(lg_code))
    if found is None:
        raise UnknownMunicipality(municipality=lg_code)
    return Municipality(found.lg_code, found.title, found.acting_allowed)


def list_municipalities(session: Session) -> tuple[Municipality, ...]:
    found = session.scalars(select(rows.Municipality).order_by(rows.Municipality.lg_code))
    return tuple(Municipality(row.lg_code, row.title, row.acting_allowed) for row in found)


def list_business_systems(session: Session, lg_code: str) -> tuple[BusinessSystem, ...]:
    find_municipality(session, lg_code)
    query = select(rows.BusinessSystem).where(rows.BusinessSystem.lg_code == lg_code).order_by(rows.BusinessSystem.name)
    return tuple(_value(row) for row in session.scalars(query))


def locate(session: Session, lg_code: str, name: str) -> BusinessSystem:
    """The business system `name` of municipality `lg_code`, or `UnknownBusinessSystem`."""
    return _found(session, _by_name(parse_lg_code(lg_code), parse_name(name)), lg_code, name)


def lock(session: Session, lg_code: str, name: str) -> BusinessSystem:
    """Like `locate`, and nobody else gives out a number of this business system until the transaction ends.

    PostgreSQL locks the row; on SQLite the writer already holds the one write lock (BEGIN IMMEDIATE).
    """
    query = _by_name(parse_lg_code(lg_code), parse_name(name)).with_for_update()
    return _found(session, query, lg_code, name)


def _by_name(lg_code: str, name: str) -> Select[rows.BusinessSystem]:
    return select(rows.BusinessSystem).where(rows.BusinessSystem.lg_code == lg_code, rows.BusinessSystem.name == name)


def _found(session: Session, query: Select[rows.BusinessSystem], lg_code: str, name: str) -> BusinessSystem:
    row = session.scalar(query)
    if row is None:
        raise UnknownBusinessSystem(municipality=lg_code, business_system=name)
    return _value(row)


def _value(row: rows.BusinessSystem) -> BusinessSystem:
    policy = Policy(PolicyKind(row.policy), row.policy_edition, row.policy_until)
    return BusinessSystem(
        row.id, row.lg_code, row.name, row.title, code_system(row.code_system), policy, SpaceRule(row.space_rule)
    )
