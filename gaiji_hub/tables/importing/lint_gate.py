"""検査してから取り込む: a code table with an error of `tables lint` is not taken; its warnings are told."""

from __future__ import annotations

from collections.abc import Iterator

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.tables.importing.rows import Complaints, ReadTable
from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.finding import Severity
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.rules import facts_of, lint_rows
from gaiji_hub.tables.lookup import Tables

_SHOWN = 20


def refuse_errors(table: ReadTable, name: str, system: CodeSystem, tables: Tables) -> list[str]:
    """Sentences about what a person should look at; `Problems` with every error and its place in the file."""
    rows = list(_rows(table))
    findings = lint_rows(rows, facts_of(tables, system, None, own_references(rows, tables.systems, system)))
    complaints = Complaints(name)
    for finding in findings:
        if finding.severity is Severity.ERROR:
            complaints.add(table.places.get(finding.code, ""), f"{finding.code} {finding.message}")
    complaints.settle()
    warned = [finding for finding in findings if finding.severity is Severity.WARNING]
    told = [f"要確認 {_placed(table, finding.code)}: {finding.message}" for finding in warned[:_SHOWN]]
    return [*told, f"要確認 ほか {len(warned) - _SHOWN:,} 件"] if len(warned) > _SHOWN else told


def _placed(table: ReadTable, code: str) -> str:
    return " ".join(part for part in (table.places.get(code, ""), code) if part)


def _rows(table: ReadTable) -> Iterator[Row]:
    for number, (code, ucs, round_trip, _back, _note) in enumerate(table.rows, start=1):
        yield Draft(number, code=code, unicode=ucs, options=(round_trip,)).row()
