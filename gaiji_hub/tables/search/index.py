"""The search index on disk: made once per set of tables, kept in the cache, opened read-only."""

from __future__ import annotations

import bisect
import hashlib
import json
import os
import sqlite3
import sys
import threading
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gaiji_hub.errors import Unavailable
from gaiji_hub.files.durable import folder_lock, sync_folder
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.search.build import build_apart, index_inputs
from gaiji_hub.tables.search.curated import EXTRA_IDS, PART_VARIANTS, curated_path
from gaiji_hub.tables.search.equivalents import NO_OTHERS, Equivalents

FORMAT = 2  # to be raised when `build` writes something else from the same tables
Say = Callable[[str], None]


class IndexDamaged(Unavailable):
    code = "search_index_damaged"
    template = "検索用の索引を読めません（{reason}）。キャッシュの search フォルダを消してから、もう一度お試しください"


@dataclass(frozen=True)
class Shown:
    """What a result shows of a glyph."""

    glyph: GlyphId
    kind: str
    text: str | None
    strokes: int | None
    policy: str | None
    koseki_number: str | None
    juki_code: str | None
    readings: tuple[str, ...]
    radicals: tuple[str, ...]


class SearchIndex:
    """Look-ups by kind and key. Thread-safe; `editions` names the tables it was made of."""

    def __init__(self, path: Path, editions: dict[str, str]) -> None:
        self.editions = editions
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[array[int], array[int]]] = {}  # 0.5 MB a kind, kept once asked for
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        try:
            self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            self.size = int(self._connection.execute("SELECT count(*) FROM glyph").fetchone()[0])
        except sqlite3.Error as error:
            raise IndexDamaged(reason=type(error).__name__) from None

    def close(self) -> None:
        self._connection.close()

    @property
    def has_ids(self) -> bool:
        return "ids" in self.editions

    def numbers(self, kind: str, key: str) -> array[int]:
        """The list of a key; empty when there is none."""
        rows = self._rows("SELECT data FROM entry WHERE kind = ? AND key = ?", (kind, key))
        return _numbers(rows[0][0]) if rows else array("I")

    def between(self, kind: str, first: str, last: str) -> list[tuple[str, array[int]]]:
        """Key and list of every key from `first` to `last`, both included."""
        query = "SELECT key, data FROM entry WHERE kind = ? AND key BETWEEN ? AND ?"
        return [(key, _numbers(data)) for key, data in self._rows(query, (kind, first, last))]

    def text(self, kind: str, key: str) -> str | None:
        rows = self._rows("SELECT data FROM entry WHERE kind = ? AND key = ?", (kind, key))
        return str(rows[0][0], "utf-8") if rows else None

    def equivalents(self, part: str) -> Equivalents:
        found = self.text("equivalent", part)
        return Equivalents(*map(tuple, json.loads(found))) if found else NO_OTHERS

    def shown(self, numbers: Sequence[int]) -> list[Shown]:
        """What is shown of the glyphs, in the order asked for."""
        marks = ", ".join("?" * len(numbers))
        query = f"SELECT * FROM glyph WHERE id IN ({marks})"  # noqa: S608 - nothing but question marks
        rows = {row[0]: row[1:] for row in self._rows(query, tuple(numbers))}
        return [_shown(rows[number]) for number in numbers]

    def coded(self, kind: str, first: int, last: int) -> array[int]:
        """The glyphs whose code lies in a range."""
        values, glyphs = self._code_list(kind)
        return glyphs[bisect.bisect_left(values, first) : bisect.bisect_right(values, last)]

    def part_leaves(self, part: str) -> int:
        """How many parts a part is made of in the end; 1 when it is not taken apart."""
        characters = self.numbers("graph", "characters")
        at = bisect.bisect_left(characters, ord(part))
        known = at < len(characters) and characters[at] == ord(part)
        return self.numbers("graph", "leaves")[at] if known else 1

    @cached_property
    def strokes(self) -> array[int]:
        """Total strokes of each glyph, 0 where none are given."""
        return self.numbers("column", "strokes")

    @cached_property
    def leaves(self) -> array[int]:
        """Parts of each glyph when taken apart to the end."""
        return self.numbers("column", "leaves")

    @cached_property
    def places(self) -> array[int]:
        """The place of each glyph by its standing, the strokes of its character and its number."""
        standing, strokes = self.numbers("column", "standing"), self.numbers("column", "order")
        order = sorted(range(self.size), key=lambda number: (standing[number], strokes[number]))
        places = array("I", bytes(4 * self.size))
        for place, number in enumerate(order):
            places[number] = place
        return places

    def _code_list(self, kind: str) -> tuple[array[int], array[int]]:
        if kind not in self._codes:
            self._codes[kind] = self.numbers("code value", kind), self.numbers("code glyph", kind)
        return self._codes[kind]

    def _rows(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise IndexDamaged(reason=type(error).__name__) from None


def open_index(cache: Path, tables: Tables, say: Say) -> SearchIndex:
    """The index of these tables from `<cache>/search`, made first where it is not there yet (a few seconds)."""
    editions = {name: edition for name, edition in tables.all_editions.items() if name in index_inputs(tables)}
    folder = cache / "search"
    path = folder / f"{_name(tables, editions)}.db"
    if not path.exists():
        with folder_lock(folder):
            if not path.exists():
                say("文字検索の索引を作っています（初回だけ、10秒ほど）")
                _make(path, tables)
    return SearchIndex(path, editions)


def _make(path: Path, tables: Tables) -> None:
    """Build beside `path`, then move there whole and synced."""
    with TemporaryDirectory(prefix=".building-", dir=path.parent) as name:
        fresh = build_apart(Path(name), tables)
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    sync_folder(path.parent)


def _name(tables: Tables, editions: dict[str, str]) -> str:
    """A hash of everything the content depends on."""
    hashes = {name: tables.files[name].sha256 for name in editions}
    curated = [
        hashlib.sha256(curated_path(tables.files, name).read_bytes()).hexdigest() for name in (PART_VARIANTS, EXTRA_IDS)
    ]
    told = json.dumps([FORMAT, sys.byteorder, sorted(hashes.items()), curated])
    return hashlib.sha256(told.encode()).hexdigest()


def _numbers(data: bytes) -> array[int]:
    numbers = array("I")
    numbers.frombytes(data)
    return numbers


def _shown(row: tuple[Any, ...]) -> Shown:
    glyph, kind, text, strokes, policy, koseki, juki, readings, radicals = row
    listed = tuple(filter(None, readings.split("\t")))
    return Shown(GlyphId(glyph), kind, text, strokes, policy, koseki, juki, listed, tuple(radicals.split()))
