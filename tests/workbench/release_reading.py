"""What a receiver of the CSV and XML files does: read them back, by the shipped schema and its own code."""

from __future__ import annotations

import csv
import io
from typing import Any

from lxml import etree

from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.release import FORMAT, REPERTOIRES, Release, ReleaseRow
from gaiji_hub.workbench.release_files import NAMESPACE, schema_bytes

HEADER = ("municipality", "business_system", "code_system", "number", "previous", "date")
ROW = ("local_code", "glyph", "verdict", "shrink_policy", "identification", "shape", "approval")


def read_csv(data: bytes) -> tuple[ReleaseRow, ...]:
    reader = csv.DictReader(io.StringIO(data.decode(), newline=""), strict=True)
    return tuple(ReleaseRow.from_json(_cells_to_json(cells)) for cells in reader)


def follows_schema(data: bytes) -> bool:
    return etree.XMLSchema(etree.fromstring(schema_bytes())).validate(etree.fromstring(data))


def read_xml(data: bytes) -> Release:
    assert follows_schema(data)
    root = etree.fromstring(data)
    fields: dict[str, Any] = {
        "format": FORMAT,
        **{name: root.get(name) for name in HEADER},
        "number": int(root.get("number", "0")),
        "reason": root.findtext(_tag("reason")) or "",
        "editions": {e.get("table"): e.get("version") for e in root.iterfind(_tag("edition"))},
        "rows": [_row(element) for element in root.iterfind(_tag("row"))],
    }
    return Release.from_bytes(canonical(fields))


def _cells_to_json(cells: dict[str, str]) -> dict[str, Any]:
    texts = {repertoire: cells[f"text_{repertoire}"] for repertoire in REPERTOIRES if cells[f"text_{repertoire}"]}
    return {**cells, "text": texts, "shrink": cells["shrink"].split(";") if cells["shrink"] else []}


def _row(element: etree._Element) -> dict[str, Any]:
    return {
        **{name: element.get(name) for name in ROW},
        "identification": int(element.get("identification", "0")),
        "text": {e.get("repertoire"): e.text for e in element.iterfind(_tag("text"))},
        "shrink": [e.text for e in element.iterfind(_tag("shrink"))],
        "note": element.findtext(_tag("note")) or "",
    }


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
