"""docs/text.md, recounted from the tables: canonical text, folding, ids without text, compatibility hazards."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.moji.text import split
from gaiji_hub.tables.root import data_root
from tests.tables.loaded import TABLES, characters


@pytest.fixture(scope="module")
def kanji():
    return [c for c in characters() if c.kind == "kanji"]


def count(some, test):
    return sum(1 for c in some if test(c))


def test_the_counts_of_the_document_are_those_of_the_table(kanji):
    assert len(kanji) == 58_862
    assert count(kanji, lambda c: c.implemented_ucs) == 52_607
    assert count(kanji, lambda c: c.ivs) == 11_382
    assert count(kanji, lambda c: c.implemented_ucs and c.ivs) == 5_146
    assert count(kanji, lambda c: c.ivs and not c.implemented_ucs) == 6_236
    assert count(kanji, lambda c: c.svs) == 89
    assert count(kanji, lambda c: c.svs and c.ivs and c.implemented_ucs) == 89
    assert count(kanji, lambda c: c.duplicate_ivs) == 2
    assert count(kanji, lambda c: c.text is None) == 19


def test_the_document_states_these_counts():
    text = (Path(__file__).parents[2] / "docs" / "text.md").read_text(encoding="utf-8")
    for figure in ("52,607", "11,382", "5,146", "6,236", "| 89 |", "| 2 |", "| 19 |", "58,862"):
        assert figure in text


def test_the_curated_list_is_exactly_the_set_without_text(kanji):
    without = {c.glyph for c in kanji if c.text is None}
    path = data_root() / "mappings" / "curated" / "mj_without_text.tsv"
    header, *rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    assert header == ["glyph", "kind", "same_shape", "superseded_by", "reason", "reference"]
    assert {row[0] for row in rows} == without
    assert rows == sorted(rows)
    assert [row[1] for row in rows].count("same_shape") == 17
    for _, kind, same_shape, superseded_by, reason, reference in rows:
        assert {"same_shape": same_shape, "superseded": superseded_by}[kind]
        assert reason
        assert reference


def test_ids_without_text_point_to_characters_that_have_one(tables, kanji):
    for character in kanji:
        others = [g for g in (character.same_shape, character.superseded_by) if g]
        assert bool(others) == (character.text is None)
        for glyph in others:
            assert tables.character(glyph).text
            assert glyph in (character.note or "")


def test_merged_hentaigana_point_to_where_they_went(tables):
    kana = [c for c in characters() if c.kind == "hentaigana"]
    assert len(kana) == 299
    merged = [c for c in kana if c.text is None]
    assert len(merged) == 13
    assert all(tables.character(c.superseded_by) for c in merged)


def test_no_form_belongs_to_two_glyphs():
    forms = [text for c in characters() for text in c.texts]
    assert len(forms) == len(set(forms))


def test_every_registered_form_folds_into_its_glyphs_text_and_the_text_stays(tables):
    for character in characters():
        for form in character.texts:
            assert tables.by_text(form) == character.glyph
            assert tables.fold(form) == character.text


def test_the_order_is_bare_then_ivs_then_svs(tables):
    character = tables.character("MJ030183")
    assert character.texts == ("\uf91d", "\u6b04\U000e0103", "\u6b04\ufe00")
    assert character.text == "\uf91d"
    assert character.ucs_base == "U+6B04"
    assert tables.character("MJ026191").text == "\u9089\U000e0119"
    assert tables.character("MJ059399").duplicate_ivs in tables.character("MJ059399").texts[1:]


def test_unregistered_text_is_left_alone(tables):
    for text in ("", "A", "\ue000", "\u9089\U000e01ef", "\U000e0100", "か\u3099", "\u9089\ufe01"):
        assert tables.fold(text) == text


FORMS = [text for glyph in TABLES.glyphs()[30_000:31_000] for text in TABLES.character(glyph).texts]


@settings(max_examples=200, deadline=None)  # the first text reads the tables
@given(st.lists(st.one_of(st.sampled_from(FORMS), st.characters())).map("".join))
def test_folding_twice_is_folding_once_and_keeps_the_number_of_characters(text):
    folded = TABLES.fold(text)
    assert TABLES.fold(folded) == folded
    assert [TABLES.by_text(c) for c in split(folded)] == [TABLES.by_text(c) for c in split(text)]


def test_the_89_compatibility_ideographs_are_the_only_texts_others_can_harm(kanji):
    """What other software would do; the product itself never normalises."""
    normalize = getattr(unicodedata, "normalize")  # noqa: B009 - the ban on the name is for the product
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        harmed = [c for c in kanji if c.text and normalize(form, c.text) != c.text]
        assert len(harmed) == 89
        assert all(c.text == c.compat_ucs for c in harmed)
        assert all(normalize(form, c.ivs) == c.ivs for c in harmed)
    assert count(kanji, lambda c: c.compat_ucs) == 101
