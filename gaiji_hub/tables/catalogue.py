"""Every table there is, and where it lives: committed with the product, or built on each machine from its sources."""

from __future__ import annotations

from gaiji_hub.tables.columns import TableSpec
from gaiji_hub.tables.manifest import Manifest
from gaiji_hub.tables.parse import TABLES
from gaiji_hub.tables.systems.specs import CODE_TABLES

ALL_TABLES = (*TABLES, *CODE_TABLES)


def committed(folder: str, manifest: Manifest) -> tuple[TableSpec, ...]:
    """The tables of a data folder all of whose sources may be passed on."""
    return tuple(table for table in ALL_TABLES if table.folder == folder and _free(table, manifest))


def local(folder: str, manifest: Manifest) -> tuple[TableSpec, ...]:
    """The tables that are built into the data folder of each machine instead (`redistributable = false`)."""
    return tuple(table for table in ALL_TABLES if table.folder == folder and not _free(table, manifest))


def needed(table: TableSpec, manifest: Manifest) -> set[str]:
    """The ids of the archives a table is built from."""
    return {manifest.edition(source).archive for source in table.sources}


def _free(table: TableSpec, manifest: Manifest) -> bool:
    return all(manifest.edition(source).redistributable for source in table.sources)
