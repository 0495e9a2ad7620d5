"""符号表の食い違い: where two independent sources give a code other characters, or one source gives it two.

Every value is kept, with the one the code table takes and why (invariant 2: nothing is settled silently). Codes that
only one source has are counted per table, not listed: a list of thousands hides the few that matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from gaiji_hub.tables.columns import Column, TableSpec, Values
from gaiji_hub.tables.systems.corrections import CORRECTIONS, Correction, corrected, read_corrections
from gaiji_hub.tables.systems.difference import Difference, differences
from gaiji_hub.tables.systems.page import Said
from gaiji_hub.tables.systems.sources import jacode4e, jef4j

# Code table → its source and the independent one.
COMPARED = {
    "jef": ("jef4j-fujitsu-jef", "jacode4e-jef"),
    "keis78": ("jef4j-hitachi-keis78", "jacode4e-keis78"),
    "keis83": ("jef4j-hitachi-keis83", "jacode4e-keis83"),
    "keis90": ("jef4j-hitachi-keis83", "jacode4e-keis90"),
    "jips": ("jef4j-nec-jips", "jacode4e-jipsj"),
}
SAME_SOURCE, CORRECTED_BY_HAND = "two_in_one_source", "corrected"
AGREED, FIRST, LOWEST = "other_source_agrees", "first_source_kept", "first_row_kept"
_COLUMNS = (
    Column("table", "table"),
    Column("code", "code"),
    Column("kind", "kind"),
    Column("ucs", "text", ucs=True),
    Column("source", "source"),
    Column("other_ucs", "other_text", ucs=True),
    Column("other_source", "other_source"),
    Column("why", "why"),
)


def read_conflicts(files: Mapping[str, Path]) -> Iterator[Values]:
    """One row per code and rejected value; `ucs` is what the table has, from `source`."""
    corrections = read_corrections(files[CORRECTIONS])
    for name in ("nec-jis8", "nec-ebcdik", "hitachi-ebcdic"):
        yield from _put_right(name, f"jef4j-{name}", list(jef4j(files[f"jef4j-{name}"])), corrections)
    for table, (first, second) in COMPARED.items():
        source = list(jef4j(files[first]))
        yield from _put_right(table, first, source, corrections)
        said = list(corrected(table, source, files[CORRECTIONS]))
        other = {row.code: row.text for row in jacode4e(files[second]) if row.text}
        chosen = {row.code: row.text for row in said if row.text and row.reads}
        for code, texts in _several(said).items():
            agreed = next((text for text in texts if other.get(code) == text[0]), None)
            chosen[code] = agreed or texts[0]
            for rejected in texts:
                if rejected != chosen[code]:
                    why = AGREED if agreed else LOWEST
                    yield (table, code.hex().upper(), SAME_SOURCE, chosen[code], first, rejected, first, why)
        for code, kind in differences(chosen, other).items():
            yield (table, code.hex().upper(), kind.value, chosen[code], first, other[code], second, FIRST)


def _put_right(table: str, source: str, said: list[Said], corrections: list[Correction]) -> Iterator[Values]:
    """One row per value of the source that a correction replaced by another."""
    for correction in corrections:
        if correction.table == table:
            texts = dict.fromkeys(row.text for row in said if row.code == correction.code)
            for text in texts:
                if text != correction.text:
                    code = correction.code.hex().upper()
                    yield (
                        table,
                        code,
                        CORRECTED_BY_HAND,
                        correction.text,
                        CORRECTIONS,
                        text,
                        source,
                        correction.reason,
                    )


def _several(said: list[Said]) -> dict[bytes, list[str]]:
    """Codes that the source reads as more than one text, without saying why."""
    texts: dict[bytes, list[str]] = defaultdict(list)
    for row in said:
        if row.text is not None and row.reads and row.text not in texts[row.code]:
            texts[row.code].append(row.text)
    return {code: found for code, found in texts.items() if len(found) > 1}


_SINGLE = ("jef4j-nec-jis8", "jef4j-nec-ebcdik", "jef4j-hitachi-ebcdic")
_SOURCES = (*dict.fromkeys(source for pair in COMPARED.values() for source in pair), *_SINGLE)
CONFLICTS = TableSpec(
    "code_conflicts",
    "mappings",
    _SOURCES[0],
    _COLUMNS,
    read=read_conflicts,
    others=_SOURCES[1:],
    curated=CORRECTIONS,
)

KIND_LABELS = {
    **{kind.value: kind.label for kind in Difference},
    SAME_SOURCE: "同じ資料に二つの文字がある",
    CORRECTED_BY_HAND: "資料の誤りを訂正した",
}
WHY_LABELS = {
    AGREED: "もう一つの資料と一致するほうを採った",
    FIRST: "主とする資料の文字を採った",
    LOWEST: "資料で先にある行を採った",
}
