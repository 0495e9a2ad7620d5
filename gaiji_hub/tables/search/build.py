"""The search index: one SQLite file made from the tables. The same tables give the same content anywhere.

`entry` holds sorted lists of numbers by kind and key; a number is the place of a glyph in `Tables.glyphs()`. `glyph`
holds what a result shows. Numbers are 4 bytes in the order of this machine's processor: the file never leaves it.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from gaiji_hub.limits.child import MB, run_limited
from gaiji_hub.tables.character import MjCharacter
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.reader import TableFile
from gaiji_hub.tables.relations import text_of
from gaiji_hub.tables.search.codes import codes_of
from gaiji_hub.tables.search.curated import EXTRA_IDS, curated_rows
from gaiji_hub.tables.search.decompose import Decompositions
from gaiji_hub.tables.search.equivalents import NO_OTHERS, Equivalents, made_key, read_equivalents
from gaiji_hub.tables.search.kana import reading_key

SCHEMA = """
CREATE TABLE entry (kind TEXT NOT NULL, key TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE glyph (
    id INTEGER PRIMARY KEY, glyph TEXT NOT NULL, kind TEXT NOT NULL, text TEXT, strokes INTEGER,
    policy TEXT, koseki TEXT, juki TEXT, readings TEXT NOT NULL, radicals TEXT NOT NULL
);
"""
Lists = dict[str, dict[str, "array[int]"]]
_FILE = "index.db"
_MANY = 1000  # strokes: where none are given
_POLICIES = {"常用漢字": 0, "人名用漢字": 1}


def build_apart(folder: Path, tables: Tables) -> Path:
    """The index as a new file in an empty folder, made by a child process: it takes 400 MB for a while."""
    files = {name: {**asdict(file), "path": str(file.path)} for name, file in tables.files.items()}
    run_limited(
        "gaiji_hub.tables.search.build:build_here",
        json.dumps(files).encode(),
        memory=2_000 * MB,
        cpu_seconds=300,
        wall_seconds=900,
        folder=folder,
        what="文字検索の索引作り",
    )
    return folder / _FILE


def build_here(payload: bytes) -> bytes:
    """In the child: the index of the described tables, in the current folder."""
    described = json.loads(payload)
    files = {
        name: TableFile(**{**facts, "path": Path(facts["path"]), "columns": tuple(facts["columns"])})
        for name, facts in described.items()
    }
    build_index(Path(_FILE), Tables(files))
    return b""


def build_index(path: Path, tables: Tables) -> None:
    """Write the index to `path`, which must not exist yet."""
    glyphs = [c for glyph in tables.glyphs() if (c := tables.character(glyph))]
    equivalents = read_equivalents(tables.files)
    lists: Lists = defaultdict(lambda: defaultdict(lambda: array("I")))
    _index_glyphs(lists, tables, glyphs)
    _index_parts(lists, tables, glyphs, equivalents)
    texts = {
        "equivalent": {name: json.dumps([e.same, e.forms], ensure_ascii=False) for name, e in equivalents.items()},
        "radical": _radical_names(tables, equivalents),
    }
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + SCHEMA)
        with connection:
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?)", sorted(_blobs(lists, texts)))
            connection.executemany(
                "INSERT INTO glyph VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (_shown(tables, number, character) for number, character in enumerate(glyphs)),
            )


def _blobs(lists: Lists, texts: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[str, str, bytes]]:
    for kind, keys in lists.items():
        for key, numbers in keys.items():
            yield kind, key, numbers.tobytes()
    for kind, named in texts.items():
        for key, text in named.items():
            yield kind, key, text.encode()


def _shown(tables: Tables, number: int, character: MjCharacter) -> tuple[object, ...]:
    radicals = " ".join(f"{r.character}{r.strokes}" for r in tables.radicals(character.glyph))
    return (
        number,
        character.glyph,
        character.kind,
        character.text,
        character.strokes,
        character.kanji_shisaku,
        character.koseki_number,
        character.juki_code,
        "\t".join(tables.readings(character.glyph)),
        radicals,
    )


def _index_glyphs(lists: Lists, tables: Tables, glyphs: list[MjCharacter]) -> None:
    codes: dict[str, list[tuple[int, int]]] = defaultdict(list)
    usual = {character.text: character.strokes for character in glyphs}  # of the glyph a character stands for
    for number, character in enumerate(glyphs):
        for key in dict.fromkeys(map(reading_key, tables.readings(character.glyph))):
            lists["reading"][key].append(number)
        for radical in tables.radicals(character.glyph):
            lists["inner"][f"{radical.number:03d}:{_strokes(radical.strokes)}"].append(number)
        if character.strokes is not None:
            lists["strokes"][f"{character.strokes:03d}"].append(number)
        for kind, value in codes_of(character):
            codes[kind].append((value, number))
        lists["column"]["strokes"].append(character.strokes or 0)
        lists["column"]["standing"].append(_standing(character))
        lists["column"]["order"].append(usual.get(character.ucs or "") or character.strokes or _MANY)
    for kind, pairs in codes.items():
        for value, number in sorted(pairs):
            lists["code value"][kind].append(value)
            lists["code glyph"][kind].append(number)


def _strokes(published: str) -> str:
    """A key that sorts as a number; `-` (none given) below all."""
    return f"{int(published):03d}" if published.isdigit() else published


def _standing(character: MjCharacter) -> int:
    """How usual a character is: 常用, 人名用, JIS X 0213, JIS X 0212, encoded, the rest (0–5)."""
    if character.kanji_shisaku in _POLICIES:
        return _POLICIES[character.kanji_shisaku]
    facts = (character.x0213, character.x0212, character.implemented_ucs)
    return next((place for place, fact in enumerate(facts, start=2) if fact), 5)


def _index_parts(
    lists: Lists, tables: Tables, glyphs: list[MjCharacter], equivalents: Mapping[str, Equivalents]
) -> None:
    """Which glyphs contain a part, which are made of nothing else, and the graph that patterns are matched against.

    Nothing without the IDS table.
    """
    if "ids" not in tables.files:
        return
    rows = (line.split("\t") for line in tables.files["ids"].lines())
    published = ((text_of(ucs), text_of(ids)) for ucs, _, ids in rows)
    extra = ((text_of(ucs), text_of(ids)) for ucs, ids, *_ in curated_rows(tables.files, EXTRA_IDS))
    found = Decompositions(chain(published, extra))
    for number, character in enumerate(glyphs):
        base = character.ucs if character.kind == "kanji" else None
        lists["column"]["leaves"].append(found.leaves(base) if base else 0)
        for part, count in (found.parts(base) if base else {}).items():
            for times in range(1, count + 1):
                lists["part"][f"{part}{times}"].append(number)
        for key in _made(found, base, equivalents) if base else ():
            lists["made"][key].append(number)
    _index_graph(lists, found)


def _made(found: Decompositions, character: str, equivalents: Mapping[str, Equivalents]) -> list[str]:
    """The keys of the character itself and of the parts that its IDS are written with."""
    written = ((character,), *found.written(character))
    return list(dict.fromkeys(made_key(parts, lambda part: equivalents.get(part, NO_OTHERS)) for parts in written))


def _index_graph(lists: Lists, found: Decompositions) -> None:
    """Nodes are numbered: characters in code point order, then everything else in the order of its name."""
    rows = list(found.rows())
    names = {name for _, whole, parts in rows for name in (whole, *parts)}
    ordered = sorted(names, key=lambda name: (len(name) > 1, name))
    at = {name: number for number, name in enumerate(ordered)}
    lists["graph"]["characters"].extend(ord(name) for name in ordered if len(name) == 1)
    lists["graph"]["leaves"].extend(found.leaves(name) for name in ordered if len(name) == 1)
    for name in sorted(found.alike.keys() & at.keys()):
        for character in sorted(set(found.alike[name]) & at.keys()):
            lists["alike"][character].append(at[name])
    for operator, whole, parts in sorted((o, at[w], tuple(at[p] for p in ps)) for o, w, ps in rows):
        lists["graph"][f"{operator} whole"].append(whole)
        for place, part in enumerate(parts):
            lists["graph"][f"{operator} {place}"].append(part)


def _radical_names(tables: Tables, equivalents: Mapping[str, Equivalents]) -> dict[str, str]:
    """Character → numbers of the radicals it names: a radical's own characters, else those it is a form of."""
    own: dict[str, str] = {}
    for line in tables.files["radicals"].lines():
        _, number, _, *characters = line.split("\t")
        for cell in filter(None, characters):
            own.setdefault(text_of(cell), number)
    names = dict(own)
    for character, others in equivalents.items():
        numbers = sorted({int(own[other]) for other in (*others.same, *others.forms) if other in own})
        if character not in own and numbers:
            names[character] = " ".join(map(str, numbers))
    return names


def index_inputs(tables: Tables) -> tuple[str, ...]:
    """The names of the tables an index is made of."""
    wanted: Iterable[str] = (
        *("mj", "mj_duplicate_ivs", "mj_without_text", "mj_reading", "mj_radical", "hentaigana", "hentaigana_phonetic"),
        *("radicals", "radical_equivalent", "ids", "variant"),
    )
    return tuple(name for name in wanted if name in tables.files)
