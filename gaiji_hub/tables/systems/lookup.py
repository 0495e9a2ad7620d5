"""Code systems with their tables: code → text, text → code, the round-trip class of every code, conflicts of sources.

A system is one-byte codes, two-byte codes and a user-defined area (`moji.code_system`), each from a table of its own.
A text that both a one-byte and a two-byte code have is written as the one-byte code. Host tables are built on each
machine; a system whose tables are not there says so (`TableNotInstalled`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from gaiji_hub.errors import Unavailable
from gaiji_hub.moji.code_system import CODE_SYSTEMS, CodeSystem, code_system
from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.tables.reader import TableFile, read_manifests
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.systems.page import CodeRow, RoundTrip

USER_DEFINED = "user_defined"
_ON_ONE_BYTE = "one_byte_code_first"


class TableNotInstalled(Unavailable):
    code = "table_not_installed"
    template = (
        "{title} の対応表（{table}）はこのコンピュータに入っていません。同梱できない表です。"
        "源泉を置いて gaiji-hub tables install を実行してください"
    )


@dataclass(frozen=True)
class Conflict:
    """What another source, or the same one twice, says of a code; `text` is what the table has and `why`."""

    code: str
    kind: str
    text: str
    source: str
    other_text: str
    other_source: str
    why: str


class SystemTable:
    """One code system, both ways. `encode` is the inverse of `decode` for every code of class `both`."""

    def __init__(self, system: CodeSystem, rows: Mapping[bytes, tuple[CodeRow, ...]], editions: dict[str, str]) -> None:
        self.system = system
        self.editions = editions
        self._rows = rows

    @cached_property
    def decoding(self) -> dict[bytes, str]:
        """Code → text of every regular code that has one."""
        read = (RoundTrip.BOTH, RoundTrip.DECODE_ONLY)
        return {row.code: row.text for row in self.rows() if row.text is not None and row.kind in read}

    @cached_property
    def encoding(self) -> dict[str, bytes]:
        """Text → the code it is written as, regular codes only."""
        written = (RoundTrip.BOTH, RoundTrip.ENCODE_ONLY)
        return {row.text: row.code for row in self.rows() if row.text is not None and row.kind in written}

    def decode(self, code: bytes) -> str | None:
        """The text of one code: regular, or the conventional private code point of a user-defined one; else None."""
        found = self.decoding.get(code)
        value = int.from_bytes(code, "big")
        if found is None and len(code) > 1 and self.system.contains(value):
            return chr(self.system.to_pua(value))
        return found

    def encode(self, text: str) -> bytes | None:
        """The code of one character (base with its selector), or None."""
        found = self.encoding.get(text)
        if found is None and len(text) == 1 and (value := self.system.from_pua(ord(text))) is not None:
            code = value.to_bytes((value.bit_length() + 7) // 8, "big")
            # KEIS90 has regular characters in row 9F of the user-defined area: their private code points have no code.
            return None if code in self.decoding else code
        return found

    def rows(self) -> Iterator[CodeRow]:
        """Every row of the regular codes, ascending by length and code."""
        for code in sorted(self._rows, key=lambda code: (len(code), code)):
            yield from self._rows[code]

    def rows_of(self, code: bytes) -> tuple[CodeRow, ...]:
        """What the tables say of one code; a user-defined code has one row of class `both`, noted as such."""
        rows = self._rows.get(code)
        if rows is None and (text := self.decode(code)) is not None:
            return (CodeRow(code, text, RoundTrip.BOTH, note=USER_DEFINED),)
        return rows or ()

    def not_coming_back(self) -> tuple[CodeRow, ...]:
        """The codes that are read but come back as another code or not at all: known before any file is converted."""
        return tuple(row for row in self.rows() if row.kind is RoundTrip.DECODE_ONLY)

    def collisions(self) -> dict[str, tuple[bytes, ...]]:
        """Text → its codes, the one that is written first, for every text that several codes are read as."""
        codes: dict[str, list[bytes]] = defaultdict(list)
        for code, text in self.decoding.items():
            codes[text].append(code)
        written = self.encoding
        return {
            text: tuple(sorted(found, key=lambda code: (code != written.get(text), code)))
            for text, found in codes.items()
            if len(found) > 1
        }


class Systems:
    """The code systems of one set of tables."""

    def __init__(self, files: Mapping[str, TableFile]) -> None:
        self._files = files
        self._opened: dict[str, SystemTable] = {}

    @staticmethod
    def load(local: Path | None = None, root: Path | None = None) -> Systems:
        """The systems of the committed tables and of those installed in `local` (a data folder's `tables`)."""
        return Systems(read_manifests(data_root() if root is None else root, local))

    @property
    def files(self) -> Mapping[str, TableFile]:
        """The tables by name, for what reads them directly."""
        return self._files

    def installed(self) -> tuple[str, ...]:
        """The names of the systems whose tables are all there."""
        return tuple(name for name, system in CODE_SYSTEMS.items() if all(map(self._has, _parts(system))))

    def table(self, name: str) -> SystemTable:
        """A system by name; `UnknownCodeSystem`, or `TableNotInstalled` when a table of it is not there."""
        system = code_system(name)
        found = self._opened.get(system.name)
        if found is None:
            found = self._opened[system.name] = self._open(system)
        return found

    def conflicts(self, name: str, code: bytes) -> tuple[Conflict, ...]:
        """What the sources disagree about, for a code of a system."""
        system = code_system(name)
        written = system.plain(code).hex().upper()
        return tuple(
            conflict
            for part in _parts(system)
            for conflict in self._conflicts.get(part.removesuffix("-hd").removesuffix("-aj1"), ())
            if conflict.code == written
        )

    def _has(self, table: str) -> bool:
        return f"code_{table}" in self._files

    def _open(self, system: CodeSystem) -> SystemTable:
        for part in _parts(system):
            if not self._has(part):
                raise TableNotInstalled(title=system.title, table=part)
        files = [self._files[f"code_{part}"] for part in _parts(system)]
        pages = [_read(file, system) for file in files]
        return SystemTable(system, _one_byte_first(pages), {file.name: file.edition for file in files})

    @cached_property
    def _conflicts(self) -> dict[str, list[Conflict]]:
        found: dict[str, list[Conflict]] = defaultdict(list)
        file = self._files.get("code_conflicts")
        for line in file.lines() if file else ():
            table, code, kind, text, source, other, other_source, why = line.split("\t")
            found[table].append(Conflict(code, kind, _text(text), source, _text(other), other_source, why))
        return found


def _parts(system: CodeSystem) -> tuple[str, ...]:
    """The names of a system's tables, one-byte codes first; none for Unicode."""
    double = f"{system.double}-{system.selectors}" if system.selectors else system.double
    return tuple(part for part in (system.single, double) if part)


def _read(file: TableFile, system: CodeSystem) -> dict[bytes, tuple[CodeRow, ...]]:
    rows: dict[bytes, list[CodeRow]] = defaultdict(list)
    for line in file.lines():
        code, ucs, kind, back, note = line.split("\t")
        raw = system.written(bytes.fromhex(code))
        rows[raw].append(
            CodeRow(
                raw, _text(ucs) or None, RoundTrip(kind), system.written(bytes.fromhex(back)) if back else b"", note
            )
        )
    return {code: tuple(found) for code, found in rows.items()}


def _one_byte_first(pages: list[dict[bytes, tuple[CodeRow, ...]]]) -> dict[bytes, tuple[CodeRow, ...]]:
    """All rows of a system: what a one-byte code writes, a two-byte code no longer does."""
    if len(pages) < 2:
        return pages[0] if pages else {}
    single, double = pages
    written = {
        row.text: row.code
        for rows in single.values()
        for row in rows
        if row.text is not None and row.kind in (RoundTrip.BOTH, RoundTrip.ENCODE_ONLY)
    }
    return single | {code: tuple(_second(row, written) for row in rows) for code, rows in double.items()}


def _second(row: CodeRow, written: Mapping[str, bytes]) -> CodeRow:
    first = written.get(row.text) if row.text is not None else None
    if first is None or row.kind is RoundTrip.NONE:
        return row
    kind = RoundTrip.DECODE_ONLY if row.kind is not RoundTrip.ENCODE_ONLY else RoundTrip.NONE
    return CodeRow(row.code, row.text, kind, first, f"{row.note} {_ON_ONE_BYTE}".strip())


def _text(cell: str) -> str:
    return parse_ucs(cell) if cell else ""
