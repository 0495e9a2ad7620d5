"""Clerks and approvers at once: every decision gets one answer, whoever was faster, and nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from gaiji_hub.errors import HubError, Problems
from gaiji_hub.moji.actor import Actor
from gaiji_hub.services import audit
from gaiji_hub.services.approval import AlreadyAnswered, withdraw
from gaiji_hub.services.decisions import Identification, Status, history, pending
from gaiji_hub.services.intake import record_intake
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.approving import CODES, OTHER_GLYPH, approved, decided, statuses, with_gaiji
from tests.services.conftest import AT, GLYPH, SYSTEM, font
from tests.services.people import APPROVER, CLERK, SECOND_APPROVER, TOWN
from tests.services.people import NEIGHBOUR as LENT

THREADS = 8


@pytest.fixture
def town(store: Store) -> Store:
    return with_gaiji(store)


def test_of_two_approvers_at_once_one_gets_it_and_one_is_told(town: Store, tables: Tables):
    """Every decision has one outcome and one entry in the trail, whoever was faster."""
    for round_ in range(4):
        seen = decided(town, tables, *CODES, glyph=(GLYPH, OTHER_GLYPH)[round_ % 2])
        approvers = (APPROVER, SECOND_APPROVER, LENT) * 3

        def answer(by: Actor, seen: Sequence[Identification] = seen) -> str:
            try:
                return approved(town, seen, by=by)[0].status.value
            except HubError as told:
                return told.code

        with ThreadPoolExecutor(len(approvers)) as pool:
            answers = sorted(pool.map(answer, approvers))
        assert answers == ["already_answered"] * 8 + ["approved"]
    with town.reading() as session:
        total, entries = audit.list_entries(session, TOWN, 0, 1000)
        assert sum(entry.action == "approved" for entry in entries) == 4 * len(CODES)
        assert audit.verify(session, TOWN).problems == ()
        assert total == len(entries)


def test_of_an_approval_and_a_withdrawal_at_once_one_counts(town: Store, tables: Tables):
    for _ in range(6):
        seen = decided(town, tables, "F040")
        number = seen[0].number

        def take_back(number: int = number) -> str:
            try:
                with town.writing() as session:
                    return withdraw(session, TOWN, SYSTEM, number, AT, CLERK).status.value
            except HubError as told:
                return told.code

        def say_yes(seen: Sequence[Identification] = seen) -> str:
            try:
                return approved(town, seen)[0].status.value
            except HubError as told:
                return told.code

        with ThreadPoolExecutor(2) as pool:
            answers = {future.result() for future in (pool.submit(take_back), pool.submit(say_yes))}
        assert answers in ({"withdrawn", "already_answered"}, {"approved", "already_answered"})
        assert statuses(town, "F040")[-1].value in answers


def test_clerks_and_approvers_at_once_lose_nothing(town: Store, tables: Tables):
    """Clerks decide in turn about their own gaiji while approvers approve whatever waits."""
    shapes = {0xE000 + index: 200 + index for index in range(THREADS)}
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font(shapes), AT)

    def clerk(index: int) -> int:
        by = Actor("person", 100 + index, f"架空 {index}", TOWN, CLERK.places)
        for turn in range(5):
            glyph = (GLYPH, OTHER_GLYPH)[turn % 2]
            decided(town, tables, f"F0{0x40 + index:02X}", by=by, glyph=glyph)
        return 5

    def approver(by: Actor) -> int:
        done = 0
        for _ in range(10):
            with town.reading() as session:
                seen = pending(session, TOWN, SYSTEM)
            try:
                done += len(approved(town, seen[:3], by=by)) if seen else 0
            except (AlreadyAnswered, Problems):  # somebody was faster; anything else fails the test
                continue
        return done

    with ThreadPoolExecutor(THREADS + 2) as pool:
        approvals = [pool.submit(approver, by) for by in (APPROVER, SECOND_APPROVER)]
        made = sum(pool.map(clerk, range(THREADS)))
        done = sum(future.result() for future in approvals)
    with town.reading() as session:
        found = [one for code in shapes for one in history(session, TOWN, SYSTEM, _local(code))]
        assert sorted(one.number for one in found) == list(range(1, made + 1))
        assert sum(one.status is Status.APPROVED for one in found) == done
        assert audit.verify(session, TOWN).problems == ()


def _local(code: int) -> str:
    return f"F0{0x40 + code - 0xE000:02X}"
