"""ログインの画面: by form, with a real password; locked after five wrong ones; never on to another site's address."""

from __future__ import annotations

import dataclasses
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaiji_hub.services.login import FAILURES, LOCKED_FOR, Checked, csrf_of
from gaiji_hub.store import models as rows
from gaiji_hub.web.application import THREADS
from gaiji_hub.web.turns import AT_ONCE, TooManyLogins, Turns
from tests.web.conftest import AT, BASE, SYSTEM, TOWN, asking, make_site
from tests.web.people import CLERK, COOKIE, PASSWORD, PEOPLE

FORM = {"origin": BASE}
NEW = "atarashii-kagi-2026"


def log_in(client, login: str = CLERK.login, password: str = PASSWORD, back: str = "/towns"):
    return client.post("/login", data={"login": login, "password": password, "next": back}, headers=FORM)


def test_the_right_password_opens_a_session_that_scripts_and_other_sites_do_not_get(client):
    response = log_in(client.become(None))
    assert (response.status_code, response.headers["location"]) == (303, "/towns")
    cookie = response.headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "path=/"):
        assert word in cookie
    assert "max-age" not in cookie  # gone with the browser
    assert client.get("/towns").status_code == 200
    assert PASSWORD not in response.text


def test_behind_tls_the_cookie_is_for_this_host_and_tls_only(registry, tables, shapes):
    public = "https://gaiji.example.lg.jp"
    site = dataclasses.replace(make_site(registry, tables, shapes), public_url=public)
    with asking(site) as client:
        client.become(None)
        headers = {"origin": public, "host": "gaiji.example.lg.jp"}
        fields = {"login": CLERK.login, "password": PASSWORD, "next": "/"}
        cookie = client.post("/login", data=fields, headers=headers).headers["set-cookie"]
    assert cookie.startswith("__Host-gaiji_hub=")
    assert "secure" in cookie.lower()


@pytest.mark.parametrize(
    ("login", "password"),
    [("daremo", PASSWORD), (CLERK.login, "chigau-kagi-2026"), (CLERK.login, ""), ("", ""), ("x" * 500, "y" * 5000)],
)
def test_a_wrong_password_and_an_unknown_name_are_told_the_same(client, login, password):
    response = log_in(client.become(None), login, password)
    assert response.status_code == 401
    assert "利用者名かパスワードが違います" in response.text
    assert "set-cookie" not in response.headers
    assert not password or password not in response.text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1", "/x?y"])
def test_after_the_login_nobody_is_sent_to_another_site(client, back):
    assert log_in(client.become(None), back=back).headers["location"] == "/"


def test_after_five_wrong_passwords_even_the_right_one_waits(registry, tables, shapes):
    now = [AT]
    site = dataclasses.replace(make_site(registry, tables, shapes), clock=lambda: now[0])
    with asking(site) as client:
        client.become(None)
        for _ in range(FAILURES):
            assert log_in(client, password="chigau-kagi-2026").status_code == 401
        assert log_in(client).status_code == 401
        now[0] += LOCKED_FOR
        assert log_in(client).status_code == 303


@pytest.mark.parametrize("public", ["", "https://gaiji.example.lg.jp"])
def test_the_cookie_is_taken_back_as_it_was_given(registry, tables, shapes, public):
    """Browsers ignore what is said about a `__Host-` cookie without Secure: it would outlive the logout."""
    site = dataclasses.replace(make_site(registry, tables, shapes), public_url=public)
    headers = {"origin": public, "host": "gaiji.example.lg.jp"} if public else FORM
    with asking(site) as client:
        client.become(None)
        fields = {"login": CLERK.login, "password": PASSWORD, "next": "/"}
        given = client.post("/login", data=fields, headers=headers).headers["set-cookie"]
        secret = given.split(";")[0]
        csrf = csrf_of(secret.partition("=")[2])
        client.cookies.clear()
        form = {"csrf": csrf}
        answer = client.post("/logout", data=form, headers={**headers, "cookie": secret})
    assert answer.headers["location"] == "/login"
    taken = answer.headers["set-cookie"]
    assert "max-age=0" in taken.lower()
    assert attributes(taken) - {"max-age=0"} == attributes(given)


def attributes(cookie: str) -> set[str]:
    name, *rest = cookie.lower().split("; ")
    return {name.split("=")[0], *rest}


def test_while_passwords_are_checked_other_pages_answer(client, monkeypatch):
    """More logins at once than the server has threads; none is let go before the other page was answered."""
    begun, over, kept = threading.Semaphore(0), threading.Event(), []

    def slow(*_: object) -> Checked:
        begun.release()
        kept.append(over.wait(60))
        return Checked("", "", matches=False)

    monkeypatch.setattr("gaiji_hub.services.login.check_login", slow)
    client.become(None)
    fields, cookie = {"login": "daremo", "password": "x" * 12, "next": "/"}, f"{COOKIE}={CLERK.secret}"
    with ThreadPoolExecutor(THREADS * 2) as pool:
        asked = [pool.submit(client.post, "/login", data=fields, headers=FORM) for _ in range(THREADS * 2)]
        for _ in range(AT_ONCE):
            begun.acquire()
        page = client.get("/towns", headers={"cookie": cookie})
        over.set()
        answers = [one.result() for one in asked]
    assert page.status_code == 200
    assert all(kept), "a password check had to end before the page came"
    counted = Counter(answer.status_code for answer in answers)
    assert set(counted) == {401, 503}
    busy = next(answer for answer in answers if answer.status_code == 503)
    assert "混み合っています" in busy.text
    assert busy.headers["retry-after"]


def test_who_does_not_come_up_is_not_kept_waiting():
    turns = Turns(at_once=1, waiting=1, patience=0.01)
    with turns.taken(), pytest.raises(TooManyLogins), turns.taken():  # waited, in vain
        pass
    with turns.taken():
        pass
    none = Turns(at_once=1, waiting=0, patience=3600)
    with none.taken(), pytest.raises(TooManyLogins), none.taken():  # not an hour
        pass


def test_whoever_is_logged_in_is_not_asked_again(reader):
    assert reader.get(f"/login?back=/m/{TOWN}/{SYSTEM}").headers["location"] == f"/m/{TOWN}/{SYSTEM}"


def test_a_session_that_ended_still_sees_the_login_page(client, registry):
    with registry.store.writing() as session:
        session.query(rows.LoginSession).delete()
    assert client.get("/login").status_code == 200
    assert client.get("/towns").headers["location"] == "/login?back=/towns"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"old": PASSWORD, "new": "atarashii-kagi-2026", "again": "atarashii-kagi-2027"}, "2回とも同じではありません"),
        (
            {"old": "chigau-kagi-2026", "new": "atarashii-kagi-2026", "again": "atarashii-kagi-2026"},
            "いまのパスワード",
        ),
        ({"old": PASSWORD, "new": "mijikai", "again": "mijikai"}, "12〜200文字"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "同じパスワード"),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(client, fields, reason):
    response = client.post("/password", data=fields, headers=FORM)
    assert response.status_code == 422
    assert reason in response.text
    assert client.get("/towns").status_code == 200


def test_a_changed_password_is_the_only_one_and_ends_every_session(client):
    done = client.post("/password", data={"old": PASSWORD, "new": NEW, "again": NEW}, headers=FORM)
    assert done.headers["location"] == "/login?changed=1"
    client.become(None)
    assert log_in(client).status_code == 401
    assert log_in(client, password=NEW).status_code == 303


def test_no_secret_of_a_session_is_in_the_database(registry):
    with registry.store.reading() as session:
        kept = [row.hash for row in session.query(rows.LoginSession)]
        tokens = [row.hash for row in session.query(rows.Token)]
    assert len(kept) == len(PEOPLE)
    assert not [who for who in PEOPLE if who.secret in kept]
    assert all(len(value) == 64 for value in kept + tokens)
    assert COOKIE not in kept
