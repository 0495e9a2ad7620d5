"""文字列: a character is base + selector, and text is never normalised (invariant 1).

Selectors are VS1–VS16 (U+FE00–FE0F, standardised) and VS17–VS256 (U+E0100–E01EF, ideographic; UTS #37).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaiji_hub.errors import BadInput

_CHARACTER = re.compile("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]?|.", re.DOTALL)
_UCS = re.compile(r"U\+([0-9A-Fa-f]{4,6})")

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

PUA_RANGES = ((0xE000, 0xF8FF), (0xF0000, 0xFFFFD), (0x100000, 0x10FFFD))


class BadUcs(BadInput):
    code = "bad_ucs"
    template = "符号位置の書き方ではありません: {text}（例: U+9089 U+E0102）"


def split(text: str) -> Iterator[str]:
    """The characters of `text`, each one base with at most one selector; joined again they are `text`.

    A selector without a base stays as a character of its own, so that nothing is lost.
    """
    return (match.group() for match in _CHARACTER.finditer(text))


def is_selector(code_point: int) -> bool:
    return 0xFE00 <= code_point <= 0xFE0F or 0xE0100 <= code_point <= 0xE01EF


def is_pua(code_point: int) -> bool:
    """Private use: the BMP area and planes 15 and 16."""
    return any(first <= code_point <= last for first, last in PUA_RANGES)


def has_control(text: str) -> bool:
    """Whether `text` holds what labels and remarks must not: controls, lone surrogates, U+FFFE and U+FFFF.

    Databases and XML refuse some of these; ideographic spaces and every assigned character are fine.
    """
    return _CONTROL.search(text) is not None


def show_control(text: str) -> str:
    """`text` with each of those replaced by U+FFFD, for labels that outside files carry."""
    return _CONTROL.sub("\ufffd", text)


def format_ucs(text: str) -> str:
    """`"邉󠄂"` → `"U+9089 U+E0102"`."""
    return " ".join(f"U+{ord(c):04X}" for c in text)


def parse_ucs(notation: str) -> str:
    """`"U+9089 U+E0102"` → the text; `BadUcs` for anything else, surrogates and values past U+10FFFF too."""
    parts = notation.split()
    matches = [_UCS.fullmatch(part) for part in parts]
    values = [int(match.group(1), 16) for match in matches if match]
    if not parts or len(values) != len(parts) or any(v > 0x10FFFF or 0xD800 <= v <= 0xDFFF for v in values):
        raise BadUcs(text=notation[:40])
    return "".join(map(chr, values))
