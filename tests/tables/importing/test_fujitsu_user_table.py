"""富士通のユーザ定義テーブル: the published example, a round trip of anything, every wrong line."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.errors import Problems
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.importing.code_rows import CodeRow
from gaiji_hub.tables.importing.fujitsu_user_table import (
    TITLE,
    FujitsuUserTable,
    NotInUserTable,
    format_user_table,
    parse_user_table,
    read_user_table,
    user_table_of,
)

# As the publisher's manual prints it: the same order JEF:Unicode under both headings.
EXAMPLE = f"""{TITLE} ;タイトル
JEF->Unicode ;変換種別文字列
;JEF:Unic ;コメント
80A1:E92E ;コード部
80A2:E92F ,80A3:E930,
80A4:E931
Unicode->JEF
;JEF:Unic
80A1:E92E
80A2:E92F
80A5:E931
"""
JEF = code_system("jef")


def parse(text: str) -> FujitsuUserTable:
    return parse_user_table(io.BytesIO(text.encode("cp932")), "unijef.txt")


def told(text: str) -> str:
    with pytest.raises(Problems) as caught:
        parse(text)
    return str(caught.value)


def test_the_published_example():
    found = parse(EXAMPLE)
    assert found.jef_to_unicode == ((0x80A1, 0xE92E), (0x80A2, 0xE92F), (0x80A3, 0xE930), (0x80A4, 0xE931))
    assert found.unicode_to_jef == ((0x80A1, 0xE92E), (0x80A2, 0xE92F), (0x80A5, 0xE931))


def test_what_stands_under_both_headings_goes_both_ways():
    table = read_user_table(io.BytesIO(EXAMPLE.encode("cp932")), "unijef.txt", JEF)
    assert [row[:3] for row in table.rows] == [
        ("80A1", "U+E92E", "both"),
        ("80A2", "U+E92F", "both"),
        ("80A3", "U+E930", "decode_only"),
        ("80A4", "U+E931", "decode_only"),
        ("80A5", "U+E931", "encode_only"),
    ]
    assert table.name == "code_jef"


_CODE = st.integers(0x0000, 0xFFFF)
_POINT = st.integers(0x0000, 0xFFFF).filter(lambda point: not 0xD800 <= point <= 0xDFFF)
_PAIRS = st.sets(st.tuples(_CODE, _POINT), max_size=20).map(lambda pairs: tuple(sorted(pairs)))


@given(_PAIRS, _PAIRS)
def test_what_is_written_is_read_back(decoded: tuple[tuple[int, int], ...], encoded: tuple[tuple[int, int], ...]):
    table = FujitsuUserTable(decoded, encoded)
    data = format_user_table(table)
    assert parse_user_table(io.BytesIO(data), "t") == table
    assert format_user_table(parse_user_table(io.BytesIO(data), "t")) == data


@given(st.sets(st.tuples(st.integers(0x80A1, 0x80FE), st.integers(0xE000, 0xE0FF)), min_size=1, max_size=20))
def test_rows_of_a_code_table_come_back(pairs: set[tuple[int, int]]):
    rows = [
        CodeRow(code.to_bytes(2, "big"), chr(point))
        for code, point in {code: (code, point) for code, point in pairs}.values()
    ]
    table = read_user_table(io.BytesIO(format_user_table(user_table_of(rows))), "t", JEF)
    assert [row[:3] for row in table.rows] == sorted(row.cells[:3] for row in rows)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "見出し JEF->Unicode も Unicode->JEF もありません"),
        ("80A1:E92E\n", "1 行目: 先頭の行が CODE_CONVERT"),
        (f"{TITLE}2.0\n", "1 行目: 先頭の行が"),
        (f"{TITLE}\n80A1:E92E\nJEF->Unicode\n", "2 行目: 見出し（JEF->Unicode か Unicode->JEF）より前"),
        (f"{TITLE}\nJEF->Unicode\n80A1=E92E\n", "3 行目: 「80A1:E92E」"),
        (f"{TITLE}\nJEF->Unicode\n80A1:E92E 80A2:E92F\n", "3 行目: 「80A1:E92E」"),
        (f"{TITLE}\nJEF->Unicode\n80A:E92E\n", "3 行目: 「80A1:E92E」"),
        (f"{TITLE}\nJEF->Unicode\n80A1:10FFFD\n", "3 行目: 「80A1:E92E」"),
        (f"{TITLE}\nJEF->Unicode\n80A1:D800\n", "3 行目: D800 はサロゲート"),
        (f"{TITLE}\nJEF->Unicode\n80A1:E92E\n80A1:E92E\n", "4 行目: 80A1:E92E は 3 行目にもあります"),
        (f"{TITLE}\nUnicode->UCS2\n", "2 行目: 見出し"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(text: str, why: str):
    assert why in told(text)


def test_all_problems_at_once():
    problem = told(f"{TITLE}\nJEF->Unicode\nx\n80A1:E92E,y\n80A1:E92E\n")
    assert "3 件の問題" in problem
    assert "3 行目" in problem
    assert "4 行目" in problem
    assert "5 行目" in problem


def test_a_code_decoded_as_two_texts_and_codes_of_no_jef_are_told():
    text = f"{TITLE}\nJEF->Unicode\n80A1:E92E\n80A1:E92F\n80A0:E930\n"
    with pytest.raises(Problems) as caught:
        read_user_table(io.BytesIO(text.encode()), "t", JEF)
    assert "4 行目: 80A1 は 3 行目にもあります" in str(caught.value)
    assert "5 行目: 80A0 は jef の符号ではありません" in str(caught.value)


@pytest.mark.parametrize(
    "row", [CodeRow(b"\x80\xa1", "葛\U000e0100"), CodeRow(b"\x80\xa1", "\U00020089"), CodeRow(b"A", "A")]
)
def test_what_the_format_has_no_room_for_is_refused(row: CodeRow):
    with pytest.raises(NotInUserTable, match=r"1 件（最初は (80A1|41)）"):
        user_table_of([row])


def test_directions_are_kept():
    rows = [CodeRow(b"\x80\xa1", "\ue000", "decode_only"), CodeRow(b"\x80\xa2", "\ue001", "encode_only")]
    assert user_table_of(rows) == FujitsuUserTable(((0x80A1, 0xE000),), ((0x80A2, 0xE001),))
