"""The neutral row: what every format of table comes down to before the rules look at it.

Code points are integers, not text: a row may hold what no text can (surrogates, values past U+10FFFF).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gaiji_hub.moji.text import is_selector

Targets = tuple[int, ...]

# Which registrations a selector column speaks of; the plain column may hold any.
COLLECTIONS = {"hd": "Hanyo-Denshi", "aj1": "Adobe-Japan1"}
PLAIN = "selector"

# Declared reasons (jef4j's options and the round-trip classes of our own tables).
KNOWN_OPTIONS = frozenset(
    (
        "both",
        "cjk_ci",
        "combination",
        "compatible",
        "decode_only",
        "encode_only",
        "fullwidth",
        "halfwidth",
        "none",
        "oneway",
        "substitution",
        "unmappable",
    )
)
# A row with one of these is never read / never written.
NOT_READ = frozenset(("cjk_ci", "encode_only"))
NOT_WRITTEN = frozenset(("decode_only", "none", "unmappable"))
NO_TEXT = frozenset(("none", "unmappable"))


@dataclass(frozen=True, slots=True)
class Row:
    """A row of any table.

    `code` is as written, in upper case hex; `value` its number, -1 where it cannot be read. `base` is the target
    without selectors, `selectors` are (column, code point). `text` is the row's own text cell as code points (None: the
    table has none, or the target was taken from it). `others` are further targets of the same cell, `sign` a combining
    mark in a column of its own (jef4j's `sp`), `partner` the other code of a table from codes to codes. `problems` are
    what could not be read.
    """

    number: int
    code: str
    value: int
    base: Targets = ()
    selectors: tuple[tuple[str, int], ...] = ()
    text: Targets | None = None
    options: frozenset[str] = frozenset()
    others: tuple[Targets, ...] = ()
    sign: Targets = ()
    partner: str = ""
    problems: tuple[str, ...] = ()

    @property
    def length(self) -> int:
        """Bytes of the code."""
        return (len(self.code) + 1) // 2

    @property
    def target(self) -> Targets:
        return self.base + self.sign

    @property
    def forms(self) -> tuple[Targets, ...]:
        """Every text the columns allow: with each selector, and the bare base where there is none."""
        with_selector = tuple((*self.base, selector) for _, selector in self.selectors)
        return with_selector or (self.target,)

    @property
    def is_read(self) -> bool:
        return not self.options & NOT_READ

    @property
    def is_written(self) -> bool:
        return not self.options & NOT_WRITTEN


def without_selectors(targets: Iterable[int]) -> Targets:
    return tuple(point for point in targets if not is_selector(point))


def only_selectors(targets: Iterable[int]) -> Targets:
    return tuple(point for point in targets if is_selector(point))


def few(codes: Iterable[str], limit: int = 5) -> str:
    """The first codes by name and how many more there are: a message must not grow with the table."""
    every = list(dict.fromkeys(codes))
    more = f" ほか {len(every) - limit:,}" if len(every) > limit else ""
    return "・".join(every[:limit]) + more


def shown(targets: Iterable[int]) -> str:
    """`U+9089 U+E0102`, or `なし`."""
    return " ".join(f"U+{point:04X}" for point in targets) or "なし"
