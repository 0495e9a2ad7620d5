"""文字コード体系 of local codes: which codes are user-defined (外字) and where each sits in Unicode.

Only the two systems of the first line are here; host systems (JEF, KEIS, JIPS, IBM) are not built yet.
A local code is written in hex without prefix: `F040` in cp932, `E000` in unicode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gaiji_hub.errors import BadInput

# At most one prefix, then hex digits: `int(text, 16)` alone would also take `E_000` and `+E000`.
_CODE = re.compile(r"(?:[Uu]\+|0[Xx])?([0-9A-Fa-f]{1,8})")


class BadCode(BadInput):
    code = "bad_code"
    template = "{code_system} の外字コードではありません: {text}（範囲 {area}）"


class UnknownCodeSystem(BadInput):
    code = "unknown_code_system"
    template = "未対応の文字コード体系です: {name}（使えるもの: {known}。ホストの体系は未実装）"


@dataclass(frozen=True)
class CodeSystem:
    """A code system and its user-defined area. `name` is the identifier of contracts.md (`cp932`, `unicode`)."""

    name: str
    area: str
    capacity: int

    def codes(self) -> Iterator[int]:
        """Every code of the user-defined area, ascending."""
        return iter(_cp932_codes() if self.name == "cp932" else range(0xE000, 0xF900))

    def parse(self, text: str) -> int:
        """Hex text (`F040`, `U+E000`, `0xE000`) → the code, or `BadCode` when it is outside the area."""
        match = _CODE.fullmatch(text.strip())
        if not match or not self.contains(code := int(match.group(1), 16)):
            raise BadCode(code_system=self.name, text=text[:20], area=self.area)
        return code

    def format(self, code: int) -> str:
        return f"{code:04X}"

    def contains(self, code: int) -> bool:
        if self.name == "unicode":
            return 0xE000 <= code <= 0xF8FF
        row, cell = code >> 8, code & 0xFF
        return 0xF0 <= row <= 0xF9 and 0x40 <= cell <= 0xFC and cell != 0x7F

    def to_pua(self, code: int) -> int:
        """The conventional private-use code point (CP932: F040–F9FC ↔ U+E000–E757, linear)."""
        if self.name == "unicode":
            return code
        row, cell = code >> 8, code & 0xFF
        return 0xE000 + (row - 0xF0) * 188 + cell - (0x41 if cell > 0x7F else 0x40)

    def from_pua(self, pua: int) -> int | None:
        """The local code at a private-use code point, or None where the system has none."""
        if self.name == "unicode":
            return pua if 0xE000 <= pua <= 0xF8FF else None
        if not 0xE000 <= pua <= 0xE757:
            return None
        row, cell = divmod(pua - 0xE000, 188)
        return (0xF0 + row) << 8 | cell + (0x41 if cell >= 0x3F else 0x40)


def _cp932_codes() -> list[int]:
    return [row << 8 | cell for row in range(0xF0, 0xFA) for cell in range(0x40, 0xFD) if cell != 0x7F]


CP932 = CodeSystem("cp932", "F040–F9FC", 1880)
UNICODE = CodeSystem("unicode", "U+E000–F8FF", 6400)
CODE_SYSTEMS = {system.name: system for system in (CP932, UNICODE)}


def code_system(name: str) -> CodeSystem:
    try:
        return CODE_SYSTEMS[name]
    except KeyError:
        raise UnknownCodeSystem(name=name[:40], known="・".join(CODE_SYSTEMS)) from None
