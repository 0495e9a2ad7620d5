"""normalisation_hazard: targets that other software turns into another character by canonical normalisation.

The effect is computed from the decomposition of single code points; nothing is normalised here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, note, warning
from gaiji_hub.tables.lint.rows import Row, Targets, without_selectors
from gaiji_hub.tables.lint.unicode_facts import compositions, singleton


def normalisation_hazards(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """A note for a character that would not survive; a warning where it seems to have happened to the row already."""
    for row in rows:
        happened = _happened(row, facts)
        if happened:
            yield warning(row.number, row.code, FindingClass.NORMALISATION_HAZARD, happened)
            continue
        for point in (*row.base, *(without_selectors(row.text) if row.text else ())):
            other = singleton(point)
            if other is not None:
                message = f"U+{point:04X} は正規化で U+{other:04X} に変わります（互換の文字）"
                yield note(row.number, row.code, FindingClass.NORMALISATION_HAZARD, message)
        for one, two in pairwise(row.target):
            if (one, two) in compositions():
                joined = compositions()[one, two]
                message = f"U+{one:04X} U+{two:04X} は正規化で U+{joined:04X} の1文字に変わります"
                yield warning(row.number, row.code, FindingClass.NORMALISATION_HAZARD, message)


def _happened(row: Row, facts: Facts) -> str:
    """The sentence when text and code point, or table and reference, differ just by canonical decomposition."""
    text = without_selectors(row.text) if row.text else ()
    if text and row.target and _differ_so(row.target, text):
        return f"符号位置 U+{row.base[0]:04X} と文字 U+{text[0]:04X} は正規化の前と後の文字です"
    for reference in facts.every_reference:
        said = reference.bases.get(row.code, frozenset())
        if row.is_read and said and row.target not in said:
            for other in said:
                if _differ_so(row.target, other):
                    words = f"{reference.title} では U+{other[0]:04X}、この表では U+{row.base[0]:04X}"
                    return f"{words}（正規化の前と後の文字）"
    return ""


def _differ_so(one: Targets, other: Targets) -> bool:
    return one != other and _fully(one) == _fully(other)


def _fully(targets: Targets) -> Targets:
    """What single canonical replacement and composition make of a short sequence."""
    plain = tuple(singleton(point) or point for point in targets)
    joined = [*plain[:1]]
    for point in plain[1:]:
        composed = compositions().get((joined[-1], point))
        if composed is None:
            joined.append(point)
        else:
            joined[-1] = composed
    return tuple(joined)


RULES = (normalisation_hazards,)
