"""Facts of a character or a code as lines a person reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from gaiji_hub.tables.labels import CODE_LABELS, LABELS
from gaiji_hub.tables.systems.page import RoundTrip

_WORDS = {None: "（文字なし）", "kanji": "漢字", "hentaigana": "変体仮名"}
Fact = Mapping[str, object]


def format_record(record: Fact) -> list[str]:
    """A record of `describe`, or of a code, as Japanese lines, one fact each; long lists one line an item."""
    lines: list[str] = []
    for name, value in record.items():
        label = LABELS.get(name) or CODE_LABELS[name]
        if name in _BY_LINE and isinstance(value, list):
            lines.append(f"{label}:")
            lines += [f"  {_plain(name, item)}" for item in cast(list[object], value)]
        else:
            lines.append(f"{label}: {_plain(name, value)}")
    return lines


def _plain(name: str, value: object) -> str:
    if isinstance(value, list):
        return "、".join(_plain(name, item) for item in cast(list[object], value))
    if isinstance(value, dict):
        return _fact(name, value)
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    return _WORDS.get(value, str(value)) if value is None or isinstance(value, str) else str(value)


def _fact(name: str, fact: Fact) -> str:
    """One fact of a list as a person reads it; other groups as label=value."""
    if name in _FACTS:
        return _FACTS[name](fact)
    labels = {} if name == "editions" else {**LABELS, **CODE_LABELS}
    return " ".join(f"{labels.get(key, key)}={part}" for key, part in fact.items() if part not in (None, ""))


def _shrink(fact: Fact) -> str:
    extra = "".join(f"・{label}{fact[key]}" for key, label in (("rank", "順位"), ("hops", "ホップ")) if fact[key])
    return f"{fact['text']}（{fact['title']}{extra}）"


def _unicode(fact: Fact) -> str:
    decomposition = f"・分解の定義 {fact['decomposition']}（この製品では適用しない）" if fact["decomposition"] else ""
    name, block = fact["name"], fact["block"] or "ブロック名なし"
    return f"{fact['code']} {name}（{fact['category']}・{block}{decomposition}・Unicode {fact['version']}）"


def _variant(fact: Fact) -> str:
    comment = f" {fact['comment']}" if fact["comment"] else ""
    return f"{fact['title']} {fact['text']} {fact['codes']}{comment}"


def _nyukan(fact: Fact) -> str:
    other = f"{fact['text']} {fact['codes']}" if fact["text"] else "（文字なし）"
    side = "正字" if fact["seiji"] else "この字を正字とする字"
    return f"{fact['title']} {side} {other} {fact['code']} 順位{fact['rank']}"


def _code_table(fact: Fact) -> str:
    kind = RoundTrip(str(fact["round_trip"]))
    return f"{fact['table']} {fact['code']}{'' if kind is RoundTrip.BOTH else f'（{kind.label}）'}"


def _code_row(fact: Fact) -> str:
    back = f"、書くと {fact['back']}" if fact["back"] else ""
    note = f"（{fact['note']}）" if fact["note"] else ""
    return f"{fact['codes'] or '（文字なし）'} {fact['round_trip_label']}{back}{note}"


def _conflict(fact: Fact) -> str:
    taken = f"採った文字 {fact['text'] or '（文字なし）'}（{fact['source']}）"
    other = f"採らなかった文字 {fact['other_text'] or '（文字なし）'}（{fact['other_source']}）"
    return f"{fact['kind_label']}: {taken}、{other}。{fact['why_label']}"


_FACTS: dict[str, Callable[[Fact], str]] = {
    "radicals": lambda fact: f"{fact['number']}（{fact['character']}）{fact['strokes']}画",
    "ivd": lambda fact: f"{fact['collection']} {fact['code']}",
    "shrink": _shrink,
    "unicode": _unicode,
    "ids": lambda fact: f"{fact['ids']}（{fact['sources']}）",
    "variants": _variant,
    "nyukan": _nyukan,
    "code_tables": _code_table,
    "rows": _code_row,
    "conflicts": _conflict,
}
_BY_LINE = frozenset({"variants", "nyukan", "changes", "unicode", "rows", "conflicts"})
