"""印刷ジョブ: the town's machine hands packs in; the vendor's machine fetches its own and sends the receipt back."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from litestar import Request, Response, get, post, put
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services import print_job_records, print_jobs
from gaiji_hub.services.print_job_checks import PackForOther
from gaiji_hub.services.print_job_records import Job
from gaiji_hub.web.api.responses import READ_ERRORS, WRITE_ERRORS
from gaiji_hub.web.api.schemas import LIMIT, Out
from gaiji_hub.web.gate import needs
from gaiji_hub.web.security import KINDS
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor
from gaiji_hub.workbench.print_job_receive import MAX_UPLOAD, ReceivedPack, receive_pack

TOWN = "/municipalities/{lg:str}"
JOBS = TOWN + "/systems/{system:str}/print-jobs"
ZIP = "application/zip"
_IN_MEMORY = 1 << 20  # of an upload; the rest waits on disk
_TAGS = ["印刷ジョブ"]


class PrintJobOut(Out):
    """A print job. `state`: submitted, signed_off, fetched, deleted, withdrawn or expired.

    `manifest` is the hash that 校了 and receipts name. `receipt_due`: the vendor must still say that it deleted.
    """

    municipality: str
    business_system: str
    job: str
    title: str
    vendor: str
    state: str
    state_label: str
    receipt_due: bool
    characters: int
    size: int
    valid_until: str
    manifest: str


class PrintJobList(Out):
    """Part of a list: `items` from `offset` on, newest first."""

    total: int
    offset: int
    limit: int
    items: list[PrintJobOut]


def _out(site: Site, job: Job) -> PrintJobOut:
    today = date_in_japan(site.clock())
    return PrintJobOut(
        municipality=job.lg_code,
        business_system=job.system,
        job=job.name,
        title=job.title,
        vendor=job.vendor.name,
        state=job.state(today).value,
        state_label=job.state(today).label,
        receipt_due=job.receipt_due(today),
        characters=job.characters,
        size=job.size,
        valid_until=job.valid_until.isoformat(),
        manifest=job.manifest,
    )


@get(
    JOBS,
    sync_to_thread=True,
    tags=_TAGS,
    summary="印刷ジョブの一覧（団体）",
    description="新しい順。limit は1,000まで。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_jobs(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = 100,
) -> PrintJobList:
    offset, limit = min(max(offset, 0), 1 << 31), min(max(limit, 1), LIMIT)
    with site.reading(visitor) as session:
        total, jobs = print_job_records.list_jobs(session, lg, system, offset, limit)
    return PrintJobList(total=total, offset=offset, limit=limit, items=[_out(site, job) for job in jobs])


@get(
    JOBS + "/{job:str}",
    sync_to_thread=True,
    tags=_TAGS,
    summary="1つの印刷ジョブ（団体）",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_job(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
) -> PrintJobOut:
    with site.reading(visitor) as session:
        return _out(site, print_job_records.find_job(session, lg, system, job))


@put(
    JOBS + "/{job:str}",
    status_code=200,
    request_max_body_size=MAX_UPLOAD,
    tags=_TAGS,
    summary="印刷ジョブパックを提出する（団体）",
    description=f"本文は印刷ジョブパックの ZIP（{ZIP}、64 MiB まで）。同じパックを繰り返し送っても1件です。"
    "vendor は印刷委託先の識別名、title は画面に出す名称（既定はジョブの識別名）。校了は画面で職員がします。",
    responses=WRITE_ERRORS,
    opt={**needs(Permission.SUBMIT_JOB), KINDS: (ZIP,)},
)
async def submit_job(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
    vendor: FromQuery[str],
    title: FromQuery[str] = "",
) -> PrintJobOut:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as spool:
        async for chunk in request.stream():
            spool.write(chunk)
        pack = await sync_to_thread(_received, spool, job)
    return await sync_to_thread(_submit, site, visitor, (lg, system), pack, vendor, title or job)


def _received(spool: IO[bytes], name: str) -> ReceivedPack:
    spool.seek(0)
    pack = receive_pack(spool.read())
    if pack.job.job != name:
        raise PackForOther(what="ジョブの識別名")
    return pack


def _submit(
    site: Site, visitor: Visitor, place: tuple[str, str], pack: ReceivedPack, vendor: str, title: str
) -> PrintJobOut:
    """Checked and made durable before the one write transaction, which then is short."""
    blobs, at, by = site.registry.blobs, site.clock(), visitor.actor
    with site.reading(visitor) as session:
        print_jobs.check_submission(session, blobs, *place, pack, vendor, at, by)
    print_jobs.keep_pack(blobs, pack)
    with site.writing(visitor) as session:
        return _out(site, print_jobs.submit(session, blobs, *place, pack, vendor, title, at, by))


@get(
    TOWN + "/print-jobs",
    sync_to_thread=True,
    tags=_TAGS,
    summary="自社あての印刷ジョブ（印刷委託先）",
    description="校了したものだけ、新しい順。他社あてのものは現れません。",
    responses=READ_ERRORS,
    opt=needs(Permission.FETCH_JOB),
)
def list_vendor_jobs(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> PrintJobList:
    with site.reading(visitor) as session:
        jobs = print_jobs.vendor_jobs(session, lg, visitor.actor)
    return PrintJobList(total=len(jobs), offset=0, limit=len(jobs), items=[_out(site, job) for job in jobs])


@get(
    JOBS + "/{job:str}/pack",
    sync_to_thread=True,
    tags=_TAGS,
    summary="印刷ジョブパックを受け取る（印刷委託先）",
    description="校了の記録が入った ZIP。受け取るたびに団体に記録が残ります。有効期間が終わったもの、"
    "取り下げられたもの、削除の受領証を出したものは 410、有効期間の前は 409 です。",
    responses=READ_ERRORS,
    opt=needs(Permission.FETCH_JOB),
)
def fetch_pack(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    job: FromPath[str],
) -> Response[bytes]:
    blobs, at, by = site.registry.blobs, site.clock(), visitor.actor
    with site.reading(visitor) as session:
        found = print_jobs.vendor_job(session, blobs, lg, system, job, at, by)
    data = print_jobs.packed(blobs, found)
    with site.writing(visitor) as session:
        print_jobs.record_fetch(session, blobs, lg, system, job, at, by)
    name = f"{channel_name(found.lg_code, found.system)}-{found.name}.zip"
    return Response(data, media_type=ZIP, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@post(
    TOWN + "/print-receipts",
    status_code=200,
    request_max_body_size=print_jobs.MAX_RECEIPT,
    tags=_TAGS,
    summary="削除の受領証を出す（印刷委託先）",
    description="本文は gaiji-hub print-job receipt が書いた receipt.json のバイト列そのもの（application/json）。"
    "どのジョブのものかは、受領証にある目録のハッシュで決まります。",
    responses=WRITE_ERRORS,
    opt=needs(Permission.FETCH_JOB),
)
async def receive_receipt(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
) -> PrintJobOut:
    return await sync_to_thread(_receipt, site, visitor, lg, await request.body())


def _receipt(site: Site, visitor: Visitor, lg: str, data: bytes) -> PrintJobOut:
    with site.writing(visitor) as session:
        job = print_jobs.record_receipt(session, site.registry.blobs, lg, data, site.clock(), visitor.actor)
    return _out(site, job)


PRINT_API = (list_jobs, get_job, submit_job, list_vendor_jobs, fetch_pack, receive_receipt)
