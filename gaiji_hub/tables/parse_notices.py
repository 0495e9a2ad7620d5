"""Public notices: 入管正字 (在留カード等に係る漢字氏名の表記等に関する告示 別表第四) and 常用漢字表.

In `nyukan`, `code` is that of the character as written and `seiji_code` that of its 正字; `ucs` is empty where the
code is the notice's own (入管外字).
"""

from __future__ import annotations

from gaiji_hub.tables.columns import Column, TableSpec, spec

NYUKAN = TableSpec(
    "nyukan",
    "mappings",
    "nyukan",
    (
        Column("code", "簡体字等の文字コード等"),
        Column("ucs", "簡体字等のUCS", ucs=True),
        Column("kind", "正字の種類"),
        Column("rank", "順位"),
        Column("seiji_code", "正字の文字コード等"),
        Column("seiji_ucs", "正字のUCS", ucs=True),
    ),
    'SELECT "簡体字等の文字コード等", "簡体字等のUCS", "正字の種類", "順位", "正字の文字コード等", "正字のUCS" '
    "FROM nyukan",
)

# Upstream writes 備考 as an empty text where there is none; `examples` is a JSON list.
JOYO = TableSpec(
    "joyo",
    "mappings",
    "joyo",
    (
        Column("ucs", "漢字", ucs=True),
        Column("reading", "音訓"),
        Column("examples", "例"),
        Column("note", "備考"),
    ),
    """SELECT "漢字", "音訓", "例", NULLIF("備考", '') FROM joyo""",
)

JOYO_KANGXI = spec(
    "joyo_kangxi", "mappings", "joyo", "joyo_kangxi", [("ucs", "漢字", "ucs"), ("kangxi", "康熙字典体", "ucs")]
)

JOYO_ACCEPTABLE = spec("joyo_acceptable", "mappings", "joyo", "joyo_acceptable", [("ucs", "漢字", "ucs")])
