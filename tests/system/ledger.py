"""What the hands know: which gaiji are still to be settled, and every act whose outcome they were told or looked up."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.system.office import TOWNS, Town


@dataclass(frozen=True)
class Act:
    """`kind` is the audit trail's action. `token` is written in its grounds or reason and nowhere else.

    `heard`: its answer arrived; otherwise the answer was lost and the act was found when it was looked up.
    """

    kind: str
    lg: str
    login: str
    token: str
    numbers: tuple[int, ...]
    heard: bool


@dataclass
class Ledger:
    """All acts of all hands, and every token that was ever sent."""

    acts: list[Act] = field(default_factory=list)
    sent: set[str] = field(default_factory=set)
    refused: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, act: Act) -> None:
        with self.lock:
            self.acts.append(act)

    def token(self, what: str, login: str) -> str:
        """A word that is about to be sent, and that nobody else ever sends."""
        with self.lock:
            token = f"{what}-{login}-{len(self.sent) + 1:06d}."
            self.sent.add(token)
        return token

    def refuse(self, what: str) -> None:
        with self.lock:
            self.refused[what] = self.refused.get(what, 0) + 1

    def of(self, kind: str) -> list[Act]:
        return [act for act in self.acts if act.kind == kind]


class Board:
    """The gaiji nobody has taken yet (`waiting`) and those without an approved decision (`unsettled`)."""

    def __init__(self, count: int, seconds: float) -> None:
        self._lock = threading.Lock()
        self._waiting = {town.lg: [town.local(n) for n in range(count)] for town in TOWNS}
        self._unsettled = {(lg, code) for lg, codes in self._waiting.items() for code in codes}
        self._settled: dict[str, list[str]] = {town.lg: [] for town in TOWNS}
        self._total = len(self._unsettled)
        self._end = time.monotonic() + seconds

    def take(self, town: Town, rng: random.Random) -> str | None:
        """A gaiji to decide, now and then one that a colleague has taken too; None while there is none."""
        with self._lock:
            codes = self._waiting[town.lg]
            if not codes:
                return None
            code = codes.pop(rng.randrange(len(codes)))
            if rng.random() < 0.1:
                codes.append(code)
            self._unsettled.add((town.lg, code))
            return code

    def back(self, lg: str, code: str) -> None:
        """Sent back or withdrawn: somebody has to decide it again."""
        with self._lock:
            self._waiting[lg].append(code)
            self._unsettled.add((lg, code))

    def settle(self, lg: str, codes: Iterable[str]) -> None:
        with self._lock:
            for code in codes:
                self._unsettled.discard((lg, code))
                self._settled[lg].append(code)

    def settled(self, lg: str, rng: random.Random) -> str | None:
        with self._lock:
            return rng.choice(self._settled[lg]) if self._settled[lg] else None

    def progress(self) -> float:
        with self._lock:
            return 1 - len(self._unsettled) / self._total

    def done(self) -> bool:
        """Everything settled. Fails the test when it takes longer than any slow machine explains."""
        with self._lock:
            assert time.monotonic() < self._end, f"still unsettled: {sorted(self._unsettled)[:20]}"
            return not self._unsettled
