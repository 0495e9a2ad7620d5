"""印刷: the jobs of a business system, one job with its proof sheet (校了, 取下げ), and the town's print vendors."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict, HubError, Refused
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.print_job import STATEMENT, CharacterKind
from gaiji_hub.moji.print_job_state import OPEN, JobState
from gaiji_hub.services import municipalities, print_job_records, print_jobs, vendors
from gaiji_hub.services.release import get_summary
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

JOBS = "/m/{lg:str}/{system:str}/print-jobs"
VENDORS = "/t/{lg:str}/vendors"
PER_PAGE = 50
_PRINT = needs(Permission.PRINT)


class SignOffForm(msgspec.Struct, frozen=True):
    """`manifest`: of the pack whose proof was shown. `seen`: the person says that the proof was looked at."""

    manifest: str = ""
    seen: str = ""


class WithdrawalForm(msgspec.Struct, frozen=True):
    reason: str = ""


class VendorForm(msgspec.Struct, frozen=True):
    name: str = ""
    title: str = ""
    public_key: str = ""


class ProofNotSeen(BadInput):
    code = "proof_not_seen"
    template = "校正紙を開いて確かめ、「確かめました」に印を付けてください"


@get(JOBS, sync_to_thread=True, include_in_schema=False, opt=_PRINT)
def jobs_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The jobs, newest first, with what the town has to do next."""
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        total, _ = print_job_records.list_jobs(session, lg, system, 0, 1)
        paging = Paging.of(total, page, PER_PAGE)
        _, jobs = print_job_records.list_jobs(session, lg, system, paging.offset, PER_PAGE)
        known = vendors.list_vendors(session, lg)
    return html(
        "print_jobs.html",
        visitor,
        here="towns",
        town=town,
        owner=owner,
        jobs=jobs,
        paging=paging,
        today=date_in_japan(site.clock()),
        vendors=known,
    )


@get(JOBS + "/{job:str}", sync_to_thread=True, include_in_schema=False, opt=_PRINT)
def job_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
) -> Response[str]:
    """One job: what is in it, its proof sheet, what happened, and what can be done now."""
    return _show(site, visitor, (lg, system, job))


@get(JOBS + "/{job:str}/proof.pdf", sync_to_thread=True, include_in_schema=False, opt=_PRINT)
def proof_sheet(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
) -> Response[bytes]:
    """校正紙, exactly as it lies in the pack."""
    with site.reading(visitor) as session:
        found = print_job_records.find_job(session, lg, system, job)
    data = print_job_records.proof_of(site.registry.blobs, found)
    name = segment(f"校正紙-{found.name}.pdf")
    return Response(
        data, media_type="application/pdf", headers={"Content-Disposition": f"inline; filename*=UTF-8''{name}"}
    )


@post(JOBS + "/{job:str}/sign-off", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_PRINT)
def sign_off_job(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
    data: URLEncodedBody[SignOffForm],
) -> Response[Any]:
    """校了."""
    try:
        if data.seen != "yes":
            raise ProofNotSeen
        with site.writing(visitor) as session:
            blobs, at = site.registry.blobs, site.clock()
            print_jobs.sign_off(session, blobs, lg, system, job, data.manifest, at, visitor.actor)
    except (BadInput, Conflict, Refused) as error:
        return _show(site, visitor, (lg, system, job), error)
    return _back(lg, system, job)


@post(JOBS + "/{job:str}/withdraw", sync_to_thread=True, include_in_schema=False, status_code=303, opt=_PRINT)
def withdraw_job(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
    data: URLEncodedBody[WithdrawalForm],
) -> Response[Any]:
    """取下げ."""
    try:
        with site.writing(visitor) as session:
            print_jobs.withdraw(session, lg, system, job, data.reason.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _show(site, visitor, (lg, system, job), error, reason=data.reason)
    return _back(lg, system, job)


@get(VENDORS, sync_to_thread=True, include_in_schema=False, opt=_PRINT)
def vendors_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> Response[str]:
    """The town's print vendors; the administrator registers them."""
    return _vendors(site, visitor, lg, VendorForm())


@post(VENDORS, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.ADMIN))
def add_vendor(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    data: URLEncodedBody[VendorForm],
) -> Response[Any]:
    """Register a vendor, or its new key under the same name and title."""
    wanted = (data.name.strip(), data.title.strip(), data.public_key)
    try:
        with site.writing(visitor) as session:
            vendors.register_vendor(session, lg, *wanted, site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _vendors(site, visitor, lg, data, str(error), error.status)
    return Redirect(f"/t/{segment(lg)}/vendors", status_code=303)


def _show(
    site: Site, visitor: Visitor, place: tuple[str, str, str], error: HubError | None = None, reason: str = ""
) -> Response[str]:
    lg, system, name = place
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        job = print_job_records.find_job(session, lg, system, name)
        newest = get_summary(session, lg, system).number
    today = date_in_japan(site.clock())
    return html(
        "print_job.html",
        visitor,
        status=error.status if error else 200,
        here="towns",
        town=town,
        owner=owner,
        job=job,
        facts=print_job_records.facts_of(site.registry.blobs, job.manifest),
        newest=newest,
        today=today,
        state=job.state(today),
        may_sign=job.state(today) is JobState.SUBMITTED and visitor.actor.kind == "person",
        may_withdraw=job.state(today) in OPEN,
        kinds=list(CharacterKind),
        statement=STATEMENT,
        problem=str(error) if error else "",
        reason=reason,
    )


def _vendors(
    site: Site, visitor: Visitor, lg: str, form: VendorForm, problem: str = "", status: int = 200
) -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        known = vendors.list_vendors(session, lg)
    return html(
        "print_vendors.html",
        visitor,
        status=status,
        here="towns",
        town=town,
        vendors=known,
        form=form,
        problem=problem,
    )


def _back(lg: str, system: str, job: str) -> Redirect:
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/print-jobs/{segment(job)}", status_code=303)


PRINT_PAGES = (jobs_page, job_page, proof_sheet, sign_off_job, withdraw_job, vendors_page, add_vendor)
