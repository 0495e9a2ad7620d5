"""Small fonts that say one thing many times, so that a reader who copies it for each mention runs out of memory."""

from __future__ import annotations

import struct
import zlib

from tests.fontbuild import corpus


def shared_names(records: int = 4_000, length: int = 65_000) -> bytes:
    """A name table whose records all say the same long string: OTS and fontTools would copy it for each."""
    head = struct.pack(">3H", 0, records, 6 + 12 * records)
    body = b"".join(struct.pack(">6H", 3, 1, 0x411, 256 + number, length, 0) for number in range(records))
    return corpus.with_table(corpus.saved(corpus.truetype()), b"name", head + body + b"\x30\x42" * (length // 2))


def shared_sequences(selectors: int = 250, mappings: int = 100_000) -> bytes:
    """A cmap format 14 subtable whose selectors all point to one long list of sequences."""
    start = 10 + 11 * selectors
    records = b"".join(
        (0xE0100 + number if number < 240 else 0xFE00 + number - 240).to_bytes(3, "big") + struct.pack(">LL", 0, start)
        for number in [*range(240, selectors), *range(240)]
    )
    listed = b"".join((0x100 + number).to_bytes(3, "big") + struct.pack(">H", 1) for number in range(mappings))
    uvs = struct.pack(">HLL", 14, start + 4 + len(listed), selectors) + records + struct.pack(">L", mappings) + listed
    plain = struct.pack(">HHLLLLLL", 12, 0, 28, 0, 1, 0xE000, 0xE000, 1)
    head = struct.pack(">HHHHLHHL", 0, 2, 0, 5, 20 + len(plain), 3, 10, 20)
    return corpus.with_table(corpus.saved(corpus.truetype()), b"cmap", head + plain + uvs)


def shared_subtables(count: int = 4_000) -> bytes:
    """A cmap whose every encoding record points to the same subtable of 60,000 groups."""
    groups = b"".join(struct.pack(">LLL", 2 * number, 2 * number, 1) for number in range(60_000))
    subtable = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, 60_000) + groups
    places = [(0, 4), (3, 10), *((4 + number // 65_536, number % 65_536) for number in range(count))]
    records = b"".join(struct.pack(">HHL", *place, 4 + 8 * len(places)) for place in places)
    return corpus.with_table(
        corpus.saved(corpus.truetype()), b"cmap", struct.pack(">HH", 0, len(places)) + records + subtable
    )


def named_glyphs(count: int = 60_000) -> bytes:
    """A post table that says it names 60,000 glyphs of a font of two, 15,000 of them with 255 letters each."""
    names = b"".join(bytes([255]) + f"{number:0255d}".encode() for number in range(count // 4))
    indexes = struct.pack(f">{count}H", *((258 + number) % 65_536 for number in range(count)))
    table = struct.pack(">LLhhLLLLLH", 0x20000, 0, 0, 0, 0, 0, 0, 0, 0, count) + indexes + names
    return corpus.with_table(corpus.saved(corpus.truetype()), b"post", table)


def woff_of(data: bytes) -> bytes:
    """The sfnt as WOFF 1.0, its tables compressed as they are."""
    count = struct.unpack_from(">H", data, 4)[0]
    start, directory, body = 44 + 20 * count, b"", b""
    for tag, checksum, offset, length in struct.iter_unpack(">4sLLL", data[12 : 12 + 16 * count]):
        plain = data[offset : offset + length]
        packed = zlib.compress(plain, 9)
        packed = packed if len(packed) < length else plain
        directory += struct.pack(">4sLLLL", tag, start + len(body), len(packed), length, checksum)
        body += packed + b"\0" * (-len(packed) % 4)
    unpacked = 12 + sum(
        16 + size + -size % 4 for _, _, _, size in struct.iter_unpack(">4sLLL", data[12 : 12 + 16 * count])
    )
    head = struct.pack(">4sLLHHLHHLLLLL", b"wOFF", 0x10000, start + len(body), count, 0, unpacked, 1, 0, *(0,) * 5)
    return head + directory + body
