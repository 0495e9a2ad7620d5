"""見張り: sync again and again, saying one line per change. The clock, the pause and the output are the caller's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

EVERY_SECONDS = 20
MAX_PAUSE_SECONDS = 300


@dataclass(frozen=True)
class Round:
    """What one sync has to tell: `changes`, a line each; `problem`, the sentence of what failed, or ""; `note`, what
    stays true until it changes, or "".

    `waits`: the problem is one to wait for at the usual pace (nothing was published yet), not to back off from.
    """

    changes: tuple[str, ...] = ()
    problem: str = ""
    note: str = ""
    waits: bool = False


def watch(
    one_round: Callable[[], Round], wait: Callable[[float], bool], say: Callable[[str], None], every: int
) -> None:
    """Rounds until `wait(seconds)`, which pauses, answers that it is time to stop.

    The same problem or note in a row is said once; each failed round doubles the pause, up to five minutes (or `every`,
    when that is longer). That all is well again is said too.
    """
    said, noted, failures = "", "", 0
    while True:
        result = one_round()
        for line in result.changes:
            say(line)
        if result.note not in ("", noted):
            say(result.note)
        if result.problem != said:
            say(result.problem or "復旧しました")
        said, noted = result.problem, result.note
        failures = failures + 1 if result.problem and not result.waits else 0
        if wait(pause(every, failures)):
            return


def pause(every: int, failures: int) -> int:
    """Seconds until the next round after so many failed ones in a row."""
    return min(every << min(failures, 10), max(MAX_PAUSE_SECONDS, every))
