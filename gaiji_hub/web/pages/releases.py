"""配布版: the list of a business system's releases, one of them with what it changed, making the next one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.japan_time import JST
from gaiji_hub.moji.shrink import parse_shrunk
from gaiji_hub.services import delivery, municipalities, overview, release
from gaiji_hub.services.channels import note_release
from gaiji_hub.services.release import ReleaseSummary
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/m/{lg:str}/{system:str}/releases"
PER_PAGE = 100
LISTED = 20


@dataclass(frozen=True)
class Line:
    """A release in the list, with its place on the channel (0: none) and how many codes it changed."""

    summary: ReleaseSummary
    seq: int
    changes: tuple[int, int, int]


class ReleaseForm(msgspec.Struct, frozen=True):
    """Why the release is made; `to` is the release whose content comes back, 0 for a new one. `dropping` says that
    identifications may go, `reviving` that decisions may come back that are not in force (services.going_back),
    `unchanged` that the same rows go out again with newer rights and readings.
    """

    reason: str = ""
    to: int = 0
    dropping: str = ""
    unchanged: str = ""
    reviving: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def releases_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    page: FromQuery[int] = 1,
) -> Response[str]:
    """All releases, newest first, and what the next one would change."""
    return _list(site, visitor, lg, system, page=page)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.RELEASE))
def make_release(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[ReleaseForm],
) -> Response[Any]:
    """Make the next release, or (`to`) bring an old one's content back under a new number."""
    at, blobs = site.clock(), site.registry.blobs
    date, reason = at.astimezone(JST).date(), data.reason.strip()
    try:
        with site.writing(visitor) as session:
            if data.to:
                made = release.rollback(
                    session, blobs, lg, system, data.to, date, reason, at, visitor.actor,
                    dropping=bool(data.dropping), reviving=bool(data.reviving),
                )  # fmt: skip
            else:
                tables = site.tables.get()
                made = release.make_release(
                    session, blobs, tables, lg, system, date, reason, at, visitor.actor,
                    dropping=bool(data.dropping), unchanged=bool(data.unchanged),
                )  # fmt: skip
    except (BadInput, Conflict) as error:
        if data.to:
            return _one(site, visitor, lg, system, data.to, problem=str(error), reason=reason)
        return _list(site, visitor, lg, system, problem=str(error))
    note_release(site.registry, made)
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/releases/{made.number}?made=1", status_code=303)


def _list(site: Site, visitor: Visitor, lg: str, system: str, *, page: int = 1, problem: str = "") -> Response[str]:
    blobs = site.registry.blobs
    today = site.clock().astimezone(JST).date()
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        found = overview.releases(session, lg, system)
        paging = Paging.of(len(found), page, LISTED)
        shown = found[paging.offset : paging.last]
        sizes = [release.sizes(session, blobs, lg, system, line.summary) for line in shown]
        following = release.preview(session, blobs, site.tables.get(), lg, system, today)
    lines = [Line(one.summary, one.seq, counts) for one, counts in zip(shown, sizes, strict=True)]
    return html(
        "releases.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        lines=lines,
        paging=paging,
        following=following,
        sizes=following.changes.sizes,
        problem=problem,
    )


@get(
    BASE + "/{number:int}",
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
    made: FromQuery[int] = 0,
) -> Response[str]:
    """One release: header, what changed against the one before, all rows."""
    return _one(site, visitor, lg, system, number, page=page, made=made)


def _one(
    site: Site,
    visitor: Visitor,
    lg: str,
    system: str,
    number: int,
    *,
    page: int = 1,
    made: int = 0,
    problem: str = "",
    reason: str = "",
) -> Response[str]:
    """The page of a release; with the `problem` of a rollback to it, what that would do, to be confirmed."""
    registry = site.registry
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        summary = release.get_summary(session, lg, system, number)
        shown = release.get_release(session, registry.blobs, lg, system, number)
        before = release.number_before(session, lg, system, number)
        changes = release.diff(session, registry.blobs, lg, system, before, number)
        published = {p.release_number: p for p in delivery.list_publications(session, lg, system)}
        going = release.preview_rollback(session, registry.blobs, lg, system, number) if problem else None
    paging = Paging.of(len(shown.rows), page, PER_PAGE)
    return html(
        "release.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        summary=summary,
        release=shown,
        changes=changes,
        sizes=changes.sizes,
        publication=published.get(number),
        rows=list(islice(shown.rows, paging.offset, paging.offset + PER_PAGE)),
        paging=paging,
        made=made,
        problem=problem,
        reason=reason,
        going=going,
        shrunk_of=parse_shrunk,
        font=site.standard.get().edition,
    )
