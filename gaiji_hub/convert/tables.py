"""実行表: a plan made ready for one run, for one pair of encodings and one direction.

A rule answers for one character (base + selector): an `Outcome`, or None where the character stays itself.
`careful` are the bare characters a rule may answer for; with private use and selectors (`codecs.MARKED`) they are
all it may answer for, so everything else needs no look-up.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from gaiji_hub.convert.codecs import Codec, in_cp932
from gaiji_hub.convert.plan import Cell, Plan
from gaiji_hub.convert.report import Kind
from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.text import format_ucs, is_pua, is_selector


class Outcome(NamedTuple):
    """What is written for a character and why. `note` says the character will not, or may not, come back."""

    kind: Kind
    written: str
    code: str
    code_system: str
    note: bool = False


class Rule(Protocol):
    @property
    def careful(self) -> frozenset[str]:
        """Bare characters `outcome` must be asked about."""

    @property
    def lists_notes(self) -> bool:
        """Whether every noted character gets a line of its own, besides being counted."""

    def outcome(self, text: str) -> Outcome | None:
        """The answer for one character."""


class Forward:
    """Local codes → the target repertoire, in Unicode.

    Every record that will not come back has a line, so that the lines alone tell which records do.
    """

    lists_notes = True

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._cells = {chr(cell.pua): _forward(plan, cell) for cell in plan.cells}
        self._claimed = set(plan.returns())
        self.careful = _bases(self._claimed)

    def outcome(self, text: str) -> Outcome | None:
        """PUA without a cell is unmapped; a text that conversion back would take for a gaiji is noted."""
        if found := self._cells.get(text):
            return found
        if _has_no_place(text):
            code, system = name_code(self._plan, text)
            return Outcome(Kind.UNMAPPED, self._plan.substitute, code, system)
        if text in self._claimed:
            return Outcome(Kind.UNCHANGED, text, _hex(text), "unicode", note=True)
        return None


class Back:
    """The target repertoire → local codes, longest match on base + selector; every registered form of a glyph folds.

    Doubt about an ordinary character (辺 that a local code also gives) is counted only: it may be every record.
    """

    lists_notes = False

    def __init__(self, plan: Plan, codec: Codec) -> None:
        self._plan, self._codec = plan, codec
        several = {text for text, _ in plan.collisions()}
        cells = {text: cell for text, cell in plan.returns().items() if codec.encode(chr(cell.pua)) is not None}
        self._cells = {text: _back(cell, plan, text != cell.text or text in several) for text, cell in cells.items()}
        self._doubtful = {cell.text for cell in plan.cells if cell.text is not None and in_cp932(cell.text)}
        self.careful = _bases({*(cell.text for cell in plan.cells), *cells})

    def outcome(self, text: str) -> Outcome | None:
        """An ordinary character stays ordinary also where a local code has the same text (noted)."""
        if found := self._cells.get(text):
            return found
        if _has_no_place(text) or self._codec.encode(text) is None:
            return Outcome(Kind.UNMAPPED, self._plan.substitute, _hex(text), "unicode")
        if text in self._doubtful:
            return Outcome(Kind.UNCHANGED, text, _hex(text), "unicode", note=True)
        return None


def _has_no_place(text: str) -> bool:
    """Private use, and a selector without base, which would change the character written before it."""
    return is_pua(ord(text[0])) or is_selector(ord(text[0]))


def name_code(plan: Plan, text: str) -> tuple[str, str]:
    """(code in hex, code system) of a private-use character: the plan's local code where it has one."""
    system = code_system(plan.source)
    local = system.from_pua(ord(text)) if len(text) == 1 else None
    return (_hex(text), "unicode") if local is None else (system.format(local), system.name)


def _forward(plan: Plan, cell: Cell) -> Outcome:
    if cell.text is None:
        return Outcome(Kind.UNMAPPED, plan.substitute, cell.local_code, plan.source)
    kind = Kind.NOT_EXACT if cell.not_exact else Kind.EXACT
    return Outcome(kind, cell.text, cell.local_code, plan.source, note=not cell.comes_back)


def _back(cell: Cell, plan: Plan, ambiguous: bool) -> Outcome:
    return Outcome(Kind.RESTORED, chr(cell.pua), cell.local_code, plan.source, note=ambiguous)


def _bases(texts: Iterable[str | None]) -> frozenset[str]:
    return frozenset(text[0] for text in texts if text and len(text) == 1)


def _hex(text: str) -> str:
    """`9089 E0102`: the code points of a character without `U+`."""
    return format_ucs(text).replace("U+", "")
