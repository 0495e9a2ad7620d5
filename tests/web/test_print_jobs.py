"""印刷ジョブ over HTTP: the town's machine and people, the vendor's machine, and everybody else."""

from __future__ import annotations

import dataclasses
import datetime
import json

import pytest
from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import Role
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services.delivery import Publication, record_publication
from gaiji_hub.services.release import get_release
from gaiji_hub.services.rights import set_rights
from gaiji_hub.services.vendors import register_vendor
from gaiji_hub.workbench.print_job_files import SIGN_OFF, unzip, verify_pack
from tests.services.print_hub import UNTIL, make_pack
from tests.web.conftest import AT, BASE, DATE, DECIDED, OPEN, SEARCHED, asking, corner, make_site
from tests.web.people import (
    ADMIN,
    AGENT,
    APPROVER,
    CLERK,
    MIGRATION,
    OTHER,
    STRANGE_ADMIN,
    STRANGE_VENDOR,
    STRANGER,
    SYSTEM,
    TOWN,
    VENDOR,
    Somebody,
    enrol,
)
from tests.workbench.print_town import PUA

JOB = "tsuchi-2026"
OTHER_VENDOR = Somebody(7, "betsu", "別の印刷", TOWN, Role.PRINT_VENDOR, vendor="betsu")
API = f"/api/v1/municipalities/{TOWN}"
JOBS = f"{API}/systems/{SYSTEM}/print-jobs"
PAGES = f"/m/{TOWN}/{SYSTEM}/print-jobs"
RECEIPTS = f"{API}/print-receipts"
TEXT = "山田" + PUA[DECIDED] + PUA[SEARCHED]


def prepare(session: Session) -> None:
    """The release lies on the channel, two vendors are known, the rights of F041 are said."""
    hashes = dict.fromkeys(("payload", "manifest", "tree", "glyph_order"), "0" * 64)
    record_publication(session, TOWN, SYSTEM, Publication(f"{TOWN}-{SYSTEM}", 1, "release", 1, **hashes))
    for name, title in ((VENDOR.vendor, "架空印刷"), (OTHER_VENDOR.vendor, "別の印刷")):
        register_vendor(session, TOWN, name, title, "", AT, ADMIN.actor)
    set_rights(session, TOWN, [corner(600).hash], Rights.OWN, "", AT, CLERK.actor)
    enrol(session, AT, [OTHER_VENDOR])


@pytest.fixture
def hub(registry, standard_font):
    with registry.store.writing() as session:
        prepare(session)
    return registry


@pytest.fixture
def pack(hub, standard_font):
    with hub.store.reading() as session:
        release = get_release(session, hub.blobs, TOWN, SYSTEM)
    return lambda text=TEXT, **changes: make_pack(release, standard_font, text, **changes)


@pytest.fixture
def browser(hub, tables, shapes):
    with asking(make_site(hub, tables, shapes)) as client:
        yield client


def submit(browser, archive: bytes, job: str = JOB, vendor: str = VENDOR.vendor, **headers: str):
    headers = {"content-type": "application/zip", **headers}
    return browser.put(f"{JOBS}/{job}", params={"vendor": vendor}, content=archive, headers=headers)


def sign_off(browser, manifest: str, seen: str = "yes"):
    return browser.become(APPROVER).post(f"{PAGES}/{JOB}/sign-off", data={"manifest": manifest, "seen": seen}, **OWN)


OWN = {"headers": {"origin": BASE}}


def receipt_of(archive: bytes, **changes: object) -> bytes:
    read = verify_pack(unzip(archive), "x")
    files = tuple(PackFile.of(path, data) for path, data in read.files.items())
    made = DeletionReceipt(read.job.job, read.job.municipality, read.job.hash, "架空印刷 製作課", DATE, files)
    return dataclasses.replace(made, **changes).to_bytes()


def send_receipt(browser, data: bytes, address: str = RECEIPTS):
    return browser.post(address, content=data, headers={"content-type": "application/json"})


def test_a_job_from_the_town_to_the_vendor_and_back(browser, pack):
    archive = pack()
    made = submit(browser.become(MIGRATION), archive)
    assert made.status_code == 200, made.text
    assert made.json() == {
        **{"municipality": TOWN, "business_system": SYSTEM, "job": JOB, "title": JOB, "vendor": VENDOR.vendor},
        **{"state": "submitted", "state_label": "受付", "receipt_due": False, "characters": 4},
        **{"size": len(archive), "valid_until": UNTIL.isoformat(), "manifest": made.json()["manifest"]},
    }
    page = browser.become(CLERK).get(f"{PAGES}/{JOB}")
    assert page.status_code == 200
    assert "校正紙を確かめて校了してください" in page.text
    assert "校了する" in page.text
    proof = browser.get(f"{PAGES}/{JOB}/proof.pdf")
    assert proof.content == unzip(archive)["proof/proof.pdf"]
    assert proof.headers["content-type"] == "application/pdf"
    assert proof.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E6%A0%A1")
    assert proof.headers["x-content-type-options"] == "nosniff"

    assert sign_off(browser, made.json()["manifest"]).status_code == 303
    browser.become(VENDOR)
    (listed,) = browser.get(f"{API}/print-jobs").json()["items"]
    assert (listed["job"], listed["state"]) == (JOB, "signed_off")
    fetched = browser.get(f"{JOBS}/{JOB}/pack")
    assert fetched.status_code == 200
    assert fetched.headers["content-type"] == "application/zip"
    assert fetched.headers["content-disposition"] == f'attachment; filename="{TOWN}-{SYSTEM}-{JOB}.zip"'
    assert json.loads(unzip(fetched.content)[SIGN_OFF])["by"] == APPROVER.name
    receipt = receipt_of(fetched.content)
    assert send_receipt(browser, receipt).json()["state"] == "deleted"
    assert send_receipt(browser, receipt).status_code == 200

    browser.become(CLERK)
    page = browser.get(f"{PAGES}/{JOB}").text
    assert "架空印刷 製作課" in page
    assert "完了しました" in page
    assert "校了する" not in page
    assert "削除済" in browser.get(PAGES).text
    assert browser.get(f"{JOBS}/{JOB}").json()["state"] == "deleted"
    assert browser.get(JOBS).json()["total"] == 1


def test_the_empty_list_says_how_a_pack_is_made(browser):
    page = browser.become(CLERK).get(PAGES).text
    assert "gaiji-hub print-job make" in page
    assert "gaiji-hub print-job submit" in page


def test_unknown_rights_are_told_with_the_codes_and_what_to_do(browser, pack):
    answer = submit(browser.become(CLERK), pack(TEXT + PUA[OPEN]))
    assert (answer.status_code, answer.json()["code"]) == (409, "print_job_rights")
    assert OPEN in answer.json()["detail"]
    assert "登録してください" in answer.json()["detail"]


def test_what_is_no_pack_is_refused_without_a_word_of_it(browser, pack):
    name = "架空花子"
    browser.become(CLERK)
    for answer, status in (
        (submit(browser, name.encode()), 422),
        (submit(browser, b""), 422),
        (submit(browser, pack(), job="hoka"), 422),
        (submit(browser, pack(), job=name), 422),
        (submit(browser, pack(), vendor=name), 404),
        (submit(browser, b"{}", **{"content-type": "application/json"}), 415),
        (submit(browser, bytes((64 << 20) + 1)), 413),
        (submit(browser, pack(), origin="https://example.net"), 403),
    ):
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert name not in answer.text
    assert browser.get(JOBS).json()["total"] == 0


def test_a_sign_off_needs_the_proof_seen_and_the_pack_shown(browser, pack):
    made = submit(browser.become(CLERK), pack()).json()
    unseen = sign_off(browser, made["manifest"], seen="")
    assert (unseen.status_code, "確かめました" in unseen.text) == (422, True)
    other = sign_off(browser, "0" * 64)
    assert (other.status_code, "画面を開き直してください" in other.text) == (409, True)
    assert browser.get(f"{JOBS}/{JOB}").json()["state"] == "submitted"
    assert sign_off(browser, made["manifest"]).status_code == 303
    assert sign_off(browser, made["manifest"]).status_code == 409


def test_a_withdrawal_is_told_to_the_vendor(browser, pack):
    made = submit(browser.become(CLERK), pack()).json()
    sign_off(browser, made["manifest"])
    archive = browser.become(VENDOR).get(f"{JOBS}/{JOB}/pack").content
    browser.become(CLERK)
    blank = browser.post(f"{PAGES}/{JOB}/withdraw", data={"reason": " "}, **OWN)
    assert (blank.status_code, "理由" in blank.text) == (422, True)
    assert browser.post(f"{PAGES}/{JOB}/withdraw", data={"reason": "差替え"}, **OWN).status_code == 303
    assert "受領書待ち" in browser.get(PAGES).text
    answer = browser.become(VENDOR).get(f"{JOBS}/{JOB}/pack")
    assert (answer.status_code, answer.json()["code"]) == (410, "print_job_over")
    assert "取り下げた" in answer.json()["detail"]
    assert send_receipt(browser, receipt_of(archive)).json()["state"] == "deleted"


def test_after_the_period_the_vendor_gets_410_and_the_town_sees_what_to_do(hub, tables, shapes, pack):
    """The period ends at midnight in Japan: six hours after the fetch."""
    site = make_site(hub, tables, shapes)
    with asking(site) as browser:
        made = submit(browser.become(CLERK), pack(valid_until=DATE)).json()
        sign_off(browser, made["manifest"])
        assert browser.become(VENDOR).get(f"{JOBS}/{JOB}/pack").status_code == 200
    clock = [AT]
    with asking(dataclasses.replace(site, clock=lambda: clock[0])) as browser:
        browser.become(CLERK)
        for _ in range(8):  # a session that rests for an hour ends
            assert "受渡済" in browser.get(PAGES).text
            clock[0] += datetime.timedelta(minutes=45)
        for page in (browser.get(PAGES).text, browser.get(f"{PAGES}/{JOB}").text):
            assert "期限切れ" in page
            assert "受領書待ち" in page
        answer = browser.become(VENDOR).get(f"{JOBS}/{JOB}/pack")
        assert (answer.status_code, answer.headers["content-type"]) == (410, "application/problem+json")
        assert "有効期間が終わった" in answer.json()["detail"]
        late = submit(browser.become(MIGRATION), pack(job="osoi", valid_until=DATE), job="osoi")
        assert late.json()["code"] == "submitted_pack_expired"


def test_strangers_get_what_a_missing_job_gets(browser, pack):
    made = submit(browser.become(CLERK), pack()).json()
    sign_off(browser, made["manifest"])
    receipt = receipt_of(browser.become(VENDOR).get(f"{JOBS}/{JOB}/pack").content)
    missing = receipt_of(browser.get(f"{JOBS}/{JOB}/pack").content, manifest="0" * 64)
    for who in (STRANGER, STRANGE_ADMIN):
        browser.become(who)
        for address in (PAGES, f"{PAGES}/%s", f"{PAGES}/%s/proof.pdf", JOBS, f"{JOBS}/%s", f"/t/{TOWN}/vendors"):
            there, absent = (browser.get(address.replace("%s", name)) for name in (JOB, "nai"))
            assert (there.status_code, there.text) == (404, absent.text)
        for act, data in (("sign-off", {"manifest": made["manifest"], "seen": "yes"}), ("withdraw", {"reason": "x"})):
            answers = [browser.post(f"{PAGES}/{name}/{act}", data=data, **OWN) for name in (JOB, "nai")]
            assert [answer.status_code for answer in answers] == [404, 404]
            assert answers[0].text == answers[1].text
        assert submit(browser, pack()).status_code == 404
    for machine in (STRANGE_VENDOR, OTHER_VENDOR):
        browser.become(machine)
        there, absent = (browser.get(f"{JOBS}/{name}/pack") for name in (JOB, "nai"))
        assert (there.status_code, there.json()) == (404, absent.json())
        answers = [send_receipt(browser, data) for data in (receipt, missing)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].json() == answers[1].json()
    assert browser.become(OTHER_VENDOR).get(f"{API}/print-jobs").json()["items"] == []
    assert browser.become(CLERK).get(f"{JOBS}/{JOB}").json()["state"] == "fetched"


def test_each_route_is_for_its_own_role(browser, pack):
    submit(browser.become(CLERK), pack())
    for who, addresses in (
        (VENDOR, (PAGES, f"{PAGES}/{JOB}", JOBS, f"{JOBS}/{JOB}")),
        (AGENT, (PAGES, JOBS, f"{JOBS}/{JOB}/pack")),
        (CLERK, (f"{API}/print-jobs", f"{JOBS}/{JOB}/pack")),
        (MIGRATION, (PAGES, f"{JOBS}/{JOB}/pack")),
    ):
        browser.become(who)
        for address in addresses:
            assert browser.get(address).status_code == 403, (who.login, address)
    # A token for one system sees nothing of the municipality as a whole.
    assert browser.become(AGENT).get(f"{API}/print-jobs").status_code == 404
    for who in (VENDOR, AGENT):
        assert submit(browser.become(who), pack()).status_code == 403
    for who in (CLERK, APPROVER):
        form = {"name": "atarashii", "title": "新しい印刷"}
        assert browser.become(who).post(f"/t/{TOWN}/vendors", data=form, **OWN).status_code == 403
    assert browser.become(None).get(f"{JOBS}/{JOB}/pack").status_code == 401


def test_the_administrator_registers_vendors(browser):
    address = f"/t/{TOWN}/vendors"
    browser.become(ADMIN)
    assert "印刷委託先を登録する" in browser.get(address).text
    wrong = browser.post(address, data={"name": "だめ", "title": "新しい印刷"}, **OWN)
    assert (wrong.status_code, "新しい印刷" in wrong.text) == (422, True)
    assert browser.post(address, data={"name": "atarashii", "title": "新しい印刷"}, **OWN).status_code == 303
    page = browser.become(CLERK).get(address).text
    assert "新しい印刷" in page
    assert "印刷委託先を登録する" not in page
    assert "新しい印刷" not in browser.become(STRANGE_ADMIN).get(f"/t/{OTHER}/vendors").text
