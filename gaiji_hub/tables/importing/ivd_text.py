"""`IVD_Sequences.txt` (UTS #37 §3.3): `3402 E0100; Adobe-Japan1; CID+13698` a line, `#` starts a comment."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gaiji_hub.tables.columns import Row
from gaiji_hub.tables.importing.rows import Complaints, ReadTable, sort_rows
from gaiji_hub.tables.parse_ivd import IVD

_LINE = re.compile(
    r"(?P<base>[0-9A-F]{4,6}) (?P<selector>[0-9A-F]{4,6})\s*;\s*(?P<collection>[A-Za-z0-9_-]+)\s*;\s*(?P<code>[!-~]+)"
)
_FIRST, _LAST = 0xE0100, 0xE01EF
_MAX_UCS = 0x10FFFF


def read_ivd(lines: Iterable[tuple[int, bytes]], name: str) -> tuple[ReadTable, ...]:
    """The table `ivd` of a file's numbered lines; `Problems` with every wrong line."""
    complaints = Complaints(name)
    rows: list[Row] = []
    seen: dict[Row, int] = {}
    for number, raw in lines:
        row = _row(number, raw, complaints)
        if row is None:
            continue
        first = seen.setdefault(row[:3], number)
        if first != number:
            complaints.add(f"{number} 行目", f"{row[0]} {row[1]}（{row[2]}）は {first} 行目にもあります")
        rows.append(row)
    if not rows and not complaints:
        complaints.add("", "登録が1行もありません。IVD_Sequences.txt を指定してください")
    complaints.settle()
    return (sort_rows("ivd", IVD.header, rows),)


def _row(number: int, raw: bytes, complaints: Complaints) -> Row | None:
    place = f"{number} 行目"
    try:
        line = raw.decode("utf-8-sig" if number == 1 else "utf-8").partition("#")[0].strip()
    except UnicodeDecodeError:
        complaints.add(place, "UTF-8 として読めません")
        return None
    if not line:
        return None
    match = _LINE.fullmatch(line)
    if match is None:
        complaints.add(place, "「基底 選択子; コレクション; 符号」の形ではありません")
        return None
    base, selector = int(match["base"], 16), int(match["selector"], 16)
    if base > _MAX_UCS or 0xD800 <= base <= 0xDFFF or not _FIRST <= selector <= _LAST:
        complaints.add(place, "基底か選択子（E0100〜E01EF）が範囲の外です")
        return None
    return (f"U+{base:04X}", f"U+{selector:04X}", match["collection"], match["code"])
