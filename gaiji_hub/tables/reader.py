"""Reading built tables back: the bytes must be those of the MANIFEST, or nothing is used."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gaiji_hub.errors import Unavailable
from gaiji_hub.tables.root import FOLDERS

WITHOUT_TEXT = "mj_without_text"


class TableDamaged(Unavailable):
    code = "table_damaged"
    template = (
        "文字表 {file} が目録と違います: {reason}。入れ直してください（製品の表は tables build、この機械で作る表は "
        "tables install、取り込んだ版は同じファイルの tables import）"
    )


@dataclass(frozen=True)
class TableFile:
    """A table file and what the MANIFEST says of it. `edition` is `version@sha12`."""

    name: str
    path: Path
    columns: tuple[str, ...]
    rows: int
    sha256: str
    version: str

    @property
    def edition(self) -> str:
        return f"{self.version}@{self.sha256[:12]}"

    def lines(self) -> list[str]:
        """The data lines without LF, verified; `TableDamaged` when the file is not the one described."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise TableDamaged(file=self.path.name, reason=f"読めません（{error.strerror}）") from None
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise TableDamaged(file=self.path.name, reason="ハッシュが違います")
        return data.decode().split("\n")[1:-1]


def read_manifests(root: Path, local: Path | None = None) -> dict[str, TableFile]:
    """Table name → file, of every data folder's MANIFEST and the curated table; `TableDamaged` when broken.

    `local` is where `gaiji-hub tables install` puts what may not be committed; it may be missing, wholly or in part.
    """
    files: dict[str, TableFile] = {}
    for folder in FOLDERS:
        files.update((file.name, file) for file in _described(root / folder / "built"))
        if local is not None and (local / folder / "built" / "MANIFEST").is_file():
            files.update((file.name, file) for file in _described(local / folder / "built"))
    curated = root / "mappings" / "curated" / f"{WITHOUT_TEXT}.tsv"
    files[WITHOUT_TEXT] = _curated(curated, files["mj"].version)
    return files


def _described(built: Path) -> list[TableFile]:
    try:
        document = json.loads((built / "MANIFEST").read_bytes())
        return [_table_file(built, entry) for entry in document["tables"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        place = f"{built.parent.name}/built/MANIFEST"
        raise TableDamaged(file=place, reason=f"目録を読めません（{type(error).__name__}）") from None


def _table_file(built: Path, entry: dict[str, Any]) -> TableFile:
    return TableFile(
        name=entry["name"],
        path=built / entry["file"],
        columns=tuple(entry["columns"]),
        rows=entry["rows"],
        sha256=entry["sha256"],
        version=entry["version"],
    )


def _curated(path: Path, version: str) -> TableFile:
    """A table written by hand has no MANIFEST: its own bytes are its edition."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise TableDamaged(file=path.name, reason=f"読めません（{error.strerror}）") from None
    header, *lines = data.decode().split("\n")[:-1]
    digest = hashlib.sha256(data).hexdigest()
    return TableFile(WITHOUT_TEXT, path, tuple(header.split("\t")), len(lines), digest, version)
