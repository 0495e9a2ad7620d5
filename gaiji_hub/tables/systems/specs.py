"""The code tables: which sources each is read from, and the table of conflicts between sources.

A code table has the columns of `CODE_COLUMNS`; user-defined codes are not in it (they are linear, `moji.code_system`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from gaiji_hub.moji.code_system import code_system
from gaiji_hub.moji.text import is_pua
from gaiji_hub.tables.columns import Column, TableSpec, Values
from gaiji_hub.tables.systems.conflicts import CONFLICTS
from gaiji_hub.tables.systems.corrections import CORRECTED, CORRECTIONS, corrected
from gaiji_hub.tables.systems.jis_sets import JIS_SETS, euc_jis_2004
from gaiji_hub.tables.systems.page import Prefer, Said, code_rows
from gaiji_hub.tables.systems.sources import facts, jacode4e, jef4j

CODE_COLUMNS = (
    Column("code", "code"),
    Column("ucs", "text", ucs=True),
    Column("round_trip", "kind"),
    Column("back", "back"),
    Column("note", "note"),
)
Parse = Callable[[Path], Iterable[Said]]
_SUBSTITUTE = "\x1a"
# What KEIS90 adds to KEIS83 within the area of regular characters: row 9F, and the two of JIS X 0208-1990.
_KEIS90_ADDS = (0x9F, 0xF4)


def _table(
    name: str, source: str, parse: Parse, other: str = "", keep: Callable[[Said], bool] | None = None
) -> TableSpec:
    """A code table read from one source; `other` is the one that decides where the first is of two minds."""

    def read(files: Mapping[str, Path]) -> Iterator[Values]:
        said = parse(files[source])
        rows = corrected(name, said if keep is None else filter(keep, said), files.get(CORRECTIONS))
        return (row.values() for row in code_rows(rows, _preference(files[other]) if other else _nobody))

    others = (other,) if other else ()
    curated = CORRECTIONS if name in CORRECTED else ""
    return TableSpec(f"code_{name}", "mappings", source, CODE_COLUMNS, read=read, others=others, curated=curated)


def _nobody(_code: bytes, _text: str) -> bool:
    return False


def _preference(path: Path) -> Prefer:
    """The other source knows bases only: it prefers a text whose base it has at the code."""
    known = {row.code: row.text for row in jacode4e(path)}
    return lambda code, text: known.get(code) == text[0]


def _regular(system: str) -> Callable[[Said], bool]:
    """Everything but the linear private-use assignment of the system's user-defined codes."""
    contains = code_system(system).contains

    def keep(said: Said) -> bool:
        linear = said.text is not None and len(said.text) == 1 and is_pua(ord(said.text))
        return not (linear and contains(int.from_bytes(said.code, "big")))

    return keep


def _of_length(system: str, length: int) -> Callable[[Said], bool]:
    """The codes of one length. A one-byte code read as SUBSTITUTE that is not SUBSTITUTE's own is unassigned."""
    regular = _regular(system)

    def keep(said: Said) -> bool:
        if len(said.code) != length:
            return False
        return regular(said) if length > 1 else said.text != _SUBSTITUTE or said.writes

    return keep


def _keis90(files: Mapping[str, Path]) -> Iterator[Values]:
    """KEIS83 with what only the other source knows of KEIS90; each such row says `one_source`."""
    base = list(jef4j(files["jef4j-hitachi-keis83"]))
    codes = {said.code for said in base}
    added = [
        Said(said.code, said.text, note="one_source")
        for said in jacode4e(files["jacode4e-keis90"])
        if said.code[0] in _KEIS90_ADDS and said.code not in codes
    ]
    return (row.values() for row in code_rows([*base, *added], _preference(files["jacode4e-keis90"])))


def _letsj(path: Path) -> Iterator[Said]:
    return (Said(said.code, said.text, said.reads, said.writes, "one_source") for said in jacode4e(path))


_SINGLE_HOSTS = ("fujitsu-ebcdik", "fujitsu-ebcdic", "fujitsu-ascii", "hitachi-ebcdik", "hitachi-ebcdic")

CODE_TABLES: tuple[TableSpec, ...] = (
    _table("cp932", "iconv-cp932", facts, keep=_regular("cp932")),
    _table("euc-jp-ms", "iconv-euc-jp-ms", facts, keep=_regular("euc-jp-ms")),
    _table("shift-jis-2004", "python-shift-jis-2004", facts, keep=_regular("shift-jis-2004")),
    _table("euc-jis-2004", "python-shift-jis-2004", euc_jis_2004),
    _table("ibm-kanji", "iconv-ibm930", facts, keep=_of_length("ibm930", 2)),
    _table("ibm-kanji-2004", "iconv-ibm1390", facts, keep=_of_length("ibm1390", 2)),
    *(
        _table(f"ibm{number}-single", f"iconv-ibm{number}", facts, keep=_of_length(f"ibm{number}", 1))
        for number in ("930", "939", "1390", "1399")
    ),
    *JIS_SETS,
    *(_table(name, f"jef4j-{name}", jef4j) for name in (*_SINGLE_HOSTS, "nec-ebcdik", "nec-jis8")),
    *(
        _table(f"jef{suffix}", "jef4j-fujitsu-jef", partial(jef4j, selector=suffix[1:]), "jacode4e-jef")
        for suffix in ("", "-hd", "-aj1")
    ),
    *(_table(f"keis{year}", f"jef4j-hitachi-keis{year}", jef4j, f"jacode4e-keis{year}") for year in ("78", "83")),
    TableSpec(
        "code_keis90", "mappings", "jacode4e-keis90", CODE_COLUMNS, read=_keis90, others=("jef4j-hitachi-keis83",)
    ),
    _table("jips", "jef4j-nec-jips", jef4j, "jacode4e-jipsj"),
    _table("letsj", "jacode4e-letsj", _letsj),
    CONFLICTS,
)
