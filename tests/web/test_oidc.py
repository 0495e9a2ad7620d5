"""ログイン連携: against a provider in a process of its own, honest, broken and hostile."""

from __future__ import annotations

import dataclasses
import datetime
import logging
import socket
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from gaiji_hub.services import audit
from gaiji_hub.services.oidc import Client, Provider, ProviderDown, ProviderRefused, Started, authorization_address
from gaiji_hub.services.people import link_oidc
from gaiji_hub.store import models as rows
from gaiji_hub.web.logins_under_way import LASTS, MOST, LoginsUnderWay
from tests.web.conftest import AT, BASE, asking, make_site
from tests.web.oidc_provider import ANSWERS, CLIENT_ID, FAULTS, SECRET, Running, running
from tests.web.people import ADMIN, CLERK, TOWN, Browser

CALLBACK = f"{BASE}/login/oidc/callback"
SUBJECT = "shokuin-0042"
FORM = {"origin": BASE}
LABEL = "架空市の職員認証"


@pytest.fixture(scope="session")
def process() -> Iterator[Running]:
    with running(CALLBACK) as found:
        yield found


@pytest.fixture
def provider(process: Running) -> Iterator[Running]:
    yield process
    process.fail()


def make_client(issuer: str) -> Client:
    return Client(Provider(issuer, CLIENT_ID, SECRET, LABEL, CALLBACK))


@pytest.fixture
def now() -> list[datetime.datetime]:
    """The hub's clock: the provider's is the machine's own."""
    return [datetime.datetime.now(datetime.UTC)]


@pytest.fixture
def browser(registry, tables, shapes, provider, now) -> Iterator[Browser]:
    """Nobody yet, before a hub whose clerk is linked to a subject of the provider."""
    with registry.store.writing() as session:
        link_oidc(session, TOWN, CLERK.login, provider.issuer, SUBJECT, AT, ADMIN.actor)
    site = make_site(registry, tables, shapes)
    site = dataclasses.replace(site, oidc=make_client(provider.issuer), public_url=BASE, clock=lambda: now[0])
    with asking(site) as client:
        yield client.become(None)


def start(browser: Browser, back: str = "/towns") -> str:
    """The address at the provider."""
    response = browser.post("/login/oidc", data={"next": back}, headers=FORM)
    assert response.status_code == 303, response.text
    return response.headers["location"]


def consent(address: str, subject: str = SUBJECT) -> str:
    """What a person does at the provider; the address it sends the browser back to, without this server's own part."""
    assert httpx.get(address).status_code == 200
    back = httpx.post(address, data={"sub": subject}).headers["location"]
    assert back.startswith(CALLBACK)
    return back.removeprefix(BASE)


# -- honest ------------------------------------------------------------------------------------------------------


def test_the_login_page_names_the_provider_only_where_there_is_one(browser, reader):
    assert f"{LABEL} でログイン" in browser.get("/login").text
    assert "でログイン" not in reader.become(None).get("/login").text
    assert reader.post("/login/oidc", data={"next": "/"}, headers=FORM).status_code == 404
    assert reader.get("/login/oidc/callback?code=x&state=y").status_code == 404


def test_a_linked_person_logs_in_and_it_is_written_down(browser, registry):
    response = browser.get(consent(start(browser, "/members")))
    assert (response.status_code, response.headers["location"]) == (303, "/members")
    assert CLERK.name in browser.get("/members").text
    with registry.store.reading() as session:
        _, entries = audit.list_entries(session, TOWN, 0, 1)
        assert (entries[0].action, entries[0].subject) == ("log_in", f"person/{CLERK.login}")
        assert audit.verify(session, TOWN).problems == ()


def test_the_provider_is_asked_for_an_answer_to_this_login_and_nothing_else(browser):
    first, second = (parse_qs(urlsplit(start(browser)).query) for _ in range(2))
    fixed = {"response_type", "client_id", "redirect_uri", "scope", "code_challenge_method"}
    assert {name: first[name] for name in fixed} == {
        "response_type": ["code"],
        "client_id": [CLIENT_ID],
        "redirect_uri": [CALLBACK],
        "scope": ["openid"],
        "code_challenge_method": ["S256"],
    }
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]
        assert len(first[name][0]) >= 43


def test_the_cookie_of_a_login_under_way_is_short_lived_and_out_of_reach(browser):
    cookie = browser.post("/login/oidc", data={"next": "/"}, headers=FORM).headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "max-age=600", "path=/"):
        assert word in cookie


def test_whom_nobody_linked_is_told_to_ask_and_named_nowhere(browser, caplog):
    caplog.set_level(logging.DEBUG)
    response = browser.get(consent(start(browser), "yosomono-0099"))
    assert response.status_code == 401
    assert "団体の管理者に依頼してください" in response.text
    assert "yosomono-0099" not in response.text + caplog.text + str(response.headers)
    assert browser.get("/towns").status_code == 303


def test_a_stopped_person_does_not_come_in_by_the_provider(browser, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Person, CLERK.id).disabled = True
    assert browser.get(consent(start(browser))).status_code == 401


def test_the_same_subject_of_another_provider_is_somebody_else(browser, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Person, CLERK.id).oidc_issuer = "https://another.example"
    assert browser.get(consent(start(browser))).status_code == 401


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/x?y"])
def test_after_the_provider_nobody_is_sent_to_another_site(browser, back):
    assert browser.get(consent(start(browser, back))).headers["location"] == "/"


# -- hostile -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [name for name in FAULTS if name])
def test_a_token_that_is_not_the_providers_answer_to_this_login_opens_nothing(browser, provider, fault):
    back = consent(start(browser))
    provider.fail(fault)
    response = browser.get(back)
    assert response.status_code == 401
    assert "はじめからやり直してください" in response.text
    assert browser.get("/towns").status_code == 303


@pytest.mark.parametrize("fault", ["error", "garbage", "empty"])
def test_a_broken_answer_of_the_provider_is_one_japanese_sentence(browser, provider, fault):
    back = consent(start(browser))
    provider.fail(fault)
    response = browser.get(back)
    assert response.status_code == 401
    assert "はじめからやり直してください" in response.text


def test_a_provider_in_trouble_is_said_to_be_unreachable(browser, provider):
    back = consent(start(browser))
    assert "down" in ANSWERS
    provider.fail("down")
    response = browser.get(back)
    assert (response.status_code, "ログイン連携先に接続できません" in response.text) == (503, True)


def test_a_provider_that_is_not_there_leaves_the_password(registry, tables, shapes):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{free.getsockname()[1]}"
    site = dataclasses.replace(make_site(registry, tables, shapes), oidc=make_client(issuer), public_url=BASE)
    with asking(site) as client:
        response = client.become(None).post("/login/oidc", data={"next": "/"}, headers=FORM)
        assert response.status_code == 503
        assert "利用者名とパスワードでログインしてください" in response.text
        assert 'name="password"' in response.text


def test_an_answer_is_taken_once(browser, provider):
    back = consent(start(browser))
    kept = dict(browser.cookies)
    assert browser.get(back).status_code == 303
    browser.become(None)
    for name, value in kept.items():
        browser.cookies.set(name, value, domain="127.0.0.1")
    assert browser.get(back).status_code == 401


def test_an_answer_in_another_browser_opens_nothing(browser):
    """A stranger's answer pushed on somebody (login CSRF), or somebody's answer caught by a stranger."""
    back = consent(start(browser))
    browser.become(None)
    assert browser.get(back).status_code == 401
    start(browser)
    assert browser.get(back).status_code == 401


@pytest.mark.parametrize("change", ["state=x", "state=", "code=", "iss=https://evil.example"])
def test_an_answer_that_was_changed_opens_nothing(browser, change):
    address = consent(start(browser))
    name, _, value = change.partition("=")
    path, _, _ = address.partition("?")
    query = {**{key: found[0] for key, found in parse_qs(urlsplit(address).query).items()}, name: value}
    assert browser.get(path, params=query).status_code == 401


def test_a_refusal_at_the_provider_comes_back_to_the_login_page(browser):
    start(browser)
    response = browser.get("/login/oidc/callback?error=access_denied&error_description=yamada&state=x")
    assert response.status_code == 401
    assert "yamada" not in response.text


def test_an_answer_after_ten_minutes_is_too_late(browser, now):
    back = consent(start(browser))
    now[0] += LASTS
    assert browser.get(back).status_code == 401


def test_another_sites_form_starts_no_login(browser):
    for origin in ("https://evil.example", "null"):
        assert browser.post("/login/oidc", data={"next": "/"}, headers={"origin": origin}).status_code == 403


# -- the small rules -----------------------------------------------------------------------------------------------


def test_forms_may_lead_to_the_provider_and_nowhere_else(browser, reader, provider):
    assert f"form-action 'self' {provider.issuer};" in browser.get("/login").headers["content-security-policy"]
    assert "form-action 'self';" in reader.get("/login").headers["content-security-policy"]


PROVIDER = Provider("https://login.example/tenant", CLIENT_ID, SECRET, LABEL, CALLBACK)


@pytest.mark.parametrize(
    "endpoint", [None, "", "http://login.example/a", "https://evil.example/a", "https://login.example.evil/a", 5]
)
def test_people_are_sent_only_to_the_issuers_own_origin_with_tls(endpoint):
    with pytest.raises(ProviderRefused):
        authorization_address(PROVIDER, {"authorization_endpoint": endpoint}, Started.new())
    address = authorization_address(PROVIDER, {"authorization_endpoint": "https://login.example/a?x=1"}, Started.new())
    assert address.startswith("https://login.example/a?x=1&response_type=code&")


def test_a_discovery_document_of_another_issuer_is_refused():
    client = Client(PROVIDER, lambda _request: b'{"issuer": "https://evil.example"}')
    with pytest.raises(ProviderRefused):
        client.start()


def test_the_secret_is_in_no_representation_of_the_provider():
    assert SECRET not in repr(PROVIDER)
    assert SECRET not in str(ProviderDown()) + str(ProviderRefused())


def test_logins_under_way_do_not_fill_the_memory():
    kept = LoginsUnderWay()
    tickets = [kept.keep(Started.new(), "/", AT) for _ in range(MOST + 1)]
    assert kept.take(tickets[0], AT) is None
    assert kept.take(tickets[-1], AT) is not None
    assert kept.take(tickets[-1], AT) is None
