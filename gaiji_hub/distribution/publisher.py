"""発行 (hub half): put one signed pack into its channel, in order, or change nothing.

With `marks` the channel also raises its high-water mark (ADR 0011), channel first, mark second: a mark never claims
what no member can have. A mark that a kill left behind is raised by the next publication or renewal.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from gaiji_hub.distribution.index import (
    INDEX_PATH,
    ChannelIndex,
    Restore,
    content_path,
    manifest_path,
    parse_channel_name,
)
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import BadMark, Mark, MarkForked, Marks
from gaiji_hub.distribution.repository import Published, Repository
from gaiji_hub.distribution.trust import (
    NOTHING,
    RELEASE_PATH,
    Held,
    Trust,
    check_audit,
    check_manifest,
    check_release,
    parse_manifest,
)
from gaiji_hub.errors import Conflict, Refused
from gaiji_hub.files.durable import folder_lock
from gaiji_hub.moji.pack import AuditHead, PackManifest, SignedManifest

MAX_LOST = 1000
MAX_LOST_ROOTS = 20


class AlreadyPublished(Conflict):
    code = "already_published"
    template = "伝送路 {channel} の通番 {seq} は別の内容で発行済みです"


class FilesDisagree(Refused):
    code = "files_disagree"
    template = "通番 {seq}: 渡されたファイルが目録と一致しません。発行していません"


class NothingPublished(Conflict):
    code = "nothing_published"
    template = "伝送路 {channel} にはまだ発行がありません"


class SeqIsLost(Conflict):
    code = "seq_is_lost"
    template = "伝送路 {channel} の通番 {seq} は復元で失われたと告げてあります。次の通番で発行してください"


class MarkAhead(Conflict):
    code = "mark_ahead"
    template = (
        "伝送路 {channel} は通番 {head} までですが、最高到達点の記録は {reached} です"
        "（通番か更新情報の版が戻っています）。古いバックアップから戻した可能性があるため、何も変えていません。"
        "gaiji-hub restore で復元してください"
    )


class TooManyLost(Conflict):
    code = "too_many_lost"
    template = (
        "伝送路 {channel}: 失われた通番が {count} あります（上限 {limit}）。最高到達点の記録が正しいか確かめてください"
    )


class ChannelPublisher:
    """The channel `channel` below `folder` (`<folder>/<channel>/metadata`, `…/targets`); see `Marks` for `marks`."""

    def __init__(self, folder: Path, keys: HubKeys, channel: str, marks: Marks | None = None) -> None:
        self.channel = parse_channel_name(channel)
        self.folder = folder / channel
        self.keys = keys
        self.marks = marks
        self.repository = Repository(self.folder, keys)
        self.trust = Trust.from_bytes(keys.trust())

    def publish(self, signed: SignedManifest, files: Mapping[str, bytes], now: datetime) -> None:
        """Publish the next seq. Publishing the same one again (after a kill) does nothing; another is a `Conflict`.

        Everything an agent would refuse is refused here first, with the same errors. `now` is an aware instant.
        """
        with folder_lock(self.folder):
            old = self.repository.read()
            self._check_not_behind(old)
            index = self._index(old)
            if not self._done(index, signed):
                held = index.carried(self._held(old, index))
                check_manifest(self.trust, self.channel, held, signed)
                check_audit(index.carried_audit(signed.manifest.seq, self._audit(old, index)), signed)
                check_files(held, signed.manifest, files)
                self._write(old, index, signed, files, now)
            self._raise_mark()

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
            self._check_not_behind(old)
            self.repository.renew(old, now.astimezone(UTC))
            self._raise_mark()

    def recover(self, mark: Mark, now: datetime) -> tuple[int, ...]:
        """After a restore: state on the channel that the hub once got to `mark`, and return the seqs that are lost.

        The metadata gets versions above the mark's, so that members take it; the next publication is the mark's
        seq + 1 and names the mark's payload. Again with the same mark: the same answer, nothing written. `mark` is the
        highest known (`Mark.joined`); `MarkForked` when the channel holds another payload under one of its seqs.
        """
        with folder_lock(self.folder):
            old = self.repository.read()
            index = self._index(old)
            mark = self._highest(mark, old, index)
            if mark.seq:
                self._state_restore(old, index, mark, now.astimezone(UTC))
            self._raise_mark()
            return self._index(self.repository.read()).lost_up_to(mark.seq)

    def _highest(self, mark: Mark, old: Published | None, index: ChannelIndex) -> Mark:
        if mark.channel != self.channel:
            raise BadMark(reason=f"{mark.channel} のもので、{self.channel} のものではありません")
        if mark.seq and not mark.release_number:
            raise BadMark(reason="配布版の番号がありません")
        if mark.version("root") > len(self.keys.stored_roots()) + MAX_LOST_ROOTS:
            raise BadMark(reason="信頼の起点（root）の版が大きすぎます")
        if mark.seq - index.head > MAX_LOST:
            raise TooManyLost(channel=self.channel, count=mark.seq - index.head, limit=MAX_LOST)
        self._check_not_forked(index, mark)
        here = self._mark(old, index)
        return mark.joined(here) if here else mark

    def _check_not_forked(self, index: ChannelIndex, mark: Mark) -> None:
        if 0 < mark.seq <= index.head and index.payloads[mark.seq - 1] not in ("", mark.payload_hash):
            raise MarkForked(channel=self.channel, seq=mark.seq)

    def _state_restore(self, old: Published | None, index: ChannelIndex, mark: Mark, now: datetime) -> None:
        restore = Restore(mark.seq, mark.release_number, mark.release_hash, mark.audit)
        if restore in index.restores and not self._behind(old, mark):
            return
        self.keys.raise_roots(mark.version("root"), now)
        targets = dict(old.targets.targets) if old else {}
        data = index.with_restore(restore, mark.payload_hash).to_bytes()
        targets[INDEX_PATH] = self.repository.put_target(INDEX_PATH, data)
        self.repository.write(old, targets, now, above=dict(mark.versions))

    def _behind(self, old: Published | None, mark: Mark) -> bool:
        here = dict(self.repository.versions(old)) if old else {}
        return any(here.get(role, 0) < version for role, version in mark.versions)

    def _check_not_behind(self, old: Published | None) -> None:
        """`MarkAhead` when members may hold more than this channel has: it was restored, and that is not stated yet."""
        mark = self.marks.get(self.channel) if self.marks else None
        if mark is None:
            return
        index = self._index(old)
        if mark.seq > index.head or self._behind(old, mark):
            raise MarkAhead(channel=self.channel, head=index.head, reached=mark.seq)
        self._check_not_forked(index, mark)

    def _raise_mark(self) -> None:
        mark = self.mark() if self.marks else None
        if self.marks and mark:
            self.marks.raise_to(mark)

    def mark(self) -> Mark | None:
        """How far the channel got; None when nothing was published."""
        state = self.repository.read()
        return self._mark(state, self._index(state))

    def _mark(self, state: Published | None, index: ChannelIndex) -> Mark | None:
        if state is None or not index.head:
            return None
        held, versions = index.carried(self._held(state, index)), self.repository.versions(state)
        audit = self._audit(state, index)
        if (restore := index.restored_after(index.head)) and restore.audit:
            audit = restore.audit
        return Mark(self.channel, held.seq, held.payload_hash, held.number, held.release_hash, versions, audit)

    def head(self) -> int:
        """The newest seq, lost ones counted, 0 when there is none: the next publication is the one after it."""
        return self._index(self.repository.read()).head

    def lost(self) -> tuple[int, ...]:
        """The seqs that are stated as lost by a restore, in order."""
        return tuple(sorted(self._index(self.repository.read()).lost))

    def manifests(self) -> list[SignedManifest]:
        """Every published manifest that is not lost, oldest first."""
        state = self.repository.read()
        return [self._manifest(state, seq) for seq in self._index(state).present()] if state else []

    def _done(self, index: ChannelIndex, signed: SignedManifest) -> bool:
        seq = signed.manifest.seq
        if seq > index.head:
            return False
        if seq in index.lost:
            raise SeqIsLost(channel=self.channel, seq=seq)
        if index.payloads[seq - 1] != signed.manifest.hash:
            raise AlreadyPublished(channel=self.channel, seq=seq)
        return True

    def _held(self, old: Published | None, index: ChannelIndex) -> Held:
        """The mark of a member that installed everything that is there."""
        present = index.present()
        return Held.of(self._manifest(old, present[-1]).manifest) if old and present else NOTHING

    def _audit(self, old: Published | None, index: ChannelIndex) -> AuditHead | None:
        """The audit head such a member holds."""
        present = index.present()
        return self._manifest(old, present[-1]).audit if old and present else None

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
