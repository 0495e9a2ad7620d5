"""Input dictionaries of a release: every code can be typed, readings come from the list or the town, never a guess."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from gaiji_hub.moji import dictionary
from gaiji_hub.moji.code_system import UNICODE
from gaiji_hub.moji.dictionary import FORMS, GOOGLE, MSIME, Entry, parse_dictionary, parse_reading
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import APPROVED, Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.dictionary_files import PreviousReleaseDisagrees, dictionary_files, read_dictionary

# 邉, another 邉, and a character of the hub's own.
NABE, TWIN, OWN = GlyphId("MJ026190"), GlyphId("MJ026192"), GlyphId("GH00000001")
SHAPE = "0" * 64


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


def row(code: str, glyph: GlyphId | None, verdict: Verdict, *, approval: str = APPROVED) -> ReleaseRow:
    return ReleaseRow(code, SHAPE, glyph, verdict, identification=1 if glyph else 0, approval=approval)


def release(*rows: ReleaseRow, previous: Release | None = None, code_system: str = "cp932") -> Release:
    return Release(
        municipality="131016",
        business_system="juki",
        code_system=code_system,
        number=previous.number + 1 if previous else 1,
        previous=previous.hash if previous else "",
        date=datetime.date(2026, 4, 1),
        editions=(),
        rows=rows,
    )


ROWS = (
    row("F040", NABE, Verdict.EXACT),
    row("F041", TWIN, Verdict.SIMILAR),
    row("F042", OWN, Verdict.EXACT),
    row("F043", None, Verdict.NONE),
)


def test_every_reading_of_the_list_can_be_turned_to_hiragana(tables: Tables):
    kanji = [reading for glyph in tables.glyphs() for reading in tables.readings(glyph)]
    assert len(kanji) > 100_000
    assert all(parse_reading(reading) for reading in kanji)


def test_an_identified_character_has_the_readings_of_the_list_in_hiragana(tables: Tables):
    found = read_dictionary(release(row("F040", NABE, Verdict.DESIGN_DIFFERENCE)), tables, {})
    assert tables.readings(NABE) == ("ヘン", "あたり", "べ", "ほとり")
    assert found.entries == tuple(
        Entry(reading, "\ue000", "MJ026190 デザイン差", "F040") for reading in ("あたり", "へん", "べ", "ほとり")
    )
    assert found.without_reading == ()


def test_a_similar_character_lends_no_reading(tables: Tables):
    found = read_dictionary(release(ROWS[1]), tables, {TWIN: ("なべ",)})
    assert found.entries == (Entry("がいじ", "\ue001", "類似文字（MJ026192とは別の字） 読み未登録", "F041"),)
    assert found.without_reading == ("F041",)


def test_an_undecided_character_is_found_under_gaiji(tables: Tables):
    found = read_dictionary(release(ROWS[3]), tables, {})
    assert found.entries == (Entry("がいじ", "\ue003", "未同定 読み未登録", "F043"),)


def test_what_nobody_approved_says_so(tables: Tables):
    found = read_dictionary(release(row("F040", NABE, Verdict.EXACT, approval="unapproved")), tables, {})
    assert all(entry.comment.endswith("未承認") for entry in found.entries)


def test_the_town_gives_readings_by_glyph_or_by_code(tables: Tables):
    found = read_dictionary(release(*ROWS), tables, {OWN: ("ヌマ",), "F043": ("さわ", "たく"), "F040": ("なべ",)})
    typed = {(entry.reading, entry.local_code) for entry in found.entries}
    assert {("ぬま", "F042"), ("さわ", "F043"), ("たく", "F043"), ("なべ", "F040")} <= typed
    assert found.without_reading == ("F041",)


@pytest.mark.parametrize("hostile", ["な\tべ", "なべ\n", "\x00", "鍋", "", "あ" * 33])
def test_a_reading_no_input_method_takes_is_left_out_and_its_code_named(tables: Tables, hostile: str):
    found = read_dictionary(release(*ROWS), tables, {"F042": (hostile, "ぬま"), "F043": (hostile,)})
    assert found.unusable == ("F042", "F043")
    assert [entry.reading for entry in found.entries if entry.local_code == "F042"] == ["ぬま"]
    assert [entry.reading for entry in found.entries if entry.local_code == "F043"] == ["がいじ"]


def test_the_word_is_the_code_the_terminal_types(tables: Tables):
    unicode = release(
        *(dataclasses.replace(ROWS[3], local_code=code) for code in ("E000", "F8FF")), code_system="unicode"
    )
    assert [entry.word for entry in read_dictionary(unicode, tables, {}).entries] == ["\ue000", "\uf8ff"]


def test_the_first_release_adds_everything(tables: Tables):
    made = dictionary_files(release(*ROWS), tables, {})
    assert made.changes.added == made.dictionary.entries
    assert made.changes.removed == ()
    for form in FORMS:
        full = parse_dictionary(made.files[f"dictionary/{form.name}.txt"], form)
        assert full == made.dictionary.entries
        assert parse_dictionary(made.files[f"dictionary/delta/added-{form.name}.txt"], form) == full


def test_a_decision_moves_a_character_from_gaiji_to_its_reading(tables: Tables):
    first = release(ROWS[0], row("F042", None, Verdict.NONE))
    made = dictionary_files(release(ROWS[0], ROWS[2], previous=first), tables, {OWN: ("ぬま",)}, first)
    assert made.since == 1
    assert made.changes.added == (Entry("ぬま", "\ue002", "GH00000001 字形一致", "F042"),)
    assert made.changes.removed == (Entry("がいじ", "\ue002", "未同定 読み未登録", "F042"),)
    assert "#がいじ\t\ue002\t短縮よみ\t" in made.files["dictionary/delta/removed-google.txt"].decode()
    assert "削除（第1版から、登録用ではない）" in made.files["dictionary/delta/removed-msime.txt"].decode("utf-16")


def test_readings_the_town_changed_are_in_the_delta(tables: Tables):
    first = release(ROWS[3])
    second = release(ROWS[3], previous=first)
    quiet = dictionary_files(second, tables, {"F043": ("さわ",)}, first)
    assert quiet.changes.added == quiet.changes.removed == ()
    made = dictionary_files(second, tables, {"F043": ("さわ",)}, first, {})
    assert [entry.reading for entry in made.changes.added] == ["さわ"]
    assert [entry.reading for entry in made.changes.removed] == ["がいじ"]


def test_another_release_than_the_one_before_is_refused(tables: Tables):
    with pytest.raises(PreviousReleaseDisagrees):
        dictionary_files(release(ROWS[3], previous=release(ROWS[0])), tables, {}, release(ROWS[1]))


def test_a_long_dictionary_is_numbered_files(tables: Tables, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dictionary, "MOST_ENTRIES", 2)
    made = dictionary_files(release(*ROWS[1:]), tables, {})
    names = sorted(name for name in made.files if "msime" in name)
    assert names == [
        "dictionary/delta/added-msime-1.txt",
        "dictionary/delta/added-msime-2.txt",
        "dictionary/delta/removed-msime.txt",
        "dictionary/msime-1.txt",
        "dictionary/msime-2.txt",
    ]
    parts = [parse_dictionary(made.files[f"dictionary/msime-{part}.txt"], MSIME) for part in (1, 2)]
    assert tuple(entry for part in parts for entry in part) == made.dictionary.entries


def test_a_full_code_area_keeps_every_word(tables: Tables):
    rows = tuple(row(UNICODE.format(code), NABE, Verdict.EXACT) for code in UNICODE.codes())
    made = dictionary_files(release(*rows, code_system="unicode"), tables, {})
    parts = [data for name, data in made.files.items() if name.startswith("dictionary/google")]
    kept = [entry for part in parts for entry in parse_dictionary(part, GOOGLE)]
    assert len(kept) == 6_400 * len(set(map(parse_reading, tables.readings(NABE))))
    assert all(len(parse_dictionary(part, GOOGLE)) <= dictionary.MOST_ENTRIES for part in parts)
    assert tuple(sorted(kept)) == made.dictionary.entries
