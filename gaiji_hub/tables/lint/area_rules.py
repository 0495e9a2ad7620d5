"""Rules about code areas: codes a system cannot have, and codes on the wrong side of its user-defined area.

Without a declared system the systems whose codes the table fits are asked instead: what none of them can have is
outside whichever is meant. `guess` tells which they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from gaiji_hub.moji.code_system import CODE_SYSTEMS, UNICODE, CodeSystem
from gaiji_hub.moji.text import is_pua
from gaiji_hub.tables.lint.builtin import best_agreement, builtin_name
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding, FindingClass, error, warning
from gaiji_hub.tables.lint.rows import Row

_FEW_ROWS = 50
_FITS = 0.97
# At most so many codes of another length are strangers; more of them are the other half of a mixed system.
_STRANGERS = 30
_SEVERAL = 3
_KEIS90_ROW = 0x9F


def outside_area(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Codes that are none, and codes of the user-defined area among regular ones or the other way round."""
    readable = [row for row in rows if row.value >= 0]
    wrong_length = _strange_lengths(readable, facts.system)
    systems = (facts.system,) if facts.system else guess(readable)
    # Of several systems that fit, one alone (LETS-J's wide space 2020) does not make a code of another table right.
    needed = 2 if len(systems) >= _SEVERAL else min(1, len(systems))
    yield from (_stranger(row, wrong_length) for row in readable if row.length in wrong_length)
    rest = [row for row in readable if row.length not in wrong_length]
    for row in rest:
        if sum(system.is_code(row.value, row.length) for system in systems) < needed:
            names = "・".join(system.title for system in systems[:3])
            where = names if facts.system else f"推定した体系（{names}）"
            yield error(row.number, row.code, FindingClass.OUTSIDE_AREA, f"コード {row.code} は {where} にありません")
    if facts.system and facts.system.capacity:
        yield from _wrong_side(rest, facts.system)


def is_user_table(rows: Sequence[Row], system: CodeSystem | None) -> bool:
    """Whether a table is a town's: most codes are user-defined, or where no system is known most targets private."""
    if system is not None:
        return 2 * sum(system.contains(row.value) for row in rows if row.value >= 0) > len(rows)
    return 2 * sum(bool(row.base) and 0xE000 <= row.base[0] <= 0xF8FF for row in rows) > len(rows)


def guess(rows: Sequence[Row]) -> tuple[CodeSystem, ...]:
    """One system per layout that nearly all codes fit, those whose regular rows agree with JIS first; () when few."""
    if len(rows) < _FEW_ROWS:
        return ()
    layouts: dict[object, CodeSystem] = {}
    for system in CODE_SYSTEMS.values():
        if system is not UNICODE:
            layouts.setdefault((system.layout.table, system.layout.ebcdic_bytes), system)
    fitting = [s for s in layouts.values() if sum(s.is_code(r.value, r.length) for r in rows) >= _FITS * len(rows)]
    best = best_agreement(rows)
    agreeing = tuple(system for system in fitting if builtin_name(system) == best)
    return agreeing if best and agreeing else tuple(fitting)


def _strange_lengths(rows: Sequence[Row], system: CodeSystem | None) -> dict[int, int]:
    """Lengths only a few codes of a large table have → the usual one."""
    if len(rows) < _FEW_ROWS or (system and system.name == "unicode"):
        return {}
    counts = Counter(row.length for row in rows)
    usual = counts.most_common(1)[0][0]
    few = min(_STRANGERS, max(3, len(rows) // 100))
    return {length: usual for length, count in counts.items() if length != usual and count <= few}


def _stranger(row: Row, usual: dict[int, int]) -> Finding:
    message = f"コード {row.code} は {row.length} バイトです（この表のコードは {usual[row.length]} バイト）"
    return error(row.number, row.code, FindingClass.OUTSIDE_AREA, message)


def _wrong_side(rows: Sequence[Row], system: CodeSystem) -> Iterator[Finding]:
    user = is_user_table(rows, system)
    for row in rows:
        if system.contains(row.value) == user or not system.is_code(row.value, row.length):
            continue
        if not user and row.base and is_pua(row.base[0]):
            continue
        if user:
            message = f"コード {row.code} は外字領域（{system.area}）の外です"
            yield error(row.number, row.code, FindingClass.OUTSIDE_AREA, message)
        elif not (system.name.startswith("keis90") and row.value >> 8 == _KEIS90_ROW):
            message = f"コード {row.code} は {system.title} の外字領域（{system.area}）のコードです"
            yield warning(row.number, row.code, FindingClass.OUTSIDE_AREA, message)


RULES = (outside_area,)
