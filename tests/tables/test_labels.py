"""One word for each fact, on the screens and on the command line."""

from __future__ import annotations

from gaiji_hub.tables import describe
from gaiji_hub.tables.labels import LABELS, NUMBER_LABELS
from tests.tables.loaded import TABLES


def test_every_number_and_dictionary_has_its_word_and_no_other() -> None:
    assert set(NUMBER_LABELS) == {*describe._CODES, *describe._DICTIONARIES}
    assert len(set(LABELS.values())) == len(LABELS)


def test_every_fact_of_a_character_has_a_word() -> None:
    for glyph in ("MJ026190", "MJ030183", "MJ040579", "MJ090001"):
        facts = describe.describe(TABLES, glyph)  # type: ignore[arg-type]
        assert facts is not None
        assert set(facts) <= set(LABELS)


def test_the_two_sides_say_the_same_word_for_the_juki_code() -> None:
    assert LABELS["juki_code"] == "住基統一文字コード"
