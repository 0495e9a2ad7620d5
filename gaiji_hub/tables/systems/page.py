"""A code table: every code with its text and its round-trip class, made of what a source says.

A source may name a code several times and a text at several codes. Which of them is read and which is written is
decided here by one rule, and each row says which class that gave it and why (domain.md: recorded, not settled
silently):
- `both`: the code is read as the text and the text is written as the code;
- `decode_only`: read, but the text is written as the code in `back`, or not at all where `back` is empty;
- `encode_only`: the text is written as this code, which itself is read as another text;
- `none`: the system has the code, but no text can stand for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

Prefer = Callable[[bytes, str], bool]


class RoundTrip(StrEnum):
    BOTH = "both"
    DECODE_ONLY = "decode_only"
    ENCODE_ONLY = "encode_only"
    NONE = "none"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    RoundTrip.BOTH: "往復できる",
    RoundTrip.DECODE_ONLY: "読むだけ",
    RoundTrip.ENCODE_ONLY: "書くだけ",
    RoundTrip.NONE: "文字がない",
}


@dataclass(frozen=True)
class Said:
    """What a source says of a code: its text, whether it may be read and written, the source's own word for why."""

    code: bytes
    text: str | None
    reads: bool = True
    writes: bool = True
    note: str = ""


@dataclass(frozen=True)
class CodeRow:
    """One row of a built code table; `back` is the code its text is written as, where that is another one."""

    code: bytes
    text: str | None
    kind: RoundTrip
    back: bytes = b""
    note: str = ""

    def values(self) -> tuple[object, ...]:
        """The cells of the built table, None for an empty one."""
        return (self.code.hex().upper(), self.text, self.kind.value, self.back.hex().upper() or None, self.note or None)


def code_rows(said: Iterable[Said], prefers: Prefer) -> Iterator[CodeRow]:
    """The rows of a table, ascending by code. `prefers(code, text)` is what an independent source says.

    A code read as several texts keeps the one that the other source has too, else the first; the text that loses is
    not written there either, or it would come back as the other. A text at several codes is written as the code that
    the other source has, else as the lowest. What loses stays as a row of its class.
    """
    rows = list(dict.fromkeys(said))
    read = _read_as(rows, prefers)
    write = _written_as([row for row in rows if not row.reads or read.get(row.code) == row.text], prefers)
    made = [_classed(row, read, write) for row in rows]
    yield from sorted(set(made), key=lambda row: (row.code, row.text or "", row.kind))


def _read_as(rows: list[Said], prefers: Prefer) -> dict[bytes, str]:
    texts: dict[bytes, list[str]] = defaultdict(list)
    for row in rows:
        if row.text is not None and row.reads:
            texts[row.code].append(row.text)
    return {code: next((text for text in found if prefers(code, text)), found[0]) for code, found in texts.items()}


def _written_as(rows: list[Said], prefers: Prefer) -> dict[str, bytes]:
    codes: dict[str, list[bytes]] = defaultdict(list)
    for row in rows:
        if row.text is not None and row.writes:
            codes[row.text].append(row.code)
    return {text: min(found, key=lambda code: (not prefers(code, text), code)) for text, found in codes.items()}


def _classed(row: Said, read: dict[bytes, str], write: dict[str, bytes]) -> CodeRow:
    if row.text is None:
        return CodeRow(row.code, None, RoundTrip.NONE, note=row.note)
    is_read, is_written = read.get(row.code) == row.text, write.get(row.text) == row.code
    if is_read and is_written:
        return CodeRow(row.code, row.text, RoundTrip.BOTH, note=row.note)
    if is_written:
        return CodeRow(row.code, row.text, RoundTrip.ENCODE_ONLY, note=row.note)
    note = row.note if is_read or not row.reads else f"{row.note} other_text_chosen".strip()
    kind = RoundTrip.DECODE_ONLY if is_read else RoundTrip.NONE
    return CodeRow(row.code, row.text, kind, write.get(row.text, b""), note)
