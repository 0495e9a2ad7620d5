"""A person at a desk: a real login, cookies and forms over HTTP, and the patience of somebody whose server may die.

What is only read is asked for again. What was sent and not answered is `Lost`: nobody knows whether it happened, so
it has to be looked up before it is repeated.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import httpx
from lxml import html

from tests.system.office import PASSWORD

PATIENCE = 240.0
PAUSE = 0.2


class Lost(Exception):
    """Sent, and no answer that says what became of it."""


class Tally:
    """How often each status was answered, by all hands together; "lost" for none."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: collections.Counter[str] = collections.Counter()
        self.waits: list[float] = []

    def add(self, what: str, seconds: float = 0.0) -> None:
        with self._lock:
            self.counts[what] += 1
            if seconds:
                self.waits.append(seconds)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    content: bytes

    @cached_property
    def tree(self) -> html.HtmlElement:
        return html.document_fromstring(self.content, parser=html.HTMLParser(encoding="utf-8"))

    @property
    def text(self) -> str:
        return self.tree.text_content()

    def form(self, action: str) -> dict[str, str] | None:
        """The hidden fields of the form whose action ends with `action`; None when the page has no such form."""
        for form in self.tree.xpath("//form"):
            if form.get("action", "").endswith(action):
                return {field.get("name"): field.get("value", "") for field in form.xpath(".//input[@type='hidden']")}
        return None

    def alert(self) -> str:
        return " ".join(found.text_content() for found in self.tree.xpath("//*[@role='alert']"))


class Desk:
    """`hub` says where the server is now. One person, one thread."""

    def __init__(self, hub: Callable[[], str], login: str, tally: Tally) -> None:
        self._hub, self._login, self._tally = hub, login, tally
        self._client = httpx.Client(timeout=PATIENCE)

    def __enter__(self) -> Desk:
        self._log_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str) -> Answer:
        """The page, asked for until it is answered."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = self._send("GET", path)
            except Lost:
                time.sleep(PAUSE)
                continue
            if not answer.location.startswith("/login"):
                return answer
            self._log_in()
        raise AssertionError(f"no answer: {path}")

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """The answer to a form sent once, or `Lost`."""
        answer = self._send("POST", path, form)
        if answer.location.startswith("/login"):
            self._log_in()
            raise Lost
        return answer

    def _send(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Answer:
        hub = self._hub()
        begun = time.monotonic()
        try:
            found = self._client.request(method, hub + path, data=form, headers={"Origin": hub})
        except httpx.TransportError:
            self._tally.add("lost")
            raise Lost from None
        self._tally.add(f"{method} {found.status_code}", time.monotonic() - begun)
        if found.status_code == 503:
            raise Lost
        return Answer(found.status_code, found.headers.get("location", ""), found.content)

    def _log_in(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = self._send("POST", "/login", {"login": self._login, "password": PASSWORD, "next": "/"})
            except Lost:
                time.sleep(PAUSE)
                continue
            assert (answer.status, answer.location) == (303, "/"), (self._login, answer.status)
            return
        raise AssertionError("could not log in")
