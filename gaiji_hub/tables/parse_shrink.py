"""MJ縮退マップ: one row per (glyph, source table, candidate); rank and hops only where the source has them."""

from __future__ import annotations

from gaiji_hub.tables.columns import Column, TableSpec, spec

# Short id in our table → the publisher's name of the source table, in the order of the publisher's document.
SHRINK_TABLES = {
    "jis_ucs": "JIS包摂規準UCS統合規則",
    "moj582_1": "法務省告示582号別表第四_一",
    "moj582_2": "法務省告示582号別表第四_二",
    "koseki": "戸籍統一文字情報_親字正字",
    "min1_2842_zoku": "民一2842号通達別表_誤字俗字正字一覧表_俗字",
    "min1_2842_betsu": "民一2842号通達別表_誤字俗字正字一覧表_別字",
    "min1_2842_mujirushi": "民一2842号通達別表_誤字俗字正字一覧表_無印",
    "min2_5202": "民二5202号通知別表_正字俗字等対照表",
    "reading": "読み字形による類推",
    "dictionary": "辞書類等による関連字",
}


def _query() -> str:
    """The union view with the short id; an unknown source table keeps its name, so that nothing is lost."""
    cases = " ".join(f"WHEN '{title}' THEN '{short}'" for short, title in SHRINK_TABLES.items())
    short = f'CASE "表" {cases} ELSE "表" END'
    return f'SELECT "MJ文字図形名", {short}, "縮退UCS", "縮退X0213", "順位", "ホップ数" FROM mjsm'  # noqa: S608 - constants


SHRINK = TableSpec(
    "shrink",
    "mappings",
    "shrink",
    (
        Column("glyph", "MJ文字図形名"),
        Column("table", "表"),
        Column("ucs", "縮退UCS", ucs=True),
        Column("x0213", "縮退X0213"),
        Column("rank", "順位"),
        Column("hops", "ホップ数"),
    ),
    _query(),
)

SHRINK_NOTE = spec("shrink_note", "mappings", "shrink", "mjsm_note", [("glyph", "MJ文字図形名"), ("note", "参考情報")])
