"""Two sources that disagree on a code: what kind of disagreement it is.

Kinds, from harmless to grave: `symbol_convention` (one symbol, two customs of mapping it), `compatibility_ideograph`
(one decomposes to the other), `jis_form` (the shapes that changed between JIS C 6226-1978 and later editions),
`shifted_run` (one source has the values of the neighbouring disagreement), `other_character`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import unicodedata2


class Difference(StrEnum):
    SYMBOL = "symbol_convention"
    COMPATIBILITY = "compatibility_ideograph"
    JIS_FORM = "jis_form"
    SHIFTED = "shifted_run"
    OTHER = "other_character"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Difference.SYMBOL: "記号の対応の習慣の違い",
    Difference.COMPATIBILITY: "互換漢字と統合漢字",
    Difference.JIS_FORM: "JIS の改正による字体の違い",
    Difference.SHIFTED: "並びが一つずれている",
    Difference.OTHER: "別の文字",
}

# Customs of Microsoft, of Unicode's own JIS tables and of host vendors for one symbol of JIS X 0208 and X 0201.
_SYMBOLS = (
    "—―─",
    "〜～",
    "‖∥",
    "−－",
    "¢￠",
    "£￡",
    "¬￢",
    "¦￤",
    "¥￥\\",
    "‾￣~～",
    "·・",
    "◯○",
    "∑Σ",
    "△∆",
    "゛゙",
    "゜゚",
)
# JIS C 6226-1978 against JIS X 0208-1983 and JIS X 0213:2004: swapped, simplified and restored shapes.
_JIS_FORMS = """
鯵鰺 鴬鶯 蛎蠣 撹攪 竃竈 潅灌 諌諫 頚頸 砿礦 蕊蘂 靭靱 賎賤 壷壺 砺礪 梼檮 涛濤 迩邇 蝿蠅 桧檜 侭儘 薮藪 篭籠
尭堯 槙槇 遥遙 瑶瑤 凛凜 熈熙 唖啞 嘘噓 焔焰 鴎鷗 噛嚙 侠俠 躯軀 鹸鹼 麹麴 屡屢 繋繫 蒋蔣 醤醬 掻搔 蝉蟬 騨驒 箪簞
填塡 顛顚 祷禱 涜瀆 嚢囊 溌潑 醗醱 頬頰 麺麵 莱萊 蝋蠟 攅攢 剥剝 叱𠮟 弯彎 昂昻 澗㵎 倶俱 呑吞 妍姸 屏屛 并幷 桝枡
痩瘦 荊荆 隙𨻶 柵栅 繍繡 掴摑 寃𡨚 枴柺 梍梎 燗𤏐
"""


def _pairs(groups: tuple[str, ...] | list[str]) -> frozenset[tuple[str, str]]:
    return frozenset((a, b) for group in groups for a in group for b in group if a != b)


_SYMBOL_PAIRS, _FORM_PAIRS = _pairs(_SYMBOLS), _pairs(_JIS_FORMS.split())


def differences(first: Mapping[bytes, str], second: Mapping[bytes, str]) -> dict[bytes, Difference]:
    """The codes that both have with another base character, ascending, each with the kind of its difference."""
    differing = sorted(code for code in first.keys() & second.keys() if first[code][0] != second[code][0])
    kinds = {code: kind_of(first[code][0], second[code][0]) for code in differing}
    unlike = [code for code in differing if kinds[code] is Difference.OTHER]
    moved = _displaced(unlike, first, second) | _displaced(unlike, second, first)
    return kinds | dict.fromkeys((code for code in unlike if code in moved), Difference.SHIFTED)


def kind_of(one: str, other: str) -> Difference:
    """The kind of a difference between two characters, seen alone."""
    if (one, other) in _SYMBOL_PAIRS:
        return Difference.SYMBOL
    if unicodedata2.decomposition(one) == f"{ord(other):04X}" or unicodedata2.decomposition(other) == f"{ord(one):04X}":
        return Difference.COMPATIBILITY
    return Difference.JIS_FORM if (one, other) in _FORM_PAIRS else Difference.OTHER


def _displaced(codes: list[bytes], one: Mapping[bytes, str], other: Mapping[bytes, str]) -> set[bytes]:
    """Codes whose character in `one` is the other source's at another of the differing codes, and those codes.

    Real shifts run over the codes that differ, not over neighbouring ones: a list that lost one compatibility
    ideograph among ten thousand characters that agree has each later one of them one place too early.
    """
    places = {_plain(other[code][0]): code for code in codes}
    found: set[bytes] = set()
    for code in codes:
        place = places.get(_plain(one[code][0]))
        if place is not None and place != code:
            found |= {code, place}
    return found


def _plain(character: str) -> str:
    """The unified ideograph of a compatibility ideograph, to compare with; no text is changed."""
    mapped = unicodedata2.decomposition(character)
    return chr(int(mapped, 16)) if mapped and " " not in mapped and "<" not in mapped else character
