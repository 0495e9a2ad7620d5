"""印刷ジョブの記録: a job as the hub knows it, read from its row and its events."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.names import parse_name
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt, PrintJob, SignOff
from gaiji_hub.moji.print_job_state import Happening, JobState, next_step, receipt_due, state_of
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock
from gaiji_hub.services.vendors import Vendor, vendors_by_id
from gaiji_hub.store import models as rows
from gaiji_hub.workbench.print_job import PROOF_PATH
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF


class UnknownPrintJob(NotFound):
    code = "unknown_print_job"
    template = "印刷ジョブが見つかりません"


@dataclass(frozen=True)
class Event:
    """`detail`: the remark, the reason, the vendor's name, or the receipt itself, by `kind`."""

    kind: Happening
    by: str
    detail: str
    at: datetime.datetime


@dataclass(frozen=True)
class Job:
    """A print job as the hub knows it; `id` never leaves the services. `manifest`, `pack` are hashes of blobs."""

    id: int
    lg_code: str
    system: str
    name: str
    title: str
    vendor: Vendor
    manifest: str
    pack: str
    size: int
    characters: int
    valid_until: datetime.date
    events: tuple[Event, ...] = field(repr=False)

    @property
    def happened(self) -> frozenset[Happening]:
        return frozenset(event.kind for event in self.events)

    def state(self, today: datetime.date) -> JobState:
        return state_of(self.happened, self.valid_until, today)

    def receipt_due(self, today: datetime.date) -> bool:
        return receipt_due(self.happened, self.valid_until, today)

    def next_step(self, today: datetime.date) -> str:
        return next_step(self.happened, self.valid_until, today)

    def event(self, kind: Happening) -> Event | None:
        """The newest event of a kind."""
        return next((event for event in reversed(self.events) if event.kind is kind), None)

    @property
    def sign_off(self) -> SignOff | None:
        found = self.event(Happening.SIGNED_OFF)
        return SignOff(self.manifest, found.by, date_in_japan(found.at)) if found else None

    @property
    def receipt(self) -> DeletionReceipt | None:
        found = self.event(Happening.DELETED)
        return DeletionReceipt.from_bytes(found.detail.encode()) if found else None


@dataclass(frozen=True)
class Facts:
    """A manifest without its characters. `content_hash` stands on the proof sheet, `proof` is the sheet's own hash."""

    release: int
    valid_from: datetime.date
    valid_until: datetime.date
    source: str
    vendor_codes: str
    rights_note: str
    counts: Mapping[str, int]
    content_hash: str
    proof: str


def find_job(session: Session, lg_code: str, system: str, name: str) -> Job:
    return _known(search_job(session, locate(session, lg_code, system), name))


def list_jobs(session: Session, lg_code: str, system: str, offset: int, limit: int) -> tuple[int, tuple[Job, ...]]:
    """How many jobs a business system has, and up to `limit` of them from `offset` on, newest first."""
    owner = locate(session, lg_code, system)
    query = select(rows.PrintJob).where(rows.PrintJob.business_system_id == owner.id)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    found = session.scalars(query.order_by(rows.PrintJob.id.desc()).offset(offset).limit(limit)).all()
    return total, _values(session, owner.lg_code, found, {owner.id: owner.name})


def lock_job(session: Session, lg_code: str, system: str, name: str) -> Job:
    """Like `find_job`, and nobody else acts on a job of this business system until the transaction ends."""
    return _known(search_job(session, lock(session, lg_code, system), name))


def town_jobs(session: Session, lg_code: str) -> tuple[Job, ...]:
    """The jobs of every business system of a municipality, newest first."""
    query = select(rows.PrintJob).where(rows.PrintJob.lg_code == lg_code).order_by(rows.PrintJob.id.desc())
    systems = session.scalars(select(rows.BusinessSystem).where(rows.BusinessSystem.lg_code == lg_code))
    return _values(session, lg_code, session.scalars(query).all(), {row.id: row.name for row in systems})


def find_manifest(session: Session, lg_code: str, manifest: str) -> tuple[str, str]:
    """The business system and the name of the job whose manifest has this hash; `UnknownPrintJob`."""
    query = (
        select(rows.BusinessSystem.name, rows.PrintJob.name)
        .join(rows.PrintJob, rows.PrintJob.business_system_id == rows.BusinessSystem.id)
        .where(rows.PrintJob.lg_code == lg_code, rows.PrintJob.manifest == manifest)
    )
    found = session.execute(query).first()
    if found is None:
        raise UnknownPrintJob
    return found[0], found[1]


def manifest_of(blobs: BlobStore, job: Job) -> PrintJob:
    return PrintJob.from_bytes(blobs.get(job.manifest))


@lru_cache(maxsize=500)
def facts_of(blobs: BlobStore, manifest: str) -> Facts:
    """What a page shows of a manifest. Reading one takes long, and what a hash names never changes."""
    job = PrintJob.from_bytes(blobs.get(manifest))
    return Facts(
        release=job.release,
        valid_from=job.valid_from,
        valid_until=job.valid_until,
        source=job.source,
        vendor_codes=job.vendor_codes,
        rights_note=job.rights_note,
        counts=MappingProxyType(job.counts()),
        content_hash=job.content_hash,
        proof=next(file.sha256 for file in job.files if file.path == PROOF_PATH),
    )


def proof_of(blobs: BlobStore, job: Job) -> bytes:
    """校正紙 (PDF)."""
    return blobs.get(facts_of(blobs, job.manifest).proof)


def handed_over(blobs: BlobStore, job: Job) -> tuple[PackFile, ...]:
    """The files of the pack as the vendor fetched it, by path."""
    made = manifest_of(blobs, job)
    signed = job.sign_off
    own = [PackFile.of(MANIFEST, made.to_bytes())]
    own += [PackFile.of(SIGN_OFF, signed.to_bytes())] if signed else []
    return tuple(sorted((*made.files, *own), key=lambda file: file.path))


def search_job(session: Session, owner: BusinessSystem, name: str) -> Job | None:
    query = select(rows.PrintJob).where(
        rows.PrintJob.business_system_id == owner.id, rows.PrintJob.name == parse_name(name)
    )
    found = session.scalars(query).all()
    return next(iter(_values(session, owner.lg_code, found, {owner.id: owner.name})), None)


def _known(found: Job | None) -> Job:
    if found is None:
        raise UnknownPrintJob
    return found


def _values(session: Session, lg_code: str, found: Sequence[rows.PrintJob], systems: dict[int, str]) -> tuple[Job, ...]:
    vendors = vendors_by_id(session, lg_code)
    events: dict[int, list[rows.PrintJobEvent]] = {row.id: [] for row in found}
    for event in session.scalars(_events(list(events))):
        events[event.print_job_id].append(event)
    return tuple(_value(row, systems[row.business_system_id], vendors[row.vendor_id], events[row.id]) for row in found)


def _events(ids: list[int]) -> Select[rows.PrintJobEvent]:
    query = select(rows.PrintJobEvent).where(rows.PrintJobEvent.print_job_id.in_(ids))
    return query.order_by(rows.PrintJobEvent.id)


def _value(row: rows.PrintJob, system: str, vendor: Vendor, events: Iterable[rows.PrintJobEvent]) -> Job:
    return Job(
        id=row.id,
        lg_code=row.lg_code,
        system=system,
        name=row.name,
        title=row.title,
        vendor=vendor,
        manifest=row.manifest,
        pack=row.pack,
        size=row.size,
        characters=row.characters,
        valid_until=row.valid_until,
        events=tuple(Event(Happening(e.kind), e.by_name, e.detail, e.at) for e in events),
    )
