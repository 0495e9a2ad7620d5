"""Rules about code areas: codes a system cannot have, and codes on the wrong side of its user-defined area.

Without a declared system the systems whose codes the table fits are asked instead: what none of them can have is
outside whichever is meant. `guess` tells which they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

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
# So many codes with no larger gap than this are a block somebody meant to have.
_BLOCK = 10
_GAP = 8
# Of a small table a code of a length no other has is strange where so many agree.
_AGREE = 10


def outside_area(rows: Sequence[Row], facts: Facts) -> Iterator[Finding]:
    """Codes that are none, and codes of the user-defined area among regular ones or the other way round."""
    readable = [row for row in rows if row.value >= 0]
    wrong_length = _strange_lengths(readable, facts.system)
    systems = (facts.system,) if facts.system else guess(readable)
    # Of several systems that fit, one alone (LETS-J's wide space 2020) does not make a code of another table right.
    needed = 2 if len(systems) >= _SEVERAL else min(1, len(systems))
    judge = error if len(readable) >= _FEW_ROWS else warning
    yield from (_stranger(row, wrong_length, judge) for row in readable if row.length in wrong_length)
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
    return 2 * sum(bool(row.base) and is_pua(row.base[0]) for row in rows) > len(rows)


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
    """Lengths only a few codes of a large table have, or a single one of a small table → the usual one."""
    if not rows or (system and (system.name == "unicode" or len(rows) < _FEW_ROWS)):
        return {}
    counts = Counter(row.length for row in rows)
    usual, agreeing = counts.most_common(1)[0]
    if len(rows) < _FEW_ROWS and agreeing < _AGREE:
        return {}
    few = min(_STRANGERS, max(3, len(rows) // 100)) if len(rows) >= _FEW_ROWS else 1
    return {length: usual for length, count in counts.items() if length != usual and count <= few}


def _stranger(row: Row, usual: dict[int, int], judge: Callable[..., Finding]) -> Finding:
    message = f"コード {row.code} は {row.length} バイトです（この表のコードは {usual[row.length]} バイト）"
    return judge(row.number, row.code, FindingClass.OUTSIDE_AREA, message)


def _wrong_side(rows: Sequence[Row], system: CodeSystem) -> Iterator[Finding]:
    user = is_user_table(rows, system)
    strange = [row for row in rows if system.contains(row.value) != user and system.is_code(row.value, row.length)]
    meant = _blocks(strange, system)
    for row in strange:
        if row.number in meant:
            continue
        if not user and row.base and is_pua(row.base[0]):
            continue
        if user:
            message = f"コード {row.code} は外字領域（{system.area}）の外です"
            yield error(row.number, row.code, FindingClass.OUTSIDE_AREA, message)
        elif not (system.name.startswith("keis90") and row.value >> 8 == _KEIS90_ROW):
            message = f"コード {row.code} は {system.title} の外字領域（{system.area}）のコードです"
            yield warning(row.number, row.code, FindingClass.OUTSIDE_AREA, message)


def _blocks(rows: Sequence[Row], system: CodeSystem) -> set[int]:
    """Rows of stretches of codes: a table of regular and user-defined codes has them, a slip of the pen does not.

    Row 9F of KEIS is none: KEIS90 put regular characters there, so a table that has it is of another system.
    """
    keis = system.layout.table.startswith("keis")
    ordered = sorted(
        (system.to_pua(row.value) if system.contains(row.value) else row.value, row.number)
        for row in rows
        if not (keis and row.value >> 8 == _KEIS90_ROW)
    )
    blocks: list[list[tuple[int, int]]] = []
    for place in ordered:
        if blocks and place[0] - blocks[-1][-1][0] <= _GAP:
            blocks[-1].append(place)
        else:
            blocks.append([place])
    return {number for block in blocks if len({code for code, _ in block}) >= _BLOCK for _, number in block}


RULES = (outside_area,)
