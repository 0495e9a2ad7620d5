"""A neighbour's approver, asked for by the municipality that needs one; every refusal is one sentence."""

from __future__ import annotations

import datetime

import pytest

from gaiji_hub.moji.actor import CONSOLE, Actor, NotAllowed, Place, Role
from gaiji_hub.services import audit
from gaiji_hub.services.lending import LONGEST, BadLendingDate, NobodyToLend, lend
from gaiji_hub.services.login import actor_of
from gaiji_hub.services.people import end_role, find_person, set_disabled
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT
from tests.services.people import (
    ADMIN,
    APPROVER,
    CLERK,
    COUNCIL,
    OPERATOR,
    OTHER,
    OTHER_ADMIN,
    OTHER_APPROVER,
    OTHER_CLERK,
    TOWN,
    enrolled,
)

UNTIL = datetime.date(2026, 9, 30)


@pytest.fixture
def town(store: Store) -> Store:
    with store.writing() as session:
        for one in (CLERK, APPROVER, ADMIN, OTHER_CLERK, OTHER_APPROVER, OTHER_ADMIN, OPERATOR, COUNCIL):
            enrolled(session, one, AT)
    return store


def ask(store: Store, login: str = OTHER_APPROVER.login, by: Actor = ADMIN, until: datetime.date = UNTIL) -> int:
    with store.writing() as session:
        return lend(session, TOWN, login, until, AT, by).id


def places(store: Store, person: Actor) -> frozenset[Place]:
    with store.reading() as session:
        return actor_of(session, person.id, AT).places


def test_the_neighbours_approver_approves_here_and_the_towns_own_trail_says_so(town: Store):
    assert ask(town) == ask(town), "the same again is the same"
    assert places(town, OTHER_APPROVER) == {Place(OTHER, Role.APPROVER), Place(TOWN, Role.APPROVER)}
    with town.reading() as session:
        _, acts = audit.list_entries(session, TOWN, 0, 9, f"person/{OTHER_APPROVER.login}")
    assert [(act.action, act.actor_name) for act in acts] == [("grant_role", ADMIN.name)]
    assert "2026-09-30" in acts[0].detail


@pytest.mark.parametrize(
    "login", ["dare-mo-inai", "", OTHER_CLERK.login, OTHER_ADMIN.login, APPROVER.login, CLERK.login, ADMIN.login,
              OPERATOR.login, COUNCIL.login],
)  # fmt: skip
def test_everybody_else_is_the_same_nobody(town: Store, login: str):
    with pytest.raises(NobodyToLend) as told:
        ask(town, login)
    assert str(told.value) == "頼める承認者が見つかりません"


def test_who_approves_no_more_at_home_or_was_stopped_is_nobody(town: Store):
    with town.writing() as session:
        set_disabled(session, OTHER, OTHER_APPROVER.login, True, AT, OTHER_ADMIN)
    with pytest.raises(NobodyToLend):
        ask(town)
    with town.writing() as session:
        set_disabled(session, OTHER, OTHER_APPROVER.login, False, AT, OTHER_ADMIN)
        (role,) = find_person(session, OTHER_APPROVER.login, AT).roles
        end_role(session, OTHER, role.id, AT, OTHER_ADMIN)
    with pytest.raises(NobodyToLend):
        ask(town)


def test_who_approves_no_more_at_home_approves_nowhere(town: Store):
    ask(town)
    with town.writing() as session:
        (role,) = [role for role in find_person(session, OTHER_APPROVER.login, AT).roles if not role.neighbour]
        end_role(session, OTHER, role.id, AT, OTHER_ADMIN)
    assert places(town, OTHER_APPROVER) == frozenset()


@pytest.mark.parametrize("by", [CLERK, APPROVER, OTHER_ADMIN, OTHER_APPROVER, OPERATOR], ids=lambda by: by.login)
def test_only_the_receiving_towns_administrator_asks(town: Store, by: Actor):
    for login in (OTHER_APPROVER.login, "dare-mo-inai"):
        with pytest.raises(NotAllowed):
            ask(town, login, by)
    assert places(town, OTHER_APPROVER) == {Place(OTHER, Role.APPROVER)}


def test_the_console_asks_too(town: Store):
    ask(town, by=CONSOLE)
    assert Place(TOWN, Role.APPROVER) in places(town, OTHER_APPROVER)


def test_the_day_is_today_or_later_and_not_far_away(town: Store):
    today = AT.date()
    for day in (today - datetime.timedelta(days=1), today + LONGEST + datetime.timedelta(days=1)):
        with pytest.raises(BadLendingDate):
            ask(town, until=day)
    for day in (today, today + LONGEST):
        ask(town, until=day)
