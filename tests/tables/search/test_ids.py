"""IDS are read as the standard says; what is no IDS is refused, however long."""

import pytest

from gaiji_hub.tables.search.decompose import Decompositions
from gaiji_hub.tables.search.ids import BadIds, Composed, leaves, parse_ids, size


def test_an_ids_is_a_tree_and_prints_as_it_was():
    tree = parse_ids("⿺辶⿳自穴口")
    assert tree == Composed("⿺", ("辶", Composed("⿳", ("自", "穴", "口"))))
    assert str(tree) == "⿺辶⿳自穴口"
    assert list(leaves(tree)) == ["辶", "自", "穴", "口"]
    assert size(tree) == 2


def test_numbered_parts_and_the_variation_mark():
    assert parse_ids("⿱{88}〾木") == Composed("⿱", ("{88}", "木"))
    assert parse_ids("丈") == "丈"
    assert parse_ids("\u2ffe卍") == Composed("\u2ffe", ("卍",))


@pytest.mark.parametrize("text", ["", "⿰", "⿰木", "⿰木木木", "木木", "⿰" * 5000])
def test_what_is_no_ids_is_refused(text):
    with pytest.raises(BadIds):
        parse_ids(text)


def test_parts_are_counted_at_any_depth_in_any_of_the_forms():
    found = Decompositions(
        [("林", "⿰木木"), ("森", "⿱木林"), ("梦", "⿱林夕"), ("夢", "⿱艹夕"), ("夢", "⿱林夕"), ("夕", "夕")]
    )
    assert found.parts("森") == {"森": 1, "木": 3, "林": 1}
    assert found.parts("夢") == {"夢": 1, "艹": 1, "夕": 1, "林": 1, "木": 2}
    assert (found.leaves("森"), found.leaves("夢"), found.leaves("夕")) == (3, 2, 1)


def test_a_combination_that_is_a_character_is_that_part_too():
    found = Decompositions([("林", "⿰木木"), ("x", "⿱⿰木木夕")])
    assert found.parts("x")["林"] == 1


def test_what_is_taken_away_is_no_part_and_a_ring_ends():
    found = Decompositions([("乒", "\u31ef兵丶"), ("兵", "⿱丘八"), ("甲", "⿱乙一"), ("乙", "⿱甲一")])
    assert found.parts("乒") == {"乒": 1}
    assert found.leaves("乒") == 1
    assert found.parts("甲")["乙"] == 1
    assert found.leaves("甲") >= 2
