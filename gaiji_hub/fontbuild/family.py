"""The family name out of a raw `name` table (OpenType 1.9 "name"), read within caps.

No library reads this table: thousands of records may share one long string, which OTS and fontTools copy for
each. Here a record is twelve bytes that are looked at, and one short string is decoded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path

from gaiji_hub.fontbuild.container import MAX_NAME_TABLE, Table

_SHOWN = 100
_LONGEST = 1024
_JAPANESE, _ENGLISH = 0x411, 0x409
_RECORD = struct.Struct(">6H")
_HEAD = struct.Struct(">3H")
# Platform, encoding and language, best first; the codec of the platform's strings.
_PLACES = ((3, 1, _JAPANESE), (3, 1, _ENGLISH), (3, 0, _ENGLISH), (1, 0, 0))
_CODECS = {3: "utf-16-be", 1: "mac-roman"}
# Typographic family before family.
_NUMBERS = (16, 1)


def family_name(path: Path, tables: Iterable[Table]) -> str:
    """The family, Japanese first; control characters become `?`, a very long one ends in `…`; "" when none is readable.

    `tables` lie within the file at `path` (`container.inspect`).
    """
    place = next(((offset, length) for tag, offset, length in tables if tag == b"name"), None)
    if place is None:
        return ""
    with path.open("rb") as file:
        file.seek(place[0])
        data = file.read(min(place[1], MAX_NAME_TABLE))
    found = _places(data)
    for number in _NUMBERS:
        for platform, encoding, language in _PLACES:
            if raw := found.get((platform, encoding, language, number)):
                return _shown(raw.decode(_CODECS[platform], "replace"))
    return ""


def _places(data: bytes) -> dict[tuple[int, int, int, int], bytes]:
    """Platform, encoding, language and name id → the string's first bytes; of the few names wanted here only."""
    if len(data) < _HEAD.size:
        return {}
    _, count, strings = _HEAD.unpack_from(data)
    records = data[_HEAD.size : _HEAD.size + count * _RECORD.size]
    whole = len(records) - len(records) % _RECORD.size
    found: dict[tuple[int, int, int, int], bytes] = {}
    for *place, number, length, offset in _RECORD.iter_unpack(records[:whole]):
        key = (place[0], place[1], place[2], number)
        if number in _NUMBERS and key[:3] in _PLACES and key not in found:
            start = strings + offset
            found[key] = data[start : start + min(length, _LONGEST)]
    return found


def _shown(name: str) -> str:
    clean = "".join(letter if letter.isprintable() else "?" for letter in name)
    return clean if len(clean) <= _SHOWN else clean[:_SHOWN] + "…"
