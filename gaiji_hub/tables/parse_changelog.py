"""更新履歴 of MJ文字情報一覧表: one row per glyph and change, as the publisher words it."""

from __future__ import annotations

from gaiji_hub.tables.columns import spec

MJ_CHANGE = spec("mj_change", "mappings", "mj", "mji_changelog", [("glyph", "MJ文字図形名"), ("change", "更新履歴")])
