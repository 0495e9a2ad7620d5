"""下置き: every file of the packs to install, fetched and checked before the first of them is put in place.

On disk by hash, so that memory holds one file at a time and what several packs share is fetched once. It is scratch:
what a run leaves here is removed, never used, by the next one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from gaiji_hub.distribution.index import content_path
from gaiji_hub.distribution.install import Installed
from gaiji_hub.distribution.plan import Step
from gaiji_hub.distribution.trust import RELEASE_PATH, check_release
from gaiji_hub.distribution.updates import ChangedBytes, Updates
from gaiji_hub.moji.pack import PackFile


class Staging:
    """Verified files in `folder`. What the pack in use already has is taken from there, the rest from the channel."""

    def __init__(self, folder: Path, updates: Updates, current: Installed | None) -> None:
        self.folder = folder
        self.updates = updates
        self.have = _files_of(current)
        folder.mkdir(parents=True, exist_ok=True)

    def fetch(self, steps: Iterable[Step]) -> None:
        """Everything the packs need, and each one's release checked against what it follows; one refusal otherwise."""
        for step in steps:
            manifest = step.signed.manifest
            for file in manifest.files:
                self._fetch(file)
            for file in manifest.files:
                if file.path == RELEASE_PATH:
                    check_release(step.follows, manifest, self.read(file))

    def read(self, file: PackFile) -> bytes:
        """A fetched file's bytes, of exactly the size and hash its manifest declares (`ChangedBytes`)."""
        return _checked(file, (self.folder / file.sha256).read_bytes())

    def _fetch(self, file: PackFile) -> None:
        place = self.folder / file.sha256
        if place.exists():
            if place.stat().st_size != file.size:
                raise ChangedBytes()
            return
        data = self._local(file)
        if data is None:
            data = _checked(file, self.updates.read(content_path(file.sha256), file.size))
        place.write_bytes(data)

    def _local(self, file: PackFile) -> bytes | None:
        place = self.have.get(file.sha256)
        if place is None or not place.is_file() or place.stat().st_size != file.size:
            return None
        data = place.read_bytes()
        return data if PackFile.of(file.path, data) == file else None


def _files_of(current: Installed | None) -> Mapping[str, Path]:
    if current is None or current.signed is None:
        return {}
    return {file.sha256: current.folder / file.path for file in current.signed.manifest.files}


def _checked(file: PackFile, data: bytes) -> bytes:
    if PackFile.of(file.path, data) != file:
        raise ChangedBytes()
    return data
