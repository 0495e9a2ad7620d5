"""A built font looked at from outside: does OTS pass it, does every code lead to a glyph."""

from __future__ import annotations

import io
import struct
import tempfile
from pathlib import Path
from typing import Any

from gaiji_hub.fontbuild.sanitise import FontRefused, sanitise


def check_font(data: bytes) -> list[str]:
    """Problems of a font of ours, in Japanese; an empty list when there is none."""
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-check-") as scratch:
        source = Path(scratch, "font")
        source.write_bytes(data)
        try:
            sanitise(source, Path(scratch, "clean"))
        except FontRefused as refused:
            return [str(refused)]
    return _check_codes(data)


def _check_codes(data: bytes) -> list[str]:
    from fontTools.ttLib import TTFont, TTLibError

    font = TTFont(io.BytesIO(data), lazy=True)
    try:
        order, best, tables = set(font.getGlyphOrder()), font.getBestCmap(), font["cmap"].tables
    except (TTLibError, struct.error, KeyError, AssertionError) as error:
        return [f"フォントの表を読めません（詳細: {type(error).__name__}）"]
    problems = [f"U+{code:04X} の字形がありません" for code, name in sorted((best or {}).items()) if name not in order]
    for table in tables:
        if table.format == 14:
            problems += _check_sequences(table.uvsDict, best or {}, order)
    return problems


def _check_sequences(sequences: dict[int, Any], best: dict[int, str], order: set[str]) -> list[str]:
    """A default sequence (no glyph of its own) needs its base in the cmap; another needs its glyph."""
    return [
        f"U+{base:04X} U+{selector:04X} の字形がありません"
        for selector, entries in sorted(sequences.items())
        for base, name in entries
        if (name or best.get(base)) not in order
    ]
