"""IVD (UTS #37) and the standardised variants of CJK compatibility ideographs (UCD StandardizedVariants.txt)."""

from __future__ import annotations

from gaiji_hub.tables.columns import Column, TableSpec

IVD = TableSpec(
    "ivd",
    "ivs",
    "ivd",
    (
        Column("base", "IVS", ucs=True),
        Column("selector", "IVS", ucs=True),
        Column("collection", "collection"),
        Column("code", "code"),
    ),
    "SELECT substr(IVS, 1, 1), substr(IVS, 2), collection, code FROM ivs",
)

SVS = TableSpec(
    "svs",
    "ivs",
    "svs",
    (
        Column("base", "SVS", ucs=True),
        Column("selector", "SVS", ucs=True),
        Column("compat_ucs", "CJKCI", ucs=True),
    ),
    "SELECT substr(SVS, 1, 1), substr(SVS, 2), CJKCI FROM svs_cjkci",
)
