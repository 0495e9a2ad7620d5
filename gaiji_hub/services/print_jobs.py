"""印刷ジョブ: packs a town hands in, looks at (校了) and lets one vendor fetch, until a receipt of deletion comes back.

A pack was made and checked on the town's machine; here it is held once more against what this hub published and
what it knows of rights (`print_job_checks`). Nothing of a job is changed: every act is an event, and the state
follows from them and the calendar (moji.print_job_state).
"""

from __future__ import annotations

import datetime
import hashlib
import re

from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, Refused
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.moji.print_job_state import OPEN, Happening, JobState
from gaiji_hub.moji.text import has_control
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock, parse_title
from gaiji_hub.services.print_job_checks import RightsMissing, check_pack, check_rights
from gaiji_hub.services.print_job_records import (
    Job,
    UnknownPrintJob,
    find_job,
    find_manifest,
    handed_over,
    lock_job,
    manifest_of,
    search_job,
    town_jobs,
)
from gaiji_hub.services.vendors import Vendor, find_vendor
from gaiji_hub.store import models as rows
from gaiji_hub.workbench.print_job_receive import ReceivedPack, signed_pack

MAX_REASON = 200
MAX_RECEIPT = 64 << 10

_HASH = re.compile(r"[0-9a-f]{64}")


class PrintJobNameTaken(Conflict):
    code = "print_job_name_taken"
    template = "この識別名の印刷ジョブは受付済みです（取り下げたものも）。別の名前（--job）でパックを作り直してください"


class PrintJobNotOpen(Conflict):
    code = "print_job_not_open"
    template = "いまの状態（{state}）では、この操作はできません"


class OtherPackSeen(Conflict):
    code = "other_pack_seen"
    template = "校正紙を見たパックと、受け付けたパックが違います。画面を開き直してください"


class SignOffByPerson(Refused):
    code = "sign_off_by_person"
    template = "校了は、ログインした職員だけができます"


class BadWithdrawal(BadInput):
    code = "bad_withdrawal"
    template = "取下げの理由を1〜{limit}文字で、制御文字を含まずに書いてください"


class PrintJobOver(Refused):
    """What the vendor is told of its own job; 410, because it was there."""

    code = "print_job_over"
    template = "この印刷ジョブは{reason}ため、もう受け取れません。受け取ったパックは削除し、受領証を出してください"
    status = 410


class PrintJobNotStarted(Conflict):
    code = "print_job_not_started"
    template = "このパックの有効期間は {start} からです"


class PrintJobHeld(Conflict):
    code = "print_job_held"
    template = "字形の権利の確認が必要になったため、いまは受け取れません。団体に確かめてください"


class ReceiptRefused(Conflict):
    code = "receipt_refused"
    template = "削除の受領証を受け付けられません: {reason}"


def check_submission(
    session: Session,
    blobs: BlobStore,
    lg_code: str,
    system: str,
    pack: ReceivedPack,
    vendor: str,
    at: datetime.datetime,
    by: Actor,
) -> None:
    """Raise what `submit` would. A session for reading is enough: ask before `keep_pack`, then submit."""
    owner = locate(session, lg_code, system)
    by.require(Permission.SUBMIT_JOB, owner.lg_code)
    if _known(session, owner, pack, find_vendor(session, owner.lg_code, vendor)) is None:
        check_pack(session, blobs, owner, pack.job, date_in_japan(at))


def keep_pack(blobs: BlobStore, pack: ReceivedPack) -> None:
    """Make what the row of a job names durable: pack, manifest and proof. No transaction need wait for it."""
    for data in (pack.data, pack.job.to_bytes(), pack.proof):
        blobs.put(data)


def submit(
    session: Session,
    blobs: BlobStore,
    lg_code: str,
    system: str,
    pack: ReceivedPack,
    vendor: str,
    title: str,
    at: datetime.datetime,
    by: Actor,
) -> Job:
    """Take a pack in for one vendor. The same pack for the same vendor again changes nothing.

    Raises `PrintJobNameTaken`, `UnknownVendor` or what `print_job_checks.check_pack` raises; 校了 is still to come.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.SUBMIT_JOB, owner.lg_code)
    wanted = find_vendor(session, owner.lg_code, vendor)
    if known := _known(session, owner, pack, wanted):
        return known
    check_pack(session, blobs, owner, pack.job, date_in_japan(at))
    keep_pack(blobs, pack)
    entry = rows.PrintJob(
        business_system_id=owner.id,
        lg_code=owner.lg_code,
        vendor_id=wanted.id,
        name=pack.job.job,
        title=parse_title(title),
        manifest=pack.job.hash,
        pack=hashlib.sha256(pack.data).hexdigest(),
        size=len(pack.data),
        characters=len(pack.job.characters),
        valid_until=pack.job.valid_until,
        registered_at=at,
    )
    session.add(entry)
    session.flush()
    remark = f"手元の校了: {pack.signed.by}（{pack.signed.at.isoformat()}）" if pack.signed else ""
    job = find_job(session, owner.lg_code, owner.name, entry.name)
    return _happen(session, job, Happening.SUBMITTED, remark, at, by)


def sign_off(
    session: Session,
    blobs: BlobStore,
    lg_code: str,
    system: str,
    name: str,
    manifest: str,
    at: datetime.datetime,
    by: Actor,
) -> Job:
    """校了: a person of the town has looked at the proof of the pack with this manifest hash. The vendor sees it now.

    Rights are asked once more (`RightsMissing`).
    """
    job = lock_job(session, lg_code, system, name)
    by.require(Permission.PRINT, job.lg_code)
    if by.kind != "person":
        raise SignOffByPerson
    if manifest != job.manifest:
        raise OtherPackSeen
    _require_state(job, at, JobState.SUBMITTED)
    check_rights(session, blobs, locate(session, lg_code, system), manifest_of(blobs, job))
    return _happen(session, job, Happening.SIGNED_OFF, "", at, by)


def withdraw(
    session: Session, lg_code: str, system: str, name: str, reason: str, at: datetime.datetime, by: Actor
) -> Job:
    """取下げ: nobody can fetch the job any more; a copy already fetched is to be deleted, with a receipt."""
    job = lock_job(session, lg_code, system, name)
    by.require(Permission.PRINT, job.lg_code)
    if not reason.strip() or len(reason) > MAX_REASON or has_control(reason):
        raise BadWithdrawal(limit=MAX_REASON)
    _require_state(job, at, *OPEN)
    return _happen(session, job, Happening.WITHDRAWN, reason, at, by)


def vendor_job(
    session: Session, blobs: BlobStore, lg_code: str, system: str, name: str, at: datetime.datetime, by: Actor
) -> Job:
    """A job that the vendor may fetch now. Whatever is not this vendor's, or not signed off, is `UnknownPrintJob`.

    Raises `PrintJobOver` after the validity period, a withdrawal or the vendor's own receipt, `PrintJobNotStarted`
    before the period, `PrintJobHeld` when a shape's rights are in doubt again.
    """
    return _fetchable(session, blobs, find_job(session, lg_code, system, name), at, by)


def packed(blobs: BlobStore, job: Job) -> bytes:
    """The archive the vendor gets: the pack with the hub's 校了 in it, the same bytes every time."""
    signed = job.sign_off
    if signed is None:
        raise UnknownPrintJob
    return signed_pack(blobs.get(job.pack), signed)


def record_fetch(
    session: Session, blobs: BlobStore, lg_code: str, system: str, name: str, at: datetime.datetime, by: Actor
) -> Job:
    """Record that the vendor is handed the pack, having asked once more as `vendor_job` does."""
    job = _fetchable(session, blobs, lock_job(session, lg_code, system, name), at, by)
    return _happen(session, job, Happening.FETCHED, job.vendor.name, at, by)


def _fetchable(session: Session, blobs: BlobStore, job: Job, at: datetime.datetime, by: Actor) -> Job:
    today = date_in_japan(at)
    state = _of_vendor(job, by).state(today)
    if state in _OVER:
        raise PrintJobOver(reason=_OVER[state])
    manifest = manifest_of(blobs, job)
    if today < manifest.valid_from:
        raise PrintJobNotStarted(start=manifest.valid_from.isoformat())
    try:
        check_rights(session, blobs, locate(session, job.lg_code, job.system), manifest)
    except RightsMissing:
        raise PrintJobHeld from None
    return job


_OVER = {
    JobState.EXPIRED: "有効期間が終わった",
    JobState.WITHDRAWN: "団体が取り下げた",
    JobState.DELETED: "削除の受領証が出ている",
}


def record_receipt(
    session: Session, blobs: BlobStore, lg_code: str, data: bytes, at: datetime.datetime, by: Actor
) -> Job:
    """Record a vendor's receipt of deletion (`gaiji-hub print-job receipt`); the same again changes nothing.

    It must name a job of this vendor by its manifest hash and list exactly the files that were handed over. Raises
    `UnknownPrintJob`, `ReceiptRefused` or `BadDeletionReceipt`.
    """
    if len(data) > MAX_RECEIPT:
        raise ReceiptRefused(reason="大きすぎます")
    receipt = _parse_receipt(data)
    place = find_manifest(session, lg_code, receipt.manifest)
    job = _of_vendor(lock_job(session, lg_code, *place), by)
    if (receipt.job, receipt.municipality) != (job.name, job.lg_code):
        raise ReceiptRefused(reason="団体コードまたはジョブが目録と違います")
    before = job.event(Happening.DELETED)
    if before is not None:
        if before.detail.encode() != data:
            raise ReceiptRefused(reason="別の受領証が記録済みです")
        return job
    if Happening.FETCHED not in job.happened:
        raise ReceiptRefused(reason="まだ受け取られていません")
    if receipt.files != handed_over(blobs, job):
        raise ReceiptRefused(reason="渡したファイルと一致しません")
    return _happen(session, job, Happening.DELETED, data.decode(), at, by)


def _parse_receipt(data: bytes) -> DeletionReceipt:
    """JSON can spell a lone surrogate, a number without end, anything in the place of a hash: no query sees them."""
    try:
        receipt = DeletionReceipt.from_bytes(data)
    except (UnicodeEncodeError, OverflowError):
        raise ReceiptRefused(reason="文字や数ではないものが入っています") from None
    if not _HASH.fullmatch(str(receipt.manifest)):
        raise ReceiptRefused(reason="目録のハッシュの書き方が違います")
    return receipt


def vendor_jobs(session: Session, lg_code: str, by: Actor) -> tuple[Job, ...]:
    """The jobs a vendor's token may know of, newest first: addressed to it, and signed off."""
    return tuple(job for job in town_jobs(session, lg_code) if _visible(job, by))


def _known(session: Session, owner: BusinessSystem, pack: ReceivedPack, vendor: Vendor) -> Job | None:
    """The job that this very pack became already, None for a new name; `PrintJobNameTaken` for any other."""
    known = search_job(session, owner, pack.job.job)
    same = known and (known.manifest, known.vendor.id) == (pack.job.hash, vendor.id)
    if known and (not same or Happening.WITHDRAWN in known.happened):
        raise PrintJobNameTaken
    return known


def _visible(job: Job, by: Actor) -> bool:
    mine = by.may(Permission.FETCH_JOB, job.lg_code) and bool(by.vendor) and by.vendor == job.vendor.name
    return mine and by.system in ("", job.system) and job.sign_off is not None


def _of_vendor(job: Job, by: Actor) -> Job:
    if not _visible(job, by):
        raise UnknownPrintJob
    return job


def _require_state(job: Job, at: datetime.datetime, *allowed: JobState) -> None:
    state = job.state(date_in_japan(at))
    if state not in allowed:
        raise PrintJobNotOpen(state=state.label)


def _happen(session: Session, job: Job, kind: Happening, detail: str, at: datetime.datetime, by: Actor) -> Job:
    """Append what happened and its entry in the audit trail; the job with it."""
    entry = {"print_job_id": job.id, "lg_code": job.lg_code, "kind": kind.value, "by_name": by.name}
    session.add(rows.PrintJobEvent(**entry, detail=detail, at=at))
    session.flush()
    said = {"manifest": job.manifest, "vendor": job.vendor.name, "until": job.valid_until.isoformat()}
    subject = f"{job.system}/print-job/{job.name}"
    audit.record(session, by, at, job.lg_code, f"print_job_{kind.value}", subject, said)
    return find_job(session, job.lg_code, job.system, job.name)
