"""検索条件: what a query asks, one value per condition; all of them must hold."""

from __future__ import annotations

from dataclasses import dataclass

from gaiji_hub.tables.search.ids import Composed


@dataclass(frozen=True)
class Numbers:
    """`low` … `high`, both included; `centre` is what was meant where a tolerance was given."""

    low: int
    high: int
    centre: int | None = None

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        if self.centre is not None:
            return f"{self.centre}±{self.high - self.centre}"
        return f"{self.low}〜{self.high}"


@dataclass(frozen=True)
class Reading:
    """`key` in hiragana; with `prefix` every reading that starts with it."""

    key: str
    prefix: bool


@dataclass(frozen=True)
class RadicalTerm:
    """A radical as typed: its number (1–214) or a character; `inner` the strokes outside it, None for any."""

    name: str
    inner: Numbers | None


@dataclass(frozen=True)
class Strokes:
    """Total strokes."""

    numbers: Numbers


@dataclass(frozen=True)
class Parts:
    """Characters that the glyph's character must contain, each as often as it is named."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Pattern:
    """An IDS in which `？` stands for anything."""

    tree: Composed


@dataclass(frozen=True)
class CodeRange:
    """`kind` is a code of `CODES`; values as numbers, both ends included."""

    kind: str
    first: int
    last: int


Term = Reading | RadicalTerm | Strokes | Parts | Pattern | CodeRange
Query = tuple[Term, ...]

# Code → (word in messages, whether its values are written in hexadecimal).
CODES = {
    "ucs": ("Unicode", True),
    "mj": ("MJ文字図形名", False),
    "koseki": ("戸籍統一文字番号", False),
    "toki": ("登記統一文字番号", False),
    "juki": ("住基統一文字コード", True),
    "nyukan": ("入管正字コード", True),
    "daikanwa": ("大漢和", False),
    "daikanwa_supplement": ("大漢和の補巻", False),
}
