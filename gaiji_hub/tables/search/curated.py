"""The curated tables of the search: other forms of parts, and decompositions that a clerk sees but no source gives.

Both lie in `mappings/curated` beside the committed tables; every row has its reason and reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gaiji_hub.tables.reader import TableDamaged, TableFile

PART_VARIANTS = "part_variants.tsv"  # head, form, position, reason, reference
EXTRA_IDS = "extra_ids.tsv"  # character, ids, reason, reference


def curated_path(files: Mapping[str, TableFile], name: str) -> Path:
    return files["mj"].path.parent.parent / "curated" / name


def curated_rows(files: Mapping[str, TableFile], name: str) -> list[list[str]]:
    """The cells of every row below the header; `TableDamaged` when the file cannot be read."""
    path = curated_path(files, name)
    try:
        lines = path.read_text(encoding="utf-8").split("\n")[1:-1]
    except OSError as error:
        raise TableDamaged(file=path.name, reason=f"読めません（{error.strerror}）") from None
    return [line.split("\t") for line in lines]
