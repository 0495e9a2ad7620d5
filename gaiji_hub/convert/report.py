"""損失報告: one JSON line per loss, positions and codes only, and a summary whose counters add up.

In every column and in the whole file
`characters_in = unchanged + exact + not_exact + restored + replaced + unmapped + invalid + overflow`
(the whole file adds `structure`: commas, quotes and line ends), and
`characters_out = characters_in − replaced − unmapped − invalid − overflow`: the characters carried over.
A character is base + selector; a byte order mark is not a character.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

FORMAT = "gaiji-hub-loss-report/1"


class Kind(StrEnum):
    """What became of a character, or (`columns`, `quote`) what is wrong with a record."""

    UNCHANGED = "unchanged"
    EXACT = "exact"
    NOT_EXACT = "not_exact"
    RESTORED = "restored"
    REPLACED = "replaced"
    UNMAPPED = "unmapped"
    INVALID = "invalid"
    OVERFLOW = "overflow"
    NOT_ROUNDTRIP = "not_roundtrip"
    COLUMNS = "columns"
    QUOTE = "quote"


CHARACTER_KINDS = tuple(Kind)[:8]
CARRIED = (Kind.UNCHANGED, Kind.EXACT, Kind.NOT_EXACT, Kind.RESTORED)
LOST = (Kind.REPLACED, Kind.UNMAPPED, Kind.INVALID, Kind.OVERFLOW)
PROBLEMS = (Kind.COLUMNS, Kind.QUOTE)


class Loss(NamedTuple):
    """A line of the report. `offset` is in bytes from the start of the input file; `written` is a `U+…` list."""

    record: int
    column: str
    offset: int
    code: str
    code_system: str
    kind: Kind
    written: str | None

    def to_line(self) -> bytes:
        return _line(self._asdict())


@dataclass
class Tally:
    """Counters of a run, filled by the kernel. `plain` is the unchanged characters per column, kept apart for speed."""

    plain: list[int] = field(default_factory=list)
    characters: Counter[tuple[int, Kind]] = field(default_factory=Counter)
    problems: Counter[Kind] = field(default_factory=Counter)
    unmapped_codes: Counter[str] = field(default_factory=Counter)
    not_roundtrip: Counter[str] = field(default_factory=Counter)
    structure: int = 0
    records: int = 0
    records_with_loss: int = 0
    records_not_exact: int = 0
    gaiji: int = 0

    def of_column(self, column: int) -> dict[str, int]:
        counts = {kind.value: self.characters[column, kind] for kind in CHARACTER_KINDS}
        counts[Kind.UNCHANGED.value] += self.plain[column]
        return {"characters_in": sum(counts.values()), **counts}


@dataclass(frozen=True)
class Summary:
    """The last line of the report: counters, and the plan, release and editions they were made with."""

    facts: Mapping[str, Any]
    columns: tuple[Mapping[str, Any], ...]
    counts: Mapping[str, int]
    problems: Mapping[str, int]
    unmapped_codes: Mapping[str, int]
    not_roundtrip: Mapping[str, int]

    @property
    def losses(self) -> int:
        """Characters lost and records out of shape; デザイン差 and what does not come back are not losses."""
        return sum(self.counts[kind] for kind in LOST) + sum(self.problems.values())

    @property
    def exit_code(self) -> int:
        return 1 if self.losses else 0

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            **self.facts,
            **self.counts,
            "problems": dict(self.problems),
            "losses": self.losses,
            "columns": list(self.columns),
            "unmapped_codes": dict(sorted(self.unmapped_codes.items())),
            "not_roundtrip": dict(sorted(self.not_roundtrip.items())),
        }

    def to_line(self) -> bytes:
        return _line({"summary": self.to_json()})


def summarise(tally: Tally, names: tuple[str, ...], facts: Mapping[str, Any]) -> Summary:
    """The summary of a finished run; `names` are the header's column names, as far as they go."""
    by_column = [tally.of_column(at) for at in range(len(tally.plain))]
    counts = {kind.value: sum(column[kind.value] for column in by_column) for kind in CHARACTER_KINDS}
    inside = sum(counts.values())
    lost = sum(counts[kind] for kind in LOST)
    head = {
        "records": tally.records,
        "records_with_loss": tally.records_with_loss,
        "records_not_exact": tally.records_not_exact,
        "gaiji": tally.gaiji,
        "characters_in": inside + tally.structure,
        "characters_out": inside + tally.structure - lost,
        "structure": tally.structure,
    }
    return Summary(
        facts=facts,
        columns=tuple({"column": column_name(names, at), **column} for at, column in enumerate(by_column)),
        counts={**head, **counts},
        problems={kind.value: tally.problems[kind] for kind in PROBLEMS},
        unmapped_codes=tally.unmapped_codes,
        not_roundtrip=tally.not_roundtrip,
    )


def column_name(names: tuple[str, ...], at: int) -> str:
    """The header's name of a column, or `#` and its 1-based number where the header has none."""
    return (names[at] if at < len(names) else "") or f"#{at + 1}"


def _line(data: object) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
