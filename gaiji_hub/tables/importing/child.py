"""The child's side of an import: hostile xlsx or JSON bytes → plain rows as JSON. Runs under `run_limited` only."""

from __future__ import annotations

import datetime
import io
import json
from collections.abc import Iterator
from typing import Any

from gaiji_hub.errors import BadInput, Unavailable
from gaiji_hub.tables.importing.archive_check import BadWorkbook, check_archive

HEADER_WITHIN = 10
MAX_ROWS = 400_000
MAX_COLUMNS = 200
MAX_CELL = 4_000


class NoHeader(BadInput):
    code = "import_no_header"
    template = "{name} の最初の {rows} 行に、列「{column}」のある見出しが見つかりません（シート: {sheets}）"


class NotJson(BadInput):
    code = "import_not_json"
    template = "{name} を JSON として読めません: {reason}"


class NoXlsxReader(Unavailable):
    code = "no_xlsx_reader"
    template = "xlsx を読む部品 python-calamine がありません。pip install 'gaiji-hub[tables]' で入れてください"


def read_sheet(payload: bytes) -> bytes:
    """`{"name": …, "column": …}` LF xlsx bytes → a JSON array a line: row number, then its cells (text, number, null).

    The first sheet whose first `HEADER_WITHIN` rows have the cell `column` is read, from that row on; a date is
    `{"date": true}`, since which number it was written as cannot be known.
    """
    order, _, data = payload.partition(b"\n")
    asked = json.loads(order)
    check_archive(data, asked["name"])
    out = io.BytesIO()
    for number, cells in _table(data, asked["name"], asked["column"]):
        line = json.dumps([number, *map(_plain, cells)], ensure_ascii=False)
        out.write(line.encode("utf-8", "backslashreplace") + b"\n")
    return out.getvalue()


def _table(data: bytes, name: str, column: str) -> Iterator[tuple[int, list[Any]]]:
    try:
        import python_calamine as calamine
    except ModuleNotFoundError:
        raise NoXlsxReader from None
    errors = (calamine.CalamineError, calamine.XmlError, calamine.ZipError, calamine.WorksheetNotFound, OSError)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for title in book.sheet_names:
            sheet = book.get_sheet_by_name(title)
            start = _header_row(sheet, column)
            if start is not None:
                yield from _rows(sheet, start, name)
                return
    except errors as error:
        raise BadWorkbook(name=name, reason=f"中身が壊れています（{type(error).__name__}）") from None
    sheets = "・".join(book.sheet_names[:5])[:80]
    raise NoHeader(name=name, rows=HEADER_WITHIN, column=column, sheets=sheets or "なし")


def _header_row(sheet: Any, column: str) -> int | None:
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > HEADER_WITHIN:
            break
        if any(isinstance(cell, str) and cell.strip() == column for cell in cells):
            return number
    return None


def _rows(sheet: Any, start: int, name: str) -> Iterator[tuple[int, list[Any]]]:
    if sheet.width > MAX_COLUMNS or sheet.height > MAX_ROWS:
        reason = f"表が大きすぎます（{sheet.height} 行 × {sheet.width} 列、{MAX_ROWS} 行 × {MAX_COLUMNS} 列まで）"
        raise BadWorkbook(name=name, reason=reason)
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number >= start and any(cell != "" for cell in cells):
            yield number, cells


def _plain(cell: Any) -> object:
    """A cell as JSON: null when empty, a whole number as int, a long text cut to `MAX_CELL` + 1."""
    if cell == "" or cell is None:
        return None
    if isinstance(cell, str):
        return cell[: MAX_CELL + 1]
    if isinstance(cell, bool | datetime.date | datetime.time | datetime.timedelta):
        return {"date": True}
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def read_json(payload: bytes) -> bytes:
    """`{"name": …}` LF JSON bytes → the same document, compact; `NotJson` with the line of the fault."""
    order, _, data = payload.partition(b"\n")
    name = json.loads(order)["name"]
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise NotJson(name=name, reason=f"{line} 行目が UTF-8 ではありません") from None
    except json.JSONDecodeError as error:
        raise NotJson(name=name, reason=f"{error.lineno} 行 {error.colno} 文字目で書き方が違います") from None
    except (RecursionError, ValueError) as error:
        raise NotJson(name=name, reason=f"入れ子が深すぎるか、数が大きすぎます（{type(error).__name__}）") from None
    return json.dumps(document, ensure_ascii=True).encode()
