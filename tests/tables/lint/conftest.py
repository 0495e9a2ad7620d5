"""Facts from the committed tables, and the source tables with what the lint is told about them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding
from gaiji_hub.tables.lint.read import read_rows
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.rules import facts_of, lint_rows
from tests.tables.lint.planting import Cells, rows_of
from tests.tables.loaded import TABLES

FACTS = facts_of(TABLES)


@pytest.fixture(scope="session")
def source(archives: dict[str, Path]) -> Callable[[str], list[Row]]:
    """The rows of a source table by the id of its archive."""
    return lambda name: read_rows(archives[name])


def lint(*cells: Cells, facts: Facts = FACTS) -> list[Finding]:
    """The findings of rows given by their cells."""
    return lint_rows(rows_of(list(cells)), facts)


def told(*cells: Cells, facts: Facts = FACTS) -> list[tuple[int, str, str]]:
    """(row, class, severity) of every finding, in order."""
    return [(finding.row, str(finding.kind), str(finding.severity)) for finding in lint(*cells, facts=facts)]
