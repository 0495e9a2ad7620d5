"""運用: an operator registers what is new, and gets no further into a municipality than that."""

from __future__ import annotations

import pytest

from gaiji_hub.services import audit
from gaiji_hub.store import models as rows
from tests.web.conftest import BASE, SYSTEM, TOWN
from tests.web.people import ADMIN, OPERATOR, STRANGE_APPROVER

FORM = {"origin": BASE}
VILLAGE = "994014"
NEW = {"lg_code": VILLAGE, "title": "架空村", "login": "mura-kanri", "name": "架空 村子"}


@pytest.fixture
def operator(client):
    return client.become(OPERATOR)


def people_of(registry, lg_code: str) -> set[str]:
    with registry.reading_all() as session:
        return {one.login for one in session.query(rows.Person).filter_by(lg_code=lg_code)}


def test_a_new_municipality_gets_its_first_administrator(operator, registry):
    response = operator.post("/operate/towns", data=NEW, headers=FORM)
    assert response.status_code == 200
    assert "mura-kanri" in response.text
    assert 'class="secret"' in response.text
    assert people_of(registry, VILLAGE) == {"mura-kanri"}
    with registry.reading_all() as session:
        (entry,) = audit.list_entries(session, "", 0, 9)[1]
        assert (entry.action, entry.subject) == ("register_municipality", f"municipality/{VILLAGE}")


@pytest.mark.parametrize("title", ["架空市", "別の名前"])
def test_a_municipality_that_is_there_gets_no_second_administrator(operator, registry, title):
    before = people_of(registry, TOWN)
    fields = {"lg_code": TOWN, "title": title, "login": "ura-kanri", "name": "架空 裏"}
    response = operator.post("/operate/towns", data=fields, headers=FORM)
    assert response.status_code == 422
    assert "登録済み" in response.text
    assert 'class="secret"' not in response.text
    assert people_of(registry, TOWN) == before


def test_what_is_refused_leaves_no_half_of_it(operator, registry):
    for change in ({"login": "kanri"}, {"login": "A"}, {"name": ""}, {"lg_code": "12"}):
        assert operator.post("/operate/towns", data={**NEW, **change}, headers=FORM).status_code == 422
    assert operator.post("/operate/towns", data=NEW, headers=FORM).status_code == 200
    assert people_of(registry, VILLAGE) == {"mura-kanri"}


def test_operators_lend_nobody(operator):
    fields = {"login": OPERATOR.login, "lg_code": TOWN, "until": "2026-12-31"}
    assert operator.post("/operate/lend", data=fields, headers=FORM).status_code == 404
    assert "他団体の承認者" not in operator.get("/operate").text


@pytest.mark.parametrize("form", [{"login": "taro", "role": "clerk"}, {"login": "unyo", "until": "2026-12-31"}])
def test_a_towns_people_are_not_the_operators(operator, form):
    for part in ("", "/roles", "/lend", "/logins"):
        assert operator.post(f"/t/{TOWN}/people{part}", data=form, headers=FORM).status_code == 404


def test_the_towns_administrator_asks_a_neighbours_approver_and_sends_her_home(client):
    page = f"/t/{TOWN}/people"
    client.become(ADMIN)
    fields = {"login": STRANGE_APPROVER.login, "until": "2026-12-31"}
    assert client.post(f"{page}/lend", data=fields, headers=FORM).headers["location"] == page
    shown = client.get(page).text
    line = shown[shown.index(STRANGE_APPROVER.login) :].split("</tr>")[0]
    assert STRANGE_APPROVER.name in line
    assert "2026-12-31まで" in line
    number = line.split('name="assignment" value="')[1].split('"')[0]
    approve = f"/m/{TOWN}/{SYSTEM}/approve"
    assert client.become(STRANGE_APPROVER).get(approve).status_code == 200
    ended = client.become(ADMIN).post(f"{page}/roles", data={"assignment": number}, headers=FORM)
    assert ended.status_code == 303
    assert STRANGE_APPROVER.login not in client.get(page).text
    assert client.become(STRANGE_APPROVER).get(approve).status_code == 404


def test_whoever_cannot_be_asked_is_told_of_in_one_sentence(client):
    client.become(ADMIN)
    said = set()
    for login in ("yoso", "yoso-kanri", "unyo", "daremo", "taro", ADMIN.login, ""):
        fields = {"login": login, "until": "2026-12-31"}
        response = client.post(f"/t/{TOWN}/people/lend", data=fields, headers=FORM)
        assert response.status_code == 422
        said.add(response.text)
    assert len(said) == 1
    assert "頼める承認者が見つかりません" in said.pop()


@pytest.mark.parametrize("until", ["", "あした", "2026-13-01", "2020-01-01", "2099-12-31"])
def test_a_day_that_cannot_be_is_said(client, until):
    fields = {"login": STRANGE_APPROVER.login, "until": until}
    response = client.become(ADMIN).post(f"/t/{TOWN}/people/lend", data=fields, headers=FORM)
    assert response.status_code == 422
    assert "期日は、今日から" in response.text


def test_one_person_who_administers_and_approves_is_pointed_out(client):
    page, fields = f"/t/{TOWN}/people", {"login": "taro", "role": "municipality_admin"}
    assert "兼ねています" not in client.become(ADMIN).get(page).text
    assert client.post(f"{page}/roles", data=fields, headers=FORM).status_code == 303
    assert "<b>架空 太郎</b> は団体管理者と承認者を兼ねています" in client.get(page).text
