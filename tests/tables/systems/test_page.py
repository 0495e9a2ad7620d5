"""The rule that makes a code table of what sources say, case by case."""

from gaiji_hub.tables.systems.page import RoundTrip, Said, code_rows

A, B, C = b"\x41", b"\x42", b"\x43"


def nobody(_code, _text):
    return False


def rows(*said, prefers=nobody):
    return [(row.code, row.text, row.kind, row.back) for row in code_rows(said, prefers)]


def test_a_code_with_its_own_text_goes_both_ways():
    assert rows(Said(A, "あ")) == [(A, "あ", RoundTrip.BOTH, b"")]


def test_a_declared_one_way_code_comes_back_as_the_other():
    assert rows(Said(A, "あ"), Said(B, "あ", writes=False)) == [
        (A, "あ", RoundTrip.BOTH, b""),
        (B, "あ", RoundTrip.DECODE_ONLY, A),
    ]


def test_of_two_codes_for_a_text_the_lowest_is_written_unless_the_other_source_knows_better():
    said = (Said(B, "あ"), Said(A, "あ"))
    assert rows(*said)[1] == (B, "あ", RoundTrip.DECODE_ONLY, A)
    assert rows(*said, prefers=lambda code, _text: code == B)[0] == (A, "あ", RoundTrip.DECODE_ONLY, B)


def test_a_code_with_two_texts_keeps_one_and_the_other_is_not_written_there_either():
    """Written at this code it would be read back as another character."""
    said = (Said(A, "あ"), Said(A, "い"))
    assert rows(*said) == [(A, "あ", RoundTrip.BOTH, b""), (A, "い", RoundTrip.NONE, b"")]
    chosen = rows(*said, prefers=lambda _code, text: text == "い")
    assert chosen == [(A, "あ", RoundTrip.NONE, b""), (A, "い", RoundTrip.BOTH, b"")]


def test_a_text_that_loses_its_code_is_written_at_another_that_reads_as_it():
    assert rows(Said(A, "あ"), Said(A, "い"), Said(B, "い"))[1:] == [
        (A, "い", RoundTrip.NONE, B),
        (B, "い", RoundTrip.BOTH, b""),
    ]


def test_a_declared_way_back_is_kept_apart_from_what_is_read():
    assert rows(Said(A, "あ"), Said(A, "ｱ", reads=False)) == [
        (A, "あ", RoundTrip.BOTH, b""),
        (A, "ｱ", RoundTrip.ENCODE_ONLY, b""),
    ]


def test_a_code_read_but_never_written_has_no_way_back():
    assert rows(Said(A, "あ", writes=False)) == [(A, "あ", RoundTrip.DECODE_ONLY, b"")]


def test_a_code_without_a_text_stays_as_a_row():
    assert rows(Said(A, None, note="unmappable")) == [(A, None, RoundTrip.NONE, b"")]


def test_a_repeated_row_counts_once():
    assert rows(Said(A, "あ"), Said(A, "あ")) == [(A, "あ", RoundTrip.BOTH, b"")]


def test_the_order_of_the_source_does_not_matter_for_the_order_of_the_table():
    said = [Said(C, "う"), Said(A, "あ"), Said(B, "い")]
    assert rows(*said) == rows(*reversed(said))
