"""証拠: signs in a file's first bytes that it is in another encoding than the declared one.

Wrong bytes are seen anyhow; these signs are for encodings whose bytes all mean something in CP932, where names would
come out as other names without a single loss. Each asks for what honest CP932 text practically never has
(docs/adr/0007, figures); half-width kana alone is never a sign.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from gaiji_hub.convert.codecs import CP932_CODEC

WINDOW = 1 << 16
_ISO_2022 = re.compile(rb"\x1b(?:\$[@AB]|\$\([@A-DO-Q]|\([BIJ])")
# Encodings of paired high bytes besides EUC-JP, whose tables are so full that more is asked of the CP932 read.
_DENSE = ("gb2312", "euc_kr", "big5")
_SOME, _OFTEN = 3, 8
_LEVEL_2 = b"\x98\x9f"


class Reading(NamedTuple):
    """CP932 read of a window: characters beyond ASCII, the ones of the common area (lead byte 81–9F), and half-width
    kana straight before a byte of the rare area (E0 and more)."""

    wide: int
    common: int
    kana_before_rare: int


def utf16(head: bytes) -> bool:
    """Whether there are NULs, and read as pairs of bytes it is text with commas or line ends, nearly all common."""
    if b"\0" not in head:
        return False
    for encoding in ("utf-16-le", "utf-16-be"):
        text, bad = _decoded(head[:WINDOW], encoding)
        known = sum(_is_ascii_text(character) or _is_common(character) for character in text)
        if not bad and any(mark in text for mark in ",\r\n") and known * 4 >= len(text) * 3:
            return True
    return False


def iso_2022(head: bytes) -> bool:
    """Whether there is an escape sequence of ISO-2022-JP (or its relatives): no CSV in CP932 or UTF-8 has one."""
    return _ISO_2022.search(head) is not None


def utf8(head: bytes) -> bool:
    """Whether what is beyond ASCII is UTF-8, and either three-byte characters or, of few, half of them common ones.

    A run of CP932 that begins with a common kanji or kana cannot be UTF-8: its first byte is a continuation. Two-byte
    characters are no sign (`ﾂｱ` is `±`), nor four-byte ones (a gaiji of F0 and a kanji).
    """
    text, bad = _decoded(_window(head), "utf-8")
    beyond = [character for character in text if character > "\x7f"]
    three = [character for character in beyond if "\u0800" <= character <= "\uffff"]
    common = sum(map(_is_common, three))
    likely = len(three) >= _SOME or (common > 0 and common * 2 >= len(beyond))
    return likely and bad * 50 < max(len(three), 1)


def pairs(head: bytes) -> bool:
    """Whether this is an encoding of paired high bytes (EUC-JP, GBK, Big5 …) that CP932 reads without a bad byte.

    CP932 then reads half-width kana with rare kanji straight after them, over and over, and none of the common
    kanji. A file of half-width kana alone, or of gaiji alone, has no such place.
    """
    window = _window(head)
    read = _read(window)
    if not read.kana_before_rare or read.kana_before_rare * 20 < read.wide:
        return False
    text, bad = _decoded(window, "euc_jp")
    beyond = [character for character in text if character > "\x7f"]
    if not bad and sum(map(_is_common, beyond)) * 4 >= len(beyond) * 3:
        return True
    if read.kana_before_rare >= _SOME and any(not _decoded(window, name)[1] for name in _DENSE):
        return True
    return read.kana_before_rare >= _OFTEN and read.common * 20 < read.wide


def _is_ascii_text(character: str) -> bool:
    return " " <= character <= "~" or character in "\t\r\n"


def _is_common(character: str) -> bool:
    """Kana, full-width marks, kanji of level 1, or private use: what names and addresses are mostly made of."""
    code = CP932_CODEC.encode(character)
    return code is not None and len(code) == 2 and (code < _LEVEL_2 or code >= b"\xf0")


def _window(head: bytes) -> bytes:
    """At most `WINDOW` bytes from the first one beyond ASCII."""
    first = re.search(rb"[\x80-\xff]", head)
    return head[first.start() : first.start() + WINDOW] if first else b""


def _decoded(data: bytes, encoding: str) -> tuple[str, int]:
    """(text, places that are not in this encoding); a character cut at the end is neither."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    return text.replace("\ufffd", ""), text.count("\ufffd")


def _read(window: bytes) -> Reading:
    wide = common = before = 0
    after_kana = False
    for character in CP932_CODEC.characters(window, quoted=False):
        lead, double = character.raw[0], len(character.raw) > 1
        wide += lead > 0x7F
        common += double and lead < 0xA0
        before += after_kana and lead >= 0xE0
        after_kana = not double and 0xA1 <= lead <= 0xDF
    return Reading(wide, common, before)
