"""Clerks and approvers working through forms over HTTP, each in a thread, until every gaiji is settled.

Somebody whose answer was lost looks the act up in the history before sending it again, so that it is known which
acts happened: a decision by its grounds, an approval by its number and the approver's name, a release by its reason.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.system.desk import PAUSE, Answer, Desk, Lost, Tally
from tests.system.ledger import Act, Board, Ledger
from tests.system.office import SYSTEM, Staff, Town

VERDICTS = ("exact", "design_difference", "similar")
_NUMBER = re.compile(r"同定番号 (\d+)")


@dataclass
class Work:
    """What all hands share."""

    hub: Callable[[], str]
    board: Board
    ledger: Ledger
    tally: Tally = field(default_factory=Tally)


def home(lg: str) -> str:
    return f"/m/{lg}/{SYSTEM}"


def gaiji_path(lg: str, code: str) -> str:
    return f"{home(lg)}/gaiji/{code}"


def history(page: Answer) -> dict[int, str]:
    """Decision number → everything the history says of it."""
    told = (item.text_content() for item in page.tree.xpath("//ul[@class='history']/li"))
    return {int(match.group(1)): text for text in told if (match := _NUMBER.search(text))}


def with_token(page: Answer, token: str) -> int:
    """The number of the decision whose grounds carry `token`; 0 when the history has none."""
    found = [number for number, text in history(page).items() if token in text]
    assert len(found) <= 1, (token, found)
    return found[0] if found else 0


class Clerk:
    """Decides; now and then withdraws, undoes what is in force, and approves in the approver's place (代決)."""

    def __init__(self, work: Work, person: Staff, seed: int) -> None:
        self.work, self.person = work, person
        self.rng = random.Random(f"{seed}/{person.login}")

    def run(self) -> None:
        with Desk(self.work.hub, self.person.login, self.work.tally) as self.desk:
            while not self.work.board.done():
                code = self.work.board.take(self.person.town, self.rng)
                if code is None:
                    time.sleep(PAUSE)
                    continue
                number = self.decide(code)
                if number and self.rng.random() < 0.06:
                    self.withdraw(code, number)
                if self.rng.random() < 0.04:
                    self.undo()
                if self.person.town.lg == "994014" and self.rng.random() < 0.03:
                    Approver(self.work, self.person, 0, self.desk).sheet(self.person.town, acting=True)

    def decide(self, code: str) -> int:
        """The number of the decision made; 0 when a colleague was faster."""
        lg, token = self.person.town.lg, self.work.ledger.token("判定", self.person.login)
        while True:
            page = self.desk.get(gaiji_path(lg, code))
            if number := with_token(page, token):
                self._note("decide", token, number, heard=False)
                return number
            form = page.form("/decisions")
            if form is None:
                return 0
            try:
                answer = self.desk.post(f"{gaiji_path(lg, code)}/decisions", form | self.choice(page, token))
            except Lost:
                continue
            if answer.status == 303:
                number = int(answer.location.rpartition("=")[2])
                self._note("decide", token, number)
                return number
            if self.refused(answer):
                return 0

    def choice(self, page: Answer, token: str) -> dict[str, str]:
        offered = [field.get("value") for field in page.tree.xpath("//label[@class='candidate']/input[@name='glyph']")]
        if not offered or self.rng.random() < 0.1:
            return {"verdict": "none", "glyph": "", "ground": "other", "grounds": token}
        return {
            "verdict": self.rng.choice(VERDICTS),
            "glyph": self.rng.choice(offered),
            "ground": "other",
            "grounds": token,
        }

    def refused(self, answer: Answer) -> bool:
        """Whether a colleague was faster for good; False when it may be tried again."""
        assert answer.status in (409, 422), answer.status
        self.work.ledger.refuse(f"decide {answer.status}")
        assert answer.status == 409 or "承認待ち" in answer.alert(), answer.alert()
        return answer.status == 422

    def withdraw(self, code: str, number: int) -> None:
        lg = self.person.town.lg
        while True:
            page = self.desk.get(gaiji_path(lg, code))
            told = history(page)[number]
            if "取下げ" in told:
                self._note("withdrawn", "", number, heard=False)
                break
            form = page.form("/withdraw")
            if form is None or form["number"] != str(number):
                return
            try:
                answer = self.desk.post(f"{gaiji_path(lg, code)}/withdraw", form)
            except Lost:
                continue
            if answer.status == 303:
                self._note("withdrawn", "", number)
                break
            assert answer.status in (409, 422), answer.status
            self.work.ledger.refuse(f"withdraw {answer.status}")
            return
        self.work.board.back(lg, code)

    def undo(self) -> None:
        """取消 of a decision in force, which then waits for approval like any other."""
        lg, token = self.person.town.lg, self.work.ledger.token("取消", self.person.login)
        code = self.work.board.settled(lg, self.rng)
        while code is not None:
            page = self.desk.get(gaiji_path(lg, code))
            if number := with_token(page, token):
                self._note("undo", token, number, heard=False)
                return
            form = page.form("/undo")
            if form is None:
                return
            try:
                answer = self.desk.post(f"{gaiji_path(lg, code)}/undo", form | {"grounds": token})
            except Lost:
                continue
            if answer.status == 303:
                self._note("undo", token, int(answer.location.rpartition("=")[2]))
                return
            assert answer.status in (409, 422), answer.status
            self.work.ledger.refuse(f"undo {answer.status}")
            return

    def _note(self, kind: str, token: str, number: int, *, heard: bool = True) -> None:
        self.work.ledger.add(Act(kind, self.person.town.lg, self.person.login, token, (number,), heard))


class Approver:
    """Approves sheets of any town, at home or lent; sends some back; makes releases."""

    def __init__(self, work: Work, person: Staff, seed: int, desk: Desk | None = None) -> None:
        self.work, self.person, self.desk = work, person, desk
        self.rng = random.Random(f"{seed}/{person.login}")
        self._sheets = 0

    def run(self) -> None:
        with Desk(self.work.hub, self.person.login, self.work.tally) as self.desk:
            while not self.work.board.done():
                town = self.rng.choice(self.person.towns)
                if not self.sheet(town):
                    time.sleep(PAUSE)
                    continue
                self._sheets += 1
                if self._sheets % 6 == 0:
                    self.release(town)

    def drain(self) -> None:
        """Approve whatever still waits, and make a last release of every town."""
        with Desk(self.work.hub, self.person.login, self.work.tally) as self.desk:
            for town in self.person.towns:
                while self.sheet(town, answering=True):
                    pass
                self.release(town)

    def sheet(self, town: Town, *, acting: bool = False, answering: bool = False) -> bool:
        """Look at a sheet and answer it; False when there is nothing to answer."""
        page = self.desk.get(f"{home(town.lg)}/approve")
        shown = sheet_of(page)
        form = page.form("/approve")
        if not shown or form is None:
            return False
        if not (answering or acting) and self.rng.random() < 0.15:
            self.send_back(town, *self.rng.choice(shown))
            return True
        while True:
            try:
                remark = {"remark": "承認者が不在のため"} if acting else {}
                answer = self.desk.post(f"{home(town.lg)}/approve", form | remark)
            except Lost:
                if self._answered(town, shown[0], "承認済"):
                    self._approved(town, shown, heard=False)
                    return True
                continue
            if answer.status == 303:
                self._approved(town, shown)
            else:
                assert answer.status == 422, answer.status
                self.work.ledger.refuse("approve 422")
            return True

    def send_back(self, town: Town, number: int, code: str) -> None:
        form = self.desk.get(f"{home(town.lg)}/approve").form("/send-back")
        while form is not None:
            try:
                fields = form | {"number": str(number), "remark": "もう一度見てください"}
                answer = self.desk.post(f"{home(town.lg)}/approve/send-back", fields)
            except Lost:
                if not self._answered(town, (number, code), "差戻し"):
                    continue
                self._note("sent_back", town.lg, "", (number,), heard=False)
            else:
                if answer.status != 303:
                    assert answer.status == 422, answer.status
                    self.work.ledger.refuse("send_back 422")
                    return
                self._note("sent_back", town.lg, "", (number,))
            self.work.board.back(town.lg, code)
            return

    def release(self, town: Town) -> None:
        token = self.work.ledger.token("配布", self.person.login)
        path = f"{home(town.lg)}/releases"
        while True:
            page = self.desk.get(path)
            if number := _released(page, token):
                self._note("release", town.lg, token, (number,), heard=False)
                return
            form = page.form("/releases")
            if form is None:
                return
            # Undone decisions leave the next release, which asks whether that is meant.
            meant = {"dropping": "1"} if page.tree.xpath("//input[@name='dropping']") else {}
            try:
                answer = self.desk.post(path, form | meant | {"reason": token})
            except Lost:
                continue
            if answer.status == 303:
                number = int(answer.location.rpartition("/")[2].partition("?")[0])
                self._note("release", town.lg, token, (number,))
                return
            assert answer.status in (409, 422), answer.status
            self.work.ledger.refuse(f"release {answer.status}")
            return

    def _answered(self, town: Town, one: tuple[int, str], label: str) -> bool:
        """Whether the history says that this person answered decision `one` so."""
        told = history(self.desk.get(gaiji_path(town.lg, one[1]))).get(one[0], "")
        return bool(re.search(rf"{label}[^:]*: {self.person.name} ", told))

    def _approved(self, town: Town, shown: list[tuple[int, str]], *, heard: bool = True) -> None:
        self._note("approved", town.lg, "", tuple(number for number, _ in shown), heard=heard)
        self.work.board.settle(town.lg, [code for _, code in shown])

    def _note(self, kind: str, lg: str, token: str, numbers: tuple[int, ...], *, heard: bool = True) -> None:
        self.work.ledger.add(Act(kind, lg, self.person.login, token, numbers, heard))


def sheet_of(page: Answer) -> list[tuple[int, str]]:
    """Number and code of every decision on an approver's sheet."""
    found = []
    for heading in page.tree.xpath("//li[@class='sheet']/h2"):
        code, number = heading.xpath("string(.//code)"), re.search(r"第(\d+)号", heading.text_content())
        assert number is not None
        found.append((int(number.group(1)), code))
    return found


def _released(page: Answer, token: str) -> int:
    for row in page.tree.xpath("//tbody/tr"):
        if token in row.text_content():
            match = re.search(r"第(\d+)版", row.text_content())
            assert match is not None
            return int(match.group(1))
    return 0
