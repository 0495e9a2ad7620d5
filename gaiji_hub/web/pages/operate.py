"""運用・協議会: the only routes that see several municipalities. What an operator changes is audited, at the hub and
in the chain of the municipality it touches; they see counts and states, never a gaiji or a decision.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import HUB, Permission
from gaiji_hub.moji.code_system import CODE_SYSTEMS
from gaiji_hub.services import audit, groups, municipalities, people
from gaiji_hub.services.channels import renew_channels
from gaiji_hub.services.delivery import STATE_LABELS
from gaiji_hub.services.overview import towns
from gaiji_hub.web.audit_words import ACTIONS
from gaiji_hub.web.gate import needs
from gaiji_hub.web.render import html
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

_OPERATE = needs(Permission.OPERATE)
LAST_ACTS = 30


class TownForm(msgspec.Struct, frozen=True):
    """A new municipality and its first administrator."""

    lg_code: str = ""
    title: str = ""
    login: str = ""
    name: str = ""


class SystemForm(msgspec.Struct, frozen=True):
    lg_code: str = ""
    name: str = ""
    title: str = ""
    code_system: str = ""


class GroupForm(msgspec.Struct, frozen=True):
    name: str = ""
    title: str = ""
    lg_code: str = ""


@get("/operate", sync_to_thread=True, include_in_schema=False, opt=_OPERATE)
def operate_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Every municipality with its systems and members, what is behind, and what operators did last."""
    return _show(site, visitor)


@post("/operate/towns", sync_to_thread=True, include_in_schema=False, opt=_OPERATE, status_code=200)
def add_town(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[TownForm]
) -> Response[str]:
    """Register a new municipality and its first administrator, whose first password is on the answer only."""
    password, login = people.new_password(), data.login.strip()
    given = (data.lg_code.strip(), data.title.strip(), login, data.name.strip())
    try:
        with site.operating(visitor) as session:
            people.found_town(session, *given, password, site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _show(site, visitor, problem=str(error))
    return _show(site, visitor, secret=(login, password))


@post("/operate/systems", sync_to_thread=True, include_in_schema=False, opt=_OPERATE, status_code=303)
def add_system(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[SystemForm]
) -> Response[Any]:
    """Register a business system of a municipality."""
    at, by = site.clock(), visitor.actor
    try:
        with site.operating(visitor) as session:
            place = (data.lg_code.strip(), data.name.strip())
            municipalities.register_business_system(session, *place, data.title.strip(), data.code_system, at, by)
            audit.record(session, by, at, HUB, "register_business_system", "/".join(place), {})
    except (BadInput, Conflict, NotFound) as error:
        return _show(site, visitor, problem=str(error))
    return Redirect("/operate", status_code=303)


@post("/operate/groups", sync_to_thread=True, include_in_schema=False, opt=_OPERATE, status_code=303)
def change_group(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[GroupForm]
) -> Response[Any]:
    """Register a group (`title`) or put a municipality into one (`lg_code`)."""
    try:
        with site.operating(visitor) as session:
            name = data.name.strip()
            if data.title.strip():
                groups.register_group(session, name, data.title.strip(), site.clock(), visitor.actor)
            if data.lg_code.strip():
                groups.join_group(session, name, data.lg_code.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict, NotFound) as error:
        return _show(site, visitor, problem=str(error))
    return Redirect("/operate", status_code=303)


@post("/operate/renew", sync_to_thread=True, include_in_schema=False, opt=_OPERATE, status_code=200)
def renew(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Renew the dates of every channel now: the repair for members that refuse expired ones."""
    renewed = renew_channels(site.registry, site.clock())
    with site.operating(visitor) as session:
        detail = {"renewed": len(renewed.channels), "problems": len(renewed.problems)}
        audit.record(session, visitor.actor, site.clock(), HUB, "renew_channels", "channels", detail)
    said = f"{len(renewed.channels)} 本の伝送路の期限を延ばしました。"
    return _show(site, visitor, said=said, problem="\n".join(renewed.problems))


@get("/council", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.COUNCIL))
def council_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The groups of municipalities and how far each member's work has come: counts only."""
    with site.registry.reading_all() as session:
        found = groups.list_groups(session)
        counted = {town.municipality.lg_code: town for town in towns(session)}
    return html("council.html", visitor, here="council", groups=found, towns=counted)


def _show(
    site: Site, visitor: Visitor, *, problem: str = "", said: str = "", secret: tuple[str, str] | None = None
) -> Response[str]:
    visitor.actor.require(Permission.OPERATE)
    with site.registry.reading_all() as session:
        found = towns(session)
        all_groups = groups.list_groups(session)
        _, acts = audit.list_entries(session, HUB, 0, LAST_ACTS)
    return html(
        "operate.html",
        visitor,
        status=422 if problem and not said else 200,
        here="operate",
        towns=found,
        groups=all_groups,
        acts=[(act, ACTIONS.get(act.action, act.action)) for act in acts],
        labels=STATE_LABELS,
        code_systems=[system for system in CODE_SYSTEMS.values() if system.capacity],
        problem=problem,
        said=said,
        secret=secret,
        second_wall=site.registry.second_wall(),
        backend=site.registry.backend,
    )
