"""導入内容の照合: a pack as it should lie on disk, and one hash over a whole tree for the acknowledgement."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from gaiji_hub.moji.pack import PackManifest


@dataclass(frozen=True)
class Drift:
    """How an installed tree differs from its manifest: relative paths, sorted. Falsy when it does not."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.missing or self.extra)


def tree_hash(files: Mapping[str, str]) -> str:
    """SHA-256 (hex) over `path NUL sha256 LF` of every content file, by path; the manifest itself is not counted."""
    lines = (f"{path}\0{sha256}\n" for path, sha256 in sorted(files.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def expected_files(manifest: PackManifest) -> dict[str, str]:
    """Path → SHA-256 of the content files of a pack."""
    return {file.path: file.sha256 for file in manifest.files}


def expected_tree_hash(manifest: PackManifest) -> str:
    """What a member's acknowledgement must say when its installed tree is right."""
    return tree_hash(expected_files(manifest))


def compare(expected: Mapping[str, str], found: Mapping[str, str]) -> Drift:
    """The differences between what should be there and what is."""
    return Drift(
        changed=tuple(sorted(path for path in expected.keys() & found.keys() if expected[path] != found[path])),
        missing=tuple(sorted(expected.keys() - found.keys())),
        extra=tuple(sorted(found.keys() - expected.keys())),
    )
