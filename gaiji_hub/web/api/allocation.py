"""ハブの文字・採番: the characters a town sees and how full a business system's user-defined area is."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.services.allocation import capacity
from gaiji_hub.services.characters import list_characters
from gaiji_hub.services.municipalities import find_municipality
from gaiji_hub.web.api.responses import READ_ERRORS
from gaiji_hub.web.api.schemas import LIMIT, Out
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor


class HubCharacterItem(Out):
    """A hub character. `owner` is the municipality that may change it; `shared`: every municipality sees it."""

    character: str
    title: str
    readings: list[str]
    shape: str
    owner: str
    shared: bool


class HubCharacterList(Out):
    total: int
    offset: int
    limit: int
    items: list[HubCharacterItem]


class CapacityOut(Out):
    """The codes of a user-defined area by state, adding up to `total`; `forecast` is a Japanese sentence."""

    area: str
    total: int
    used: int
    reserved: int
    blocked: int
    free: int
    last_year: int
    forecast: str


@get(
    "/municipalities/{lg:str}/characters",
    sync_to_thread=True,
    tags=["採番"],
    summary="ハブの文字の一覧",
    description="その団体の文字と、他団体が共有した文字。別名は含みません。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_hub_characters(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = LIMIT,
) -> HubCharacterList:
    start, most = max(offset, 0), min(max(limit, 1), LIMIT)
    with site.reading(visitor) as session:
        find_municipality(session, lg)
        total, found = list_characters(session, lg, "", start, most)
    items = [
        HubCharacterItem(
            character=c.id, title=c.title, readings=list(c.readings), shape=c.shape, owner=c.lg_code, shared=c.shared
        )
        for c in found
    ]
    return HubCharacterList(total=total, offset=start, limit=most, items=items)


@get(
    "/municipalities/{lg:str}/systems/{system:str}/capacity",
    sync_to_thread=True,
    tags=["採番"],
    summary="外字領域の空き",
    description="使用中・採番済・再び使えない・空きの数と、いつなくなるかの見通し。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_capacity(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], system: FromPath[str]
) -> CapacityOut:
    with site.reading(visitor) as session:
        found = capacity(session, lg, system, site.clock())
    return CapacityOut(**vars(found))


CHARACTER_API = (list_hub_characters, get_capacity)
