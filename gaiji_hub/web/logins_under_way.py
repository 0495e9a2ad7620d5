"""途中のログイン: what the hub remembers between sending a browser to the OpenID provider and its return.

Kept in the process, found by a ticket that only that browser's cookie has, taken out when it is looked for: an
address brought back a second time, by another browser or after ten minutes finds nothing.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import threading
from dataclasses import dataclass

from gaiji_hub.services.oidc import Started

LASTS = datetime.timedelta(minutes=10)
MOST = 1_000


@dataclass(frozen=True)
class UnderWay:
    """`back`: the page that was asked for before the login."""

    started: Started
    back: str
    at: datetime.datetime


class LoginsUnderWay:
    """At most `MOST`; the oldest goes first, so that nobody fills the memory."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, UnderWay] = {}

    def keep(self, started: Started, back: str, at: datetime.datetime) -> str:
        """The ticket for the browser's cookie."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            self._kept[_hash(ticket)] = UnderWay(started, back, at)
            while len(self._kept) > MOST:
                del self._kept[next(iter(self._kept))]
        return ticket

    def take(self, ticket: str, at: datetime.datetime) -> UnderWay | None:
        """What was kept under the ticket, once; None for an unknown or an old one."""
        with self._lock:
            found = self._kept.pop(_hash(ticket), None)
        return found if found is not None and found.at <= at < found.at + LASTS else None


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
