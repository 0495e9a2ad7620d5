"""CSV の走査: records and fields as byte ranges, so that what is not converted stays as it was, byte for byte.

RFC 4180 with what occurs in practice: LF, CRLF or CR ends a record, a field is quoted only when it begins with a
quote, a quote inside an unquoted field is data. Cuts are at ASCII bytes, safe in CP932 and UTF-8 (codecs.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gaiji_hub.errors import BadInput

MAX_RECORD = 1 << 20
MAX_COLUMNS = 4096

_FIELD = rb'(?:"(?:[^"]++|"")*+"[^,\r\n]*+|[^",\r\n][^,\r\n]*+)?+'
_RECORD = re.compile(rb"(?P<body>" + _FIELD + rb"(?:," + _FIELD + rb")*+)(?P<end>\r\n|\r|\n)")
# For a body already cut: line ends inside are data of an unclosed quote, so only commas end a field.
_PARTS = re.compile(rb'(?P<open>")(?P<quoted>(?:[^"]++|"")*+)(?:(?P<close>")(?P<tail>[^,]*+))?|(?P<plain>[^,]*+)')


class RecordTooLong(BadInput):
    code = "record_too_long"
    template = (
        "{record} 番目のレコード（見出しも数える）が上限の {limit} バイトを超えています。"
        '引用符（"）の閉じ忘れか、CSV ではないファイルの可能性があります'
    )


class TooManyColumns(BadInput):
    code = "too_many_columns"
    template = "{record} 番目のレコード（見出しも数える）の項目数が上限の {limit} を超えています"


class Record(NamedTuple):
    """`offset` in bytes from the start of the data, the bytes without line end, and the line end (b"" at the end)."""

    offset: int
    body: bytes
    end: bytes


class Field(NamedTuple):
    """A field cut at its marks; `opening + content + closing + tail` is the field as it stood.

    `tail` is what follows a closing quote (never in RFC 4180). `offset` is of the content, from the record's start.
    """

    offset: int
    opening: bytes
    content: bytes
    closing: bytes
    tail: bytes

    @property
    def malformed(self) -> bool:
        """A quote that is not closed, or data after the closing one."""
        return bool(self.opening and not self.closing) or bool(self.tail)


def records(chunks: Iterable[bytes], *, limit: int = MAX_RECORD, offset: int = 0) -> Iterator[Record]:
    """The records of a stream; the same for any chunk size. Raises `RecordTooLong` past `limit` bytes."""
    count, pending = 0, b""
    for chunk in chunks:
        pending += chunk
        used = 0
        for body, end in _complete(pending):
            count += 1
            _check_length(body, limit, count)
            yield Record(offset, body, end)
            used += len(body) + len(end)
            offset += len(body) + len(end)
        pending = pending[used:]
        _check_length(pending[:-1], limit, count + 1)
    for body, end in _rest(pending):
        count += 1
        _check_length(body, limit, count)
        yield Record(offset, body, end)
        offset += len(body) + len(end)


def fields(body: bytes, *, number: int) -> list[Field]:
    """The fields of a record's body; `number` is its place in the file for `TooManyColumns`."""
    if b'"' not in body:
        return _plain_fields(body, number)
    found: list[Field] = []
    at = 0
    while at <= len(body):
        match = _PARTS.match(body, at)
        assert match is not None  # the last alternative matches the empty string
        found.append(_field(match, at))
        _check_columns(len(found), number)
        at = match.end() + 1
    return found


def _plain_fields(body: bytes, number: int) -> list[Field]:
    _check_columns(body.count(b",") + 1, number)
    found, at = [], 0
    for content in body.split(b","):
        found.append(Field(at, b"", content, b"", b""))
        at += len(content) + 1
    return found


def _field(match: re.Match[bytes], at: int) -> Field:
    if match["open"] is None:
        return Field(at, b"", match["plain"], b"", b"")
    return Field(at + 1, b'"', match["quoted"], match["close"] or b"", match["tail"] or b"")


def _complete(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The records that certainly end within `data`: a final CR may still be followed by its LF."""
    if b'"' not in data:
        lines = data.splitlines(keepends=True)
        if lines and not lines[-1].endswith(b"\n"):
            lines.pop()
        for line in lines:
            body = line.rstrip(b"\r\n")
            yield body, line[len(body) :]
        return
    at = 0
    while match := _RECORD.match(data, at):
        at = match.end()
        if at == len(data) and match["end"] == b"\r":
            return
        yield match["body"], match["end"]


def _rest(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """What is left at the end of the file: a record without line end, one ended by CR, or an unclosed quote."""
    if not data:
        return
    match = _RECORD.fullmatch(data)
    yield (match["body"], match["end"]) if match else (data, b"")


def _check_length(body: bytes, limit: int, number: int) -> None:
    if len(body) > limit:
        raise RecordTooLong(record=number, limit=limit)


def _check_columns(count: int, number: int) -> None:
    if count > MAX_COLUMNS:
        raise TooManyColumns(record=number, limit=MAX_COLUMNS)
