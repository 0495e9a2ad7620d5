"""What the rules are told: registrations, the code system, other sources of the same codes. All of it values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.tables.lint.rows import Row, Targets

# Names of the collections a sequence is registered in; SVS is one of them here.
Registered = Callable[[int, int], frozenset[str]]
Related = Callable[[int, int], bool]

SVS = "SVS"


@dataclass(frozen=True)
class Reference:
    """Another statement of what codes stand for: code in hex → bases without selectors.

    `close`: it is of the very system, so that a row it contradicts may be taken for wrong.
    """

    title: str
    bases: Mapping[str, frozenset[Targets]]
    close: bool = True

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
