"""A list of the MJ+ additions in CSV or TSV: id, and where it says so UCS, selector, reading, strokes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from gaiji_hub.moji.glyph_id import BadGlyphId, GlyphId, parse_glyph_id
from gaiji_hub.tables.importing.code_rows import CodeRefused
from gaiji_hub.tables.importing.codes_csv import text_of
from gaiji_hub.tables.importing.delimited import Shape, records
from gaiji_hub.tables.importing.rows import Complaints

FIELDS = ("glyph", "unicode", "selector", "text", "reading", "strokes")
NEEDED = (("glyph",),)
MAX_ENTRIES = 100_000
_MAX_READING = 200
_STROKES = re.compile(r"[0-9]{0,3}")
_BREAKS = re.compile("[\t\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True)
class ListEntry:
    """What a list says of an addition, and the line it says it in; "" where it says nothing."""

    line: int
    text: str = ""
    reading: str = ""
    strokes: str = ""


def read_plus_list(file: BinaryIO, name: str, shape: Shape) -> dict[GlyphId, ListEntry]:
    """GJ id → its entry; `Problems` with every wrong line."""
    complaints = Complaints(name)
    found: dict[GlyphId, ListEntry] = {}
    for number, record in records(file, shape, complaints):
        place = f"{number} 行目"
        try:
            glyph, entry = parse_glyph_id(record["glyph"]), _entry(number, record)
        except (BadGlyphId, CodeRefused) as error:
            wrong_id = isinstance(error, BadGlyphId)
            complaints.add(place, "追加文字の文字図形名（GJ＋6桁）ではありません" if wrong_id else str(error))
            continue
        if not glyph.startswith("GJ"):
            complaints.add(place, f"{glyph} は追加文字（GJ＋6桁）ではありません")
        elif found.setdefault(glyph, entry).line != number:
            complaints.add(place, f"{glyph} は {found[glyph].line} 行目にもあります")
        elif len(found) > MAX_ENTRIES:
            complaints.add(place, f"行が多すぎます（{MAX_ENTRIES} 行まで）")
            complaints.settle()
    if not found and not complaints:
        complaints.add("", "一覧に1行もありません")
    complaints.settle()
    return found


def _entry(number: int, record: Mapping[str, str]) -> ListEntry:
    given = any(record.get(name, "").strip() for name in ("unicode", "selector", "text"))
    reading, strokes = record.get("reading", ""), record.get("strokes", "").strip()
    if not _STROKES.fullmatch(strokes):
        raise CodeRefused("画数が数ではありません")
    if len(reading) > _MAX_READING or _BREAKS.search(reading):
        raise CodeRefused(f"読みが {_MAX_READING} 字を超えるか、タブか改行が入っています")
    return ListEntry(number, text_of(record) if given else "", reading, strokes)
