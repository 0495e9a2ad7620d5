"""Codecs: every code of CP932 against Python's codec, every byte kept, nothing decoded by guess."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.convert.codecs import CP932_CODEC, UTF8, Character, Codec, cp932_one_way, in_cp932

DOUBLE = [bytes((hi, lo)) for hi in (*range(0x81, 0xA0), *range(0xE0, 0xFD)) for lo in range(0x40, 0xFD) if lo != 0x7F]


def texts(codec: Codec, raw: bytes, *, quoted: bool = False) -> list[str | None]:
    return [character.text for character in codec.characters(raw, quoted=quoted)]


def test_cp932_decodes_every_double_byte_as_python_does_or_not_at_all() -> None:
    for code in DOUBLE:
        try:
            expected: str | None = code.decode("cp932")
        except UnicodeDecodeError:
            expected = None
        assert texts(CP932_CODEC, code) == [expected], code.hex()


def test_cp932_single_bytes_without_a_character_are_bad() -> None:
    for byte in (0x80, 0xA0, 0xFD, 0xFE, 0xFF):
        assert texts(CP932_CODEC, bytes([byte])) == [None]


def test_a_lead_byte_without_trail_takes_nothing_with_it() -> None:
    assert list(CP932_CODEC.characters(b"\x81,A", quoted=False)) == [
        Character(b"\x81", None),
        Character(b",", ","),
        Character(b"A", "A"),
    ]
    assert texts(CP932_CODEC, b"\x81") == [None]


def test_unassigned_code_is_one_bad_character_of_two_bytes() -> None:
    assert list(CP932_CODEC.characters(b"\x85\x40", quoted=False)) == [Character(b"\x85\x40", None)]


def test_cp932_encodes_every_character_it_decodes_to_a_code_that_decodes_the_same() -> None:
    for code in DOUBLE:
        text = texts(CP932_CODEC, code)[0]
        if text is not None:
            back = CP932_CODEC.encode(text)
            assert back is not None
            assert back.decode("cp932") == text


def test_of_several_codes_windows_choice_is_written() -> None:
    assert CP932_CODEC.encode("髙") == b"\xfb\xfc"  # IBM extension, not the NEC selection
    assert CP932_CODEC.encode("Ⅰ") == b"\x87\x54"  # NEC row 13, not the IBM extension
    assert CP932_CODEC.encode("∪") == b"\x81\xbe"  # JIS X 0208, not NEC row 13


def test_one_way_codes_are_the_398_known_ones() -> None:
    listed = cp932_one_way()
    assert len(listed) == 398
    assert ("ED40", "纊") in listed
    assert all(CP932_CODEC.encode(text) != bytes.fromhex(code) for code, text in listed)


def test_characters_cp932_only_resembles_are_not_encoded() -> None:
    for text in ("−", "‖", "¬", "¢", "〜", "\x80", "𠮷", "邉\U000e0102"):
        assert CP932_CODEC.encode(text) is None


def test_user_defined_codes_are_not_ordinary() -> None:
    assert CP932_CODEC.encode("\ue000") == b"\xf0\x40"
    assert not in_cp932("\ue000")
    assert in_cp932("辺")


def test_utf8_bad_sequences_are_cut_as_the_unicode_standard_recommends() -> None:
    raw = b"a\xe9\x82b\xed\xa0\x80\xf4\x90\xc0\xafz\xe9"
    found = list(UTF8.characters(raw, quoted=False))
    assert "".join("\ufffd" if c.text is None else c.text for c in found) == raw.decode("utf-8", "replace")


def test_base_and_selector_are_one_character() -> None:
    assert texts(UTF8, "邉\U000e0102邉\ufe00\U000e0100".encode()) == ["邉\U000e0102", "邉\ufe00", "\U000e0100"]


def test_a_doubled_quote_is_one_character_only_inside_quotes() -> None:
    assert texts(UTF8, b'a""b', quoted=True) == ["a", '""', "b"]
    assert texts(CP932_CODEC, b'a""b', quoted=False) == ["a", '"', '"', "b"]


@given(st.binary(), st.booleans())
def test_no_byte_is_lost_in_utf8(raw: bytes, quoted: bool) -> None:
    assert b"".join(character.raw for character in UTF8.characters(raw, quoted=quoted)) == raw


@given(st.binary(), st.booleans())
def test_no_byte_is_lost_in_cp932(raw: bytes, quoted: bool) -> None:
    assert b"".join(character.raw for character in CP932_CODEC.characters(raw, quoted=quoted)) == raw


@given(st.text())
def test_valid_utf8_comes_back(text: str) -> None:
    assert "".join(character.text or "" for character in UTF8.characters(text.encode(), quoted=False)) == text


def test_many_bad_bytes_take_linear_time() -> None:
    """With a copy of the rest per bad byte this would copy 45 GB; it takes a third of a second of CPU."""
    started = time.process_time()
    assert sum(1 for _ in UTF8.characters(b"\xff" * 300_000, quoted=False)) == 300_000
    assert time.process_time() - started < 4
