"""The source tables as cells by column, and a table of theirs as towns write it: code, unicode, selector, text."""

from __future__ import annotations

import json
from pathlib import Path

from tests.tables.lint.planting import Cells


def jef4j(path: Path) -> list[Cells]:
    rows = json.loads(path.read_bytes())
    return [{key: " ".join(cell) if isinstance(cell, list) else cell for key, cell in row.items()} for row in rows]


def pairs(path: Path) -> list[Cells]:
    lines = path.read_text("utf-8").split("\n")[:-1]
    return [dict(zip(("code", "text"), line.split("\t"), strict=True)) for line in lines]


def csv_like(path: Path) -> list[Cells]:
    """Without the rows only options explain."""
    rows = [row for row in jef4j(path) if not {"unmappable", "cjk_ci"} & set(row["options"].split())]
    return [_plain(row) for row in rows]


def _plain(row: Cells) -> Cells:
    plain = {"code": row["code"], "unicode": f"U+{row['unicode']}", "text": row["text"]}
    return {**plain, "selector": f"U+{row['hd']}"} if row.get("hd") else plain
