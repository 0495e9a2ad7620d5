"""人と役割・機械のトークン: what a municipality's administrator does. A first password and a token are shown once."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import ROLE_SCOPES, TOWN_ROLES, Permission, Role
from gaiji_hub.moji.japan_time import JST
from gaiji_hub.services import lending, municipalities, people, tokens
from gaiji_hub.services.login import end_sessions
from gaiji_hub.web.gate import needs
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

PEOPLE, TOKENS = "/t/{lg:str}/people", "/t/{lg:str}/tokens"
_ADMIN = needs(Permission.ADMIN)
MACHINES = (Role.AGENT, Role.MIGRATION_TOOL, Role.PRINT_VENDOR)


class PersonForm(msgspec.Struct, frozen=True):
    login: str = ""
    name: str = ""
    role: str = ""


class RoleForm(msgspec.Struct, frozen=True):
    login: str = ""
    role: str = ""
    assignment: int = 0


class LoginNameForm(msgspec.Struct, frozen=True):
    """`act`: `reset`, `disable` or `enable`."""

    login: str = ""
    act: str = ""


class LendForm(msgspec.Struct, frozen=True):
    """An approver of another municipality, until a date."""

    login: str = ""
    until: str = ""


class ActingForm(msgspec.Struct, frozen=True):
    allowed: str = ""


class TokenForm(msgspec.Struct, frozen=True):
    title: str = ""
    role: str = ""
    system: str = ""
    member: str = ""
    vendor: str = ""
    until: str = ""


class TokenIdForm(msgspec.Struct, frozen=True):
    token: int = 0


class UnknownChoice(BadInput):
    code = "unknown_choice"
    template = "選んだ値が正しくありません: {what}"


@get(PEOPLE, sync_to_thread=True, include_in_schema=False, opt=_ADMIN)
def people_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> Response[str]:
    """The people of a municipality, their roles, and whether 代決 is allowed."""
    return _people(site, visitor, lg)


@post(PEOPLE, sync_to_thread=True, include_in_schema=False, opt=_ADMIN, status_code=200)
def add_person(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[PersonForm],
) -> Response[str]:
    """Register a person with a role; the first password is on the answer and nowhere else."""
    password = people.new_password()
    try:
        with site.writing(visitor) as session:
            role = _role(data.role)
            login = data.login.strip()
            people.register_person(session, lg, login, data.name.strip(), password, site.clock(), visitor.actor)
            people.grant(session, lg, login, role, site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        # A login is taken in the whole hub; the database notices what this town's session cannot see.
        taken = error.code == "written_at_once"
        return _people(site, visitor, lg, problem=str(people.LoginTaken() if taken else error), form=data)
    return _people(site, visitor, lg, secret=(data.login.strip(), password))


@post(PEOPLE + "/roles", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_ADMIN)
def change_role(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[RoleForm],
) -> Response[Any]:
    """Give a role (`role`) or take one away (`assignment`)."""
    try:
        with site.writing(visitor) as session:
            if data.assignment:
                people.end_role(session, lg, data.assignment, site.clock(), visitor.actor)
            else:
                people.grant(session, lg, data.login, _role(data.role), site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _people(site, visitor, lg, problem=str(error))
    return Redirect(f"/t/{segment(lg)}/people", status_code=303)


@post(PEOPLE + "/lend", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_ADMIN)
def lend_approver(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[LendForm],
) -> Response[Any]:
    """Another municipality's approver approves here too, until a date.

    Only a session of everything sees that person; the service answers the same for everybody who does not fit.
    """
    try:
        until = _until(data.until)
        with site.registry.writing_all() as session:
            lending.lend(session, lg, data.login.strip(), until, site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _people(site, visitor, lg, problem=str(error))
    return Redirect(f"/t/{segment(lg)}/people", status_code=303)


@post(PEOPLE + "/logins", sync_to_thread=True, include_in_schema=False, opt=_ADMIN, status_code=200)
def change_login(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[LoginNameForm],
) -> Response[Any]:
    """A new first password, or stop and allow logins. Sessions of the person end.

    Sessions belong to no municipality, so this is done in a session of everything; the services look at the home.
    """
    secret = None
    try:
        with site.registry.writing_all() as session:
            if data.act == "reset":
                password = people.reset_password(session, lg, data.login, site.clock(), visitor.actor)
                secret = (data.login, password)
            elif data.act in ("disable", "enable"):
                people.set_disabled(session, lg, data.login, data.act == "disable", site.clock(), visitor.actor)
            else:
                raise UnknownChoice(what="操作")
            end_sessions(session, people.find_person(session, data.login, site.clock()).id)
    except (BadInput, Conflict) as error:
        return _people(site, visitor, lg, problem=str(error))
    return _people(site, visitor, lg, secret=secret)


@post(PEOPLE + "/acting", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_ADMIN)
def allow_acting(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[ActingForm],
) -> Response[Any]:
    """Allow or forbid 代決."""
    with site.writing(visitor) as session:
        municipalities.set_acting_allowed(session, lg, data.allowed == "1", site.clock(), visitor.actor)
    return Redirect(f"/t/{segment(lg)}/people", status_code=303)


@get(TOKENS, sync_to_thread=True, include_in_schema=False, opt=_ADMIN)
def tokens_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> Response[str]:
    return _tokens(site, visitor, lg)


@post(TOKENS, sync_to_thread=True, include_in_schema=False, opt=_ADMIN, status_code=200)
def make_token(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[TokenForm],
) -> Response[str]:
    """A new token; its secret is on the answer and nowhere else."""
    try:
        wish = _wish(data)
        with site.writing(visitor) as session:
            secret, made = tokens.make_token(session, lg, wish, site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _tokens(site, visitor, lg, problem=str(error), form=data)
    return _tokens(site, visitor, lg, secret=(made.title, secret))


@post(TOKENS + "/revoke", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_ADMIN)
def revoke_token(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[TokenIdForm],
) -> Response[Any]:
    with site.writing(visitor) as session:
        tokens.revoke_token(session, lg, data.token, site.clock(), visitor.actor)
    return Redirect(f"/t/{segment(lg)}/tokens", status_code=303)


def _role(text: str) -> Role:
    if text not in list(TOWN_ROLES):
        raise UnknownChoice(what="役割")
    return Role(text)


def _until(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise lending.BadLendingDate(days=lending.LONGEST.days) from None


def _wish(form: TokenForm) -> tokens.TokenWish:
    if form.role not in list(MACHINES):
        raise UnknownChoice(what="役割")
    try:
        until = datetime.date.fromisoformat(form.until)
    except ValueError:
        raise UnknownChoice(what="期限") from None
    role = Role(form.role)
    return tokens.TokenWish(
        title=form.title.strip(),
        role=role,
        scopes=ROLE_SCOPES[role],
        expires_at=datetime.datetime.combine(until, datetime.time(23, 59, 59), JST),
        system=form.system,
        member=form.member.strip() if role is Role.AGENT else "",
        vendor=form.vendor.strip() if role is Role.PRINT_VENDOR else "",
    )


def _people(
    site: Site,
    visitor: Visitor,
    lg: str,
    *,
    problem: str = "",
    form: PersonForm | None = None,
    secret: tuple[str, str] | None = None,
) -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        found = people.list_people(session, lg, site.clock())
    both = {Role.MUNICIPALITY_ADMIN, Role.APPROVER}
    return html(
        "people.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        people=found,
        alone=[one.name for one in found if both <= {role.role for role in one.roles if role.lg_code == lg}],
        roles=TOWN_ROLES,
        now=site.clock(),
        form=form or PersonForm(),
        problem=problem,
        secret=secret,
    )


def _tokens(
    site: Site,
    visitor: Visitor,
    lg: str,
    *,
    problem: str = "",
    form: TokenForm | None = None,
    secret: tuple[str, str] | None = None,
) -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        systems = municipalities.list_business_systems(session, lg)
        found = tokens.list_tokens(session, lg)
    return html(
        "tokens.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        systems=systems,
        tokens=found,
        roles=MACHINES,
        now=site.clock(),
        until=(site.clock() + datetime.timedelta(days=365)).date(),
        form=form or TokenForm(),
        problem=problem,
        secret=secret,
    )
