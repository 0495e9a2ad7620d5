"""CSV scanning: every byte kept, the same records for any chunk size, the fields Python's csv module finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.convert.csv_stream import Field, Record, RecordTooLong, TooManyColumns, fields, records
from tests.convert.town import csv_rows

MARKS = st.lists(st.sampled_from([b'"', b",", b"\r", b"\n", b"a", b"\x81", b'""', b"\r\n"])).map(b"".join)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def value(field: Field) -> str:
    content = field.content.replace(b'""', b'"') if field.opening else field.content
    return (content + field.tail).decode("latin-1")


@given(MARKS, st.integers(1, 9))
def test_records_are_the_same_for_any_chunk_size_and_lose_nothing(data: bytes, size: int) -> None:
    whole = list(records([data]))
    assert list(records(cut(data, size))) == whole
    assert b"".join(record.body + record.end for record in whole) == data


@given(MARKS)
def test_fields_lose_nothing(body: bytes) -> None:
    joined = b",".join(f.opening + f.content + f.closing + f.tail for f in fields(body, number=1))
    assert joined == body


@given(MARKS)
def test_fields_are_those_of_pythons_csv_module(data: bytes) -> None:
    found = [[value(field) for field in fields(record.body, number=1)] for record in records([data])]
    expected = csv_rows(data.decode("latin-1"))
    # csv gives [] for an empty line and [""] for an empty quoted field; both are one empty field here
    assert found == [row or [""] for row in expected]


def test_line_ends_are_kept_apart_and_quoted_ones_are_data() -> None:
    data = b'a,b\r\nc,"d\ne"\rf\n\ng'
    assert list(records([data])) == [
        Record(0, b"a,b", b"\r\n"),
        Record(5, b'c,"d\ne"', b"\r"),
        Record(13, b"f", b"\n"),
        Record(15, b"", b"\n"),
        Record(16, b"g", b""),
    ]


def test_a_quote_inside_an_unquoted_field_is_data() -> None:
    assert [record.body for record in records([b'a"b,c\nd"\n'])] == [b'a"b,c', b'd"']


def test_offsets_point_at_the_content() -> None:
    assert [field.offset for field in fields(b'ab,"c",d', number=1)] == [0, 4, 7]


@pytest.mark.parametrize("body", [b'"abc', b'"abc"d', b'x,"'])
def test_wrong_quotes_are_seen(body: bytes) -> None:
    assert any(field.malformed for field in fields(body, number=1))


@pytest.mark.parametrize("size", [1, 7, 100, 1000])
def test_a_record_past_the_limit_is_refused_for_any_chunk_size(size: int) -> None:
    data = b"ok\n" + b"x" * 101 + b"\n"
    with pytest.raises(RecordTooLong) as caught:
        list(records(cut(data, size), limit=100))
    assert caught.value.facts == {"record": 2, "limit": 100}
    assert [record.body for record in records(cut(b"x" * 100 + b"\r\n", size), limit=100)] == [b"x" * 100]


def test_an_open_quote_cannot_swallow_the_file() -> None:
    with pytest.raises(RecordTooLong):
        list(records([b'"' + b"a\n" * 100], limit=100))


@pytest.mark.parametrize("body", [b"," * 4096, b'"",' * 4096])
def test_too_many_columns_are_refused(body: bytes) -> None:
    with pytest.raises(TooManyColumns):
        fields(body, number=3)
