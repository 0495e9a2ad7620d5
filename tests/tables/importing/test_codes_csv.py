"""Code tables in CSV and TSV: declared columns, every wrong line, the wrong encoding, another system, a gibibyte."""

import io
import os
from pathlib import Path

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.importing import code_rows, delimited
from gaiji_hub.tables.importing.codes_csv import FIELDS, NEEDED, read_codes_csv
from gaiji_hub.tables.importing.delimited import BadColumns, Shape, parse_columns, sniff_delimiter
from gaiji_hub.tables.importing.encodings import ENCODINGS, UnknownEncoding, encoding_name
from gaiji_hub.tables.importing.rows import ImportLineTooLong, ImportTooLarge, check_size

COLUMNS = {"code": "外字コード", "unicode": "UCS", "selector": "異体字"}
HEAD = "外字コード,備考,UCS,異体字\n"


def read(text: str | bytes, shape: Shape | None = None, system: str = "jef") -> list[tuple[str, ...]]:
    data = text if isinstance(text, bytes) else text.encode()
    table = read_codes_csv(io.BytesIO(data), "t.csv", shape or Shape(COLUMNS), code_system(system))
    return [row[:3] for row in table.rows]


def told(text: str | bytes, shape: Shape | None = None, system: str = "jef") -> str:
    with pytest.raises(Problems) as caught:
        read(text, shape, system)
    return str(caught.value)


def test_declared_columns_wherever_they_stand_and_others_passed_over():
    found = read(HEAD + '80A2,"二行の\n備考",845B,E0100\n80A1,,U+E000,\n\n')
    assert found == [("80A1", "U+E000", "both"), ("80A2", "U+845B U+E0100", "both")]


def test_the_selector_may_stand_in_the_same_cell():
    assert read(HEAD + "80A1,,845B_E0100,\n") == [("80A1", "U+845B U+E0100", "both")]
    assert read(HEAD + "80A1,,845B E0100,E0100\n") == [("80A1", "U+845B U+E0100", "both")]


def test_a_file_without_header_is_declared_by_numbers_and_may_have_tabs():
    shape = Shape({"code": "2", "text": "1", "class": "3"}, "\t", header=False)
    found = read("辻\t80A1\tdecode_only\n葛\U000e0100\t80A2\t\n", shape)
    assert found == [("80A1", "U+8FBB", "decode_only"), ("80A2", "U+845B U+E0100", "both")]


@pytest.mark.parametrize("name", list(ENCODINGS))
def test_each_encoding_is_read_when_it_is_declared(name: str):
    data = (HEAD.replace("備考", "名称") + "80A1,辻,U+8FBB,\n").encode(name)
    assert read(data, Shape(COLUMNS, encoding=name)) == [("80A1", "U+8FBB", "both")]


@pytest.mark.parametrize("actual", ["cp932", "euc_jp"])
def test_the_wrong_encoding_is_told_with_lines_and_what_it_looks_like(actual: str):
    data = (HEAD + "80A1,表示,U+8FBB,\n80A2,ascii,U+8FBB,\n80A3,能力,U+8FBB,\n").encode(actual)
    problem = told(data)
    assert f"このファイルは {ENCODINGS[actual]} のようです。--encoding {actual} を指定" in problem
    for number in (1, 2, 4):
        assert f"{number} 行目: UTF-8 として読めません" in problem
    assert "3 行目" not in problem
    assert "列「" not in problem


def test_utf8_declared_as_cp932_is_refused_though_it_may_decode():
    shape = Shape({"code": "1", "unicode": "2"}, encoding="cp932", header=False)
    problem = told("80A1,U+8FBB,ああ\n".encode(), shape)
    assert "1 行目: CP932（Windows の Shift_JIS） と指定されましたが、UTF-8 のようです" in problem


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_told_by_name(mark: str):
    problem = told((HEAD + "80A1,x,U+8FBB,\n").encode(mark))
    assert "UTF-16" in problem
    assert "UTF-8 で保存し直してください" in problem


WRONG = [
    ("80A,,U+8FBB,", "符号が16進で書かれていません"),
    ("外字,,U+8FBB,", "符号が16進で書かれていません"),
    (",x,U+8FBB,", "符号が16進で書かれていません"),
    ("80A1,,辻,", "符号位置（U+XXXX）ではありません"),
    ("80A1,,U+D800,", "符号位置（U+XXXX）ではありません"),
    ("80A1,,U+110000,", "符号位置（U+XXXX）ではありません"),
    ("80A1,,,", "文字も符号位置もありません"),
    ("80A1,," + "U+8FBB " * 9 + ",", "8 符号位置を超える"),
    ("80A1", "列が足りません（1 列）"),
    ('80A1,"x"y,U+8FBB,', "引用符"),
    ("80A0,,U+8FBB,", "80A0 は jef の符号ではありません"),
    ("8FF5A1,,U+8FBB,", "8FF5A1 は jef の符号ではありません"),
]


@pytest.mark.parametrize(("line", "why"), WRONG)
def test_a_wrong_line_is_told_with_its_number(line: str, why: str):
    problem = told(f"{HEAD}80A3,,U+8FBB,\n80A4,,U+8FBC,\n{line}\n80A5,,U+8FBD,\n")
    assert f"4 行目: {why}" in problem or ("4 行目" in problem and why in problem)
    assert "1 件の問題" in problem


def test_all_problems_at_once():
    problem = told(HEAD + "80A1,,U+8FBB,\nxx,,U+8FBB,\n80A1,,U+8FBC,\n80A2,,,\n41A0,,U+8FBB,\n80A4,,U+8FBB,\n")
    assert "4 件の問題" in problem
    for line in ("3 行目: 符号が", "4 行目: 80A1 は 2 行目にもあります", "5 行目: 文字も", "6 行目: 41A0 は jef"):
        assert line in problem


def test_two_columns_that_contradict_each_other_are_refused():
    shape = Shape({"code": "1", "unicode": "2", "text": "3"}, header=False)
    assert "2 行目: 符号位置と文字が食い違っています" in told("80A1,U+8FBB,辻\n80A2,U+8FBB,込\n", shape)


def test_several_texts_may_be_encoded_as_one_code_and_one_is_decoded():
    shape = Shape({"code": "1", "unicode": "2", "class": "3"}, header=False)
    rows = "80A1,U+8FBB,both\n80A1,U+8FBC,encode_only\n80A1,U+8FBD,encode_only\n"
    assert len(read(rows, shape)) == 3
    assert "4 行目: 80A1 は 1 行目にもあります" in told(rows + "80A1,U+8FBE,decode_only\n", shape)
    assert "向きは" in told("80A1,U+8FBB,two-way\n", shape)


@pytest.mark.parametrize(
    ("declared", "codes", "looks_like"),
    [
        ("jef", ["F040", "F041", "F07E"], "cp932"),
        ("cp932", ["80A1", "80A2", "A0FE"], "jef"),
        ("cp932", ["6941", "7FFE", "69FE"], "ibm-kanji"),
        ("jef", ["8FF5A1", "8FF5A2"], "euc-jp-ms"),
    ],
)
def test_a_table_of_another_code_system_says_which_it_looks_like(declared: str, codes: list[str], looks_like: str):
    shape = Shape({"code": "1", "unicode": "2"}, header=False)
    problem = told("".join(f"{code},U+{0x4E00 + n:04X}\n" for n, code in enumerate(codes)), shape, declared)
    first = problem.split("\n")[1]
    assert first.startswith(f"この表は {declared} ではなく ")
    assert looks_like in first
    for number, code in enumerate(codes, start=1):
        assert f"{number} 行目: {code} は {declared} の符号ではありません" in problem


def test_a_few_wrong_codes_do_not_make_it_another_system():
    rows = "".join(f"{0x80A1 + n:04X},,U+4E00,\n" for n in range(9)) + "F040,,U+4E00,\n"
    assert "ではなく" not in told(HEAD + rows)


@pytest.mark.parametrize("header", ["外字コード,UCS\n", "外字コード,UCS,異体字,UCS\n", "a,b,c\n"])
def test_a_header_without_or_with_two_of_a_column(header: str):
    assert "1 行目（見出し）: 列「" in told(header + "80A1,8FBB,\n")


def test_an_empty_table_is_none():
    assert "対応が1行もありません" in told(HEAD)
    assert "対応が1行もありません" in told("")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "つないでください"),
        ("code", "つないでください"),
        ("code=", "つないでください"),
        ("code=A,code=B,unicode=C", "それぞれ1回まで"),
        ("codes=A,unicode=C", "それぞれ1回まで"),
        ("code=A", "unicodeかtext が要ります"),
        ("unicode=A", "code が要ります"),
    ],
)
def test_columns_that_are_declared_wrongly(text: str, why: str):
    with pytest.raises(BadColumns, match=why):
        parse_columns(text, FIELDS, NEEDED)


@pytest.mark.parametrize("number", ["0", "x", "1001", "-1", "１"])
def test_without_header_columns_are_numbers(number: str):
    with pytest.raises(BadColumns, match="1 から数えた番号"):
        read("80A1,U+8FBB\n", Shape({"code": "1", "unicode": number}, header=False))


@pytest.mark.parametrize(
    ("typed", "name"),
    [("UTF8", "utf-8"), ("Shift_JIS", "cp932"), ("Windows-31J", "cp932"), ("EUC-JP", "euc_jp"), ("cp932", "cp932")],
)
def test_usual_names_of_encodings(typed: str, name: str):
    assert encoding_name(typed) == name


def test_an_unknown_encoding_is_refused():
    with pytest.raises(UnknownEncoding, match="使えるもの: utf-8"):
        encoding_name("utf-16")


@pytest.mark.parametrize(
    ("name", "text", "found"), [("a.tsv", "", "\t"), ("a.csv", "a\tb", "\t"), ("a.txt", "a,b\t", ",")]
)
def test_the_delimiter_of_a_file(tmp_path: Path, name: str, text: str, found: str):
    (tmp_path / name).write_text(text)
    assert sniff_delimiter(tmp_path / name) == found


def test_a_gibibyte_is_streamed_in_little_memory():
    """65,000 rows of 16 KB: 180 MB of address space are enough for Python, our code and what is kept of them."""
    assert int.from_bytes(_in_little_memory("rows"), "big") > 65_000


def test_a_gibibyte_of_nonsense_stops_at_the_problems_it_can_list():
    with pytest.raises(Problems, match="問題が 1000 件に達したので") as caught:
        _in_little_memory("remarks")
    assert "3 行目: 符号が16進で書かれていません" in str(caught.value)


def _in_little_memory(blocks: str) -> bytes:
    return run_limited(
        "tests.tables.importing.big_csv:read_a_gibibyte",
        blocks.encode(),
        memory=180 * MB,
        cpu_seconds=120,
        wall_seconds=300,
    )


def test_more_rows_than_a_system_has_codes_are_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(code_rows, "MAX_ROWS", 5)
    assert "7 行目: 行が多すぎます（5 行まで）" in told(HEAD + "".join(f"80A{n},,U+4E00,\n" for n in range(1, 10)))


def test_a_file_beyond_the_stated_size_is_refused_before_it_is_read(tmp_path: Path):
    path = tmp_path / "big.csv"
    with path.open("wb") as file:
        os.truncate(file.fileno(), delimited.MAX_BYTES + 1)
    with pytest.raises(ImportTooLarge, match="2147483649 バイト（取り込めるのは 2147483648 バイトまで）。何も"):
        check_size(path, delimited.MAX_BYTES)


def test_a_file_of_one_endless_line_is_refused():
    with pytest.raises(ImportLineTooLong, match="1 行目が長すぎます"):
        read(bytes(3 << 20))
