"""Input dictionaries: three forms that come back as they were, readings no input method refuses, nothing hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji import dictionary
from gaiji_hub.moji.dictionary import (
    ATOK,
    FORMS,
    GOOGLE,
    LONGEST_READING,
    MSIME,
    BadDictionary,
    BadEntry,
    BadReading,
    DictionaryForm,
    Entry,
    difference,
    format_dictionary,
    format_removed,
    parse_dictionary,
    parse_reading,
)
from gaiji_hub.moji.text import has_control

NABE = Entry("なべ", "\ue000", "MJ026191 字形一致", "F040")
HEN = Entry("へん", "\ue000", "MJ026191 字形一致", "F040")
UNKNOWN = Entry("がいじ", "\ue003", "", "F043")
ENTRIES = (UNKNOWN, NABE, HEN)

GOLDEN = {
    MSIME: (
        "\ufeff!Microsoft IME Dictionary Tool\r\n!Version:\r\n!Format:WORDLIST\r\n! 架空市 第2版\r\n"
        "がいじ\t\ue003\t短縮よみ\t外字 F043\r\n"
        "なべ\t\ue000\t短縮よみ\t外字 F040 MJ026191 字形一致\r\n"
        "へん\t\ue000\t短縮よみ\t外字 F040 MJ026191 字形一致\r\n"
    ),
    ATOK: (
        "\ufeff!!ATOK_TANGO_TEXT_HEADER_1\r\n!! 架空市 第2版\r\n"
        "!!注: 外字 F043\r\nがいじ\t\ue003\t単漢字\r\n"
        "!!注: 外字 F040 MJ026191 字形一致\r\nなべ\t\ue000\t単漢字\r\n"
        "!!注: 外字 F040 MJ026191 字形一致\r\nへん\t\ue000\t単漢字\r\n"
    ),
    GOOGLE: (
        "# 架空市 第2版\n"
        "がいじ\t\ue003\t短縮よみ\t外字 F043\n"
        "なべ\t\ue000\t短縮よみ\t外字 F040 MJ026191 字形一致\n"
        "へん\t\ue000\t短縮よみ\t外字 F040 MJ026191 字形一致\n"
    ),
}

kana = st.characters(min_codepoint=0x3041, max_codepoint=0x3096)
readings = st.builds(
    lambda first, rest: first + rest, kana, st.text(st.one_of(kana, st.just("ー")), max_size=LONGEST_READING - 1)
)
written = st.text(max_size=60).filter(lambda text: not has_control(text))
codes = st.one_of(st.integers(0xE000, 0xF8FF), st.integers(0xF0000, 0x10FFFF)).map(lambda code: f"{code:04X}")
entries = st.lists(st.builds(Entry, readings, written.filter(bool), written, codes), max_size=20)


def as_mozc(data: bytes, remark: str) -> list[list[str]]:
    """What mozc's importer takes, after its source.

    A byte order mark decides the encoding; remarks and lines of fewer than three columns are skipped.
    """
    text = data.decode("utf-16") if data[:2] == b"\xff\xfe" else data.decode("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith(remark)]
    return [cells for line in lines if len(cells := line.split("\t")) >= 3]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
class TestForms:
    def test_the_file_is_written_as_the_input_method_documents_it(self, form: DictionaryForm):
        (data,) = format_dictionary(ENTRIES, form, "架空市 第2版")
        assert data.decode(form.encoding) == GOLDEN[form]

    def test_an_importer_that_only_knows_the_form_takes_every_word(self, form: DictionaryForm):
        (data,) = format_dictionary(ENTRIES, form, "架空市 第2版")
        taken = as_mozc(data, form.remark[0])
        assert [(cells[0], cells[1]) for cells in taken] == [(e.reading, e.word) for e in sorted(ENTRIES)]

    @given(found=entries)
    def test_what_is_written_comes_back(self, form: DictionaryForm, found: list[Entry]):
        (data,) = format_dictionary(found, form, "第1版")
        assert parse_dictionary(data, form) == tuple(sorted(set(found)))

    def test_the_order_of_the_entries_does_not_change_the_bytes(self, form: DictionaryForm):
        assert format_dictionary(ENTRIES, form, "版") == format_dictionary((*reversed(ENTRIES), NABE), form, "版")

    def test_files_are_numbered_parts_where_one_would_be_too_long(
        self, form: DictionaryForm, monkeypatch: pytest.MonkeyPatch
    ):
        monkeypatch.setattr(dictionary, "MOST_ENTRIES", 2)
        parts = format_dictionary(ENTRIES, form, "版")
        assert [len(parse_dictionary(part, form)) for part in parts] == [2, 1]
        assert tuple(entry for part in parts for entry in parse_dictionary(part, form)) == tuple(sorted(ENTRIES))

    def test_an_empty_dictionary_is_a_file_that_says_so(self, form: DictionaryForm):
        (data,) = format_dictionary((), form, "第1版 追加")
        assert "第1版 追加" in data.decode(form.encoding)
        assert parse_dictionary(data, form) == ()

    def test_a_list_of_removed_words_registers_nothing_unless_the_tool_deletes_by_file(self, form: DictionaryForm):
        data = format_removed(ENTRIES, form, "削除")
        words = 3 if form.deletes_by_file else 0
        assert len(as_mozc(data, form.remark[0])) == len(parse_dictionary(data, form)) == words
        for entry in ENTRIES:
            assert f"{entry.reading}\t{entry.word}\t{form.part_of_speech}" in data.decode(form.encoding)

    @pytest.mark.parametrize(
        "broken", [b"", b"\xff", b"\xff\xfe", "なべ\tx\n".encode(), "\ufeffなべ".encode("utf-16-le")]
    )
    def test_another_file_is_refused(self, form: DictionaryForm, broken: bytes):
        with pytest.raises(BadDictionary):
            parse_dictionary(broken, form)

    @pytest.mark.parametrize(
        ("good", "bad"),
        [
            ("なべ\t", "ナベ\t"),
            ("なべ\t", "なべ\t\t"),
            ("外字 F040", "F040"),
            ("\t短縮よみ", "\t名詞"),
            ("\t単漢字", "\t名詞"),
        ],
    )
    def test_a_changed_line_is_refused_by_its_number(self, form: DictionaryForm, good: str, bad: str):
        text = GOLDEN[form].replace(good, bad)
        if text == GOLDEN[form]:
            text = GOLDEN[form].replace("\ue003", "")
        with pytest.raises(BadDictionary, match=r"[0-9]行目"):
            parse_dictionary(text.encode(form.encoding), form)

    def test_a_title_cannot_add_lines(self, form: DictionaryForm):
        with pytest.raises(BadDictionary):
            format_dictionary(ENTRIES, form, "版\nなべ\tx\t名詞")


@pytest.mark.parametrize(
    ("typed", "reading"),
    [
        ("なべ", "なべ"),
        ("ナベ", "なべ"),
        ("ヴィー", "ゔぃー"),
        ("ヶ", "ゖ"),
        ("ヰヱヲン", "ゐゑをん"),
        ("あ" * 32, "あ" * 32),
    ],
)
def test_a_reading_is_hiragana_and_katakana_becomes_it(typed: str, reading: str):
    assert parse_reading(typed) == reading


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "な べ",
        "なべ\t",
        "なべ\n",
        "\nなべ",
        "な\x00べ",
        "なべ\r",
        "鍋",
        "nabe",
        "ﾅﾍﾞ",
        "ーなべ",
        "゛",
        "なへ\u3099",
        "ヷ",
        "あ" * 33,
        "!なべ",
        "#なべ",
        "なべ\u200b",
        "\ufeffなべ",
        "ゝ",
        "\ud800",
    ],
)
def test_a_reading_an_input_method_may_refuse_is_refused_without_repeating_it(typed: str):
    with pytest.raises(BadReading) as caught:
        parse_reading(typed)
    assert caught.value.facts == {}


def test_a_combining_mark_is_not_composed():
    assert parse_reading("べ") == "べ"
    with pytest.raises(BadReading):
        parse_reading("へ\u3099")


@pytest.mark.parametrize("changes", [{"reading": "ナベ"}, {"reading": "なべ\t"}, {"reading": ""}])
def test_an_entry_with_a_bad_reading_cannot_exist(changes: dict[str, str]):
    with pytest.raises(BadReading):
        Entry(**({"reading": "なべ", "word": "\ue000", "comment": "", "local_code": "F040"} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"word": ""},
        {"word": "x\ty"},
        {"word": "x" * 61},
        {"word": "\ud800"},
        {"comment": "a\nb"},
        {"comment": "x" * 61},
        {"local_code": ""},
        {"local_code": "F040 x"},
        {"local_code": "f040"},
    ],
)
def test_an_entry_that_would_break_a_line_cannot_exist(changes: dict[str, str]):
    with pytest.raises(BadEntry):
        Entry(**({"reading": "なべ", "word": "\ue000", "comment": "", "local_code": "F040"} | changes))


def test_the_difference_names_what_came_and_what_went():
    renamed = Entry("なべ", "\ue000", "MJ026192 字形一致", "F040")
    changes = difference((NABE, HEN), (renamed, HEN, UNKNOWN))
    assert changes.added == (UNKNOWN, renamed)
    assert changes.removed == (NABE,)


@given(old=entries, new=entries)
def test_taking_away_the_removed_and_adding_the_added_gives_the_new(old: list[Entry], new: list[Entry]):
    changes = difference(old, new)
    assert (set(old) - set(changes.removed)) | set(changes.added) == set(new)
