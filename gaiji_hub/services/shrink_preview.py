"""縮退方針の試算: what a policy would do to the town's gaiji and to all of MJ, before anybody adopts it.

Every glyph is counted in exactly one `ShrinkOutcome`. What changes is told against the policy in force; where there is
none, every glyph that does not stay itself counts as touched.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TypeVar

from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.shrink import ShrinkFacts, ShrinkOutcome, ShrinkResult, shrink
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.services.decisions import present
from gaiji_hub.services.municipalities import find_municipality, list_business_systems
from gaiji_hub.services.release import NoRelease, get_release
from gaiji_hub.services.shrink_records import InForce, facts_of, in_force, table_facts
from gaiji_hub.tables.lookup import Tables

EXAMPLES = 5
Written = tuple[ShrinkOutcome, str]  # of a glyph: how it came out and what a reader sees
_COUNTING = threading.Lock()  # one thread counts, those that want the same wait for it


One = TypeVar("One")


@dataclass(frozen=True)
class Example:
    """A glyph with what the policy in force gives (None: none is in force) and what the previewed one would give."""

    glyph: str
    own: str | None
    before: ShrinkResult | None
    after: ShrinkResult


@dataclass(frozen=True)
class Counts:
    """`outcomes` add up to `total`; of each and of what changes a few examples, by glyph id."""

    total: int
    outcomes: Mapping[ShrinkOutcome, int]
    examples: Mapping[ShrinkOutcome, tuple[Example, ...]]
    changed: int
    changes: tuple[Example, ...]


@dataclass(frozen=True)
class TownLine:
    """A present gaiji of the town whose character is decided. `released`: the newest release holds the code as it."""

    system: str
    local_code: str
    shape: str
    example: Example
    changes: bool
    released: bool


@dataclass(frozen=True)
class ShrinkPreview:
    """What a policy would do against `now`; `undecided` gaiji have no character that could be shrunk."""

    policy: ShrinkPolicy
    now: InForce | None
    town: Counts
    undecided: int
    lines: tuple[TownLine, ...]
    tables: Tables = field(repr=False, compare=False)

    @property
    def against(self) -> int:
        """The number in force, 0 for none."""
        return self.now.record.number if self.now else 0

    @property
    def before(self) -> ShrinkPolicy | None:
        """The policy in force."""
        return self.now.policy if self.now else None

    @cached_property
    def mj(self) -> Counts:
        """All of MJ; asked for after the session, because the first count of a policy takes seconds."""
        return count_mj(self.tables, self.policy, self.now.choices if self.now else {}, self.before)

    @property
    def touched(self) -> tuple[TownLine, ...]:
        """The released codes for which something else would be written."""
        return tuple(line for line in self.lines if line.changes and line.released)

    @property
    def open(self) -> tuple[TownLine, ...]:
        """The gaiji that would stay visibly open."""
        return tuple(line for line in self.lines if line.example.after.open)


def preview_shrink(
    session: Session, blobs: BlobStore, tables: Tables, lg_code: str, policy: ShrinkPolicy
) -> ShrinkPreview:
    """What `policy` would do if it were in force now, with the choices already approved; nothing is written."""
    now = in_force(session, lg_code, policy.use)
    choices = now.choices if now else {}
    lines, undecided = town_lines(session, blobs, tables, lg_code, policy, choices, now)
    return ShrinkPreview(
        policy=policy,
        now=now,
        town=_count(((line.example, line.example.after.outcome, line.changes) for line in lines), lambda one: one),
        undecided=undecided,
        lines=lines,
        tables=tables,
    )


def open_lines(
    session: Session, blobs: BlobStore, tables: Tables, lg_code: str, use: ShrinkUse
) -> tuple[TownLine, ...]:
    """The town's gaiji that the policy in force leaves open; () while there is none."""
    now = in_force(session, lg_code, use)
    if now is None:
        return ()
    lines, _ = town_lines(session, blobs, tables, lg_code, now.policy, now.choices, now)
    return tuple(line for line in lines if line.example.after.open)


def town_lines(
    session: Session,
    blobs: BlobStore,
    tables: Tables,
    lg_code: str,
    policy: ShrinkPolicy,
    choices: Mapping[str, str],
    now: InForce | None,
) -> tuple[tuple[TownLine, ...], int]:
    """Every present gaiji that stands for a character, by system and code, and how many stand for none."""
    find_municipality(session, lg_code)
    gaiji = list(_gaiji(session, lg_code))
    facts = facts_of(session, tables, lg_code, (glyph for *_, glyph in gaiji if glyph))
    examples = {glyph: _example(known, policy, choices.get(known.glyph), now) for glyph, known in facts.items()}
    released = _released(session, blobs, lg_code)
    lines = []
    for system, code, shape, glyph in gaiji:
        if glyph:
            one = examples[glyph]
            held = released.get((system, code)) == glyph
            lines.append(TownLine(system, code, shape, one, _changes(one, policy, now), held))
    return tuple(lines), len(gaiji) - len(lines)


def count_mj(tables: Tables, policy: ShrinkPolicy, choices: Mapping[str, str], before: ShrinkPolicy | None) -> Counts:
    """The counts over all 58,862 glyphs of the MJ list, with a town's choices, against the policy `before`."""
    kanji = tables.kanji()
    after = _with_choices(tables, policy, choices)
    old = _with_choices(tables, before, choices) if before else None

    def changes(at: int) -> bool:
        return after[at][1] != old[at][1] if old else after[at][0] is not ShrinkOutcome.STAYS

    def example(glyph: GlyphId) -> Example:
        facts, choice = table_facts(tables, glyph), choices.get(glyph)
        was = shrink(facts, before, choice) if before else None
        return Example(glyph, facts.text, was, shrink(facts, policy, choice))

    return _count(((glyph, after[at][0], changes(at)) for at, glyph in enumerate(kanji)), example)


def _with_choices(tables: Tables, policy: ShrinkPolicy, choices: Mapping[str, str]) -> Sequence[Written]:
    """What `_written` gives, the few chosen glyphs anew."""
    with _COUNTING:
        found = list(_written(tables, policy))
    kanji = tables.kanji()
    for glyph, text in choices.items():
        at = bisect_left(kanji, glyph)
        if at < len(kanji) and kanji[at] == glyph:
            result = shrink(table_facts(tables, glyph), policy, text)
            found[at] = result.outcome, result.shown(policy)
    return found


@lru_cache(maxsize=8)
def _written(tables: Tables, policy: ShrinkPolicy) -> tuple[Written, ...]:
    """Of every MJ glyph, by id, what a policy gives without choices; kept, because every town and page asks again."""
    same: dict[Written, Written] = {}
    results = (shrink(table_facts(tables, glyph), policy) for glyph in tables.kanji())
    shown = ((one.outcome, one.shown(policy)) for one in results)
    return tuple(same.setdefault(one, one) for one in shown)


def _example(facts: ShrinkFacts, policy: ShrinkPolicy, choice: str | None, now: InForce | None) -> Example:
    return Example(facts.glyph, facts.text, now.result(facts) if now else None, shrink(facts, policy, choice))


def _changes(one: Example, policy: ShrinkPolicy, now: InForce | None) -> bool:
    return _differs(one, policy, now.policy if now else None)


def _differs(one: Example, policy: ShrinkPolicy, before: ShrinkPolicy | None) -> bool:
    """Whether something else would be written than before; drawing a shape is never the same as writing."""
    if one.before is None or before is None:
        return one.after.outcome is not ShrinkOutcome.STAYS
    return one.before.shown(before) != one.after.shown(policy)


def _count(found: Iterable[tuple[One, ShrinkOutcome, bool]], example: Callable[[One], Example]) -> Counts:
    """Counts of glyphs with their outcomes and whether they change; `example` shows one of them."""
    outcomes: Counter[ShrinkOutcome] = Counter()
    shown: dict[ShrinkOutcome, list[Example]] = {outcome: [] for outcome in ShrinkOutcome}
    changes: list[Example] = []
    changed = 0
    for one, outcome, changes_it in found:
        outcomes[outcome] += 1
        if len(shown[outcome]) < EXAMPLES:
            shown[outcome].append(example(one))
        if changes_it:
            changed += 1
            if len(changes) < EXAMPLES:
                changes.append(example(one))
    counted = {outcome: outcomes[outcome] for outcome in ShrinkOutcome}
    kept = {outcome: tuple(examples) for outcome, examples in shown.items()}
    return Counts(sum(outcomes.values()), counted, kept, changed, tuple(changes))


def _gaiji(session: Session, lg_code: str) -> Iterator[tuple[str, str, str, str]]:
    """(system, local code, shape, glyph it is delivered as or "") of every present gaiji."""
    for system in list_business_systems(session, lg_code):
        for one in present(session, lg_code, system.name):
            counts = one.in_force
            glyph = counts.glyph if counts is not None and counts.verdict.replaces else None
            yield system.name, one.local_code, one.shape, glyph or ""


def _released(session: Session, blobs: BlobStore, lg_code: str) -> dict[tuple[str, str], str]:
    """(system, local code) → glyph in the newest release of each business system."""
    found: dict[tuple[str, str], str] = {}
    for system in list_business_systems(session, lg_code):
        try:
            release = get_release(session, blobs, lg_code, system.name)
        except NoRelease:
            continue
        found |= {(system.name, row.local_code): row.glyph for row in release.rows if row.glyph}
    return found
