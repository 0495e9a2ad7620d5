"""印刷ジョブ: what the hub takes, who sees it when, and that every act stands in the audit trail."""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.moji.actor import NotAllowed
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import PrintJob, SignOff
from gaiji_hub.moji.print_job_state import Happening, JobState
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import audit, print_jobs
from gaiji_hub.services.backup import missing_blobs
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.print_job_checks import (
    PackContradictsRelease,
    PackExpired,
    PackForOther,
    PackOfOtherRelease,
    RightsMissing,
)
from gaiji_hub.services.print_job_records import list_jobs, proof_of
from gaiji_hub.services.print_jobs import (
    BadWithdrawal,
    OtherPackSeen,
    PrintJobHeld,
    PrintJobNameTaken,
    PrintJobNotOpen,
    PrintJobNotStarted,
    PrintJobOver,
    ReceiptRefused,
    SignOffByPerson,
)
from gaiji_hub.services.rights import set_rights
from gaiji_hub.store.dump import tables as tables_of
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF, unzip, verify_pack, zip_bytes
from tests.services.conftest import AT, DATE, SYSTEM
from tests.services.people import APPROVER, CLERK, OTHER, OTHER_CLERK, TOWN
from tests.services.print_acts import JOB, Hub, open_hub, receipt_of
from tests.services.print_hub import (
    IDENTIFIED,
    OTHER_VENDOR,
    PUA,
    SHAPES,
    UNSAID,
    UNTIL,
    WITHOUT_TEXT,
    changed,
    machine,
    with_sign_off,
)

AFTER = datetime.datetime(2027, 1, 1, 0, 0, tzinfo=datetime.UTC)


@pytest.fixture
def hub(store, blobs, tables, standard_font) -> Hub:
    return open_hub(store, blobs, tables, standard_font)


def test_a_job_goes_from_the_town_to_its_vendor_and_ends_with_a_receipt(hub):
    job = hub.submit()
    assert job.state(DATE) is JobState.SUBMITTED
    assert (job.name, job.system, job.vendor.title, job.characters, job.valid_until) == (
        *(JOB, SYSTEM, "架空印刷"),
        *(4, UNTIL),
    )
    assert hub.sign_off().state(DATE) is JobState.SIGNED_OFF
    archive = hub.fetch()
    pack = verify_pack(unzip(archive), "x")
    assert pack.sign_off == SignOff(job.manifest, APPROVER.name, DATE)
    assert pack.job.hash == job.manifest
    assert hub.job().state(DATE) is JobState.FETCHED
    assert hub.fetch() == archive  # again, and the same bytes
    done = hub.receive_receipt(receipt_of(archive))
    assert done.state(AFTER.date()) is JobState.DELETED
    assert done.receipt is not None
    assert done.receipt.by == "架空印刷 製作課"
    assert hub.happened() == [
        *(Happening.SUBMITTED, Happening.SIGNED_OFF, Happening.FETCHED),
        *(Happening.FETCHED, Happening.DELETED),
    ]


def test_every_act_stands_in_the_audit_trail(hub):
    hub.submit()
    hub.sign_off()
    hub.receive_receipt(receipt_of(hub.fetch()))
    with hub.store.reading() as session:
        _, entries = audit.list_entries(session, TOWN, 0, 10, f"{SYSTEM}/print-job/{JOB}")
        assert audit.verify(session, TOWN).problems == ()
    said = [(entry.action, entry.actor_name) for entry in reversed(entries)]
    assert said == [
        ("print_job_submitted", CLERK.name),
        ("print_job_signed_off", APPROVER.name),
        ("print_job_fetched", machine().name),
        ("print_job_deleted", machine().name),
    ]
    assert json.loads(entries[0].detail)["manifest"] == hub.job().manifest


def test_what_is_kept_is_written_anew_from_the_files_that_were_checked(hub):
    archive = hub.pack()
    padded = b"JUNK" * 1000 + archive  # ZIP readers start at the end; what stands before rides along
    job = hub.submit(padded)
    kept = hub.blobs.get(job.pack)
    assert kept == archive
    assert b"JUNK" not in kept
    assert proof_of(hub.blobs, job).startswith(b"%PDF-")


def test_a_sign_off_made_offline_is_noted_and_the_hub_asks_for_its_own(hub):
    job = hub.submit(with_sign_off(hub.pack(), "手元の係"))
    assert job.state(DATE) is JobState.SUBMITTED
    assert "手元の係" in job.events[0].detail
    hub.sign_off()
    assert json.loads(unzip(hub.fetch())[SIGN_OFF])["by"] == APPROVER.name


def test_the_same_pack_again_changes_nothing_and_another_under_its_name_is_refused(hub):
    first = hub.submit()
    assert hub.submit() == first
    with pytest.raises(PrintJobNameTaken):
        hub.submit(hub.pack("山田"))
    with pytest.raises(PrintJobNameTaken):
        hub.submit(vendor=OTHER_VENDOR)
    hub.withdraw()
    with pytest.raises(PrintJobNameTaken):
        hub.submit()
    assert hub.happened() == [Happening.SUBMITTED, Happening.WITHDRAWN]


def test_a_pack_is_held_against_what_the_hub_published(hub):
    archive = hub.pack()
    manifest = PrintJob.from_bytes(unzip(archive)[MANIFEST])
    other_town = {"municipality": OTHER}
    for changes, error in (
        (other_town, PackForOther),
        ({"business_system": "koseki"}, PackForOther),
        ({"release_hash": "0" * 64}, PackOfOtherRelease),
        ({"release": 2}, PackOfOtherRelease),
        ({"release": 2**70}, PackOfOtherRelease),
        ({"valid_from": DATE - datetime.timedelta(9), "valid_until": DATE - datetime.timedelta(1)}, PackExpired),
    ):
        with pytest.raises(error):
            hub.submit(changed(archive, **changes))
    assert manifest.release == 1
    with hub.store.reading() as session:
        assert list_jobs(session, TOWN, SYSTEM, 0, 10) == (0, ())


def test_a_release_that_never_lay_on_the_channel_is_not_the_hubs(store, blobs, tables, standard_font, monkeypatch):
    monkeypatch.setattr("tests.services.print_hub.record_publication", lambda *_: None)
    hub = open_hub(store, blobs, tables, standard_font)
    with pytest.raises(PackOfOtherRelease):
        hub.submit()


def test_a_character_that_the_release_says_otherwise_is_refused(hub):
    """The pack of a town whose installed release was changed: F040 would be without text, so of the town's shape."""
    archive = hub.pack(PUA[WITHOUT_TEXT])
    (character,) = PrintJob.from_bytes(unzip(archive)[MANIFEST]).characters
    stated = dataclasses.replace(character, local_codes=(IDENTIFIED,))
    files = unzip(archive)
    code_map = files["map/codes.csv"].replace(WITHOUT_TEXT.encode() + b",1", IDENTIFIED.encode() + b",1")
    listed = tuple(
        PackFile.of(file.path, code_map) if file.path == "map/codes.csv" else file
        for file in PrintJob.from_bytes(files[MANIFEST]).files
    )
    forged = changed(zip_bytes({**files, "map/codes.csv": code_map}), characters=(stated,), files=listed)
    with pytest.raises(PackContradictsRelease) as refused:
        hub.submit(forged)
    assert IDENTIFIED in str(refused.value)


def test_unknown_rights_block_a_pack_and_the_message_says_what_to_do(hub):
    archive = hub.pack(PUA[UNSAID] + PUA[WITHOUT_TEXT])
    with pytest.raises(RightsMissing) as refused:
        hub.submit(archive)
    assert UNSAID in str(refused.value)
    assert WITHOUT_TEXT not in str(refused.value)
    assert "登録してください" in str(refused.value)
    _say_rights(hub, UNSAID, Rights.OWN)
    assert hub.submit(archive).characters == 2


def test_rights_that_are_taken_back_stop_the_sign_off_and_the_fetch(hub):
    hub.submit()
    _say_rights(hub, WITHOUT_TEXT, Rights.UNKNOWN)
    with pytest.raises(RightsMissing):
        hub.sign_off()
    _say_rights(hub, WITHOUT_TEXT, Rights.OWN)
    hub.sign_off()
    _say_rights(hub, WITHOUT_TEXT, Rights.VENDOR_LICENSED)  # without the licence written down
    with pytest.raises(PrintJobHeld):
        hub.fetch()
    assert hub.happened() == [Happening.SUBMITTED, Happening.SIGNED_OFF]


def _say_rights(hub: Hub, code: str, rights: Rights) -> None:
    with hub.store.writing() as session:
        set_rights(session, TOWN, [SHAPES[code].hash], rights, "", AT, CLERK)


def test_only_the_towns_people_act(hub):
    for by in (OTHER_CLERK, machine()):
        with pytest.raises(HubError):
            hub.submit(by=by)
    hub.submit()
    for act in (hub.sign_off, lambda by: hub.withdraw(by=by)):
        for by in (OTHER_CLERK, machine()):
            with pytest.raises(NotAllowed):
                act(by)
    with pytest.raises(SignOffByPerson):
        hub.sign_off(dataclasses.replace(CLERK, kind="console"))
    assert hub.happened() == [Happening.SUBMITTED]


def test_the_sign_off_is_of_the_pack_that_was_seen_and_only_once(hub):
    hub.submit()
    with pytest.raises(OtherPackSeen):
        hub.sign_off(manifest="0" * 64)
    hub.sign_off()
    with pytest.raises(PrintJobNotOpen) as refused:
        hub.sign_off()
    assert "校了" in str(refused.value)


def test_an_expired_job_is_neither_signed_off_nor_fetched(hub):
    hub.submit()
    with pytest.raises(PrintJobNotOpen):
        hub.sign_off(at=AFTER)
    hub.sign_off()
    last = datetime.datetime(2026, 12, 31, 14, 59, tzinfo=datetime.UTC)  # 23:59 in Japan
    archive = hub.fetch(at=last)
    with pytest.raises(PrintJobOver) as refused:
        hub.fetch(at=last + datetime.timedelta(minutes=1))
    assert refused.value.status == 410
    assert "有効期間" in str(refused.value)
    job = hub.job()
    assert job.state(AFTER.date()) is JobState.EXPIRED
    assert job.receipt_due(AFTER.date())
    assert "受領書待ち" in job.next_step(AFTER.date())
    hub.receive_receipt(receipt_of(archive), at=AFTER)
    assert not hub.job().receipt_due(AFTER.date())


def test_a_job_is_not_fetched_before_its_period(hub):
    hub.submit(hub.pack(valid_from=DATE + datetime.timedelta(9)))
    hub.sign_off()
    with pytest.raises(PrintJobNotStarted):
        hub.fetch()
    assert hub.fetch(at=AT + datetime.timedelta(9))


def test_a_withdrawn_job_is_over_for_the_vendor_and_its_copy_needs_a_receipt(hub):
    hub.submit()
    with pytest.raises(BadWithdrawal):
        hub.withdraw(" ")
    hub.sign_off()
    archive = hub.fetch()
    job = hub.withdraw("文字の誤り")
    assert (job.state(DATE), job.receipt_due(DATE), job.events[-1].detail) == (JobState.WITHDRAWN, True, "文字の誤り")
    with pytest.raises(PrintJobOver):
        hub.fetch()
    with pytest.raises(PrintJobNotOpen):
        hub.withdraw()
    assert hub.receive_receipt(receipt_of(archive)).state(DATE) is JobState.DELETED
    with pytest.raises(PrintJobOver):
        hub.fetch()


def test_a_receipt_is_of_just_what_was_handed_over(hub):
    hub.submit()
    hub.sign_off()
    early = receipt_of(print_jobs.packed(hub.blobs, hub.job()))
    with pytest.raises(ReceiptRefused):
        hub.receive_receipt(early)
    archive = hub.fetch()
    unsigned = {path: data for path, data in unzip(archive).items() if path != SIGN_OFF}
    surrogate = receipt_of(archive, by="架空").replace("架空".encode(), b"\\ud800")
    for wrong in (
        receipt_of(zip_bytes(unsigned)),
        receipt_of(archive, files=()),
        receipt_of(archive, job="hoka"),
        receipt_of(archive, municipality=OTHER),
        receipt_of(archive, manifest="x"),
        surrogate,
        receipt_of(archive, files=()).replace(b'"files":{}', b'"files":{"x":{"sha256":"","size":1e400}}'),
        b"{}",
        b"[" * 70_000,
    ):
        with pytest.raises(HubError) as refused:
            hub.receive_receipt(wrong)
        assert refused.value.status in (409, 422)
    right = receipt_of(archive)
    assert hub.receive_receipt(right) == hub.receive_receipt(right)
    with pytest.raises(ReceiptRefused):
        hub.receive_receipt(receipt_of(archive, by="別の課"))
    assert hub.happened().count(Happening.DELETED) == 1


def test_two_who_hand_in_the_same_pack_at_once_make_one_job(hub):
    archive, made, errors = hub.pack(), [], []

    def hand_in() -> None:
        try:
            made.append(hub.submit(archive))
        except HubError as error:
            errors.append(error.code)

    threads = [threading.Thread(target=hand_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert {job.id for job in made} == {hub.job().id}
    assert hub.happened() == [Happening.SUBMITTED]


def test_a_backup_says_which_pack_is_missing(hub, tmp_path):
    job = hub.submit()
    registry = Registry(hub.store, hub.blobs, tmp_path, tmp_path, tmp_path)
    for digest in (job.pack, job.manifest):
        hub.blobs.path(digest).unlink()
    with hub.store.reading() as session:
        said = [line for line in missing_blobs(registry, session, tables_of(session)) if "print_job" in line]
    assert [line.rpartition(" ")[2] for line in said] == [job.pack, job.manifest]
