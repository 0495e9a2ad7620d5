"""導入: whole packs in folders of their own, and one symbolic link that says which is in use.

`<install>/current` → `packs/<seq>-<hash12>`. The link is the only truth and is replaced by one rename, after
every byte and folder of the new pack has been fsynced. A kill or a power cut leaves the old or the new state.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.distribution.tree import Drift, compare, expected_files
from gaiji_hub.distribution.trust import MANIFEST_NAME, Held, Trust, check_signatures, parse_manifest
from gaiji_hub.errors import Conflict, HubError, Refused
from gaiji_hub.files.durable import sync_folder, write_new
from gaiji_hub.moji.pack import PackFile, PackManifest, SignedManifest

KEPT_OLD_PACKS = 2
CURRENT = "current"

_PACK_NAME = re.compile(r"([0-9]{6,})-[0-9a-f]{12}(\.again)?")
_NEW_PACK = ".new-pack"
_NEW_LINK = ".new-current"


class CurrentIsNotOurs(Conflict):
    code = "current_is_not_ours"
    template = "{path} は受信側が作ったリンクではありません。別の導入先を指定するか、移してください"


@dataclass(frozen=True)
class Installed:
    """The pack `current` points at. `signed` is None when its manifest cannot be read."""

    folder: Path
    signed: SignedManifest | None


class InstallRoot:
    """The install folder of one member system."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.packs = folder / "packs"
        self.link = folder / CURRENT

    def current(self) -> Installed | None:
        """What is in use, None when nothing is; `CurrentIsNotOurs` when something else has that name."""
        if not self.link.is_symlink():
            if self.link.exists():
                raise CurrentIsNotOurs(path=str(self.link))
            return None
        goal = self.link.readlink()
        if goal.parent != Path("packs") or not _PACK_NAME.fullmatch(goal.name):
            raise CurrentIsNotOurs(path=str(self.link))
        folder = self.packs / goal.name
        return Installed(folder, _read_manifest(folder / MANIFEST_NAME)) if folder.is_dir() else None

    def write_aside(self, signed: SignedManifest, read: Callable[[PackFile], bytes]) -> None:
        """Write the pack beside the others, durably, not in use yet. `read` gives a file's verified bytes or raises."""
        new = self.packs / _NEW_PACK
        self._make_packs_folder()
        new.mkdir()
        for file in signed.manifest.files:
            place = new / file.path
            place.parent.mkdir(parents=True, exist_ok=True)
            write_new(place, read(file))
        write_new(new / MANIFEST_NAME, signed.to_bytes())
        for folder in _folders_upwards(new):
            sync_folder(folder)

    def switch(self, manifest: PackManifest) -> None:
        """Give the pack that was written aside its name, and make it the one in use."""
        self._switch(self.packs / _NEW_PACK, self._free_name(manifest))

    def _make_packs_folder(self) -> None:
        self.packs.mkdir(parents=True, exist_ok=True)
        sync_folder(self.folder)
        # A parent we may enter but not read cannot be synced; that must not stop every install below it.
        with contextlib.suppress(PermissionError):
            sync_folder(self.folder.parent)

    def _free_name(self, manifest: PackManifest) -> str:
        """The pack's folder name; another while `current` still points at a damaged pack of that name."""
        name = f"{manifest.seq:06d}-{manifest.hash[:12]}"
        current = self.current()
        if current and current.folder.name == name:
            name += ".again"
        if (self.packs / name).exists():
            shutil.rmtree(self.packs / name)
        return name

    def _switch(self, new: Path, name: str) -> None:
        new.rename(self.packs / name)
        sync_folder(self.packs)
        link = self.folder / _NEW_LINK
        link.symlink_to(Path("packs") / name)
        link.replace(self.link)
        sync_folder(self.folder)

    def clear(self) -> None:
        """Remove what a broken-off install left beside the packs."""
        (self.folder / _NEW_LINK).unlink(missing_ok=True)
        if (self.packs / _NEW_PACK).exists():
            shutil.rmtree(self.packs / _NEW_PACK)

    def prune(self) -> None:
        """Remove packs but the one in use and the two newest others."""
        current = self.current()
        if current is None or not self.packs.is_dir():
            return
        others = [entry for entry in self.packs.iterdir() if _PACK_NAME.fullmatch(entry.name)]
        others = sorted((e for e in others if e.name != current.folder.name), key=_age, reverse=True)
        for old in others[KEPT_OLD_PACKS:]:
            shutil.rmtree(old)


def drift_from_mark(current: Installed | None, held: Held, trust: Trust) -> Drift:
    """How what is in use differs from what the high-water mark says was installed; nothing before the first install."""
    if not held.seq:
        return Drift()
    if current is None:
        return Drift(missing=(CURRENT,))
    if current.signed is None:
        return Drift(changed=(MANIFEST_NAME,))
    if current.signed.manifest.hash != held.payload_hash:
        return Drift(changed=(CURRENT,))
    try:
        check_signatures(trust, current.signed)
    except Refused:
        return Drift(changed=(MANIFEST_NAME,))
    return _drift_of(current.folder, current.signed.manifest)


def _drift_of(folder: Path, manifest: PackManifest) -> Drift:
    found = found_files(folder)
    del found[MANIFEST_NAME]
    return compare(expected_files(manifest), found)


def found_files(folder: Path) -> dict[str, str]:
    """Relative path → SHA-256 of every file below `folder`; what is not a regular file gets the hash ""."""
    return {path.relative_to(folder).as_posix(): _hash(path) for path in _walk(folder)}


def _walk(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and not entry.is_symlink():
            yield from _walk(entry)
        else:
            yield entry


def _hash(path: Path) -> str:
    if not stat.S_ISREG(path.lstat().st_mode):
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_manifest(path: Path) -> SignedManifest | None:
    try:
        return parse_manifest(path.read_bytes())
    except (OSError, HubError):
        return None


def _folders_upwards(folder: Path) -> list[Path]:
    """`folder` and every folder below it, the deepest first."""
    return [Path(path) for path, _, _ in os.walk(folder, topdown=False)]


def _age(pack: Path) -> tuple[int, str]:
    return int(pack.name.partition("-")[0]), pack.name
