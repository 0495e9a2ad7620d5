"""Values that no database holds: every route refuses them in order, in its address, its query, its form or its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from gaiji_hub.moji.actor import HUB, Permission
from gaiji_hub.web.gate import NEEDS
from gaiji_hub.web.values import MOST, BadValue, check_json, check_pairs
from tests.web.conftest import BASE, DECIDED, SYSTEM, TOWN
from tests.web.people import (
    ADMIN,
    AGENT,
    APPROVER,
    CLERK,
    COUNCIL,
    OPERATOR,
    PASSWORD,
    VENDOR,
    Somebody,
)
from tests.web.test_routes import HIDDEN

HUGE = str(10**30)
HOSTILE = (HUGE, "-1", "架空\0花子")
GIVEN = {"lg": TOWN, "system": SYSTEM, "code": DECIDED, "number": "1", "seq": "1", "channel": f"{TOWN}-{SYSTEM}"}
GIVEN |= {"file": "MJ026190.svg", "key": "U+9089", "name": "style.css", "shape": "0" * 64, "job": "tsuchi"}
OWNERS = {Permission.FETCH_JOB: VENDOR, Permission.ACKNOWLEDGE: AGENT, Permission.CHANNEL: AGENT}


@dataclass(frozen=True)
class Asked:
    """One request with one hostile value."""

    who: Somebody | None
    method: str
    address: str
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None

    def answer(self, client) -> int:
        client.become(self.who)
        if self.form is not None:
            return client.post(self.address, data=self.form, headers={"origin": BASE}).status_code
        return client.request(self.method, self.address, json=self.body, headers={"origin": BASE}).status_code


def owner(need: object) -> Somebody | None:
    """Somebody of the town, or of the hub, who may: a person first, so that forms are asked as a browser does."""
    if not isinstance(need, Permission):
        return None if need == "public" else CLERK
    able = (who for who in (CLERK, APPROVER, ADMIN, OPERATOR, COUNCIL) if who.actor.may(need, who.home or HUB))
    return OWNERS.get(need) or next(able)


def requests_of(route: HTTPRoute, handler: HTTPRouteHandler, method: str) -> Iterator[Asked]:
    """The route with each of its values replaced by each hostile one."""
    who = owner(handler.opt[NEEDS])
    names = re.findall(r"{(\w+):\w+}", route.path)
    template = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
    good = {name: quote(GIVEN.get(name, "1")) for name in names}
    parameters = {n: p for n, p in handler.parsed_fn_signature.parameters.items() if n not in names}
    fields = [f for p in parameters.values() if is_struct(p.annotation) for f in msgspec.structs.fields(p.annotation)]
    query = [n for n in parameters if n not in ("site", "visitor", "request", "data", "body", "given_state")]
    for value in HOSTILE:
        for name in names:
            yield Asked(who, method, template.format(**{**good, name: quote(value)}))
        for name in query:
            yield Asked(who, method, f"{template.format(**good)}?{name}={quote(value)}")
        for field in fields:
            address, sent = template.format(**good), {field.encode_name: value}
            if route.path.startswith("/api/"):
                yield Asked(who, method, address, body=sent)
                yield Asked(who, method, address, body={field.encode_name: [value, int(HUGE)]})
            else:
                yield Asked(who, method, address, form=sent)


def is_struct(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, msgspec.Struct)


def every_request(client) -> list[Asked]:
    return [
        asked
        for route in client.app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(HIDDEN)
        for handler in route.route_handlers
        for method in sorted(map(str, handler.http_methods))
        if method not in ("OPTIONS", "HEAD")
        for asked in requests_of(route, handler, method)
    ]


def test_no_route_fails_of_a_value_that_was_sent(client):
    asked = every_request(client)
    assert len(asked) > 800
    assert {one.who for one in asked} >= {None, CLERK, APPROVER, ADMIN, OPERATOR, VENDOR, AGENT}
    answers = [(one.answer(client), one) for one in asked]
    assert [one for one in answers if one[0] >= 500] == []
    assert [one for one in answers if one[0] == 403] == [], "asked by who may"


@pytest.mark.parametrize("page", [HUGE, f"-{HUGE}", str(MOST + 1), "9" * 4000])
def test_a_page_that_cannot_be_is_refused_and_one_that_is_not_there_is_the_last(reader, page):
    assert reader.get(f"/m/{TOWN}/{SYSTEM}/gaiji?page={page}").status_code in (404, 422)
    assert reader.get(f"/m/{TOWN}/{SYSTEM}?page={page}").status_code == 422
    assert reader.get(f"/m/{TOWN}/{SYSTEM}?page={MOST}").status_code == 200
    problem = reader.get(f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}/gaiji?offset={page}")
    assert (problem.status_code, problem.json()["code"]) == (422, "bad_value")


def test_an_address_with_a_null_is_not_found_like_any_other(reader):
    answers = [reader.get(f"/m/{TOWN}/{SYSTEM}/gaiji/{code}") for code in ("%00", "F9FC")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == answers[1].content


def test_a_long_number_is_a_good_password_and_a_good_hash(client):
    fields = {"old": PASSWORD, "new": HUGE, "again": HUGE}
    assert client.post("/password", data=fields, headers={"origin": BASE}).headers["location"] == "/login?changed=1"
    client.become(None)
    login = {"login": CLERK.login, "password": HUGE, "next": "/"}
    assert client.post("/login", data=login, headers={"origin": BASE}).status_code == 303


@pytest.mark.parametrize("body", ['"a\\u0000"', '{"a\\u0000": 1}', '[[{"a": [0, 2147483648]}]]', "-2147483649"])
def test_a_body_is_looked_through_to_its_ground(body):
    with pytest.raises(BadValue):
        check_json(body.encode())


FINE = {
    '"a"': "invalid_request",
    '{"a": [2147483647, -2147483647, true, null, 1e300]}': "invalid_request",
    "": "invalid_request",
    "\xff": "bad_request",
}


@pytest.mark.parametrize("body", FINE, ids=range(len(FINE)))
def test_what_is_right_or_no_json_is_left_to_the_route(reader, body):
    """The route itself says what is wrong with it."""
    headers = {"content-type": "application/json"}
    answer = reader.post("/api/v1/characters:bulk", content=body.encode("latin-1"), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, FINE[body])


@pytest.mark.parametrize("body", [b"[" * 60_000, b'{"a":' * 60_000], ids=["lists", "objects"])
def test_a_body_too_deep_to_be_read_is_a_bad_value(reader, body):
    answer = reader.post("/api/v1/characters:bulk", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, BadValue.code)


def test_a_number_is_one_only_where_the_route_takes_one():
    check_pairs([("password", HUGE), ("page", str(MOST)), ("page", "x"), ("page", "0" * 50)], frozenset({"page"}))
    for pair in (("page", HUGE), ("page", f" -{HUGE}"), ("pa\0ge", ""), ("password", "\0")):
        with pytest.raises(BadValue):
            check_pairs([pair], frozenset({"page"}))
