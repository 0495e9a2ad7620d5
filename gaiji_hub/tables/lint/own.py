"""Our own code tables as references: of the declared system, else of the one the rows agree with best."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gaiji_hub.moji.code_system import CODE_SYSTEMS, CodeSystem
from gaiji_hub.tables.lint.facts import Reference, frozen
from gaiji_hub.tables.lint.rows import Row, Targets, without_selectors
from gaiji_hub.tables.systems.lookup import Systems

_ENOUGH_ROWS = 20
_AGREES = 0.8


def own_references(rows: Sequence[Row], systems: Systems, system: CodeSystem | None) -> tuple[Reference, ...]:
    """The table of the declared system where it is installed, and the one of all that agrees best, if well enough."""
    declared = (
        [replace(_reference(systems, one), own=True) for one in _candidates(rows, systems, system)] if system else []
    )
    others = [_reference(systems, one) for one in _candidates(rows, systems, None)]
    best = max(others, key=lambda reference: _agreement(rows, reference), default=None)
    if best is not None and _agreement(rows, best) >= _AGREES and best.title not in {one.title for one in declared}:
        return (*declared, best)
    return tuple(declared)


def _candidates(rows: Sequence[Row], systems: Systems, system: CodeSystem | None) -> Iterator[CodeSystem]:
    """The installed systems to ask: the declared one, else one per table of the rows' usual length."""
    wanted = system.selectors if system else ""
    every = [CODE_SYSTEMS[name] for name in systems.installed()]
    installed = [one for one in every if one.double and one.selectors == wanted]
    if system is not None:
        yield from (one for one in installed if one.layout == system.layout and one.single == system.single)
        return
    short = 2 * sum(row.length == 1 for row in rows) > len(rows)
    kinds: dict[object, CodeSystem] = {}
    for one in installed:
        kinds.setdefault(one.single or one.double if short else (one.double, one.layout.ebcdic_bytes), one)
    yield from kinds.values()


def _reference(systems: Systems, system: CodeSystem) -> Reference:
    bases: dict[str, set[Targets]] = {}
    forms: dict[str, set[Targets]] = {}
    for row in systems.table(system.name).rows():
        if row.text is not None:
            form = tuple(map(ord, row.text))
            forms.setdefault(row.code.hex().upper(), set()).add(form)
            bases.setdefault(row.code.hex().upper(), set()).add(without_selectors(form))
    title = f"手元の対応表（{system.title}）"

    def rejected(code: str) -> frozenset[Targets]:
        found = systems.conflicts(system.name, bytes.fromhex(code))
        return frozenset(tuple(map(ord, text)) for one in found for text in (one.text, one.other_text))

    return Reference(title, frozen(bases), forms=frozen(forms), rejected=rejected)


def _agreement(rows: Sequence[Row], reference: Reference) -> float:
    """The share of rows with a target that the reference agrees with."""
    asked = [row for row in rows if row.value >= 0 and row.base]
    if len(asked) < _ENOUGH_ROWS:
        return 0.0
    return sum(map(reference.agrees, asked)) / len(asked)
