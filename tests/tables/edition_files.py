"""Small editions made in a test: rows in, an installed edition out."""

from __future__ import annotations

import hashlib
from pathlib import Path

from gaiji_hub.tables import parse
from gaiji_hub.tables.columns import Row
from gaiji_hub.tables.editions import Edition, EditionName, Editions, Origin, SourceFile
from gaiji_hub.tables.importing.code_rows import COLUMNS
from gaiji_hub.tables.importing.rows import ReadTable, sort_rows
from gaiji_hub.tables.parse_changelog import MJ_CHANGE
from gaiji_hub.tables.root import data_root

HEADERS: dict[str, Row] = {
    "mj": parse.MJ.header,
    "mj_duplicate_ivs": parse.MJ_DUPLICATE_IVS.header,
    "mj_reading": parse.MJ_READING.header,
    "mj_radical": parse.MJ_RADICAL.header,
    "mj_change": MJ_CHANGE.header,
    "shrink": parse.SHRINK.header,
    "shrink_note": parse.SHRINK_NOTE.header,
    "ivd": parse.IVD.header,
    "mjplus": ("glyph", "text", "forms", "pua", "shape", "reading", "strokes", "font"),
    "code_jef": COLUMNS,
    "code_cp932": COLUMNS,
}


def origin(data: bytes = b"x", name: str = "file", **options: str) -> Origin:
    source = SourceFile(name, hashlib.sha256(data).hexdigest(), len(data))
    return Origin((source,), "2026-08-01", "gaiji-hub 0.0", options)


def table(name: str, *rows: dict[str, str]) -> ReadTable:
    header = HEADERS[name]
    return sort_rows(name, header, [tuple(row.get(column, "") for column in header) for row in rows])


def editions(data: Path) -> Editions:
    return Editions(data_root(), data)


def installed(data: Path, name: str, *tables: ReadTable) -> Edition:
    known = editions(data)
    assert known.install(EditionName.parse(name), tables, origin(name.encode()))
    return known.open(name)
