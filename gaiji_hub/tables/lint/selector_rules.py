"""selector_unregistered: a base with a selector is a character only where a registry says so (UTS #37, SVS)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gaiji_hub.moji.text import is_selector
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error, warning
from gaiji_hub.tables.lint.rows import COLLECTIONS, PLAIN, Row, shown

# Moji_Joho took over the sequences of Hanyo-Denshi and went on numbering: tables call both by the older name.
_SUCCESSOR = {"Hanyo-Denshi": "Moji_Joho"}


def selector_unregistered(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Every sequence of the selector columns, and those only the text cell has."""
    for row in rows:
        said = {(base, selector) for _, base, selector in _columns(row)}
        for column, base, selector in _columns(row):
            yield from _judged(row, column, base, selector, facts)
        for base, selector in _of_text(row):
            if (base, selector) not in said:
                yield from _judged(row, PLAIN, base, selector, facts)


def _columns(row: Row) -> Iterator[tuple[str, int, int]]:
    if row.base:
        yield from ((column, row.base[-1], selector) for column, selector in row.selectors)


def _of_text(row: Row) -> Iterator[tuple[int, int]]:
    text = row.text or ()
    yield from ((base, selector) for base, selector in pairwise(text) if is_selector(selector))


def _judged(row: Row, column: str, base: int, selector: int, facts: Facts) -> Iterator[Finding]:
    kind = FindingClass.SELECTOR_UNREGISTERED
    sequence = shown((base, selector))
    if not is_selector(selector):
        yield error(row.number, row.code, kind, f"U+{selector:04X} は異体字セレクタではありません（{column} の欄）")
        return
    found = facts.registered(base, selector)
    wanted = COLLECTIONS.get(column)
    if not found:
        yield error(row.number, row.code, kind, f"異体字列 {sequence} はどのコレクションにも登録されていません")
    elif wanted and wanted not in found:
        others = "・".join(sorted(found))
        message = f"異体字列 {sequence} は {wanted} に登録されていません（{column} の欄。登録は {others}）"
        judge = warning if _SUCCESSOR.get(wanted) in found else error
        yield judge(row.number, row.code, kind, message)


RULES = (selector_unregistered,)
