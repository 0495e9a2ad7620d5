"""Each class on the smallest table that has it, and the rows next to it that must stay silent."""

from dataclasses import replace

import pytest

from gaiji_hub.moji.code_system import code_system
from gaiji_hub.tables.lint.area_rules import guess
from gaiji_hub.tables.lint.facts import Reference
from gaiji_hub.tables.lint.finding import ORDER, FindingClass
from tests.tables.lint.conftest import FACTS, lint, told
from tests.tables.lint.planting import Cells, rows_of

ONE = {"code": "B0EC", "unicode": "4E00", "text": "一"}
TWO = {"code": "C6F3", "unicode": "4E8C", "text": "二"}


def euc(*lead: int) -> list[Cells]:
    """The regular rows of JIS X 0208 in some rows of EUC, as a table."""
    rows = []
    for code in (one << 8 | cell for one in lead for cell in range(0xA1, 0xFF)):
        text = code.to_bytes(2, "big").decode("euc_jp", "ignore")
        if text:
            rows.append({"code": f"{code:04X}", "unicode": f"{ord(text):04X}", "text": text})
    return rows


def with_system(name: str):
    return replace(FACTS, system=code_system(name))


def test_a_clean_table_is_silent():
    assert told(ONE, TWO) == []
    assert told(*euc(*range(0xB0, 0xF5)), facts=with_system("keis83")) == []


def test_every_class_has_a_label_and_a_place():
    assert all(kind.label for kind in FindingClass)
    assert list(ORDER) == list(FindingClass)


def test_duplicate_codes_and_their_targets():
    assert told(ONE, TWO, ONE) == [(3, "duplicate_code", "error")]
    other = {"code": "B0EC", "unicode": "58F1", "text": "壱"}
    assert told(ONE, TWO, other) == [(3, "duplicate_code", "error"), (3, "one_to_many", "error")]


@pytest.mark.parametrize("reason", ["encode_only", "cjk_ci"])
def test_a_row_that_is_only_written_may_repeat_a_code(reason: str):
    other = {"code": "B0EC", "unicode": "58F1", "text": "壱", "options": reason}
    assert told(ONE, other) == []
    assert told(ONE, other, other) == [(3, "duplicate_code", "error")]


def test_the_row_out_of_order_is_the_one_that_repeats():
    rows = euc(0xB0)
    rows[10] = {**rows[10], "code": rows[50]["code"]}
    assert {(11, "duplicate_code", "error"), (11, "one_to_many", "error")} == set(told(*rows))


def test_where_a_code_is_missing_its_row_is_the_wrong_one():
    rows = [
        {"code": f"{code:02X}", "unicode": f"{point:04X}"}
        for code, point in ((0x8D, 1), (0x8F, 2), (0x8F, 3), (0x90, 4))
    ]
    assert [found[0] for found in told(*rows)] == [2, 2]


@pytest.mark.parametrize("cell", ["4E00 4E8C", "4E00|4E8C", "U+4E00,U+4E8C"])
def test_one_row_with_several_characters(cell: str):
    assert (1, "one_to_many", "error") in told({"code": "B0EC", "unicode": cell})


@pytest.mark.parametrize("cell", ["304B 309A", "02E9 02E5", "4E08 E0101", "30AB 309A"])
def test_a_sequence_that_is_one_character(cell: str):
    assert told({"code": "A4F7", "unicode": cell}) == []


def test_a_declared_combination_may_be_several():
    assert told({"code": "73FA", "unicode": "4EE4 548C", "options": "combination decode_only"}) == []


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"unicode": "4E00", "text": "二"}, {"text_disagrees"}),
        ({"unicode": "8B0E", "hd": "E0102", "text": "謎。\U000e0102"}, {"text_disagrees", "selector_unregistered"}),
        ({"unicode": "9089", "selector": "E0102", "text": "邉\U000e0103"}, {"text_disagrees", "selector_disagrees"}),
        ({"unicode": "9089", "selector": "E0102", "text": "邉"}, {"text_disagrees", "selector_disagrees"}),
        ({"unicode": "9089", "text": "邉\U000e0102"}, {"text_disagrees", "selector_disagrees"}),
        ({"unicode": "", "selector": "E0102"}, {"selector_disagrees"}),
        ({"unicode": "9089", "selector": "E0102", "text": "邉\U000e0102"}, set()),
        ({"unicode": "9089 E0102", "text": "邉\U000e0102"}, set()),
        ({"unicode": "5132", "hd": "E0102", "aj1": "E0100", "text": "儲\U000e0100"}, set()),
        ({"unicode": "1B019", "sp": "3099", "text": "\U0001b019\u3099"}, set()),
        ({"unicode": "FFFD", "text": "{━}", "options": "oneway unmappable"}, set()),
        ({"unicode": "0009", "text": "PT|HT"}, set()),
        ({"unicode": "0020", "text": "SP"}, set()),
    ],
)
def test_text_and_selectors_of_one_row(row: Cells, expected: set[str]):
    code = "05" if row["unicode"] in ("0009", "0020") else "B0EC"
    assert {kind for _, kind, _ in told({"code": code, **row})} == expected


def test_a_table_whose_text_is_the_bare_base_may_do_so():
    rows = [{"code": f"F04{at}", "unicode": "9089", "selector": f"E010{at}", "text": "邉"} for at in range(2, 6)]
    assert told(*rows) == []
    odd = {"code": "F046", "unicode": "9089", "selector": "E0106", "text": "邉\U000e0107"}
    assert {kind for row, kind, _ in told(*rows, odd) if row == 5} == {"text_disagrees", "selector_disagrees"}


def test_one_shape_of_a_collection_at_two_of_the_other():
    rows = [{"code": f"B0E{at}", "unicode": "4E08", "hd": "E0102", "aj1": f"E010{at}"} for at in (0, 1)]
    assert {found for found in told(*rows) if found[1] == "selector_disagrees"} == {
        (1, "selector_disagrees", "warning"),
        (2, "selector_disagrees", "warning"),
    }


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({"unicode": "9089", "selector": "E01EF"}, "error"),
        ({"unicode": "9089", "selector": "4E00"}, "error"),
        ({"unicode": "4E00", "selector": "FE00"}, "error"),
        ({"unicode": "5BEC", "aj1": "E0101"}, "error"),  # registered, but not in Adobe-Japan1
        ({"unicode": "4E08", "hd": "E0103"}, "warning"),  # Moji_Joho, which went on where Hanyo-Denshi ended
        ({"unicode": "9089", "selector": "E0102"}, None),
        ({"unicode": "795E", "selector": "FE00"}, None),  # SVS of U+FA19
    ],
)
def test_registration_of_sequences(row: Cells, severity: str | None):
    found = [severity for _, kind, severity in told({"code": "B0EC", **row}) if kind == "selector_unregistered"]
    assert found == ([severity] if severity else [])


@pytest.mark.parametrize("system", ["jef", "keis78", "keis83"])
@pytest.mark.parametrize("code", ["FFFF", "2020", "A1A0", "0000", "B0", "B0A1A1"])
def test_codes_a_system_cannot_have(system: str, code: str):
    rows = euc(0xB0, 0xB1)
    rows[40] = {**rows[40], "code": code}
    assert (41, "outside_area", "error") in told(*rows, facts=with_system(system))
    assert (41, "outside_area", "error") in told(*rows)


def test_the_two_sides_of_the_user_defined_area():
    rows = euc(0xB0, 0xB1)
    rows[40] = {**rows[40], "code": "81A1"}
    assert (41, "outside_area", "warning") in told(*rows, facts=with_system("keis83"))
    town = [{"code": f"F0{cell:02X}", "unicode": f"{0x5000 + cell:04X}"} for cell in range(0x40, 0x7F)]
    assert told(*town, facts=with_system("cp932")) == []
    assert (64, "outside_area", "error") in told(*town, {"code": "889F", "unicode": "4E9C"}, facts=with_system("cp932"))


def test_conventional_private_code_points_are_what_the_area_is_for():
    rows = euc(0xB0, 0xB1)
    rows.append({"code": "81A1", "unicode": "E000"})
    found = [kind for _, kind, severity in told(*rows, facts=with_system("keis83")) if severity != "note"]
    assert found == []


def test_row_9f_of_keis90_is_regular():
    rows = [*({**row, "code": f"9F{row['code'][2:]}"} for row in euc(0xB0)[:44]), *euc(0xB1, 0xB2)]
    assert [kind for _, kind, _ in told(*rows, facts=with_system("keis90"))] == []
    assert "outside_area" in [kind for _, kind, _ in told(*rows, facts=with_system("keis83"))]


def test_a_table_without_a_system_is_held_against_those_it_fits():
    assert "keis83-ebcdik" in [system.name for system in guess(rows_of(euc(0xB0, 0xB1)))]
    assert guess(rows_of([ONE, TWO])) == ()


@pytest.mark.parametrize(
    ("point", "severity"),
    [
        ("D800", "error"), ("DFFF", "error"), ("FFFF", "error"), ("FDD0", "error"), ("10FFFE", "error"),
        ("110000", "error"), ("0378", "error"), ("0007", "error"), ("0085", "error"), ("FE00", "error"),
        ("E0102", "error"), ("202E", "error"), ("2066", "error"), ("E0041", "error"), ("200B", "error"),
        ("FEFF", "error"), ("05B0", "error"), ("FFFD", "error"), ("2028", "error"), ("E000", "warning"),
        ("F0000", "warning"), ("0301", "note"), ("309A", "note"), ("00AD", None), ("3013", None), ("2A6D6", None),
    ],
)  # fmt: skip
def test_targets_no_text_may_hold(point: str, severity: str | None):
    found = [
        severity for _, kind, severity in told(TWO, ONE, {"code": "C6F4", "unicode": point}) if kind == "bad_target"
    ]
    assert found == ([severity] if severity else [])


@pytest.mark.parametrize("point", ["0000", "0085", "009F", "007F"])
def test_controls_are_right_in_one_byte_tables(point: str):
    assert told({"code": "05", "unicode": point}) == []


def test_private_targets_of_a_town_are_said_once():
    town = [{"code": f"F0{cell:02X}", "unicode": f"{0xE000 + cell:04X}"} for cell in range(0x40, 0x7F)]
    assert told(*town) == [(1, "bad_target", "note")]


def test_collisions_and_what_excuses_them():
    other = {**ONE, "code": "F040"}
    assert told(ONE, other) == [(1, "collision", "warning"), (2, "collision", "warning")]
    assert told(ONE, {**other, "options": "decode_only"}) == []
    assert told(ONE, {**other, "options": "substitution"}) == [(2, "collision", "note")]
    assert told(ONE, {**other, "options": "oneway"}) == []
    assert told({**ONE, "selector": "E0100"}, {**other, "selector": "E0101"})[-1][1] != "collision"


def test_the_code_that_jis_gives_the_character_wins():
    rows = euc(0xB0, 0xB1)
    rows[40] = {**rows[41], "code": rows[40]["code"]}
    assert (41, "collision", "warning") in told(*rows)
    assert not {row for row, kind, _ in told(*rows) if kind == "collision"} - {41}


def test_the_doubles_of_cp932_are_the_standards_own():
    codes = [lead << 8 | cell for lead in (0xED, 0xFA) for cell in (*range(0x40, 0x7F), *range(0x80, 0xFD))]
    rows = [
        {"code": f"{c:04X}", "text": text} for c in codes if (text := c.to_bytes(2, "big").decode("cp932", "ignore"))
    ]
    found = told(*rows, facts=with_system("cp932"))
    assert {severity for _, kind, severity in found if kind == "collision"} == {"note"}


def test_codes_to_codes_collide_too():
    rows = [{"jis8": "A1", "ebcdik": "41"}, {"jis8": "A2", "ebcdik": "42"}, {"jis8": "A3", "ebcdik": "42"}]
    assert told(*rows) == [(2, "collision", "warning"), (3, "collision", "warning")]


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        ({"unicode": "FA19", "text": "\ufa19"}, "note"),
        ({"unicode": "2F80C"}, "note"),
        ({"unicode": "212B"}, "note"),
        ({"unicode": "FA19", "text": "神"}, "warning"),
        ({"unicode": "795E", "text": "\ufa19"}, "warning"),
        ({"unicode": "304B 3099"}, "warning"),
        ({"unicode": "304C", "text": "か\u3099"}, "warning"),
        ({"unicode": "304B 309A"}, None),
        ({"unicode": "FA24"}, None),  # in the block, but a unified ideograph
        ({"unicode": "FF21"}, None),  # changes under compatibility forms only
    ],
)
def test_characters_normalisation_would_change(row: Cells, severity: str | None):
    found = [severity for _, kind, severity in told({"code": "B0EC", **row}) if kind == "normalisation_hazard"]
    assert found == ([severity] if severity else [])


def test_a_compatibility_ideograph_where_jis_has_the_ideograph():
    rows = euc(*range(0xB0, 0xD0))
    place = next(at for at, row in enumerate(rows) if row["text"] == "神")
    rows[place] = {"code": rows[place]["code"], "unicode": "FA19", "text": "\ufa19"}
    assert told(*rows) == [(place + 1, "normalisation_hazard", "warning")]


def test_options_nobody_knows():
    assert told({**ONE, "options": "maybe"}) == [(1, "undeclared_option", "warning")]


def test_a_row_that_says_nothing():
    assert told({"code": "B0EC", "unicode": "", "text": ""}) == [(1, "bad_row", "error")]
    assert told({"code": "B0EC", "unicode": "", "class": "none"}) == []


def test_differences_of_two_sources_are_named_by_kind():
    second = Reference(
        "別の表", {"B0EC": frozenset({(0x4E8C,)}), "C6F3": frozenset({(0x2F80C,)}), "C6F4": frozenset({(1,)})}
    )
    rows = [ONE, {"code": "C6F3", "unicode": "349E"}, {"code": "C6F5", "unicode": "4E09"}]
    found = lint(*rows, facts=replace(FACTS, second=second))
    words = {(finding.row, finding.severity, finding.message.rpartition("（")[2]) for finding in found if finding.row}
    assert (1, "warning", "別の文字）") in words
    assert {(f.row, str(f.severity)) for f in found if f.kind == "sources_disagree"} == {
        (0, "note"), (1, "warning"), (2, "warning"), (3, "note"),
    }  # fmt: skip


def test_findings_come_in_one_order():
    found = lint(ONE, {**TWO, "code": "B0EC"}, {"code": "ZZ", "unicode": "D800"})
    assert [(f.row, f.kind) for f in found] == sorted(
        ((f.row, f.kind) for f in found), key=lambda f: (f[0], ORDER[f[1]])
    )
