"""Workbooks like the publisher's, written by another program (XlsxWriter), and archives that are none."""

from __future__ import annotations

import collections
import io
import zipfile
from collections.abc import Mapping, Sequence

import xlsxwriter

from gaiji_hub.tables.importing import mj_sheet
from gaiji_hub.tables.reader import TableFile

# The publisher's header, in its order; two columns are for readers of the workbook only.
HEADER = (
    "図形", "font", "MJ文字図形名", "対応するUCS", "実装したUCS", "実装したMoji_JohoコレクションIVS", "実装したSVS",
    "戸籍統一文字番号", "住基ネット統一文字コード", "入管正字コード", "入管外字コード", "漢字施策", "対応する互換漢字",
    "X0213", "X0213 包摂連番", "X0213 包摂区分", "X0212", "MJ文字図形バージョン", "登記統一文字番号(参考)",
    "部首1(参考)", "内画数1(参考)", "部首2(参考)", "内画数2(参考)", "部首3(参考)", "内画数3(参考)", "部首4(参考)",
    "内画数4(参考)", "総画数(参考)", "読み(参考)", "大漢和", "日本語漢字辞典", "新大字典", "大字源", "大漢語林",
    "更新履歴", "備考",
)  # fmt: skip
_NUMBERS = frozenset(
    ("MJ文字図形バージョン", "総画数(参考)", "大漢和", "X0213 包摂区分", "部首1(参考)", "内画数1(参考)")
)
Cells = Mapping[str, object]
HEN = {
    "MJ文字図形名": "MJ026190",
    "対応するUCS": "U+9089",
    "実装したUCS": "U+9089",
    "実装したMoji_JohoコレクションIVS": "9089_E010F",
    "MJ文字図形バージョン": 1,
    "総画数(参考)": 17,
    "読み(参考)": "ヘン・あたり",
    "部首1(参考)": 162,
    "内画数1(参考)": 13,
    "更新履歴": "Ver.003.01 「X」を変更;Ver.005.02 「Y」を追加",
}


def workbook(rows: Sequence[Cells], header: Sequence[str] = HEADER, above: int = 0, sheets: int = 0) -> bytes:
    """An xlsx with `above` lines of a title before the header, and `sheets` other sheets before this one."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy/mm/dd"})
    for number in range(sheets):
        book.add_worksheet(f"説明{number}").write(0, 0, "この表について")
    sheet = book.add_worksheet("MJ文字情報一覧表")
    for line in range(above):
        sheet.write(line, 0, "MJ文字情報一覧表")
    for at, title in enumerate(header):
        sheet.write(above, at, title)
    for number, row in enumerate(rows, start=above + 1):
        for at, title in enumerate(header):
            value = row.get(title)
            if isinstance(value, str):
                sheet.write_string(number, at, value)
            elif value is not None:
                sheet.write(number, at, value)
    book.close()
    return out.getvalue()


def committed_rows(files: Mapping[str, TableFile], every: int) -> list[dict[str, object]]:
    """Every `every`-th glyph of the committed tables as the publisher's rows."""
    grouped: dict[str, dict[str, list[list[str]]]] = {}
    for name in ("mj_duplicate_ivs", "mj_reading", "mj_radical", "mj_change"):
        rows: dict[str, list[list[str]]] = collections.defaultdict(list)
        for line in files[name].lines():
            glyph, *cells = line.split("\t")
            rows[glyph].append(cells)
        grouped[name] = rows
    columns = files["mj"].columns
    listed = [dict(zip(columns, line.split("\t"), strict=True)) for line in files["mj"].lines()]
    doubled = [row for row in listed if row["glyph"] in grouped["mj_duplicate_ivs"]]
    return [_published(row, grouped) for row in [*listed[::every], *doubled]]


def _published(row: Mapping[str, str], grouped: Mapping[str, Mapping[str, list[list[str]]]]) -> dict[str, object]:
    glyph = row["glyph"]
    cells: dict[str, object] = {title: row[key] or None for key, (title, _) in mj_sheet._COLUMNS.items()}
    more = [_sequence(one[0]) for one in grouped["mj_duplicate_ivs"].get(glyph, ())]
    ivs = [_sequence(row["ivs"])] if row["ivs"] else []
    cells["実装したMoji_JohoコレクションIVS"] = ";".join([*ivs, *more])
    cells["実装したSVS"] = _sequence(row["svs"]) if row["svs"] else None
    cells["読み(参考)"] = "・".join(
        one[1] for one in sorted(grouped["mj_reading"].get(glyph, ()), key=lambda r: int(r[0]))
    )
    cells["更新履歴"] = ";".join(one[0] for one in grouped["mj_change"].get(glyph, ()))
    for number, (radical, strokes) in enumerate(grouped["mj_radical"].get(glyph, ()), start=1):
        cells[f"部首{number}(参考)"], cells[f"内画数{number}(参考)"] = radical, strokes
    return {title: _number(title, value) for title, value in cells.items() if value}


def _sequence(cell: str) -> str:
    return "_".join(part.removeprefix("U+") for part in cell.split())


def _number(title: str, value: object) -> object:
    """Excel stores what looks like a number as one."""
    text = str(value)
    return float(text) if title in _NUMBERS and text.replace(".", "", 1).isdigit() else value


def strict(data: bytes) -> bytes:
    """The same workbook in Strict Open XML, as the publisher's is."""
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    links = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            text = old.read(member).replace(main, b"http://purl.oclc.org/ooxml/spreadsheetml/main")
            new.writestr(
                member.filename, text.replace(links, b"http://purl.oclc.org/ooxml/officeDocument/relationships")
            )
    return out.getvalue()


def archive(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()
