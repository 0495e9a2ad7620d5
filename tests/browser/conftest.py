"""A real Chromium before a really started server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gaiji_hub.tables.lookup import Tables
from tests.web.serving import Server, publish, started

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SCREEN = {"width": 1366, "height": 768}


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


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A fresh page at the screen size clerks have. Any console message or page error fails the test."""
    context = browser.new_context(viewport=SCREEN, base_url=server.address, locale="ja-JP")
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("requestfailed", lambda request: complaints.append(request.url))
    yield opened
    context.close()
    # A form that was refused is answered 422, which Chromium reports as a failed resource.
    assert [complaint for complaint in complaints if "status of 422" not in complaint] == []
