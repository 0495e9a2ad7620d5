"""MJ文字情報一覧表 (the publisher's xlsx) → the tables `mj`, `mj_duplicate_ivs`, `mj_reading`,
`mj_radical`, `mj_change`.

Columns are found by the publisher's titles, wherever they stand; none may be missing and none may be unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.tables import parse
from gaiji_hub.tables.columns import Row
from gaiji_hub.tables.importing import child
from gaiji_hub.tables.importing.mj_cells import Cell, CellRefused, Reader, digits, like, sequences, text, ucs
from gaiji_hub.tables.importing.rows import Complaints, ReadTable, sort_rows
from gaiji_hub.tables.parse_changelog import MJ_CHANGE

_T = TypeVar("_T")
_NO_FORMS: tuple[str, ...] = ()
MAX_BYTES = 64 * MB
GLYPH = "MJ文字図形名"
_IVS, _SVS = "実装したMoji_JohoコレクションIVS", "実装したSVS"
_READINGS, _CHANGES = "読み(参考)", "更新履歴"
_RADICALS = tuple((f"部首{n}(参考)", f"内画数{n}(参考)") for n in range(1, 5))
# Shown to readers of the workbook only, or kept elsewhere; the first also appears with its furigana.
_PASSED_OVER = frozenset({"図形", "図形ズケイ", "font"})

_COLUMNS: dict[str, tuple[str, Reader]] = {
    "glyph": (GLYPH, like(r"MJ[0-9]{6}", "MJ＋6桁")),
    "ucs": ("対応するUCS", ucs),
    "implemented_ucs": ("実装したUCS", ucs),
    "koseki_number": ("戸籍統一文字番号", digits(6)),
    "juki_code": ("住基ネット統一文字コード", like(r"J\+[0-9A-F]{4}", "J+XXXX")),
    "nyukan_seiji": ("入管正字コード", like(r"0x[0-9A-F]{4,5}", "0xXXXX")),
    "nyukan_gaiji": ("入管外字コード", like(r"0x[0-9A-F]{4,5}", "0xXXXX")),
    "kanji_shisaku": ("漢字施策", text),
    "compat_ucs": ("対応する互換漢字", ucs),
    "x0213": ("X0213", like(r"[12]-[0-9]{2}-[0-9]{2}", "面区点（1-01-25）")),
    "x0213_hosetsu_renban": ("X0213 包摂連番", like(r"U[0-9]{3}(・U[0-9]{3})*", "包摂連番（U001）")),
    "x0213_hosetsu_kubun": ("X0213 包摂区分", like(r"[0-9]", "数字1桁")),
    "x0212": ("X0212", like(r"[0-9]{2}-[0-9]{2}", "区点（16-01）")),
    "version": ("MJ文字図形バージョン", like(r"[0-9]+(\.[0-9]+)*", "版番号")),
    "toki_number": ("登記統一文字番号(参考)", digits(8)),
    "strokes": ("総画数(参考)", like(r"[0-9]{1,3}", "画数")),
    "daikanwa": ("大漢和", text),
    "nihongo_kanji_jiten": ("日本語漢字辞典", text),
    "shindaijiten": ("新大字典", text),
    "daijigen": ("大字源", text),
    "daikangorin": ("大漢語林", text),
    "note": ("備考", text),
}
_NEEDED = ("glyph", "version", "strokes")
_RADICAL = like(r"[0-9]{1,3}", "部首番号")
_STROKES = like(r"[0-9]{1,3}|-", "内画数")
TITLES = (
    *(title for title, _ in _COLUMNS.values()), _IVS, _SVS, _READINGS, _CHANGES, *sum(_RADICALS, ()),
)  # fmt: skip


@dataclass
class _Sheet:
    """Where each title stands, and the rows so far."""

    place: dict[str, int]
    complaints: Complaints
    mj: list[Row] = field(default_factory=list)
    duplicates: list[Row] = field(default_factory=list)
    readings: list[Row] = field(default_factory=list)
    radicals: list[Row] = field(default_factory=list)
    changes: list[Row] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)

    def cell(self, number: int, cells: Sequence[Cell], title: str, read: Callable[[Cell], _T], default: _T) -> _T:
        """A cell read by `read`, `default` when it was refused (and noted)."""
        at = self.place[title]
        try:
            return read(cells[at] if at < len(cells) else None)
        except CellRefused as error:
            self.complaints.add(f"{number} 行目「{title}」", str(error))
            return default


def read_mj(data: bytes, name: str) -> tuple[ReadTable, ...]:
    """The five tables of the workbook `data`; `Problems` with every wrong row and column, `BadWorkbook`, limits."""
    order = json.dumps({"name": name, "column": GLYPH}).encode()
    answer = run_limited(
        f"{child.__name__}:{child.read_sheet.__name__}",
        order + b"\n" + data,
        memory=1_536 * MB,
        cpu_seconds=60,
        wall_seconds=180,
        file_bytes=256 * MB,
        what=f"{name} の読み取り",
    )
    return read_rows((json.loads(line) for line in answer.splitlines()), name)


def read_rows(rows: Iterable[list[Cell]], name: str) -> tuple[ReadTable, ...]:
    """The tables of numbered rows, `[row number, cell…]`, the header first."""
    numbered = iter(rows)
    complaints = Complaints(name)
    sheet = _Sheet(_places(next(numbered), complaints), complaints)
    for number, cells in _split(numbered):
        _read_row(sheet, number, cells)
    if not sheet.mj and not complaints:
        complaints.add("", "見出しの下に行がありません")
    complaints.settle()
    return (
        sort_rows("mj", parse.MJ.header, sheet.mj),
        sort_rows("mj_duplicate_ivs", parse.MJ_DUPLICATE_IVS.header, sheet.duplicates),
        sort_rows("mj_reading", parse.MJ_READING.header, sheet.readings),
        sort_rows("mj_radical", parse.MJ_RADICAL.header, sheet.radicals),
        sort_rows("mj_change", MJ_CHANGE.header, sheet.changes),
    )


def _split(rows: Iterator[list[Cell]]) -> Iterator[tuple[int, list[Cell]]]:
    for row in rows:
        number, *cells = row
        yield int(str(number)), cells


def _places(header: list[Cell], complaints: Complaints) -> dict[str, int]:
    """Title → column; every missing, unknown and doubled title is named, and then nothing else is looked at."""
    number, *titles = header
    place, where = f"{number} 行目（見出し）", dict[str, int]()
    for at, title in enumerate(titles):
        shown = title.strip() if isinstance(title, str) else ""
        if title is None or shown in _PASSED_OVER:
            continue
        if shown not in TITLES:
            complaints.add(place, f"{at + 1} 列目は知らない列です: {shown[:40] or '文字列ではありません'}")
        elif shown in where:
            complaints.add(place, f"列「{shown}」が2つあります")
        where.setdefault(shown, at)
    for title in TITLES:
        if title not in where:
            complaints.add(place, f"列「{title}」がありません")
    complaints.settle()
    return where


def _read_row(sheet: _Sheet, number: int, cells: list[Cell]) -> None:
    found = {key: sheet.cell(number, cells, title, read, "") for key, (title, read) in _COLUMNS.items()}
    ivs = sheet.cell(number, cells, _IVS, sequences, _NO_FORMS)
    svs = sheet.cell(number, cells, _SVS, sequences, _NO_FORMS)
    for key in _NEEDED:
        title = _COLUMNS[key][0]
        if not found[key] and not _at(cells, sheet.place[title]):
            sheet.complaints.add(f"{number} 行目「{title}」", "空欄です")
    glyph = found["glyph"]
    if glyph and sheet.seen.setdefault(glyph, number) != number:
        sheet.complaints.add(f"{number} 行目", f"{glyph} は {sheet.seen[glyph]} 行目にもあります")
    if len(svs) > 1:
        sheet.complaints.add(f"{number} 行目「{_SVS}」", "SVS が2つ以上あります")
    found["ivs"], found["svs"] = (ivs or ("",))[0], (svs or ("",))[0]
    sheet.mj.append(tuple(found[key] for key in parse.MJ.header))
    sheet.duplicates.extend((glyph, one) for one in ivs[1:])
    _read_readings(sheet, number, cells, glyph)
    _read_radicals(sheet, number, cells, glyph)
    changes = sheet.cell(number, cells, _CHANGES, text, "")
    sheet.changes.extend((glyph, change) for change in changes.split(";") if change)


def _at(cells: list[Cell], at: int) -> Cell:
    return cells[at] if at < len(cells) else None


def _read_readings(sheet: _Sheet, number: int, cells: list[Cell], glyph: str) -> None:
    """Readings are joined by ・; their order is the publisher's."""
    readings = sheet.cell(number, cells, _READINGS, text, "")
    for position, reading in enumerate(readings.split("・") if readings else (), start=1):
        if not reading:
            sheet.complaints.add(f"{number} 行目「{_READINGS}」", "空の読みがあります")
        sheet.readings.append((glyph, str(position), reading))


def _read_radicals(sheet: _Sheet, number: int, cells: list[Cell], glyph: str) -> None:
    for radical_title, strokes_title in _RADICALS:
        radical = sheet.cell(number, cells, radical_title, _RADICAL, "")
        strokes = sheet.cell(number, cells, strokes_title, _STROKES, "")
        if radical and strokes:
            sheet.radicals.append((glyph, radical, strokes))
