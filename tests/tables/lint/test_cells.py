"""Every notation a cell may be written in, and what is said of those that are none."""

import pytest

from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.rows import Row

KANJI, SELECTOR = 0x9089, 0xE0102


def row(**cells) -> Row:
    selectors = {name: cells.pop(name) for name in ("selector", "hd", "aj1") if name in cells}
    return Draft(1, **{"code": "F040", **cells}, selectors=selectors).row()


@pytest.mark.parametrize("code", ["F040", "f040", "0xF040", "F0 40", " F040 "])
def test_a_code_in_every_notation(code: str):
    assert (row(code=code).code, row(code=code).value, row(code=code).length) == ("F040", 0xF040, 2)


def test_a_unicode_code_may_have_five_digits_behind_its_prefix():
    assert (row(code="U+E000").value, row(code="U+20089").value) == (0xE000, 0x20089)


@pytest.mark.parametrize("code", ["", "F04", "G040", "F040F040F0", "-F04", "F_40"])
def test_a_code_that_is_none(code: str):
    found = row(code=code, unicode="4E00")
    assert (found.value, len(found.problems)) == (-1, 1)


@pytest.mark.parametrize("cell", ["U+9089", "9089", "u+9089", "0x9089", "\\u9089", "邉"])
def test_a_code_point_in_every_notation(cell: str):
    assert (row(unicode=cell).base, row(unicode=cell).selectors) == ((KANJI,), ())


@pytest.mark.parametrize("cell", ["U+9089 U+E0102", "9089 E0102", "9089_E0102", "9089+E0102", "邉󠄂"])
def test_a_selector_in_the_cell_of_its_base(cell: str):
    found = row(unicode=cell)
    assert (found.base, found.selectors, found.problems) == ((KANJI,), (("selector", SELECTOR),), ())


@pytest.mark.parametrize("cell", ["U+E0102", "E0102", "VS19", "vs19", "\U000e0102"])
def test_a_selector_in_a_column_of_its_own(cell: str):
    assert row(unicode="9089", selector=cell).selectors == (("selector", SELECTOR),)


def test_selectors_of_collections_keep_their_column():
    found = row(unicode="9089", hd="E0102", aj1="E0100")
    assert found.selectors == (("hd", 0xE0102), ("aj1", 0xE0100))
    assert found.forms == ((KANJI, 0xE0102), (KANJI, 0xE0100))


@pytest.mark.parametrize(
    "cell", ["4E00|4E8C", "4E00/4E8C", "4E00,4E8C", "U+4E00;U+4E8C", "4E00、4E8C".replace("、", ",")]
)
def test_alternatives_in_one_cell(cell: str):
    assert (row(unicode=cell).base, row(unicode=cell).others) == ((0x4E00,), ((0x4E8C,),))


@pytest.mark.parametrize("cell", ["ZZZZ", "U+", "4E0G", "1", "4E00 XX"])
def test_a_code_point_that_is_none(cell: str):
    assert row(unicode=cell).problems


def test_a_selector_that_cannot_be_read():
    assert row(unicode="9089", selector="VS300").problems


def test_a_cell_past_every_measure_is_said_and_not_read():
    assert row(unicode="4E00 " * 100).problems == ("符号位置の欄が 200 文字を超えています",)
    assert len(row(unicode="AA " * 17).base) == 16


def test_values_no_text_can_hold_are_kept_for_the_rules():
    assert [row(unicode=cell).base for cell in ("D800", "110000", "FFFF")] == [(0xD800,), (0x110000,), (0xFFFF,)]


def test_the_text_is_the_target_where_there_is_no_code_point_column():
    found = row(text="邉󠄂")
    assert (found.base, found.selectors, found.text) == ((KANJI,), (("selector", SELECTOR),), None)


def test_an_empty_code_point_cell_is_not_filled_from_the_text():
    assert (row(unicode="", text="一").base, row(unicode="", text="一").text) == ((), (0x4E00,))


def test_a_lone_selector_stays_to_be_found():
    assert row(unicode="E0102").base == (SELECTOR,)
