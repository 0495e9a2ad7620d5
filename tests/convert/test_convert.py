"""Conversion: counters recounted from the files, losses where they are, the way back, any chunk size."""

from __future__ import annotations

import csv
import io
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.convert.town import (
    HEN_TOO,
    KUZU,
    RAI_TOO,
    ROWS,
    WATANABE,
    WATANABE_TOO,
    YOSHI,
    Converted,
    count_characters,
    csv_rows,
)

GETA = "〓"
ORDINARY = "ab1渡辺山髙①ｱ 〓é𠀋"
CP932_ORDINARY = "ab1渡辺山髙①ｱ 〓"
GAIJI = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007\ue757"
SELECTED = [
    WATANABE,
    WATANABE_TOO,
    HEN_TOO,
    RAI_TOO,
    KUZU,
    "辻\U000e0101",
    YOSHI,
    "靁",
    "\U000e0100",
    "\ue000\U000e0100",
    "\U000f0000",
    "\uf8ff",
]
MARKS = ['"', ",", "\n", "\r\n", "\r", "\x00"]


def csv_text(cells: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Well-formed CSV as the csv module writes it: three columns, a header, LF or CRLF, all or few quotes."""

    def write(rows: list[list[str]], end: str, quoting: int) -> str:
        out = io.StringIO(newline="")
        csv.writer(out, lineterminator=end, quoting=quoting).writerows([["番号", "氏名", "住所"], *rows])  # type: ignore[arg-type]
        return out.getvalue()

    rows = st.lists(st.lists(cells, min_size=3, max_size=3), max_size=6)
    return st.builds(write, rows, st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))


# A selector of its own at the start of a field would join the mark before it in a naive count: always after a letter.
UTF8_FILES = csv_text(
    st.lists(st.sampled_from([*ORDINARY, *GAIJI, *SELECTED, '"', ",", "\n", "\r\n"])).map(
        lambda parts: "x" + "".join(parts)
    )
)
CP932_FILES = csv_text(st.text(st.sampled_from(CP932_ORDINARY + GAIJI + '",\n')))
ANY_BYTES = st.lists(
    st.one_of(
        st.sampled_from([mark.encode() for mark in MARKS]),
        st.sampled_from([text.encode() for text in [*ORDINARY, *GAIJI, *SELECTED]]),
        st.binary(min_size=1, max_size=2),
    )
).map(b"".join)


def expected_fate(character: str) -> str:
    """What must become of a character, from the release's rows alone."""
    if len(character) == 1 and 0xE0100 <= ord(character) <= 0xE01EF:
        return "unmapped"  # a selector without base
    if not any(low <= ord(character[0]) <= high for low, high in ((0xE000, 0xF8FF), (0xF0000, 0x10FFFF))):
        return "unchanged"
    codes = {"\ue000": "F040", "\ue001": "F041", "\ue002": "F042", "\ue003": "F043", "\ue004": "F044", "\ue757": "F9FC"}
    if character not in codes:
        return "unmapped"
    return "exact" if ROWS[codes[character]][1].value == "exact" else "not_exact"


def characters(text: str) -> list[str]:
    """Base + selector, by a loop of its own."""
    found: list[str] = []
    for c in text:
        selector = 0xFE00 <= ord(c) <= 0xFE0F or 0xE0100 <= ord(c) <= 0xE01EF
        if selector and found and len(found[-1]) == 1 and not 0xE0100 <= ord(found[-1]) <= 0xE01EF:
            found[-1] += c
        else:
            found.append(c)
    return found


def check_counters(text: str, run: Converted) -> None:
    """Every counter of the summary against a recount of the input text."""
    summary = run.summary
    fates = [Counter[str]() for _ in range(3)]
    for row in csv_rows(text):
        for column, cell in enumerate(row):
            fates[column].update(expected_fate(character) for character in characters(cell))
    for column, fate in zip(summary.columns, fates, strict=True):
        assert {name: column[name] for name in fate} == fate
        assert column["characters_in"] == sum(fate.values())
    counts = summary.counts
    assert counts["characters_in"] == count_characters(text)
    assert counts["characters_in"] == counts["structure"] + sum(column["characters_in"] for column in summary.columns)
    assert (
        counts["characters_in"]
        == counts["characters_out"] + counts["replaced"] + counts["unmapped"] + counts["invalid"]
    )
    assert count_characters(run.data.decode()) == counts["characters_in"]
    assert counts["records"] == len(csv_rows(text)) - 1
    assert Counter(run.kinds())["unmapped"] == counts["unmapped"] == sum(summary.unmapped_codes.values())
    assert Counter(run.kinds())["not_exact"] == counts["not_exact"]


@given(UTF8_FILES)
def test_utf8_counters_add_up_by_an_independent_recount(text: str) -> None:
    check_counters(text, Converted(text.encode(), "utf-8"))


@given(CP932_FILES)
def test_cp932_counters_add_up_by_an_independent_recount(text: str) -> None:
    check_counters(text, Converted(text.encode("cp932"), "cp932"))


@given(UTF8_FILES)
def test_only_gaiji_change(text: str) -> None:
    """Quoting, line ends and everything that is not a gaiji stay byte for byte."""
    texts = {"\ue000": WATANABE, "\ue001": YOSHI, "\ue002": "辺", "\ue003": WATANABE, "\ue004": KUZU, "\ue757": "靁"}
    expected = "".join(c if expected_fate(c) == "unchanged" else texts.get(c, GETA) for c in characters(text))
    assert Converted(text.encode(), "utf-8").data.decode() == expected


@given(ANY_BYTES, st.integers(1, 40), st.booleans())
def test_utf8_result_is_the_same_for_any_chunk_size(data: bytes, size: int, header: bool) -> None:
    whole, parts = (Converted(data, "utf-8", size=n, header=header) for n in (1 << 20, size))
    assert (parts.data, parts.lines, parts.summary) == (whole.data, whole.lines, whole.summary)


@given(ANY_BYTES, st.integers(1, 40))
def test_cp932_result_is_the_same_for_any_chunk_size(data: bytes, size: int) -> None:
    whole, parts = (Converted(data, "cp932", size=n) for n in (1 << 20, size))
    assert (parts.data, parts.lines, parts.summary) == (whole.data, whole.lines, whole.summary)


@given(ANY_BYTES, st.sampled_from(["utf-8", "cp932"]))
def test_nothing_is_dropped_whatever_the_bytes(data: bytes, from_: str) -> None:
    """Characters in = carried + lost, every loss has a line, and the output is valid UTF-8."""
    run = Converted(data, from_)
    counts, kinds = run.summary.counts, Counter(run.kinds())
    assert counts["characters_in"] == counts["characters_out"] + counts["unmapped"] + counts["invalid"]
    assert (kinds["unmapped"], kinds["invalid"]) == (counts["unmapped"], counts["invalid"])
    assert run.summary.losses == sum(kinds[kind] for kind in ("unmapped", "invalid", "columns", "quote"))
    run.data.decode()


def bytes_named(line: dict[str, str], from_: str) -> bytes:
    """The bytes a line's code stands for in the input, by arithmetic of the test's own."""
    if line["kind"] in ("columns", "quote"):
        return b"" if line["kind"] == "columns" else b'"'
    if line["kind"] == "invalid":
        return bytes.fromhex(line["code"])
    if line["code_system"] == "unicode":
        return "".join(chr(int(part, 16)) for part in line["code"].split()).encode(from_)
    if from_ == "cp932":
        return bytes.fromhex(line["code"])
    row, cell = bytes.fromhex(line["code"])
    return chr(0xE000 + (row - 0xF0) * 188 + cell - 0x40 - (cell > 0x7F)).encode()


@given(ANY_BYTES, st.sampled_from(["utf-8", "cp932"]))
def test_every_line_points_at_its_bytes(data: bytes, from_: str) -> None:
    for line in Converted(data, from_).lines:
        assert data[line["offset"] :].startswith(bytes_named(line, from_)), line


def lossless(run: Converted, count: int) -> list[int]:
    """Records (0 = header) without any line that says they lost something or do not come back."""
    marked = {line["record"] for line in run.lines if line["kind"] != "not_exact"}
    return [number for number in range(count) if number not in marked]


def record_bytes(data: bytes) -> list[bytes]:
    from gaiji_hub.convert.csv_stream import records

    return [record.body + record.end for record in records([data])]


@given(UTF8_FILES)
@example(f"番号,氏名,住所\n1,{WATANABE},\ue000\n2,辺,\ue002\n")
def test_utf8_records_without_a_loss_line_come_back_byte_for_byte(text: str) -> None:
    there = Converted(text.encode(), "utf-8")
    back = Converted(there.data, "utf-8", "utf-8-pua")
    before, after = record_bytes(text.encode()), record_bytes(back.data)
    assert len(before) == len(after)
    for number in lossless(there, len(before)):
        assert after[number] == before[number]


@given(CP932_FILES)
def test_cp932_records_without_a_loss_line_come_back_byte_for_byte(text: str) -> None:
    """The text has no duplicate code: Python writes 髙 as ED/EE, so it is written with Windows' code here."""
    data = text.encode("cp932").replace("髙".encode("cp932"), b"\xfb\xfc")
    there = Converted(data, "cp932")
    back = Converted(there.data, "utf-8", "cp932")
    before, after = record_bytes(data), record_bytes(back.data)
    assert len(before) == len(after)
    for number in lossless(there, len(before)):
        assert after[number] == before[number]


def test_a_loss_line_has_place_and_code_and_no_text() -> None:
    head = "番号,氏名\r\n1,".encode("cp932")
    run = Converted(head + "山".encode("cp932") + b"\xf0\x45\r\n", "cp932")
    assert run.lines == [
        {
            "record": 1,
            "column": "氏名",
            "offset": len(head) + 2,
            "code": "F045",
            "code_system": "cp932",
            "kind": "unmapped",
            "written": "U+3013",
        }
    ]
    assert run.data.decode() == "番号,氏名\r\n1,山〓\r\n"


def test_codes_are_named_as_the_release_does_also_in_a_utf8_file() -> None:
    run = Converted("a\n\ue005\ue758\U000f0000\ue000\ufe00\n".encode(), "utf-8")
    assert [(line["code"], line["code_system"]) for line in run.lines] == [
        ("F045", "cp932"),
        ("E758", "unicode"),
        ("F0000", "unicode"),
        ("E000 FE00", "unicode"),
    ]
    assert run.data.decode() == "a\n〓〓〓〓\n"


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        (b"\xe9\x82", ["E982"]),
        (b"\xed\xa0\x80", ["ED", "A0", "80"]),
        (b"\xff", ["FF"]),
        (b"\xc0\xaf", ["C0", "AF"]),
    ],
)
def test_bad_utf8_is_reported_with_its_bytes_also_at_the_end(raw: bytes, codes: list[str]) -> None:
    run = Converted(b"a,b\nx," + raw, "utf-8")
    assert [(line["kind"], line["code"], line["written"]) for line in run.lines] == [
        ("invalid", code, "U+FFFD") for code in codes
    ]
    assert run.data == b"a,b\nx," + "\ufffd".encode() * len(codes)


@pytest.mark.parametrize("raw", [b"\x85\x40", b"\x81", b"\xa0", b"\xff", b"\xfc\xfc"])
def test_bad_cp932_is_reported_with_its_bytes(raw: bytes) -> None:
    run = Converted(b"a,b\nx," + raw, "cp932")
    assert [(line["kind"], line["code"]) for line in run.lines] == [("invalid", raw.hex().upper())]
    assert run.summary.exit_code == 1


def test_design_difference_alone_is_no_loss_but_is_seen() -> None:
    run = Converted("a\n\ue004\n".encode(), "utf-8")
    assert run.kinds() == ["not_exact"]
    assert run.summary.exit_code == 0
    assert run.summary.counts["records_not_exact"] == 1


def test_what_does_not_come_back_is_listed_and_is_no_loss() -> None:
    run = Converted(f"a\n\ue002\n\ue003\n{WATANABE}\n".encode(), "utf-8")
    assert run.kinds() == ["not_roundtrip", "not_exact", "not_roundtrip", "not_roundtrip"]
    assert run.summary.not_roundtrip == {"F042": 1, "F043": 1, "9089 E0102": 1}
    assert run.summary.exit_code == 0


def test_duplicate_codes_of_cp932_are_counted_by_code_without_lines() -> None:
    run = Converted(b"a\n\xed\x40\xed\x40\x87\x90\xfb\xfc\n", "cp932")
    assert run.data.decode() == "a\n纊纊≒髙\n"
    assert run.lines == []
    assert run.summary.not_roundtrip == {"ED40": 2, "8790": 1}


def test_the_way_back_takes_the_longest_match() -> None:
    run = Converted(f"a\n{WATANABE}邉{KUZU}葛\U000e0101\n".encode(), "utf-8", "cp932")
    assert run.data == b"a\n\xf0\x40" + "邉".encode("cp932") + b"\xf0\x44\x81\xac\n"
    assert [(line["kind"], line["code"]) for line in run.lines] == [("unmapped", "845B E0101")]
    assert run.summary.counts["restored"] == 2


def test_the_way_back_to_utf8_keeps_what_unicode_has_but_refuses_foreign_gaiji() -> None:
    run = Converted(f"a\n{YOSHI}𠀋葛\U000e0101\ue000\n".encode(), "utf-8", "utf-8-pua")
    assert run.data.decode() == "a\n\ue001𠀋葛\U000e0101〓\n"
    assert [(line["kind"], line["code"]) for line in run.lines] == [("unmapped", "E000")]


def test_an_ordinary_character_stays_ordinary_on_the_way_back() -> None:
    run = Converted("a\n辺\n".encode(), "utf-8", "cp932")
    assert run.data == "a\n辺\n".encode("cp932")
    assert run.summary.not_roundtrip == {"8FBA": 1}
    assert run.lines == []


@pytest.mark.parametrize(("to", "gaiji"), [("cp932", (b"\xf0\x40", b"\xf9\xfc")), ("utf-8-pua", ("\ue000", "\ue757"))])
def test_every_registered_form_comes_back_to_the_local_code(to: str, gaiji: tuple[bytes | str, bytes | str]) -> None:
    run = Converted(f"a\n{WATANABE_TOO}{RAI_TOO}{WATANABE}靁\n".encode(), "utf-8", to)
    watanabe, rai = (code if isinstance(code, bytes) else code.encode() for code in gaiji)
    assert run.data == b"a\n" + (watanabe + rai) * 2 + b"\n"
    assert (run.summary.losses, run.summary.counts["restored"]) == (0, 4)
    assert run.summary.not_roundtrip == {"F040": 2, "F9FC": 1}  # F040 also because F043 has its text


def test_a_form_of_an_ordinary_character_takes_the_local_code_that_shows_it() -> None:
    run = Converted(f"a\n辺{HEN_TOO}\n".encode(), "utf-8", "cp932")
    assert run.data == b"a\n" + "辺".encode("cp932") + b"\xf0\x42\n"
    assert run.summary.not_roundtrip == {"8FBA": 1, "F042": 1}


def test_text_that_is_no_gaiji_is_not_folded_on_the_way_there() -> None:
    run = Converted(f"a\n{WATANABE_TOO}{RAI_TOO}{HEN_TOO}\n".encode(), "utf-8")
    assert run.data == f"a\n{WATANABE_TOO}{RAI_TOO}{HEN_TOO}\n".encode()
    assert run.kinds() == ["not_roundtrip"] * 3


def test_other_width_is_reported_and_kept() -> None:
    run = Converted(b"a,b\n1,2\n3\n4,5,6\n", "utf-8")
    assert [(line["record"], line["kind"], line["offset"]) for line in run.lines] == [
        (2, "columns", 8),
        (3, "columns", 10),
    ]
    assert run.data == b"a,b\n1,2\n3\n4,5,6\n"
    assert [column["column"] for column in run.summary.columns] == ["a", "b", "#3"]
    assert run.summary.exit_code == 1


def test_wrong_quotes_are_reported_and_kept() -> None:
    data = b'a,b\n"x"y,1\n2,"open\n3,4\n'
    run = Converted(data, "utf-8")
    assert [(line["record"], line["column"], line["kind"]) for line in run.lines] == [
        (1, "a", "quote"),
        (2, "b", "quote"),
    ]
    assert run.data == data


def test_without_header_the_first_line_is_record_one() -> None:
    run = Converted("\ue005,\ue005\n".encode(), "utf-8", header=False)
    assert [(line["record"], line["column"]) for line in run.lines] == [(1, "#1"), (1, "#2")]
    assert run.summary.counts["records"] == 1


def test_header_names_are_told_apart() -> None:
    run = Converted('氏名,,氏名,"a""b"\n\ue005,\ue005,\ue005,\ue005\n'.encode(), "utf-8")
    assert [line["column"] for line in run.lines] == ["氏名", "#2", "氏名#3", 'a"b']


def test_a_gaiji_in_the_header_is_record_zero() -> None:
    run = Converted("\ue005\n1\n".encode(), "utf-8")
    assert [line["record"] for line in run.lines] == [0]
    assert (run.summary.counts["records_with_loss"], run.summary.losses) == (0, 1)


@pytest.mark.parametrize(("to", "bom", "out"), [("utf-8", "kept", b"\xef\xbb\xbf"), ("cp932", "removed", b"")])
def test_byte_order_mark(to: str, bom: str, out: bytes) -> None:
    for size in (1, 2, 100):
        run = Converted(b"\xef\xbb\xbfa\n\xee\x80\x85\n", "utf-8", to, size=size)
        assert run.data.startswith(out + b"a\n")
        assert run.summary.facts["bom"] == bom
        assert [line["offset"] for line in run.lines] == [5]
        assert run.summary.columns[0]["column"] == "a"


def test_an_empty_file_is_nothing() -> None:
    run = Converted(b"", "utf-8")
    assert run.data == b""
    assert run.summary.counts["characters_in"] == 0


def test_nul_is_data() -> None:
    assert Converted(b"a\nx\x00y\n", "utf-8").data == b"a\nx\x00y\n"


def test_a_selector_without_base_cannot_change_the_character_before_it() -> None:
    run = Converted("a,b\n\ue006\ufe00\U000e0100,\U000e0101\n".encode(), "utf-8")
    assert run.data.decode() == "a,b\n〓〓,〓\n"
    assert [line["code"] for line in run.lines] == ["E006 FE00", "E0100", "E0101"]


def test_different_unmapped_codes_are_counted_in_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gaiji_hub.convert.kernel.MAX_CODES", 2)
    run = Converted("a\n\ue005\ue006\ue100\ue101\ue005\n".encode(), "utf-8")
    assert run.summary.unmapped_codes == {"F045": 2, "F046": 1, "other": 2}
