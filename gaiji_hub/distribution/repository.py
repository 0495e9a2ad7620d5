"""A channel's TUF repository on disk (hub half): read the published state, write the next one.

Write order: content, then targets, then snapshot, each under a name of its own version; `timestamp.json` is
replaced last and alone decides which state a reader sees. A kill anywhere leaves the old or the new one.
Roots vouch for themselves: one that lies in the channel may be at any member already, and is never replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, MetaFile, Snapshot, TargetFile, Targets, Timestamp

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.errors import Unavailable
from gaiji_hub.files.durable import write_atomic

TIMESTAMP_LIFE = timedelta(days=7)
METADATA_LIFE = timedelta(days=90)
METADATA_RENEWAL = timedelta(days=30)

NO_VERSIONS: Mapping[str, int] = MappingProxyType({})

_PUBLIC = 0o644

S = TypeVar("S", Snapshot, Targets, Timestamp)


class RepositoryDamaged(Unavailable):
    code = "repository_damaged"
    template = "伝送路 {channel} の公開フォルダが壊れています（{what}）。バックアップから戻してください"


class RootsDisagree(Unavailable):
    code = "roots_disagree"
    template = (
        "伝送路 {channel} の {what} が、鍵フォルダのものと違います（鍵フォルダが古いか、別のハブのものです。"
        "最新のバックアップから戻してください）。伝送路は変えていません"
    )


@dataclass(frozen=True)
class Published:
    """The state a reader sees now."""

    targets: Targets
    snapshot: Snapshot
    timestamp: Timestamp


class Repository:
    """`folder`/metadata and `folder`/targets, in the layout any TUF client and any static server understands."""

    def __init__(self, folder: Path, keys: HubKeys) -> None:
        self.folder = folder
        self.keys = keys

    def read(self) -> Published | None:
        """The published state, each file checked against its parent; None before the first publication."""
        try:
            timestamp = Metadata[Timestamp].from_bytes(self._metadata("timestamp.json").read_bytes()).signed
        except FileNotFoundError:
            return None
        except RepositoryError:
            raise self._damaged("timestamp.json") from None
        snapshot = self._read_version(Snapshot, timestamp.snapshot_meta)
        return Published(self._read_version(Targets, snapshot.meta["targets.json"]), snapshot, timestamp)

    def _read_version(self, kind: type[S], meta: MetaFile) -> S:
        name = f"{meta.version}.{kind.type}.json"
        try:
            data = self._metadata(name).read_bytes()
            meta.verify_length_and_hashes(data)
            return Metadata[S].from_bytes(data).signed
        except (FileNotFoundError, RepositoryError):
            raise self._damaged(name) from None

    def read_target(self, target: TargetFile) -> bytes:
        """The bytes of a published target, checked against its metadata."""
        try:
            data = self._target(target).read_bytes()
            target.verify_length_and_hashes(data)
        except (FileNotFoundError, RepositoryError):
            raise self._damaged(target.path) from None
        return data

    def put_target(self, path: str, data: bytes) -> TargetFile:
        """Store a target under its hash; written again only when what lies there is not these bytes."""
        target = TargetFile.from_data(path, data)
        _keep(self._target(target), data)
        return target

    def versions(self, state: Published) -> tuple[tuple[str, int], ...]:
        """The metadata versions a reader sees, by role."""
        root = len(list(self._metadata("").glob("*.root.json")))
        parts = (state.targets, state.snapshot, state.timestamp)
        return (("root", root), *((part.type, part.version) for part in parts))

    def write(
        self,
        old: Published | None,
        targets: Mapping[str, TargetFile],
        now: datetime,
        above: Mapping[str, int] = NO_VERSIONS,
    ) -> None:
        """Publish `targets` as the state after `old`, roots first, timestamp last; `RootsDisagree` before any of it.

        `above`: versions by role that members may hold already; the new ones are higher.
        """
        self._write_roots(now)
        version = _next("targets", old.targets if old else None, above)
        fresh = Targets(version, expires=now + METADATA_LIFE, targets=dict(targets))
        self._write_snapshot(old, self._sign(fresh), fresh.version, now, above)

    def renew(self, old: Published, now: datetime) -> None:
        """New signatures over the same content: always the timestamp, the rest when it runs out within 30 days."""
        soon = now + METADATA_RENEWAL
        if old.targets.is_expired(soon) or old.snapshot.is_expired(soon):
            self.write(old, old.targets.targets, now)
            return
        self._write_roots(now)
        self._write_timestamp(old, old.timestamp.snapshot_meta, now, NO_VERSIONS)

    def _write_roots(self, now: datetime) -> None:
        """Every root up to a fresh one, by version. What lies in the channel must be what the key folder holds."""
        stored = self.keys.stored_roots()
        version = 1
        while (place := self._root(version)).exists():
            if version > len(stored) or place.read_bytes() != stored[version - 1]:
                raise RootsDisagree(channel=self.folder.name, what=place.name)
            version += 1
        for version, root in enumerate(self.keys.roots(now), start=1):
            _keep(self._root(version), root)

    def _write_snapshot(
        self, old: Published | None, targets: bytes, version: int, now: datetime, above: Mapping[str, int]
    ) -> None:
        _keep(self._metadata(f"{version}.targets.json"), targets)
        meta = {"targets.json": MetaFile.from_data(version, targets, ["sha256"])}
        fresh = Snapshot(
            _next("snapshot", old.snapshot if old else None, above), expires=now + METADATA_LIFE, meta=meta
        )
        data = self._sign(fresh)
        _keep(self._metadata(f"{fresh.version}.snapshot.json"), data)
        self._write_timestamp(old, MetaFile.from_data(fresh.version, data, ["sha256"]), now, above)

    def _write_timestamp(
        self, old: Published | None, snapshot: MetaFile, now: datetime, above: Mapping[str, int]
    ) -> None:
        version = _next("timestamp", old.timestamp if old else None, above)
        fresh = Timestamp(version, expires=now + TIMESTAMP_LIFE, snapshot_meta=snapshot)
        _keep(self._metadata("timestamp.json"), self._sign(fresh))

    def _sign(self, signed: S) -> bytes:
        metadata = Metadata(signed)
        metadata.sign(self.keys.signers[signed.type])
        return metadata.to_bytes()

    def _root(self, version: int) -> Path:
        return self._metadata(f"{version}.root.json")

    def _metadata(self, name: str) -> Path:
        return self.folder / "metadata" / name

    def _target(self, target: TargetFile) -> Path:
        (place,) = target.get_prefixed_paths()
        return self.folder / "targets" / place

    def _damaged(self, what: str) -> RepositoryDamaged:
        return RepositoryDamaged(channel=self.folder.name, what=what[:80])


def _next(role: str, signed: Targets | Snapshot | Timestamp | None, above: Mapping[str, int]) -> int:
    return max(signed.version if signed else 0, above.get(role, 0)) + 1


def _keep(place: Path, data: bytes) -> None:
    """`data` at `place`, readable by whichever server hands it out; untouched when it is there already."""
    if not place.exists() or place.read_bytes() != data:
        write_atomic(place, data)
    if place.stat().st_mode & 0o777 != _PUBLIC:
        place.chmod(_PUBLIC)
