"""縮退: which character stands for a glyph where a use cannot hold the glyph itself.

A candidate of MJ縮退マップ is taken only where the policy's rules leave exactly one; everything else stays visibly open
(the policy's `mark`) until a person chooses, glyph by glyph. Nothing is guessed, and no selector is ever cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone, is_one_character
from gaiji_hub.moji.text import format_ucs, is_pua, parse_ucs

LONGEST_KANA = 20  # characters of a kana reading
LISTED = "listed"  # of a release row: the map's candidates are listed, no policy chose among them
_SHRUNK = re.compile(r"([a-z_]+)#([1-9][0-9]{0,8}):([a-z_]+)=([U+0-9A-F ]*)")


class ShrinkRule(StrEnum):
    """How a result came about. `shape`: the use draws every glyph; `draw`: this one, for want of a candidate."""

    ITSELF = "itself"
    SHAPE = "shape"
    CHOICE = "choice"
    SINGLE = "single"
    TABLE = "table"
    RANK = "rank"
    HOPS = "hops"
    SEVERAL_OPEN = "several_open"
    KANA = "kana"
    SUBSTITUTE = "substitute"
    DRAW = "draw"
    NONE_OPEN = "none_open"


class ShrinkOutcome(StrEnum):
    """The counts of a preview: every glyph is in exactly one of these."""

    STAYS = "stays"
    CHOSEN = "chosen"
    ONE = "one"
    SEVERAL_BY_RULE = "several_by_rule"
    SEVERAL_OPEN = "several_open"
    NONE_BY_RULE = "none_by_rule"
    NONE_OPEN = "none_open"

    @property
    def label(self) -> str:
        return {
            "stays": "縮退しない（そのまま）",
            "chosen": "職員が選んだ",
            "one": "候補が1つ",
            "several_by_rule": "候補が複数 → 規則で1つ",
            "several_open": "候補が複数 → 未定",
            "none_by_rule": "候補なし → 規則のとおり",
            "none_open": "候補なし → 未定",
        }[self.value]


_OUTCOMES = {
    ShrinkRule.ITSELF: ShrinkOutcome.STAYS,
    ShrinkRule.SHAPE: ShrinkOutcome.STAYS,
    ShrinkRule.CHOICE: ShrinkOutcome.CHOSEN,
    ShrinkRule.SINGLE: ShrinkOutcome.ONE,
    ShrinkRule.TABLE: ShrinkOutcome.SEVERAL_BY_RULE,
    ShrinkRule.RANK: ShrinkOutcome.SEVERAL_BY_RULE,
    ShrinkRule.HOPS: ShrinkOutcome.SEVERAL_BY_RULE,
    ShrinkRule.SEVERAL_OPEN: ShrinkOutcome.SEVERAL_OPEN,
    ShrinkRule.KANA: ShrinkOutcome.NONE_BY_RULE,
    ShrinkRule.SUBSTITUTE: ShrinkOutcome.NONE_BY_RULE,
    ShrinkRule.DRAW: ShrinkOutcome.NONE_BY_RULE,
    ShrinkRule.NONE_OPEN: ShrinkOutcome.NONE_OPEN,
}


class BadShrinkChoice(BadInput):
    code = "bad_shrink_choice"
    template = "縮退先として選べません: {reason}"


class BadShrunk(BadInput):
    code = "bad_shrunk"
    template = "配布版の縮退方針の欄を読み取れません"


class MapCandidate(Protocol):
    """A candidate of the map (tables.character.ShrinkCandidate)."""

    @property
    def table(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def rank(self) -> int | None: ...
    @property
    def hops(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class ShrinkFacts:
    """What a policy needs to know of a glyph: canonical text, the map's candidates in its order, recorded readings."""

    glyph: str
    text: str | None
    candidates: tuple[MapCandidate, ...]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShrinkResult:
    """What stands for a glyph. `text` is None where it stays open and where the shape is drawn.

    `candidates` are those that were considered: of the policy's tables and inside the repertoire.
    """

    text: str | None
    rule: ShrinkRule
    candidates: tuple[MapCandidate, ...]
    why: str

    @property
    def outcome(self) -> ShrinkOutcome:
        return _OUTCOMES[self.rule]

    @property
    def open(self) -> bool:
        return self.rule in (ShrinkRule.SEVERAL_OPEN, ShrinkRule.NONE_OPEN)

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the candidates, each once."""
        return _texts(self.candidates)

    def shown(self, policy: ShrinkPolicy) -> str:
        """What a reader sees: the text, the policy's mark where it stays open, "" where the shape is drawn."""
        return policy.mark if self.open else self.text or ""


@dataclass(frozen=True, slots=True)
class Shrunk:
    """What a release row says of one use: the number of its policy, the rule that decided, the text ("" : none).

    Written `number_system#3:table=U+8FBA`, several joined by `;`, in the row's `shrink_policy`; a row says nothing of a
    use in which its character stays itself, and `LISTED` where it says nothing at all.
    """

    use: ShrinkUse
    number: int
    rule: ShrinkRule
    text: str

    def __str__(self) -> str:
        return f"{self.use.value}#{self.number}:{self.rule.value}={format_ucs(self.text)}"


def format_shrunk(found: Iterable[Shrunk]) -> str:
    """The `shrink_policy` of a release row."""
    return ";".join(sorted(map(str, found))) or LISTED


def parse_shrunk(text: str) -> tuple[Shrunk, ...]:
    """What `format_shrunk` wrote; `BadShrunk` for anything else."""
    if text == LISTED:
        return ()
    found = tuple(map(_parse_shrunk, text.split(";")))
    if format_shrunk(found) != text or len({one.use for one in found}) != len(found):
        raise BadShrunk
    return found


def _parse_shrunk(part: str) -> Shrunk:
    match = _SHRUNK.fullmatch(part)
    if match is None:
        raise BadShrunk
    use, number, rule, text = match.groups()
    try:
        return Shrunk(ShrinkUse(use), int(number), ShrinkRule(rule), parse_ucs(text) if text else "")
    except ValueError:
        raise BadShrunk from None


def shrink(facts: ShrinkFacts, policy: ShrinkPolicy, choice: str | None = None) -> ShrinkResult:
    """What `policy` gives for a glyph; `choice` is the text that a person chose for it.

    A glyph that the repertoire holds stays itself, also against a choice. A choice that `parse_choice` would refuse
    (the policy or the readings have changed since) is as if there were none, and `why` says so.
    """
    if policy.repertoire is Repertoire.SHAPES:
        return ShrinkResult(None, ShrinkRule.SHAPE, (), "文字を使わず、字形を描く用途です")
    if facts.text is not None and policy.repertoire.holds(facts.text):
        return ShrinkResult(facts.text, ShrinkRule.ITSELF, (), f"{policy.repertoire.label}にある文字です")
    considered = _considered(facts, policy)
    if choice is None:
        return _by_rules(facts, considered, policy)
    try:
        parse_choice(choice, policy, facts)
    except BadShrinkChoice:
        found = _by_rules(facts, considered, policy)
        return replace(found, why=f"職員の選択「{choice}」は、この方針では使えません。{found.why}")
    return ShrinkResult(choice, ShrinkRule.CHOICE, considered, _why_choice(choice, considered))


def parse_choice(text: str, policy: ShrinkPolicy, facts: ShrinkFacts) -> str:
    """The text a person chose for a glyph: one character of the repertoire, or katakana where the policy writes kana.

    Where readings are recorded, such a policy takes katakana only as one of them (or as a candidate of the map).
    Raises `BadShrinkChoice`, which does not repeat what was typed.
    """
    if policy.repertoire is Repertoire.SHAPES:
        raise BadShrinkChoice(reason="この用途では字形を描くため、文字は選びません")
    if any(is_pua(ord(one)) for one in text):
        raise BadShrinkChoice(reason="外字（私用領域の文字）は縮退先にできません")
    if policy.when_none is WhenNone.KANA and _is_kana(text, policy.repertoire):
        return _parse_kana(text, facts)
    if is_one_character(text, policy.repertoire):
        return text
    kana = f"か、片仮名{LONGEST_KANA}文字まで" if policy.when_none is WhenNone.KANA else ""
    raise BadShrinkChoice(reason=f"{policy.repertoire.label}にある1文字{kana}を指定します")


def _parse_kana(text: str, facts: ShrinkFacts) -> str:
    recorded = _spoken(facts.readings)
    if recorded and text not in recorded and text not in _texts(facts.candidates):
        raise BadShrinkChoice(reason=f"片仮名は、記録された読み（{'・'.join(recorded)}）のどれかを指定します")
    return text


def katakana(reading: str) -> str:
    """A reading with its hiragana as katakana; everything else stays."""
    return "".join(chr(ord(c) + 0x60) if "\u3041" <= c <= "\u3096" else c for c in reading)


def _spoken(readings: Iterable[str]) -> tuple[str, ...]:
    """The different readings in katakana, in their order, whether or not a repertoire can write them."""
    return tuple(dict.fromkeys(map(katakana, readings)))


def _is_kana(text: str, repertoire: Repertoire) -> bool:
    written = all("\u30a1" <= c <= "\u30fa" or c in "ー・ヽヾ" for c in text)
    return written and 0 < len(text) <= LONGEST_KANA and repertoire.holds(text)


def _considered(facts: ShrinkFacts, policy: ShrinkPolicy) -> tuple[MapCandidate, ...]:
    """The candidates of the policy's tables inside its repertoire, in the policy's order."""
    order = {name: index for index, name in enumerate(policy.tables)}
    usable = [one for one in facts.candidates if one.table in order and policy.repertoire.holds(one.text)]
    return tuple(sorted(usable, key=lambda one: order[one.table]))


def _by_rules(facts: ShrinkFacts, considered: tuple[MapCandidate, ...], policy: ShrinkPolicy) -> ShrinkResult:
    return _among(considered, policy) if considered else _without(facts, policy)


def _among(considered: tuple[MapCandidate, ...], policy: ShrinkPolicy) -> ShrinkResult:
    texts = _texts(considered)
    if len(texts) == 1:
        return ShrinkResult(texts[0], ShrinkRule.SINGLE, considered, f"候補が1つです（{_sources(considered)}）")
    left: Sequence[MapCandidate] = considered
    for rule in policy.ties:
        left = _narrowed(left, rule)
        if len(found := _texts(left)) == 1:
            why = f"候補 {len(texts)} 字のうち、{rule.label}で1つになりました（{_sources(left)}）"
            return ShrinkResult(found[0], ShrinkRule(rule.value), considered, why)
    why = f"候補が {len(texts)} 字あり、規則では1つに決まりません"
    return ShrinkResult(None, ShrinkRule.SEVERAL_OPEN, considered, why)


def _narrowed(left: Sequence[MapCandidate], rule: TieRule) -> Sequence[MapCandidate]:
    tables = {one.table for one in left}
    if rule is TieRule.TABLE:
        return [one for one in left if one.table == left[0].table]
    numbers = [one.rank if rule is TieRule.RANK else one.hops for one in left]
    known = [number for number in numbers if number is not None]
    if len(tables) != 1 or len(known) != len(numbers):  # numbers of different tables are no common scale
        return left
    return [one for one, number in zip(left, numbers, strict=True) if number == min(known)]


def _without(facts: ShrinkFacts, policy: ShrinkPolicy) -> ShrinkResult:
    none = "使う表に、文字の範囲にある候補がありません" if facts.candidates else "縮退マップに候補がありません"
    if policy.when_none is WhenNone.KANA:
        return _kana(facts, policy, none)
    if policy.when_none is WhenNone.SUBSTITUTE:
        return ShrinkResult(policy.substitute, ShrinkRule.SUBSTITUTE, (), f"{none}。方針で決めた文字を出します")
    if policy.when_none is WhenNone.DRAW:
        return ShrinkResult(None, ShrinkRule.DRAW, (), f"{none}。字形を描きます")
    return ShrinkResult(None, ShrinkRule.NONE_OPEN, (), none)


def _kana(facts: ShrinkFacts, policy: ShrinkPolicy, none: str) -> ShrinkResult:
    """One recorded reading is written; several are a person's to choose from, also where only one can be written."""
    readings = _spoken(facts.readings)
    written = [one for one in readings if _is_kana(one, policy.repertoire)]
    if len(readings) == len(written) == 1:
        return ShrinkResult(written[0], ShrinkRule.KANA, (), f"{none}。記録された読みを片仮名で出します")
    told = f"読みが {len(readings)} 通りあります" if readings else "読みの記録がありません"
    if left := len(readings) - len(written):
        told = f"記録された読み {len(readings)} 通りのうち {left} 通りは、片仮名{LONGEST_KANA}文字までで書けません"
    return ShrinkResult(None, ShrinkRule.NONE_OPEN, (), f"{none}。{told}")


def _why_choice(choice: str, considered: Sequence[MapCandidate]) -> str:
    source = _sources([one for one in considered if one.text == choice])
    return f"職員が選びました（{source or '縮退マップの候補の外から'}）"


def _texts(candidates: Iterable[MapCandidate]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.text for one in candidates))


def _sources(candidates: Iterable[MapCandidate]) -> str:
    return "、".join(dict.fromkeys(SOURCE_TABLES.get(one.table, one.table) for one in candidates))
