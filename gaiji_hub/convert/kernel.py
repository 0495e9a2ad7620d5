"""変換核: one record in, one record out, every character counted and every loss reported.

Pure Python, the oracle for the C kernel of a later issue (未実装), which will replace this module behind the same
tables. Two ways through a record: one look for the characters that need care, and for the fields that have some, a
walk over every character.
"""

from __future__ import annotations

from collections.abc import Callable

from gaiji_hub.convert.codecs import MARKED, Character, Codec
from gaiji_hub.convert.csv_stream import Field, Record, fields
from gaiji_hub.convert.report import LOST, Kind, Loss, Tally, column_name
from gaiji_hub.convert.tables import Outcome, Rule
from gaiji_hub.moji.text import format_ucs, is_pua

MAX_NAME = 40
MAX_REMEMBERED = 1 << 16
MAX_CODES = 1 << 16
OTHER_CODES = "other"


class Kernel:
    """Converts records of one run. `report` gets every loss in the order of the file; `tally` counts."""

    def __init__(
        self, rule: Rule, source: Codec, target: Codec, *, substitute: str, report: Callable[[Loss], object]
    ) -> None:
        self.tally = Tally()
        self.names: tuple[str, ...] = ()
        self._rule, self._source, self._target = rule, source, target
        self._same = source.name == target.name
        self._invalid = "\ufffd" if target.encode("\ufffd") is not None else substitute
        self._careful = source.careful | rule.careful
        self._report = report
        self._ordinary: dict[str | None, bytes] = {}
        self._expected = 0
        self._number = 0
        self._start = 0
        self._lossy = self._inexact = False

    def convert(self, record: Record, number: int) -> bytes:
        """The record's bytes in the target encoding; `number` 0 is the header line."""
        tally, self._number, self._start = self.tally, number, record.offset
        is_data = number > 0
        tally.records += is_data
        body = self._unmarked(record.body)
        if body is None:
            self._lossy = self._inexact = False
            body = self._field_by_field(record.body)
            tally.records_with_loss += self._lossy and is_data
            tally.records_not_exact += self._inexact and is_data
        tally.structure += len(record.end)
        return body + record.end

    def take_header(self, body: bytes) -> None:
        """Name the columns after the header line, repeated names numbered; `#n` where a name is missing."""
        names: list[str] = []
        for field in fields(body, number=1):
            found = self._source.characters(field.content, quoted=bool(field.opening))
            name = "".join(c.text or "\ufffd" for c in found).replace('""', '"')[:MAX_NAME]
            names.append(f"{name}#{len(names) + 1}" if name in names else name)
        self.names = tuple(names)

    def _unmarked(self, body: bytes) -> bytes | None:
        """A record of the expected width without quotes, losses and gaiji; None where it must be walked."""
        if b'"' in body:
            return None
        quick = self._quick(body)
        if quick is None:
            return None
        text, written = quick
        parts = text.split(",")
        if len(parts) != self._expected:
            return None
        plain = self.tally.plain
        for index, part in enumerate(parts):
            plain[index] += len(part)
        self.tally.structure += len(parts) - 1
        return written

    def _quick(self, raw: bytes) -> tuple[str, bytes] | None:
        """(text, bytes to write) where no character needs care, else None."""
        try:
            text = self._source.decode(raw)
        except UnicodeDecodeError:
            return None
        if MARKED.search(text) or not self._careful.isdisjoint(text):
            return None
        written = raw if self._same else self._target.encode(text)
        return None if written is None else (text, written)

    def _field_by_field(self, body: bytes) -> bytes:
        found = fields(body, number=self._number + bool(self.names))
        self._check_width(len(found))
        written = []
        for index, field in enumerate(found):
            if field.malformed:
                self._problem(Kind.QUOTE, index, field)
            self.tally.structure += len(field.opening) + len(field.closing)
            content = self._content(field.content, field.offset, index, quoted=bool(field.opening))
            at = field.offset + len(field.content) + len(field.closing)
            tail = self._content(field.tail, at, index, quoted=False)
            written.append(field.opening + content + field.closing + tail)
        self.tally.structure += len(found) - 1
        return b",".join(written)

    def _check_width(self, width: int) -> None:
        """The first record sets the width; a record of another width is reported and kept."""
        plain = self.tally.plain
        plain.extend([0] * (width - len(plain)))
        self._expected = self._expected or width
        if width != self._expected:
            self._problem(Kind.COLUMNS, None, None)

    def _problem(self, kind: Kind, index: int | None, field: Field | None) -> None:
        self._lossy = True
        self.tally.problems[kind] += 1
        column = "" if index is None else column_name(self.names, index)
        offset = self._start + (field.offset - len(field.opening) if field else 0)
        self._report(Loss(self._number, column, offset, "", self._source.name, kind, None))

    def _content(self, raw: bytes, offset: int, index: int, *, quoted: bool) -> bytes:
        quick = self._quick(raw)
        if quick is not None:
            doubled = quick[0].count('""') if quoted else 0
            self.tally.plain[index] += len(quick[0]) - doubled
            self.tally.structure += doubled
            return quick[1]
        at, written, plain = self._start + offset, [], 0
        for character in self._source.characters(raw, quoted=quoted):
            known = self._ordinary.get(character.text)
            plain += known is not None
            written.append(self._character(character, at, index) if known is None else known)
            at += len(character.raw)
        self.tally.plain[index] += plain
        return b"".join(written)

    def _character(self, character: Character, at: int, index: int) -> bytes:
        raw, text = character
        if text is None:
            outcome = Outcome(Kind.INVALID, self._invalid, raw.hex().upper(), self._source.name)
            return self._take(outcome, at, index)
        self.tally.structure += raw.startswith(b'""')
        if not self._source.comes_back(character):
            self.tally.not_roundtrip[raw.hex().upper()] += 1
        outcome_or_none = self._rule.outcome(text)
        if outcome_or_none is None:
            self.tally.plain[index] += 1
            return self._passed(text)
        self.tally.gaiji += is_pua(ord(text[0])) or outcome_or_none.kind is Kind.RESTORED
        return self._take(outcome_or_none, at, index)

    def _passed(self, text: str) -> bytes:
        """The bytes of an ordinary character, remembered unless another code of it must be told apart."""
        written = self._encode(text)
        if not text.startswith('""') and text not in self._source.careful and len(self._ordinary) < MAX_REMEMBERED:
            self._ordinary[text] = written
        return written

    def _take(self, outcome: Outcome, at: int, index: int) -> bytes:
        """Count and report an outcome; its bytes."""
        kind = outcome.kind
        self.tally.characters[index, kind] += 1
        self._lossy |= kind in LOST
        self._inexact |= kind is Kind.NOT_EXACT
        if kind is Kind.UNMAPPED:
            self._count_unmapped(outcome.code)
        if kind in LOST or kind is Kind.NOT_EXACT:
            self._line(outcome, kind, at, index)
        if outcome.note:
            self.tally.not_roundtrip[outcome.code] += 1
            if self._rule.lists_notes:
                self._line(outcome, Kind.NOT_ROUNDTRIP, at, index)
        return self._encode(outcome.written)

    def _count_unmapped(self, code: str) -> None:
        """By code, in bounded memory: past `MAX_CODES` different codes new ones are counted together."""
        counts = self.tally.unmapped_codes
        counts[code if code in counts or len(counts) < MAX_CODES else OTHER_CODES] += 1

    def _line(self, outcome: Outcome, kind: Kind, at: int, index: int) -> None:
        column, written = column_name(self.names, index), format_ucs(outcome.written)
        self._report(Loss(self._number, column, at, outcome.code, outcome.code_system, kind, written))

    def _encode(self, text: str) -> bytes:
        """Rules only let through what the target has (tables.py), so there are bytes."""
        encoded = self._target.encode(text)
        assert encoded is not None
        return encoded
