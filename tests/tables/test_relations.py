"""IDS, variants, 入管正字, change log and Unicode properties: what the sources have, whole and both ways."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.tables.describe import describe, describe_fully
from gaiji_hub.tables.keys import PREFIXES, split_key
from gaiji_hub.tables.labels import LABELS
from gaiji_hub.tables.relations import INSTALLED_LOCALLY
from gaiji_hub.tables.sorted_lines import SortedLines
from gaiji_hub.tables.unicode_facts import block, unicode_facts
from tests.tables.loaded import characters

UPSTREAM = {
    "mj_change": "mji_changelog",
    "ids": "ids",
    "ids_comment": "ids_comment",
    "variant": "kdpv",
    "variant_relation": "kdpv_rels",
    "nyukan": "nyukan",
    "joyo": "joyo",
    "joyo_kangxi": "joyo_kangxi",
    "joyo_acceptable": "joyo_acceptable",
    "radical_equivalent": "radeqv",
}
ROWS = {"mj_change": 56_767, "ids": 112_800, "ids_comment": 991, "variant": 103_205, "nyukan": 22_456}


def test_every_table_has_as_many_rows_as_its_source(all_tables, mojidata):
    with closing(sqlite3.connect(f"file:{mojidata}?immutable=1", uri=True)) as upstream:
        for name, table in UPSTREAM.items():
            (count,) = upstream.execute(f'SELECT count(*) FROM "{table}"').fetchone()
            assert len(all_tables.files[name].lines()) == all_tables.files[name].rows == count, name
            assert ROWS.get(name, count) == count


def test_the_change_log_is_found_for_every_glyph(all_tables):
    assert all_tables.relations.changes("MJ000002") == (
        "Ver.004.02 「入管正字コード」を変更",
        "Ver.005.02  「大漢和」を削除",
    )
    assert sum(len(all_tables.relations.changes(c.glyph)) for c in characters()) == 56_767
    assert all_tables.relations.changes("MJ999999") == ()


def test_ids_name_their_sources(all_tables):
    assert [(row.ids, row.sources) for row in all_tables.relations.ids("辺")] == [("⿺辶刀", "GHJKP")]
    assert {row.ids for row in all_tables.relations.ids("邉")} == {"⿺辶⿳自穴口", "⿺辶⿳自宂口", "⿺辶𮍛"}
    assert all_tables.relations.ids_comments("併") == ("U+4F75≡U+5002",)


def test_variants_are_found_from_both_sides(all_tables):
    seen = {(v.relation, v.title, v.text) for v in all_tables.relations.variants("邊")}
    assert ("koseki/variant", "異体字（戸籍統一文字）", "邉") in seen
    assert ("joyo/variant ←", "正字（常用漢字表）", "辺") in seen
    back = {(v.relation, v.title, v.text) for v in all_tables.relations.variants("邉")}
    assert ("koseki/variant ←", "正字（戸籍統一文字）", "邊") in back


def test_every_relation_has_a_name_from_both_sides(all_tables):
    for character in "邊発辶万三塁":
        assert all(v.title and v.text for v in all_tables.relations.variants(character))


def test_kangxi_forms_are_those_of_the_notice(tables):
    assert tables.relations.kangxi("亜") == ("亞",)
    assert tables.relations.kangxi("邉") == ()


def test_the_seiji_of_the_notice_come_in_their_order(tables):
    found = [(row.text, row.code, row.rank) for row in tables.relations.nyukan("㐪") if row.seiji]
    assert found[:2] == [("亥", "0x4EA5", 1), ("宛", "0x5B9B", 2)]
    assert [row.text for row in tables.relations.nyukan_code("0xE400")] == ["帰", "歸"]
    backwards = tables.relations.nyukan("丘")
    assert ("㐀", "0x3400") in {(row.text, row.code) for row in backwards if not row.seiji}


def test_what_is_not_installed_is_named_and_answers_nothing(tables, all_tables):
    assert tables.relations.missing == INSTALLED_LOCALLY
    assert tables.relations.ids("邉") == tables.relations.variants("邉") == ()
    assert all_tables.relations.missing == ()
    assert describe_fully(tables, "MJ026190")["not_installed"] == list(INSTALLED_LOCALLY)


def test_a_full_description_has_every_fact_with_its_edition_and_a_word(all_tables):
    record = describe_fully(all_tables, "MJ026190")
    assert {"ids", "variants", "unicode", "changes", "nyukan"} <= set(record) <= set(LABELS)
    assert {"ids", "variant", "mj_change", "nyukan", "joyo_kangxi"} <= set(record["editions"])
    assert list(record)[-1] == "editions"
    short = describe(all_tables, "MJ026190")
    assert {name: record[name] for name in short if name != "editions"} == {
        name: fact for name, fact in short.items() if name != "editions"
    }
    assert describe_fully(all_tables, "MJ999999") is None
    assert "variants" not in describe_fully(all_tables, "MJ090001")


def test_a_compatibility_ideograph_shows_its_decomposition_and_is_not_decomposed(tables):
    record = describe_fully(tables, "MJ030183")
    assert record["text"] == "\uf91d"
    compatible, unified = record["unicode"]
    assert (compatible["code"], compatible["decomposition"]) == ("U+F91D", "6B04")
    assert compatible["block"] == "CJK Compatibility Ideographs"
    assert (unified["text"], unified["decomposition"]) == ("\u6b04", "")


@pytest.mark.parametrize(
    ("code_point", "name"),
    [
        (0x9089, "CJK Unified Ideographs"),
        (0x3400, "CJK Unified Ideographs Extension A"),
        (0x2A6DF, "CJK Unified Ideographs Extension B"),
        (0x2A6E0, ""),
        (0x1B002, "Kana Supplement"),
        (0xE000, "Private Use Area"),
        (0x2F80C, "CJK Compatibility Ideographs Supplement"),
        (0x323AF, "CJK Unified Ideographs Extension H"),
        (0x41, ""),
        (0x10FFFD, "Supplementary Private Use Area-B"),
    ],
)
def test_blocks(code_point, name):
    assert block(code_point) == name


def test_every_character_of_the_list_lies_in_a_named_block():
    assert all(unicode_facts(c.text[0]).block for c in characters() if c.text)


def test_editions_that_are_stamped_are_those_of_the_committed_tables(tables, all_tables):
    assert all_tables.edition == tables.edition
    assert all_tables.all_editions.keys() - tables.edition.keys() == set(INSTALLED_LOCALLY)


@pytest.mark.parametrize(
    ("key", "prefix", "value"),
    [
        ("大漢和 39047", "daikanwa", "39047"),
        ("大漢和:補611", "daikanwa", "補611"),
        ("daikanwa：39047", "daikanwa", "39047"),
        ("戸籍:４４５０００", "koseki", "445000"),
        ("戸籍:1", "koseki", "000001"),
        ("登記 445000", "toki", "00445000"),
        ("住基:9089", "juki", "J+9089"),
        ("住基:j+ad1d", "juki", "J+AD1D"),
        ("入管:0x3402", "nyukan", "0x3402"),
        ("入管:e578", "nyukan", "0xE578"),
    ],
)
def test_a_prefixed_key_names_one_column(key, prefix, value):
    assert split_key(key) == (prefix, value)


@pytest.mark.parametrize("key", ["39047", "大漢和", "大漢和:", "何か:1", "U+9089 U+E0102", "J+9089", "邉"])
def test_any_other_key_has_no_prefix(key):
    assert split_key(key) is None


def test_every_number_finds_its_glyph_by_its_prefix(tables):
    columns = {"daikanwa": "daikanwa", "koseki": "koseki_number", "toki": "toki_number", "juki": "juki_code"}
    for character in characters()[::997]:
        for prefix, column in columns.items():
            code = getattr(character, column)
            assert code is None or character.glyph in tables.find(f"{prefix}:{code}")
    assert tables.find("大漢和:39047") == ["MJ026088"]
    assert tables.find("大漢和:445000") == []
    assert tables.find("戸籍:39047") == tables.find("039047")
    assert tables.find("入管:E578") == ["MJ006772"]
    assert set(columns) < set(PREFIXES)


@given(st.lists(st.text("abc", min_size=1, max_size=3)), st.text("abc", min_size=1, max_size=3))
def test_sorted_lines_find_what_a_scan_finds(keys, wanted):
    lines = sorted(f"{key}\t{place}" for place, key in enumerate(keys))
    found = [line.split("\t")[1] for line in lines if line.split("\t")[0] == wanted]
    assert SortedLines(lines).rests(wanted) == found
