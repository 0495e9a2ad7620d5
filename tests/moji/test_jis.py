"""JIS X 0208, 0212 and 0213 against the published counts and against the numbers of the MJ list."""

from __future__ import annotations

from collections import Counter

import pytest

from gaiji_hub.moji.jis import (
    BadMenKuTen,
    Repertoire,
    men_ku_ten,
    split_characters,
    to_men_ku_ten,
    x0208,
    x0208_0212,
    x0212,
    x0213,
)
from gaiji_hub.tables.lookup import Tables


@pytest.fixture(scope="module")
def kanji():
    tables = Tables.load()
    return [found for glyph in tables.glyphs() if (found := tables.character(glyph)) and found.kind == "kanji"]


def test_the_sets_have_the_published_sizes():
    assert (len(x0208()), len(x0212()), len(x0213())) == (6_879, 6_067, 11_233)
    assert len(x0208_0212()) == 6_879 + 6_067
    assert x0208() <= x0213()


def test_twenty_five_characters_of_0213_are_two_code_points():
    pairs = sorted(text for text in x0213() if len(text) > 1)
    assert len(pairs) == 25
    assert all(len(text) == 2 for text in pairs)
    assert {"か゚", "セ゚", "ト゚", "ㇷ゚", "æ̀", "˩˥"} <= set(pairs)
    assert all(len(text) == 1 for text in x0208() | x0212())


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1-01-01", "\u3000"),
        ("1-78-20", "邊"),
        ("1-16-01", "亜"),
        ("1-04-87", "か゚"),
        ("1-14-01", "\u4ff1"),
        ("2-01-01", "\U00020089"),
        ("2-94-86", "\U0002a6b2"),
    ],
)
def test_men_ku_ten_goes_both_ways(number: str, text: str):
    assert men_ku_ten(number) == text
    assert to_men_ku_ten(text) == number


def test_every_character_comes_back_from_its_number():
    assert all(men_ku_ten(to_men_ku_ten(text) or "") == text for text in x0213())


@pytest.mark.parametrize("text", ["", "1-78", "3-01-01", "0-01-01", "1-95-01", "1-00-01", "2-16-02", "1-78-21-1", "邊"])
def test_what_is_no_number_of_a_character_is_refused(text: str):
    with pytest.raises(BadMenKuTen):
        men_ku_ten(text)


def test_what_is_not_in_0213_has_no_number():
    assert [to_men_ku_ten(text) for text in ("丄", "邊\U000e0100", "か゚か", "", "\ue000")] == [None] * 5


@pytest.mark.parametrize(
    ("text", "characters"),
    [
        ("か゚か", ("か゚", "か")),
        ("邊", ("邊",)),
        ("邊\U000e0100", None),  # a selector is in no repertoire
        ("\u309a", None),  # the mark alone is not a character
        ("", ()),
    ],
)
def test_a_combining_pair_is_one_character(text: str, characters: tuple[str, ...] | None):
    assert split_characters(text, x0213()) == characters


@pytest.mark.parametrize(
    ("text", "in_0213", "in_0208_0212"),
    [
        ("邊", True, True),
        ("丄", False, True),  # JIS X 0212 only
        ("\U0002000b", True, False),  # JIS X 0213 only
        ("㐮", True, False),
        ("か゚", True, False),
        ("か゚ク", True, False),
        ("カク", True, True),
        ("邊\U000e0100", False, False),
        ("a", False, False),  # half-width, no character of these sets
        ("\ue000", False, False),
        ("", False, False),
    ],
)
def test_what_a_repertoire_holds(text: str, in_0213: bool, in_0208_0212: bool):
    assert Repertoire.JISX0213.holds(text) is in_0213
    assert Repertoire.JISX0208_0212.holds(text) is in_0208_0212
    assert not Repertoire.SHAPES.holds(text)


def test_every_0213_number_of_the_mj_list_is_a_character_here(kanji):
    """The column numbers the cell that unifies a glyph (包摂), so that 3,653 glyphs are not the cell's own character:
    3,452 are other shapes of the same base (their text has a selector), 201 are unified characters of another base.
    """
    numbered = [one for one in kanji if one.x0213]
    assert len(numbered) == 13_707
    assert len({one.x0213 for one in numbered}) == 10_054
    other = [one for one in numbered if men_ku_ten(one.x0213) != one.text]
    kinds = Counter("shape" if men_ku_ten(one.x0213) == one.ucs else "base" for one in other)
    assert kinds == {"shape": 3_452, "base": 201}
    assert all(one.text != one.ucs for one in other if men_ku_ten(one.x0213) == one.ucs)


def test_every_glyph_whose_text_is_in_0213_carries_its_own_number(kanji):
    own = [one for one in kanji if one.text in x0213()]
    assert len(own) == 10_054
    assert [one.glyph for one in own if to_men_ku_ten(one.text) != one.x0213] == []


def test_the_0212_numbers_of_the_mj_list(kanji):
    """5,801 numbers, each once. 31 stand at a shape with a selector, while the bare character, which is the one of
    JIS X 0212, is the text of the next glyph and has no number there.
    """
    cells = {(row, cell): text for row in range(1, 95) for cell in range(1, 95) if (text := _x0212(row, cell))}
    numbered = [one for one in kanji if one.x0212]
    assert len(numbered) == len({one.x0212 for one in numbered}) == 5_801
    stated = {one.glyph: cells[tuple(map(int, one.x0212.split("-")))] for one in numbered}
    other = [one for one in numbered if stated[one.glyph] != one.text]
    bare = {one.text for one in kanji if one.text in x0212() and not one.x0212}
    assert len(other) == len(bare) == 31
    assert {stated[one.glyph] for one in other} == {one.ucs for one in other} == bare


def _x0212(row: int, cell: int) -> str | None:
    try:
        return bytes([0x8F, 0xA0 + row, 0xA0 + cell]).decode("euc_jp")
    except UnicodeDecodeError:
        return None


def test_every_candidate_of_the_shrink_map_is_in_0213_at_its_number(kanji):
    tables = Tables.load()
    candidates = [one for character in kanji for one in tables.shrink(character.glyph)]
    assert len(candidates) == 62_682
    assert all(men_ku_ten(one.x0213) == one.text for one in candidates)
