"""字形の権利: what is said of every gaiji's shape, and saying it for many at once."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.rights import SAYABLE, Rights, vendor_advice
from gaiji_hub.services import municipalities, rights
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/m/{lg:str}/{system:str}/rights"
PER_PAGE = 60
RightsQuery = Annotated[str, QueryParameter(name="rights", description="own・vendor_licensed・unknown・shared")]


class RightsForm(msgspec.Struct, frozen=True):
    """`shape` are the ticked ones; with `every` all that the page's filter lists (`only`)."""

    shape: str | list[str] = ""
    every: str = ""
    only: str = ""
    rights: str = ""
    note: str = ""

    @property
    def shapes(self) -> list[str]:
        ticked = [self.shape] if isinstance(self.shape, str) else self.shape
        return [shape for shape in ticked if shape]


class NothingChosen(BadInput):
    code = "nothing_chosen"
    template = "字形と権利を選んでください"


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def rights_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    only: RightsQuery = "",
    page: FromQuery[int] = 1,
    said: FromQuery[int] = 0,
) -> Response[str]:
    """The gaiji of a business system with the rights of their shapes, 60 to a page."""
    return _show(site, visitor, lg, system, only=only, page=page, said=said)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def say_rights(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[RightsForm],
) -> Response[Any]:
    """Record one word about the chosen shapes."""
    try:
        with site.writing(visitor) as session:
            lines = rights.rights_lines(session, lg, system) if data.every else ()
            shapes = [line.shape for line in lines if data.only in ("", line.rights)] or data.shapes
            if data.rights not in SAYABLE or not shapes:
                raise NothingChosen
            said = rights.set_rights(
                session, lg, shapes, Rights(data.rights), data.note.strip(), site.clock(), visitor.actor
            )
    except (BadInput, NotFound, rights.AdoptedShape) as error:
        return _show(site, visitor, lg, system, only=data.only, problem=str(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/rights?said={said}", status_code=303)


def _show(
    site: Site,
    visitor: Visitor,
    lg: str,
    system: str,
    *,
    only: str = "",
    page: int = 1,
    said: int = 0,
    problem: str = "",
) -> Response[str]:
    wanted = Rights(only) if only in list(Rights) else None
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        lines = rights.rights_lines(session, lg, system)
    found = [line for line in lines if wanted in (None, line.rights)]
    paging = Paging.of(len(found), page, PER_PAGE)
    return html(
        "rights.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        counts=rights.count_rights(lines),
        blocked=rights.count_rights(line for line in lines if vendor_advice(line.rights, line.note)),
        total=len(lines),
        lines=found[paging.offset : paging.last],
        paging=paging,
        only=wanted.value if wanted else "",
        kinds=list(Rights),
        sayable=SAYABLE,
        vendor=vendor_advice,
        said=said,
        problem=problem,
    )


RIGHTS_PAGES = (rights_page, say_rights)
