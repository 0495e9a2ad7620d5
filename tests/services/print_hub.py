"""A town with a published release at the hub, and print job packs made from it as the town's own machine makes them.

F040 邉 with a selector (identified), F041 a shape of the town's own without text, F042 the same, its rights unsaid.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import tempfile
from pathlib import Path

from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.actor import Actor, Place, Role
from gaiji_hub.moji.print_job import PrintJob, SignOff
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.delivery import Publication, record_publication
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.release import make_release
from gaiji_hub.services.rights import set_rights
from gaiji_hub.services.vendors import Vendor, register_vendor
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job import JobOrder, build_print_pack
from gaiji_hub.workbench.print_job_characters import resolve
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF, unzip, zip_bytes
from gaiji_hub.workbench.print_job_town import open_town_pack
from tests.services.conftest import AT, DATE, GLYPH, SYSTEM, font
from tests.services.people import ADMIN, APPROVER, CLERK, TOWN, approve_all
from tests.workbench.print_town import DERIVATION, OWN, PUA, SHAPES, install, usage

UNTIL = datetime.date(2026, 12, 31)
VENDOR, OTHER_VENDOR = "insatsu", "betsu-insatsu"
IDENTIFIED, WITHOUT_TEXT, UNSAID = "F040", "F041", "F042"
PRINTED = "山田" + PUA[IDENTIFIED] + PUA[WITHOUT_TEXT]


def machine(vendor: str = VENDOR, lg_code: str = TOWN, *, system: str = "", number: int = 900) -> Actor:
    """A vendor's token, as the gate finds it."""
    places = frozenset({Place(lg_code, Role.PRINT_VENDOR)})
    scopes = frozenset({"pack:read"})
    return Actor("token", number, f"{vendor} の機械", lg_code, places, scopes=scopes, vendor=vendor, system=system)


def publish_release(session: Session, blobs: BlobStore, tables: Tables, lg_code: str = TOWN) -> Release:
    """The town's release and its publication; the rights of F041 are said."""
    record_intake(session, lg_code, SYSTEM, font({0xE000: 500, 0xE001: 501, 0xE002: 502}), AT)
    decisions = [
        Decision(IDENTIFIED, Verdict.EXACT, GLYPH, "一致"),
        Decision(WITHOUT_TEXT, Verdict.NONE, "", "標準にない"),
    ]
    decide(session, tables, lg_code, SYSTEM, decisions, AT, CLERK)
    approve_all(session, lg_code, SYSTEM, AT)
    made = make_release(session, blobs, tables, lg_code, SYSTEM, DATE, "初版", AT, APPROVER)
    hashes = dict.fromkeys(("payload", "manifest", "tree", "glyph_order"), "0" * 64)
    channel = f"{lg_code}-{SYSTEM}"
    record_publication(session, lg_code, SYSTEM, Publication(channel, 1, "release", 1, **hashes))
    set_rights(session, lg_code, [SHAPES[WITHOUT_TEXT].hash], Rights.OWN, "", AT, CLERK)
    return made


def register_vendors(session: Session, lg_code: str = TOWN) -> Vendor:
    register_vendor(session, lg_code, OTHER_VENDOR, "別の印刷", "", AT, ADMIN)
    return register_vendor(session, lg_code, VENDOR, "架空印刷", "", AT, ADMIN)


@functools.cache
def _standard(standard_font: Path) -> StandardFont:
    return StandardFont.open(standard_font)


@functools.cache
def _packed(release: bytes, standard_font: Path, text: str, order: JobOrder) -> bytes:
    tables, standard = Tables.load(), _standard(standard_font)
    with tempfile.TemporaryDirectory() as scratch:
        town = open_town_pack(install(Path(scratch), tables, Release.from_bytes(release), OWN))
        found, missing = resolve(usage(text), town, tables, standard)
        assert not missing
        made = build_print_pack(order, found, town, standard, standard_font, DERIVATION)
    return zip_bytes({MANIFEST: made.job.to_bytes(), **made.files})


def make_pack(release: Release, standard_font: Path, text: str = PRINTED, **changes: object) -> bytes:
    """The ZIP of a pack made of `text` from the town's installed release; `changes` are of the `JobOrder`."""
    order = JobOrder("tsuchi-2026", "cp932", DATE, UNTIL, "records", 3, "架空市")
    return _packed(release.to_bytes(), standard_font, text, dataclasses.replace(order, **changes))  # type: ignore[arg-type]


def changed(archive: bytes, **manifest: object) -> bytes:
    """The pack with another manifest, and files that agree with it but for what it says."""
    files = unzip(archive)
    job = dataclasses.replace(PrintJob.from_bytes(files[MANIFEST]), **manifest)  # type: ignore[arg-type]
    return zip_bytes({**files, MANIFEST: job.to_bytes()})


def with_sign_off(archive: bytes, by: str) -> bytes:
    files = unzip(archive)
    signed = SignOff(PrintJob.from_bytes(files[MANIFEST]).hash, by, DATE)
    return zip_bytes({**files, SIGN_OFF: signed.to_bytes()})
