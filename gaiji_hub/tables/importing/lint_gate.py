"""検査してから取り込む: a code table with an error of `tables lint` is not taken; its warnings are told."""

from __future__ import annotations

from collections.abc import Iterator

from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.tables.importing.rows import Complaints, ReadTable
from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.finding import Finding, FindingClass, Severity
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.rules import facts_of, lint_rows
from gaiji_hub.tables.lookup import Tables

_SHOWN = 20


class LintGate:
    """Examines the rows that a reader could read, beside its own complaints; `remarks` are what a person should see."""

    def __init__(self, system: CodeSystem, tables: Tables) -> None:
        self._system, self._tables = system, tables
        self.remarks: list[str] = []

    def __call__(self, table: ReadTable, complaints: Complaints) -> None:
        """Add every error with its place in the file to `complaints`, every warning to `remarks`."""
        rows = list(_rows(table))
        references = own_references(rows, self._tables.systems, self._system)
        warned = []
        for finding in lint_rows(rows, facts_of(self._tables, self._system, None, references)):
            if finding.severity is Severity.ERROR and not self._overrides(finding):
                complaints.add(table.places.get(finding.code, ""), _told(finding))
            elif finding.severity is not Severity.NOTE:
                warned.append(f"要確認 {table.places.get(finding.code, '')}: {_told(finding)}")
        more = [f"要確認 ほか {len(warned) - _SHOWN:,} 件"] if len(warned) > _SHOWN else []
        self.remarks = [*warned[:_SHOWN], *more]

    def _overrides(self, finding: Finding) -> bool:
        """A town's table may give a regular code of its system another meaning: seen, not refused."""
        if finding.kind is not FindingClass.OUTSIDE_AREA:
            return False
        code = bytes.fromhex(finding.code)
        return self._system.is_code(int.from_bytes(code, "big"), len(code))


def _told(finding: Finding) -> str:
    return finding.message if finding.code in finding.message else f"{finding.code} {finding.message}"


def _rows(table: ReadTable) -> Iterator[Row]:
    for number, (code, ucs, round_trip, _back, _note) in enumerate(table.rows, start=1):
        yield Draft(number, code=code, unicode=ucs, options=(round_trip,)).row()
