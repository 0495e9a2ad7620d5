"""A list of the MJ+ additions: what it may say, and each wrong line with its number."""

import io

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.tables.importing.delimited import Shape
from gaiji_hub.tables.importing.plus_list import FIELDS, ListEntry, read_plus_list

SHAPE = Shape({name: name for name in FIELDS})
HEAD = ",".join(FIELDS) + "\n"


def read(text: str) -> dict[GlyphId, ListEntry]:
    return read_plus_list(io.BytesIO((HEAD + text).encode()), "l.csv", SHAPE)


def test_everything_but_the_id_may_be_empty():
    found = read("GJ000001,,,,,\ngj000002,845B,E0100,,くず,11\nGJ000003,,,辻,つじ、十,5\n")
    assert found == {
        "GJ000001": ListEntry(2),
        "GJ000002": ListEntry(3, "葛\U000e0100", "くず", "11"),
        "GJ000003": ListEntry(4, "辻", "つじ、十", "5"),
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("GJ1,,,,,", "文字図形名（GJ＋6桁）ではありません"),
        ("架空,,,,,", "文字図形名（GJ＋6桁）ではありません"),
        ("MJ000001,,,,,", "MJ000001 は追加文字（GJ＋6桁）ではありません"),
        ("GJ000001,,,,,", "GJ000001 は 2 行目にもあります"),
        ("GJ000002,辻,,,,", "符号位置（U+XXXX）ではありません"),
        ("GJ000002,845B,,辻,,", "符号位置と文字が食い違っています"),
        ("GJ000002,,,,,十二", "画数が数ではありません"),
        ("GJ000002,,,," + "あ" * 201 + ",", "読みが 200 字を超える"),
        ('GJ000002,,,,"一\t二",', "タブか改行が入っています"),
        ("GJ000002,,", "列が足りません"),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_without_what_it_says(line: str, why: str):
    with pytest.raises(Problems) as caught:
        read(f"GJ000001,,,,,\n{line}\n")
    assert "3 行目: " in str(caught.value)
    assert why in str(caught.value)
    assert "架空" not in str(caught.value)


def test_all_problems_at_once_and_an_empty_list():
    with pytest.raises(Problems, match="3 件の問題"):
        read("x,,,,,\ny,,,,,\nMJ000001,,,,,\n")
    with pytest.raises(Problems, match="一覧に1行もありません"):
        read("")
