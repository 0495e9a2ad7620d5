"""団体コード: six digits, the last one a check digit (JIS X 0401/0402; contracts.md)."""

from __future__ import annotations

from typing import NewType

from gaiji_hub.errors import BadInput

LgCode = NewType("LgCode", str)

_WEIGHTS = (6, 5, 4, 3, 2)


class BadLgCode(BadInput):
    code = "bad_lg_code"
    template = "団体コードが正しくありません: {text}（数字6桁。末尾は検査数字で、この場合は {expected} になります）"


def check_digit(five: str) -> int:
    """The sixth digit for the first five: (11 − (6a+5b+4c+3d+2e) mod 11) mod 10."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, five, strict=True))
    return (11 - total % 11) % 10


def parse_lg_code(text: str) -> LgCode:
    """Six digits with a right check digit, or `BadLgCode`."""
    if len(text) != 6 or not text.isascii() or not text.isdigit():
        raise BadLgCode(text=text[:20], expected="—")
    if check_digit(text[:5]) != int(text[5]):
        raise BadLgCode(text=text, expected=check_digit(text[:5]))
    return LgCode(text)
