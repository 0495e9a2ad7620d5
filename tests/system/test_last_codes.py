"""The last free codes: more requests than codes, several approvers at once, a killed server. Each code goes once."""

from __future__ import annotations

import concurrent.futures
import datetime
import random
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from gaiji_hub.moji.actor import Role
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.services import audit
from gaiji_hub.services.allocation import capacity
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from tests.system import running
from tests.system.desk import Desk, Lost, Tally
from tests.system.office import SYSTEM, TOWNS, Staff, font, open_office, outline, staff

TOWN = TOWNS[0]
FULL = "zeimu"  # a business system with few free codes
FREE, REQUESTS = 5, 8
SEARCHED = (0, 1, 2, 3, 5, 6, 7, 8)  # of every five gaiji one has no candidates yet, and asking needs a search
BASE = f"/t/{TOWN.lg}/requests"
PEOPLE = staff(1, 4)
CLERK = PEOPLE[0]
APPROVERS = tuple(person for person in PEOPLE if person.role is Role.APPROVER)


def open_full_office(registry: Registry) -> None:
    at = datetime.datetime.now(datetime.UTC)
    open_office(registry, Tables.load(), PEOPLE, 10, at)
    with registry.store.writing() as session:
        register_business_system(session, TOWN.lg, FULL, "税務", "cp932", at)
        shapes = {0xE000 + n: outline(1, 100 + n) for n in range(CP932.capacity - FREE)}
        record_intake(session, TOWN.lg, FULL, font(shapes), at)
        assert capacity(session, TOWN.lg, FULL, at).free == FREE


def ask(hub: Callable[[], str], tally: Tally, index: int) -> int:
    """A clerk asks for gaiji `index` in the full system; the request's number."""
    code, title = TOWN.local(index), f"横棒の長い字{index}"
    with Desk(hub, CLERK.login, tally) as desk:
        page = desk.get(f"{BASE}/new?system={SYSTEM}&code={code}")
        for _ in range(3):  # a second time when the words find more than was shown before
            form = page.form("/requests")
            assert form is not None, page.text
            fields = form | {"title": title, "systems": FULL, "ground": "other", "grounds": "戸籍の字形"}
            page = desk.post(BASE, fields)
            if page.status == 303:
                return int(page.location.rpartition("/")[2])
        raise AssertionError(page.alert())


def approve_all(hub: Callable[[], str], tally: Tally, person: Staff, numbers: list[int]) -> set[int]:
    """Try to approve every request, in an order of one's own; the numbers this person was told are approved."""
    order = random.Random(person.login).sample(numbers, len(numbers))
    heard = set()
    with Desk(hub, person.login, tally) as desk:
        for number in order:
            while (form := desk.get(f"{BASE}/{number}").form("/approve")) is not None:
                try:
                    answer = desk.post(f"{BASE}/{number}/approve", form)
                except Lost:
                    continue
                if answer.status == 303:
                    heard.add(number)
                else:
                    assert answer.status == 422, answer.status
                    assert any(words in answer.alert() for words in ("空き", "すでに")), answer.alert()
                break
    return heard


def test_each_of_the_last_codes_goes_once_and_the_others_are_told(database_url: str, tmp_path: Path) -> None:
    data, tally = tmp_path / "data", Tally()
    with Registry.open(data, database_url) as registry:
        open_full_office(registry)
    server = running.serving(data, database_url, tmp_path / "server.log", "--no-worker")
    server.start()
    try:
        numbers = [ask(server.address, tally, index) for index in SEARCHED]
        with concurrent.futures.ThreadPoolExecutor(len(APPROVERS)) as pool:
            tasks = [pool.submit(approve_all, server.address, tally, who, numbers) for who in APPROVERS]
            kill_at_the_first(data, database_url, server)
            heard = [task.result() for task in tasks]
    finally:
        server.stop()
    assert not [status for status in tally.counts if status.endswith("500")], (tally.counts, server.said())
    with Registry.open(data, database_url) as registry:
        reckon(registry, heard)


def kill_at_the_first(data: Path, url: str, server: running.Program) -> None:
    """SIGKILL when the first code has been given out and the others are under way."""
    end = time.monotonic() + running.SECONDS
    with Registry.open(data, url) as registry:
        while True:
            with registry.reading_all() as session:
                if session.scalars(select(rows.Allocation)).first() is not None:
                    break
            assert time.monotonic() < end
            time.sleep(0.01)
    server.kill()
    server.start()


def reckon(registry: Registry, heard: list[set[int]]) -> None:
    with registry.reading_all() as session:
        given = list(session.scalars(select(rows.Allocation)))
        outcomes = list(session.scalars(select(rows.RequestOutcome)))
        requests = {row.id: row.number for row in session.scalars(select(rows.CharacterRequest))}
        total, entries = audit.list_entries(session, TOWN.lg, 0, 100_000, "request/")
        assert capacity(session, TOWN.lg, FULL, datetime.datetime.now(datetime.UTC)).free == 0
        chains = audit.chains(session)  # of the towns, and the hub's own, where logins and operators are
        assert {town.lg for town in TOWNS} < set(chains)
        assert [lg for lg in chains if audit.verify(session, lg).problems] == []
        characters = set(session.scalars(select(rows.HubCharacter.id)))
    last = {CP932.format(code) for code in list(CP932.codes())[-FREE:]}
    assert sorted(row.local_code for row in given) == sorted(last)
    assert {row.outcome for row in outcomes} == {"approved"}
    approved = {requests[row.request_id] for row in outcomes}
    assert len(outcomes) == len(approved) == FREE
    assert {requests[row.request_id] for row in given} == approved
    assert {row.character for row in outcomes} == {row.character for row in given} == characters
    assert len(characters) == FREE
    assert sum(map(len, heard)) == len(set().union(*heard))
    assert set().union(*heard) <= approved
    assert sum(entry.action == "approve_request" for entry in entries) == FREE
    assert sum(entry.action == "request_character" for entry in entries) == REQUESTS
    assert total == FREE + REQUESTS
