"""What the rules are told: registrations, the code system, other sources of the same codes. All of it values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.moji.text import is_selector
from gaiji_hub.tables.lint.rows import Row, Targets

# Names of the collections a sequence is registered in; SVS is one of them here.
Registered = Callable[[int, int], frozenset[str]]
Related = Callable[[int, int], bool]

SVS = "SVS"


def frozen(sets: Mapping[str, set[Targets]]) -> dict[str, frozenset[Targets]]:
    """Sets that are complete, as a reference holds them."""
    return {code: frozenset(found) for code, found in sets.items()}


@dataclass(frozen=True)
class Reference:
    """Another statement of what codes stand for: code in hex → bases without selectors.

    `close`: it is of the very system, so that a row it contradicts may be taken for wrong. `forms` are the bases with
    their selectors. `own`: it is our table of the declared system; `rejected` are texts its sources were found to
    disagree about, for a code.
    """

    title: str
    bases: Mapping[str, frozenset[Targets]]
    close: bool = True
    forms: Mapping[str, frozenset[Targets]] = field(default_factory=dict)
    own: bool = False
    rejected: Callable[[str], frozenset[Targets]] = lambda _code: frozenset()

    @cached_property
    def selected(self) -> frozenset[Targets]:
        """The bases that have a selector somewhere in it."""
        forms = (form for every in self.forms.values() for form in every)
        return frozenset(form[:-1] for form in forms if len(form) > 1 and is_selector(form[-1]))

    def agrees(self, row: Row) -> bool:
        """Whether it says of the row's code what the row says; False where it says nothing."""
        return row.target in self.bases.get(row.code, frozenset())

    def contradicts(self, row: Row) -> bool:
        """Whether it says something else of the row's code."""
        return row.code in self.bases and not self.agrees(row)


@dataclass(frozen=True)
class Facts:
    """`second` is the source a person named, `references` are those we hold, `related` knows variants of a kanji."""

    registered: Registered
    system: CodeSystem | None = None
    second: Reference | None = None
    references: tuple[Reference, ...] = field(default=())
    related: Related = lambda _one, _other: False

    @property
    def every_reference(self) -> tuple[Reference, ...]:
        """Those we hold, then the one a person named."""
        return (*self.references, self.second) if self.second else self.references
