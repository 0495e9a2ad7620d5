"""JSON: a list of objects, one per row, as jef4j publishes its tables."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.delimited import COLUMNS, MAX_ROWS, TableTooLarge, UnknownTable, put, repeated_columns
from gaiji_hub.tables.lint.rows import Row

MAX_BYTES = 32 * 1024 * 1024


def _once(pairs: list[tuple[str, Any]], repeated: list[str]) -> dict[str, Any]:
    """An object; names that it has twice are put down, since JSON would silently keep the last of them."""
    found = dict(pairs)
    if len(found) < len(pairs):
        repeated.extend(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
    return found


def read_json(path: Path) -> Iterator[Row]:
    """The rows of the list; `row` is the place in it, from 1."""
    if path.stat().st_size > MAX_BYTES:
        raise TableTooLarge(file=path.name, what="ファイルが大きすぎます", limit=f"{MAX_BYTES:,} バイト")
    repeated: list[str] = []
    try:
        items = json.loads(path.read_bytes(), object_pairs_hook=lambda pairs: _once(pairs, repeated))
    except UnicodeDecodeError as error:
        raise UnknownTable(file=path.name, reason=f"{error.start + 1} バイト目が UTF-8 ではありません") from None
    except (json.JSONDecodeError, RecursionError) as error:
        place = f"（{error.lineno} 行目）" if isinstance(error, json.JSONDecodeError) else "（入れ子が深すぎます）"
        raise UnknownTable(file=path.name, reason=f"JSON として読めません{place}") from None
    if repeated:
        raise UnknownTable(file=path.name, reason=f"一つのオブジェクトに同じ名前 {repeated[0][:20]!a} が二度あります")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items[:1]):
        raise UnknownTable(file=path.name, reason="オブジェクトの並びではありません")
    if len(items) > MAX_ROWS:
        raise TableTooLarge(file=path.name, what="行が多すぎます", limit=f"{MAX_ROWS:,} 行")
    if items and "code" not in {COLUMNS.get(str(key).lower()) for key in items[0]}:
        raise UnknownTable(file=path.name, reason="1件目に code がありません")
    return (_draft(number, item).row() for number, item in enumerate(items, start=1))


def _draft(number: int, item: Any) -> Draft:
    draft = Draft(number)
    if not isinstance(item, dict):
        draft.problems.append("オブジェクトではありません")
        return draft
    if repeated := repeated_columns(COLUMNS.get(str(key).lower(), "") for key in item):
        draft.problems.append(f"{repeated} を示す名前が二つ以上あります")
    for key, value in item.items():
        name = COLUMNS.get(str(key).lower(), "")
        cell = _cell(value)
        if cell is None:
            draft.problems.append(f"{str(key)[:20]} の値が文字列ではありません")
        elif name:
            put(draft, name, cell)
    return draft


def _cell(value: Any) -> str | None:
    """A cell as text; lists of words are options. Numbers are refused: JSON would have dropped leading zeros."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(word, str) for word in value):
        return " ".join(value)
    return "" if value is None else None
