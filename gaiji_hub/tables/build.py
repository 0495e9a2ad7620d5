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
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.tables.columns import Row, TableSpec, parse_row
from gaiji_hub.tables.manifest import Edition, Manifest, load_manifest
from gaiji_hub.tables.parse import TABLES
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
    """Write `<out>/<folder>/built/*.tsv` and MANIFEST of every data folder; returns table name → rows.

    `root` has the `sources.toml` files; `archives` maps archive ids to the verified files.
    """
    counts: dict[str, int] = {}
    for folder in FOLDERS:
        manifest = load_manifest(root / folder)
        built = [build_table(table, manifest, archives) for table in TABLES if table.folder == folder]
        for one in built:
            write_atomic(out / folder / "built" / f"{one.table.name}.tsv", one.data, shared=True)
            counts[one.table.name] = one.rows
        write_atomic(out / folder / "built" / MANIFEST, format_built(built, manifest), shared=True)
    return counts


def build_table(table: TableSpec, manifest: Manifest, archives: Mapping[str, Path]) -> BuiltTable:
    archive = manifest.edition(table.source).archive
    rows = sorted(read_rows(table, archive, archives[archive]))
    return BuiltTable(table, len(rows), format_tsv(table.header, rows))


def read_rows(table: TableSpec, archive: str, database: Path) -> Iterator[Row]:
    """The parsed rows of one table, in the database's order; `BadDatabase` when it is not what we know."""
    uri = f"{database.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            for number, values in enumerate(connection.execute(table.query), start=1):
                yield parse_row(table, number, values)
    except sqlite3.Error as error:
        raise BadDatabase(id=archive, table=table.name, reason=str(error)) from None


def format_tsv(header: Row, rows: Sequence[Row]) -> bytes:
    """Header and rows as UTF-8, tab separated, LF after every line."""
    return "".join("\t".join(row) + "\n" for row in (header, *rows)).encode()


def format_built(built: Sequence[BuiltTable], manifest: Manifest) -> bytes:
    """The MANIFEST of a `built` folder: JSON, one entry per table in name order."""
    entries = [_entry(one, manifest) for one in sorted(built, key=lambda one: one.table.name)]
    document = {"generated": "gaiji-hub tables build", "tables": entries}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _entry(one: BuiltTable, manifest: Manifest) -> dict[str, object]:
    edition = manifest.edition(one.table.source)
    return {
        "name": one.table.name,
        "file": f"{one.table.name}.tsv",
        "columns": list(one.table.header),
        "rows": one.rows,
        "sha256": hashlib.sha256(one.data).hexdigest(),
        "licence": edition.licence,
        "attribution": edition.attribution,
        "version": edition.version,
        "sources": [_source(edition, manifest)],
    }


def _source(edition: Edition, manifest: Manifest) -> dict[str, object]:
    archive = manifest.archive(edition.archive)
    return {
        "id": edition.id,
        "title": edition.title,
        "version": edition.version,
        "where": archive.where,
        "sha256": archive.sha256,
        "member_sha256": archive.member_sha256,
        "upstream": edition.upstream,
        "upstream_sha256": edition.upstream_sha256,
    }
