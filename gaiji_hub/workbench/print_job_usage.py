"""使用文字: which characters a record file uses, and per record, in constant memory.

A character is base + selector. Line ends and tabs inside a field are layout, not characters to print. What the
declared encoding cannot read is counted as unreadable, never skipped.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from gaiji_hub.convert.codecs import CODECS, MARKED, UTF8, Codec
from gaiji_hub.convert.csv_stream import fields, records
from gaiji_hub.convert.declaration import HEAD_BYTES, UTF8_BOM, NotDeclared, Route, check_head, check_header
from gaiji_hub.convert.places import check_input
from gaiji_hub.convert.run import read_chunks
from gaiji_hub.convert.tables import Outcome
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.code_system import UnknownCodeSystem
from gaiji_hub.moji.text import BadUcs, parse_ucs, split

MAX_CHARACTERS = 30_000
MAX_CENSUS = 4 << 20
_LAYOUT = "\t\r\n"
_BREAK = "\n"  # between fields and for unreadable bytes: a selector after it has no base
_NO_LAYOUT = dict.fromkeys(map(ord, _LAYOUT))
# What the quick way must not decide: private use and selectors, and bytes that only Python's CP932 reads.
_CARE = re.compile(f"{MARKED.pattern}|[\x80-\xa0]")
_CENSUS_HEAD = ["code", "pua", "count", "records", "in_release"]
Progress = Callable[[int], object]


class TooManyCharacters(BadInput):
    code = "too_many_characters"
    template = "使われている文字が {limit} 種を超えました。住民の記録ではないファイルの可能性があるため、中止しました"


class RecordsNotFile(BadInput):
    code = "records_not_a_file"
    template = "記録は2回読むので、通常のファイルを指定してください（標準入力やパイプは使えません）: {name}"


class BadCensus(BadInput):
    code = "bad_census"
    template = "使用外字調査（census）の結果として読めません: {reason}"


@dataclass
class Usage:
    """How often each character is used, and each byte sequence without meaning (hex); `records` are data records."""

    counts: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)
    records: int = 0


class RecordText(NamedTuple):
    """The text of one record, its fields apart; `unreadable` are the byte sequences (hex) that mean nothing.

    `number` counts data records from 1; the header line is 0.
    """

    number: int
    text: str
    unreadable: tuple[str, ...]

    def characters(self) -> Iterable[str]:
        """Each base + selector once per occurrence, in order; a selector without base is a character of its own."""
        if not MARKED.search(self.text):
            return self.text.translate(_NO_LAYOUT)
        found = (character.lstrip(_LAYOUT) for character in split(self.text))
        return [character for character in found if character]


def read_records(
    path: Path, from_: str | None, *, header: bool | None = None, progress: Progress | None = None
) -> Iterator[RecordText]:
    """The records of the CSV file `path`, its header line too: what is printed may be in it.

    `header` None takes the first record for the header unless it looks like data. Raises `RecordsNotFile` for a pipe,
    whose second reading would prove nothing, and what `convert_file` raises for the input.
    """
    codec = _codec(from_)
    check_input(path)
    if not path.is_file():
        raise RecordsNotFile(name=path.name)
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
        check_head(head, codec)
        if header is None:
            check_header(head, Route(codec, UTF8, "utf-8", _NoRule()))
        body = head.removeprefix(UTF8_BOM) if codec is UTF8 else head
        done = 0
        numbered = enumerate(records(chain([body], read_chunks(file))), start=int(header is False))
        for number, record in numbered:
            done += len(record.body) + len(record.end)
            if progress and number % 1024 == 0:
                progress(done)
            yield _record(number, record.body, codec)


def count_usage(found: Iterable[RecordText]) -> Usage:
    """The characters of records, counted; `TooManyCharacters` past `MAX_CHARACTERS` different ones."""
    usage = Usage()
    for record in found:
        usage.counts.update(record.characters())
        usage.unreadable.update(record.unreadable)
        usage.records += record.number > 0
        if len(usage.counts) + len(usage.unreadable) > MAX_CHARACTERS:
            raise TooManyCharacters(limit=MAX_CHARACTERS)
    return usage


def read_census(data: bytes) -> Usage:
    """The gaiji of a census file (convert/census.py) as usage; it knows no other characters and no records."""
    usage = Usage()
    try:
        if len(data) > MAX_CENSUS:
            raise BadCensus(reason="大きすぎます")
        head, *lines = csv.reader(data.decode().splitlines(), strict=True)
        if head != _CENSUS_HEAD:
            raise BadCensus(reason="見出しが違います")
        for _, pua, count, _, _ in lines:
            if int(count) < 1 or len(character := parse_ucs(pua)) != 1:
                raise BadCensus(reason="回数または符号位置が正しくありません")
            usage.counts[character] += int(count)
    except (ValueError, BadUcs, csv.Error) as error:
        raise BadCensus(reason=f"読み取れません（{type(error).__name__}）") from None
    return usage


class _NoRule:
    """Nothing is converted here; private use and unreadable bytes in a header are seen without a rule."""

    careful: frozenset[str] = frozenset()
    lists_notes = False

    def outcome(self, text: str) -> Outcome | None:  # noqa: ARG002
        return None


def _codec(from_: str | None) -> Codec:
    if not from_:
        raise NotDeclared()
    if from_ not in CODECS:
        raise UnknownCodeSystem(name=from_[:40], known="・".join(CODECS))
    return CODECS[from_]


def _record(number: int, body: bytes, codec: Codec) -> RecordText:
    texts, unreadable = [], list[str]()
    for found in fields(body, number=number + 1):
        for raw, quoted in ((found.content, bool(found.opening)), (found.tail, False)):
            if raw:
                texts.append(_text(raw, codec, quoted, unreadable))
    return RecordText(number, _BREAK.join(texts), tuple(unreadable))


def _text(raw: bytes, codec: Codec, quoted: bool, unreadable: list[str]) -> str:
    """A field's text, doubled quotes undone; what cannot be read goes to `unreadable`."""
    try:
        text = codec.decode(raw)
    except UnicodeDecodeError:
        text = None
    if text is None or _CARE.search(text):
        found = list(codec.characters(raw, quoted=quoted))
        unreadable.extend(character.raw.hex().upper() for character in found if character.text is None)
        text = "".join(character.text or _BREAK for character in found)
    return text.replace('""', '"') if quoted else text
