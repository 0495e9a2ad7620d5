"""Single rows that our own table of the declared system contradicts; blocks of user-defined codes; small tables."""

from collections.abc import Callable

import pytest

from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.rules import facts_of, lint_rows
from gaiji_hub.tables.systems.lookup import Systems
from tests.tables.lint.conftest import told
from tests.tables.lint.planting import Cells, rows_of
from tests.tables.loaded import TABLES

Told = list[tuple[int, str, str]]


def regular(first: int = 0x889F, last: int = 0x9872) -> list[Cells]:
    """JIS level 1 as CP932 has it, each character once."""
    cells = []
    for code in range(first, last + 1):
        text = code.to_bytes(2, "big").decode("cp932", "ignore")
        if len(text) == 1 and code_system("cp932").is_code(code):
            cells.append(cell(f"{code:04X}", text))
    return cells


def cell(code: str, text: str) -> Cells:
    return {"code": code, "unicode": f"{ord(text):04X}", "text": text}


@pytest.fixture(scope="session")
def against_own(systems: Systems) -> Callable[..., Told]:
    def against_own(cells: list[Cells], name: str = "cp932") -> Told:
        rows, system = rows_of(cells), code_system(name) if name else None
        found = lint_rows(rows, facts_of(TABLES, system, None, own_references(rows, systems, system)))
        return [(f.row, str(f.kind), str(f.severity)) for f in found]

    return against_own


def test_a_clean_table_is_silent(against_own):
    assert against_own(regular()) == []


@pytest.mark.parametrize("text", ["龘", "𠮷", "⼀"])
def test_a_single_wrong_character(against_own, text: str):
    rows = regular()
    rows[500] = cell(rows[500]["code"], text)
    assert (501, "sources_disagree", "warning") in against_own(rows)


def test_a_revised_shape_is_a_note(against_own):
    rows = regular()
    at = next(at for at, row in enumerate(rows) if row["text"] == "鴎")
    rows[at] = cell(rows[at]["code"], "鷗")
    assert against_own(rows) == [(at + 1, "sources_disagree", "note")]


def test_neighbours_exchanged_are_found_both(against_own):
    rows = regular()
    one, other = rows[500]["text"], rows[501]["text"]
    rows[500], rows[501] = cell(rows[500]["code"], other), cell(rows[501]["code"], one)
    assert against_own(rows) == [
        (at, kind, severity)
        for at in (501, 502)
        for kind, severity in (("shifted_run", "error"), ("sources_disagree", "warning"))
    ]


def test_a_table_of_another_system_does_not_drown(against_own):
    rows = regular()
    turned = [cell(row["code"], other["text"]) for row, other in zip(rows, reversed(rows), strict=True)]
    assert "sources_disagree" not in {kind for _, kind, _ in against_own(turned)}


@pytest.mark.parametrize("step", [1, 3, 5, 10, 94, 188, -3, -94])
@pytest.mark.parametrize("length", [4, 10])
def test_a_run_at_any_constant_distance(against_own, step: int, length: int):
    rows = regular()
    moved = [cell(rows[at]["code"], rows[at + step]["text"]) for at in range(1000, 1000 + length)]
    found = against_own([*rows[:1000], *moved, *rows[1000 + length :]])
    assert [at for at, kind, _ in found if kind == "shifted_run"] == list(range(1001, 1001 + length))


def test_a_block_of_user_defined_codes_is_meant_and_one_alone_is_not(against_own):
    kanji = [chr(0x3400 + 7 * at) for at in range(30)]
    block = [cell(f"{0xF040 + at:04X}", text) for at, text in enumerate(kanji)]
    assert against_own([*regular(), *block]) == []
    rows = regular()
    rows[500] = cell("F040", "㐀")
    assert against_own(rows) == [(501, "outside_area", "warning")]


def test_private_targets_of_planes_15_and_16_are_a_note(against_own):
    for first in (0xE123, 0xF0000, 0x100000):
        rows = [cell(f"{0xF040 + at:04X}", chr(first + 7 * at)) for at in range(60)]
        assert against_own(rows, "") == [(1, "bad_target", "note")]


def test_a_gaiji_table_with_some_private_targets_is_a_note_and_a_single_one_a_warning(against_own):
    rows = [cell(f"{0xF040 + at:04X}", chr(0x3400 + 7 * at if at % 3 else 0xE000 + 5 * at)) for at in range(60)]
    assert against_own(rows, "") == [(1, "bad_target", "note")]
    known = [row for row in rows if not 0xE000 <= ord(row["text"]) <= 0xF8FF]
    assert against_own([*known, cell("F0A0", "\ue123")], "") == [(41, "bad_target", "warning")]


@pytest.mark.parametrize("code", ["F0", "8FF0A1"])
def test_a_length_no_other_row_of_a_small_table_has(code: str):
    rows = [cell(f"{0xF040 + at:04X}", chr(0x4E00 + 7 * at)) for at in range(10)]
    assert told(*rows, cell(code, "鬱")) == [(11, "outside_area", "warning")]
    assert told(*rows[:9], cell(code, "鬱")) == []


def test_a_run_reaches_to_the_code_that_was_left_out(against_own):
    rows = regular()
    left_out = [cell(rows[at]["code"], rows[at + 1]["text"]) for at in range(1000, 1010)]
    found = against_own([*rows[:1000], *left_out, *rows[1011:]])
    assert [at for at, kind, _ in found if kind == "shifted_run"] == list(range(1001, 1011))
