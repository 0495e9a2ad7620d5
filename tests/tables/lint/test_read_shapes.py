"""Shapes of files: quoted tab-separated text, semicolons, encodings, repeated columns, what is no file."""

import csv
import os
from pathlib import Path

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.tables.lint.delimited import UnknownTable
from gaiji_hub.tables.lint.read import read_rows

ROWS = [("09", "0009", "\t"), ("0A", "000A", "\n"), ("22", "0022", '"'), ("41", "0041", "A"), ("00", "0000", "\0")]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_character_as_a_csv_writer_quotes_it(tmp_path: Path, delimiter: str, quoting: int):
    file = tmp_path / "table.txt"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, delimiter=delimiter, quoting=quoting).writerows([("code", "unicode", "text"), *ROWS])
    found = read_rows(file)
    assert [(row.code, row.base, row.text) for row in found] == [
        (code, (ord(text),), (ord(text),)) for code, _, text in ROWS
    ]
    assert {row.problems for row in found} == {()}


def test_a_bare_quotation_mark_beside_quoted_cells(tmp_path: Path):
    file = tmp_path / "table.tsv"
    file.write_text('code\ttext\n22\t"\n23\t""""\n24\t"$"\n25\t%\t\n', "utf-8")
    assert [row.base for row in read_rows(file)] == [(0x22,), (0x22,), (0x24,), (0x25,)]


@pytest.mark.parametrize("line", ["F041,\0", "00,x\0", "00,\0,\0"])
def test_nul_elsewhere_is_refused(tmp_path: Path, line: str):
    file = tmp_path / "table.csv"
    file.write_text(f"code,text\n{line}\n", "utf-8")
    with pytest.raises(Problems, match="2 行目: NUL"):
        read_rows(file)


@pytest.mark.parametrize("encoding", ["cp932", "euc_jp"])
def test_the_declared_encoding(tmp_path: Path, encoding: str):
    file = tmp_path / "table.csv"
    file.write_text("コード,符号位置,文字\nF040,8FBA,辺\n", encoding)
    (row,) = read_rows(file, encoding)
    assert (row.code, row.base, row.text) == ("F040", (0x8FBA,), (0x8FBA,))
    with pytest.raises(Problems, match="--encoding"):
        read_rows(file)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("code,unicode,unicode\nF040,4E00,4E01\n", "unicode を示す列が二つ"),
        ("code,ucs,符号位置\nF040,4E00,4E01\n", "unicode を示す列が二つ"),
        ("code\tコード\ttext\nF040\tF041\t一\n", "code を示す列が二つ"),
        ("code,unicode,selector,ivs\nF040,4E00,,\n", "selector を示す列が二つ"),
        ('[{"code": "F040", "unicode": "4E00", "unicode": "4E01"}]', "二度"),
        ('[{"code": "F040", "unicode": "4E00"}, {"code": "F041", "code": "F042"}]', "二度"),
    ],
)
def test_two_columns_of_one_meaning(tmp_path: Path, content: str, word: str):
    file = tmp_path / "table.txt"
    file.write_text(content, "utf-8")
    with pytest.raises(UnknownTable, match=word):
        read_rows(file)


def test_two_names_of_one_meaning_in_an_object(tmp_path: Path):
    file = tmp_path / "table.json"
    file.write_text('[{"code": "F040", "unicode": "4E00", "ucs": "4E01"}]', "utf-8")
    assert read_rows(file)[0].problems == ("unicode を示す名前が二つ以上あります",)


def test_what_is_no_file_is_not_opened(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(UnknownTable, match="ふつうのファイルではありません"):
            read_rows(path)
