"""IDS (漢字構成記述文字列) of CJK ideographs, and which ideograph a radical symbol of Unicode stands for.

`ids` has one row per character and form; `sources` are the letters of the regions whose shape is built so
(G H J K M P S T B U V, `X` another analysis of the same shape, `Z` a unifiable shape, `UCS2003`).
"""

from __future__ import annotations

from gaiji_hub.tables.columns import spec

IDS = spec("ids", "mappings", "ids", "ids", [("ucs", "UCS", "ucs"), ("sources", "source"), ("ids", "IDS", "ucs")])

IDS_COMMENT = spec("ids_comment", "mappings", "ids", "ids_comment", [("ucs", "UCS", "ucs"), ("comment", "comment")])

RADICAL_EQUIVALENT = spec(
    "radical_equivalent",
    "mappings",
    "radical-equivalents",
    "radeqv",
    [("character", "radical_character", "ucs"), ("ideograph", "radical_CJKUI", "ucs")],
)
