"""訂正: rows of a source that are plainly wrong, put right by hand, each with its reason and reference.

`mappings/curated/code_corrections.tsv`: table, code, ucs (empty: the code has no character), reason, reference. A
correction replaces everything the source says of the code; what it said stays visible among the conflicts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.tables.systems.page import Said

CORRECTIONS = "code_corrections.tsv"
# The tables that have corrections: only their manifest entries name the file.
CORRECTED = frozenset(("jips", "nec-jis8", "nec-ebcdik", "hitachi-ebcdic"))
NOTE = "corrected"


@dataclass(frozen=True)
class Correction:
    table: str
    code: bytes
    text: str | None
    reason: str
    reference: str


def read_corrections(path: Path) -> list[Correction]:
    """The rows of the curated file."""
    _, *lines = path.read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return [
        Correction(table, bytes.fromhex(code), parse_ucs(ucs) if ucs else None, reason, reference)
        for table, code, ucs, reason, reference in rows
    ]


def corrected(table: str, said: Iterable[Said], path: Path | None) -> Iterator[Said]:
    """What the source says, with the corrections of the table; `path` None where the table has none."""
    corrections = {c.code: c for c in read_corrections(path) if c.table == table} if path is not None else {}
    options: dict[bytes, Said] = {}
    for row in said:
        if row.code in corrections:
            options.setdefault(row.code, row)
        else:
            yield row
    for code, correction in corrections.items():
        writes = options[code].writes if code in options else True
        yield Said(code, correction.text, writes=writes, note=NOTE)
