"""A hub's channel and an enrolled member, both real, below one folder."""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from gaiji_hub import cli
from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex, content_path, manifest_path
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import Mark
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.moji.pack import ROLES, AuditHead, PackFile, PackManifest, ReleaseSignature, SignedManifest
from gaiji_hub.moji.release import Release

LG = "990019"
SYSTEM = "juki"
CHANNEL = f"{LG}-{SYSTEM}"
MEMBER = "juki-01"
DATE = datetime.date(2026, 4, 1)


def now() -> datetime.datetime:
    return datetime.datetime.now(UTC)


def release(number: int, previous: str, system: str = SYSTEM) -> Release:
    return Release(LG, system, "cp932", number, previous, DATE, (("mj", "006.02"),), (), f"第{number}版")


def contents(number: int, previous: str = "") -> dict[str, bytes]:
    """A small pack: one file that never changes, one that does, and the release."""
    return {
        "fonts/EUDC.TTE": b"the same in every pack" * 40,
        "fonts/juki-mj.ttf": b"font of release %d" % number * 30,
        "mapping/release.json": release(number, previous).to_bytes(),
    }


def manifest(seq: int, previous: str, files: dict[str, bytes], number: int, **changes: object) -> PackManifest:
    fields: dict[str, object] = {
        "municipality": LG,
        "business_system": SYSTEM,
        "seq": seq,
        "previous": previous,
        "kind": "release",
        "release_number": number,
        "release_hash": hashlib.sha256(files["mapping/release.json"]).hexdigest(),
        "date": DATE,
        "tools": (),
        "files": tuple(PackFile.of(path, data) for path, data in sorted(files.items())),
    }
    return PackManifest(**{**fields, **changes})


def signed(keys: HubKeys, payload: PackManifest, roles: tuple[str, ...] = ROLES) -> SignedManifest:
    return SignedManifest(payload, "hub").with_signatures(*(keys.sign_release(payload.release_hash, r) for r in roles))


@dataclass
class World:
    folder: Path

    @property
    def keys(self) -> HubKeys:
        return HubKeys.open_or_create(self.folder / "keys", self.folder / "channels")

    @property
    def publisher(self) -> ChannelPublisher:
        return ChannelPublisher(self.folder / "channels", self.keys, CHANNEL)

    @property
    def channel(self) -> Path:
        return self.folder / "channels" / CHANNEL

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def install(self) -> Path:
        return self.folder / "system"

    def next_payload(
        self, more: dict[str, bytes] | None = None, **changes: object
    ) -> tuple[PackManifest, dict[str, bytes]]:
        """The payload that may follow the channel's head, with `more` files and changed fields."""
        last = self.publisher.mark() or Mark(CHANNEL, 0, "", 0, "")
        number = last.release_number + 1
        files = {**contents(number, last.release_hash), **(more or {})}
        return manifest(last.seq + 1, last.payload_hash, files, number, **changes), files

    def publish(
        self,
        at: datetime.datetime | None = None,
        more: dict[str, bytes] | None = None,
        audit: AuditHead | None = None,
    ) -> SignedManifest:
        payload, files = self.next_payload(more)
        pack = replace(signed(self.keys, payload), audit=audit)
        self.publisher.publish(pack, files, at or now())
        return pack

    def publish_unchecked(
        self,
        pack: SignedManifest,
        files: dict[str, bytes],
        index: ChannelIndex | None = None,
        manifest_bytes: bytes | None = None,
    ) -> None:
        """What a hub (or a thief of its online keys) could publish against the rules: TUF-valid, wrong inside."""
        publisher = self.publisher
        old = publisher.repository.read()
        targets = dict(old.targets.targets) if old else {}
        if index is None:
            published = publisher.manifests()
            index = ChannelIndex(CHANNEL, tuple(one.manifest.hash for one in published)).with_next(pack.manifest.hash)
        new = {content_path(hashlib.sha256(data).hexdigest()): data for data in files.values()}
        new[manifest_path(index.head)] = manifest_bytes or pack.to_bytes()
        new[INDEX_PATH] = index.to_bytes()
        for path, data in new.items():
            targets[path] = publisher.repository.put_target(path, data)
        publisher.repository.write(old, targets, now())

    def enrol(self, channel: str | None = None) -> int:
        trust = self.folder / "trust.json"
        trust.write_bytes(self.keys.trust())
        return self.run(
            *("enrol", "--channel", channel or str(self.channel), "--trust", str(trust)),
            *("--member", MEMBER, "--install", str(self.install)),
        )

    def run(self, command: str, *options: str) -> int:
        """`gaiji-hub agent COMMAND` in this process: the exit code."""
        return cli.main(["agent", command, "--home", str(self.home), *options])

    def sync(self) -> int:
        return self.run("sync")

    def tree(self) -> dict[str, bytes]:
        """Everything a business system sees through `current`."""
        return tree(self.install / "current")

    def expected(self, seq: int) -> dict[str, bytes]:
        """What must be seen when `seq` is installed: the published bytes, from the channel itself."""
        state = self.publisher.repository.read()
        assert state
        (pack,) = (one for one in self.publisher.manifests() if one.manifest.seq == seq)
        files = {
            file.path: self.publisher.repository.read_target(state.targets.targets[content_path(file.sha256)])
            for file in pack.manifest.files
        }
        return {**files, "manifest.json": pack.to_bytes()}

    def acknowledgements(self) -> list[dict[str, object]]:
        return [json.loads(path.read_bytes()) for path in sorted((self.channel / "acks").glob("*.json"))]

    def copy(self, folder: Path) -> World:
        """The same world elsewhere. The enrolment's absolute addresses are rewritten as an operator would enrol."""
        shutil.copytree(self.folder, folder, symlinks=True)
        enrolment = folder / "home" / "enrolment.json"
        if enrolment.exists():
            enrolment.write_bytes(enrolment.read_bytes().replace(str(self.folder).encode(), str(folder).encode()))
        return World(folder)


def tree(folder: Path) -> dict[str, bytes]:
    if not folder.exists():
        return {}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def whole(folder: Path) -> dict[str, bytes | str]:
    """Every file's bytes and every link's goal, the lock file apart: for 'nothing changed, byte for byte'."""
    return {
        path.relative_to(folder).as_posix(): str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or (path.is_file() and path.name != ".lock")
    }


def by_role(keys: HubKeys, payload: PackManifest, key: str, role: str) -> ReleaseSignature:
    """A signature made with the key of `key` that claims `role`."""
    made = keys.sign_release(payload.release_hash, key)
    return ReleaseSignature(role, made.keyid, made.signature)
