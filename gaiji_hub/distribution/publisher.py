"""発行 (hub half): put one signed pack into its channel, in order, or change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gaiji_hub.distribution.index import (
    INDEX_PATH,
    ChannelIndex,
    content_path,
    manifest_path,
    parse_channel_name,
)
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.repository import Published, Repository
from gaiji_hub.distribution.trust import (
    NOTHING,
    RELEASE_PATH,
    Held,
    Trust,
    check_manifest,
    check_release,
    parse_manifest,
)
from gaiji_hub.errors import Conflict, Refused
from gaiji_hub.files.durable import folder_lock
from gaiji_hub.moji.pack import PackManifest, SignedManifest


class AlreadyPublished(Conflict):
    code = "already_published"
    template = "伝送路 {channel} の通番 {seq} は別の内容で発行済みです"


class FilesDisagree(Refused):
    code = "files_disagree"
    template = "通番 {seq}: 渡されたファイルが目録と一致しません。発行していません"


class NothingPublished(Conflict):
    code = "nothing_published"
    template = "伝送路 {channel} にはまだ発行がありません"


class ChannelPublisher:
    """The channel `channel` below `folder` (`<folder>/<channel>/metadata`, `…/targets`)."""

    def __init__(self, folder: Path, keys: HubKeys, channel: str) -> None:
        self.channel = parse_channel_name(channel)
        self.folder = folder / channel
        self.repository = Repository(self.folder, keys)
        self.trust = Trust.from_bytes(keys.trust())

    def publish(self, signed: SignedManifest, files: Mapping[str, bytes], now: datetime) -> None:
        """Publish the next seq. Publishing the same one again (after a kill) does nothing; another is a `Conflict`.

        Everything an agent would refuse is refused here first, with the same errors. `now` is an aware instant.
        """
        with folder_lock(self.folder):
            old = self.repository.read()
            index = self._index(old)
            if self._done(index, signed):
                return
            held = self._held(old, index)
            check_manifest(self.trust, self.channel, held, signed)
            check_files(held, signed.manifest, files)
            self._write(old, index, signed, files, now)

    def _write(
        self,
        old: Published | None,
        index: ChannelIndex,
        signed: SignedManifest,
        files: Mapping[str, bytes],
        now: datetime,
    ) -> None:
        targets = dict(old.targets.targets) if old else {}
        new = {content_path(file.sha256): files[file.path] for file in signed.manifest.files}
        new[manifest_path(signed.manifest.seq)] = signed.to_bytes()
        new[INDEX_PATH] = index.with_next(signed.manifest.hash).to_bytes()
        for path, data in new.items():
            targets[path] = self.repository.put_target(path, data)
        self.repository.write(old, targets, now.astimezone(UTC))

    def renew(self, now: datetime) -> None:
        """Renew the dates: the timestamp for 7 days, the rest when needed. `NothingPublished` on an empty channel."""
        with folder_lock(self.folder):
            old = self.repository.read()
            if old is None:
                raise NothingPublished(channel=self.channel)
            self.repository.renew(old, now.astimezone(UTC))

    def head(self) -> int:
        """The newest published seq, 0 when there is none."""
        return self._index(self.repository.read()).head

    def manifests(self) -> list[SignedManifest]:
        """Every published manifest, oldest first."""
        state = self.repository.read()
        return [self._manifest(state, seq) for seq in range(1, self._index(state).head + 1)] if state else []

    def _done(self, index: ChannelIndex, signed: SignedManifest) -> bool:
        seq = signed.manifest.seq
        if seq > index.head:
            return False
        if index.payloads[seq - 1] != signed.manifest.hash:
            raise AlreadyPublished(channel=self.channel, seq=seq)
        return True

    def _held(self, old: Published | None, index: ChannelIndex) -> Held:
        if old is None or not index.head:
            return NOTHING
        return Held.of(self._manifest(old, index.head).manifest)

    def _index(self, state: Published | None) -> ChannelIndex:
        if state is None:
            return ChannelIndex(self.channel)
        return ChannelIndex.from_bytes(self.repository.read_target(state.targets.targets[INDEX_PATH]))

    def _manifest(self, state: Published, seq: int) -> SignedManifest:
        return parse_manifest(self.repository.read_target(state.targets.targets[manifest_path(seq)]))


def check_files(held: Held, manifest: PackManifest, files: Mapping[str, bytes]) -> None:
    """`files` are exactly those of the manifest, byte for byte; the release among them is signed and follows `held`."""
    found = {path: (hashlib.sha256(data).hexdigest(), len(data)) for path, data in files.items()}
    if found != {file.path: (file.sha256, file.size) for file in manifest.files}:
        raise FilesDisagree(seq=manifest.seq)
    check_release(held, manifest, files[RELEASE_PATH])
