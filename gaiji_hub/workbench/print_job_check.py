"""欠字の検査: records against a finished pack, by the font's cmap and the code map as the vendor will read them.

What made the pack is not asked: no tables, no release. Findings are record numbers and counts, never text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gaiji_hub.fontbuild.subset import read_coverage
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.print_job import PrintJob
from gaiji_hub.moji.text import is_pua
from gaiji_hub.workbench.print_job_codes import parse_code_map, private_use, vendor_codes
from gaiji_hub.workbench.print_job_usage import RecordText


@dataclass(frozen=True)
class Finding:
    """A record that a pack cannot print whole: its number (0 is the header line) and how many characters lack."""

    record: int
    missing: int

    def __str__(self) -> str:
        place = f"記録 {self.record:,}" if self.record else "見出し行"
        return f"{place}: {self.missing:,} 字が不足"


class Covered:
    """What a pack can print: `texts` with base and selector, `puas` the town's private-use characters."""

    def __init__(self, texts: frozenset[str], puas: frozenset[str], *, gaiji_only: bool) -> None:
        self.texts, self.puas, self.gaiji_only = texts, puas, gaiji_only
        self._single = {text for text in texts | puas if len(text) == 1}

    def lacks(self, record: RecordText) -> int:
        """How many characters of a record the pack cannot print; of gaiji only, where it was made from a census."""
        characters = record.characters()
        if self.gaiji_only:
            return sum(character not in self.puas for character in characters if is_pua(ord(character[0])))
        missing = len(record.unreadable)
        if isinstance(characters, str) and self._single.issuperset(characters):
            return missing
        return missing + sum(c not in self.texts and c not in self.puas for c in characters)


def read_covered(job: PrintJob, fonts: Iterable[bytes], code_map: bytes) -> Covered:
    """Characters that have a code in the map, and in one of the fonts a glyph for that code and every text."""
    shown, system = [read_coverage(font) for font in fonts], vendor_codes(job.vendor_codes)
    town_codes, texts, puas = code_system(job.code_system), set[str](), set[str]()
    for row in parse_code_map(code_map):
        private = private_use(system, row.vendor_code)
        wanted = [*row.texts, *([chr(private)] if private is not None else [])]
        if not any(all(map(coverage.shows, wanted)) for coverage in shown):
            continue
        texts.update(row.texts)
        puas.update(chr(town_codes.to_pua(town_codes.parse(code))) for code in row.local_codes)
    return Covered(frozenset(texts), frozenset(puas), gaiji_only=job.source == "census")


def find_missing(covered: Covered, records: Iterable[RecordText]) -> Iterator[Finding]:
    """One finding for every record that lacks something, in the order of the file."""
    for record in records:
        if missing := covered.lacks(record):
            yield Finding(record.number, missing)
