"""Defects of every class planted at random places into copies of the source tables: all found, nothing else said.

The tables are real, with errors of their own, so what is counted is what planting added. Where it is seen is the row,
and for a defect that needs two rows (a code or a character twice) either of them.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.lint.facts import Facts
from gaiji_hub.tables.lint.finding import Finding
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.rules import facts_of, lint_rows, reference_of
from gaiji_hub.tables.systems.lookup import Systems
from tests.tables.lint import planting
from tests.tables.lint.planting import ANY, WITH_SELECTORS, WITH_UNICODE, Cells, Copy, copy_of, rows_of, shift
from tests.tables.lint.sources import csv_like, jef4j, pairs
from tests.tables.loaded import TABLES

ALL_COLUMNS = ("unicode", "text", "hd", "aj1", "selector")
LARGE = {
    "jef": ("jef4j-fujitsu-jef", jef4j, "jef", True),
    "keis78": ("jef4j-hitachi-keis78", jef4j, "keis78", False),
    "jips": ("jef4j-nec-jips", jef4j, "jips-j", False),
    "jef-csv": ("jef4j-fujitsu-jef", csv_like, "jef", True),
    "jef-pairs": ("jacode4e-jef", pairs, "jef", False),
    "letsj-pairs": ("jacode4e-letsj", pairs, "lets-j", False),
    "cp930-pairs": ("jacode4e-cp00930", pairs, "ibm930", False),
}
SMALL = {
    "ebcdik": ("jef4j-fujitsu-ebcdik", jef4j, "jef", False),
    "hitachi": ("jef4j-hitachi-ebcdic", jef4j, "keis83-ebcdic", False),
    "jis8": ("jef4j-nec-jis8", jef4j, "jips-j", False),
}
Read = Callable[[Path], list[Cells]]


@cache
def cells_of(path: Path, read: Read) -> list[Cells]:
    return read(path)


def planters(cells: list[Cells], selectors: bool) -> list[planting.Planter]:
    has_unicode = "unicode" in cells[0]
    large = len(cells) > 1000
    chosen = [planter for planter in ANY if large or planter is not planting.compatibility]
    return [*chosen, *(WITH_UNICODE if has_unicode else ()), *(WITH_SELECTORS if selectors else ())]


def plant(cells: list[Cells], selectors: bool, seed: int, times: int) -> Copy:
    rng, table = random.Random(seed), copy_of(cells)
    for planter in planters(cells, selectors):
        for _ in range(times):
            planter(table, rng)
    return table


def check(table: Copy, original: list[Cells], facts: Facts) -> None:
    """All that was planted is found, and what is found besides was there before or is about a row touched."""
    before = {_said(finding) for finding in lint_rows(rows_of(original), facts)}
    found = lint_rows(table.rows(), facts)
    assert table.planted - {(finding.row, str(finding.kind)) for finding in found} == set()
    added = [f for f in found if f.row not in table.touched and f.row and _said(f) not in before]
    assert added == []


def _said(finding: Finding) -> tuple[str, str, str]:
    return finding.code, str(finding.kind), str(finding.severity)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", LARGE)
def test_every_class_is_found_without_any_other_source(archives: dict[str, Path], name: str, seed: int):
    archive, read, system, selectors = LARGE[name]
    original = cells_of(archives[archive], read)
    check(plant(original, selectors, seed, times=4), original, facts_of(TABLES, code_system(system)))


@pytest.mark.parametrize("name", ["jef", "jips", "jef-csv"])
def test_every_class_is_found_without_a_declared_system(archives: dict[str, Path], name: str):
    archive, read, _, selectors = LARGE[name]
    original = cells_of(archives[archive], read)
    check(plant(original, selectors, 3, times=4), original, facts_of(TABLES))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", SMALL)
def test_every_class_is_found_in_one_byte_tables(archives: dict[str, Path], name: str, seed: int):
    archive, read, system, selectors = SMALL[name]
    original = cells_of(archives[archive], read)
    check(plant(original, selectors, seed, times=1), original, facts_of(TABLES, code_system(system)))


@pytest.mark.parametrize("name", LARGE)
def test_runs_are_found_against_a_second_source(archives: dict[str, Path], name: str):
    archive, read, system, _ = LARGE[name]
    original = cells_of(archives[archive], read)
    second = reference_of(rows_of(original), "原本")
    check(shifted(original, 4), original, facts_of(TABLES, code_system(system), second))


@pytest.mark.parametrize("name", LARGE)
def test_runs_are_found_against_our_own_tables(archives: dict[str, Path], systems: Systems, name: str):
    archive, read, system, _ = LARGE[name]
    original = cells_of(archives[archive], read)
    references = own_references(rows_of(original), systems, code_system(system))
    check(shifted(original, 5), original, facts_of(TABLES, code_system(system), None, references))


@pytest.mark.parametrize("name", ["keis78", "jef", "jips"])
def test_runs_of_the_code_point_column_are_seen_in_the_table_itself(archives: dict[str, Path], name: str):
    archive, read, _, _ = LARGE[name]
    original = cells_of(archives[archive], read)
    table = shifted(original, 6, ("unicode",))
    check(table, original, facts_of(TABLES))
    classes = Counter(str(f.kind) for f in lint_rows(table.rows(), facts_of(TABLES)) if f.row in table.touched)
    assert classes["text_disagrees"] >= len(table.planted)


def shifted(cells: list[Cells], seed: int, columns: tuple[str, ...] = ALL_COLUMNS) -> Copy:
    rng, table = random.Random(seed), copy_of(cells)
    for _ in range(5):
        shift(table, rng, columns=columns)
    return table
