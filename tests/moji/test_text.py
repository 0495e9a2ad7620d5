import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gaiji_hub.moji.text import BadUcs, format_ucs, is_pua, is_selector, parse_ucs, split

TEXTS = st.text(
    st.one_of(st.characters(codec="utf-8"), st.sampled_from(["\ufe00", "\U000e0100", "\U000e01ef", "邉", "\U0002f80c"]))
)


@given(TEXTS)
@example("邉\U000e0102邊\U000e0102\U000e0103")
@example("\n\U000e0100\r\n")
def test_splitting_loses_nothing(text):
    assert "".join(split(text)) == text


@given(TEXTS)
def test_a_character_has_at_most_one_selector_and_it_comes_second(text):
    for character in split(text):
        assert len(character) in (1, 2)
        assert len(character) == 1 or (is_selector(ord(character[1])) and not is_selector(ord(character[0])))


def test_a_base_keeps_its_selector_and_a_lone_selector_stays_visible():
    assert list(split("渡邉\U000e0102様")) == ["渡", "邉\U000e0102", "様"]
    assert list(split("\U000e0102邉")) == ["\U000e0102", "邉"]


def test_compatibility_ideographs_are_left_alone():
    assert list(split("\ufa19\U0002f80c")) == ["\ufa19", "\U0002f80c"]


@given(st.text(min_size=1))
def test_notation_round_trip(text):
    if any(0xD800 <= ord(c) <= 0xDFFF for c in text):
        return
    assert parse_ucs(format_ucs(text)) == text


@pytest.mark.parametrize("notation", ["", "9089", "U+", "U+D800", "U+110000", "U+9089,U+E0102", "U+1234567"])
def test_bad_notation_is_refused(notation):
    with pytest.raises(BadUcs):
        parse_ucs(notation)


@pytest.mark.parametrize(("code_point", "expected"), [(0xE000, True), (0xF8FF, True), (0xF900, False), (0xF0000, True)])
def test_private_use(code_point, expected):
    assert is_pua(code_point) is expected
