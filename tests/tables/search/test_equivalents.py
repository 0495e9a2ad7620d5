"""A part is found in its other forms; forms of two characters do not join them."""

import unicodedata2

from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.relations import text_of
from gaiji_hub.tables.search.curated import EXTRA_IDS, PART_VARIANTS, curated_path, curated_rows
from gaiji_hub.tables.search.equivalents import read_equivalents
from gaiji_hub.tables.search.ids import Composed, leaves, parse_ids

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
    lines = curated_path(tables.files, PART_VARIANTS).read_text(encoding="utf-8").split("\n")
    assert lines[0].split("\t") == ["head", "form", "position", "reason", "reference"]
    rows = [line.split("\t") for line in lines[1:-1]]
    assert len(rows) == len({(row[0], row[1]) for row in rows}) > 50
    assert rows == sorted(rows)
    for head, form, position, reason, reference in rows:
        assert position in {"left", "right", "top", "bottom", "enclosure", "form", "same"}
        assert text_of(head) in reason
        assert text_of(form) in reason
        assert reference
        for named in (part.split() for part in reference.split("、") if part.startswith("Unicode U+")):
            assert unicodedata2.name(text_of(named[1])) == " ".join(named[2:])


SHINJITAI = "常用漢字表の康熙字典体（joyo_kangxi.tsv）"
OTHERS = set("台弁欠芸")  # 新字体 that are another character too: 臺 辨 瓣 辯 缺 藝 are no forms of those


def test_the_parts_of_one_shape_are_the_same(tables):
    found = read_equivalents(tables.files)
    for pair in ("齊斉", "斉齐", "舍舎", "步歩", "王𤣩", "𤣩⺩"):
        assert pair[1] in found[pair[0]].same, pair
        assert pair[0] in found[pair[1]].same, pair
    assert "玉" not in found["王"].same


def test_the_pairs_of_shinjitai_are_those_of_the_rule(tables, index):
    """Both are parts of another character, the 康熙字典体 does not contain the 新字体, and no row has the pair yet."""

    def whole(character):
        return set(index.coded("ucs", ord(character), ord(character)))

    def holding(part):
        return set(index.numbers("part", f"{part}1"))

    rows = curated_rows(tables.files, PART_VARIANTS)
    made = {(text_of(head), text_of(form)) for head, form, _, _, reference in rows if reference == SHINJITAI}
    others = {(text_of(head), text_of(form)) for head, form, *_ in rows} - made
    wanted = set()
    for line in tables.files["joyo_kangxi"].lines():
        new, old = map(text_of, line.split("\t")[:2])
        parts = holding(new) - whole(new) and holding(old) - whole(old)
        if parts and not whole(old) & holding(new) and new not in OTHERS:
            wanted.add((old, new))
    assert made == wanted - others
    assert len(made) > 80


def test_the_extra_decompositions_are_whole_and_have_a_reason_and_a_reference(tables: Tables, all_tables: Tables):
    path = curated_path(tables.files, EXTRA_IDS)
    assert path.read_text(encoding="utf-8").split("\n")[0].split("\t") == ["character", "ids", "reason", "reference"]
    rows = curated_rows(tables.files, EXTRA_IDS)
    assert rows == sorted(rows)
    assert len({(row[0], row[1]) for row in rows}) == len(rows) > 30
    published = {tuple(line.split("\t")[::2]) for line in all_tables.files["ids"].lines()}
    for character, ids, reason, reference in rows:
        tree = parse_ids(text_of(ids))
        assert isinstance(tree, Composed)
        assert all(len(leaf) == 1 for leaf in leaves(tree))
        assert (character, ids) not in published
        assert "読む" in reason
        glyph = tables.character(tables.find(text_of(character))[0])
        assert glyph is not None
        assert glyph.glyph in reference
