"""Only the tables that shapes need, in an orderly file, before OTS looks at them.

Gaiji come from editors of thirty years. A broken layout table, dots beside the outlines, an unsorted or
unaligned directory, a missing name or OS/2 table say nothing about the shapes, yet OTS refuses the whole font
for each. Bytes of the kept tables are copied as they are: judging them stays with OTS. Names of fonts and glyphs
are never kept: a small table of them can be written so that OTS needs gigabytes for it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from gaiji_hub.fontbuild.container import MAX_UNPACKED, Table, UnusableFont

_BLOCK = 1 << 20
_TRUETYPE = (b"cmap", b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
_CFF = (b"CFF ", b"cmap", b"head", b"hhea", b"hmtx", b"maxp")
# Written in place of the font's own, since OTS wants them and shapes do not: a name
# table without names, OS/2 version 3 (regular, Latin 1), post 3.
_STAND_INS = {
    b"name": struct.pack(">3H", 0, 0, 6),
    b"OS/2": struct.pack(">HhHHH", 3, 500, 400, 5, 0)
    + bytes(52)
    + struct.pack(">HHHhhhHH", 64, 32, 65535, 880, -120, 0, 1000, 200)
    + bytes(18),
    b"post": struct.pack(">LLhhLLLLL", 0x30000, 0, -100, 50, 0, 0, 0, 0, 0),
}


def repack(source: Path, target: Path, tables: Iterable[Table]) -> None:
    """Write the tables of `source` that shapes need to `target`; the first of two with one tag counts.

    `tables` lie within the file (`container.inspect`). Raises `UnusableFont` when they overlap so much that
    the copy would be larger than a font may be.
    """
    found = {tag: (offset, length) for tag, offset, length in reversed(list(tables))}
    kept = _TRUETYPE if b"glyf" in found else _CFF
    if sum(found[tag][1] for tag in kept if tag in found) > MAX_UNPACKED:
        raise UnusableFont(reason="表が重なり合っていて、合計が大きすぎます")
    present = [*(tag for tag in kept if tag in found), *_STAND_INS]
    with source.open("rb") as old, target.open("wb") as new:
        new.write(bytes(12 + 16 * len(present)))
        records = [_copy(old, new, tag, found[tag]) if tag in kept else _write(new, tag) for tag in present]
        new.seek(0)
        new.write(_directory(b"\0\1\0\0" if b"glyf" in found else b"OTTO", records))


def _copy(old: BinaryIO, new: BinaryIO, tag: bytes, place: tuple[int, int]) -> Table:
    """Append one table at a multiple of four."""
    start, (offset, length) = new.tell(), place
    old.seek(offset)
    for at in range(0, length, _BLOCK):
        new.write(old.read(min(_BLOCK, length - at)))
    new.write(bytes(-length % 4))
    return tag, start, length


def _write(new: BinaryIO, tag: bytes) -> Table:
    """Append a stand-in; at a multiple of four."""
    start = new.tell()
    length = new.write(_STAND_INS[tag])
    new.write(bytes(-length % 4))
    return tag, start, length


def _directory(flavour: bytes, records: list[Table]) -> bytes:
    """Checksums stay 0: OTS computes its own."""
    power = len(records).bit_length() - 1
    span = 16 << power
    head = struct.pack(">4s4H", flavour, len(records), span, power, 16 * len(records) - span)
    return head + b"".join(struct.pack(">4sLLL", tag, 0, offset, length) for tag, offset, length in sorted(records))
