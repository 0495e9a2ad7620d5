"""What the code tables say of one code, and of one text, as JSON-able values with the tables' editions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.code_system import CODE_SYSTEMS, UnknownCodeSystem, code_system
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.reader import TableFile
from gaiji_hub.tables.systems.conflicts import KIND_LABELS, WHY_LABELS
from gaiji_hub.tables.systems.lookup import Systems
from gaiji_hub.tables.systems.page import RoundTrip

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}){1,3}")
_KEY = re.compile(r"([A-Za-z0-9_()-]{2,30}):([0-9A-Fa-f]{1,12})")


class BadLocalCode(BadInput):
    code = "bad_local_code"
    template = "{system} の符号ではありません: {text}（16進で1〜3バイト、例 80A1）"


def find_code(systems: Systems, key: str) -> dict[str, object] | None:
    """`describe_code` of a key `system:HEX` (`jef-ebcdik:80A1`, `cp932:F040`); None for any other key.

    A prefix that names no code system is no such key: `戸籍:445000` and its like are looked up elsewhere.
    """
    match = _KEY.fullmatch(key.strip())
    if match is None:
        return None
    try:
        system = code_system(match[1])
    except UnknownCodeSystem:
        return None
    return None if system.name == "unicode" else describe_code(systems, system.name, match[2])


def describe_code(systems: Systems, name: str, code: str) -> dict[str, object]:
    """One code of a system: text, class, where its text goes back to, whether it is 外字, what sources disagree about.

    `BadLocalCode` for what cannot be a code of the system, `TableNotInstalled` when its tables are not there. A code
    without a text has `text` None: it stays visibly unknown.
    """
    system = code_system(name)
    raw = bytes.fromhex(code) if _HEX.fullmatch(code) else b""
    value = int.from_bytes(raw, "big")
    if not raw or not (system.is_code(value, len(raw)) or system.contains(value)):
        raise BadLocalCode(system=system.name, text=code[:12])
    table = systems.table(name)
    text = table.decode(raw)
    return {
        "code_system": system.name,
        "title": system.title,
        "code": raw.hex().upper(),
        "text": text,
        "codes": format_ucs(text) if text else None,
        "user_defined": len(raw) > 1 and system.contains(value) and raw not in table.decoding,
        "rows": [
            {
                "codes": format_ucs(row.text) if row.text else None,
                "round_trip": row.kind.value,
                "round_trip_label": row.kind.label,
                "back": row.back.hex().upper() or None,
                "note": row.note or None,
            }
            for row in table.rows_of(raw)
        ],
        "conflicts": [
            {
                **asdict(conflict),
                "kind_label": KIND_LABELS.get(conflict.kind, conflict.kind),
                "why_label": WHY_LABELS.get(conflict.why, conflict.why),
            }
            for conflict in systems.conflicts(name, raw)
        ],
        "editions": table.editions,
    }


def codes_of(files: Mapping[str, TableFile], text: str) -> dict[str, list[dict[str, str]]]:
    """Code table → the codes of a text (base with its selector) in it, with their classes; no entry where it has none.

    The text itself is looked for, not its base: JEF with selectors has 邉 only as one of its sequences.

    Tables, not systems: JEF is one table under three one-byte sets. The lines are searched, nothing is built.
    """
    mark = f"\t{format_ucs(text)}\t"
    found: dict[str, list[dict[str, str]]] = {}
    for name in code_tables():
        file = files.get(f"code_{name}")
        lines = [line.split("\t") for line in file.lines() if mark in line] if file else []
        if lines:
            found[name] = [{"code": cells[0], "round_trip": RoundTrip(cells[2]).value} for cells in lines]
    return found


def code_tables() -> tuple[str, ...]:
    """The tables of multi-byte codes, in the order of the systems."""
    names = (
        f"{system.double}-{system.selectors}" if system.selectors else system.double for system in CODE_SYSTEMS.values()
    )
    return tuple(dict.fromkeys(name for name in names if name))
