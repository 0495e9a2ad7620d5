"""The registry of rules: `lint_rows` is what commands and imports call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.tables.lint import (
    area_rules,
    code_rules,
    collision_rules,
    hazard_rules,
    selector_rules,
    shift_rules,
    source_rules,
    target_rules,
    text_rules,
)
from gaiji_hub.tables.lint.builtin import builtin_reference
from gaiji_hub.tables.lint.facts import SVS, Facts, Reference, Registered, Related, frozen
from gaiji_hub.tables.lint.finding import Finding, in_order
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lookup import Tables

Rule = Callable[[Sequence[Row], Facts], Iterable[Finding]]

RULES: tuple[Rule, ...] = (
    *code_rules.RULES,
    *area_rules.RULES,
    *target_rules.RULES,
    *text_rules.RULES,
    *selector_rules.RULES,
    *shift_rules.RULES,
    *source_rules.RULES,
    *collision_rules.RULES,
    *hazard_rules.RULES,
)


def lint_rows(rows: Sequence[Row], facts: Facts) -> list[Finding]:
    """Every finding of every rule, by row and class. Rows of a file: `read.read_rows`; facts: `facts_of`."""
    builtin = builtin_reference(rows, facts.system)
    if builtin is not None:
        facts = replace(facts, references=(*facts.references, builtin))
    return in_order([finding for rule in RULES for finding in rule(rows, facts)])


def facts_of(
    tables: Tables,
    system: CodeSystem | None = None,
    second: Reference | None = None,
    references: Sequence[Reference] = (),
) -> Facts:
    """Facts from the reference tables: registrations of all five collections and SVS, and variants of a character."""
    return Facts(_registered(tables), system, second, tuple(references), _related(tables))


def reference_of(rows: Sequence[Row], title: str) -> Reference:
    """A table as a second source: the characters of every code it reads, with and without selectors."""
    bases: dict[str, set[tuple[int, ...]]] = {}
    forms: dict[str, set[tuple[int, ...]]] = {}
    for row in rows:
        if row.value >= 0 and row.base and row.is_read:
            bases.setdefault(row.code, set()).add(row.target)
            forms.setdefault(row.code, set()).update(row.forms)
    return Reference(title, frozen(bases), forms=frozen(forms))


def _registered(tables: Tables) -> Registered:
    def registered(base: int, selector: int) -> frozenset[str]:
        found = {entry.collection for entry in tables.ivd(base, selector)}
        return frozenset(found | {SVS}) if tables.svs(base, selector) else frozenset(found)

    return registered


def _related(tables: Tables) -> Related:
    def related(one: int, other: int) -> bool:
        return any(chr(other) in tables.shrink_texts(glyph) for glyph in tables.by_ucs(one))

    return related
