"""What sources disagree about is kept with the value taken and why, and shown in look-ups."""

import pytest

from gaiji_hub.moji.code_system import UnknownCodeSystem
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.systems.corrections import CORRECTIONS, read_corrections
from gaiji_hub.tables.systems.describe import BadLocalCode, codes_of, describe_code
from gaiji_hub.tables.systems.lookup import Systems, TableNotInstalled

CURATED = read_corrections(data_root() / "mappings" / "curated" / CORRECTIONS)


def test_every_correction_has_a_reason_and_a_reference_and_names_a_code_once():
    assert all(c.reason and c.reference for c in CURATED)
    assert len({(c.table, c.code) for c in CURATED}) == len(CURATED)


@pytest.mark.parametrize(
    ("name", "table"),
    [("jips-j", "jips"), ("jips-j", "nec-jis8"), ("jips-e", "nec-ebcdik"), ("keis83-ebcdic", "hitachi-ebcdic")],
)
def test_every_correction_is_in_the_table(systems, name, table):
    built = systems.table(name)
    for correction in (c for c in CURATED if c.table == table):
        assert built.decode(correction.code) == correction.text, correction


def test_the_half_width_row_of_jips_is_in_order_once_corrected(systems):
    table = systems.table("jips-j")
    assert [table.decode(bytes((0x29, cell))) for cell in range(0x21, 0x7F)] == [
        chr(cell) for cell in range(0x21, 0x7F)
    ]


@pytest.mark.parametrize("letter", "MNmn")
def test_letters_that_a_source_has_at_one_code_are_two_codes_again(systems, letter):
    table = systems.table("jips-j")
    assert table.decode(table.encode(letter)) == letter


def test_a_conflict_names_both_values_both_sources_and_why(systems):
    record = describe_code(systems, "jef-hd", "53FA")
    (conflict,) = record["conflicts"]
    assert record["codes"] == "U+69EA U+E0102"
    assert (conflict["text"], conflict["other_text"]) == ("槪", "\ufa45")
    assert (conflict["source"], conflict["other_source"]) == ("jef4j-fujitsu-jef", "jacode4e-jef")
    assert conflict["kind_label"] == "並びが一つずれている"
    assert conflict["why_label"] == "主とする資料の文字を採った"


def test_a_corrected_code_shows_what_the_source_said(systems):
    found = {c.other_text for c in systems.conflicts("jips-j", b"\x29\x45")}
    assert found == {"V"}
    assert describe_code(systems, "jips-j", "2945")["text"] == "E"


def test_jips_e_shows_the_conflicts_of_the_same_character(systems):
    e = systems.table("jips-e")
    code = e.encode("㊧")
    assert [c.other_text for c in systems.conflicts("jips-e", code)] == ["㊨"]


def test_a_user_defined_code_says_so(systems):
    record = describe_code(systems, "keis83", "81A1")
    assert (record["codes"], record["user_defined"]) == ("U+E000", True)
    assert describe_code(systems, "keis90", "9FA1")["user_defined"] is False


def test_a_code_without_a_character_stays_unknown(systems):
    record = describe_code(systems, "jef", "74A1")
    assert (record["text"], record["codes"]) == (None, None)
    assert record["rows"][0]["round_trip"] == "none"


@pytest.mark.parametrize("code", ["", "8", "80A", "ZZZZ", "80A1A2A3", "8020", "U+80A1"])
def test_what_is_no_code_of_the_system_is_refused(systems, code):
    with pytest.raises(BadLocalCode):
        describe_code(systems, "jef", code)


def test_an_unknown_system_is_refused_with_those_there_are(systems):
    with pytest.raises(UnknownCodeSystem, match="jef-ebcdik"):
        describe_code(systems, "jeff", "80A1")


def test_without_the_host_tables_the_absence_is_said_plainly():
    committed = Systems.load()
    assert "jef-ebcdik" not in committed.installed()
    assert {"cp932", "euc-jp-ms", "ibm930", "ibm1399", "euc-jis-2004"} <= set(committed.installed())
    with pytest.raises(TableNotInstalled, match="tables install"):
        committed.table("jef")


def test_the_codes_of_a_text_in_every_table(systems):
    found = codes_of(systems.files, "渡")
    assert found["cp932"] == [{"code": "936E", "round_trip": "both"}]
    assert found["jips"] == [{"code": "454F", "round_trip": "both"}]
    for name, codes in found.items():
        for code in codes:
            system = {"jef": "jef", "ibm-kanji": "ibm930", "ibm-kanji-2004": "ibm1390"}.get(name, name)
            if not name.startswith("jef-"):
                assert format_ucs(systems.table(system).decode(bytes.fromhex(code["code"]))) == "U+6E21"
