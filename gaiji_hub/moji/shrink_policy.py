"""縮退方針: what one use of one municipality does with glyphs that it cannot hold. `moji.shrink` applies it.

Not to be mixed up with 文字要件 (moji.policy), which says what a business system may be sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.jis import Repertoire, split_characters
from gaiji_hub.moji.text import format_ucs, parse_ucs

FORMAT = "gaiji-hub-shrink-policy/1"
MARK = "◎"

# Short id → how screens call the source table, in the publisher's order (tables.parse_shrink has the full titles).
SOURCE_TABLES = {
    "jis_ucs": "JIS包摂・UCS統合",
    "moj582_1": "法務省告示582号 四の一",
    "moj582_2": "法務省告示582号 四の二",
    "koseki": "戸籍統一文字 親字・正字",
    "min1_2842_zoku": "民一2842号 俗字",
    "min1_2842_betsu": "民一2842号 別字",
    "min1_2842_mujirushi": "民一2842号 無印",
    "min2_5202": "民二5202号 正字俗字等対照表",
    "reading": "読み・字形による類推",
    "dictionary": "辞書類による関連字",
}


class ShrinkUse(StrEnum):
    """What the shrunk text is for. Each use has its own repertoires and its own ways out."""

    PRINT = "print"
    NUMBER_SYSTEM = "number_system"
    CERTIFICATE = "certificate"

    @property
    def label(self) -> str:
        return _USES[self][0]

    @property
    def repertoires(self) -> tuple[Repertoire, ...]:
        return _USES[self][1]

    @property
    def ways_out(self) -> tuple[WhenNone, ...]:
        """What a policy of this use may say where there is no candidate."""
        return _USES[self][2]


class TieRule(StrEnum):
    """Several candidates: which stay. `table`: those of the first table of the policy's order that has any; `rank`
    and `hops`: the lowest, where all that are left are of one table that has such a number.
    """

    TABLE = "table"
    RANK = "rank"
    HOPS = "hops"

    @property
    def label(self) -> str:
        return {"table": "表の順", "rank": "順位", "hops": "ホップ数"}[self.value]


class WhenNone(StrEnum):
    """No candidate: stay open, the recorded reading in katakana, one declared character, or the shape itself."""

    UNDECIDED = "undecided"
    KANA = "kana"
    SUBSTITUTE = "substitute"
    DRAW = "draw"

    @property
    def label(self) -> str:
        return {
            "undecided": "未定のまま、しるしを出す",
            "kana": "記録された読みの片仮名",
            "substitute": "決めた1文字を出す",
            "draw": "字形を描く",
        }[self.value]


_USES: Mapping[ShrinkUse, tuple[str, tuple[Repertoire, ...], tuple[WhenNone, ...]]] = {
    ShrinkUse.PRINT: (
        "印刷",
        (Repertoire.JISX0213, Repertoire.JISX0208_0212, Repertoire.SHAPES),
        (WhenNone.UNDECIDED, WhenNone.SUBSTITUTE, WhenNone.DRAW),
    ),
    ShrinkUse.NUMBER_SYSTEM: (
        "番号制度との連携",
        (Repertoire.JISX0213,),
        (WhenNone.UNDECIDED, WhenNone.SUBSTITUTE),
    ),
    ShrinkUse.CERTIFICATE: (
        "証明書等",
        (Repertoire.JISX0208_0212,),
        (WhenNone.UNDECIDED, WhenNone.KANA, WhenNone.SUBSTITUTE),
    ),
}


class UnknownShrinkUse(NotFound):
    code = "unknown_shrink_use"
    template = "縮退の用途が見つかりません（print 印刷・number_system 番号制度との連携・certificate 証明書等）"


class BadShrinkPolicy(BadInput):
    code = "bad_shrink_policy"
    template = "縮退方針が正しくありません: {reason}"


@dataclass(frozen=True)
class ShrinkPolicy:
    """`tables`: those whose candidates count, in the order of preference; `ties` in the order they are applied.

    `mark` is shown wherever a glyph stays open. Construction checks the whole (`BadShrinkPolicy`).
    """

    use: ShrinkUse
    repertoire: Repertoire
    tables: tuple[str, ...]
    ties: tuple[TieRule, ...]
    when_none: WhenNone
    mark: str = MARK
    substitute: str = ""

    def __post_init__(self) -> None:
        if self.repertoire not in self.use.repertoires:
            names = "・".join(one.label for one in self.use.repertoires)
            raise BadShrinkPolicy(reason=f"{self.use.label}に使える文字の範囲は {names} です")
        if self.when_none not in self.use.ways_out:
            raise BadShrinkPolicy(reason=f"{self.use.label}では「{self.when_none.label}」は選べません")
        self._check_lists()
        self._check_characters()

    def _check_lists(self) -> None:
        if len(set(self.tables)) != len(self.tables) or len(set(self.ties)) != len(self.ties):
            raise BadShrinkPolicy(reason="同じ表・同じ規則が2回あります")
        unknown = [name for name in self.tables if name not in SOURCE_TABLES]
        if unknown:
            raise BadShrinkPolicy(reason=f"縮退マップにない表です: {unknown[0][:40]}")

    def _check_characters(self) -> None:
        if not self._is_one(self.mark):
            raise BadShrinkPolicy(reason="未定のしるしは、文字の範囲にある1文字で指定します（例 ◎・〓）")
        if (self.when_none is WhenNone.SUBSTITUTE) != bool(self.substitute):
            raise BadShrinkPolicy(reason="決めた1文字は、候補なしで「決めた1文字を出す」ときに指定します")
        if self.substitute and not self._is_one(self.substitute):
            raise BadShrinkPolicy(reason="候補なしのときに出す文字は、文字の範囲にある1文字で指定します")

    def _is_one(self, text: str) -> bool:
        if self.repertoire is Repertoire.SHAPES:
            return len(text) == 1 and text in Repertoire.JISX0213.characters
        return is_one_character(text, self.repertoire)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "use": self.use.value,
            "repertoire": self.repertoire.value,
            "tables": list(self.tables),
            "ties": [rule.value for rule in self.ties],
            "when_none": self.when_none.value,
            "mark": format_ucs(self.mark),
            "substitute": format_ucs(self.substitute),
        }

    def to_text(self) -> str:
        """The canonical JSON."""
        return canonical(self.to_json()).decode()

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> ShrinkPolicy:
        """The policy `to_json` wrote; `BadShrinkPolicy` (or `BadUcs`) for anything else."""
        try:
            if data["format"] != FORMAT:
                raise BadShrinkPolicy(reason="形式名が違います")
            return ShrinkPolicy(
                use=ShrinkUse(data["use"]),
                repertoire=Repertoire(data["repertoire"]),
                tables=tuple(data["tables"]),
                ties=tuple(map(TieRule, data["ties"])),
                when_none=WhenNone(data["when_none"]),
                mark=parse_ucs(data["mark"]),
                substitute=parse_ucs(data["substitute"]) if data["substitute"] else "",
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadShrinkPolicy(reason=f"読み取れません（{type(error).__name__}）") from None

    @staticmethod
    def of_words(
        use: str,
        repertoire: str,
        tables: Sequence[str],
        ties: Sequence[str],
        when_none: str,
        mark: str,
        substitute: str,
    ) -> ShrinkPolicy:
        """The policy that a form or a command line states; "" takes the use's first repertoire and the usual mark."""
        kind = parse_use(use)
        none = [one for one in kind.ways_out if one.value == when_none]
        area = [one for one in kind.repertoires if one.value == repertoire]
        rules = [rule for rule in TieRule if rule.value in ties]
        if (repertoire and not area) or not none or len(rules) != len(ties):
            raise BadShrinkPolicy(reason=f"{kind.label}で選べるものから選んでください")
        sent = (text.strip(" ") for text in (mark or MARK, substitute))
        return ShrinkPolicy(
            kind, (area or kind.repertoires)[0], tuple(tables), tuple(map(TieRule, ties)), none[0], *sent
        )

    def describe(self) -> tuple[tuple[str, str], ...]:
        """The policy as pairs of Japanese words: what it is about, what it says."""
        none = self.when_none.label + (f"「{self.substitute}」" if self.substitute else "")
        several = "→".join(rule.label for rule in self.ties) or "規則なし"
        return (
            ("文字の範囲", self.repertoire.label),
            ("使う表（優先順）", "、".join(SOURCE_TABLES[name] for name in self.tables) or "なし"),
            ("候補が複数のとき", f"{several}。1つに決まらなければ未定"),
            ("候補がないとき", none),
            ("未定のしるし", self.mark),
        )


def parse_use(text: str) -> ShrinkUse:
    """The use of that name (`print`, `number_system`, `certificate`), or `UnknownShrinkUse`."""
    if text not in list(ShrinkUse):
        raise UnknownShrinkUse
    return ShrinkUse(text)


def is_one_character(text: str, repertoire: Repertoire) -> bool:
    """Whether `text` is exactly one character of the repertoire (か゚ is one)."""
    found = split_characters(text, repertoire.characters)
    return found is not None and len(found) == 1 and text.strip() != ""
