"""採番: how full the user-defined area of a business system is, what was given out, what a census found."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import Permission
from gaiji_hub.services import allocation, census, municipalities
from gaiji_hub.web.gate import needs
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/m/{lg:str}/{system:str}/allocation"
SHOWN = 200


class ReturnForm(msgspec.Struct, frozen=True):
    code: str = ""


class CensusForm(msgspec.Struct, frozen=True):
    """`counts` is the content of the file that `gaiji-hub census` wrote."""

    title: str = ""
    counts: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def allocation_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    outside: FromQuery[int] = -1,
) -> Response[str]:
    """Capacity, forecast, codes given out and what the newest census says; `outside` after a census was kept."""
    return _show(site, visitor, lg, system, outside=outside)


@post(BASE + "/return", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.APPROVE))
def return_code(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[ReturnForm],
) -> Response[Any]:
    """返却 of a code that no release and no census holds."""
    try:
        with site.writing(visitor) as session:
            municipalities.locate(session, lg, system)
            allocation.release_code(session, site.registry.blobs, lg, system, data.code, site.clock(), visitor.actor)
    except (BadInput, Conflict, allocation.UnknownAllocation) as error:
        return _show(site, visitor, lg, system, problem=str(error))
    return Redirect(_address(lg, system), status_code=303)


@post(BASE + "/census", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def import_census(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[CensusForm],
) -> Response[Any]:
    """Keep the counts of a census; what was sent is not shown again when it is refused."""
    counts = data.counts.replace("\r\n", "\n").strip("\n") + "\n"
    try:
        with site.writing(visitor) as session:
            made = census.import_census(
                session, lg, system, counts.encode(), data.title.strip(), site.clock(), visitor.actor
            )
    except (BadInput, Conflict) as error:
        return _show(site, visitor, lg, system, problem=str(error))
    return Redirect(f"{_address(lg, system)}?outside={made.outside}", status_code=303)


def _address(lg: str, system: str) -> str:
    return f"/m/{segment(lg)}/{segment(system)}/allocation"


def _show(site: Site, visitor: Visitor, lg: str, system: str, *, outside: int = -1, problem: str = "") -> Response[str]:
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        full = allocation.capacity(session, lg, system, site.clock())
        given = allocation.allocations(session, lg, system)
        try:
            newest = census.newest_census(session, lg, system)
            unused = census.unused_codes(session, lg, system, newest)
        except NotFound:
            newest, unused = None, ()
    return html(
        "allocation.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        full=full,
        given=given[:SHOWN],
        given_count=len(given),
        census=newest,
        unused=unused,
        outside=outside,
        problem=problem,
    )


ALLOCATION_PAGES = (allocation_page, return_code, import_census)
