"""門: who a request comes from, what it may, and for how long — with the clock in the test's hand."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator

import pytest

from gaiji_hub.services.login import IDLE, LONGEST, csrf_of
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.tokens import revoke_token
from gaiji_hub.store import models as rows
from gaiji_hub.web.gate import TOKEN_SECONDS, Gate
from tests.web.conftest import AT, BASE, DECIDED, SEARCHED, SYSTEM, TOWN, asking, corner, make_site
from tests.web.isolation import DECISION
from tests.web.people import (
    ADMIN,
    AGENT,
    APPROVER,
    CLERK,
    COOKIE,
    MIGRATION,
    OPERATOR,
    PASSWORD,
    STRANGER,
    VENDOR,
    Browser,
)

HOME, API = f"/m/{TOWN}/{SYSTEM}", f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}"
FORM = {"origin": BASE}
SECOND = "zei"  # another business system of the same municipality


@dataclasses.dataclass
class Clock:
    now: datetime.datetime = AT

    def __call__(self) -> datetime.datetime:
        return self.now

    def pass_by(self, time: datetime.timedelta) -> None:
        self.now += time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def later(registry, tables, shapes, clock) -> Iterator[Browser]:
    """The application whose time the test decides."""
    site = dataclasses.replace(make_site(registry, tables, shapes), clock=clock)
    with asking(site) as client:
        yield client


def decisions(client: Browser, **changes: str):
    return client.post(f"{HOME}/gaiji/{SEARCHED}/decisions", data={**DECISION, **changes}, headers=FORM)


# -- nobody ------------------------------------------------------------------------------------------------------


def test_a_page_leads_nobody_to_the_login_and_says_where_to_return(reader):
    response = reader.become(None).get(f"{HOME}/gaiji/{DECIDED}?recorded=1")
    assert (response.status_code, response.headers["location"]) == (303, f"/login?back={HOME}/gaiji/{DECIDED}")


def test_the_api_asks_nobody_for_a_token(reader):
    response = reader.become(None).get(f"{API}/gaiji")
    assert (response.status_code, response.json()["code"]) == (401, "login_needed")
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/static/style.css", "/login"])
def test_what_is_public_asks_nobody(reader, path):
    assert reader.become(None).get(path).status_code == 200


# -- forms -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("csrf", ["", "0" * 64, csrf_of(APPROVER.secret), "ひらがな", csrf_of(CLERK.secret)[:-1]])
def test_a_form_of_another_session_is_refused(client, registry, csrf):
    response = decisions(client, csrf=csrf)
    assert response.status_code == 403
    assert "foreign_form" in response.text
    with registry.store.reading() as session:
        assert session.query(rows.Identification).count() == 1


def test_every_form_on_a_page_carries_the_sessions_own_value(reader):
    for who, path in ((CLERK, f"{HOME}/gaiji/{DECIDED}"), (ADMIN, f"/t/{TOWN}/people"), (OPERATOR, "/operate")):
        html = reader.become(who).get(path).text
        forms = html.split("<form")[1:]
        assert forms
        assert all(f'name="csrf" value="{csrf_of(who.secret)}"' in form.split("</form>")[0] for form in forms)


# -- sessions ----------------------------------------------------------------------------------------------------


def test_a_session_that_is_used_lives_until_its_last_hour_and_no_longer(later, clock):
    while clock.now - AT < LONGEST - IDLE / 2:
        assert later.get("/towns").status_code == 200
        clock.pass_by(IDLE / 2)
    clock.now = AT + LONGEST
    assert later.get("/towns").headers["location"].startswith("/login")


def test_a_session_that_is_not_used_ends(later, clock):
    clock.pass_by(IDLE - datetime.timedelta(seconds=1))
    assert later.get("/towns").status_code == 200
    clock.pass_by(IDLE)
    assert later.get("/towns").status_code == 303
    assert later.get(f"{API}/gaiji").status_code == 401


def test_logging_out_ends_the_session_and_not_only_the_cookie(client):
    secret = CLERK.secret
    response = client.post("/logout", data={}, headers=FORM)
    assert (response.status_code, response.headers["location"]) == (303, "/login")
    client.cookies.clear()
    client.cookies.set(COOKIE, secret, domain="127.0.0.1")
    assert client.get("/towns").status_code == 303


def test_a_stopped_person_is_out_at_once(client, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Person, CLERK.id).disabled = True
    assert client.get("/towns").status_code == 303


def test_a_role_that_was_taken_away_is_gone_at_once(client, registry):
    with registry.store.writing() as session:
        session.query(rows.Assignment).filter_by(person_id=CLERK.id).one().ended_at = AT
    assert client.get(HOME).status_code == 404


def test_who_has_to_change_the_password_does_nothing_else(client, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Person, CLERK.id).must_change = True
    for path in ("/", "/towns", HOME, "/char"):
        assert client.get(path).headers["location"] == "/password"
    assert client.get(f"{API}/gaiji").json()["code"] == "password_to_change"
    assert decisions(client).headers["location"] == "/password"
    new = "atarashii-kagi-2026"
    fields = {"old": PASSWORD, "new": new, "again": new}
    assert client.post("/password", data=fields, headers=FORM).headers["location"] == "/login?changed=1"
    assert client.get("/towns").status_code == 303  # every session ended with the old password


# -- tokens ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        (MIGRATION, f"{API}/codes/{DECIDED}", 200),
        (MIGRATION, f"{API}/gaiji", 200),
        (MIGRATION, f"/channels/{TOWN}-{SYSTEM}/metadata/1.root.json", 403),
        (AGENT, f"{API}/codes/{DECIDED}", 200),
        (AGENT, f"{API}/gaiji", 403),
        (AGENT, f"/t/{TOWN}/people", 404),
        (VENDOR, f"{API}/codes/{DECIDED}", 403),
        (VENDOR, f"{API}/gaiji", 403),
        (CLERK, f"/t/{TOWN}/people", 403),
        (CLERK, f"/t/{TOWN}/audit", 403),
        (APPROVER, f"/t/{TOWN}/audit", 200),
        (OPERATOR, HOME, 404),
    ],
)
def test_a_role_may_what_is_its_own(reader, who, path, status):
    assert reader.become(who).get(path).status_code == status


def test_a_scope_narrows_what_the_role_may(client, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Token, MIGRATION.id).scopes = "convert"
    client.become(MIGRATION)
    assert client.get(f"{API}/codes/{DECIDED}").status_code == 200
    assert client.get(f"{API}/gaiji").json()["code"] == "not_allowed"


def test_a_token_of_one_system_sees_no_other_of_the_same_municipality(client, registry):
    with registry.store.writing() as session:
        register_business_system(session, TOWN, SECOND, "税", "cp932", AT)
    other, none = (f"/api/v1/municipalities/{TOWN}/systems/{name}/releases" for name in (SECOND, "nobody"))
    assert client.get(other).status_code == 200  # the clerk's own
    client.become(MIGRATION)
    assert client.get(f"{API}/releases").status_code == 200
    answers = [client.get(path) for path in (other, none)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    client.become(AGENT)
    assert client.get(f"/channels/{TOWN}-{SECOND}/metadata/1.root.json").status_code == 404


def test_a_token_lists_only_the_system_it_is_for(client, registry):
    with registry.store.writing() as session:
        register_business_system(session, TOWN, SECOND, "税", "cp932", AT)
    items = client.become(MIGRATION).get("/api/v1/municipalities").json()["items"]
    assert [system["name"] for town in items for system in town["systems"]] == [SYSTEM]


@pytest.mark.parametrize("path", ["characters", "print-jobs"])
def test_a_token_of_one_system_sees_nothing_of_the_municipality_as_a_whole(client, registry, path):
    town = f"/api/v1/municipalities/{TOWN}/{path}"
    none = client.become(MIGRATION).get(f"/api/v1/municipalities/994014/{path}")
    answer = client.get(town)
    assert (answer.status_code, answer.content) == (404, none.content)
    assert client.get(f"/t/{TOWN}/requests").status_code == 404
    assert client.get(f"{API}/gaiji").status_code == 200
    assert client.become(VENDOR).get(f"/api/v1/municipalities/{TOWN}/print-jobs").status_code == 200


def test_a_token_of_the_whole_municipality_sees_it(client, registry):
    with registry.store.writing() as session:
        session.get_one(rows.Token, MIGRATION.id).business_system = ""
    assert client.become(MIGRATION).get(f"/api/v1/municipalities/{TOWN}/characters").status_code == 200


@pytest.mark.parametrize("shared", [False, True])
def test_a_hub_character_is_drawn_for_who_may_read_a_town_that_sees_it(client, registry, shared):
    own = {"id": "GH12345678", "lg_code": TOWN, "shape": corner(800).hash, "title": "架空の字", "readings": "[]"}
    with registry.store.writing() as session:
        session.add(rows.HubCharacter(**own, merged_into=None, shared=shared, registered_at=AT))
    asked = (CLERK, APPROVER, STRANGER, VENDOR, AGENT, MIGRATION, OPERATOR)
    answers = {who.login: client.become(who).get("/glyphs/GH12345678.svg").status_code for who in asked}
    others = dict.fromkeys((VENDOR.login, AGENT.login, MIGRATION.login, OPERATOR.login), 404)
    assert answers == {CLERK.login: 200, APPROVER.login: 200, STRANGER.login: 200 if shared else 404, **others}
    assert client.become(VENDOR).get("/glyphs/MJ026190.svg").status_code == 200


@pytest.mark.parametrize("who", [AGENT, VENDOR])
def test_a_machine_that_may_not_read_lists_no_town(reader, who):
    assert reader.become(who).get("/api/v1/municipalities").json()["items"] == []
    assert "架空市" not in reader.get("/towns").text
    assert "窓口端末" not in reader.get("/members").text.split("<main", 1)[1]


def test_a_revoked_token_is_refused_after_five_seconds_at_most(registry, tables, shapes, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(Gate.__init__, "__defaults__", (lambda: now[0],))
    with asking(make_site(registry, tables, shapes)) as client:
        client.become(AGENT)
        assert client.get(f"{API}/codes/{DECIDED}").status_code == 200
        with registry.store.writing() as session:
            revoke_token(session, TOWN, AGENT.id, AT, ADMIN.actor)
        now[0] += TOKEN_SECONDS + 0.001
        response = client.get(f"{API}/codes/{DECIDED}")
        assert (response.status_code, response.json()["code"]) == (401, "bad_token")


def test_a_token_that_ran_out_is_refused(later, clock):
    later.become(AGENT)
    clock.pass_by(datetime.timedelta(days=701))
    assert later.get(f"{API}/codes/{DECIDED}").json()["code"] == "bad_token"


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer x", "Bearer ght_", "bearer " + "x" * 3000])
def test_a_wrong_token_is_refused_even_beside_a_session(reader, value):
    response = reader.get(f"{API}/gaiji", headers={"authorization": value})
    assert (response.status_code, response.json()["code"]) == (401, "bad_token")


def test_a_session_of_a_stranger_is_not_helped_by_the_towns_address(reader):
    assert reader.become(STRANGER).get(HOME).status_code == 404
