"""sources_disagree: where a second source says another character, and what kind of difference it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaiji_hub.tables.lint.facts import Facts, Reference
from gaiji_hub.tables.lint.finding import Finding, FindingClass, note, warning
from gaiji_hub.tables.lint.rows import NO_TEXT, Row, Targets, shown
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


def sources_disagree(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Differences that are no shift, one each; what only one of the two has, one note per stretch of codes."""
    if facts.second is None:
        return
    second = facts.second
    shifted = {row.number for run in find_runs(rows, second) for row in run.rows}
    for row in rows:
        said = second.bases.get(row.code)
        if not said or not row.base or row.number in shifted or not row.is_read or row.target in said:
            continue
        if row.options & NO_TEXT:
            continue
        other = min(said)
        kind = difference(row.target, other, facts)
        message = f"{second.title} では {shown(other)}、この表では {shown(row.target)}（{kind}）"
        yield warning(row.number, row.code, FindingClass.SOURCES_DISAGREE, message)
    yield from _only_here(rows, second)
    yield from _only_there(rows, second)


def difference(one: Targets, other: Targets, facts: Facts) -> str:
    """What kind of difference two targets have, in words."""
    if len(one) != 1 or len(other) != 1:
        return "列の長さが違う"
    (a,), (b,) = one, other
    if (singleton(a) or a) == (singleton(b) or b):
        return "互換漢字"
    if frozenset((a, b)) in _CUSTOM or (width_or_font(a) or a) == (width_or_font(b) or b):
        return "全角半角・記号の慣用差"
    if category(a) == category(b) == "Lo" and (facts.related(a, b) or facts.related(b, a)):
        return "字体差"
    return "別の文字"


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
