"""Print jobs of 架空市, made on a town's machine from its release and handed in over HTTP, in several states."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path

from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import Rights, RightsRow
from gaiji_hub.services import vendors
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.release import get_release
from gaiji_hub.web.site import Site
from gaiji_hub.workbench.print_job import JobOrder, build_print_pack
from gaiji_hub.workbench.print_job_characters import resolve
from gaiji_hub.workbench.print_job_files import MANIFEST, unzip, verify_pack, zip_bytes
from gaiji_hub.workbench.print_job_town import open_town_pack
from tests.browser.office import CODES, FIRST, Material, moment
from tests.web.conftest import BASE, asking
from tests.web.people import ADMIN, APPROVER, MIGRATION, SYSTEM, TOWN, VENDOR, Browser
from tests.workbench.print_town import DERIVATION, install, usage

UNTIL = datetime.date(2026, 12, 31)
SUBMITTED, SIGNED, DELETED = "juminhyo-2026-06", "tsuchi-2026-06", "tsuchi-2026-05"
TITLES = {
    SUBMITTED: "住民票の写し（6月分）", SIGNED: "税額の通知（6月分）", DELETED: "税額の通知（5月分）"
}  # fmt: skip
PRINTED = "架空花子様山田太郎東京都大字北町一二三" + "".join(chr(CP932.to_pua(CP932.parse(c))) for c in CODES[:FIRST])
JOBS = f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}/print-jobs"
PAGES = f"/m/{TOWN}/{SYSTEM}/print-jobs"


def hand_in(registry: Registry, site: Site, material: Material, standard_font: Path) -> None:
    """A vendor, and three jobs: one waits for 校了, one lies ready for the vendor, one was deleted with a receipt."""
    with registry.store.writing() as session:
        vendors.register_vendor(session, TOWN, VENDOR.vendor, "架空印刷株式会社", "", moment(5, 1), ADMIN.actor)
        vendors.register_vendor(session, TOWN, "betsu", "架空フォーム印刷", "", moment(5, 1), ADMIN.actor)
        release = get_release(session, registry.blobs, TOWN, SYSTEM)
    with asking(site) as browser:
        for name in (DELETED, SIGNED, SUBMITTED):
            _submit(browser, name, make_pack(material, release, standard_font, name))
        for name in (DELETED, SIGNED):
            _sign_off(browser, name)
        _fetch_and_delete(browser, DELETED)


def make_pack(material: Material, release: Release, standard_font: Path, name: str) -> bytes:
    """The ZIP of a pack made from the installed release with the town's shapes in it."""
    standard, tables = StandardFont.open(standard_font), material.tables
    own = tuple(RightsRow(code, Rights.OWN) for code in CODES)
    with tempfile.TemporaryDirectory() as scratch:
        town = open_town_pack(install(Path(scratch), tables, release, own, material.outlines))
        found, missing = resolve(usage(PRINTED), town, tables, standard)
        assert not missing
        order = JobOrder(name, "cp932", datetime.date(2026, 6, 1), UNTIL, "records", 8812, "架空市")
        made = build_print_pack(order, found, town, standard, standard_font, DERIVATION)
    return zip_bytes({MANIFEST: made.job.to_bytes(), **made.files})


def _submit(browser: Browser, name: str, archive: bytes) -> None:
    values = {"vendor": VENDOR.vendor, "title": TITLES[name]}
    kind = {"content-type": "application/zip"}
    answer = browser.become(MIGRATION).put(f"{JOBS}/{name}", params=values, content=archive, headers=kind)
    assert answer.status_code == 200, answer.text


def _sign_off(browser: Browser, name: str) -> None:
    manifest = browser.become(MIGRATION).get(f"{JOBS}/{name}").json()["manifest"]
    sent = {"manifest": manifest, "seen": "yes"}
    answer = browser.become(APPROVER).post(f"{PAGES}/{name}/sign-off", data=sent, headers={"origin": BASE})
    assert answer.status_code == 303, answer.text


def _fetch_and_delete(browser: Browser, name: str) -> None:
    archive = browser.become(VENDOR).get(f"{JOBS}/{name}/pack").content
    read = verify_pack(unzip(archive), name)
    files = tuple(PackFile.of(path, data) for path, data in read.files.items())
    deleted = datetime.date(2026, 6, 12)
    receipt = DeletionReceipt(name, TOWN, read.job.hash, "架空印刷株式会社 製作課", deleted, files)
    kind = {"content-type": "application/json"}
    address = f"/api/v1/municipalities/{TOWN}/print-receipts"
    answer = browser.post(address, content=receipt.to_bytes(), headers=kind)
    assert answer.status_code == 200, answer.text
