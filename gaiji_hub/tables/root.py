"""Where the data folders are: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

FOLDERS = ("mappings", "ivs")


def data_root() -> Path:
    """The folder that holds `mappings/`, `ivs/` and `fonts/`: `gaiji_hub/data` of a wheel, else the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "data"
    return installed if (installed / "mappings").is_dir() else package.parent


def local_tables(data: Path) -> Path:
    """Where a data folder keeps the tables that are built on this machine (`gaiji-hub tables install`)."""
    return data / "tables"
