"""ハブの文字: a town's own and shared characters, one of them with its codes, sharing it and merging it."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.rights import sharing_advice
from gaiji_hub.services import characters, municipalities
from gaiji_hub.services.rights import rights_of
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.sentences import sentence_of
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/t/{lg:str}/characters"
ONE = BASE + "/{character:str}"
PER_PAGE = 40
MAX_QUERY = 100


class FindForm(msgspec.Struct, frozen=True):
    q: str = ""


class MergeForm(msgspec.Struct, frozen=True):
    into: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def characters_page(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], page: FromQuery[int] = 1
) -> Response[str]:
    """The characters a town sees, 40 to a page."""
    return _list(site, visitor, lg, page=page)


@post(BASE + "/find", sync_to_thread=True, include_in_schema=False, status_code=200, opt=needs(Permission.READ))
def find_characters(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], data: URLEncodedBody[FindForm]
) -> Response[str]:
    """Those with an id, a title or a reading; what is typed never stands in an address."""
    return _list(site, visitor, lg, query=data.q.strip()[:MAX_QUERY])


@get(ONE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def character_page(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], character: FromPath[str]
) -> Response[str]:
    """One character: shape, readings, rights, the names it has besides and its codes."""
    return _show(site, visitor, lg, character)


@post(ONE + "/share", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.APPROVE))
def share_character(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], character: FromPath[str]
) -> Response[Any]:
    """Let other towns see and use it."""
    try:
        with site.writing(visitor) as session:
            characters.share(session, lg, character, site.clock(), visitor.actor)
    except Conflict as error:
        return _show(site, visitor, lg, character, problem=str(error))
    return Redirect(f"/t/{segment(lg)}/characters/{segment(character)}", status_code=303)


@post(ONE + "/merge", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.APPROVE))
def merge_character(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    character: FromPath[str],
    data: URLEncodedBody[MergeForm],
) -> Response[Any]:
    """Make it another name of the character that is typed."""
    with site.reading(visitor) as session:
        characters.find_character(session, lg, character)
    try:
        with site.writing(visitor) as session:
            into = characters.merge(session, lg, character, data.into.strip(), site.clock(), visitor.actor)
    except NotFound as error:
        return _show(site, visitor, lg, character, problem=sentence_of(error))
    except (BadInput, Conflict) as error:
        return _show(site, visitor, lg, character, problem=str(error))
    return Redirect(f"/t/{segment(lg)}/characters/{segment(into.id)}", status_code=303)


def _list(site: Site, visitor: Visitor, lg: str, *, query: str = "", page: int = 1) -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        total, found = characters.list_characters(session, lg, query, max(page - 1, 0) * PER_PAGE, PER_PAGE)
        paging = Paging.of(total, page, PER_PAGE)
        if paging.number != page:
            _, found = characters.list_characters(session, lg, query, paging.offset, PER_PAGE)
    return html("hub_characters.html", visitor, here="towns", town=town, query=query, found=found, paging=paging)


def _show(site: Site, visitor: Visitor, lg: str, character: str, *, problem: str = "") -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        found = characters.find_character(session, lg, character)
        own = found.lg_code == lg
        rights, note = rights_of(session, lg, [found.shape])[found.shape]
        return html(
            "hub_character.html",
            visitor,
            status=422 if problem else 200,
            here="towns",
            town=town,
            own=own,
            one=found,
            meant=characters.resolve(session, lg, found.id),
            aliases=characters.aliases_of(session, lg, found.id),
            codes=characters.codes_of(session, lg, found.id),
            rights=rights,
            note=note,
            advice=sharing_advice(rights),
            problem=problem,
        )


CHARACTER_PAGES = (characters_page, find_characters, character_page, share_character, merge_character)
