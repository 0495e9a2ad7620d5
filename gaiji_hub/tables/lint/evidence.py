"""Which of two rows that contradict each other is the wrong one: what the rest of the table tells."""

from __future__ import annotations

from collections.abc import Sequence

from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.unicode_facts import singleton

# A target this many times farther from its neighbours' than the other row's is the foreign one.
_FOREIGN = 16


def misplaced(rows: Sequence[Row], place: int) -> bool:
    """Whether the row at `place` breaks the ascending order of its neighbours, or stands where a code is missing.

    Of 8D 8F 8F 90 it is the first 8F: 8E is missing there.
    """
    code = rows[place].value
    before = rows[place - 1].value if place else -1
    if place + 1 == len(rows):
        return before > code
    after = rows[place + 1].value
    if after == code and place + 2 < len(rows):
        return code - before == 2 and rows[place + 2].value - code == 1
    return before <= after and not before <= code <= after


def distance(rows: Sequence[Row], place: int) -> int:
    """How far a row's target is from the nearer of its neighbours' targets, in code points; -1 unknown."""
    if not rows[place].base:
        return -1
    around = [_plain(rows[at]) for at in (place - 1, place + 1) if 0 <= at < len(rows) and rows[at].base]
    return min((abs(_plain(rows[place]) - point) for point in around), default=-1)


def _plain(row: Row) -> int:
    """The first code point, a compatibility ideograph as what it decomposes to: where a list would have it."""
    return singleton(row.base[0]) or row.base[0]


def foreign(rows: Sequence[Row], places: Sequence[int]) -> list[int]:
    """Of rows with one target: the places where that target does not fit in, or [] when that cannot be told."""
    distances = {place: distance(rows, place) for place in places}
    nearest = min(distances.values())
    if nearest < 0:
        return []
    far = [place for place, found in distances.items() if found > _FOREIGN * max(nearest, 8)]
    return far if len(far) == len(places) - 1 else []
