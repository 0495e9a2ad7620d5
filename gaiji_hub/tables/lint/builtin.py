"""References every machine has: what Python's own codecs say of the codes that follow JIS (euc_jp, cp932, …).

JEF, KEIS and LETS-J hold JIS X 0208 at its EUC positions, JIPS(J) at its 7-bit positions, JIPS(E) at the EBCDIC
counterparts. They differ from it in known places (shapes of 1978, 1983, 1990), so these references are used to find
rows that are out of place, never to call a single row wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.moji.jips import j_code
from gaiji_hub.tables.lint.facts import Reference
from gaiji_hub.tables.lint.rows import Row, Targets

Reader = Callable[[int, int], str]
_ENOUGH_ROWS = 30
_AGREES = 0.6


def _decoded(code: int, length: int, codec: str) -> str:
    return code.to_bytes(length, "big").decode(codec, "ignore")


def _euc(code: int, length: int) -> str:
    return _decoded(code, length, "euc_jp") if length == 3 or (length == 2 and code & 0x8080 == 0x8080) else ""


def _jips_j(code: int, length: int) -> str:
    return _euc(code | 0x8080, length) if length == 2 and not code & 0x8080 else ""


READERS: dict[str, Reader] = {
    "euc": _euc,
    "jips": _jips_j,
    "jips-e": lambda code, length: _jips_j(j_code(code), length) if length == 2 else "",
    "cp932": lambda code, length: _decoded(code, length, "cp932"),
    "shift-jis-2004": lambda code, length: _decoded(code, length, "shift_jis_2004"),
    "euc-jis-2004": lambda code, length: _decoded(code, length, "euc_jis_2004"),
}
_BY_LAYOUT = {
    "jef": "euc",
    "keis78": "euc",
    "keis83": "euc",
    "keis90": "euc",
    "letsj": "euc",
    "euc-jp-ms": "euc",
    "jips": "jips",
    "cp932": "cp932",
    "shift-jis-2004": "shift-jis-2004",
    "euc-jis-2004": "euc-jis-2004",
}
_TITLES = {
    "euc": "JIS X 0208（Python の euc_jp）",
    "jips": "JIS X 0208（Python の euc_jp）",
    "jips-e": "JIS X 0208（Python の euc_jp）",
}


def builtin_name(system: CodeSystem) -> str:
    """Which reader speaks for a system; "" for those that do not follow JIS."""
    return "jips-e" if system.layout.ebcdic_bytes else _BY_LAYOUT.get(system.layout.table, "")


def builtin_reference(rows: Sequence[Row], system: CodeSystem | None) -> Reference | None:
    """The reference for the codes of these rows: of the declared system, else of the one they agree with."""
    name = builtin_name(system) if system else best_agreement(rows)
    if not name:
        return None
    bases = {row.code: frozenset((said,)) for row in rows if (said := _said(row, name))}
    title = _TITLES.get(name, f"Python の {name}")
    return Reference(title, bases, close=False) if len(bases) >= _ENOUGH_ROWS else None


def best_agreement(rows: Sequence[Row]) -> str:
    """The reader most rows agree with; "" when none speaks for enough of them."""
    shares = {name: _agreement(rows, name) for name in READERS}
    best = max(shares, key=lambda name: shares[name])
    return best if shares[best] >= _AGREES else ""


def _said(row: Row, name: str) -> Targets:
    if row.value < 0 or row.length > 3:
        return ()
    return tuple(map(ord, READERS[name](row.value, row.length)))


def _agreement(rows: Sequence[Row], name: str) -> float:
    """The share of rows a reader speaks of and agrees with; 0 when they are few."""
    pairs = [(said, row.base) for row in rows if (said := _said(row, name))]
    if len(pairs) < max(_ENOUGH_ROWS, len(rows) // 10):
        return 0.0
    return sum(said == base for said, base in pairs) / len(pairs)
