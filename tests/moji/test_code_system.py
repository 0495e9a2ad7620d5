import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.code_system import CODE_SYSTEMS, CP932, UNICODE, BadCode, UnknownCodeSystem, code_system


@pytest.mark.parametrize("system", CODE_SYSTEMS.values(), ids=CODE_SYSTEMS)
def test_the_area_has_its_size_and_round_trips(system):
    codes = list(system.codes())
    assert len(codes) == len(set(codes)) == system.capacity
    assert codes == sorted(codes)
    assert [system.from_pua(system.to_pua(code)) for code in codes] == codes
    assert all(system.parse(system.format(code)) == code for code in codes)


def test_cp932_agrees_with_python_on_every_user_defined_code():
    for code in CP932.codes():
        assert ord(code.to_bytes(2, "big").decode("cp932")) == CP932.to_pua(code)


@given(st.integers(0, 0xFFFF))
def test_a_code_is_in_the_area_exactly_when_enumerated(code):
    assert CP932.contains(code) == (code in set(CP932.codes()))
    assert UNICODE.contains(code) == (code in set(UNICODE.codes()))


@pytest.mark.parametrize(
    "text",
    [
        "F07F",
        "EFFC",
        "FA40",
        "F03F",
        "",
        "XYZ",
        "U+",
        "889F",
        "-1",
        "F0_40",
        "+F040",
        "0xU+F040",
        "U+0xF040",
        "Ｆ０４０",
    ],
)
def test_a_code_outside_the_area_is_refused(text):
    with pytest.raises(BadCode):
        CP932.parse(text)


@pytest.mark.parametrize("text", ["U+E000", "0xe000", " E000 "])
def test_notations_of_a_code(text):
    assert UNICODE.parse(text) == 0xE000


def test_pua_beyond_the_local_area_has_no_code():
    assert CP932.from_pua(0xE758) is None
    assert UNICODE.from_pua(0xF900) is None


def test_an_unknown_system_is_named_with_those_there_are():
    with pytest.raises(UnknownCodeSystem, match=r"jeff.*jef-ebcdik"):
        code_system("jeff")


# domain.md, Local codes: system, size, first and last code, last conventional private code point.
AREAS = [
    ("cp932", 1_880, "F040", "F9FC", 0xE757),
    ("unicode", 6_400, "E000", "F8FF", 0xF8FF),
    ("euc-jp-ms", 1_880, "F5A1", "8FFEFE", 0xE757),
    ("ibm930", 4_370, "6941", "7FFE", 0xF111),
    ("ibm939", 4_370, "6941", "7FFE", 0xF111),
    ("ibm1390", 4_370, "6941", "7FFE", 0xF111),
    ("ibm1399", 4_370, "6941", "7FFE", 0xF111),
    ("jef-ebcdik", 3_102, "80A1", "A0FE", 0xEC1D),
    ("jef-hd-ascii", 3_102, "80A1", "A0FE", 0xEC1D),
    ("keis78-ebcdik", 3_008, "81A1", "A0FE", 0xEBBF),
    ("keis83-ebcdic", 3_008, "81A1", "A0FE", 0xEBBF),
    ("keis90-ebcdik", 3_008, "81A1", "A0FE", 0xEBBF),
    ("jips-j", 1_034 + 2_914, "7421", "FEFE", 0xEF6B),
]


@pytest.mark.parametrize(("name", "size", "first", "last", "last_pua"), AREAS)
def test_user_defined_areas_are_those_of_the_standards(name, size, first, last, last_pua):
    system = code_system(name)
    codes = list(system.codes())
    assert (len(codes), system.format(codes[0]), system.format(codes[-1])) == (size, first, last)
    assert (system.to_pua(codes[0]), system.to_pua(codes[-1])) == (0xE000, last_pua)
    assert sorted(map(system.to_pua, codes)) == list(range(0xE000, last_pua + 1))


def test_the_two_areas_of_jips_follow_one_another():
    jips = code_system("jips-j")
    assert (jips.to_pua(0x7E7E), jips.to_pua(0xE0A1)) == (0xE409, 0xE40A)
    assert (jips.from_pua(0xE409), jips.from_pua(0xE40A)) == (0x7E7E, 0xE0A1)


def test_jips_e_has_the_areas_of_jips_j_byte_by_byte():
    e, j = code_system("jips-e"), code_system("jips-j")
    assert {e.plain(code.to_bytes(2, "big")) for code in e.codes()} == {code.to_bytes(2, "big") for code in j.codes()}
    assert [e.to_pua(int.from_bytes(e.written(code.to_bytes(2, "big")), "big")) for code in j.codes()] == [
        j.to_pua(code) for code in j.codes()
    ]


@pytest.mark.parametrize("name", ["shift-jis-2004", "euc-jis-2004", "lets-j"])
def test_a_system_without_a_known_area_has_no_code_for_gaiji(name):
    system = code_system(name)
    assert (system.capacity, list(system.codes()), system.from_pua(0xE000)) == (0, [], None)
    with pytest.raises(BadCode):
        system.parse("F040")


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("jef", "jef-ebcdik"),
        ("cp930", "ibm930"),
        ("KEIS83", "keis83-ebcdik"),
        ("jipse", "jips-e"),
        ("windows-31J", "cp932"),
    ],
)
def test_usual_other_names(alias, name):
    assert code_system(alias).name == name


@pytest.mark.parametrize(
    ("name", "code", "length", "possible"),
    [
        ("jef", 0x4040, 2, True),
        ("jef", 0x41A1, 2, True),
        ("jef", 0x4140, 2, False),
        ("jef", 0xA0FF, 2, False),
        ("jef", 0x41, 1, True),
        ("jef", 0x80A1A1, 3, False),
        ("cp932", 0x80FC, 2, False),
        ("cp932", 0x817F, 2, False),
        ("cp932", 0xFCFC, 2, True),
        ("cp932", 0x81, 1, False),
        ("euc-jp-ms", 0x8FA2AF, 3, True),
        ("euc-jp-ms", 0x8EA2AF, 3, False),
        ("euc-jp-ms", 0x8EA1, 2, True),
        ("euc-jp-ms", 0x8EE0, 2, False),
        ("ibm930", 0x4041, 2, False),
        ("ibm930", 0x41FF, 2, False),
        ("jips-j", 0x2121, 2, True),
        ("jips-j", 0x217F, 2, False),
        ("jips-e", 0x4F4F, 2, True),
        ("jips-e", 0x4040, 2, False),
        ("unicode", 0xD800, 2, False),
    ],
)
def test_which_codes_a_system_can_have(name, code, length, possible):
    assert code_system(name).is_code(code, length) is possible
