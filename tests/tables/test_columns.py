"""A cell keeps its value exactly or is refused; nothing is normalised."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.tables.columns import BadCell, parse_row, spec

TABLE = spec("t", "mappings", "s", "upstream", [("plain", "P"), ("ucs", "U", "ucs")])


def test_null_is_an_empty_cell_and_numbers_are_written_plainly():
    assert parse_row(TABLE, 1, (0, None)) == ("0", "")


@given(st.text(min_size=1))
def test_characters_survive_their_notation_unnormalised(text):
    assert parse_ucs(parse_row(TABLE, 1, (None, text))[1]) == text


@pytest.mark.parametrize("value", ["a\tb", "a\nb", "a\rb", "a\x85b", "a\u2028b"])
def test_breaks_are_refused(value):
    with pytest.raises(BadCell, match="3 行目"):
        parse_row(TABLE, 3, (value, None))


@pytest.mark.parametrize("row", [("", None), (None, ""), (b"x", None), (1.5, None), (None, 5)])
def test_what_cannot_be_told_apart_or_is_not_text_is_refused(row):
    with pytest.raises(BadCell):
        parse_row(TABLE, 1, row)


def test_a_refusal_names_the_column_and_not_the_value():
    with pytest.raises(BadCell) as caught:
        parse_row(TABLE, 1, ("秘\t密", None))
    assert "plain" in str(caught.value)
    assert "秘" not in str(caught.value)
