"""Chromium goes to the OpenID provider and back: its own rules about forms and cookies let it, and only there."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from gaiji_hub.services.hub import Registry
from gaiji_hub.services.people import link_oidc
from gaiji_hub.tables.lookup import Tables
from tests.browser.conftest import opened
from tests.web.conftest import fill
from tests.web.oidc_provider import CLIENT_ID, SECRET, Running, running
from tests.web.people import ADMIN, CLERK, TOWN
from tests.web.serving import Server, started

SUBJECT, LABEL = "shokuin-0042", "架空市の職員認証"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def provider(port: int) -> Iterator[Running]:
    with running(f"http://127.0.0.1:{port}/login/oidc/callback") as found:
        yield found


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory, port: int, provider: Running) -> Iterator[Server]:
    """A server whose clerk is linked to a subject of the provider."""
    data: Path = tmp_path_factory.mktemp("linked")
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry:
        fill(registry, Tables.load())
        with registry.store.writing() as session:
            now = datetime.datetime.now(datetime.UTC)
            link_oidc(session, TOWN, CLERK.login, provider.issuer, SUBJECT, now, ADMIN.actor)
    secret = data / "oidc-secret"
    secret.write_text(f"{SECRET}\n", "utf-8")
    settings = {
        "GAIJI_HUB_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "GAIJI_HUB_OIDC_ISSUER": provider.issuer,
        "GAIJI_HUB_OIDC_CLIENT_ID": CLIENT_ID,
        "GAIJI_HUB_OIDC_SECRET_FILE": str(secret),
        "GAIJI_HUB_OIDC_LABEL": LABEL,
    }
    with started(data, port, **settings) as server:
        yield server


def test_a_clerk_comes_in_by_the_provider(browser: Browser, linked: Server, provider: Running) -> None:
    with opened(browser, linked.address) as page:
        page.goto("/towns")
        page.get_by_role("button", name=f"{LABEL} でログイン").click()
        expect(page.locator("h1")).to_have_text("連携先のログイン")
        page.get_by_label("職員番号").fill(SUBJECT)
        page.get_by_role("button", name="認める").click()
        expect(page.locator("h1")).to_have_text("団体")
        assert page.url == f"{linked.address}/towns"
        expect(page.get_by_role("link", name=CLERK.name)).to_be_visible()


def test_whom_nobody_linked_is_told_whom_to_ask(browser: Browser, linked: Server, provider: Running) -> None:
    with opened(browser, linked.address) as page:
        page.goto("/login")
        page.get_by_role("button", name=f"{LABEL} でログイン").click()
        page.get_by_label("職員番号").fill("yosomono-0099")
        page.get_by_role("button", name="認める").click()
        expect(page.get_by_role("alert")).to_contain_text("団体の管理者に依頼してください")
        assert "yosomono-0099" not in page.content() + page.url


def test_the_browser_lets_a_form_lead_nowhere_else(browser: Browser, linked: Server) -> None:
    """The same form to another origin is stopped by the page's policy, before anything is sent."""
    with opened(browser, linked.address) as page:
        page.goto("/login")
        with page.expect_console_message(lambda message: "form-action" in message.text):
            page.evaluate(
                """() => {
                    const form = document.querySelector('form[action="/login/oidc"]')
                    form.action = 'http://127.0.0.1:9/elsewhere'
                    form.submit()
                }"""
            )
        assert page.url == f"{linked.address}/login"
