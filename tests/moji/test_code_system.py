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


def test_an_unknown_system_is_named():
    with pytest.raises(UnknownCodeSystem, match="jef"):
        code_system("jef")
