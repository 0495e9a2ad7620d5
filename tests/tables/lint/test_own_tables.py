"""Our own code tables pass our own lint: the committed ones and those built on the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.moji.code_system import CODE_SYSTEMS
from gaiji_hub.tables.lint.finding import Severity
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.read import read_rows
from gaiji_hub.tables.lint.rules import facts_of, lint_rows
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.systems.lookup import Systems
from tests.tables.loaded import TABLES

BUILT = Path("mappings") / "built"
# A list of what sources say differently, not a code table.
CONFLICTS = "code_conflicts.tsv"
COMMITTED = sorted((data_root() / BUILT).glob("code_*.tsv"))


def wrong(path: Path, systems: Systems) -> list[tuple[int, str, str]]:
    rows = read_rows(path)
    found = lint_rows(rows, facts_of(TABLES, None, None, own_references(rows, systems, None)))
    return [(f.row, str(f.kind), f.message) for f in found if f.severity is not Severity.NOTE]


def test_there_are_tables_to_lint(local_folder: Path):
    assert len([path for path in COMMITTED if path.name != CONFLICTS]) >= 10
    assert len(list((local_folder / BUILT).glob("code_*.tsv"))) >= 10


@pytest.mark.parametrize("path", [path for path in COMMITTED if path.name != CONFLICTS], ids=lambda path: path.stem)
def test_every_committed_table_passes(path: Path, systems: Systems):
    assert wrong(path, systems) == []


def test_every_table_built_on_the_machine_passes(local_folder: Path, systems: Systems):
    paths = sorted(path for path in (local_folder / BUILT).glob("code_*.tsv") if path.name != CONFLICTS)
    assert {path.stem: wrong(path, systems) for path in paths} == {path.stem: [] for path in paths}


@pytest.mark.parametrize("name", ["cp932", "euc-jp-ms", "ibm930", "jef-ebcdik", "keis90-ebcdik", "jips-j"])
def test_their_areas_are_those_of_their_systems(local_folder: Path, name: str):
    system = CODE_SYSTEMS[name]
    file = f"code_{system.double}.tsv"
    found = next(path for path in (data_root() / BUILT / file, local_folder / BUILT / file) if path.is_file())
    findings = lint_rows(read_rows(found), facts_of(TABLES, system))
    assert [f for f in findings if f.kind == "outside_area"] == []
