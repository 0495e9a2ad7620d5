"""A real Chromium before a really started server."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gaiji_hub.tables.lookup import Tables
from tests.browser import visits
from tests.browser.pages import Shown
from tests.web.people import APPROVER, CLERK, PASSWORD, Somebody
from tests.web.serving import Server, publish, started

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=ja")
SCREEN = {"width": 1366, "height": 768}
# A form that was refused is answered 422, a wrong password 401: Chromium reports both as failed resources.
EXPECTED = ("status of 422", "status of 401", "form-action")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("browsed")
    publish(data, Tables.load(), standard_font)
    with started(data) as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium_path: Path) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(chromium_path), args=list(ARGUMENTS))
        yield opened
        opened.close()


def log_in(page: Page, who: Somebody) -> None:
    """Through the form, as a person does."""
    page.goto("/login")
    page.get_by_label("利用者名").fill(who.login)
    page.get_by_label("パスワード").fill(PASSWORD)
    page.get_by_role("button", name="ログイン", exact=True).click()
    page.get_by_role("link", name=who.name).wait_for()


@pytest.fixture(scope="session")
def login_of(browser: Browser, server: Server) -> Callable[[Somebody], dict[str, object]]:
    """What a context of somebody starts with: everybody logs in once, through the form."""
    kept: dict[str, dict[str, object]] = {}

    def login(who: Somebody) -> dict[str, object]:
        if who.login not in kept:
            context = browser.new_context(viewport=SCREEN, base_url=server.address, locale="ja-JP")
            log_in(context.new_page(), who)
            kept[who.login] = dict(context.storage_state())
            context.close()
        return kept[who.login]

    return login


@contextlib.contextmanager
def opened(browser: Browser, address: str, login: dict[str, object] | None = None) -> Iterator[Page]:
    """A fresh page at the screen size clerks have. Any console message or page error fails the test."""
    context = browser.new_context(viewport=SCREEN, base_url=address, locale="ja-JP", storage_state=login)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    yield page
    context.close()
    assert [one for one in complaints if not any(part in one for part in EXPECTED)] == []


@pytest.fixture
def page(browser: Browser, server: Server, login_of) -> Iterator[Page]:
    """The clerk's browser."""
    with opened(browser, server.address, login_of(CLERK)) as page:
        yield page


@pytest.fixture
def approver(browser: Browser, server: Server, login_of) -> Iterator[Page]:
    """The approver's browser, beside the clerk's."""
    with opened(browser, server.address, login_of(APPROVER)) as page:
        yield page


@pytest.fixture
def stranger(browser: Browser, server: Server) -> Iterator[Page]:
    """A browser nobody has logged in with."""
    with opened(browser, server.address) as page:
        yield page


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory, standard_font: Path, demo_font: Path) -> Iterator[str]:
    """The address of the hub that every page is looked at on."""
    with visits.opened_office(tmp_path_factory.mktemp("office"), standard_font, demo_font) as address:
        yield address


@pytest.fixture(scope="session")
def visit(browser: Browser, office: str) -> Callable[[Shown], visits.Visit]:
    """A page of the list, opened once in a session of tests whatever is asked of it."""
    kept: dict[str, visits.Visit] = {}

    def once(shown: Shown) -> visits.Visit:
        if shown.name not in kept:
            kept[shown.name] = visits.visit(browser, office, shown)
        return kept[shown.name]

    return once
