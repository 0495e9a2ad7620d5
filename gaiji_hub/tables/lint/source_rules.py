"""sources_disagree: where a second source, or our table of the declared system, says another character, and how."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaiji_hub.tables.lint.compare import Comparer
from gaiji_hub.tables.lint.facts import Facts, Reference
from gaiji_hub.tables.lint.finding import Finding, FindingClass, note, warning
from gaiji_hub.tables.lint.revisions import PAIRS
from gaiji_hub.tables.lint.rows import Row, Targets, shown, without_selectors
from gaiji_hub.tables.lint.shift_rules import find_runs
from gaiji_hub.tables.lint.unicode_facts import category, singleton, width_or_font

# Pairs that code tables of the industry disagree about since the first mappings to Unicode.
_CUSTOM = frozenset(
    frozenset(pair)
    for pair in (
        (0x301C, 0xFF5E),
        (0x2016, 0x2225),
        (0x2212, 0xFF0D),
        (0x2014, 0x2015),
        (0x00A2, 0xFFE0),
        (0x00A3, 0xFFE1),
        (0x00AC, 0xFFE2),
        (0x00A6, 0xFFE4),
        (0x00A5, 0xFFE5),
        (0x203E, 0xFFE3),
        (0x00AF, 0xFFE3),
        (0x00B7, 0x30FB),
        (0x22EF, 0x2026),
        (0x2299, 0x25CE),
    )
)


_SELECTORS, _LENGTHS, _SHAPES, _OTHER = "異体字セレクタの違い", "列の長さが違う", "字体差", "別の文字"
_KNOWN = "。資料どうしの食い違いとして手元に記録があります"
# Differences from our own table that a person has to look at; others are customs that both sides may have.
_SERIOUS = frozenset((_SELECTORS, _LENGTHS, _SHAPES, _OTHER))
_ENOUGH_ROWS = 10
_AGREES = 0.8


def sources_disagree(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Differences that are no shift, one each; what only one of the two has, one note per stretch of codes."""
    told: set[int] = set()
    if facts.second is not None:
        for row, message, _, _ in _differences(rows, facts.second, facts):
            told.add(row.number)
            yield warning(row.number, row.code, FindingClass.SOURCES_DISAGREE, message)
        yield from _only_here(rows, facts.second)
        yield from _only_there(rows, facts.second)
    for reference in facts.references:
        if reference.own:
            yield from (found for found in _from_own(rows, reference, facts) if found.row not in told)


def _from_own(rows: Sequence[Row], own: Reference, facts: Facts) -> Iterator[Finding]:
    """Regular codes where our table of the declared system says another character; none where it rarely agrees."""
    regular = [row for row in rows if not (facts.system and facts.system.contains(row.value))]
    asked = [row for row in regular if row.base and row.code in own.bases]
    if len(asked) < _ENOUGH_ROWS or sum(map(own.agrees, asked)) < _AGREES * len(asked):
        return
    for row, message, kind, mine in _differences(regular, own, facts):
        known = bool({mine, row.target} & own.rejected(row.code))
        revised = any(frozenset((*row.target, *base)) in PAIRS for base in own.bases[row.code])
        judge = warning if kind in _SERIOUS and not known and not revised else note
        yield judge(row.number, row.code, FindingClass.SOURCES_DISAGREE, f"{message}{_KNOWN if known else ''}")


def _differences(rows: Sequence[Row], other: Reference, facts: Facts) -> Iterator[tuple[Row, str, str, Targets]]:
    """(row, message, kind, what the row says) where the two differ; exchanged neighbours too, longer runs not."""
    comparer = Comparer.of(rows, other)
    shifted = {row.number for run in find_runs(rows, other) if run.step for row in run.rows}
    for row in filter(comparer.comparable, rows):
        if row.number in shifted or comparer.agrees(row):
            continue
        mine, said = comparer.mine(row), sorted(comparer.said(row.code))
        theirs = next((one for one in said if without_selectors(one) == row.target), said[0])
        kind = difference(mine, theirs, facts)
        yield row, f"{other.title} では {shown(theirs)}、この表では {shown(mine)}（{kind}）", kind, mine


def difference(one: Targets, other: Targets, facts: Facts) -> str:
    """What kind of difference two targets have, in words."""
    one, other = without_selectors(one), without_selectors(other)
    if one == other:
        return _SELECTORS
    if len(one) != 1 or len(other) != 1:
        return _LENGTHS
    (a,), (b,) = one, other
    if (singleton(a) or a) == (singleton(b) or b):
        return "互換漢字"
    if frozenset((a, b)) in _CUSTOM or (width_or_font(a) or a) == (width_or_font(b) or b):
        return "全角半角・記号の慣用差"
    if category(a) == category(b) == "Lo" and (facts.related(a, b) or facts.related(b, a)):
        return _SHAPES
    return _OTHER


def _only_here(rows: Sequence[Row], second: Reference) -> Iterator[Finding]:
    ordered = sorted((row for row in rows if row.value >= 0), key=lambda row: (row.length, row.value))
    stretch: list[Row] = []
    for row in ordered:
        if row.code in second.bases:
            yield from _said_once(stretch, second)
            stretch = []
        else:
            stretch.append(row)
    yield from _said_once(stretch, second)


def _said_once(stretch: list[Row], second: Reference) -> Iterator[Finding]:
    if stretch:
        first, last = stretch[0], stretch[-1]
        message = f"{first.code}〜{last.code} の {len(stretch)} 行は {second.title} にありません"
        yield note(first.number, first.code, FindingClass.SOURCES_DISAGREE, message)


def _only_there(rows: Sequence[Row], second: Reference) -> Iterator[Finding]:
    """Codes this table lacks: row 0, for there is none; one note for all codes between two of ours."""
    ours = {row.code for row in rows}
    ordered = sorted(ours | second.bases.keys(), key=lambda code: (len(code), code))
    stretch: list[str] = []
    for code in (*ordered, ""):
        if code and code not in ours:
            stretch.append(code)
        elif stretch:
            message = f"{stretch[0]}〜{stretch[-1]} の {len(stretch)} コードは {second.title} にだけあります"
            yield note(0, stretch[0], FindingClass.SOURCES_DISAGREE, message)
            stretch = []


RULES = (sources_disagree,)
