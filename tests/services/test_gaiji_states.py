"""The state of a gaiji through everything that can be done to it, and the database's own count of the same."""

from __future__ import annotations

import random

import pytest

from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, send_back, sheet_hash, withdraw
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.gaiji_states import GaijiState, count_states, next_waiting, standings
from gaiji_hub.services.identification import Decision, decide, undo
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import locate
from gaiji_hub.services.overview import gaiji_page
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, GLYPH, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK
from tests.services.test_candidates import ANSWER

CODE = "F040"


class Hand:
    """Does one thing at a time to the gaiji of a town, each in a transaction of its own."""

    def __init__(self, store: Store, tables: Tables) -> None:
        self.store, self.tables = store, tables
        self.intake({0xE000 + index: 200 + index for index in range(4)})

    def intake(self, sizes: dict[int, int]) -> None:
        with self.store.writing() as session:
            record_intake(session, TOWN, SYSTEM, font(sizes), AT)

    def search(self, size: int) -> None:
        with self.store.writing() as session:
            record_candidates(session, TOWN, SYSTEM, {square(size).hash: ANSWER})

    def decide(self, code: str = CODE) -> int:
        with self.store.writing() as session:
            made = decide(session, self.tables, TOWN, SYSTEM, [Decision(code, Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        return made[0].number

    def approve(self, number: int) -> None:
        with self.store.writing() as session:
            shown = [one for one in pending(session, TOWN, SYSTEM) if one.number == number]
            approve(session, TOWN, SYSTEM, [number], sheet_hash(shown), AT, APPROVER)

    def send_back(self, number: int) -> None:
        with self.store.writing() as session:
            send_back(session, TOWN, SYSTEM, number, "字形が違う", AT, APPROVER)

    def withdraw(self, number: int) -> None:
        with self.store.writing() as session:
            withdraw(session, TOWN, SYSTEM, number, AT, CLERK)

    def undo(self, number: int) -> int:
        with self.store.writing() as session:
            return undo(session, TOWN, SYSTEM, number, "誤り", AT, CLERK).number

    def states(self) -> dict[str, str]:
        with self.store.reading() as session:
            return {one.local_code: one.state.value for one in standings(session, locate(session, TOWN, SYSTEM))}

    def state(self) -> str:
        return self.states()[CODE]


@pytest.fixture
def hand(store: Store, tables: Tables) -> Hand:
    return Hand(store, tables)


def test_a_gaiji_from_the_first_look_to_its_undoing(hand: Hand):
    seen = [hand.state()]
    hand.search(200)
    seen.append(hand.state())
    first = hand.decide()
    seen.append(hand.state())
    hand.send_back(first)
    seen.append(hand.state())
    second = hand.decide()
    hand.approve(second)
    seen.append(hand.state())
    taken_back = hand.undo(second)
    seen.append(hand.state())
    hand.approve(taken_back)
    seen.append(hand.state())
    assert seen == ["open", "candidates", "pending", "sent_back", "decided", "pending", "candidates"]


def test_what_is_withdrawn_was_never_decided(hand: Hand):
    hand.withdraw(hand.decide())
    assert hand.state() == "open"
    hand.send_back(hand.decide())
    hand.withdraw(hand.decide())
    assert hand.state() == "sent_back"


def test_an_undo_that_was_sent_back_leaves_the_gaiji_decided(hand: Hand):
    number = hand.decide()
    hand.approve(number)
    hand.send_back(hand.undo(number))
    assert hand.state() == "decided"


def test_a_correction_that_was_sent_back_is_shown_and_the_old_decision_stays_in_force(hand: Hand):
    number = hand.decide()
    hand.approve(number)
    hand.send_back(hand.decide())
    with hand.store.reading() as session:
        (line,) = gaiji_page(session, TOWN, SYSTEM, "sent_back", "", 0, 9).lines
    assert line.decision is not None
    assert line.newest is not None
    assert (line.decision.number, line.newest.number) == (number, number + 1)


def test_a_new_shape_is_undecided_and_the_old_one_is_decided_again(hand: Hand):
    hand.approve(hand.decide())
    hand.intake({0xE000: 900})
    assert hand.states() == {CODE: "open"}
    hand.intake({0xE000: 200})
    assert hand.states() == {CODE: "decided"}


def test_the_next_to_decide_is_found_whatever_lies_between(store: Store, tables: Tables):
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000 + index: 200 + index for index in range(200)}), AT)
        owner = locate(session, TOWN, SYSTEM)
        codes = [one.local_code for one in standings(session, owner)]
        most = [Decision(code, Verdict.EXACT, GLYPH, "一致") for code in (*codes[:3], *codes[4:190])]
        decide(session, tables, TOWN, SYSTEM, most, AT, CLERK)
        assert next_waiting(session, owner, codes[0]) == codes[3]
        assert next_waiting(session, owner, codes[3]) == codes[190]
        assert next_waiting(session, owner, codes[199]) == codes[3]
        rest = [Decision(code, Verdict.EXACT, GLYPH, "一致") for code in codes[190:]]
        decide(session, tables, TOWN, SYSTEM, rest, AT, CLERK)
        assert next_waiting(session, owner, codes[3]) is None


@pytest.mark.parametrize("seed", range(3))
def test_the_database_counts_what_the_list_shows(hand: Hand, seed: int):
    """Two ways to the same counts: the walk over one town's list, and one statement over all towns."""
    chance = random.Random(seed)
    numbers: dict[str, int] = {}
    for _ in range(25):
        states = hand.states()
        code = chance.choice(sorted(states))
        if states[code] == "pending":
            chance.choice((hand.approve, hand.approve, hand.send_back, hand.withdraw))(numbers[code])
        elif states[code] == "decided" and chance.random() < 0.5:
            with hand.store.reading() as session:
                (line,) = [
                    one for one in gaiji_page(session, TOWN, SYSTEM, "", "", 0, 9).lines if one.local_code == code
                ]
            assert line.decision is not None
            numbers[code] = hand.undo(line.decision.number)
        else:
            numbers[code] = hand.decide(code)
        with hand.store.reading() as session:
            page = gaiji_page(session, TOWN, SYSTEM, "", "", 0, 0)
            counted = count_states(session)[locate(session, TOWN, SYSTEM).id]
        shown = [page.states[state] for state in (GaijiState.PENDING, GaijiState.SENT_BACK, GaijiState.DECIDED)]
        assert [counted.gaiji, counted.pending, counted.sent_back, counted.decided] == [4, *shown]
