"""Prefixed keys: `大漢和:39047` names one column, where a bare number would be taken for a 戸籍統一文字番号.

Digits may be typed full-width; that is a way of writing a number, no character of a name is changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r"([^\s:：]{1,12})(?:\s*[:：]\s*|\s+)(\S.{0,23})")
_ASCII = str.maketrans("０１２３４５６７８９ＡＢＣＤＥＦａｂｃｄｅｆ＋", "0123456789ABCDEFabcdef+")


@dataclass(frozen=True)
class Prefix:
    """`columns` of mj.tsv that are searched; `form` puts a value into the way they write it."""

    title: str
    columns: tuple[str, ...]
    before: str = ""
    width: int = 0


PREFIXES = {
    "daikanwa": Prefix("大漢和", ("daikanwa",)),
    "koseki": Prefix("戸籍統一文字番号", ("koseki_number",), width=6),
    "toki": Prefix("登記統一文字番号", ("toki_number",), width=8),
    "juki": Prefix("住基統一文字コード", ("juki_code",), before="J+"),
    "nyukan": Prefix("入管正字・外字コード", ("nyukan_seiji", "nyukan_gaiji"), before="0x"),
}
_NAMES = {
    "大漢和": "daikanwa",
    "大漢和辞典": "daikanwa",
    "戸籍": "koseki",
    "戸籍統一": "koseki",
    "登記": "toki",
    "登記統一": "toki",
    "住基": "juki",
    "住基統一": "juki",
    "入管": "nyukan",
}


def prefix_of(name: str) -> str | None:
    """The key of `PREFIXES` that a typed name means, or None."""
    return _NAMES.get(name) or (name.lower() if name.lower() in PREFIXES else None)


def split_key(key: str) -> tuple[str, str] | None:
    """`"大漢和 39047"` → `("daikanwa", "39047")`; None when the key has no such prefix."""
    match = _KEY.fullmatch(key)
    prefix = prefix_of(match[1]) if match else None
    return (prefix, value_of(prefix, match[2])) if match and prefix else None


def value_of(prefix: str, typed: str) -> str:
    """A typed number as its column writes it: `0445000`→ as it is, `3402` → `0x3402`, `9089` → `J+9089`."""
    text, rule = typed.strip().translate(_ASCII), PREFIXES[prefix]
    if not rule.before:
        return text.zfill(rule.width) if text.isascii() and text.isdigit() else text
    bare = text.upper().removeprefix(rule.before.upper())
    return rule.before + bare
