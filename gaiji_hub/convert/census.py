"""使用外字調査: which gaiji codes occur in a file, how often and in how many records. No text leaves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from gaiji_hub.convert.codecs import CODECS, PUA_CLASS, Codec
from gaiji_hub.convert.csv_stream import records
from gaiji_hub.convert.declaration import HEAD_BYTES, NotDeclared, check_head
from gaiji_hub.convert.places import check_places
from gaiji_hub.convert.plan import Plan
from gaiji_hub.convert.run import read_chunks
from gaiji_hub.convert.tables import name_code
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.moji.code_system import UnknownCodeSystem
from gaiji_hub.moji.text import is_pua

HEADER = "code,pua,count,records,in_release"
_PUA = re.compile(f"[{PUA_CLASS}]")


@dataclass(frozen=True)
class CensusRow:
    """One gaiji code. `code` is the plan's local code, empty where its code system has none at this place."""

    code: str
    pua: int
    count: int
    records: int
    in_release: bool

    def to_line(self) -> str:
        return f"{self.code},U+{self.pua:04X},{self.count},{self.records},{int(self.in_release)}"


def take_census(
    plan: Plan, source: Path, out: Path, *, from_: str | None, force: bool = False
) -> tuple[CensusRow, ...]:
    """Count the gaiji of the CSV file `source` and write `out` (CSV, UTF-8, LF), ascending by code.

    The header line counts as a record here. Raises what `convert_file` raises; then nothing is written.
    """
    codec = _codec(from_)
    check_places([source], [out], force=force)
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
        check_head(head, codec)
        rows = count_gaiji(plan, chain([head], read_chunks(file)), codec)
    write_atomic(out, ("\n".join([HEADER, *(row.to_line() for row in rows)]) + "\n").encode())
    return rows


def count_gaiji(plan: Plan, chunks: Iterable[bytes], codec: Codec) -> tuple[CensusRow, ...]:
    """The census of a stream: every private-use character, also those the plan does not know."""
    counts: Counter[str] = Counter()
    in_records: Counter[str] = Counter()
    for record in records(chunks):
        found = _gaiji(record.body, codec)
        counts.update(found)
        in_records.update(set(found))
    known = {cell.pua for cell in plan.cells}
    return tuple(_row(plan, text, counts[text], in_records[text], known) for text in sorted(counts))


def _gaiji(body: bytes, codec: Codec) -> list[str]:
    try:
        if not _PUA.search(codec.decode(body)):
            return []
    except UnicodeDecodeError:
        pass
    bases = (character.text[0] for character in codec.characters(body, quoted=False) if character.text)
    return [base for base in bases if is_pua(ord(base))]


def _row(plan: Plan, text: str, count: int, in_records: int, known: set[int]) -> CensusRow:
    code, system = name_code(plan, text)
    return CensusRow(code if system == plan.source else "", ord(text), count, in_records, ord(text) in known)


def _codec(from_: str | None) -> Codec:
    if not from_:
        raise NotDeclared()
    if from_ not in CODECS:
        raise UnknownCodeSystem(name=from_[:40], known="・".join(CODECS))
    return CODECS[from_]
