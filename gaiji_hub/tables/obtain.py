"""源泉を揃える: the verified files that the tables are built from, from this machine first, then from their origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.files.fetch import Say, Source, SourceUnavailable, fetch
from gaiji_hub.tables.catalogue import committed, local, needed
from gaiji_hub.tables.columns import TableSpec
from gaiji_hub.tables.manifest import Manifest, load_manifest
from gaiji_hub.tables.root import FOLDERS, data_root

Which = Callable[[str, Manifest], tuple[TableSpec, ...]]


@dataclass(frozen=True)
class Places:
    """Where sources are looked for: the cache, folders, and, unless `offline`, their origins."""

    cache: Path
    folders: Sequence[Path]
    offline: bool

    def fetch(self, archive: Source, say: Say, *, here_only: bool = False) -> Path:
        return fetch(archive, self.cache, self.folders, self.offline or here_only, say)


def all_archives() -> list[Source]:
    """Every archive of the manifests."""
    return [archive for folder in FOLDERS for archive in load_manifest(data_root() / folder).archives]


def archives_for(which: Which) -> list[Source]:
    """The archives that the chosen tables (`committed`, `local`) need, in the order of the manifests."""
    found: dict[str, Source] = {}
    for folder in FOLDERS:
        manifest = load_manifest(data_root() / folder)
        wanted = {archive for table in which(folder, manifest) for archive in needed(table, manifest)}
        found |= {archive.id: archive for archive in manifest.archives if archive.id in wanted}
    return list(found.values())


def obtain_committed(places: Places, say: Say) -> dict[str, Path]:
    """Archive id → verified file for the committed tables; the errors of `fetch` when one cannot be had."""
    return {archive.id: places.fetch(archive, say) for archive in archives_for(committed)}


def obtain_local(places: Places, say: Say) -> tuple[dict[str, Path], list[str]]:
    """Archive id → verified file for the tables of this machine, and a sentence per publisher that cannot be had.

    A publisher that did not answer once is not asked again: its other files are only looked for on this machine.
    """
    files: dict[str, Path] = {}
    reasons: dict[str, str] = {}
    for archive in archives_for(local):
        try:
            files[archive.id] = places.fetch(archive, say, here_only=archive.page in reasons)
        except SourceUnavailable as error:
            reasons.setdefault(archive.page, str(error))
    return files, list(reasons.values())
