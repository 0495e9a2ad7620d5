"""collision: several codes whose characters would all be written as one of them on the way back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gaiji_hub.tables.lint.evidence import foreign, misplaced
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, note, warning
from gaiji_hub.tables.lint.rows import COLLECTIONS, PLAIN, Row, shown
from gaiji_hub.tables.lint.unicode_facts import REPLACEMENT

# Options that say: this row stands in for a character another code has.
_STANDS_IN = frozenset(("substitution", "compatible", "combination"))
Key = tuple[str, object]
_NAMED = 5


def collisions(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Once per losing row; where nothing tells which of them loses, at each of them."""
    places = {row.number: place for place, row in enumerate(rows)}
    told: set[int] = set()
    for (column, _), group in _groups(rows).items():
        if len({row.code for row in group}) < 2:
            continue
        losers = _losers(group, rows, places, facts)
        declared = sum(not row.options & _STANDS_IN for row in group) < 2
        known = any(all(map(reference.agrees, group)) for reference in facts.references)
        judge = note if declared or known else warning
        codes = list(dict.fromkeys(row.code for row in group))
        for row in losers:
            if row.number not in told:
                told.add(row.number)
                yield judge(row.number, row.code, FindingClass.COLLISION, _message(row, codes, known, column))


def _groups(rows: Sequence[Row]) -> dict[Key, list[Row]]:
    """Rows by what they are written from: the bare base, and the sequence of each collection."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        if row.value >= 0 and row.is_written:
            for key in set(_keys(row)):
                groups[key].append(row)
    return groups


def _keys(row: Row) -> Iterator[Key]:
    if row.partner:
        yield "partner", row.partner
    if not row.base or row.base == (REPLACEMENT,):
        return
    by_collection = [(column, selector) for column, selector in row.selectors if column in COLLECTIONS]
    yield from ((column, (row.base, selector)) for column, selector in by_collection)
    plain = tuple(selector for column, selector in row.selectors if column not in COLLECTIONS)
    if "oneway" not in row.options:
        yield "", (row.target, plain)


def _losers(group: list[Row], rows: Sequence[Row], places: dict[int, int], facts: Facts) -> list[Row]:
    """The rows that are in the wrong, by the first evidence that tells some from the others; all when none does."""
    wrong = [
        *([row for row in group if not reference.agrees(row)] for reference in facts.every_reference),
        *(
            [row for row in group if reference.contradicts(row)]
            for reference in facts.every_reference
            if reference.close
        ),
        [row for row in group if row.options & _STANDS_IN],
        [row for row in group if row.text is not None and row.text not in row.forms],
        [row for row in group if misplaced(rows, places[row.number])],
    ]
    for losers in wrong:
        if 0 < len(losers) < len(group):
            return losers
    if not any(row.partner for row in group):
        far = foreign(rows, [places[row.number] for row in group])
        if far:
            return [rows[place] for place in far]
    return group


def _written(row: Row, column: str) -> tuple[int, ...]:
    """What the row is written from, for the selectors of a column."""
    selectors = [selector for name, selector in row.selectors if name == (column or PLAIN)]
    return (*row.target, *selectors)


def _message(row: Row, codes: list[str], known: bool, column: str) -> str:
    """`codes` are those of the whole group; the first few are named, without making a list of them per row."""
    named = [code for code in codes[: _NAMED + 1] if code != row.code][:_NAMED]
    more = len(codes) - 1 - len(named)
    others = "・".join(named) + (f" ほか {more:,} コード" if more > 0 else "")
    what = f"コード {row.partner}" if row.partner else shown(_written(row, column))
    reason = "（この文字コード体系の標準どおりの重複）" if known else ""
    return f"{what} は {others} とも同じで、戻すとどちらかのコードになります{reason}"


RULES = (collisions,)
