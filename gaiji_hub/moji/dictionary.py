"""入力用辞書: a town's gaiji as user dictionaries of three input methods, so that a clerk types them by reading.

An entry's word is what the business system stores (the private-use character), its reading is hiragana. What is
known of the three text forms, and from where (nothing was tried on a real Windows):

* Microsoft IME (ユーザー辞書ツール, テキストファイルからの登録): UTF-16LE with BOM, CRLF, tabs, lines with `!` are
  remarks (aimix.jp/wordpress/android/307; UTF-8 is refused: twilightmoon.hatenablog.com/entry/20080331/1206968676).
  A fourth column is taken as a comment on Windows 10 (github.com/Umichang/nijisanji-ime-dic/pull/1), the same word
  twice and a reading too long are reported and skipped (heppokofrontend/hololive-dictionary issue 1,
  anilogia/animedb pull 55). The exact lengths and the largest number of words: not found.
* ATOK (辞書ユーティリティ, ファイルから登録・削除): first line `!!ATOK_TANGO_TEXT_HEADER_1`, tabs, remark lines
  (support.justsystems.com QID=033056); a reading of ATOK's 省入力 file has at most 32 characters and no leading ー
  (atok.com ip_conv_ar_fileformat; taken as the bound here). How a comment is written in a word file was not found:
  comments stand on remark lines. Part of speech 単漢字: google/mozc third_party_pos_map.def, citing QID=043885.
* Google 日本語入力 (= mozc): google/mozc `user_dictionary_importer.cc` takes lines of at least three columns by tab,
  the fourth as the comment, skips `#`; `user_dictionary_util.cc` allows 300 bytes a field, hiragana U+3041–3096 and
  ー in readings, 1,000,000 entries (10,000 for the dictionaries older versions synchronised).

Part of speech 短縮よみ (単漢字 in ATOK): an ordinary noun of one character would turn up inside other words
(google/mozc issue 1333); a gaiji must come only where its reading was typed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import has_control

FALLBACK_READING = "がいじ"
LONGEST_READING = 32
LONGEST_TEXT = 60  # of a word and of a comment, in characters: 240 bytes of UTF-8, below mozc's 300
MOST_ENTRIES = 10_000  # in one file: the strictest figure found (mozc); Microsoft and ATOK state none

# A table, not normalisation: full-width katakana ァ–ヶ to the hiragana of the same sound. Nothing else changes.
_HIRAGANA = {katakana: katakana - 0x60 for katakana in range(0x30A1, 0x30F7)}
_READING = re.compile(r"[\u3041-\u3096][\u3041-\u3096\u30fc]*")
_COMMENT = re.compile(r"外字 ([0-9A-F]{4,8})(?: (.+))?")
_CODE = re.compile(r"[0-9A-F]{4,8}")
_ENTRY_REMARK = "注: "


class BadReading(BadInput):
    code = "bad_reading"
    template = f"読みに使えるのは、ひらがなと長音符（先頭以外）の1〜{LONGEST_READING}文字です"


class BadEntry(BadInput):
    code = "bad_dictionary_entry"
    template = "入力用辞書の項目が正しくありません: コード {local_code}（{reason}）"


class BadDictionary(BadInput):
    code = "bad_dictionary"
    template = "入力用辞書のファイルを読めません: {form} {line}行目（{reason}）"


@dataclass(frozen=True, order=True)
class Entry:
    """One word: hiragana reading, the character as typed, what the comment says besides the code, the local code."""

    reading: str
    word: str
    comment: str
    local_code: str

    def __post_init__(self) -> None:
        if parse_reading(self.reading) != self.reading:
            raise BadReading
        if not _CODE.fullmatch(self.local_code):
            raise BadEntry(local_code=self.local_code[:8], reason="コードの書き方")
        if not 1 <= len(self.word) <= LONGEST_TEXT or len(self.comment) > LONGEST_TEXT:
            raise BadEntry(local_code=self.local_code, reason="長さ")
        if has_control(self.word + self.comment):
            raise BadEntry(local_code=self.local_code, reason="制御文字")

    @property
    def remark(self) -> str:
        """The comment with the code in front, as the files carry it: `外字 F040 MJ026191 字形一致`."""
        return f"外字 {self.local_code} {self.comment}" if self.comment else f"外字 {self.local_code}"


@dataclass(frozen=True)
class DictionaryForm:
    """The text form of one input method. `marks_comments`: comments stand on remark lines, not in a column.

    `deletes_by_file`: its tool also deletes the words of such a file, so a list of removed words must stay readable.
    """

    name: str
    title: str
    encoding: str
    newline: str
    head: tuple[str, ...]
    remark: str
    part_of_speech: str
    marks_comments: bool = False
    deletes_by_file: bool = False


MSIME = DictionaryForm(
    name="msime",
    title="Microsoft IME",
    encoding="utf-16-le",
    newline="\r\n",
    head=("!Microsoft IME Dictionary Tool", "!Version:", "!Format:WORDLIST"),
    remark="!",
    part_of_speech="短縮よみ",
)
ATOK = DictionaryForm(
    name="atok",
    title="ATOK",
    encoding="utf-16-le",
    newline="\r\n",
    head=("!!ATOK_TANGO_TEXT_HEADER_1",),
    remark="!!",
    part_of_speech="単漢字",
    marks_comments=True,
    deletes_by_file=True,
)
GOOGLE = DictionaryForm(
    name="google",
    title="Google 日本語入力",
    encoding="utf-8",
    newline="\n",
    head=(),
    remark="#",
    part_of_speech="短縮よみ",
)
FORMS = (MSIME, ATOK, GOOGLE)


@dataclass(frozen=True)
class Difference:
    """What a newer dictionary adds and removes; an entry whose comment changed is in both."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]


def parse_reading(text: str) -> str:
    """A reading in hiragana, full-width katakana turned to hiragana; `BadReading` for anything else."""
    reading = text.translate(_HIRAGANA)
    if len(reading) > LONGEST_READING or not _READING.fullmatch(reading):
        raise BadReading
    return reading


def difference(old: Iterable[Entry], new: Iterable[Entry]) -> Difference:
    before, after = set(old), set(new)
    return Difference(added=tuple(sorted(after - before)), removed=tuple(sorted(before - after)))


def format_dictionary(entries: Iterable[Entry], form: DictionaryForm, title: str) -> tuple[bytes, ...]:
    """The files of a dictionary, each with at most `MOST_ENTRIES` words, at least one; `title` is a remark line."""
    rows = sorted(set(entries))
    parts = [rows[start : start + MOST_ENTRIES] for start in range(0, len(rows), MOST_ENTRIES)] or [[]]
    return tuple(_encode(form, [*_head(form, title), *_lines(form, part)]) for part in parts)


def format_removed(entries: Iterable[Entry], form: DictionaryForm, title: str) -> bytes:
    """The list of words to delete, in the same columns.

    Where the tool cannot delete by file, every line is a remark: registering the list by mistake registers nothing.
    """
    rows = sorted(set(entries))
    mark = "" if form.deletes_by_file else form.remark
    return _encode(form, [*_head(form, title), *(mark + line for line in _lines(form, rows))])


def parse_dictionary(data: bytes, form: DictionaryForm) -> tuple[Entry, ...]:
    """The entries of a file this module wrote; `BadDictionary` with the line for anything else."""
    lines = _decode(data, form)
    if tuple(lines[: len(form.head)]) != form.head:
        raise BadDictionary(form=form.title, line=1, reason="先頭の行")
    found: list[Entry] = []
    comment = ""
    for number, line in enumerate(lines[len(form.head) :], start=len(form.head) + 1):
        if line.startswith(form.remark):
            marked = form.marks_comments and line.startswith(form.remark + _ENTRY_REMARK)
            comment = line.removeprefix(form.remark + _ENTRY_REMARK) if marked else ""
        else:
            found.append(_parse_line(line, comment, form, number))
            comment = ""
    return tuple(found)


def _head(form: DictionaryForm, title: str) -> tuple[str, ...]:
    if has_control(title):
        raise BadDictionary(form=form.title, line=len(form.head) + 1, reason="見出しに制御文字")
    return (*form.head, f"{form.remark} {title}")


def _lines(form: DictionaryForm, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in entries:
        columns = (entry.reading, entry.word, form.part_of_speech)
        if form.marks_comments:
            yield f"{form.remark}{_ENTRY_REMARK}{entry.remark}"
            yield "\t".join(columns)
        else:
            yield "\t".join((*columns, entry.remark))


def _encode(form: DictionaryForm, lines: Sequence[str]) -> bytes:
    text = "".join(line + form.newline for line in lines)
    return (text if form.encoding == "utf-8" else f"\ufeff{text}").encode(form.encoding)


def _decode(data: bytes, form: DictionaryForm) -> list[str]:
    try:
        text = data.decode(form.encoding)
    except UnicodeDecodeError:
        raise BadDictionary(form=form.title, line=1, reason="文字コード") from None
    marked = text.startswith("\ufeff")
    if marked == (form.encoding == "utf-8") or not text.endswith(form.newline):
        raise BadDictionary(form=form.title, line=1, reason="文字コードの印または改行")
    return text.removeprefix("\ufeff").removesuffix(form.newline).split(form.newline)


def _parse_line(line: str, comment: str, form: DictionaryForm, number: int) -> Entry:
    cells = line.split("\t")
    if len(cells) != (3 if form.marks_comments else 4) or cells[2] != form.part_of_speech:
        raise BadDictionary(form=form.title, line=number, reason="列")
    match = _COMMENT.fullmatch(comment if form.marks_comments else cells[3])
    if not match:
        raise BadDictionary(form=form.title, line=number, reason="コメントに外字のコードがありません")
    try:
        return Entry(cells[0], cells[1], match[2] or "", match[1])
    except BadInput as error:
        raise BadDictionary(form=form.title, line=number, reason=error.code) from None
