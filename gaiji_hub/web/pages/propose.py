"""まとめて提案: a sheet of gaiji whose base is proposed, each beside its glyph; the clerk picks what is right."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import Permission
from gaiji_hub.services import municipalities
from gaiji_hub.services.proposals import ProposalChanged, list_proposals, propose
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.decide import reason_of
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/m/{lg:str}/{system:str}/propose"
PER_SHEET = 24


class ProposalForm(msgspec.Struct, frozen=True):
    """`pick` are the ticked boxes, `<local code>:<Proposal.seen>` each."""

    pick: list[str] | str = ""
    grounds: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.DECIDE))
def proposals_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    page: FromQuery[int] = 1,
    done: FromQuery[int] = 0,
) -> Response[str]:
    return _show(site, visitor, lg, system, page=page, done=done)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def propose_sheet(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[ProposalForm],
) -> Response[Any]:
    """Ask for approval of every ticked gaiji, all or none."""
    try:
        picked = _picked(data.pick)
        with site.writing(visitor) as session:
            propose(session, site.tables.get(), lg, system, picked, data.grounds.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _show(site, visitor, lg, system, problem=reason_of(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/propose?done={len(picked)}", status_code=303)


def _picked(pick: list[str] | str) -> list[tuple[str, str]]:
    boxes = [pick] if isinstance(pick, str) else pick
    pairs = [box.partition(":") for box in boxes if box]
    if len(pairs) > PER_SHEET:
        raise ProposalChanged(count=len(pairs))
    return [(code, seen) for code, _, seen in pairs]


def _show(
    site: Site, visitor: Visitor, lg: str, system: str, *, page: int = 1, done: int = 0, problem: str = ""
) -> Response[str]:
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        tables, start = site.tables.get(), max(page - 1, 0) * PER_SHEET
        total, sheet = list_proposals(session, tables, lg, system, start, PER_SHEET)
        paging = Paging.of(total, page, PER_SHEET)
        if paging.offset != start:  # a page that does not exist any more
            _, sheet = list_proposals(session, tables, lg, system, paging.offset, PER_SHEET)
    return html(
        "propose.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        sheet=sheet,
        paging=paging,
        done=done,
        problem=problem,
        font=site.standard.get().edition,
    )
