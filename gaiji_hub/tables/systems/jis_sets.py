"""JIS X 0208, 0212 and 0213: every character by plane, row and cell (面区点).

0208 and 0212 are read from what CPython's EUC-JP does, 0213 from its Shift_JIS-2004. CPython's own EUC-JIS-2004 also
reads JIS X 0212 where plane 2 has nothing, so that table is calculated from the plane, row and cell instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from gaiji_hub.tables.columns import Column, TableSpec, Values
from gaiji_hub.tables.systems.page import Said
from gaiji_hub.tables.systems.sources import facts

_COLUMNS = (Column("men_ku_ten", "men_ku_ten"), Column("ucs", "text", ucs=True))
_SS2, _SS3, _ASCII = 0x8E, 0x8F, 0x80
Place = tuple[int, int, int]
# Shift_JIS has ¥ and ‾ of JIS X 0201 at 5C and 7E, so there these two are the ASCII characters; EUC has those itself.
_WIDE = {(1, 1, 32): "\uff3c", (1, 2, 18): "\uff5e"}
# Rows of plane 2 in the order of their lead bytes F0–F4 in Shift_JIS-2004; from F5 on the rows 78–94 follow.
_PLANE_2 = (1, 8, 3, 4, 5, 12, 13, 14, 15)


def place_in_euc(code: bytes) -> Place | None:
    """(plane, row, cell) of a two-byte or, after 8F, three-byte EUC code; plane 2 stands for JIS X 0212 as well."""
    if len(code) == 3 and code[0] == _SS3:
        return 2, code[1] - 0xA0, code[2] - 0xA0
    return (1, code[0] - 0xA0, code[1] - 0xA0) if len(code) == 2 and code[0] != _SS2 else None


def place_in_shift_jis(code: bytes) -> Place | None:
    """(plane, row, cell) of a two-byte Shift_JIS-2004 code (JIS X 0213:2004, annex 1)."""
    if len(code) != 2:
        return None
    lead, trail = code
    second = trail >= 0x9F
    cell = trail - 0x9E if second else trail - (0x3F if trail < 0x7F else 0x40)
    if lead < 0xF0:
        return 1, (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2 + 1 + second, cell
    at = (lead - 0xF0) * 2 + second
    return 2, _PLANE_2[at] if at < len(_PLANE_2) else at + 69, cell


def euc_jis_2004(path: Path) -> Iterator[Said]:
    """EUC-JIS-2004 from the facts of Shift_JIS-2004: same characters, other bytes, and ASCII for JIS X 0201."""
    yield from (Said(bytes((value,)), chr(value)) for value in range(_ASCII))
    for said in facts(path):
        place = place_in_shift_jis(said.code)
        if place is not None:
            pair = bytes((place[1] + 0xA0, place[2] + 0xA0))
            code = pair if place[0] == 1 else bytes((_SS3,)) + pair
            yield Said(code, _WIDE.get(place, said.text), said.reads, said.writes, said.note)
        elif said.code[0] >= _ASCII:
            yield Said(bytes((_SS2, said.code[0])), said.text, said.reads, said.writes, said.note)


def _set(name: str, source: str, parse: Callable[[Path], Iterator[Said]], plane: int | None) -> TableSpec:
    """A table `men_ku_ten`, `ucs`; `plane` keeps only one plane of the source and leaves its number out."""

    def read(files: Mapping[str, Path]) -> Iterator[Values]:
        for said in parse(files[source]):
            at = place_in_euc(said.code)
            if at is not None and said.reads and plane in (None, at[0]):
                yield (_written(at, with_plane=plane is None), said.text)

    return TableSpec(name, "mappings", source, _COLUMNS, read=read)


def _written(place: Place, *, with_plane: bool) -> str:
    plane, row, cell = place
    return f"{plane}-{row:02d}-{cell:02d}" if with_plane else f"{row:02d}-{cell:02d}"


JIS_SETS = (
    _set("jisx0208", "python-euc-jp", facts, 1),
    _set("jisx0212", "python-euc-jp", facts, 2),
    _set("jisx0213", "python-shift-jis-2004", euc_jis_2004, None),
)
