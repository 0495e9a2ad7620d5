"""shifted_run: rows in a row that have their neighbours' characters, seen against another statement of the same codes.

Three kinds are looked for. Between neighbouring codes, two rows one place off are enough: neighbours' characters do not
meet by chance; a larger constant distance needs four. Two neighbours may have been exchanged. Over the codes where the
sources differ, three rows in a row that each have the character of a code not far on are a run too: only some
characters of a list were moved. Compatibility ideographs count as what they decompose to, since sources differ in which
they name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gaiji_hub.tables.lint.compare import Comparer
from gaiji_hub.tables.lint.facts import Facts, Reference
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error
from gaiji_hub.tables.lint.rows import Row, Targets, without_selectors
from gaiji_hub.tables.lint.runs import Comparison, neighbours, spread, swaps
from gaiji_hub.tables.lint.unicode_facts import singleton

_SPREAD = 3


@dataclass(frozen=True)
class Run:
    """Rows in the order of their codes; each has what the reference has `step` places on (spread: some places on).

    Step 0: two rows that have each other's characters.
    """

    rows: tuple[Row, ...]
    step: int
    spread: bool


def shifted_runs(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Every row of every run, once, by the first reference that shows it."""
    told: set[int] = set()
    for reference in _references(rows, facts):
        for run in find_runs(rows, reference):
            message = _message(run, reference)
            for row in run.rows:
                if row.number not in told:
                    told.add(row.number)
                    yield error(row.number, row.code, FindingClass.SHIFTED_RUN, message)


def _references(rows: Sequence[Row], facts: Facts) -> Iterator[Reference]:
    if facts.second:
        yield facts.second
    yield from facts.references
    texts = {row.code: frozenset((without_selectors(row.text),)) for row in rows if row.text}
    if texts:
        yield Reference("この表の文字の欄", texts)


def find_runs(rows: Sequence[Row], reference: Reference) -> list[Run]:
    """The runs against one reference, those of neighbours first; no row is in two of them."""
    comparer = Comparer.of(rows, reference)
    common = sorted(filter(comparer.comparable, rows), key=lambda row: (row.length, row.value))
    comparison = Comparison(
        [_plain(comparer.mine(row)) for row in common],
        [frozenset(map(_plain, comparer.said(row.code))) for row in common],
    )
    homes = _missing_homes(common, comparer)
    near = list(neighbours(comparison))
    found = [*near, *spread(comparison, {place for places, _, _ in near for place in places})]
    runs, taken = list[Run](), set[int]()
    for places, step, is_spread in found:
        free = [place for place in _to_the_gap(common, places, step, homes) if place not in taken]
        if len(free) >= len(places) or len(free) > _SPREAD:
            taken.update(free)
            runs.append(Run(tuple(common[place] for place in free), step, is_spread))
    if reference.close:  # KEIS78 has ⊂⊃ the other way round than JIS
        runs.extend(Run(tuple(common[place] for place in pair), 0, spread=False) for pair in swaps(comparison, taken))
    return runs


def _missing_homes(common: list[Row], comparer: Comparer) -> dict[Targets, list[tuple[int, str]]]:
    """Characters the reference has at codes this table has none of → those codes, by length and value."""
    ours = {row.code for row in common}
    homes: dict[Targets, list[tuple[int, str]]] = {}
    for code in comparer.reference.bases.keys() - ours:
        for form in comparer.said(code):
            homes.setdefault(_plain(form), []).append((len(code), code))
    return homes


def _to_the_gap(
    common: list[Row], places: list[int], step: int, homes: dict[Targets, list[tuple[int, str]]]
) -> list[int]:
    """The run and the row at its end whose character belongs to the code that was left out, next to it."""
    if abs(step) != 1:
        return places
    end = places[-1] + 1 if step > 0 else places[0] - 1
    if not 0 <= end < len(common):
        return places
    row, after = common[end], common[end + step] if 0 <= end + step < len(common) else None
    at, limit = (len(row.code), row.code), (len(after.code), after.code) if after else None
    for home in homes.get(_plain(row.forms[0]), ()) or homes.get(_plain(row.target), ()):
        near = (
            home > at and (limit is None or home <= limit)
            if step > 0
            else home < at and (limit is None or home >= limit)
        )
        if near:
            return sorted((*places, end))
    return places


def _plain(target: Targets) -> Targets:
    return tuple(singleton(point) or point for point in target)


def _message(run: Run, reference: Reference) -> str:
    first, last = run.rows[0].code, run.rows[-1].code
    way = "後" if run.step > 0 else "前"
    if not run.step:
        return f"{first} と {last} の文字が入れ替わっています（{reference.title} と比べて）"
    if run.spread:
        what = f"違いのあるコードの並びで、{way}のほうのコードの文字になっています"
    else:
        what = f"{abs(run.step)} つ{way}のコードの文字になっています"
    return f"{first}〜{last} の {len(run.rows)} 行がずれています: {what}（{reference.title} と比べて）"


RULES = (shifted_runs,)
