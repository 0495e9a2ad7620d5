"""Check: rebuild in a temporary folder and compare byte for byte with what is committed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from gaiji_hub.tables.build import MANIFEST, build, install
from gaiji_hub.tables.root import FOLDERS


def check(root: Path, archives: Mapping[str, Path]) -> list[str]:
    """Differences between `root`'s built tables and a fresh build, one Japanese sentence each; [] when equal."""
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-tables-") as name:
        build(root, Path(name), archives)
        return [line for folder in FOLDERS for line in _compare(Path(name), root, folder)]


def check_local(root: Path, local: Path, archives: Mapping[str, Path]) -> list[str]:
    """Differences between what is installed in `local` and a fresh build of the tables whose sources are at hand."""
    with tempfile.TemporaryDirectory(prefix="gaiji-hub-tables-") as name:
        install(root, Path(name), archives)
        lines = []
        for folder in FOLDERS:
            fresh, installed = _files(Path(name) / folder / "built"), _files(local / folder / "built")
            for file in sorted(fresh.keys() & installed.keys() - {MANIFEST}):
                if fresh[file].read_bytes() != installed[file].read_bytes():
                    lines.append(f"{file}: この機械で作った表が、作り直した内容と違います（tables install で直ります）")
        return lines


def _compare(fresh: Path, root: Path, folder: str) -> list[str]:
    new, old = _files(fresh / folder / "built"), _files(root / folder / "built")
    place = f"{folder}/built"
    lines = [f"{place}/{name}: 作り直すとできるファイルがありません" for name in sorted(new.keys() - old.keys())]
    lines += [f"{place}/{name}: 作り直してもできないファイルです" for name in sorted(old.keys() - new.keys())]
    for name in sorted(new.keys() & old.keys()):
        before, after = old[name].read_bytes(), new[name].read_bytes()
        if before != after:
            lines.append(f"{place}/{name}: 作り直した内容と違います（{_first_difference(before, after)} 行目から）")
    return lines


def _files(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.iterdir()} if folder.is_dir() else {}


def _first_difference(before: bytes, after: bytes) -> int:
    old, new = before.splitlines(), after.splitlines()
    same = (number for number, (a, b) in enumerate(zip(old, new, strict=False), start=1) if a != b)
    return next(same, min(len(old), len(new)) + 1)
