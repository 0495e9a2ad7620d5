"""Where a built table comes from, as its MANIFEST tells it, and which older tables still come from there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaiji_hub.tables.columns import TableSpec
from gaiji_hub.tables.manifest import Edition, Manifest, load_manifest

_FACTS = ("licence", "attribution", "version", "sources", "curated")


@dataclass(frozen=True)
class KeptTable:
    """A table of an older installation, with its entry of that MANIFEST."""

    name: str
    rows: int
    data: bytes
    entry: dict[str, Any]


def provenance(table: TableSpec, root: Path) -> dict[str, object]:
    """Licence, attribution, version, sources with their hashes and the curated file, if it has one."""
    manifest = load_manifest(root / table.folder)
    editions = [manifest.edition(source) for source in table.sources]
    facts: dict[str, object] = {
        "licence": " AND ".join(dict.fromkeys(edition.licence for edition in editions)),
        "attribution": "、".join(dict.fromkeys(edition.attribution for edition in editions)),
        "version": editions[0].version,
        "sources": [_source(edition, manifest) for edition in editions],
    }
    if table.curated:
        curated = root / table.folder / "curated" / table.curated
        facts["curated"] = {"file": table.curated, "sha256": hashlib.sha256(curated.read_bytes()).hexdigest()}
    return facts


def kept_tables(built: Path, tables: Sequence[TableSpec], root: Path) -> list[KeptTable]:
    """Those of `tables` that lie in `built`, undamaged, made from the very sources that the manifest names now."""
    try:
        document = json.loads((built / "MANIFEST").read_bytes())
        entries = {entry["name"]: entry for entry in document["tables"]}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    found = (_kept(built, entries[table.name], table, root) for table in tables if table.name in entries)
    return [one for one in found if one is not None]


def _kept(built: Path, entry: dict[str, Any], table: TableSpec, root: Path) -> KeptTable | None:
    told = {name: entry.get(name) for name in _FACTS if name in entry}
    if told != provenance(table, root) or entry.get("columns") != list(table.header):
        return None
    try:
        data = (built / f"{table.name}.tsv").read_bytes()
    except OSError:
        return None
    whole = hashlib.sha256(data).hexdigest() == entry.get("sha256")
    return KeptTable(table.name, int(entry["rows"]), data, entry) if whole else None


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
