"""配布版: the list, one release in the form asked for, and what it changed."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.release import Release, ReleaseDiff
from gaiji_hub.services import release as service
from gaiji_hub.services.release import ReleaseSummary
from gaiji_hub.web.api.responses import READ_ERRORS
from gaiji_hub.web.api.schemas import ChangedRow, ReleaseDiffOut, ReleaseItem, ReleaseList
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor
from gaiji_hub.workbench.release_files import format_release

BASE = "/municipalities/{lg:str}/systems/{system:str}/releases"
FormatQuery = Annotated[str, QueryParameter(name="format", description="json・csv・xml")]
MEDIA = {"json": "application/json", "csv": "text/csv", "xml": "application/xml"}


class UnknownFormat(BadInput):
    code = "unknown_release_format"
    template = "形式は {known} のどれかです"


def item(summary: ReleaseSummary) -> ReleaseItem:
    return ReleaseItem(
        number=summary.number,
        hash=summary.hash,
        previous=summary.previous,
        date=summary.date.isoformat(),
        reason=summary.reason,
        rows=summary.row_count,
        rollback_of=summary.rollback_of,
    )


def release_file(release: Release, form: str) -> Response[bytes]:
    """The release as a file; `X-Release-Hash` is over its canonical bytes, which `json` is."""
    if form not in MEDIA:
        raise UnknownFormat(known="・".join(MEDIA))
    data = release.to_bytes() if form == "json" else format_release(release, form)
    name = f"{release.municipality}-{release.business_system}-{release.number}.{form}"
    headers = {"X-Release-Hash": release.hash, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=MEDIA[form], headers=headers)


def diff_of(number: int, against: int | None, diff: ReleaseDiff) -> ReleaseDiffOut:
    return ReleaseDiffOut(
        number=number,
        against=against,
        added=[row.to_json() for row in diff.added],
        removed=[row.to_json() for row in diff.removed],
        changed=[
            ChangedRow(code=new.local_code, before=old.to_json(), after=new.to_json()) for old, new in diff.changed
        ],
    )


@get(
    BASE,
    sync_to_thread=True,
    tags=["配布版"],
    summary="配布版の一覧",
    description="古い順です。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_releases(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], system: FromPath[str]
) -> ReleaseList:
    with site.reading(visitor) as session:
        return ReleaseList(items=[item(summary) for summary in service.list_releases(session, lg, system)])


@get(
    BASE + "/{number:int}",
    sync_to_thread=True,
    tags=["配布版"],
    summary="配布版の中身（json・csv・xml）",
    description="json は正規形のバイト列そのもので、X-Release-Hash はその SHA-256 です。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_release(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    number: FromPath[int],
    form: FormatQuery = "json",
) -> Response[bytes]:
    with site.reading(visitor) as session:
        release = service.get_release(session, site.registry.blobs, lg, system, number)
    return release_file(release, form)


@get(
    BASE + "/{number:int}/diff",
    sync_to_thread=True,
    tags=["配布版"],
    summary="配布版の差分",
    description="against を省くと1つ前の版からの差分です。第1版では全行が追加になります。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_diff(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    number: FromPath[int],
    against: FromQuery[int | None] = None,
) -> ReleaseDiffOut:
    with site.reading(visitor) as session:
        old = service.number_before(session, lg, system, number) if against is None else against
        diff = service.diff(session, site.registry.blobs, lg, system, old, number)
    return diff_of(number, old, diff)
