"""Unicode properties of one character, as facts to read: a decomposition is shown and never applied (invariant 1)."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import unicodedata2

# Blocks.txt 17.0: first, last, name — those that hold ideographs, kana, their symbols, selectors and private codes.
_BLOCKS = (
    (0x2E80, 0x2EFF, "CJK Radicals Supplement"),
    (0x2F00, 0x2FDF, "Kangxi Radicals"),
    (0x2FF0, 0x2FFF, "Ideographic Description Characters"),
    (0x3000, 0x303F, "CJK Symbols and Punctuation"),
    (0x3040, 0x309F, "Hiragana"),
    (0x30A0, 0x30FF, "Katakana"),
    (0x3190, 0x319F, "Kanbun"),
    (0x31C0, 0x31EF, "CJK Strokes"),
    (0x31F0, 0x31FF, "Katakana Phonetic Extensions"),
    (0x3200, 0x32FF, "Enclosed CJK Letters and Months"),
    (0x3300, 0x33FF, "CJK Compatibility"),
    (0x3400, 0x4DBF, "CJK Unified Ideographs Extension A"),
    (0x4E00, 0x9FFF, "CJK Unified Ideographs"),
    (0xE000, 0xF8FF, "Private Use Area"),
    (0xF900, 0xFAFF, "CJK Compatibility Ideographs"),
    (0x1B000, 0x1B0FF, "Kana Supplement"),
    (0x1B100, 0x1B12F, "Kana Extended-A"),
    (0x1B130, 0x1B16F, "Small Kana Extension"),
    (0x1F200, 0x1F2FF, "Enclosed Ideographic Supplement"),
    (0x20000, 0x2A6DF, "CJK Unified Ideographs Extension B"),
    (0x2A700, 0x2B73F, "CJK Unified Ideographs Extension C"),
    (0x2B740, 0x2B81F, "CJK Unified Ideographs Extension D"),
    (0x2B820, 0x2CEAF, "CJK Unified Ideographs Extension E"),
    (0x2CEB0, 0x2EBEF, "CJK Unified Ideographs Extension F"),
    (0x2EBF0, 0x2EE5F, "CJK Unified Ideographs Extension I"),
    (0x2F800, 0x2FA1F, "CJK Compatibility Ideographs Supplement"),
    (0x30000, 0x3134F, "CJK Unified Ideographs Extension G"),
    (0x31350, 0x323AF, "CJK Unified Ideographs Extension H"),
    (0x323B0, 0x3347F, "CJK Unified Ideographs Extension J"),
    (0xF0000, 0xFFFFF, "Supplementary Private Use Area-A"),
    (0x100000, 0x10FFFF, "Supplementary Private Use Area-B"),
)


@dataclass(frozen=True)
class UnicodeFacts:
    """Of the base of a character. `decomposition` is the field of UnicodeData.txt, "" for none; `version` of the UCD.

    `block` is "" outside the blocks listed here.
    """

    code: str
    name: str
    category: str
    block: str
    decomposition: str
    version: str


def unicode_facts(base: str) -> UnicodeFacts:
    """The properties of a single code point."""
    code_point = ord(base)
    return UnicodeFacts(
        f"U+{code_point:04X}",
        unicodedata2.name(base, ""),
        unicodedata2.category(base),
        block(code_point),
        unicodedata2.decomposition(base),
        unicodedata2.unidata_version,
    )


def block(code_point: int) -> str:
    at = bisect.bisect_right(_BLOCKS, (code_point, 0x110000, "")) - 1
    first, last, name = _BLOCKS[at]
    return name if first <= code_point <= last else ""
