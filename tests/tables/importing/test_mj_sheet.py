"""The published workbook: read whole, or every wrong column and cell told with its row."""

import datetime
import hashlib
import io
import zipfile

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.limits.child import ChildCrashed
from gaiji_hub.tables.importing import child, mj_sheet
from gaiji_hub.tables.importing.archive_check import BadWorkbook
from gaiji_hub.tables.reader import read_manifests
from gaiji_hub.tables.root import data_root
from tests.tables.importing import workbooks
from tests.tables.importing.workbooks import HEADER, HEN, workbook


def read(data: bytes) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {table.name: table.rows for table in mj_sheet.read_mj(data, "mji.xlsx")}


def problems_of(data: bytes) -> str:
    with pytest.raises(Problems) as caught:
        mj_sheet.read_mj(data, "mji.xlsx")
    return str(caught.value)


def test_a_row_becomes_rows_of_five_tables():
    found = read(workbook([HEN]))
    assert [table for table in found if found[table]] == ["mj", "mj_reading", "mj_radical", "mj_change"]
    assert found["mj"][0][:4] == ("MJ026190", "U+9089", "U+9089", "U+9089 U+E010F")
    assert found["mj_reading"] == (("MJ026190", "1", "ヘン"), ("MJ026190", "2", "あたり"))
    assert found["mj_radical"] == (("MJ026190", "162", "13"),)
    assert [change for _, change in found["mj_change"]] == ["Ver.003.01 「X」を変更", "Ver.005.02 「Y」を追加"]


def test_a_workbook_of_the_committed_rows_gives_the_committed_lines():
    """Every 40th glyph and the two with two IVS, written by another program in the publisher's columns."""
    files = read_manifests(data_root())
    rows = workbooks.committed_rows(files, 40)
    tables = mj_sheet.read_mj(workbook(rows), "mji.xlsx")
    glyphs = {str(row["MJ文字図形名"]) for row in rows}
    assert len(glyphs) > 1_400
    for table in tables:
        expected = [line for line in files[table.name].lines() if line[:8] in glyphs]
        assert table.to_bytes().decode().split("\n")[1:-1] == expected, table.name
        assert table.columns == files[table.name].columns
    assert len(next(table for table in tables if table.name == "mj_duplicate_ivs").rows) == 2


@pytest.mark.parametrize("above", [0, 3, 9])
def test_the_header_may_stand_below_a_title_and_on_a_later_sheet(above: int):
    assert read(workbook([HEN], above=above, sheets=2))["mj"][0][0] == "MJ026190"


def test_columns_are_found_by_title_wherever_they_stand():
    assert read(workbook([HEN], header=HEADER[::-1])) == read(workbook([HEN]))


def test_strict_open_xml_is_read_too():
    assert read(workbooks.strict(workbook([HEN]))) == read(workbook([HEN]))


def test_numbers_that_lost_their_zeros_get_them_back_where_the_width_is_known():
    row = {**HEN, "戸籍統一文字番号": 1340, "登記統一文字番号(参考)": 1340, "MJ文字図形バージョン": 1.1000000000000001}
    found = dict(zip(("glyph", *[""] * 4, "koseki"), read(workbook([row]))["mj"][0], strict=False))
    assert found["koseki"] == "001340"
    assert {"00001340", "1.1"} < set(read(workbook([row]))["mj"][0])


def test_every_missing_unknown_and_doubled_column_is_named():
    header = [title for title in HEADER if title not in ("X0213", "備考")] + ["学年", "大字源"]
    told = problems_of(workbook([HEN], header=header, above=1))
    assert told.startswith("mji.xlsx: 4 件の問題があります")
    for line in (
        "2 行目（見出し）: 列「X0213」がありません",
        "2 行目（見出し）: 列「備考」がありません",
        "2 行目（見出し）: 35 列目は知らない列です: 学年",
        "2 行目（見出し）: 列「大字源」が2つあります",
    ):
        assert line in told


WRONG = [
    ("MJ文字図形名", "MJ26190", "MJ＋6桁ではありません"),
    ("MJ文字図形名", None, "空欄です"),
    ("対応するUCS", "9089", "符号位置（U+XXXX）ではありません"),
    ("実装したUCS", "U+D800", "符号位置（U+XXXX）ではありません"),
    ("実装したUCS", "U+110000", "符号位置（U+XXXX）ではありません"),
    ("実装したMoji_JohoコレクションIVS", "9089 E010F", "「基底_選択子」の形ではありません"),
    ("実装したMoji_JohoコレクションIVS", "9089_0041", "基底か選択子が範囲の外です"),
    ("戸籍統一文字番号", "12345", "数字 6 桁ではありません"),
    ("住基ネット統一文字コード", "J-9089", "J+XXXXではありません"),
    ("入管正字コード", "9089", "0xXXXXではありません"),
    ("X0213", datetime.date(2001, 1, 25), "日付や真偽値になっています"),
    ("X0212", "1-1", "区点（16-01）ではありません"),
    ("総画数(参考)", None, "空欄です"),
    ("総画数(参考)", "十七", "画数ではありません"),
    ("読み(参考)", "ヘン・・あたり", "空の読みがあります"),
    ("備考", "一行目\n二行目", "タブか改行が入っています"),
    ("部首1(参考)", "水", "部首番号ではありません"),
]


@pytest.mark.parametrize(("title", "value", "why"), WRONG)
def test_a_wrong_cell_is_told_with_its_row_and_column(title: str, value: object, why: str):
    good = {**HEN, "MJ文字図形名": "MJ000001"}
    told = problems_of(workbook([good, {**HEN, title: value}]))
    assert f"3 行目「{title}」: {why}" in told
    assert "1 件の問題" in told
    if isinstance(value, str):
        assert value not in told.replace(why, "")


def test_all_problems_are_told_at_once():
    rows = [{**HEN, "MJ文字図形名": "MJ000001"}, {**HEN, "対応するUCS": "x", "X0213": "y"}, {**HEN}, {**HEN}]
    told = problems_of(workbook(rows))
    assert "4 件の問題" in told
    assert "3 行目「対応するUCS」" in told
    assert "3 行目「X0213」" in told
    assert "4 行目: MJ026190 は 3 行目にもあります" in told
    assert "5 行目: MJ026190 は 3 行目にもあります" in told


def test_the_listing_is_capped_but_the_count_is_not():
    rows = [{**HEN, "MJ文字図形名": f"MJ{number:06d}", "X0213": "?"} for number in range(300)]
    told = problems_of(workbook(rows))
    assert "300 件の問題" in told
    assert "…ほか 250 件" in told


def test_a_workbook_without_the_column_says_which_sheets_it_has():
    with pytest.raises(child.NoHeader, match="列「MJ文字図形名」のある見出しが見つかりません（シート: 説明0・MJ"):
        mj_sheet.read_mj(workbook([], header=["番号", "文字"], sheets=1), "mji.xlsx")


def test_a_header_without_rows_is_no_table():
    assert "見出しの下に行がありません" in problems_of(workbook([]))


def test_damage_anywhere_is_a_refusal_and_never_a_crash():
    """Bytes turned at many places: each copy is refused in Japanese or, where nothing was hit, read as before."""
    good = workbook([HEN])
    before = read(good)
    for at in range(30, len(good), len(good) // 6):
        broken = good[:at] + hashlib.sha256(bytes([at % 256])).digest()[:8] + good[at + 8 :]
        assert _outcome(broken) in (before, "refused"), at


def _outcome(data: bytes) -> object:
    try:
        return read(data)
    except (BadWorkbook, Problems, child.NoHeader):
        return "refused"


def _edited(old: bytes, new: bytes) -> bytes:
    """A workbook with other bytes in its sheet."""
    with zipfile.ZipFile(io.BytesIO(workbook([HEN]))) as book:
        members = {member.filename: book.read(member) for member in book.infolist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert old in members[sheet]
    return workbooks.archive({**members, sheet: members[sheet].replace(old, new, 1)})


HOSTILE = [
    (b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>', ChildCrashed),
    (b"</sheetData>", b'<row r="9"><c r="A9" t="str"><v>&a;</v></c></row></sheetData>', BadWorkbook),
    (b't="s"><v>3</v>', b't="s"><v>999999999</v>', BadWorkbook),
    (b"<sheetData>", b"<sheetData", BadWorkbook),
]


@pytest.mark.parametrize(("old", "new", "error"), HOSTILE)
def test_a_sheet_that_is_made_to_hurt_is_refused(old: bytes, new: bytes, error: type[Exception]):
    """The last cell of the largest sheet (17 billion cells), entities, a string that is not there, broken XML."""
    with pytest.raises(error, match=r"mji\.xlsx"):
        mj_sheet.read_mj(_edited(old, new), "mji.xlsx")
