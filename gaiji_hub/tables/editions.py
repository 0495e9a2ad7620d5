"""版: several editions of a table side by side. The committed tables are always one of them; the others are imported.

An imported edition is a folder `<data>/tables/editions/<table>/<edition>/` with the sorted TSV files that the committed
table of that kind has, and a MANIFEST. It is written whole beside its place and renamed, so it is there or it is not.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.files.durable import folder_lock, sync_folder, write_new
from gaiji_hub.moji.code_system import CODE_SYSTEMS
from gaiji_hub.tables.importing.code_rows import table_name
from gaiji_hub.tables.importing.rows import ReadTable
from gaiji_hub.tables.reader import TableDamaged, TableFile, read_manifests
from gaiji_hub.tables.root import local_tables

MANIFEST = "MANIFEST"
# Kind → its tables; the first one's version names the committed edition.
KINDS = {
    "mj": ("mj", "mj_duplicate_ivs", "mj_reading", "mj_radical", "mj_change"),
    "ivd": ("ivd",),
    "shrink": ("shrink", "shrink_note"),
    "mjplus": ("mjplus",),
}
CODE_TABLES = tuple(
    dict.fromkeys(name for one in CODE_SYSTEMS.values() for name in (table_name(one), one.single) if name)
)
# Columns that the other modules ask for; an edition imported by another version of this program may lack others.
_NEEDED = {
    "mj": ("glyph", "ucs", "implemented_ucs", "ivs", "svs"),
    "mj_duplicate_ivs": ("glyph", "ivs"),
    "mj_reading": ("glyph", "reading"),
    "mj_radical": ("glyph", "radical", "strokes"),
    "mj_change": ("glyph", "change"),
    "shrink": ("glyph", "table", "ucs"),
    "shrink_note": ("glyph",),
    "ivd": ("base", "selector", "collection"),
    "mjplus": ("glyph", "text", "forms", "pua", "shape"),
}
_CODE_COLUMNS = ("code", "ucs", "round_trip")
_EDITION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")
_MAX_MANIFEST = 1 << 20


class BadEditionName(BadInput):
    code = "bad_edition_name"
    template = "版の名前ではありません: {text}（例: mj@006.02。表は {known}、版は英数字と . _ - で40字まで）"


class NoSuchEdition(NotFound):
    code = "no_such_edition"
    template = "その版は入っていません: {name}（{table} の版: {known}）"


class EditionTaken(Conflict):
    code = "edition_taken"
    template = (
        "版 {name} には別の内容が入っています（{difference}）。上書きはしません。別の版の名前で取り込んでください"
    )


def tables_of(kind: str) -> tuple[str, ...]:
    """The tables that an edition of a kind (a key of `KINDS`, or a code table) has."""
    return KINDS.get(kind) or (f"code_{kind}",)


@dataclass(frozen=True, order=True)
class EditionName:
    """`mj@006.02`: a kind of table (or a code table's name) and an edition of it."""

    table: str
    edition: str

    def __str__(self) -> str:
        return f"{self.table}@{self.edition}"

    @staticmethod
    def parse(text: str) -> EditionName:
        table, _, edition = text.partition("@")
        if table not in (*KINDS, *CODE_TABLES) or not _EDITION.fullmatch(edition) or ".." in edition:
            raise BadEditionName(text=text[:60], known="・".join((*KINDS, *CODE_TABLES)))
        return EditionName(table, edition)


@dataclass(frozen=True)
class SourceFile:
    """A file that an edition was read from, as it was called where it was imported."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Origin:
    """What an edition was made of, and how: `options` are the arguments that change what is read."""

    sources: tuple[SourceFile, ...]
    imported: str
    tool: str
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Edition:
    """One edition and its files by table name; `origin` is None for the committed one and for one built here.

    `built_here`: from sources that may not be committed, by `gaiji-hub tables install`.
    """

    name: EditionName
    files: Mapping[str, TableFile]
    origin: Origin | None = None
    built_here: bool = False

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files.values())


class Editions:
    """The committed edition of every kind below `root`, and the imported ones below `<data>/tables/editions`."""

    def __init__(self, root: Path, data: Path) -> None:
        self._root, self._local = root, local_tables(data)
        self._folder = self._local / "editions"

    def all(self) -> tuple[Edition, ...]:
        """Every edition by name, the committed ones among them; without those whose MANIFEST is damaged."""
        found = [*self._committed().values(), *filter(None, map(self._readable, self._installed()))]
        return tuple(sorted(found, key=lambda one: one.name))

    def damaged(self) -> tuple[EditionName, ...]:
        """The imported editions of which something is not as it was written: importing the same file mends them."""
        return tuple(name for name in self._installed() if not _intact(self._readable(name)))

    def open(self, text: str) -> Edition:
        """An edition by its name, or by the path of a folder that has its MANIFEST; `NoSuchEdition`, `TableDamaged`."""
        path = Path(text)
        if "@" not in path.name and (path / MANIFEST).is_file():
            return read_edition(path)
        return self.named(EditionName.parse(text))

    def named(self, name: EditionName) -> Edition:
        committed = self._committed().get(name)
        if committed is not None:
            return committed
        if name in self._installed():
            return self._read(name)
        known = [one.name.edition for one in self.all() if one.name.table == name.table]
        raise NoSuchEdition(name=str(name), table=name.table, known="・".join(known) or "なし")

    def holds(self, name: EditionName, origin: Origin) -> bool:
        """Whether this very import is installed already; `EditionTaken` when the name holds anything else.

        The committed edition has no origin: what was read is compared by `install`.
        """
        if name in self._committed() or name not in self._installed():
            return False
        found = self._readable(name)
        if found is None:
            return False
        old = found.origin
        if old is None or [one.sha256 for one in old.sources] != [one.sha256 for one in origin.sources]:
            raise EditionTaken(name=str(name), difference="元のファイルの SHA-256 が違います")
        if dict(old.options) != dict(origin.options):
            raise EditionTaken(name=str(name), difference="元のファイルは同じですが、読み方の指定が違います")
        return _intact(found)

    def install(self, name: EditionName, tables: Sequence[ReadTable], origin: Origin) -> bool:
        """Install what was read under `name`; False when the same is there already, `EditionTaken` when other is."""
        place = self._folder / name.table
        with folder_lock(place):
            _sweep(place)
            committed = self._committed().get(name)
            if committed is not None:
                _check_same(name, committed, tables)
                return False
            if self.holds(name, origin):
                return False
            self._write(place, name, tables, origin)
        return True

    def _write(self, place: Path, name: EditionName, tables: Sequence[ReadTable], origin: Origin) -> None:
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=place))
        try:
            entries = [_write_table(staging, name, table) for table in tables]
            write_new(staging / MANIFEST, _manifest(name, entries, origin))
            sync_folder(staging)
            staging.chmod(0o755)
            if (place / name.edition).exists():  # damaged: `holds` has said that it is not what was imported
                (place / name.edition).rename(place / f".new-damaged-{staging.name}")
            staging.rename(place / name.edition)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
        sync_folder(place)
        _sweep(place)

    def _committed(self) -> dict[EditionName, Edition]:
        files = read_manifests(self._root, self._local)
        found = (
            self._built(kind, {one: files[one] for one in tables_of(kind)})
            for kind in (*KINDS, *CODE_TABLES)
            if all(one in files for one in tables_of(kind))
        )
        return {edition.name: edition for edition in found}

    def _built(self, kind: str, files: dict[str, TableFile]) -> Edition:
        first = next(iter(files.values()))
        return Edition(EditionName(kind, first.version), files, built_here=first.path.is_relative_to(self._local))

    def _installed(self) -> list[EditionName]:
        return sorted(_named(self._folder))

    def _readable(self, name: EditionName) -> Edition | None:
        """The edition, or None where its MANIFEST cannot be read."""
        try:
            return self._read(name)
        except TableDamaged:
            return None

    def _read(self, name: EditionName) -> Edition:
        return read_edition(self._folder / name.table / name.edition)


def _intact(edition: Edition | None) -> bool:
    """Whether every file of an edition has the bytes that its MANIFEST names."""
    if edition is None:
        return False
    try:
        return all(len(file.lines()) == file.rows for file in edition.files.values())
    except TableDamaged:
        return False


def _named(folder: Path) -> Iterator[EditionName]:
    for table in (*KINDS, *CODE_TABLES):
        place = folder / table
        for path in place.iterdir() if place.is_dir() else ():
            if path.is_dir() and _EDITION.fullmatch(path.name):
                yield EditionName(table, path.name)


def _sweep(place: Path) -> None:
    """What an import that was killed left behind: the lock says that nobody is writing it."""
    for path in place.glob(".new-*"):
        shutil.rmtree(path, ignore_errors=True)


def _write_table(folder: Path, name: EditionName, table: ReadTable) -> dict[str, object]:
    data = table.to_bytes()
    write_new(folder / f"{table.name}.tsv", data)
    return {
        "name": table.name,
        "file": f"{table.name}.tsv",
        "columns": list(table.columns),
        "rows": len(table.rows),
        "sha256": hashlib.sha256(data).hexdigest(),
        "version": name.edition,
    }


def _manifest(name: EditionName, entries: list[dict[str, object]], origin: Origin) -> bytes:
    document = {
        "generated": "gaiji-hub tables import",
        "edition": str(name),
        "imported": origin.imported,
        "tool": origin.tool,
        "sources": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in origin.sources],
        "options": dict(sorted(origin.options.items())),
        "tables": sorted(entries, key=lambda entry: str(entry["name"])),
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def read_edition(folder: Path) -> Edition:
    """The edition of a folder; `TableDamaged` when its MANIFEST is not one of ours."""
    place = f"{folder.parent.name}/{folder.name}/{MANIFEST}"
    try:
        with (folder / MANIFEST).open("rb") as file:
            document = json.loads(file.read(_MAX_MANIFEST))
        name = EditionName.parse(document["edition"])
        files = [_table_file(folder, entry) for entry in document["tables"]]
        for table in files:
            _check_columns(name.table, table)
        return Edition(name, {file.name: file for file in files}, _origin(document))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, BadEditionName) as error:
        raise TableDamaged(file=place, reason=f"目録を読めません（{type(error).__name__}）") from None


def _check_columns(kind: str, file: TableFile) -> None:
    if file.name not in tables_of(kind) or not set(_NEEDED.get(file.name, _CODE_COLUMNS)) <= set(file.columns):
        raise ValueError(file.name)


def rows_of(file: TableFile) -> Iterator[dict[str, str]]:
    """The rows of a table, column → cell; `TableDamaged` when a line has another number of cells."""
    for number, line in enumerate(file.lines(), start=2):
        cells = line.split("\t")
        if len(cells) != len(file.columns):
            raise TableDamaged(file=file.path.name, reason=f"{number} 行目の列の数が違います")
        yield dict(zip(file.columns, cells, strict=True))


def _table_file(folder: Path, entry: dict[str, Any]) -> TableFile:
    if Path(str(entry["file"])).name != entry["file"]:
        raise ValueError(entry["file"])
    columns = tuple(map(str, entry["columns"]))
    path, rows = folder / str(entry["file"]), int(entry["rows"])
    return TableFile(str(entry["name"]), path, columns, rows, str(entry["sha256"]), str(entry["version"]))


def _origin(document: dict[str, Any]) -> Origin:
    sources = tuple(SourceFile(one["name"], one["sha256"], one["size"]) for one in document["sources"])
    return Origin(sources, document["imported"], document["tool"], document["options"])


def _check_same(name: EditionName, committed: Edition, tables: Sequence[ReadTable]) -> None:
    for table in tables:
        digest = hashlib.sha256(table.to_bytes()).hexdigest()
        if table.name not in committed.files or committed.files[table.name].sha256 != digest:
            raise EditionTaken(name=str(name), difference=f"製品に入っている {table.name} と中身が違います")
