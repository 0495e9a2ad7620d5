"""Characters used by record files: recounted from the text by other means, hostile files included."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.convert.csv_stream import RecordTooLong
from gaiji_hub.convert.declaration import Contradiction, HeaderNotDeclared, NotDeclared
from gaiji_hub.convert.places import InputMissing
from gaiji_hub.moji.code_system import UnknownCodeSystem
from gaiji_hub.workbench import print_job_usage
from gaiji_hub.workbench.print_job_usage import (
    BadCensus,
    RecordText,
    TooManyCharacters,
    Usage,
    count_usage,
    read_census,
    read_records,
)

# Base and selector as one, written without the package's own splitting.
UNITS = re.compile("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]?")


def used(folder: Path, data: bytes, from_: str, *, header: bool | None = True) -> Usage:
    path = folder / "in.csv"
    path.write_bytes(data)
    return count_usage(read_records(path, from_, header=header))


def test_every_character_of_every_field_is_counted_and_layout_is_not(tmp_path: Path):
    text = '番号,氏名\n1,"邉\U000e0102,""a""\n辺"\n2,\ue000\t邉\r\n'
    usage = used(tmp_path, text.encode(), "utf-8")
    assert usage.counts == Counter("番号氏名1,2") + Counter(
        {"邉\U000e0102": 1, '"': 2, "a": 1, "辺": 1, "邉": 1, "\ue000": 1}
    )
    assert (usage.records, usage.unreadable) == (2, Counter())


def test_cp932_gaiji_and_bytes_without_meaning(tmp_path: Path):
    data = "番号,氏名\r\n1,辺".encode("cp932") + b"\xf0\x40\x80\xa0\xff\x85\x40\r\n"
    usage = used(tmp_path, data, "cp932")
    assert usage.counts["\ue000"] == 1
    assert usage.unreadable == Counter({"80": 1, "A0": 1, "FF": 1, "8540": 1})


def test_a_selector_never_takes_a_base_from_another_field_or_line(tmp_path: Path):
    text = '番号,氏名\n邉,\U000e0102\n"邉\n\U000e0102",\U000e0103\n'
    usage = used(tmp_path, text.encode(), "utf-8")
    assert {unit: usage.counts[unit] for unit in ("邉", "\U000e0102", "\U000e0103")} == {
        "邉": 2,
        "\U000e0102": 2,
        "\U000e0103": 1,
    }


def test_a_byte_order_mark_is_no_character(tmp_path: Path):
    assert "\ufeff" not in used(tmp_path, "\ufeff番号\n1\n".encode(), "utf-8").counts


def test_records_are_numbered_as_conversion_numbers_them(tmp_path: Path):
    path = tmp_path / "in.csv"
    path.write_bytes("番号\n一\n".encode())
    assert [record.number for record in read_records(path, "utf-8")] == [0, 1]
    assert [record.number for record in read_records(path, "utf-8", header=False)] == [1, 2]
    path.write_bytes(b"1\n2\n")
    with pytest.raises(HeaderNotDeclared):
        list(read_records(path, "utf-8"))


@given(st.lists(st.lists(st.text('邉辺一a",\n\ue000𠮷\ufa19\U000e0102\ufe00', max_size=6), min_size=2, max_size=3)))
def test_counts_are_those_of_an_independent_reading(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]):
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([["見出", "見出"], *rows])
    usage = used(tmp_path_factory.getbasetemp(), buffer.getvalue().encode(), "utf-8")
    expected: Counter[str] = Counter("見出見出")
    for text in (line for row in rows for field in row for line in field.split("\n")):
        lone = re.match("[\ufe00-\ufe0f\U000e0100-\U000e01ef]*", text)
        assert lone is not None
        expected.update(lone[0])
        body = text[lone.end() :]
        expected.update(UNITS.findall(body))
        expected.update(UNITS.sub("", body))
    assert usage.counts == expected


@pytest.mark.parametrize(
    ("data", "from_", "error"),
    [
        ("番号,氏名\n".encode("utf-16"), "utf-8", Contradiction),
        ("番号,氏名\n1,花子\n".encode("cp932") * 20, "utf-8", Contradiction),
        ("番号\n".encode(), None, NotDeclared),
        ("番号\n".encode(), "jef", UnknownCodeSystem),
        (b"a\n" + b'"' + b"a" * (2 << 20), "utf-8", RecordTooLong),
        (bytes(100), "cp932", Contradiction),
    ],
)
def test_hostile_files_end_in_a_sentence(tmp_path: Path, data: bytes, from_: str, error: type[Exception]):
    with pytest.raises(error):
        used(tmp_path, data, from_)


def test_a_missing_file_is_told(tmp_path: Path):
    with pytest.raises(InputMissing):
        list(read_records(tmp_path / "no.csv", "utf-8"))


def test_a_file_of_all_characters_is_no_record_file(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(print_job_usage, "MAX_CHARACTERS", 100)
    count_usage([RecordText(1, "".join(map(chr, range(0x4E00, 0x4E00 + 100))), ())])
    with pytest.raises(TooManyCharacters):
        count_usage([RecordText(1, "".join(map(chr, range(0x4E00, 0x4E00 + 101))), ())])


def test_a_census_gives_gaiji_alone():
    usage = read_census(b"code,pua,count,records,in_release\nF040,U+E000,3,2,1\n,U+F0000,1,1,0\n")
    assert usage.counts == Counter({"\ue000": 3, "\U000f0000": 1})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"code,count\n",
        b"code,pua,count,records,in_release\nF040,U+E000,x,1,1\n",
        b"code,pua,count,records,in_release\nF040,U+E000,-1,1,1\n",
        b"code,pua,count,records,in_release\nF040,E000,1,1,1\n",
        b"code,pua,count,records,in_release\nF040\n",
        b"\xff",
    ],
)
def test_a_broken_census_is_refused(data: bytes):
    with pytest.raises(BadCensus):
        read_census(data)
