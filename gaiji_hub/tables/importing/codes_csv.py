"""A code table in CSV or TSV with declared columns: memory grows with the rows that are kept, not with the file."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import BinaryIO

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.moji.text import is_selector
from gaiji_hub.tables.importing.code_rows import (
    DIRECTIONS,
    MAX_TEXT,
    CodeRefused,
    CodeRow,
    CodeRows,
    Direction,
    Examine,
    parse_code,
    parse_points,
)
from gaiji_hub.tables.importing.delimited import Shape, records
from gaiji_hub.tables.importing.rows import Complaints, ReadTable

FIELDS = ("code", "unicode", "selector", "text", "class")
NEEDED = (("code",), ("unicode", "text"))


def read_codes_csv(
    file: BinaryIO, name: str, shape: Shape, system: CodeSystem, examine: Examine | None = None
) -> ReadTable:
    """The table of a stream; `Problems` with every wrong line (number of the file's line), at most `MOST_PROBLEMS`."""
    complaints = Complaints(name)
    rows = CodeRows(system, complaints, examine)
    for number, record in records(file, shape, complaints):
        place = f"{number} 行目"
        try:
            row = CodeRow(parse_code(record["code"]), text_of(record), _direction(record.get("class", "")))
        except CodeRefused as error:
            complaints.add(place, str(error))
        else:
            rows.add(place, row)
    return rows.settle()


def text_of(record: Mapping[str, str]) -> str:
    """What `unicode`, `selector` and `text` say together; contradictions are refused, none of them is preferred."""
    points = parse_points(record.get("unicode", ""))
    selector = parse_points(record.get("selector", ""))
    coded = points if points.endswith(selector) and selector else points + selector
    if any(is_selector(ord(one)) and is_selector(ord(two)) for one, two in pairwise(coded)):
        raise CodeRefused("異体字セレクタが二つ続いているか、欄どうしで違います")
    text = record.get("text", "")
    if text and coded and text != coded:
        raise CodeRefused("符号位置と文字が食い違っています")
    if not (text or coded):
        raise CodeRefused("文字も符号位置もありません")
    if len(text or coded) > MAX_TEXT:
        raise CodeRefused(f"1つの符号に {MAX_TEXT} 符号位置を超える文字列があります")
    return text or coded


def _direction(text: str) -> Direction:
    for direction in DIRECTIONS:
        if text.strip() in ("", direction):
            return direction
    raise CodeRefused(f"向きは {'・'.join(DIRECTIONS)} のどれかです")
