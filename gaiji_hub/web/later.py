"""Heavy reference data, loaded beside the start of the server so that the address opens at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from gaiji_hub.errors import HubError, Unavailable

T = TypeVar("T")


class StillLoading(Unavailable):
    code = "still_loading"
    template = "{what}を読み込んでいます。数秒後にもう一度お試しください"


class Later(Generic[T]):
    """A value that `load` makes once, in a thread after `start` or at the first `get`; read-only afterwards.

    A load that fails with one of our errors raises that error at every `get` and shows in `state`.
    """

    def __init__(self, what: str, load: Callable[[], T]) -> None:
        self.what = what
        self._load = load
        self._lock = threading.Lock()
        self._value: T | None = None
        self._error: HubError | None = None

    def start(self) -> None:
        threading.Thread(target=self._fill, name=f"load {self.what}", daemon=True).start()

    def get(self) -> T:
        """The value, waiting for it; the load's own error when it failed. Not for the event loop."""
        self._fill()
        return self._take()

    def now(self) -> T:
        """The value without waiting (for handlers on the event loop), or `StillLoading`."""
        if self._value is None and self._error is None:
            raise StillLoading(what=self.what)
        return self._take()

    @property
    def state(self) -> str:
        """`ready`, `loading`, or the code of the error that stopped it."""
        if self._error is not None:
            return self._error.code
        return "loading" if self._value is None else "ready"

    def _take(self) -> T:
        if self._error is not None:
            raise self._error
        if self._value is None:
            raise StillLoading(what=self.what)
        return self._value

    def _fill(self) -> None:
        with self._lock:
            if self._value is not None or self._error is not None:
                return
            try:
                self._value = self._load()
            except HubError as error:
                self._error = error
