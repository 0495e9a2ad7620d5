"""MJ縮退マップ (`MJShrinkMap.<version>.json`) → the tables `shrink` and `shrink_note`.

The document is `{"meta": …, "content": [{"MJ文字図形名": …, rule: [{"JIS X 0213": …, "UCS": …, …}], "参考情報": …}]}`.
A candidate belongs to one of ten source tables: rule, or 種別 where it is given, with 表 or 付記.
"""

from __future__ import annotations

import json
import re
from typing import Any

from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.tables.columns import Row
from gaiji_hub.tables.importing import child
from gaiji_hub.tables.importing.rows import Complaints, ReadTable, sort_rows
from gaiji_hub.tables.parse_shrink import SHRINK, SHRINK_NOTE, SHRINK_TABLES

MAX_BYTES = 64 * MB
RULES = (
    "JIS包摂規準・UCS統合規則",
    "法務省告示582号別表第四",
    "法務省戸籍法関連通達・通知",
    "辞書類等による関連字",
    "読み・字形による類推",
)
_GLYPH, _NOTE = "MJ文字図形名", "参考情報"
_SHORT = {title: short for short, title in SHRINK_TABLES.items()}
_KNOWN = frozenset({"JIS X 0213", "UCS", "種別", "表", "付記", "順位", "ホップ数"})
_MJ = re.compile(r"MJ[0-9]{6}")
_UCS = re.compile(r"U\+[0-9A-F]{4,5}")
_X0213 = re.compile(r"[12]-[0-9]{2}-[0-9]{2}")
_RANK = re.compile(r"第([0-9]+)順位")
_HOPS = re.compile(r"[1-9][0-9]?")
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def read_shrink(data: bytes, name: str) -> tuple[ReadTable, ...]:
    """Both tables; `NotJson` with the line of a fault of writing, `Problems` with every wrong entry by its number."""
    answer = run_limited(
        f"{child.__name__}:{child.read_json.__name__}",
        json.dumps({"name": name}).encode() + b"\n" + data,
        memory=1_536 * MB,
        cpu_seconds=60,
        wall_seconds=180,
        file_bytes=256 * MB,
        what=f"{name} の読み取り",
    )
    return read_document(json.loads(answer), name)


def read_document(document: Any, name: str) -> tuple[ReadTable, ...]:
    complaints = Complaints(name)
    content = document.get("content") if isinstance(document, dict) else None
    if not isinstance(content, list) or not content:
        complaints.add("", "MJ縮退マップではありません（content の並びがありません）")
        complaints.settle()
    rows: list[Row] = []
    notes: list[Row] = []
    seen: dict[str, int] = {}
    for number, item in enumerate(content or (), start=1):
        place = f"content の {number} 番目"
        glyph = item.get(_GLYPH) if isinstance(item, dict) else None
        if not isinstance(glyph, str) or not _MJ.fullmatch(glyph):
            complaints.add(place, f"{_GLYPH}（MJ＋6桁）がありません")
            continue
        if seen.setdefault(glyph, number) != number:
            complaints.add(place, f"{glyph} は {seen[glyph]} 番目にもあります")
        _read_item(f"{place}（{glyph}）", glyph, item, rows, notes, complaints)
    complaints.settle()
    return (sort_rows("shrink", SHRINK.header, rows), sort_rows("shrink_note", SHRINK_NOTE.header, notes))


def _read_item(
    place: str, glyph: str, item: dict[str, Any], rows: list[Row], notes: list[Row], complaints: Complaints
) -> None:
    unknown = sorted(item.keys() - {_GLYPH, _NOTE, *RULES})
    if unknown:
        complaints.add(place, f"知らない項目です: {'・'.join(unknown)[:80]}")
    for rule in RULES:
        candidates = item.get(rule, [])
        if not isinstance(candidates, list):
            complaints.add(place, f"「{rule}」が並びではありません")
            continue
        for candidate in candidates:
            row = _candidate(place, glyph, rule, candidate, complaints)
            if row is not None:
                rows.append(row)
    note = item.get(_NOTE)
    if note is not None and (not isinstance(note, str) or _BREAKS.search(note)):
        complaints.add(place, f"「{_NOTE}」が1行の文字列ではありません")
    elif note:
        notes.append((glyph, note))


def _candidate(place: str, glyph: str, rule: str, candidate: Any, complaints: Complaints) -> Row | None:
    if not isinstance(candidate, dict) or candidate.keys() - _KNOWN:
        complaints.add(place, f"「{rule}」の候補の形が違います")
        return None
    table = _SHORT.get(_source_table(rule, candidate))
    ucs, x0213 = str(candidate.get("UCS")), str(candidate.get("JIS X 0213"))
    rank, hops = candidate.get("順位"), candidate.get("ホップ数")
    ranked = _RANK.fullmatch(str(rank)) if rank is not None else None
    wrong = [
        what
        for what, bad in (
            ("表の名前", table is None),
            ("UCS", not _UCS.fullmatch(ucs)),
            ("JIS X 0213", not _X0213.fullmatch(x0213)),
            ("順位", rank is not None and ranked is None),
            ("ホップ数", hops is not None and not _HOPS.fullmatch(str(hops))),
        )
        if bad
    ]
    if wrong:
        complaints.add(place, f"「{rule}」の候補の {'・'.join(wrong)} が違います")
        return None
    return (glyph, str(table), ucs, x0213, ranked[1] if ranked else "", "" if hops is None else str(hops))


def _source_table(rule: str, candidate: dict[str, Any]) -> str:
    """The publisher's name of the source table, written as our tables' titles are (no ・, _ for a space)."""
    parts = (candidate.get("種別") or rule, candidate.get("表") or candidate.get("付記"))
    return "_".join(str(part) for part in parts if part).replace(" ", "_").replace("・", "")
