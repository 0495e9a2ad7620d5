"""Look-ups give what the published tables say, and say which edition they used."""

import hashlib
import shutil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.tables.character import IvdEntry, Radical
from gaiji_hub.tables.describe import describe, describe_sequence
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.reader import TableDamaged
from gaiji_hub.tables.root import data_root
from tests.tables.loaded import TABLES, characters


def test_editions_name_version_and_content_of_every_table(tables):
    mj = hashlib.sha256((data_root() / "mappings" / "built" / "mj.tsv").read_bytes()).hexdigest()
    assert tables.edition["mj"] == f"006.02@{mj[:12]}"
    versions = {name: edition.partition("@")[0] for name, edition in tables.edition.items()}
    of_mj = dict.fromkeys(
        ("mj", "mj_change", "mj_duplicate_ivs", "mj_radical", "mj_reading", "mj_without_text"), "006.02"
    )
    of_notices = {"nyukan": "582"} | dict.fromkeys(("joyo", "joyo_acceptable", "joyo_kangxi"), "2010")
    others = {
        "hentaigana": "002.01",
        "hentaigana_phonetic": "002.01",
        "ivd": "2022-09-13",
        "radical_equivalent": "17.0.0",
        "radicals": "17.0.0",
        "shrink": "1.2.0",
        "shrink_note": "1.2.0",
        "svs": "17.0.0",
    }
    assert {name: version for name, version in versions.items() if not name.startswith(("code_", "jis"))} == {
        **of_mj,
        **of_notices,
        **others,
    }


def test_the_short_ways_say_what_the_long_ones_say(tables):
    """Of every character: releases take the short ways."""
    for character in characters():
        assert tables.text(character.glyph) == character.text
        shrunk = tuple(dict.fromkeys(candidate.text for candidate in tables.shrink(character.glyph)))
        assert tables.shrink_texts(character.glyph) == shrunk


def test_a_character_has_all_that_its_row_says(tables):
    character = tables.character("MJ026190")
    assert (character.text, character.ucs_base, character.strokes) == ("邉", "U+9089", 17)
    assert (character.koseki_number, character.toki_number, character.juki_code) == ("445000", "00445000", "J+9089")
    assert character.daikanwa == "補611"
    assert tables.character("MJ999999") is None


def test_a_base_has_its_whole_family(tables):
    family = tables.by_ucs(0x9089)
    assert len(family) == 16
    assert all(tables.character(glyph).ucs_base == "U+9089" for glyph in family)
    assert tables.by_ucs(0x41) == ()


def test_a_compatibility_ideograph_leads_to_what_corresponds_to_it(tables):
    assert tables.by_ucs(0xF91D) == ("MJ030183",)
    assert "MJ030183" in tables.by_ucs(0x6B04)


def test_readings_keep_the_publishers_order(tables):
    assert tables.readings("MJ026190") == ("ヘン", "あたり", "べ", "ほとり")
    assert tables.readings("MJ090001") == ("あ",)
    assert tables.readings("MJ999999") == ()


def test_radicals_have_their_character(tables):
    assert tables.radicals("MJ026190") == (Radical(162, "辵", "13"),)
    assert all(tables.radicals(glyph) for glyph in tables.by_ucs(0x9089))


def test_shrink_candidates_name_their_table(tables):
    candidates = tables.shrink("MJ026190")
    assert [(c.table, c.text, c.x0213, c.rank, c.hops) for c in candidates] == [
        ("jis_ucs", "邉", "1-78-21", None, None),
        ("koseki", "辺", "1-42-53", None, 1),
        ("koseki", "邊", "1-78-20", None, 1),
    ]
    assert candidates[1].title == "戸籍統一文字情報_親字正字"


def test_the_shrink_map_has_its_published_gaps_and_choices(tables):
    shrinks = [tables.shrink(c.glyph) for c in characters() if c.kind == "kanji"]
    assert sum(len(s) for s in shrinks) == 62_682
    assert sum(not s for s in shrinks) == 23_011
    assert sum(len({c.text for c in s}) > 1 for s in shrinks) == 7_167
    assert sum(c.rank is not None for s in shrinks for c in s) == 12_568
    assert sum(c.hops is not None for s in shrinks for c in s) == 18_089
    assert len({c.table for s in shrinks for c in s}) == 10


def test_ivd_and_svs_registrations(tables):
    assert tables.ivd(0x9089, 0xE010F) == (
        IvdEntry("Hanyo-Denshi", "JA7821"),
        IvdEntry("Moji_Joho", "MJ026190"),
    )
    assert tables.ivd(0x9089, 0xE01EF) == ()
    assert tables.svs(0x6B04, 0xFE00) == "\uf91d"
    assert tables.svs(0x6B04, 0xFE01) is None


def test_every_ivs_of_the_list_is_registered_for_that_glyph(tables):
    for character in characters():
        for ivs in filter(None, (character.ivs, character.duplicate_ivs)):
            assert IvdEntry("Moji_Joho", character.glyph) in tables.ivd(ord(ivs[0]), ord(ivs[1]))


@pytest.mark.parametrize(
    ("key", "first", "count"),
    [
        ("邉", "MJ026190", 16),
        ("U+9089", "MJ026190", 16),
        ("u+9089 u+e0119", "MJ026191", 1),
        ("\u9089\U000e0119", "MJ026191", 1),
        (" mj026190 ", "MJ026190", 1),
        ("J+9089", "MJ026190", 1),
        ("j+ad1d", "MJ000001", 1),
        ("445000", "MJ026190", 1),
        ("00445000", "MJ026190", 1),
        ("0x3402", "MJ000006", 1),
        ("0X3402", "MJ000006", 1),
        ("1-01-25", "MJ000001", 1),
        ("16-01", "MJ006296", 1),
        ("\uf91d", "MJ030183", 1),
        ("𛀂", "MJ090001", 1),
        ("900010", "MJ090001", 1),
        ("MJ040579", "MJ040579", 1),
    ],
)
def test_a_key_finds_its_glyph_first(tables, key, first, count):
    found = tables.find(key)
    assert (found[0], len(found)) == (first, count)
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("key", ["", " ", "A", "U+", "U+D800", "U+110000", "MJ999999", "000000", "邉邉"])
def test_an_unknown_key_finds_nothing(tables, key):
    assert tables.find(key) == []


@settings(deadline=None)  # the first key reads the tables
@given(st.text())
def test_any_key_is_answered(key):
    assert all(TABLES.character(glyph) for glyph in TABLES.find(key))


def test_every_glyph_and_every_number_finds_its_way_back(tables):
    for character in characters():
        assert tables.find(character.glyph) == [character.glyph]
        for code in (character.koseki_number, character.toki_number, character.juki_code, character.nyukan_seiji):
            assert code is None or character.glyph in tables.find(code)


@pytest.mark.parametrize("table", ["mappings/built/mj.tsv", "mappings/built/shrink.tsv", "ivs/built/ivd.tsv"])
def test_a_changed_table_is_not_used(tmp_path, table):
    for folder in ("mappings", "ivs"):
        shutil.copytree(data_root() / folder, tmp_path / folder)
    data = bytearray((tmp_path / table).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / table).write_bytes(data)
    damaged = Tables.load(tmp_path)
    with pytest.raises(TableDamaged, match=table.rsplit("/", 1)[-1]):
        (damaged.character("MJ000001"), damaged.shrink("MJ000001"), damaged.ivd(0x9089, 0xE0100))


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"tables": [1]}', b'{"tables": [{}]}', b"\xff"])
def test_a_broken_manifest_is_one_sentence(tmp_path, content):
    for folder in ("mappings", "ivs"):
        shutil.copytree(data_root() / folder, tmp_path / folder)
    path = tmp_path / "ivs" / "built" / "MANIFEST"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(TableDamaged, match="ivs/built/MANIFEST"):
        Tables.load(tmp_path)


def test_a_description_leaves_out_what_is_not_known_and_stamps_editions(tables):
    record = describe(tables, "MJ040579")
    assert record["text"] is None
    assert record["same_shape"] == "MJ040580"
    assert record["superseded_by"] == "MJ068082"
    assert "numbers" not in record
    assert record["editions"]["mj"] == tables.edition["mj"]
    assert describe(tables, "MJ999999") is None
    assert "hentaigana" in describe(tables, "MJ090001")["editions"]


def test_a_sequence_mj_lacks_is_described_and_matched_to_no_glyph(tables):
    assert tables.find("U+9089 U+E0102") == []
    record = describe_sequence(tables, "u+9089 u+e0102")
    assert record is not None
    assert record["ivd"] == [{"collection": "Adobe-Japan1", "code": "CID+14241"}]
    assert record == describe_sequence(tables, "\u9089\U000e0102")
    assert describe_sequence(tables, "\u6b04\ufe00")["compat_ucs"] == "U+F91D"
    for key in ("\u9089\U000e01ef", "\u9089", "\u9089\u9089", "\U000e0102", ""):
        assert describe_sequence(tables, key) is None
