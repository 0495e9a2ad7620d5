"""配布版: the list of a business system's releases, and one of them with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.release import ReleaseDiff
from gaiji_hub.services import delivery, municipalities, overview, release
from gaiji_hub.services.release import ReleaseSummary
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

PER_PAGE = 100
LISTED = 20


@dataclass(frozen=True)
class Line:
    """A release in the list, with its place on the channel (0: none) and how many codes it changed."""

    summary: ReleaseSummary
    seq: int
    changes: tuple[int, int, int]


@get("/m/{lg:str}/{system:str}/releases", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def releases_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    page: FromQuery[int] = 1,
) -> Response[str]:
    """All releases, newest first."""
    registry = site.registry
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        found = overview.releases(session, lg, system)
        paging = Paging.of(len(found), page, LISTED)
        shown = found[paging.offset : paging.last]
        numbers = [line.summary.number for line in shown]
        before = {number: release.number_before(session, lg, system, number) for number in numbers}
        changes = [release.diff(session, registry.blobs, lg, system, before[number], number) for number in numbers]
    lines = [Line(one.summary, one.seq, _sizes(change)) for one, change in zip(shown, changes, strict=True)]
    return html("releases.html", visitor, here="towns", town=town, owner=owner, lines=lines, paging=paging)


@get(
    "/m/{lg:str}/{system:str}/releases/{number:int}",
    sync_to_thread=True,
    include_in_schema=False,
    opt=needs(Permission.READ),
)
def release_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    number: FromPath[int],
    page: FromQuery[int] = 1,
) -> Response[str]:
    """One release: header, what changed against the one before, all rows."""
    registry = site.registry
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        summary = release.get_summary(session, lg, system, number)
        shown = release.get_release(session, registry.blobs, lg, system, number)
        before = release.number_before(session, lg, system, number)
        changes = release.diff(session, registry.blobs, lg, system, before, number)
        published = {p.release_number: p for p in delivery.list_publications(session, lg, system)}
    paging = Paging.of(len(shown.rows), page, PER_PAGE)
    return html(
        "release.html",
        visitor,
        here="towns",
        town=town,
        owner=owner,
        summary=summary,
        release=shown,
        changes=changes,
        sizes=_sizes(changes),
        publication=published.get(number),
        rows=list(islice(shown.rows, paging.offset, paging.offset + PER_PAGE)),
        paging=paging,
        font=site.standard.get().edition,
    )


def _sizes(changes: ReleaseDiff) -> tuple[int, int, int]:
    return len(changes.added), len(changes.changed), len(changes.removed)
