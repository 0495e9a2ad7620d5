"""人と役割: the staff of municipalities and of the hub, and what they may do where.

A person has one home municipality ("" for the hub's staff) and roles in it; an approver may also be lent to a
neighbour until a date (services.lending). Roles are ended, never deleted. An operator makes a municipality's first
administrator and nobody after that.
"""

from __future__ import annotations

import datetime
import re
import secrets
from dataclasses import dataclass

from argon2 import PasswordHasher
from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import HUB, HUB_ROLES, TOWN_ROLES, Actor, Permission, Place, Role
from gaiji_hub.moji.japan_time import JST
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import (
    AlreadyRegistered,
    UnknownMunicipality,
    find_municipality,
    parse_title,
    register_municipality,
)
from gaiji_hub.store import models as rows

MIN_PASSWORD, MAX_PASSWORD = 12, 200
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,58}[a-z0-9]")
# No look-alikes: a first password is read from paper.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
HASHER = PasswordHasher()


class BadLogin(BadInput):
    code = "bad_login"
    template = "利用者名は英小文字・数字・._@- の3〜60文字で指定してください"


class LoginTaken(Conflict):
    code = "login_taken"
    template = "この利用者名は使われています。別の利用者名を指定してください"


class WeakPassword(BadInput):
    code = "weak_password"
    template = "パスワードは{least}〜{most}文字で、利用者名を含まないものにしてください"


class WrongRole(BadInput):
    code = "wrong_role"
    template = "この役割は付けられません（{reason}）"


class UnknownPerson(NotFound):
    code = "unknown_person"
    template = "利用者が見つかりません"


class LastAdmin(Conflict):
    code = "last_admin"
    template = "最後の{role}の役割は外せません。先に別の人に付けてください"


@dataclass(frozen=True)
class PersonRole:
    """A role that counts now. `neighbour`: lent by another municipality's person."""

    id: int
    lg_code: str
    role: Role
    until: datetime.date | None
    neighbour: bool


@dataclass(frozen=True)
class Person:
    """`roles` are those the asking session sees, in force today.

    Of a person lent by another municipality only the login, the name and the roles here are told; `home` is None.
    """

    id: int
    login: str
    name: str
    home: str | None
    disabled: bool
    locked_until: datetime.datetime | None
    must_change: bool
    oidc: bool
    roles: tuple[PersonRole, ...]


def parse_login(text: str) -> str:
    if not _LOGIN.fullmatch(text):
        raise BadLogin
    return text


def check_password(text: str, login: str) -> str:
    if not MIN_PASSWORD <= len(text) <= MAX_PASSWORD or login in text:
        raise WeakPassword(least=MIN_PASSWORD, most=MAX_PASSWORD)
    return text


def new_password() -> str:
    """A first password, to be changed at the first login: 16 letters in groups of four, about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def register_person(
    session: Session,
    home: str,
    login: str,
    name: str,
    password: str,
    at: datetime.datetime,
    by: Actor,
    *,
    must_change: bool = True,
) -> Person:
    """Register a person of a municipality (or `HUB`), without any role yet; `password` "" for OIDC only."""
    _require_admin(session, home, by)
    if session.scalar(select(rows.Person.id).where(rows.Person.login == parse_login(login))) is not None:
        raise LoginTaken
    row = rows.Person(
        lg_code=home,
        login=login,
        name=parse_title(name),
        password=HASHER.hash(check_password(password, login)) if password else "",
        must_change=bool(password) and must_change,
        failures=0,
        locked_until=None,
        disabled=False,
        oidc_issuer=None,
        oidc_subject=None,
        registered_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(session, by, at, home, "register_person", f"person/{login}", {"name": name})
    return _value(row, ())


def found_town(
    session: Session, lg_code: str, title: str, login: str, name: str, password: str, at: datetime.datetime, by: Actor
) -> Person:
    """Register a municipality that is not there yet, and its first administrator; both chains say so."""
    by.require(Permission.OPERATE)
    try:
        find_municipality(session, lg_code)
    except UnknownMunicipality:
        register_municipality(session, lg_code, title, at, by)
    else:
        raise AlreadyRegistered(what=f"団体 {lg_code}")
    made = register_person(session, lg_code, login, name, password, at, by)
    grant(session, lg_code, login, Role.MUNICIPALITY_ADMIN, at, by)
    audit.record(session, by, at, HUB, "register_municipality", f"municipality/{lg_code}", {})
    return made


def grant(
    session: Session,
    lg_code: str,
    login: str,
    role: Role,
    at: datetime.datetime,
    by: Actor,
    until: datetime.date | None = None,
) -> PersonRole:
    """Give a person a role in a municipality or at the hub; the same again changes nothing.

    Another municipality's person can only be an approver here as at home, and only until a date.
    """
    _require_admin(session, lg_code, by)
    row = _row(session, login)
    _check_role(row, lg_code, role, until)
    if row.lg_code != lg_code and not _can_be_lent(session, row, lg_code, at, by):
        raise WrongRole(reason="他団体から頼めるのは、その団体でいま承認者である人だけです")
    for found in _roles(session, row.id, at):
        if (found.lg_code, found.role, found.until) == (lg_code, role, until):
            return found
    made = rows.Assignment(
        lg_code=lg_code,
        person_id=row.id,
        login=row.login,
        name=row.name,
        role=role.value,
        group_id=None,
        until=until,
        granted_by=by.name,
        granted_at=at,
        ended_at=None,
    )
    session.add(made)
    session.flush()
    detail = {"role": role.value, "until": until.isoformat() if until else None}
    audit.record(session, by, at, lg_code, "grant_role", f"person/{login}", detail)
    return _role(made, row.lg_code)


def end_role(session: Session, lg_code: str, assignment: int, at: datetime.datetime, by: Actor) -> None:
    """Take a role away. The last administrator of a place stays, or nobody could give roles there."""
    _require_admin(session, lg_code, by)
    admins = _lock_admins(session, lg_code, at)
    query = select(rows.Assignment).where(rows.Assignment.id == assignment, rows.Assignment.lg_code == lg_code)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None or found.ended_at is not None:
        raise UnknownPerson
    admin = _admin_of(lg_code)
    if found.role == admin.value and not admins - {found.person_id}:
        raise LastAdmin(role=admin.label)
    found.ended_at = at
    session.flush()
    audit.record(session, by, at, lg_code, "end_role", f"person/{found.login}", {"role": found.role})


def list_people(session: Session, lg_code: str, at: datetime.datetime) -> tuple[Person, ...]:
    """The people of a municipality (or `HUB`), by login, and after them those lent to it now."""
    query = select(rows.Person).where(rows.Person.lg_code == lg_code).order_by(rows.Person.login)
    own = {row.id: _value(row, _roles(session, row.id, at)) for row in session.scalars(query)}
    lent: dict[int, list[rows.Assignment]] = {}
    here = _in_force(at).where(rows.Assignment.lg_code == lg_code)
    for role in session.scalars(here.order_by(rows.Assignment.login, rows.Assignment.id)):
        if role.person_id not in own:  # the person's own row is another municipality's, and out of sight
            lent.setdefault(role.person_id, []).append(role)
    return (*own.values(), *map(_lent, lent.values()))


def find_person(session: Session, login: str, at: datetime.datetime) -> Person:
    row = _row(session, login)
    return _value(row, _roles(session, row.id, at))


def reset_password(session: Session, lg_code: str, login: str, at: datetime.datetime, by: Actor) -> str:
    """A new first password; ends the lock-out. Only of one's own municipality's people.

    The caller ends the person's sessions (`login.end_sessions`), which lie in no municipality.
    """
    _require_admin(session, lg_code, by)
    row = _of_home(session, lg_code, login)
    password = new_password()
    row.password, row.must_change, row.failures, row.locked_until = HASHER.hash(password), True, 0, None
    session.flush()
    audit.record(session, by, at, lg_code, "reset_password", f"person/{login}", {})
    return password


def set_disabled(
    session: Session, lg_code: str, login: str, disabled: bool, at: datetime.datetime, by: Actor
) -> Person:
    """Stop or allow a person's logins; the history keeps the name. Neither oneself nor the last administrator."""
    _require_admin(session, lg_code, by)
    admins = _lock_admins(session, lg_code, at)
    row = _of_home(session, lg_code, login)
    if disabled and row.id == by.id and by.kind == "person":
        raise LastAdmin(role="（自分自身）")
    if disabled and admins == {row.id}:
        raise LastAdmin(role=_admin_of(lg_code).label)
    row.disabled = disabled
    session.flush()
    audit.record(session, by, at, lg_code, "disable_person" if disabled else "enable_person", f"person/{login}", {})
    return _value(row, _roles(session, row.id, at))


def link_oidc(
    session: Session, lg_code: str, login: str, issuer: str, subject: str, at: datetime.datetime, by: Actor
) -> None:
    """Say which subject of which OpenID provider this person is."""
    _require_admin(session, lg_code, by)
    row = _of_home(session, lg_code, login)
    row.oidc_issuer, row.oidc_subject = issuer, subject
    session.flush()
    audit.record(session, by, at, lg_code, "link_oidc", f"person/{login}", {"issuer": issuer})


def places_of(session: Session, person_id: int, at: datetime.datetime) -> frozenset[Place]:
    """What a person may be where, now. Who approves no more at home does not approve elsewhere."""
    roles = _roles(session, person_id, at)
    at_home = any(role.role is Role.APPROVER and not role.neighbour for role in roles)
    return frozenset(Place(role.lg_code, role.role) for role in roles if at_home or not role.neighbour)


def can_be_lent(session: Session, lg_code: str, login: str, at: datetime.datetime, by: Actor) -> bool:
    """Whether `login` is another municipality's person who approves there now and can log in. Sees everybody, so it
    needs a session of everything.
    """
    row = session.scalar(select(rows.Person).where(rows.Person.login == login))
    return row is not None and _can_be_lent(session, row, lg_code, at, by)


def _can_be_lent(session: Session, row: rows.Person, lg_code: str, at: datetime.datetime, by: Actor) -> bool:
    oneself = by.kind == "person" and by.id == row.id
    if row.lg_code in (HUB, lg_code) or row.disabled or oneself:
        return False
    return Place(row.lg_code, Role.APPROVER) in places_of(session, row.id, at)


def _require_admin(session: Session, lg_code: str, by: Actor) -> None:
    """The municipality's administrator; an operator only for the hub, and for a municipality that never had one.

    Who lost the last administrator's password asks the console.
    """
    if lg_code == HUB:
        by.require(Permission.OPERATE)
        return
    find_municipality(session, lg_code)
    if not by.may(Permission.OPERATE) or _ever_had_admin(session, lg_code):
        by.require(Permission.ADMIN, lg_code)


def _ever_had_admin(session: Session, lg_code: str) -> bool:
    query = select(rows.Assignment.id).where(rows.Assignment.lg_code == lg_code)
    return session.scalar(query.where(rows.Assignment.role == _admin_of(lg_code).value).limit(1)) is not None


def _admin_of(lg_code: str) -> Role:
    """The role that gives roles in a place."""
    return Role.OPERATOR if lg_code == HUB else Role.MUNICIPALITY_ADMIN


def _lock_admins(session: Session, lg_code: str, at: datetime.datetime) -> set[int]:
    """The administrators of a place who can log in, by person id; nobody ends or stops one until the transaction ends.

    Two administrators who end each other's role at once: the second waits here and then sees what the first did.
    """
    query = _in_force(at).where(rows.Assignment.lg_code == lg_code, rows.Assignment.role == _admin_of(lg_code).value)
    locked = session.scalars(query.order_by(rows.Assignment.id).with_for_update()).all()
    people = select(rows.Person.id).where(rows.Person.id.in_({one.person_id for one in locked}))
    return set(session.scalars(people.where(rows.Person.disabled.is_(False))))


def _check_role(row: rows.Person, lg_code: str, role: Role, until: datetime.date | None) -> None:
    if role not in (HUB_ROLES if lg_code == HUB else TOWN_ROLES):
        raise WrongRole(reason="役割と場所が合いません")
    if row.lg_code != lg_code and (lg_code == HUB or role is not Role.APPROVER or until is None):
        raise WrongRole(reason="他団体の人に付けられるのは、期日つきの承認者だけです")


def _in_force(at: datetime.datetime) -> Select[rows.Assignment]:
    today = at.astimezone(JST).date()
    return select(rows.Assignment).where(
        rows.Assignment.ended_at.is_(None), or_(rows.Assignment.until.is_(None), rows.Assignment.until >= today)
    )


def _roles(session: Session, person_id: int, at: datetime.datetime) -> tuple[PersonRole, ...]:
    query = _in_force(at).where(rows.Assignment.person_id == person_id).order_by(rows.Assignment.id)
    home = session.scalar(select(rows.Person.lg_code).where(rows.Person.id == person_id))
    return tuple(_role(row, home) for row in session.scalars(query))


def _lent(roles: list[rows.Assignment]) -> Person:
    one = roles[0]
    here = tuple(_role(row, None) for row in roles)
    return Person(one.person_id, one.login, one.name, None, False, None, False, False, here)


def _role(row: rows.Assignment, home: str | None) -> PersonRole:
    return PersonRole(row.id, row.lg_code, Role(row.role), row.until, home != row.lg_code)


def _row(session: Session, login: str) -> rows.Person:
    found = session.scalar(select(rows.Person).where(rows.Person.login == login))
    if found is None:
        raise UnknownPerson
    return found


def _of_home(session: Session, lg_code: str, login: str) -> rows.Person:
    found = _row(session, login)
    if found.lg_code != lg_code:
        raise UnknownPerson
    return found


def _value(row: rows.Person, roles: tuple[PersonRole, ...]) -> Person:
    return Person(
        row.id,
        row.login,
        row.name,
        row.lg_code,
        row.disabled,
        row.locked_until,
        row.must_change,
        row.oidc_subject is not None,
        roles,
    )
