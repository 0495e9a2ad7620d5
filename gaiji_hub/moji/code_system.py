"""文字コード体系: which codes a system has, which of them are user-defined (外字), and where each sits in Unicode.

A code is the number its bytes make, most significant first, and is written in hex without prefix: `F040` in cp932,
`8FF5A1` in euc-jp-ms, `E000` in unicode. Areas, sizes and conventional private code points: domain.md, Local codes.
What a regular code stands for is in the tables of `gaiji_hub.tables.systems`; here is what needs no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from gaiji_hub.errors import BadInput
from gaiji_hub.moji import system_list
from gaiji_hub.moji.code_area import Area
from gaiji_hub.moji.jips import TO_E, TO_J, e_code, j_code
from gaiji_hub.moji.system_list import FIRST_PUA, Layout, Shift

# At most one prefix, then hex digits: `int(text, 16)` alone would also take `E_000` and `+E000`.
_CODE = re.compile(r"(?:[Uu]\+|0[Xx])?([0-9A-Fa-f]{1,8})")


class BadCode(BadInput):
    code = "bad_code"
    template = "{code_system} の外字コードではありません: {text}（範囲 {area}）"


class UnknownCodeSystem(BadInput):
    code = "unknown_code_system"
    template = "未対応の文字コード体系です: {name}（使えるもの: {known}）"


@dataclass(frozen=True)
class CodeSystem:
    """A code system: its identifier (contracts.md: `cp932`, `jef-ebcdik`), its parts and its user-defined area.

    `single` and `double` name the tables of its one-byte and two-byte codes ("": none, or the whole table is `double`),
    `selectors` which column of the table they take. `area` is the user-defined area as people write it.
    """

    name: str
    title: str
    layout: Layout
    single: str = ""
    selectors: str = ""

    @property
    def double(self) -> str:
        return self.layout.table

    @property
    def area(self) -> str:
        return self.layout.area

    @property
    def shift(self) -> Shift | None:
        """The bytes that switch between one-byte and two-byte codes; None in stateless systems."""
        return self.layout.shift

    @property
    def capacity(self) -> int:
        """How many user-defined codes there are; 0 where the system has none or they are not known."""
        return sum(area.size for area in self.layout.user)

    def codes(self) -> Iterator[int]:
        """Every code of the user-defined area, ascending."""
        return iter(sorted(map(self._written, chain.from_iterable(area.codes() for area in self.layout.user))))

    def parse(self, text: str) -> int:
        """Hex text (`F040`, `U+E000`, `0xE000`) → the code, or `BadCode` when it is outside the area."""
        match = _CODE.fullmatch(text.strip())
        if not match or not self.contains(code := int(match.group(1), 16)):
            raise BadCode(code_system=self.name, text=text[:20], area=self.area)
        return code

    def format(self, code: int) -> str:
        return f"{code:04X}"

    def contains(self, code: int) -> bool:
        """Whether a code is user-defined."""
        return self._index(code) is not None

    def is_code(self, code: int, length: int = 2) -> bool:
        """Whether `length` bytes of this value can be a code of the system at all, assigned or not."""
        if self.name == "unicode":
            return code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        if length == 1:
            return self.layout.is_single(code)
        return any(area.length == length and area.index(code) is not None for area in self.layout.regular)

    def to_pua(self, code: int) -> int:
        """The conventional private-use code point of a user-defined code; `BadCode` for any other code."""
        index = self._index(code)
        if index is None:
            raise BadCode(code_system=self.name, text=f"{code:04X}"[:20], area=self.area)
        return FIRST_PUA + index

    def from_pua(self, pua: int) -> int | None:
        """The local code at a private-use code point, or None where the system has none."""
        index = pua - FIRST_PUA
        for area in self.layout.user:
            if 0 <= index < area.size:
                return self._written(area.code(index))
            index -= area.size
        return None

    def plain(self, code: bytes) -> bytes:
        """A code in the notation of its table: JIPS(E) shares the table of JIPS(J), all others have their own."""
        return bytes(TO_J[value] for value in code) if self.layout.ebcdic_bytes and len(code) == 2 else code

    def written(self, code: bytes) -> bytes:
        """A code of the table as the system writes it; the inverse of `plain`."""
        return bytes(TO_E[value] for value in code) if self.layout.ebcdic_bytes and len(code) == 2 else code

    def _index(self, code: int) -> int | None:
        before, plain = 0, self._plain(code)
        for area in self.layout.user:
            index = area.index(plain)
            if index is not None:
                return before + index
            before += area.size
        return None

    def _plain(self, code: int) -> int:
        """JIPS(E) is laid out as JIPS(J): every byte is the EBCDIC counterpart."""
        return j_code(code) if self.layout.ebcdic_bytes and code <= 0xFFFF else code

    def _written(self, plain: int) -> int:
        return e_code(plain) if self.layout.ebcdic_bytes else plain


def _build() -> dict[str, CodeSystem]:
    rows = (CodeSystem(*row) for row in system_list.SYSTEMS)
    return {system.name: system for system in rows}


CODE_SYSTEMS = _build()
CP932, UNICODE = CODE_SYSTEMS["cp932"], CODE_SYSTEMS["unicode"]


def code_system(name: str) -> CodeSystem:
    """The system of that identifier, or of a usual other name (`cp930`, `jef`, `windows-31j`)."""
    found = CODE_SYSTEMS.get(name) or CODE_SYSTEMS.get(system_list.ALIASES.get(name.lower(), ""))
    if found is None:
        raise UnknownCodeSystem(name=name[:40], known="・".join(CODE_SYSTEMS))
    return found


def exact_code_system(name: str) -> CodeSystem:
    """The system of exactly that identifier: what canonical data (releases, jobs) is held to."""
    if name not in CODE_SYSTEMS:
        raise UnknownCodeSystem(name=name[:40], known="・".join(CODE_SYSTEMS))
    return CODE_SYSTEMS[name]


__all__ = [
    "CODE_SYSTEMS",
    "CP932",
    "UNICODE",
    "Area",
    "BadCode",
    "CodeSystem",
    "UnknownCodeSystem",
    "code_system",
    "exact_code_system",
]
