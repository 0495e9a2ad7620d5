"""外字: the list of a business system, narrowed by state and band."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.candidate import Band
from gaiji_hub.services import municipalities
from gaiji_hub.services.overview import gaiji_page
from gaiji_hub.web.gaiji_lines import STATES, StateQuery, check_filter
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
    check_filter(in_state, band)
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        found = gaiji_page(session, lg, system, in_state, band, max(page - 1, 0) * PER_PAGE, PER_PAGE)
        paging = Paging.of(found.found, page, PER_PAGE)
        if paging.number != page:
            found = gaiji_page(session, lg, system, in_state, band, paging.offset, PER_PAGE)
    return html(
        "gaiji_list.html",
        visitor,
        here="towns",
        town=town,
        owner=owner,
        counts=found.states,
        total=found.gaiji,
        lines=found.lines,
        paging=paging,
        state=in_state,
        band=band,
        states=STATES,
        bands=list(Band),
        font=site.standard.get().edition,
    )
