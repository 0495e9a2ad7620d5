"""Selectors beside a reference, and rows that contradict themselves about theirs."""

from dataclasses import replace

import pytest

from gaiji_hub.tables.lint.rules import reference_of
from tests.tables.lint.conftest import FACTS, lint, told
from tests.tables.lint.planting import Cells, rows_of

# Registered sequences of one base, as a table of a town has them.
SELECTORS = range(0xE0100, 0xE0110)


def nabe(selectors: range | list[int] = SELECTORS) -> list[Cells]:
    return [row(0xF040 + at, selector) for at, selector in enumerate(selectors)]


def row(code: int, selector: int | None) -> Cells:
    cells = {"code": f"{code:04X}", "unicode": "9089", "text": "邉"}
    return cells if selector is None else {**cells, "selector": f"{selector:04X}", "text": "邉" + chr(selector)}


def against(second: list[Cells], *cells: Cells) -> list[tuple[int, str, str]]:
    facts = replace(FACTS, second=reference_of(rows_of(second), "別の表"))
    return [found for found in told(*cells, facts=facts) if found[1] != "collision"]


def test_two_tables_that_agree_are_silent():
    assert against(nabe(), *nabe()) == []


def test_shifted_selectors_of_one_base_are_a_run():
    moved = [*SELECTORS[:4], *SELECTORS[5:10], SELECTORS[4], *SELECTORS[10:]]
    assert against(nabe(), *nabe(moved)) == [(at, "shifted_run", "error") for at in range(5, 11)]


def test_two_selectors_exchanged():
    moved = [*SELECTORS[:4], SELECTORS[5], SELECTORS[4], *SELECTORS[6:]]
    found = against(nabe(), *nabe(moved))
    assert {(5, "shifted_run", "error"), (6, "sources_disagree", "warning")} <= set(found)
    assert {at for at, _, _ in found} == {5, 6}


@pytest.mark.parametrize("selector", [None, 0xE0110])
def test_a_selector_lost_or_replaced(selector: int | None):
    cells = nabe()
    cells[7] = row(0xF047, selector)
    assert against(nabe(), *cells) == [(8, "sources_disagree", "warning")]


def test_a_reference_without_selectors_compares_bases():
    assert against([row(0xF040 + at, None) for at in range(16)], *nabe()) == []


def test_a_reference_of_another_collection_compares_bases():
    one = [{**row(0xF040 + at, None), "hd": f"{0xE0100 + at:04X}"} for at in range(30)]
    other = [{**row(0xF040 + at, None), "aj1": f"{0xE0180 + at:04X}"} for at in range(30)]
    assert "sources_disagree" not in {kind for _, kind, _ in against(other, *one)}


@pytest.mark.parametrize(
    "cells",
    [
        {"unicode": "9089 E0102", "selector": "E0103"},
        {"unicode": "9089", "selector": "E0102 E0103"},
        {"unicode": "9089 E0102", "selector": "E0103", "text": "邉\U000e0103"},
        {"unicode": "9089", "selector": "E0102", "text": "邉\U000e0103"},
        {"text": "邉\U000e0102", "selector": "E0103"},
        {"unicode": "9089 E0102", "hd": "E0103"},
    ],
)
def test_a_row_that_contradicts_itself(cells: Cells):
    assert (1, "selector_disagrees", "error") in told({"code": "F040", **cells})


def test_a_selector_in_both_cells_is_one():
    assert told({"code": "F040", "unicode": "9089 E0102", "selector": "E0102", "text": "邉\U000e0102"}) == []


def test_the_same_sequence_written_in_other_ways_collides():
    ways: list[Cells] = [
        {"unicode": "U+9089 U+E0102"},
        {"text": "邉\U000e0102"},
        {"unicode": "邉", "selector": "E0102"},
        {"unicode": "9089 E0102", "selector": "VS19"},
        {"unicode": "9089", "selector": "E0102"},
    ]
    found = [at for at, kind, _ in told(*({"code": f"F04{at}", **cells} for at, cells in enumerate(ways)))]
    assert found == [1, 2, 3, 4, 5]


def test_one_code_with_two_selectors_is_one_to_many():
    found = told(row(0xF040, 0xE0102), {**row(0xF040, 0xE0103)})
    assert found == [(2, "duplicate_code", "error"), (2, "one_to_many", "error")]


def test_a_large_collision_names_a_few():
    findings = lint(*({"code": f"{0xF040 + at:04X}", "unicode": "3013"} for at in range(100)))
    assert len(findings) == 100
    assert max(len(finding.message) for finding in findings) < 100
    assert all("ほか 94 コード" in finding.message for finding in findings)
