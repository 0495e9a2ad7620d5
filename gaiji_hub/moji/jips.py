"""JIPS(E): the bytes of JIPS(J) in EBCDIC positions.

The first 160 bytes are the ASCII-to-EBCDIC assignment of POSIX (`dd conv=ebcdic`) with the national positions of the
Japanese sets; A0–FF take the EBCDIC positions that are left, ascending. That is jef4j's published table; Jacode4e has
96 of 188 bytes elsewhere (ADR 0016), so which codes JIPS(E) can have at all is not judged by it.
"""

from __future__ import annotations

_FIRST = bytes.fromhex(
    "00010203372D2E2F1605150B0C0D0E0F101112133C3D322618193F271C1D1E1F"
    "404F7F7BE06C507D4D5D5C4E6B604B61F0F1F2F3F4F5F6F7F8F97A5E4C7E6E6F"
    "7CC1C2C3C4C5C6C7C8C9D1D2D3D4D5D6D7D8D9E2E3E4E5E6E7E8E94A5B5A5F6D"
    "79818283848586878889919293949596979899A2A3A4A5A6A7A8A9C06AD0A107"
    "202122232425061728292A2B2C090A1B30311A333435360838393A3B04143EE1"
)
TO_E = _FIRST + bytes(sorted(set(range(256)) - set(_FIRST)))
TO_J = bytes(TO_E.index(value) for value in range(256))


def e_code(code: int) -> int:
    """A two-byte JIPS(J) code in JIPS(E)."""
    return TO_E[code >> 8] << 8 | TO_E[code & 0xFF]


def j_code(code: int) -> int:
    """A two-byte JIPS(E) code in JIPS(J)."""
    return TO_J[code >> 8] << 8 | TO_J[code & 0xFF]
