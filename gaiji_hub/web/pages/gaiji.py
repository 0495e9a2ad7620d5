"""外字: the list of a business system, narrowed by state and band."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.candidate import Band
from gaiji_hub.services import municipalities
from gaiji_hub.services.overview import gaiji_lines
from gaiji_hub.web.gaiji_lines import STATES, StateQuery, count_states, narrow
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

PER_PAGE = 50


@get("/m/{lg:str}/{system:str}", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def gaiji_list_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    in_state: StateQuery = "",
    band: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The gaiji of a business system, narrowed by state and band, 50 to a page."""
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        lines = gaiji_lines(session, lg, system)
    found = narrow(lines, in_state, band)
    paging = Paging.of(len(found), page, PER_PAGE)
    return html(
        "gaiji_list.html",
        visitor,
        here="towns",
        town=town,
        owner=owner,
        counts=count_states(lines),
        total=len(lines),
        lines=found[paging.offset : paging.offset + PER_PAGE],
        paging=paging,
        state=in_state,
        band=band,
        states=STATES,
        bands=list(Band),
        font=site.standard.get().edition,
    )
