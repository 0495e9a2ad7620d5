"""Rules about targets: code points that no text may hold, or that are not the character a code stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from gaiji_hub.moji.text import is_pua, is_selector
from gaiji_hub.tables.lint.area_rules import is_user_table
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error, note, warning
from gaiji_hub.tables.lint.rows import NO_TEXT, Row
from gaiji_hub.tables.lint.unicode_facts import LAST, REPLACEMENT, category, is_noncharacter, jis_marks

_SOFT_HYPHEN = 0xAD
_COUNTING = 4
_SEVERAL = 10
_FORMAT = {
    range(0x202A, 0x202F): "文字の向きを変える制御文字です",
    range(0x2066, 0x206A): "文字の向きを変える制御文字です",
    range(0x200E, 0x2010): "文字の向きを変える制御文字です",
    range(0xE0000, 0xE0080): "タグ文字です",
}


def bad_targets(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Every code point of every target. What our own table of the system has too is the standard's, and a note."""
    for row in rows:
        reason = next(filter(None, (_reason(row, point) for point in _points(row))), "")
        odd = "" if reason else next(filter(None, (_odd(row, point) for point in _points(row))), "")
        if reason:
            yield error(row.number, row.code, FindingClass.BAD_TARGET, reason)
        elif odd:
            known = any(reference.agrees(row) for reference in facts.references)
            message = f"{odd}（標準の表もそうです）" if known else odd
            yield (note if known else error)(row.number, row.code, FindingClass.BAD_TARGET, message)
    yield from _private(rows, facts)
    yield from _lone_marks(rows)


def _points(row: Row) -> Iterator[int]:
    yield from row.base
    for other in row.others:
        yield from other


def _reason(row: Row, point: int) -> str:
    """Why a code point cannot be (part of) a target, or ""."""
    name = f"U+{point:04X}"
    if point > LAST:
        return f"行き先 {name} は U+10FFFF を超えています"
    if is_selector(point):
        return f"行き先 {name} は異体字セレクタだけで、基底の文字がありません"
    kind = category(point)
    if kind == "Cs":
        return f"行き先 {name} はサロゲートで、文字ではありません"
    if is_noncharacter(point):
        return f"行き先 {name} は文字として使えない符号位置（noncharacter）です"
    if kind == "Cn":
        return f"行き先 {name} は文字が割り当てられていません"
    if kind == "Cc":
        return f"{row.length} バイトのコードの行き先が制御文字 {name} です" if row.length > 1 else ""
    if point == REPLACEMENT and not row.options & NO_TEXT:
        return f"行き先 {name} は「文字がない」印です（unmappable の注記がありません）"
    return ""


def _odd(row: Row, point: int) -> str:
    """Why an assigned code point is not what a kanji or sign should be, or "". A standard may still have it."""
    kind, name = category(point), f"U+{point:04X}"
    if kind == "Cf" and point != _SOFT_HYPHEN:
        what = next((text for points, text in _FORMAT.items() if point in points), "見えない書式文字です")
        return f"行き先 {name} は{what}"
    if kind in ("Zl", "Zp"):
        return f"行き先 {name} は改行の文字です"
    if kind.startswith("M") and point == row.base[0] and point not in jis_marks():
        return f"行き先 {name} は結合文字だけで、基底の文字がありません"
    return ""


def _private(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """私用領域: what user-defined codes are for and whole rows of some systems have; elsewhere a mistake."""
    user_table = is_user_table(rows, facts.system)
    meant, strange = list[Row](), list[Row]()
    for at, row in enumerate(rows):
        if any(map(is_pua, _points(row))):
            is_meant = user_table or _is_convention(rows, at) or _is_user_defined(row, facts)
            (meant if is_meant or any(reference.agrees(row) for reference in facts.references) else strange).append(row)
    if facts.system is None and len(unknown := [row for row in strange if not _is_known(row, facts)]) >= _SEVERAL:
        # So many private targets at codes no table of ours has: a town's table with some of its characters known.
        strange = [row for row in strange if _is_known(row, facts)]
        meant = sorted((*meant, *unknown), key=lambda row: row.number)
    if meant:
        message = (
            f"行き先が私用領域の行が {len(meant)} 行あります（最初の行に示します。外字の領域ならそのままで正しい）"
        )
        yield note(meant[0].number, meant[0].code, FindingClass.BAD_TARGET, message)
    for row in strange:
        message = f"行き先 U+{next(filter(is_pua, _points(row))):04X} は私用領域で、団体ごとに別の文字です"
        yield warning(row.number, row.code, FindingClass.BAD_TARGET, message)


def _is_user_defined(row: Row, facts: Facts) -> bool:
    return facts.system is not None and row.value >= 0 and facts.system.contains(row.value)


def _is_known(row: Row, facts: Facts) -> bool:
    return any(row.code in reference.bases for reference in facts.references)


def _is_convention(rows: Sequence[Row], at: int) -> bool:
    """Whether the row is inside a stretch that counts through private code points, as systems do for whole areas."""
    return any(
        len(around) == _COUNTING
        and all(b.base[:1] == (a.base[0] + 1,) if a.base else False for a, b in pairwise(around))
        for around in (rows[at - before : at - before + _COUNTING] for before in range(_COUNTING) if before <= at)
    )


def _lone_marks(rows: Sequence[Row]) -> Iterator[Finding]:
    for row in rows:
        if row.base and row.base[0] in jis_marks():
            message = f"行き先 U+{row.base[0]:04X} は結合文字で、前の文字に付いて見えます"
            yield note(row.number, row.code, FindingClass.BAD_TARGET, message)


RULES = (bad_targets,)
