"""Formats told by content; files that are no tables, too large, or in the wrong encoding."""

from pathlib import Path

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.tables.lint import delimited
from gaiji_hub.tables.lint.delimited import MAX_LINE, TableTooLarge, UnknownTable
from gaiji_hub.tables.lint.read import read_rows
from gaiji_hub.tables.lint.rows import Row


def read(tmp_path: Path, content: str | bytes) -> list[Row]:
    file = tmp_path / "table.txt"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_rows(file)


@pytest.mark.parametrize(
    "content",
    [
        "code,unicode,selector,text\nF040,U+9089,U+E0102,邉󠄂\n",
        "text,selector,unicode,code,memo\n邉󠄂,E0102,9089,f040,x\n",
        "code\tunicode\ttext\nF040\tU+9089 U+E0102\t邉󠄂\n",
        "\ufeffcode,unicode,text\r\nF040,U+9089 U+E0102,邉󠄂\r\n",
        '"code","unicode","text"\n"F040","9089 E0102","邉󠄂"\n\n',
        "Code,UCS,IVS,Character\nF040,U+9089,E0102,邉󠄂",
        '[{"code": "F040", "unicode": "9089", "selector": "E0102", "text": "邉󠄂"}]',
    ],
)
def test_the_same_row_in_every_format(tmp_path: Path, content: str):
    (found,) = read(tmp_path, content)
    assert (found.number, found.code, found.base, found.selectors, found.text, found.problems) == (
        1,
        "F040",
        (0x9089,),
        (("selector", 0xE0102),),
        (0x9089, 0xE0102),
        (),
    )


def test_two_columns_without_a_header_are_code_and_character(tmp_path: Path):
    found = read(tmp_path, '4040\t　\nA1C9\t"\nA2AF\t＂\n')
    assert [(row.number, row.code, row.base) for row in found] == [
        (1, "4040", (0x3000,)),
        (2, "A1C9", (0x22,)),
        (3, "A2AF", (0xFF02,)),
    ]


def test_options_and_round_trip_classes_are_reasons(tmp_path: Path):
    (first,) = read(tmp_path, '[{"code": "F040", "unicode": "4E00", "options": ["decode_only", "oneway"]}]')
    (second,) = read(tmp_path, "code\tucs\tround_trip\tback\tnote\nF040\tU+4E00\tdecode_only\tF041\tx\n")
    (third,) = read(tmp_path, "code,unicode,class\nF040,4E00,人名\n")
    assert (first.options, second.options, third.options) == ({"decode_only", "oneway"}, {"decode_only"}, set())


def test_a_table_from_codes_to_codes(tmp_path: Path):
    (found,) = read(tmp_path, '[{"jis8": "A1", "ebcdik": "42"}]')
    assert (found.code, found.partner, found.base) == ("A1", "42", ())


def test_the_user_table_of_fujitsu(tmp_path: Path):
    lines = ["CODE_CONVERT_Unicode-FJHOSTcode_USER_TABLE1.0", "JEF->Unicode", "80A1:E92E,80A2:E92F ; 架空", "; x"]
    lines += ["Unicode->JEF", "80A1:E92E", "80A3:E930", "E931"]
    found = read(tmp_path, "\n".join(lines))
    assert [(row.number, row.code, row.base, set(row.options)) for row in found[:3]] == [
        (1, "80A1", (0xE92E,), set()),
        (2, "80A2", (0xE92F,), set()),
        (4, "80A3", (0xE930,), {"encode_only"}),
    ]
    assert found[3].problems == ("「80A1:E92E」の形ではありません",)


def test_a_row_of_another_width_is_kept_and_said(tmp_path: Path):
    short, long = read(tmp_path, "code,unicode,text\nF040,4E00\nF041,4E01,丁,x\n")
    assert (short.base, short.problems) == ((0x4E00,), ("列の数が 2 です（見出しは 3）",))
    assert (long.base, long.problems) == ((0x4E01,), ("列の数が 4 です（見出しは 3）",))


def test_every_line_that_is_not_utf8_is_said_at_once(tmp_path: Path):
    with pytest.raises(Problems) as caught:
        read(tmp_path, "code,text\nF040,辺\nF041,x\nF042,邊\n".encode("cp932"))
    assert (caught.value.facts["count"], "2 行目" in str(caught.value), "4 行目" in str(caught.value)) == (
        2,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "行がありません"),
        (b"code,unicode\n", "行がありません"),
        (b"a,b,c\n1,2,3\n", "code の列がありません"),
        (b"code,memo\nF040,x\n", "unicode も text もありません"),
        (b"PK\x03\x04rest", "xlsx"),
        ("code,unicode\n".encode("utf-16"), "UTF-16"),
        (b"%PDF-1.7", "PDF"),
        (b"[" * 100_000, "入れ子"),
        (b'[{"code": ]', "1 行目"),
        (b"[1, 2]", "オブジェクトの並びではありません"),
        (b'[{"a": "b"}]', "code がありません"),
        (b'[{"code": "\xff"}]', "UTF-8"),
        (b'code,unicode\nF040,"4E00\n' + b"F041,4E01\n" * 20_000, "引用符"),
    ],
)
def test_what_is_no_table(tmp_path: Path, content: bytes, word: str):
    with pytest.raises(UnknownTable) as caught:
        read(tmp_path, content)
    assert word in str(caught.value)


def test_nul_is_said_with_its_line(tmp_path: Path):
    with pytest.raises(Problems, match="3 行目: NUL"):
        read(tmp_path, b"code,unicode\nF040,4E00\nF041,\x00\n")


def test_a_line_without_end_is_refused_without_being_read_whole(tmp_path: Path):
    with pytest.raises(TableTooLarge, match="2 行目が長すぎます"):
        read(tmp_path, b"code,unicode\n" + b"F" * (MAX_LINE + 1))


def test_more_rows_than_the_limit_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(delimited, "MAX_ROWS", 3)
    assert len(read(tmp_path, "code,unicode\n" + "F040,4E00\n" * 3)) == 3
    with pytest.raises(TableTooLarge, match="行が多すぎます"):
        read(tmp_path, "code,unicode\n" + "F040,4E00\n" * 4)


def test_json_values_that_are_no_cells_are_said_by_row(tmp_path: Path):
    found = read(tmp_path, '[{"code": 8040}, {"code": "8041", "options": [1]}, 5, {"code": "8042", "text": null}]')
    assert [len(row.problems) for row in found] == [2, 1, 2, 0]
