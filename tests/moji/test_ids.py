import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.glyph_id import BadGlyphId, from_font_name, parse_glyph_id
from gaiji_hub.moji.lg_code import BadLgCode, check_digit, parse_lg_code
from gaiji_hub.moji.names import BadName, channel_name, parse_name


@pytest.mark.parametrize("text", ["MJ026190", "mj026190", " GJ000001 ", "GH00000001"])
def test_glyph_ids(text):
    assert parse_glyph_id(text) == text.strip().upper()


@pytest.mark.parametrize("text", ["", "MJ26190", "MJ0261900", "GH000001", "MJ02619０", "U+9089", "MJ026190\n1"])
def test_what_is_not_a_glyph_id(text):
    with pytest.raises(BadGlyphId):
        parse_glyph_id(text)


def test_ids_from_font_glyph_names():
    assert from_font_name("mj026190") == "MJ026190"
    assert from_font_name("gj000001") == "GJ000001"
    assert from_font_name("gh00000001") is None
    assert from_font_name("mj026190.vert") is None


@pytest.mark.parametrize("code", ["011002", "131016", "471003"])
def test_published_municipality_codes(code):
    """札幌市, 千代田区 and 那覇市... their sixth digits follow the rule of contracts.md."""
    assert parse_lg_code(code[:5] + str(check_digit(code[:5]))) == code[:5] + str(check_digit(code[:5]))
    assert check_digit("01100") == 2
    assert check_digit("13101") == 6


@given(st.integers(0, 99999), st.integers(0, 9))
def test_one_check_digit_is_right(five, last):
    text = f"{five:05}{last}"
    if check_digit(text[:5]) == last:
        assert parse_lg_code(text) == text
    else:
        with pytest.raises(BadLgCode):
            parse_lg_code(text)


@pytest.mark.parametrize("text", ["", "13101", "1310166", "１３１０１６", "13101a"])
def test_malformed_municipality_codes(text):
    with pytest.raises(BadLgCode):
        parse_lg_code(text)


@pytest.mark.parametrize("text", ["juki", "a", "koseki-2", "9"])
def test_names(text):
    assert parse_name(text) == text


@pytest.mark.parametrize("text", ["", "Juki", "住記", "-a", "a-", "a/b", "..", "a" * 41, "a\n"])
def test_bad_names(text):
    with pytest.raises(BadName):
        parse_name(text)


def test_channel_names_are_path_safe():
    assert channel_name("131016", "juki") == "131016-juki"
