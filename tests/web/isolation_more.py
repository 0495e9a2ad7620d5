"""他団体からの見え方, continued: requests, characters, rights, policy, codes given out, print jobs and vendors.

`prepare_more` makes what these cases ask for; `made_ready` gives an owner's case the values that a screen would show.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gaiji_hub.convert.census import HEADER
from gaiji_hub.fontbuild.intake import FontIntake
from gaiji_hub.moji.candidate import Band
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.hub_character import hub_id
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import print_jobs
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.character_search import Source, search_characters
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.print_job_records import find_job
from gaiji_hub.services.proposals import list_proposals
from gaiji_hub.services.release import get_release
from gaiji_hub.services.request_approval import approve_request
from gaiji_hub.services.requests import Wanted, find_request, request_character, request_hash
from gaiji_hub.services.rights import set_rights
from gaiji_hub.services.vendors import register_vendor
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job_files import unzip, verify_pack
from gaiji_hub.workbench.print_job_receive import receive_pack
from tests.services.print_hub import machine, make_pack
from tests.web.conftest import AT, DATE, DECIDED, OPEN, OTHER, SEARCHED, SYSTEM, TOWN, corner, font, found
from tests.web.isolation import API, Case, M, T, case
from tests.web.isolation_shrink import SHRINK_CASES, prepare_shrink, seen_of_waiting
from tests.web.people import ADMIN, APPROVER, CLERK, MIGRATION, VENDOR
from tests.workbench.print_town import PUA

TAX = "kazei"  # in both towns; only the first gave out codes in it
ASKED, PROPOSED = "F043", "F044"
MINE, MEANT, NOBODYS_CHARACTER = hub_id(7), hub_id(8), hub_id(9)
WAITS = "3"  # the request that nobody answered
SUBMITTED, FETCHED = "tsuchi-2026", "haishin-2026"
TEXT = "山田" + PUA[DECIDED] + PUA[SEARCHED]
CHARACTER, REQUEST = f"{T}/characters/{{character}}", f"{T}/requests/{{number}}"
JOB, JOB_API = f"{M}/print-jobs/{{job}}", f"{API}/print-jobs/{{job}}"
NO_CHARACTER, NO_REQUEST, NO_JOB = {"character": NOBODYS_CHARACTER}, {"number": "99"}, {"job": "nai"}
ZIP, JSON = "application/zip", "application/json"

NEW_REQUEST = {
    "source_system": SYSTEM,
    "source_code": OPEN,
    "systems": TAX,
    "title": "架空の字四",
    "readings": "",
    "ground": Ground.KOSEKI.value,
    "grounds": "",
    "seen": "0" * 64,
}

MORE_CASES = (
    *SHRINK_CASES,
    case(f"{T}/characters/find", CLERK, form={"q": "架空"}),
    case(CHARACTER, CLERK, NO_CHARACTER, character=MINE),
    case(f"{CHARACTER}/share", APPROVER, NO_CHARACTER, character=MINE, form={}),
    case(f"{CHARACTER}/merge", APPROVER, NO_CHARACTER, character=MINE, form={"into": MEANT}),
    case(f"{T}/requests/new", CLERK, {"code": "F9FC"}, query=f"?system={SYSTEM}&code={{code}}", code=SEARCHED),
    case(f"{T}/requests", CLERK, {"source_code": "F9FC"}, form=NEW_REQUEST),
    case(REQUEST, CLERK, NO_REQUEST, number=WAITS),
    case(f"{REQUEST}/shape.svg", CLERK, NO_REQUEST, number=WAITS),
    case(f"{REQUEST}/approve", APPROVER, NO_REQUEST, number=WAITS, form={"seen": "0" * 64}),
    case(f"{REQUEST}/send-back", APPROVER, NO_REQUEST, number=WAITS, form={"remark": "確かめて"}),
    case(f"{REQUEST}/withdraw", CLERK, NO_REQUEST, number=WAITS, form={}),
    case(f"{T}/vendors", ADMIN, form={"name": "atarashii", "title": "新しい印刷"}),
    case(f"{M}/propose", CLERK, form={"pick": f"{PROPOSED}:{'0' * 64}", "grounds": "候補のとおり"}),
    case(f"{M}/allocation/return", APPROVER, form={"code": "F040"}, system=TAX),
    case(f"{M}/allocation/census", CLERK, form={"title": "四月", "counts": f"{HEADER}\r\n{DECIDED},U+E000,5,5,1\r\n"}),
    case(f"{M}/rights", CLERK, {"shape": "0" * 64}, form={"shape": corner(400).hash, "rights": "own", "note": ""}),
    case(f"{M}/policy", ADMIN, form={"kind": "mjplus", "edition": "2026-08", "until": "", "space_rule": "keep"}),
    case(f"{M}/gaiji/{{code}}/addition-request.zip", CLERK, {"code": "F9FC"}, code=SEARCHED),
    case(JOB, CLERK, NO_JOB, job=SUBMITTED),
    case(f"{JOB}/proof.pdf", CLERK, NO_JOB, job=SUBMITTED),
    case(f"{JOB}/sign-off", APPROVER, NO_JOB, job=SUBMITTED, form={"manifest": "0" * 64, "seen": "yes"}),
    case(f"{JOB}/withdraw", CLERK, NO_JOB, job=SUBMITTED, form={"reason": "差替え"}),
    case(JOB_API, CLERK, NO_JOB, job=SUBMITTED),
    # A stranger's pack is not read, so that any bytes do; the owner's is put in by `made_ready`.
    case(JOB_API, MIGRATION, job=SUBMITTED, sent=b"PK", kind=ZIP, put=True, query=f"?vendor={VENDOR.vendor}"),
    case(f"{JOB_API}/pack", VENDOR, NO_JOB, job=FETCHED),
    case("/api/v1/municipalities/{lg}/print-receipts", VENDOR, sent=b"{}", kind=JSON),
)


def prepare_more(registry: Registry, tables: Tables, standard_font: Path) -> None:
    """Two characters, a request that waits, a gaiji with a proposal, a job that was handed in and one fetched."""
    prepare_shrink(registry, tables)
    _furnish(registry, tables)
    for number, code, title in ((1, SEARCHED, "架空の字"), (2, DECIDED, "別の字"), (3, ASKED, "三つ目の字")):
        _ask(registry, tables, code, title)
        if str(number) != WAITS:
            _grant(registry, tables, number)
    for job in (SUBMITTED, FETCHED):
        _submit(registry, job, _pack(registry, standard_font, job))
    with registry.store.writing() as session:
        blobs = registry.blobs
        manifest = find_job(session, TOWN, SYSTEM, FETCHED).manifest
        print_jobs.sign_off(session, blobs, TOWN, SYSTEM, FETCHED, manifest, AT, APPROVER.actor)
        by = machine(VENDOR.vendor, TOWN, number=VENDOR.id)
        print_jobs.record_fetch(session, blobs, TOWN, SYSTEM, FETCHED, AT, by)


def _furnish(registry: Registry, tables: Tables) -> None:
    with registry.store.writing() as session:
        for lg_code in (TOWN, OTHER):
            register_business_system(session, lg_code, TAX, "税", "cp932", AT)
            record_intake(session, lg_code, TAX, FontIntake("c" * 64, "架空", 1024, (), (), (), 1), AT)
        record_intake(session, TOWN, SYSTEM, font({0xE003: 300, 0xE004: 200}), AT, [0xE003, 0xE004])
        near = {size: found(tables, Band.OUTSIDE, "MJ000449") for size in (400, 300)}
        near[200] = found(tables, Band.PROPOSE, "MJ026190", "MJ026191")
        record_candidates(session, TOWN, SYSTEM, {corner(size).hash: one for size, one in near.items()})
        set_rights(session, TOWN, [corner(600).hash], Rights.OWN, "", AT, CLERK.actor)
        register_vendor(session, TOWN, VENDOR.vendor, "架空印刷", "", AT, ADMIN.actor)


def _ask(registry: Registry, tables: Tables, code: str, title: str) -> None:
    wanted = Wanted(Source(SYSTEM, code), title, (TAX,), "戸籍の字形と照合", Ground.KOSEKI, "", "")
    with registry.store.writing() as session:
        near = search_characters(session, TOWN, wanted.source, wanted.title, wanted.readings)
        request_character(session, tables, TOWN, wanted, near, near.hash, AT, CLERK.actor)


def _grant(registry: Registry, tables: Tables, number: int) -> None:
    """The first request gets `MINE`, the second `MEANT`."""
    with registry.store.writing() as session:
        seen = request_hash(find_request(session, TOWN, number))
        approve_request(session, tables, TOWN, number, seen, AT, APPROVER.actor, draw=lambda _: 6 + number)


def _pack(registry: Registry, standard_font: Path, job: str) -> bytes:
    with registry.store.reading() as session:
        release = get_release(session, registry.blobs, TOWN, SYSTEM)
    return make_pack(release, standard_font, TEXT, job=job)


def _submit(registry: Registry, job: str, archive: bytes) -> None:
    with registry.store.writing() as session:
        pack = receive_pack(archive)
        print_jobs.submit(session, registry.blobs, TOWN, SYSTEM, pack, VENDOR.vendor, job, AT, CLERK.actor)


def made_ready(one: Case, registry: Registry, tables: Tables) -> Case:
    """The case as its owner sends it: with the hashes and bytes of this very hub."""
    ready: Mapping[str, Callable[[], dict[str, Any]]] = {
        f"POST {T}/requests": lambda: _form(one, seen=_searched(registry)),
        f"POST {T}/shrink/{{use}}/answer": lambda: _form(one, seen=seen_of_waiting(registry)),
        f"POST {REQUEST}/approve": lambda: _form(one, seen=_request(registry)),
        f"POST {M}/propose": lambda: _form(one, pick=_proposal(registry, tables)),
        f"POST {JOB}/sign-off": lambda: _form(one, manifest=_manifest(registry)),
        f"PUT {JOB_API}": lambda: {"sent": _handed_in(registry)},
        "POST /api/v1/municipalities/{lg}/print-receipts": lambda: {"sent": _receipt(registry)},
    }
    return dataclasses.replace(one, **ready[one.name]()) if one.name in ready else one


def _form(one: Case, **values: str) -> dict[str, Any]:
    return {"form": {**(one.form or {}), **values}}


def _searched(registry: Registry) -> str:
    with registry.store.reading() as session:
        return search_characters(session, TOWN, Source(SYSTEM, OPEN), NEW_REQUEST["title"], "").hash


def _request(registry: Registry) -> str:
    with registry.store.reading() as session:
        return request_hash(find_request(session, TOWN, int(WAITS)))


def _proposal(registry: Registry, tables: Tables) -> str:
    with registry.store.reading() as session:
        _, (one,) = list_proposals(session, tables, TOWN, SYSTEM)
    assert one.local_code == PROPOSED
    return f"{PROPOSED}:{one.seen}"


def _manifest(registry: Registry) -> str:
    with registry.store.reading() as session:
        return find_job(session, TOWN, SYSTEM, SUBMITTED).manifest


def _handed_in(registry: Registry) -> bytes:
    """The same pack again, which is answered as the first time."""
    with registry.store.reading() as session:
        return registry.blobs.get(find_job(session, TOWN, SYSTEM, SUBMITTED).pack)


def _receipt(registry: Registry) -> bytes:
    with registry.store.reading() as session:
        archive = print_jobs.packed(registry.blobs, find_job(session, TOWN, SYSTEM, FETCHED))
    read = verify_pack(unzip(archive), "x")
    files = tuple(PackFile.of(path, data) for path, data in read.files.items())
    return DeletionReceipt(read.job.job, read.job.municipality, read.job.hash, "架空印刷", DATE, files).to_bytes()
