"""Every code of every system, both ways: what does not come back is exactly what was listed beforehand."""

import itertools

import pytest

from gaiji_hub.convert.codecs import cp932_one_way
from gaiji_hub.moji.code_system import CODE_SYSTEMS
from gaiji_hub.moji.text import is_pua
from gaiji_hub.tables.systems.page import RoundTrip

HOSTS = [name for name in CODE_SYSTEMS if name != "unicode"]
# Codes read, codes that do not come back, texts that several codes are read as.
COUNTS = {
    "cp932": (7_915, 398, 396),
    "euc-jp-ms": (13_356, 24, 23),
    "shift-jis-2004": (11_424, 0, 0),
    "euc-jis-2004": (11_424, 0, 0),
    "ibm930": (7_491, 2, 0),
    "ibm939": (7_491, 2, 0),
    "ibm1390": (17_959, 1, 1),
    "ibm1399": (17_959, 1, 1),
    "jef-ebcdik": (11_632, 642, 627),
    "jef-hd-ebcdik": (11_632, 25, 22),
    "jef-aj1-ebcdik": (11_632, 99, 27),
    "keis78-ebcdik": (7_109, 16, 15),
    "keis83-ebcdik": (7_105, 3, 3),
    "keis90-ebcdik": (7_149, 3, 3),
    "jips-j": (7_486, 358, 281),
    "jips-e": (7_518, 358, 281),
    "lets-j": (9_619, 0, 0),
}


def code_bytes(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


@pytest.mark.parametrize("name", HOSTS)
def test_the_codes_that_do_not_come_back_are_those_listed_beforehand(systems, name):
    table = systems.table(name)
    lost = {code for code, text in table.decoding.items() if table.encode(text) != code}
    listed = {row.code: row.back for row in table.not_coming_back()}
    assert lost == set(listed)
    for code, back in listed.items():
        assert table.encode(table.decoding[code]) == (back or None)


@pytest.mark.parametrize("name", HOSTS)
def test_every_user_defined_code_round_trips(systems, name):
    table = systems.table(name)
    for value in table.system.codes():
        code = code_bytes(value)
        text = table.decode(code)
        assert text is not None
        assert table.encode(text) == code
        assert code in table.decoding or is_pua(ord(text))


def test_keis90_has_regular_characters_in_row_9f_of_the_user_defined_area(systems):
    table = systems.table("keis90")
    regular = [code for code in map(code_bytes, table.system.codes()) if code in table.decoding]
    assert len(regular) == 44
    assert {code[0] for code in regular} == {0x9F}
    # The private code point that the user-defined area would give such a code is written nowhere.
    assert table.encode(chr(table.system.to_pua(0x9FA1))) is None


@pytest.mark.parametrize("name", COUNTS)
def test_counts(systems, name):
    table = systems.table(name)
    assert (len(table.decoding), len(table.not_coming_back()), len(table.collisions())) == COUNTS[name]


@pytest.mark.parametrize("name", HOSTS)
def test_a_text_is_written_at_a_code_that_is_read_as_it_or_the_row_says_so(systems, name):
    table = systems.table(name)
    only_written = {(row.text, row.code) for row in table.rows() if row.kind is RoundTrip.ENCODE_ONLY}
    for text, code in table.encoding.items():
        assert table.decode(code) == text or (text, code) in only_written


@pytest.mark.parametrize("name", HOSTS)
def test_every_code_of_the_tables_is_one_the_system_can_have(systems, name):
    table = systems.table(name)
    strange = [
        row.code for row in table.rows() if not table.system.is_code(int.from_bytes(row.code, "big"), len(row.code))
    ]
    assert strange == []


def test_the_collision_that_is_written_is_named_first(systems):
    table = systems.table("cp932")
    assert table.collisions()["∵"] == (b"\x81\xe6", b"\x87\x9a", b"\xfa\x5b")
    assert table.encode("∵") == b"\x81\xe6"


def test_the_way_back_of_cp932_is_that_of_the_converter(systems):
    listed = {(row.code.hex().upper(), row.text) for row in systems.table("cp932").not_coming_back()}
    assert listed == set(cp932_one_way())


def test_jef_keeps_old_shapes_apart_only_with_selectors(systems):
    """辻 with two dots and with one are two codes of JEF and one code point of Unicode."""
    codes = (b"\xc4\xd4", b"\x67\xa5")
    assert {systems.table("jef").decode(code) for code in codes} == {"\u8fbb"}
    with_selectors = [systems.table("jef-hd").decode(code) for code in codes]
    assert with_selectors == ["\u8fbb\U000e0103", "\u8fbb\U000e0102"]
    assert [systems.table("jef-hd").encode(text) for text in with_selectors] == list(codes)


def test_systems_of_one_table_differ_in_their_one_byte_codes_only(systems):
    tables = [systems.table(name).decoding for name in ("jef-ebcdik", "jef-ebcdic", "jef-ascii")]
    for one, other in itertools.combinations(tables, 2):
        differing = {code for code in one.keys() | other.keys() if one.get(code) != other.get(code)}
        assert differing
        assert {len(code) for code in differing} == {1}
