"""A part is found in its other forms; forms of two characters do not join them."""

import unicodedata2

from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.relations import text_of
from gaiji_hub.tables.search.equivalents import curated_path, read_equivalents

PAIRS = (
    "辶⻌",
    "辶⻍",
    "辵辶",
    "艹⺾",
    "艸艹",
    "水氵",
    "人亻",
    "示礻",
    "食飠",
    "食𩙿",
    "邑阝",
    "阜阝",
    "肉月",
    "心忄",
    "网罒",
    "龍竜",
)


def test_known_pairs_are_one_part_with_and_without_the_installed_tables(tables, all_tables):
    for files in (tables.files, all_tables.files):
        found = read_equivalents(files)
        for one, other in PAIRS:
            assert other in (*found[one].same, *found[one].forms), (one, other)
            assert one in (*found[other].same, *found[other].forms), (one, other)


def test_a_radical_symbol_has_the_shape_of_its_ideograph(tables):
    assert "⻌" in read_equivalents(tables.files)["辶"].same


def test_a_form_of_two_does_not_join_them(all_tables):
    found = read_equivalents(all_tables.files)
    assert "阜" not in (*found["邑"].same, *found["邑"].forms)
    assert not {"己", "巳"} & {*found["已"].forms} if "已" in found else True


def test_the_curated_table_gives_a_reason_and_a_reference_for_every_pair(tables: Tables):
    lines = curated_path(tables.files).read_text(encoding="utf-8").split("\n")
    assert lines[0].split("\t") == ["head", "form", "position", "reason", "reference"]
    rows = [line.split("\t") for line in lines[1:-1]]
    assert len(rows) == len({(row[0], row[1]) for row in rows}) > 50
    assert rows == sorted(rows)
    for head, form, position, reason, reference in rows:
        assert position in {"left", "right", "top", "bottom", "enclosure", "form"}
        assert text_of(head) in reason
        assert text_of(form) in reason
        assert reference
        for named in (part.split() for part in reference.split("、") if part.startswith("Unicode U+")):
            assert unicodedata2.name(text_of(named[1])) == " ".join(named[2:])
