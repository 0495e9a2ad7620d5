"""順番: how many requests may do something costly at once, so that the others still find a thread.

Handlers run in a pool of threads. What takes a core for a moment (a password check) or waits for a writer (opening
a session) is done in turn; who does not come up soon is told to come again.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from gaiji_hub.errors import Unavailable

AT_ONCE, WAITING, PATIENCE = 4, 4, 2.0


class TooManyLogins(Unavailable):
    code = "too_many_logins"
    template = "ログインが混み合っています。少し待ってから、もう一度実行してください"


class Turns:
    """`at_once` take their turn, `waiting` more wait for up to `patience` seconds: no thread beyond these is held."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, patience: float = PATIENCE) -> None:
        self._turns = threading.Semaphore(at_once)
        self._room = threading.Semaphore(at_once + waiting)
        self._patience = patience

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """One's turn for the block; `TooManyLogins` when it does not come."""
        if not self._room.acquire(blocking=False):
            raise TooManyLogins
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise TooManyLogins
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._room.release()
