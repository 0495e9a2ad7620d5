"""符号化: how the bytes of a file become characters (base + selector) and back.

Two encodings of the first line: `cp932` (Windows' Shift_JIS) and `utf-8`. Both are safe to cut at the CSV marks
(`"`, `,`, CR, LF): no multi-byte code of theirs contains one of these bytes.
"""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from gaiji_hub.moji.code_system import CP932

# `""` is the CSV way to write one quote inside quotes: one character, like every base + selector.
_SELECTOR = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
# Bad bytes of length n are marked U+DC00 + n while decoding: a surrogate, so no UTF-8 text can contain it.
_MARK, _MARKS = 0xDC00, "\udc01-\udc04"
_PLAIN = re.compile(f"[{_MARKS}]|[^{_SELECTOR}][{_SELECTOR}]?|.", re.DOTALL)
_QUOTED = re.compile(f'[{_MARKS}]|(?:""|[^{_SELECTOR}])[{_SELECTOR}]?|.', re.DOTALL)
PUA_CLASS = "\ue000-\uf8ff\U000f0000-\U0010ffff"
# Private use and selectors: no text with one of these goes through unseen.
MARKED = re.compile(f"[{PUA_CLASS}{_SELECTOR}]")

_CP932_PLAIN = re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|.", re.DOTALL)
_CP932_QUOTED = re.compile(rb'""|[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|.', re.DOTALL)
# Of several codes for one character Windows writes the first found in this order of areas.
_AREAS = ((0x8100, 0x86FF), (0x8700, 0x87FF), (0x8800, 0xECFF), (0xF000, 0xFCFF), (0xED00, 0xEFFF))


class Character(NamedTuple):
    """One character of a file: its bytes, and its text or None where the bytes mean nothing."""

    raw: bytes
    text: str | None


class Codec(Protocol):
    """What conversion needs of an encoding."""

    @property
    def name(self) -> str:
        """The word after `--from`."""

    @property
    def code_system(self) -> str:
        """The system its user-defined codes are named in (`cp932`, `unicode`)."""

    @property
    def careful(self) -> frozenset[str]:
        """Characters that need `characters` although `decode` accepts them, besides `MARKED`."""

    def decode(self, raw: bytes) -> str:
        """All of `raw`, or UnicodeDecodeError."""

    def characters(self, raw: bytes, *, quoted: bool) -> Iterator[Character]:
        """The characters of a field's content; joined, their `raw` is the input."""

    def encode(self, text: str) -> bytes | None:
        """The bytes of `text` such that decoding gives `text` again, or None where there are none."""

    def comes_back(self, character: Character) -> bool:
        """Whether encoding the text gives these very bytes."""


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(_MARK + error.end - error.start), error.end


_MARK_BAD = "gaiji-hub-mark-bad-bytes"
codecs.register_error(_MARK_BAD, _mark_bad)


class Utf8:
    name = "utf-8"
    code_system = "unicode"
    careful: frozenset[str] = frozenset()

    def decode(self, raw: bytes) -> str:
        return raw.decode("utf-8")

    def characters(self, raw: bytes, *, quoted: bool) -> Iterator[Character]:
        text, at = raw.decode("utf-8", _MARK_BAD), 0
        for match in (_QUOTED if quoted else _PLAIN).finditer(text):
            found = match.group()
            bad = "\udc00" < found < "\udc05"
            size = ord(found) - _MARK if bad else len(found.encode())
            yield Character(raw[at : at + size], None if bad else found)
            at += size

    def encode(self, text: str) -> bytes | None:
        return text.encode("utf-8")

    def comes_back(self, character: Character) -> bool:  # noqa: ARG002 - every valid UTF-8 sequence is the only one
        return True


class Cp932:
    """Microsoft's code page 932: bytes 80, A0, FD–FF and unassigned double bytes mean nothing here."""

    name = "cp932"
    code_system = "cp932"

    @functools.cached_property
    def careful(self) -> frozenset[str]:
        several = (text for text, codes in _cp932_codes().items() if len(codes) > 1)
        return frozenset(["\x80", *several])

    def decode(self, raw: bytes) -> str:
        return raw.decode("cp932")

    def characters(self, raw: bytes, *, quoted: bool) -> Iterator[Character]:
        table = _cp932_decode()
        for match in (_CP932_QUOTED if quoted else _CP932_PLAIN).finditer(raw):
            unit = match.group()
            yield Character(unit, '""' if unit == b'""' else table.get(unit))

    def encode(self, text: str) -> bytes | None:
        table = _cp932_encode()
        try:
            return b"".join([table[character] for character in text])
        except KeyError:
            return None

    def comes_back(self, character: Character) -> bool:
        return character.text is None or self.encode(character.text) == character.raw


def in_cp932(text: str) -> bool:
    """Whether CP932 has an ordinary (not user-defined) code for this text."""
    return all(c in _cp932_encode() and not "\ue000" <= c <= "\uf8ff" for c in text)


def cp932_one_way() -> tuple[tuple[str, str], ...]:
    """The 398 codes that CP932 has twice and that do not come back: (code in hex, text), ascending."""
    found = [(code, text) for text, codes in _cp932_codes().items() for code in codes[1:]]
    return tuple((code.hex().upper(), text) for code, text in sorted(found))


@functools.cache
def _cp932_decode() -> dict[bytes, str]:
    table = {bytes([code]): chr(code) for code in range(0x80)}
    table |= {bytes([code]): chr(code - 0xA1 + 0xFF61) for code in range(0xA1, 0xE0)}
    for row in (*range(0x81, 0xA0), *range(0xE0, 0xFD)):
        for cell in (*range(0x40, 0x7F), *range(0x80, 0xFD)):
            if CP932.contains(row << 8 | cell):
                table[bytes((row, cell))] = chr(CP932.to_pua(row << 8 | cell))
                continue
            try:
                table[bytes((row, cell))] = bytes((row, cell)).decode("cp932")
            except UnicodeDecodeError:
                continue
    return table


@functools.cache
def _cp932_codes() -> dict[str, list[bytes]]:
    """Text → its codes, the one Windows writes first."""
    codes: dict[str, list[bytes]] = {}
    for code, text in _cp932_decode().items():
        codes.setdefault(text, []).append(code)
    return {text: sorted(several, key=_preference) for text, several in codes.items()}


@functools.cache
def _cp932_encode() -> dict[str, bytes]:
    return {text: codes[0] for text, codes in _cp932_codes().items()}


def _preference(code: bytes) -> tuple[int, bytes]:
    value = int.from_bytes(code, "big")
    area = next((index for index, (first, last) in enumerate(_AREAS) if first <= value <= last), -1)
    return (area, code)


UTF8 = Utf8()
CP932_CODEC = Cp932()
CODECS: dict[str, Codec] = {codec.name: codec for codec in (CP932_CODEC, UTF8)}
