"""縮退方針の試算: what a policy would do to the town's gaiji and to all of MJ, before anybody adopts it.

Every glyph is counted in exactly one `ShrinkOutcome`. What changes is told against the policy in force; where there is
none, every glyph that does not stay itself counts as touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.shrink import ShrinkFacts, ShrinkOutcome, ShrinkResult, shrink
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.services.decisions import present
from gaiji_hub.services.municipalities import find_municipality, list_business_systems
from gaiji_hub.services.release import NoRelease, get_release
from gaiji_hub.services.shrink_records import InForce, facts_of, in_force, table_facts
from gaiji_hub.tables.lookup import Tables

EXAMPLES = 5
Choices = tuple[tuple[str, str], ...]


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
    """`against` is the number in force, 0 for none; `undecided` gaiji have no character that could be shrunk."""

    policy: ShrinkPolicy
    against: int
    mj: Counts
    town: Counts
    undecided: int
    lines: tuple[TownLine, ...]

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
        against=now.record.number if now else 0,
        mj=count_mj(tables, policy, tuple(sorted(choices.items())), now.policy if now else None),
        town=_count((line.example, line.changes) for line in lines),
        undecided=undecided,
        lines=lines,
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
    facts = facts_of(session, tables, (glyph for *_, glyph in gaiji if glyph))
    examples = {glyph: _example(known, policy, choices.get(glyph), now) for glyph, known in facts.items()}
    released = _released(session, blobs, lg_code)
    lines = []
    for system, code, shape, glyph in gaiji:
        if glyph:
            one = examples[glyph]
            held = released.get((system, code)) == glyph
            lines.append(TownLine(system, code, shape, one, _changes(one, policy, now), held))
    return tuple(lines), len(gaiji) - len(lines)


@lru_cache(maxsize=16)
def count_mj(tables: Tables, policy: ShrinkPolicy, choices: Choices, before: ShrinkPolicy | None) -> Counts:
    """The counts over all 58,862 glyphs of the MJ list; kept, because pages ask for the same policies again."""
    chosen = dict(choices)

    def examples() -> Iterator[tuple[Example, bool]]:
        for glyph in tables.kanji():
            facts = table_facts(tables, glyph)
            old = shrink(facts, before, chosen.get(glyph)) if before else None
            one = Example(glyph, facts.text, old, shrink(facts, policy, chosen.get(glyph)))
            yield one, _differs(one, policy, before)

    return _count(examples())


def _example(facts: ShrinkFacts, policy: ShrinkPolicy, choice: str | None, now: InForce | None) -> Example:
    return Example(facts.glyph, facts.text, now.result(facts) if now else None, shrink(facts, policy, choice))


def _changes(one: Example, policy: ShrinkPolicy, now: InForce | None) -> bool:
    return _differs(one, policy, now.policy if now else None)


def _differs(one: Example, policy: ShrinkPolicy, before: ShrinkPolicy | None) -> bool:
    """Whether something else would be written than before; drawing a shape is never the same as writing."""
    if one.before is None or before is None:
        return one.after.outcome is not ShrinkOutcome.STAYS
    return one.before.shown(before) != one.after.shown(policy)


def _count(examples: Iterable[tuple[Example, bool]]) -> Counts:
    outcomes: Counter[ShrinkOutcome] = Counter()
    shown: dict[ShrinkOutcome, list[Example]] = {outcome: [] for outcome in ShrinkOutcome}
    changes: list[Example] = []
    changed = 0
    for one, changes_it in examples:
        outcome = one.after.outcome
        outcomes[outcome] += 1
        if len(shown[outcome]) < EXAMPLES:
            shown[outcome].append(one)
        if changes_it:
            changed += 1
            if len(changes) < EXAMPLES:
                changes.append(one)
    counted = {outcome: outcomes[outcome] for outcome in ShrinkOutcome}
    kept = {outcome: tuple(found) for outcome, found in shown.items()}
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
