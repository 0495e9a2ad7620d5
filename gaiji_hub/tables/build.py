"""Build: verified archives → sorted TSV + MANIFEST. The same archives give the same bytes anywhere."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.files.durable import new_folder, write_atomic
from gaiji_hub.tables.catalogue import committed, local, needed
from gaiji_hub.tables.columns import Row, TableSpec, parse_row
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.provenance import KeptTable, kept_tables, provenance
from gaiji_hub.tables.root import FOLDERS

MANIFEST = "MANIFEST"


class BadDatabase(BadInput):
    code = "bad_source_database"
    template = "源泉 {id} を表 {table} として読めません: {reason}"


@dataclass(frozen=True)
class BuiltTable:
    """One table as bytes. `rows` without the header line."""

    table: TableSpec
    rows: int
    data: bytes


def build(root: Path, out: Path, archives: Mapping[str, Path]) -> dict[str, int]:
    """Write the tables that may be committed: `<out>/<folder>/built/*.tsv` and MANIFEST; returns table name → rows.

    `root` has the `sources.toml` files; `archives` maps archive ids to the verified files.
    """
    counts: dict[str, int] = {}
    for folder in FOLDERS:
        manifest = load_manifest(root / folder)
        counts |= _write(out / folder / "built", root, committed(folder, manifest), archives)
    return counts


def install(root: Path, out: Path, archives: Mapping[str, Path]) -> dict[str, int | None]:
    """Write the tables that may not be committed, as far as `archives` has their sources.

    Returns table name → rows, or None for a table whose sources are not on this machine. The folder is replaced as a
    whole, so that no table of an older set stays; one that was built from the very sources of the manifest is kept
    when they are no longer at hand.
    """
    counts: dict[str, int | None] = {}
    for folder in FOLDERS:
        manifest = load_manifest(root / folder)
        tables = local(folder, manifest)
        at_hand = [table for table in tables if needed(table, manifest) <= archives.keys()]
        counts |= dict.fromkeys(table.name for table in tables)
        built = out / folder / "built"
        kept = kept_tables(built, [table for table in tables if table not in at_hand], root)
        if at_hand or kept:
            with new_folder(built) as fresh:
                counts |= _write(fresh, root, at_hand, archives, kept)
    return counts


def _write(
    target: Path, root: Path, tables: Sequence[TableSpec], archives: Mapping[str, Path], kept: Sequence[KeptTable] = ()
) -> dict[str, int]:
    built = [build_table(table, root, archives) for table in tables]
    for one in built:
        write_atomic(target / f"{one.table.name}.tsv", one.data, shared=True)
    for old in kept:
        write_atomic(target / f"{old.name}.tsv", old.data, shared=True)
    write_atomic(target / MANIFEST, format_built(built, root, kept), shared=True)
    return {one.table.name: one.rows for one in built} | {old.name: old.rows for old in kept}


def build_table(table: TableSpec, root: Path, archives: Mapping[str, Path]) -> BuiltTable:
    """The table as bytes, from the verified archives and, where it has one, the curated file below `root`."""
    manifest = load_manifest(root / table.folder)
    files = {source: archives[manifest.edition(source).archive] for source in table.sources}
    if table.curated:
        files[table.curated] = root / table.folder / "curated" / table.curated
    rows = sorted(read_rows(table, table.source, files))
    return BuiltTable(table, len(rows), format_tsv(table.header, rows))


def read_rows(table: TableSpec, name: str, files: Mapping[str, Path]) -> Iterator[Row]:
    """The parsed rows of one table, in the source's order; `BadDatabase` when a database is not what we know."""
    if table.read is not None:
        for number, values in enumerate(table.read(files), start=1):
            yield parse_row(table, number, values)
        return
    uri = f"{files[table.source].absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            for number, values in enumerate(connection.execute(table.query), start=1):
                yield parse_row(table, number, values)
    except sqlite3.Error as error:
        raise BadDatabase(id=name, table=table.name, reason=str(error)) from None


def format_tsv(header: Row, rows: Sequence[Row]) -> bytes:
    """Header and rows as UTF-8, tab separated, LF after every line."""
    return "".join("\t".join(row) + "\n" for row in (header, *rows)).encode()


def format_built(built: Sequence[BuiltTable], root: Path, kept: Sequence[KeptTable] = ()) -> bytes:
    """The MANIFEST of a `built` folder: JSON, one entry per table in name order."""
    made = {one.table.name: _entry(one.table, one.rows, one.data, root) for one in built}
    made |= {old.name: old.entry for old in kept}
    entries = [made[name] for name in sorted(made)]
    document = {"generated": "gaiji-hub tables build", "tables": entries}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(table: TableSpec, rows: int, data: bytes, root: Path) -> dict[str, object]:
    return {
        "name": table.name,
        "file": f"{table.name}.tsv",
        "columns": list(table.header),
        "rows": rows,
        "sha256": hashlib.sha256(data).hexdigest(),
        **provenance(table, root),
    }
