"""見本の外字: a seeded sample of the demo font's shapes, drawn before anything is matched.

Only three things are read: which code points the demo font covers, the ink boxes of its private-use shapes, and
which characters the MJ table implements. No feature, picture or score takes part, and the order is a hash of
the seed and the code point, so that it is the same on every machine.

Rules of the draw:
- A gaiji is what the town's own font lacks: a character that CP932 can write is never drawn.
- `in_mj`: a character some MJ glyph implements; the truth is the base (対応するUCS) of that glyph. A
  compatibility ideograph thus has its unified ideograph as truth.
- `not_in_table`: encoded in extensions C–H without an MJ glyph, or an unencoded ideograph at a private code of
  the demo font. Of the latter the tables cannot say that no MJ glyph looks the same; they are counted apart.
- Left out: compatibility ideographs that MJ does not implement (their truth cannot be read from the table),
  blank shapes, and private-use shapes that are not ideographs: codes below U+E080 (phonetic signs, symbols) and
  ink smaller than three quarters of the em in either direction (components, strokes).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from gaiji_hub.demo.towns import SECOND_RELEASE, Town
from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import format_ucs, is_pua
from gaiji_hub.tables.lookup import Tables

SEED = "gaiji-hub-demo/1"
PER_TOWN = 350
SHARED = 0.2
SECOND_ROUND = 0.06
IN_MJ = "in_mj"
NOT_IN_TABLE = "not_in_table"
_GAP_EVERY = 47
COLUMNS = ("municipality", "local_code", "source", "kind", "stratum", "base", "round")


class SampleTooSmall(BadInput):
    code = "sample_too_small"
    template = "デモ用フォントの字形が足りません: {stratum}（必要 {wanted}）"


@dataclass(frozen=True)
class Stratum:
    """A part of the sample: code points `first`–`last`, `share` of a town's gaiji."""

    name: str
    title: str
    kind: str
    first: int
    last: int
    share: float


STRATA = (
    Stratum("uro", "URO（基本の漢字）", IN_MJ, 0x4E00, 0x9FFF, 0.14),
    Stratum("ext-a", "拡張A", IN_MJ, 0x3400, 0x4DBF, 0.21),
    Stratum("ext-b", "拡張B", IN_MJ, 0x20000, 0x2A6DF, 0.40),
    Stratum("ext-c-f", "拡張C〜F", IN_MJ, 0x2A700, 0x2EBEF, 0.08),
    Stratum("compat", "互換漢字", IN_MJ, 0xF900, 0xFAD9, 0.03),
    Stratum("no-mj-c-f", "拡張C〜F（MJになし）", NOT_IN_TABLE, 0x2A700, 0x2EBEF, 0.04),
    Stratum("no-mj-g-h", "拡張G・H（MJになし）", NOT_IN_TABLE, 0x30000, 0x323AF, 0.06),
    Stratum("unencoded", "未符号化（私用領域）", NOT_IN_TABLE, 0xE080, 0xF8FF, 0.04),
)


@dataclass(frozen=True)
class DemoGaiji:
    """One gaiji of a town and the truth about it. `source` is its code point in the demo font.

    `base` is the true UCS base in `U+…` notation, empty for `not_in_table`; `round` says with which intake it
    comes (2 = drawn by the clerks after the first release).
    """

    municipality: str
    local_code: str
    source: int
    kind: str
    stratum: str
    base: str
    round: int


def draw_sample(
    towns: Sequence[Town], tables: Tables, usable: Callable[[int], bool], scale: float
) -> tuple[DemoGaiji, ...]:
    """The gaiji of all towns, ascending by town and code.

    `usable` says whether the demo font covers a code point with an ideograph. `scale` 1.0 gives `PER_TOWN` gaiji
    a town. `SampleTooSmall` when the font cannot fill a stratum.
    """
    drawn: dict[str, list[tuple[int, Stratum]]] = {town.lg_code: [] for town in towns}
    for stratum in STRATA:
        for town, sources in zip(towns, _shares(towns, stratum, tables, usable, scale), strict=True):
            drawn[town.lg_code].extend((source, stratum) for source in sources)
    return tuple(gaiji for town in towns for gaiji in _numbered(town, drawn[town.lg_code], tables))


def _shares(
    towns: Sequence[Town], stratum: Stratum, tables: Tables, usable: Callable[[int], bool], scale: float
) -> Iterator[list[int]]:
    """For each town its code points of one stratum: a fifth from the towns before it, the rest new."""
    wanted = max(1, round(PER_TOWN * stratum.share * scale))
    points = range(stratum.first, stratum.last + 1)
    order = _shuffled(f"draw/{stratum.name}", (point for point in points if _eligible(stratum, point, tables)))
    fresh = (point for point in order if usable(point) and _has_truth(stratum, point, tables))
    seen: list[int] = []
    for town in towns:
        shared = _shuffled(f"share/{town.lg_code}/{stratum.name}", seen)[: round(wanted * SHARED)]
        sources = [*shared, *islice(fresh, wanted - len(shared))]
        if len(sources) < wanted:
            raise SampleTooSmall(stratum=stratum.name, wanted=wanted)
        seen.extend(source for source in sources if source not in shared)
        yield sources


def _eligible(stratum: Stratum, code_point: int, tables: Tables) -> bool:
    if is_pua(code_point):
        return True
    if in_cp932(code_point):
        return False
    return bool(tables.by_text(chr(code_point))) if stratum.kind == IN_MJ else not tables.by_ucs(code_point)


def _has_truth(stratum: Stratum, code_point: int, tables: Tables) -> bool:
    return stratum.kind != IN_MJ or true_base(code_point, tables) is not None


def true_base(code_point: int, tables: Tables) -> str | None:
    """The base of the MJ glyph that implements a code point, or None when there is none."""
    glyph = tables.by_text(chr(code_point))
    character = tables.character(glyph) if glyph else None
    return character.ucs_base if character else None


def in_cp932(code_point: int) -> bool:
    """Whether a CP932 system has the character in its own font."""
    try:
        chr(code_point).encode("cp932")
    except UnicodeEncodeError:
        return False
    return True


def _shuffled(label: str, values: Iterable[int]) -> list[int]:
    """The values in an order that only the seed and the label decide."""
    return sorted(values, key=lambda value: hashlib.sha256(f"{SEED}/{label}/{value:X}".encode()).digest())


def _numbered(town: Town, drawn: Sequence[tuple[int, Stratum]], tables: Tables) -> Iterator[DemoGaiji]:
    """Give a town's shapes its codes, in mixed order, leaving one code free now and then as real towns do."""
    strata = dict(drawn)
    order = _shuffled(f"codes/{town.lg_code}", strata)
    late = round(len(order) * SECOND_ROUND) if town == SECOND_RELEASE else 0
    codes = islice(_codes(town), len(order))
    for index, (source, code) in enumerate(zip(order, codes, strict=True)):
        stratum = strata[source]
        base = (true_base(source, tables) or "") if stratum.kind == IN_MJ else ""
        intake = 2 if index >= len(order) - late else 1
        local_code = town.code_system.format(code)
        yield DemoGaiji(town.lg_code, local_code, source, stratum.kind, stratum.name, base, intake)


def _codes(town: Town) -> Iterator[int]:
    every = islice(town.code_system.codes(), town.first, None)
    return (code for index, code in enumerate(every, 1) if index % _GAP_EVERY)


def format_truth(sample: Sequence[DemoGaiji]) -> bytes:
    """The truth table (TSV, UTF-8, LF) from which every figure about identification can be recounted."""
    rows = ["\t".join(COLUMNS)]
    for gaiji in sample:
        fields = (gaiji.municipality, gaiji.local_code, format_ucs(chr(gaiji.source)), gaiji.kind, gaiji.stratum)
        rows.append("\t".join((*fields, gaiji.base, str(gaiji.round))))
    return ("\n".join(rows) + "\n").encode()


def parse_truth(data: bytes) -> tuple[DemoGaiji, ...]:
    """What `format_truth` wrote."""
    rows = data.decode().splitlines()[1:]
    return tuple(_parse_row(row.split("\t")) for row in rows)


def _parse_row(fields: Sequence[str]) -> DemoGaiji:
    municipality, local_code, source, kind, stratum, base, intake = fields
    return DemoGaiji(municipality, local_code, int(source[2:], 16), kind, stratum, base, int(intake))
