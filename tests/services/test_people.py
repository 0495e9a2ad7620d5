"""Who may register whom, give which role where, and take it away; the last administrator stays."""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.actor import CONSOLE, HUB, HUB_ROLES, TOWN_ROLES, Actor, NotAllowed, Permission, Place, Role
from gaiji_hub.services import audit
from gaiji_hub.services.login import actor_of
from gaiji_hub.services.municipalities import AlreadyRegistered
from gaiji_hub.services.people import (
    BadLogin,
    LastAdmin,
    LoginTaken,
    Person,
    PersonRole,
    UnknownPerson,
    WeakPassword,
    WrongRole,
    end_role,
    find_person,
    found_town,
    grant,
    link_oidc,
    list_people,
    new_password,
    register_person,
    reset_password,
    set_disabled,
)
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import EVERYTHING, Scope
from tests.services.conftest import AT
from tests.services.people import ADMIN, APPROVER, CLERK, COUNCIL, OPERATOR, OTHER, OTHER_ADMIN, TOWN, enrolled

VILLAGE = "131032"
NEXT_YEAR = datetime.date(2027, 3, 31)
PASSWORD = "nagai-nagai-aikotoba"


@pytest.fixture
def town(store: Store) -> Store:
    """Both towns' administrators and a clerk are there already."""
    with store.writing() as session:
        for actor in (CLERK, ADMIN, OTHER_ADMIN, OPERATOR):
            enrolled(session, actor, AT)
    return store


def add(store: Store, login: str = "jiro", home: str = TOWN, by: Actor = ADMIN, password: str = "") -> int:
    with store.writing() as session:
        return register_person(session, home, login, "架空 次郎", password, AT, by).id


def give(
    store: Store,
    role: Role,
    place: str = TOWN,
    login: str = "jiro",
    by: Actor = ADMIN,
    until: datetime.date | None = None,
) -> int:
    with store.writing() as session:
        return grant(session, place, login, role, AT, by, until).id


def listed(store: Store, at: datetime.datetime = AT, scope: Scope = EVERYTHING) -> dict[str, Person]:
    with store.reading(scope) as session:
        return {one.login: one for one in list_people(session, TOWN, at)}


def roles(store: Store, login: str, at: datetime.datetime = AT) -> list[tuple[str, Role]]:
    with store.reading() as session:
        return [(role.lg_code, role.role) for role in find_person(session, login, at).roles]


def test_a_person_begins_without_a_role_and_with_a_password_to_be_changed(town: Store):
    add(town, password=PASSWORD)
    with town.reading() as session:
        found = find_person(session, "jiro", AT)
        stored = session.scalars(select(rows.Person.password).where(rows.Person.login == "jiro")).one()
    assert (found.name, found.home, found.roles, found.must_change) == ("架空 次郎", TOWN, (), True)
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_a_person_of_oidc_only_has_no_password(town: Store):
    add(town)
    with town.writing() as session:
        assert not find_person(session, "jiro", AT).must_change
        link_oidc(session, TOWN, "jiro", "https://id.example.jp", "42", AT, ADMIN)
        assert find_person(session, "jiro", AT).oidc


@pytest.mark.parametrize("login", ["", "ab", "-ab", "Ab1", "a b", "a" * 61, "太郎さん", "ab\n"])
def test_a_login_is_plain(town: Store, login: str):
    with pytest.raises(BadLogin):
        add(town, login)


@pytest.mark.parametrize("password", ["short", "x" * 11, "x" * 201, "kore-wa-jiro-desu"])
def test_a_weak_password_is_refused(town: Store, password: str):
    with pytest.raises(WeakPassword):
        add(town, password=password)


def test_a_login_is_taken_once_for_all_towns_and_does_not_say_by_whom(town: Store):
    add(town)
    with pytest.raises(LoginTaken) as told:
        add(town, home=OTHER, by=OTHER_ADMIN)
    assert TOWN not in str(told.value)
    assert "次郎" not in str(told.value)


def test_first_passwords_differ_and_hold_the_rule(town: Store):
    made = {new_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(password) == 19 and set(password) <= set("abcdefghjkmnpqrstuvwxyz23456789-") for password in made)


NOT_ADMINS = (CLERK, APPROVER, OTHER_ADMIN, COUNCIL)


@pytest.mark.parametrize("by", NOT_ADMINS, ids=lambda by: by.login)
def test_who_does_not_administer_the_town_changes_nobody(town: Store, by: Actor):
    add(town)
    number = give(town, Role.CLERK)
    attempts = (
        lambda session: register_person(session, TOWN, "saburo", "架空 三郎", "", AT, by),
        lambda session: grant(session, TOWN, "jiro", Role.APPROVER, AT, by),
        lambda session: end_role(session, TOWN, number, AT, by),
        lambda session: reset_password(session, TOWN, "jiro", AT, by),
        lambda session: set_disabled(session, TOWN, "jiro", True, AT, by),
        lambda session: link_oidc(session, TOWN, "jiro", "https://id.example.jp", "1", AT, by),
    )
    for attempt in attempts:
        with town.writing() as session, pytest.raises(NotAllowed):
            attempt(session)
    assert roles(town, "jiro") == [(TOWN, Role.CLERK)]


def test_an_administrator_reaches_no_person_of_another_town(town: Store):
    add(town, "yoso", OTHER, OTHER_ADMIN)
    for attempt in (
        lambda session: reset_password(session, TOWN, "yoso", AT, ADMIN),
        lambda session: set_disabled(session, TOWN, "yoso", True, AT, ADMIN),
        lambda session: link_oidc(session, TOWN, "yoso", "https://id.example.jp", "1", AT, ADMIN),
    ):
        with town.writing() as session, pytest.raises(UnknownPerson):
            attempt(session)


def test_the_operator_makes_the_first_administrator_and_the_console_any(town: Store):
    with town.writing() as session:
        found_town(session, VILLAGE, "架空村", "ichi", "架空 一", PASSWORD, AT, OPERATOR)
    add(town, "futa", VILLAGE, CONSOLE)
    give(town, Role.MUNICIPALITY_ADMIN, VILLAGE, "futa", CONSOLE)
    for login in ("ichi", "futa"):
        assert roles(town, login) == [(VILLAGE, Role.MUNICIPALITY_ADMIN)]
    with town.reading() as session:
        for chain in (VILLAGE, HUB):
            assert "register_municipality" in [act.action for act in audit.list_entries(session, chain, 0, 9)[1]]
    add(town, "un-2", HUB, OPERATOR)
    give(town, Role.OPERATOR, HUB, "un-2", OPERATOR)
    with pytest.raises(NotAllowed):
        add(town, "un-3", HUB, ADMIN)


def test_an_operator_founds_no_municipality_that_is_there(town: Store):
    for title in ("架空市", "別の名前"):
        with town.writing() as session, pytest.raises(AlreadyRegistered):
            found_town(session, TOWN, title, "ura-kanri", "架空 裏", PASSWORD, AT, OPERATOR)
    assert "ura-kanri" not in listed(town)


def test_a_municipality_that_has_or_had_an_administrator_is_closed_to_operators(town: Store):
    add(town)
    number = give(town, Role.CLERK)
    attempts = (
        lambda session: register_person(session, TOWN, "saburo", "架空 三郎", "", AT, OPERATOR),
        lambda session: grant(session, TOWN, "jiro", Role.MUNICIPALITY_ADMIN, AT, OPERATOR),
        lambda session: grant(session, TOWN, OPERATOR.login, Role.APPROVER, AT, OPERATOR, NEXT_YEAR),
        lambda session: end_role(session, TOWN, number, AT, OPERATOR),
        lambda session: reset_password(session, TOWN, "jiro", AT, OPERATOR),
        lambda session: set_disabled(session, TOWN, "jiro", True, AT, OPERATOR),
        lambda session: link_oidc(session, TOWN, "jiro", "https://id.example.jp", "1", AT, OPERATOR),
    )
    for _ in range(2):
        for attempt in attempts:
            with town.writing() as session, pytest.raises(NotAllowed):
                attempt(session)
        with town.writing() as session:  # nobody administers any more: still not the operator's
            session.execute(update(rows.Assignment).where(rows.Assignment.lg_code == TOWN).values(ended_at=AT))


@pytest.mark.parametrize("role", Role)
def test_a_role_belongs_to_towns_or_to_the_hub(town: Store, role: Role):
    add(town)
    add(town, "un-2", HUB, OPERATOR)
    for login, place, allowed, by in (("jiro", TOWN, TOWN_ROLES, ADMIN), ("un-2", HUB, HUB_ROLES, OPERATOR)):
        if role in allowed:
            give(town, role, place, login, by)
            assert roles(town, login) == [(place, role)]
        else:
            with pytest.raises(WrongRole):
                give(town, role, place, login, by)


def test_the_same_role_twice_is_one(town: Store):
    add(town)
    assert give(town, Role.CLERK) == give(town, Role.CLERK)
    assert roles(town, "jiro") == [(TOWN, Role.CLERK)]


@pytest.mark.parametrize("role", [Role.CLERK, Role.MUNICIPALITY_ADMIN])
def test_a_neighbour_is_lent_as_approver_only(town: Store, role: Role):
    add(town, "yoso", OTHER, OTHER_ADMIN)
    with pytest.raises(WrongRole):
        give(town, role, login="yoso", until=NEXT_YEAR)
    with pytest.raises(WrongRole):
        give(town, Role.APPROVER, login="yoso")


def test_a_neighbour_is_lent_until_a_day_in_japan(town: Store):
    id_ = add(town, "yoso", OTHER, OTHER_ADMIN)
    give(town, Role.APPROVER, OTHER, "yoso", OTHER_ADMIN)
    give(town, Role.APPROVER, login="yoso", until=NEXT_YEAR)
    last = datetime.datetime(2027, 3, 31, 14, 59, tzinfo=datetime.UTC)
    assert roles(town, "yoso", last) == [(OTHER, Role.APPROVER), (TOWN, Role.APPROVER)]
    assert roles(town, "yoso", last + datetime.timedelta(minutes=1)) == [(OTHER, Role.APPROVER)]
    with town.reading() as session:
        actor = actor_of(session, id_, last)
        assert actor.may(Permission.APPROVE, TOWN)
        assert Place(TOWN, Role.APPROVER) in actor.places
        assert not actor_of(session, id_, last + datetime.timedelta(minutes=1)).may(Permission.APPROVE, TOWN)
    assert OTHER_ADMIN.login not in listed(town), "nobody else of the other town"


@pytest.mark.parametrize("scope", [EVERYTHING, Scope.of(TOWN)], ids=["everything", "the town's own"])
def test_who_is_lent_is_listed_with_the_role_here_and_can_be_ended(town: Store, scope: Scope):
    """The town's own session does not see the person, only the role that it gave."""
    add(town, "yoso", OTHER, OTHER_ADMIN)
    give(town, Role.APPROVER, OTHER, "yoso", OTHER_ADMIN)
    number = give(town, Role.APPROVER, login="yoso", until=NEXT_YEAR)
    one = listed(town, scope=scope)["yoso"]
    assert (one.name, one.home) == ("架空 次郎", None)
    assert one.roles == (PersonRole(number, TOWN, Role.APPROVER, NEXT_YEAR, neighbour=True),)
    assert list(listed(town, scope=scope))[-1] == "yoso", "after the town's own"
    assert "yoso" not in listed(town, datetime.datetime(2027, 4, 1, tzinfo=datetime.UTC), scope)
    with town.writing(scope) as session:
        end_role(session, TOWN, number, AT, ADMIN)
    assert "yoso" not in listed(town, scope=scope)
    assert roles(town, "yoso") == [(OTHER, Role.APPROVER)]


def test_only_who_approves_at_home_now_approves_elsewhere(town: Store):
    add(town, "yoso", OTHER, OTHER_ADMIN)
    number = give(town, Role.CLERK, OTHER, "yoso", OTHER_ADMIN)
    with pytest.raises(WrongRole):
        give(town, Role.APPROVER, login="yoso", until=NEXT_YEAR)
    with pytest.raises(WrongRole):
        give(town, Role.APPROVER, login=OPERATOR.login, until=NEXT_YEAR, by=CONSOLE)
    assert number


def test_a_role_that_ended_stays_in_the_history_only(town: Store):
    add(town)
    number = give(town, Role.CLERK)
    with town.writing() as session:
        end_role(session, TOWN, number, AT, ADMIN)
    assert roles(town, "jiro") == []
    for place, again in ((TOWN, number), (OTHER, number), (TOWN, 999)):
        with town.writing() as session, pytest.raises((UnknownPerson, NotAllowed)):
            end_role(session, place, again, AT, ADMIN)
    with town.reading() as session:
        found = session.get_one(rows.Assignment, number)
        assert (found.role, found.ended_at) == ("clerk", AT)


def test_the_last_administrator_of_a_place_stays(town: Store):
    with town.reading() as session:
        (mine,) = [role.id for role in find_person(session, ADMIN.login, AT).roles]
    with town.writing() as session, pytest.raises(LastAdmin):
        end_role(session, TOWN, mine, AT, ADMIN)
    add(town)
    give(town, Role.MUNICIPALITY_ADMIN)
    with town.writing() as session:
        end_role(session, TOWN, mine, AT, ADMIN)
    assert roles(town, ADMIN.login) == []


def test_nobody_stops_oneself(town: Store):
    with town.writing() as session, pytest.raises(LastAdmin):
        set_disabled(session, TOWN, ADMIN.login, True, AT, ADMIN)
    with town.writing() as session:
        assert set_disabled(session, TOWN, CLERK.login, True, AT, ADMIN).disabled
        assert not set_disabled(session, TOWN, CLERK.login, False, AT, ADMIN).disabled


def test_who_was_stopped_administers_no_more(town: Store):
    """The last one who can log in stays, whoever else has the role."""
    add(town)
    number = give(town, Role.MUNICIPALITY_ADMIN)
    with town.writing() as session:
        set_disabled(session, TOWN, "jiro", True, AT, ADMIN)
        (mine,) = [role.id for role in find_person(session, ADMIN.login, AT).roles]
    for attempt in (
        lambda session: end_role(session, TOWN, mine, AT, ADMIN),
        lambda session: set_disabled(session, TOWN, ADMIN.login, True, AT, CONSOLE),
    ):
        with town.writing() as session, pytest.raises(LastAdmin):
            attempt(session)
    with town.writing() as session:
        end_role(session, TOWN, number, AT, ADMIN)


@pytest.mark.parametrize("stops", [False, True], ids=["end each other's role", "one ends, one stops"])
def test_two_administrators_at_once_leave_one(town: Store, monkeypatch: pytest.MonkeyPatch, stops: bool):
    add(town)
    give(town, Role.MUNICIPALITY_ADMIN)
    with town.reading() as session:
        mine, other = (find_person(session, login, AT).roles[0].id for login in (ADMIN.login, "jiro"))
    met = threading.Barrier(2)
    record = audit.record

    def slowly(*given: object) -> None:
        """As late as can be: both are past their checks, if both can be."""
        with contextlib.suppress(threading.BrokenBarrierError):
            met.wait(2)
        record(*given)

    monkeypatch.setattr(audit, "record", slowly)

    def one(session: Session) -> None:
        end_role(session, TOWN, other, AT, ADMIN)

    def another(session: Session) -> None:
        if stops:
            set_disabled(session, TOWN, ADMIN.login, True, AT, CONSOLE)
        else:
            end_role(session, TOWN, mine, AT, CONSOLE)

    def run(act: Callable[[Session], None]) -> str:
        try:
            with town.writing() as session:
                act(session)
        except LastAdmin as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, (one, another))) == ["done", "last_admin"]


def test_unknown_people_and_towns_are_not_found(town: Store):
    for attempt in (
        lambda session: find_person(session, "dare", AT),
        lambda session: grant(session, TOWN, "dare", Role.CLERK, AT, ADMIN),
        lambda session: register_person(session, "999997", "dare", "架空", "", AT, OPERATOR),
    ):
        with town.writing() as session, pytest.raises(NotFound):
            attempt(session)


def test_every_change_is_in_the_trail_of_its_place_without_a_password(town: Store):
    add(town, password=PASSWORD)
    number = give(town, Role.CLERK)
    with town.writing() as session:
        end_role(session, TOWN, number, AT, ADMIN)
        secret = reset_password(session, TOWN, "jiro", AT, ADMIN)
        set_disabled(session, TOWN, "jiro", True, AT, ADMIN)
    with town.reading() as session:
        _, found = audit.list_entries(session, TOWN, 0, 100, "person/jiro")
    assert [entry.action for entry in reversed(found)] == [
        "register_person",
        "grant_role",
        "end_role",
        "reset_password",
        "disable_person",
    ]
    assert not any(secret in entry.detail or PASSWORD in entry.detail for entry in found)
