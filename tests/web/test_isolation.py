"""What is another municipality's looks exactly like what does not exist: every route, every role, both back ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from litestar.routes import HTTPRoute

from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.gate import NEEDS
from tests.databases import BACKENDS, Model, Models
from tests.web.conftest import AT, OTHER, SYSTEM, TOWN, asking, fill, make_site
from tests.web.isolation import CASES as FIRST
from tests.web.isolation import COMMON, HUB_CASES, HUB_STAFF, LISTS, NOBODYS, TWINS, prepare, with_seen
from tests.web.isolation_more import MORE_CASES, made_ready, prepare_more
from tests.web.people import CLERK, STRANGER, Browser
from tests.web.test_routes import HIDDEN, plain

CASES = (*FIRST, *MORE_CASES)
NAMES = [case.name for case in CASES]


@pytest.fixture(scope="module")
def complete(models: Models, tables: Tables, standard_font: Path) -> Callable[[str], Model]:
    """The small hub with everything the cases ask for and its first release on the channel."""

    def filled(data: Path, url: str) -> None:
        with Registry.open(data, url) as registry:
            fill(registry, tables)
            publish_pending(registry, PackMaterials.open(tables, standard_font), TOWN, SYSTEM, AT)
            prepare(registry, tables)
            prepare_more(registry, tables, standard_font)

    return lambda backend: models.model(backend, "isolated", filled)


@pytest.fixture(scope="module", params=BACKENDS)
def published(request, complete, tmp_path_factory) -> Iterator[Registry]:
    """The complete hub, to be read only."""
    with complete(request.param).opened(tmp_path_factory.mktemp("isolated")) as registry:
        yield registry


@pytest.fixture(params=BACKENDS)
def own_complete(request, complete, tmp_path: Path) -> Iterator[Registry]:
    """The complete hub, of one test's own."""
    with complete(request.param).opened(tmp_path) as registry:
        yield registry


@pytest.fixture(scope="module")
def watched(published, tables, shapes) -> Iterator[Browser]:
    with asking(make_site(published, tables, shapes)) as client:
        yield client


@pytest.fixture
def prepared(client, registry, tables) -> Browser:
    """A hub of one test's own."""
    prepare(registry, tables)
    return client


def answer_of(response) -> tuple[int, bytes, list[tuple[str, str]]]:
    """All of an answer that can be told apart."""
    headers = [(name, value) for name, value in response.headers.multi_items() if name != "date"]
    return response.status_code, response.content, headers


def test_every_route_has_a_case_or_shows_nothing_of_a_municipality(shared_reader):
    """A new route is added to tests/web/isolation.py or isolation_more.py: one line."""
    found = {
        f"{method} {plain(route.path)}"
        for route in shared_reader.app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(HIDDEN)
        for method in map(str, route.methods)
        if method not in ("OPTIONS", "HEAD")
    }
    named = {case.name for case in (*CASES, *HUB_CASES)} | set(LISTS) | set(COMMON)
    assert sorted(found - named) == []
    assert sorted(named - found) == []


def test_every_route_says_what_it_needs(shared_reader):
    handlers = {
        handler
        for route in shared_reader.app.routes
        if isinstance(route, HTTPRoute) and not route.path.startswith(HIDDEN)
        for handler in route.route_handlers
        if "OPTIONS" not in handler.http_methods
    }
    assert len(handlers) > 50
    assert [str(handler) for handler in handlers if handler.opt.get(NEEDS) is None] == []


@pytest.mark.parametrize("case", [c for c in CASES if c.method == "GET"], ids=lambda case: case.name)
def test_the_owner_sees_it(watched, case):
    assert case.asked(watched.become(case.who)).status_code in case.answers


@pytest.mark.parametrize("case", [c for c in FIRST if c.method == "POST"], ids=lambda case: case.name)
def test_the_owner_does_it(prepared, registry, case):
    response = with_seen(case, registry).asked(prepared.become(case.who))
    assert response.status_code in case.answers, response.text


@pytest.mark.parametrize("case", [c for c in MORE_CASES if c.method != "GET"], ids=lambda case: case.name)
def test_the_owner_does_it_with_what_the_screens_show(own_complete, tables, shapes, case):
    with asking(make_site(own_complete, tables, shapes)) as browser:
        response = made_ready(case, own_complete, tables).asked(browser.become(case.who))
    assert response.status_code in case.answers, response.text


@pytest.mark.parametrize("twins", TWINS, ids=lambda twins: twins[0].role.value)
@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_to_a_stranger_it_looks_like_what_is_not_there(watched, case, twins):
    """In the municipality that is not theirs: as in one that does not exist."""
    stranger = watched.become(twins[1])
    theirs = answer_of(case.asked(stranger))
    assert theirs[0] == 404
    gone = {"lg": NOBODYS, "channel": f"{NOBODYS}-{SYSTEM}"} if "channel" in case.missing else {"lg": NOBODYS}
    assert answer_of(case.asked(stranger, **gone)) == theirs
    for name, value in case.missing.items():
        assert answer_of(case.asked(stranger, **{name: value})) == theirs


@pytest.mark.parametrize("case", [c for c in CASES if c.missing and "{lg}" in c.route], ids=lambda case: case.name)
def test_the_id_of_another_municipality_is_no_id_in_ones_own(watched, case):
    """A stranger at home, asking by an id that only the other municipality has: as by one that nobody has."""
    stranger = watched.become(dict(TWINS)[case.who])
    foreign = answer_of(case.asked(stranger, lg=OTHER))
    assert foreign[0] in (404, 422)
    for name, value in case.missing.items():
        assert answer_of(case.asked(stranger, lg=OTHER, **{name: value})) == foreign


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_hubs_staff_see_nothing_of_a_municipality(watched, case):
    """Operators and the council act through their own routes only."""
    for who in HUB_STAFF:
        assert case.asked(watched.become(who)).status_code == 404


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_nobody_is_told_anything_before_the_login(watched, case):
    here = case.asked(watched.become(None))
    gone = case.asked(watched, lg=NOBODYS)
    assert here.status_code == gone.status_code in (401, 303)
    assert here.content == gone.content


@pytest.mark.parametrize("case", HUB_CASES, ids=lambda case: case.name)
def test_the_hubs_own_routes_are_for_its_staff(own_complete, tables, shapes, case):
    with asking(make_site(own_complete, tables, shapes)) as browser:
        for twins in TWINS:
            for who in twins:
                assert case.asked(browser.become(who)).status_code == 403
        response = case.asked(browser.become(case.who))
    assert response.status_code in case.answers, response.text


@pytest.mark.parametrize("route", LISTS)
def test_a_list_has_nothing_of_another_municipality(watched, route):
    address = route.removeprefix("GET ")
    own = watched.become(CLERK).get(address).text
    other = watched.become(STRANGER).get(address).text
    for mine, theirs in ((own, ("架空町", OTHER)), (other, ("架空市", TOWN, "窓口端末"))):
        assert not [word for word in theirs if word in mine]
    if route != "GET /":  # what waits for the clerk may be nothing
        assert "架空市" in own
