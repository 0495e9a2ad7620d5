"""Kana as a search key: katakana and hiragana are one. Only the key is folded, never a text (invariant 1)."""

from __future__ import annotations

import re

_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_KANA = re.compile(r"[ぁ-ゖァ-ヶーゝゞヽヾ]+")


def is_kana(text: str) -> bool:
    """Whether `text` is nothing but full-width kana and ー."""
    return _KANA.fullmatch(text) is not None


def reading_key(reading: str) -> str:
    """The hiragana a reading is filed under."""
    return reading.translate(_TO_HIRAGANA)
