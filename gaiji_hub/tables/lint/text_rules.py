"""Rules about a row's own text: it must be what the code points and selectors of the row say.

Tables differ in what their text cell shows of a row with selectors: the sequence of one of the collections, or the bare
base. What most rows of the table do is its convention; a row that does otherwise contradicts itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error, warning
from gaiji_hub.tables.lint.rows import COLLECTIONS, NO_TEXT, PLAIN, Row, few, only_selectors, shown, without_selectors
from gaiji_hub.tables.lint.unicode_facts import REPLACEMENT, category

_FEW = 3
_MOST = 0.6
_COLUMN_NEEDS = 5
_ALMOST_ALL = 0.9


@dataclass(frozen=True)
class Convention:
    """`bare`: the text shows the base alone even where there is a selector. `column`: whose selector it shows."""

    bare: bool
    column: str


def text_disagrees(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """The text is none of the forms the columns allow."""
    habit = convention(rows)
    for row in _with_text(rows):
        assert row.text is not None
        if row.text not in _allowed(row, habit):
            message = f"文字の欄は {shown(row.text)} ですが、符号位置の欄では {'・'.join(map(shown, row.forms))} です"
            yield error(row.number, row.code, FindingClass.TEXT_DISAGREES, message)


def selector_disagrees(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """Base and text agree, the selectors do not; or a selector has nothing to select."""
    habit = convention(rows)
    yield from _without_base(rows)
    for row in _with_text(rows):
        assert row.text is not None
        message = _difference(row, habit) if without_selectors(row.text) == row.target else ""
        if message:
            yield error(row.number, row.code, FindingClass.SELECTOR_DISAGREES, message)
        elif habit.column and _form(row, habit.column) not in ((), row.text) and row.text in row.forms:
            message = f"文字の欄 {shown(row.text)} は、この表がほかの行で使う {habit.column} の形ではありません"
            yield warning(row.number, row.code, FindingClass.SELECTOR_DISAGREES, message)


def contradicting_collections(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """One shape of a collection at two shapes of the other: one of the two rows has the wrong selector."""
    for one, other in (("hd", "aj1"), ("aj1", "hd")):
        first: dict[tuple[object, int], list[tuple[Row, int]]] = {}
        for row in rows:
            found = dict(row.selectors)
            if one in found and other in found:
                first.setdefault((row.base, found[one]), []).append((row, found[other]))
        for (_, selector), group in first.items():
            if len({said for _, said in group}) > 1:
                codes = few(row.code for row, _ in group)
                message = f"{one} の U+{selector:04X} が同じ行（{codes}）で {other} が違います"
                yield from (warning(row.number, row.code, FindingClass.SELECTOR_DISAGREES, message) for row, _ in group)


def convention(rows: Sequence[Row]) -> Convention:
    """What this table's text cells show of rows with selectors."""
    selected = [row for row in _with_text(rows) if row.selectors]
    bare = sum(row.text == row.target for row in selected)
    both = [row for row in selected if _form(row, "hd") and _form(row, "aj1") and _form(row, "hd") != _form(row, "aj1")]
    column = ""
    for name in ("hd", "aj1"):
        shows = sum(row.text == _form(row, name) for row in both)
        if len(both) >= _COLUMN_NEEDS and shows >= _ALMOST_ALL * len(both):
            column = name
    return Convention(len(selected) >= _FEW and bare >= _MOST * len(selected), column)


def _allowed(row: Row, habit: Convention) -> tuple[tuple[int, ...], ...]:
    return (*row.forms, row.target) if habit.bare else row.forms


def _form(row: Row, column: str) -> tuple[int, ...]:
    """Base and selector of one column; () where the row has none."""
    selector = dict(row.selectors).get(column)
    return () if selector is None else (*row.base, selector)


def _difference(row: Row, habit: Convention) -> str:
    assert row.text is not None
    mine, said = only_selectors(row.text), [selector for _, selector in row.selectors]
    if row.text in _allowed(row, habit):
        return ""
    if not said:
        return f"文字の欄に異体字セレクタ {shown(mine)} がありますが、セレクタの欄にはありません"
    if not mine:
        return f"セレクタの欄は {shown(said)} ですが、文字の欄は選択子のない {shown(row.text)} です"
    return f"文字の欄の異体字セレクタは {shown(mine)} ですが、セレクタの欄は {shown(said)} です"


def _without_base(rows: Sequence[Row]) -> Iterator[Finding]:
    for row in rows:
        if row.selectors and not row.base:
            message = f"異体字セレクタ {shown(s for _, s in row.selectors)} がありますが、基底の文字がありません"
            yield error(row.number, row.code, FindingClass.SELECTOR_DISAGREES, message)
        yield from _several_selectors(row)


def _several_selectors(row: Row) -> Iterator[Finding]:
    """Two selectors where one shape is meant: of one column, in the cells of a row, or of no collection's column."""
    kind = FindingClass.SELECTOR_DISAGREES
    for column in dict.fromkeys(column for column, _ in row.selectors):
        said = [selector for name, selector in row.selectors if name == column]
        if len(said) > 1:
            where = "符号位置とセレクタの欄" if column == PLAIN else f"{column} の欄"
            yield error(row.number, row.code, kind, f"{where}に異体字セレクタが {len(said)} あります: {shown(said)}")
    named = [selector for column, selector in row.selectors if column in COLLECTIONS]
    for column, selector in row.selectors:
        if named and column == PLAIN and selector not in named:
            message = f"異体字セレクタ {shown((selector,))} は、コレクションの欄の {shown(named)} と違います"
            yield error(row.number, row.code, kind, message)


def _with_text(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows whose text cell is meant to be the character: not a stand-in, not the name of a control."""
    for row in rows:
        if row.text is None or not row.base or row.options & NO_TEXT or row.base == (REPLACEMENT,):
            continue
        named = len(row.text) > 1 and all(0x20 < point < 0x7F for point in row.text)
        if not (named and category(row.base[0]) in ("Cc", "Zs")):
            yield row


RULES = (text_disagrees, selector_disagrees, contradicting_collections)
