"""What a town and its vendors do with print jobs at the hub, each act in a transaction of its own, for tests."""

from __future__ import annotations

import dataclasses

from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.moji.print_job_state import Happening
from gaiji_hub.services import print_jobs
from gaiji_hub.services.print_job_records import find_job
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.workbench.print_job_files import unzip, verify_pack
from gaiji_hub.workbench.print_job_receive import receive_pack
from tests.services.conftest import AT, DATE, SYSTEM
from tests.services.people import APPROVER, CLERK, TOWN
from tests.services.print_hub import PRINTED, VENDOR, machine, make_pack, publish_release, register_vendors

JOB = "tsuchi-2026"


class Hub:
    """The acts of one town's print jobs, each in a transaction of its own."""

    def __init__(self, store: Store, blobs, release, standard_font) -> None:
        self.store, self.blobs, self.release, self.standard_font = store, blobs, release, standard_font

    def pack(self, text: str = PRINTED, **changes: object) -> bytes:
        return make_pack(self.release, self.standard_font, text, **changes)

    def submit(self, archive: bytes | None = None, vendor: str = VENDOR, by: Actor = CLERK, at=AT):
        received = receive_pack(archive or self.pack())
        with self.store.writing(Scope.of(*by.lg_codes)) as session:
            return print_jobs.submit(session, self.blobs, TOWN, SYSTEM, received, vendor, "納税通知書", at, by)

    def sign_off(self, by: Actor = APPROVER, name: str = JOB, manifest: str = "", at=AT):
        with self.store.writing(Scope.of(TOWN)) as session:
            seen = manifest or find_job(session, TOWN, SYSTEM, name).manifest
            return print_jobs.sign_off(session, self.blobs, TOWN, SYSTEM, name, seen, at, by)

    def withdraw(self, reason: str = "差替え", by: Actor = CLERK, at=AT):
        with self.store.writing(Scope.of(TOWN)) as session:
            return print_jobs.withdraw(session, TOWN, SYSTEM, JOB, reason, at, by)

    def fetch(self, by: Actor | None = None, at=AT, name: str = JOB) -> bytes:
        by = by or machine()
        with self.store.writing(Scope.of(*by.lg_codes)) as session:
            job = print_jobs.record_fetch(session, self.blobs, TOWN, SYSTEM, name, at, by)
        return print_jobs.packed(self.blobs, job)

    def receive_receipt(self, data: bytes, by: Actor | None = None, at=AT):
        by = by or machine()
        with self.store.writing(Scope.of(*by.lg_codes)) as session:
            return print_jobs.record_receipt(session, self.blobs, TOWN, data, at, by)

    def job(self):
        with self.store.reading(Scope.of(TOWN)) as session:
            return find_job(session, TOWN, SYSTEM, JOB)

    def happened(self) -> list[Happening]:
        return [event.kind for event in self.job().events]

    def seen(self, by: Actor) -> list[str]:
        """The jobs that are listed for this machine."""
        with self.store.reading(Scope.of(*by.lg_codes)) as session:
            return [job.name for job in print_jobs.vendor_jobs(session, TOWN, by)]


def open_hub(store: Store, blobs, tables, standard_font) -> Hub:
    """A hub with the town's release on the channel and its vendors registered."""
    with store.writing() as session:
        release = publish_release(session, blobs, tables)
        register_vendors(session)
    return Hub(store, blobs, release, standard_font)


def receipt_of(archive: bytes, **changes: object) -> bytes:
    pack = verify_pack(unzip(archive), "x")
    files = tuple(PackFile.of(path, data) for path, data in pack.files.items())
    made = DeletionReceipt(pack.job.job, pack.job.municipality, pack.job.hash, "架空印刷 製作課", DATE, files)
    return dataclasses.replace(made, **changes).to_bytes()
