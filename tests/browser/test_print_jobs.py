"""A print job in two browsers: the clerk sees what waits, the approver opens the proof, signs off and withdraws."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from gaiji_hub.services import print_jobs
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.release import get_release
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job_files import unzip
from gaiji_hub.workbench.print_job_receive import receive_pack
from tests.browser.conftest import log_in, opened
from tests.services.print_hub import make_pack
from tests.web.conftest import fill
from tests.web.people import ADMIN, APPROVER, CLERK, SYSTEM, TOWN, VENDOR, Somebody
from tests.web.serving import Server, started
from tests.web.test_print_jobs import JOB, PAGES, TEXT, prepare

VENDORS = f"/t/{TOWN}/vendors"


@pytest.fixture(scope="module")
def archive_and_server(tmp_path_factory, standard_font: Path) -> Iterator[tuple[bytes, Server]]:
    """A hub with one job, handed in and waiting for its sign-off."""
    data = tmp_path_factory.mktemp("printing")
    now = datetime.datetime.now(datetime.UTC)
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry:
        fill(registry, Tables.load())
        with registry.store.writing() as session:
            prepare(session)
            release = get_release(session, registry.blobs, TOWN, SYSTEM)
        archive = make_pack(release, standard_font, TEXT, valid_until=now.date() + datetime.timedelta(30))
        with registry.store.writing() as session:
            place, pack = (TOWN, SYSTEM), receive_pack(archive)
            by = CLERK.actor
            print_jobs.submit(session, registry.blobs, *place, pack, VENDOR.vendor, "納税通知書 2026", now, by)
    with started(data) as server:
        yield archive, server


@pytest.fixture
def browse(browser: Browser, archive_and_server) -> Iterator[Callable[[Somebody], Page]]:
    _, server = archive_and_server
    open_pages = []

    def page_of(who: Somebody) -> Page:
        context = opened(browser, server.address)
        page = context.__enter__()
        open_pages.append(context)
        log_in(page, who)
        return page

    yield page_of
    for context in open_pages:
        context.__exit__(None, None, None)


def test_a_job_is_looked_at_signed_off_and_withdrawn(browse, archive_and_server):
    archive, _ = archive_and_server
    clerk, approver = browse(CLERK), browse(APPROVER)
    clerk.goto(PAGES)
    assert "校正紙を確かめて校了してください" in clerk.inner_text("main")

    approver.goto(PAGES)
    approver.get_by_role("link", name=JOB, exact=True).click()
    proof = approver.get_by_role("link", name="校正紙を開く（PDF）").get_attribute("href")
    assert approver.request.get(proof).body() == unzip(archive)["proof/proof.pdf"]
    sheet = approver.context.new_page()  # the browser's own viewer, in spite of our strict policy
    sheet.goto(proof)
    assert sheet.evaluate("document.contentType") == "application/pdf"
    approver.get_by_role("button", name="校了する").click()  # the mark is required: nothing is sent
    assert approver.url.endswith(f"/{JOB}")
    approver.get_by_label("校正紙を開いて確かめました").check()
    approver.get_by_role("button", name="校了する").click()
    assert "委託先の受取りを待っています" in approver.inner_text("main")
    assert approver.get_by_role("button", name="校了する").count() == 0

    clerk.reload()
    assert "校了" in clerk.inner_text("tbody")
    clerk.goto(f"{PAGES}/{JOB}")
    clerk.get_by_label("理由").fill("文字の誤り")
    clerk.keyboard.press("Enter")
    clerk.get_by_text("取り下げました。委託先には渡っていません").wait_for()
    assert "文字の誤り" in clerk.inner_text(".history")


def test_the_administrator_registers_a_vendor_by_keyboard(browse):
    page = browse(ADMIN)
    page.goto(VENDORS)
    assert "atarashii" not in page.inner_text("tbody")
    page.get_by_label("名称", exact=True).fill("新しい印刷")
    page.keyboard.press("Tab")
    page.keyboard.type("atarashii")
    page.keyboard.press("Enter")
    page.get_by_role("cell", name="atarashii").wait_for()
    assert page.get_by_role("row", name="新しい印刷").get_by_role("cell").all_inner_texts()[:2] == [
        "新しい印刷",
        "atarashii",
    ]
    assert page.get_by_role("alert").count() == 0
