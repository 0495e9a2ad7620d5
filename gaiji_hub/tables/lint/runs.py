"""Runs of displaced entries in two lists that should be equal: pure list work, places in, places out.

`mine[i]` is what the table has at the i-th common code, `said[i]` every value the reference allows there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from functools import cached_property

from gaiji_hub.tables.lint.rows import Targets

_STEPS = (1, -1, 2, -2)
_NEEDED = {1: 2, -1: 2, 2: 3, -2: 3}
# Of other distances that many entries have to agree, and no more distances than these are looked at.
_FAR_NEEDED = 4
_FAR_STEPS = 16
_SPREAD = 3
# How many displaced entries on the character of a spread run may belong.
_WINDOW = 2

Found = tuple[list[int], int, bool]


@dataclass(frozen=True)
class Comparison:
    """The two lists, of one length, in the order of the codes."""

    mine: list[Targets]
    said: list[frozenset[Targets]]

    def differs(self, place: int) -> bool:
        return self.mine[place] not in self.said[place]

    @cached_property
    def homes(self) -> dict[Targets, list[int]]:
        """Where the reference has each value."""
        homes: dict[Targets, list[int]] = {}
        for place, values in enumerate(self.said):
            for value in values:
                homes.setdefault(value, []).append(place)
        return homes


def neighbours(comparison: Comparison) -> Iterator[Found]:
    """(places, step, False): maximal stretches where every entry is the one `step` places on."""
    mine, said = comparison.mine, comparison.said
    length = len(mine)
    taken: set[int] = set()
    for step in (*_STEPS, *_far_steps(comparison)):

        def is_shifted(at: int, step: int = step) -> bool:
            inside = 0 <= at + step < length and at not in taken
            return inside and comparison.differs(at) and mine[at] in said[at + step]

        def is_blind(at: int, step: int = step) -> bool:
            """A shift cannot be seen where the reference repeats itself, nor where one entry is of neither list."""
            if not 0 <= at + step < length:
                return False
            alone = comparison.differs(at) and at + 1 < length and is_shifted(at + 1, step)
            return alone or bool(said[at] & said[at + step])

        for first, last in _stretches(length, is_shifted, is_blind, _NEEDED.get(step, _FAR_NEEDED)):
            places = _with_the_displaced(comparison, list(range(first, last + 1)), step)
            taken.update(places)
            yield places, step, False


def _far_steps(comparison: Comparison) -> list[int]:
    """The commonest distances from differing entries to the places of their values, beyond those always looked at."""
    counts: Counter[int] = Counter()
    for place in filter(comparison.differs, range(len(comparison.mine))):
        homes = comparison.homes.get(comparison.mine[place], ())
        if len(homes) < _FAR_NEEDED:
            counts.update(home - place for home in homes if home - place not in _STEPS)
    return [step for step, count in counts.most_common(_FAR_STEPS) if count >= _FAR_NEEDED]


def swaps(comparison: Comparison, explained: Container[int] = ()) -> Iterator[list[int]]:
    """Two neighbouring entries, not `explained`, each of which is the other's."""
    mine, said = comparison.mine, comparison.said
    free = -1
    for at in range(len(mine) - 1):
        crossed = comparison.differs(at) and mine[at] in said[at + 1] and mine[at + 1] in said[at]
        if crossed and comparison.differs(at + 1) and at > free and at not in explained and at + 1 not in explained:
            free = at + 1
            yield [at, at + 1]


def _stretches(
    length: int, shifted: Callable[[int], bool], blind: Callable[[int], bool], needed: int
) -> Iterator[tuple[int, int]]:
    """(first, last) of maximal stretches with `needed` shifted places or more; blind places only inside."""
    at = 0
    while at < length:
        if not shifted(at):
            at += 1
            continue
        first = last = at
        count, here = 1, at + 1
        while here < length and (shifted(here) or blind(here)):
            if shifted(here):
                last, count = here, count + 1
            here += 1
        if count >= needed:
            yield first, last
        at = last + 1


def _with_the_displaced(comparison: Comparison, places: list[int], step: int) -> list[int]:
    """The run, and beyond its end the entries that got what was pushed out at its beginning (a rotation)."""
    way = 1 if step > 0 else -1
    end = places[-1] if step > 0 else places[0]
    pushed_out = {value for place in places for value in comparison.said[place]}
    for beyond in (end + way * count for count in range(1, abs(step) + 1)):
        if not 0 <= beyond < len(comparison.mine) or not comparison.differs(beyond):
            break
        if comparison.mine[beyond] in pushed_out:
            places = sorted((*places, beyond))
    return places


def spread(comparison: Comparison, explained: Container[int] = ()) -> Iterator[Found]:
    """(places, ±1, True): runs of differing entries, none of them `explained`, whose values belong a few on.

    One entry that points the other way does not end a run of others. The entries whose values were taken belong to it.
    """
    left = [place for place in range(len(comparison.mine)) if place not in explained]
    moved = [(place, home) for place in left if (home := _home(comparison, place)) is not None]
    homes = dict(moved)
    for way in (1, -1):
        ordered = moved if way > 0 else moved[::-1]
        for run in _chains(ordered, way):
            # Single wrong entries have values whose own places are right: they form no chain.
            links = {at: homes[at] for at in run if comparison.differs(homes[at]) and homes[at] not in explained}
            if _longest(links) >= _SPREAD:
                yield sorted({*run, *links.values()}), way, True


def _longest(links: dict[int, int]) -> int:
    """How many entries the longest chain has, each with the value of the next. All links point one way."""
    longest = 0
    for place in links:
        length = 1
        while place in links and length <= len(links):
            place, length = links[place], length + 1
        longest = max(longest, length)
    return longest


def _home(comparison: Comparison, place: int) -> int | None:
    """The nearest place the reference has this entry's value, where that is another one."""
    if not comparison.differs(place):
        return None
    homes = comparison.homes.get(comparison.mine[place], [])
    return min(homes, key=lambda home: abs(home - place), default=None)


def _chains(moved: list[tuple[int, int]], way: int) -> Iterator[list[int]]:
    run: list[int] = []
    missed = 0
    for at, (place, home) in enumerate(moved):
        ahead = moved[min(at + _WINDOW, len(moved) - 1)][0]
        near = (home - place) * way > 0 and (home - ahead) * way <= 0
        if near or (at == len(moved) - 1 and (home - place) * way > 0 and run):
            run.append(place)
            missed = 0
            continue
        missed += 1
        if missed > 1:
            if len(run) >= _SPREAD:
                yield run
            run = []
    if len(run) >= _SPREAD:
        yield run
