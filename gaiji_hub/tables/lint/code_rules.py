"""Rules about codes: rows that cannot be read, a code twice, one code to many characters, undeclared options."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gaiji_hub.tables.lint.evidence import misplaced
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error, warning
from gaiji_hub.tables.lint.rows import KNOWN_OPTIONS, NO_TEXT, Row, shown
from gaiji_hub.tables.lint.unicode_facts import is_mark

# か゚ and the tone letters of JIS X 0213 are written as two code points and are one character.
_TONE_LETTERS = range(0x02E5, 0x02EA)


def bad_rows(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """What could not be read, and rows that say nothing of their code."""
    for row in rows:
        for problem in row.problems:
            yield error(row.number, row.code, FindingClass.BAD_ROW, f"{problem}")
        if not (row.base or row.partner or row.selectors or row.problems or row.options & NO_TEXT):
            yield error(row.number, row.code, FindingClass.BAD_ROW, "行き先の符号位置も文字もありません")


def undeclared_options(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """Options nobody explained: what they would excuse is not excused."""
    for row in rows:
        for option in sorted(row.options - KNOWN_OPTIONS):
            message = f"注記 {option[:20]!a} の意味が分からないので、理由として扱いません"
            yield warning(row.number, row.code, FindingClass.UNDECLARED_OPTION, message)


def duplicate_codes(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """A code that two rows read, or a row repeated. Rows that are only written (encode_only, cjk_ci) are a reason."""
    places = {row.number: place for place, row in enumerate(rows)}
    for code, group in _groups(rows).items():
        if len(group) < 2:
            continue
        fitting = [row for row in group if not misplaced(rows, places[row.number])]
        for row, other in _repeated(group, _rightful(fitting, facts)):
            same = row.target == other.target and row.selectors == other.selectors
            what = "同じ内容の行が" if same else "内容の違う行が"
            message = f"コード {code} は {other.number} 件目にもあります（{what}重複、理由の注記なし）"
            yield error(row.number, code, FindingClass.DUPLICATE_CODE, message)
            if not same and row.base and other.base:
                message = f"行き先が {_forms(row)} と、{other.number} 件目の {_forms(other)} で違います"
                yield error(row.number, code, FindingClass.ONE_TO_MANY, message)


def several_targets(rows: Sequence[Row], _facts: Facts) -> Iterator[Finding]:
    """One row with several characters: alternatives in its cell, or a sequence that is not one character."""
    for row in rows:
        if row.others:
            every = "・".join(map(shown, (row.base, *row.others)))
            message = f"一つのコードに行き先が {len(row.others) + 1} あります: {every}"
            yield error(row.number, row.code, FindingClass.ONE_TO_MANY, message)
        bases = [point for point in row.base if not is_mark(point) and point not in _TONE_LETTERS]
        if len(bases) > 1 and "combination" not in row.options:
            message = f"一つのコードの行き先が {len(bases)} 文字です: {shown(row.base)}"
            yield error(row.number, row.code, FindingClass.ONE_TO_MANY, message)


def _forms(row: Row) -> str:
    return "・".join(dict.fromkeys(map(shown, row.forms)))


def _groups(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.value >= 0:
            groups[row.code].append(row)
    return groups


def _rightful(fitting: list[Row], facts: Facts) -> list[Row]:
    """Of the rows that stand where their code belongs: those a reference agrees with first."""
    return sorted(fitting, key=lambda row: not any(reference.agrees(row) for reference in facts.every_reference))


def _repeated(group: list[Row], rightful: list[Row]) -> Iterator[tuple[Row, Row]]:
    """Every row that has no right to its code, with the row that has it."""
    read = [row for row in group if row.is_read]
    stays = next((row for row in rightful if row in read), read[0] if read else group[0])
    blamed = {row.number for row in read if row is not stays} if len(read) > 1 else set()
    yield from ((row, stays) for row in read if row.number in blamed)
    seen: dict[tuple[object, ...], Row] = {}
    for row in group:
        content = (row.target, frozenset(row.selectors), row.partner)
        if content in seen and row.number not in blamed and seen[content].number not in blamed:
            yield row, seen[content]
        seen.setdefault(content, row)


RULES = (bad_rows, undeclared_options, duplicate_codes, several_targets)
