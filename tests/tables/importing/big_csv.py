"""CSV files far larger than memory, made while they are read: no disk is filled."""

from __future__ import annotations

import io
from collections.abc import Callable

GIB = 1 << 30
ROW = b"%06X,U+%04X," + b"x" * 16_000 + b"\n"


class Generated(io.RawIOBase):
    """A stream of `size` bytes: `head`, then `block(n)` for n = 0, 1, …"""

    def __init__(self, head: bytes, block: Callable[[int], bytes], size: int) -> None:
        self._rest, self._block, self._left, self._number = head, block, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._rest and self._left > 0:
            self._rest = self._block(self._number)
            self._number += 1
        part = self._rest[: len(buffer)]
        buffer[: len(part)] = part
        self._rest = self._rest[len(part) :]
        self._left -= len(part)
        return len(part)


def wide_row(number: int) -> bytes:
    """A valid row, each with a code of its own, and 16 KB of remarks in a column nobody asked for."""
    return ROW % (0x10000 + number, 0x4E00 + number % 0x5000)


def remark(_number: int) -> bytes:
    return b",," + b"y" * 60_000 + b"\n"


def read_a_gibibyte(payload: bytes) -> bytes:
    """In a limited child: 1 GiB of `rows` or of `remarks` that are no rows; the number of rows as 4 bytes."""
    from gaiji_hub.moji.code_system import code_system
    from gaiji_hub.tables.importing.codes_csv import read_codes_csv
    from gaiji_hub.tables.importing.delimited import Shape

    blocks = {"remarks": remark, "rows": wide_row}
    stream = io.BufferedReader(Generated(b"c,u,n\nE000,U+9089,x\n", blocks[payload.decode()], GIB), 1 << 20)
    shape = Shape({"code": "c", "unicode": "u"})
    table = read_codes_csv(stream, "big.csv", shape, code_system("unicode"))
    return len(table.rows).to_bytes(4, "big")
