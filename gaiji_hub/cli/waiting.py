"""A line on stderr when something takes longer than two seconds, for work that cannot say how far it is."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

QUIET_SECONDS = 2.0
EVERY_SECONDS = 5.0


@contextlib.contextmanager
def waiting(sentence: str) -> Iterator[None]:
    """Print `sentence` with the seconds after `QUIET_SECONDS` and then every `EVERY_SECONDS`, until the block ends."""
    done = threading.Event()

    def tell() -> None:
        seconds = QUIET_SECONDS
        pause = QUIET_SECONDS
        while not done.wait(pause):
            print(f"{sentence}（{seconds:.0f} 秒）", file=sys.stderr, flush=True)
            pause = EVERY_SECONDS
            seconds += EVERY_SECONDS

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()
