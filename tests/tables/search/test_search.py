"""Real queries over all 59,161 glyphs: what is found, in which order, and why."""

import re

import pytest

from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.search.conditions import UnknownRadical
from gaiji_hub.tables.search.index import IndexDamaged, SearchIndex, open_index
from gaiji_hub.tables.search.parts import IdsMissing
from gaiji_hub.tables.search.run import MAX_LIMIT, BadPage, search
from tests.tables.loaded import TABLES, characters


def glyphs(results):
    return [hit.shown.glyph for hit in results.hits]


def every(index, query):
    found = []
    while True:
        page = search(index, query, len(found), MAX_LIMIT)
        found += glyphs(page)
        if not page.hits:
            assert len(found) == page.total == len(set(found))
            return found


def test_the_index_has_every_glyph_of_both_lists(index):
    assert index.size == 58_862 + 299
    assert search(index, "総画:1-99", limit=1).total == 58_862


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("へん 部首:辶 総画:17", "MJ026190"),
        ("穴+自+辶", "MJ026190"),
        ("⿺辶⿳自穴口", "MJ026190"),
        ("U+9089", "MJ026190"),
        ("戸籍:445000", "MJ026190"),
        ("登記:00445000", "MJ026190"),
        ("住基:9089", "MJ026190"),
        ("入管:3402", "MJ000006"),
        ("大漢和:39047", "MJ026088"),
        ("MJ090001", "MJ090001"),
        ("戸籍:900010", "MJ090001"),
        ("邉", "MJ026190"),
        ("木+木+木 もり", "MJ014081"),
    ],
)
def test_the_best_comes_first(index, query, first):
    results = search(index, query)
    assert glyphs(results)[0] == first, [hit.shown.text for hit in results.hits[:5]]


def test_readings_are_those_of_the_list(index):
    wanted = {c.glyph for c in characters() if {"ヘン", "へん"} & set(TABLES.readings(c.glyph))}
    assert set(every(index, "へん")) == set(every(index, "ヘン")) == wanted


def test_a_prefix_finds_more_and_puts_whole_readings_first(index):
    whole, longer = set(every(index, "あた")), every(index, "あた*")
    assert whole < set(longer)
    assert set(longer[: len(whole)]) == whole
    last = search(index, "あた*", offset=len(longer) - 1).hits[0]
    assert last.why == ("読みが前方一致",)


def test_radical_and_strokes_are_those_of_the_list(index):
    rows = [(c.glyph, r.number, r.strokes) for c in characters() for r in TABLES.radicals(c.glyph)]
    walk = {glyph for glyph, number, _ in rows if number == 162}
    assert set(every(index, "部首:162")) == set(every(index, "部首:辶")) == set(every(index, "部首:⻌")) == walk
    inside = {glyph for glyph, number, strokes in rows if number == 162 and strokes in ("12", "13", "14")}
    assert set(every(index, "部首:辶 内画:13±1")) == inside
    both = {glyph for glyph, number, _ in rows if number in (163, 170)}
    assert set(every(index, "部首:阝")) == both


def test_a_tolerance_ranks_by_the_difference(index):
    total = {c.glyph: c.strokes for c in characters() if c.strokes}
    found = every(index, "総画:40±3")
    assert set(found) == {glyph for glyph, strokes in total.items() if 37 <= strokes <= 43}
    differences = [abs(total[glyph] - 40) for glyph in found]
    assert differences == sorted(differences)


def test_parts_are_found_through_their_other_forms(index):
    for one, other in (("辶", "⻌"), ("艹", "⺾"), ("示", "礻"), ("食", "𩙿"), ("水", "氵"), ("人", "亻")):
        assert set(every(index, f"部品:{one}")) == set(every(index, f"部品:{other}")), (one, other)


def test_the_part_as_it_is_ranks_before_its_other_forms(index):
    found = search(index, "水", limit=MAX_LIMIT)
    assert found.hits[0].shown.text == "水"
    assert found.hits[0].why == ("部品 水",)
    last = search(index, "水", offset=found.total - 1).hits[0]
    assert last.why == ("部品 水（別の形）",)


def test_a_part_named_twice_must_be_there_twice(index):
    one, two, three = (set(every(index, "+".join("木" * times))) for times in (1, 2, 3))
    assert three < two < one
    texts = {hit.shown.text for hit in search(index, "木+木+木", limit=MAX_LIMIT).hits}
    assert "森" in texts
    assert "林" not in texts


def test_a_pattern_says_where_the_parts_are(index):
    left, right = set(every(index, "⿰頁？")), set(every(index, "⿰？頁"))
    assert {"頭", "順", "願"} <= {c.text for c in characters() if c.glyph in right}
    assert left & right <= set(every(index, "頁+頁"))
    assert 0 < len(left) < len(right)
    assert right < set(every(index, "頁"))


def test_a_pattern_reaches_into_encoded_parts(index):
    """湘 is ⿰氵相 and 相 is ⿰木目: the pattern names what is inside 相."""
    assert "湘" in {hit.shown.text for hit in search(index, "⿰？⿰木目", limit=MAX_LIMIT).hits}
    assert "MJ026190" in every(index, "⿺辶⿳自？口")
    assert {"湘", "箱"} <= {hit.shown.text for hit in search(index, "木+目", limit=MAX_LIMIT).hits}


def test_conditions_are_combined(index):
    found = every(index, "へん 部首:辶 穴+自 U+9089 総画:17±2")
    for condition in ("へん", "部首:辶", "穴+自", "U+9089", "総画:17±2"):
        assert set(found) <= set(every(index, condition))
    assert found[0] == "MJ026190"
    assert len(search(index, "へん 部首:辶 穴+自 U+9089 総画:17±2").hits[0].why) == 5


def test_usual_characters_come_before_rare_ones(index):
    order = {"常用漢字": 0, "人名用漢字": 1, None: 2}
    policies = [order[hit.shown.policy] for hit in search(index, "コウ", limit=MAX_LIMIT).hits]
    assert policies == sorted(policies)
    assert policies[0] == 0


def test_a_range_is_that_of_the_codes(index):
    wanted = {c.glyph for c in characters() if c.koseki_number and 395_000 <= int(c.koseki_number) <= 395_100}
    assert set(every(index, "戸籍:395000-395100")) == wanted
    family = {c.glyph for c in characters() if c.ucs and 0x9080 <= ord(c.ucs) <= 0x9090}
    assert set(every(index, "範囲:U+9080-9090")) >= family


def test_pages_follow_one_another(index):
    whole = glyphs(search(index, "コウ", 0, 60))
    assert glyphs(search(index, "コウ", 0, 20)) + glyphs(search(index, "コウ", 20, 40)) == whole
    beyond = search(index, "コウ", 50_000, 10)
    assert (beyond.hits, beyond.total > 0) == ((), True)


@pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, 0), (0, MAX_LIMIT + 1)])
def test_a_wrong_page_is_refused(index, offset, limit):
    with pytest.raises(BadPage):
        search(index, "へん", offset, limit)


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("わたなべ", "氏名の読みではありません"),
        ("総画:63", "幅を持たせて"),
        ("龍+龍+龍+龜", "部品の数を減らす"),
        ("⿰龜龜", "？ にする"),
    ],
)
def test_nothing_found_says_what_to_loosen(index, query, hint):
    results = search(index, query)
    assert results.total == 0
    assert hint in results.advice


def test_a_character_that_is_no_radical_is_refused(index):
    with pytest.raises(UnknownRadical):
        search(index, "部首:邉")


def test_without_the_ids_table_everything_but_parts_works(tables, cache_dir):
    bare = open_index(cache_dir, tables, print)
    assert not bare.has_ids
    assert glyphs(search(bare, "へん 部首:辶 総画:17"))[0] == "MJ026190"
    for query in ("穴+自", "⿺辶？", "邉"):
        with pytest.raises(IdsMissing, match="tables install"):
            search(bare, query)


def test_two_builds_have_the_same_content(tables, tmp_path):
    """Each is made by a process with its own hash seed."""
    made = []
    for name in ("一", "two"):
        said: list[str] = []
        open_index(tmp_path / name, tables, said.append).close()
        assert len(said) == 1
        (path,) = (tmp_path / name / "search").glob("*.db")
        made.append((path.name, path.read_bytes()))
    assert made[0] == made[1]


def test_an_index_is_made_once_and_again_for_other_tables(index, all_tables, tables, cache_dir):
    said: list[str] = []
    again = open_index(cache_dir, all_tables, said.append)
    assert said == []
    assert again.editions == index.editions != open_index(cache_dir, tables, said.append).editions


def test_the_examples_of_the_documentation_are_true(index):
    page = (data_root() / "docs" / "search.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| `([^`]+)` \| ([^|]*) \|$", page, re.MULTILINE)[:6]
    assert len(rows) == 6
    for query, shown in rows:
        results = search(index, query)
        first = re.match(r"[^ 、と（]+", shown)
        assert first is not None
        assert results.hits[0].shown.text == first[0], query
        if counted := re.search(r"（([0-9,]+)字", shown):
            assert results.total == int(counted[1]), query


@pytest.mark.parametrize("content", [b"", b"no database" * 500])
def test_a_damaged_index_is_one_sentence(tmp_path, content):
    path = tmp_path / "x.db"
    path.write_bytes(content)
    with pytest.raises(IndexDamaged, match="search フォルダ"):
        SearchIndex(path, {})
