"""同期: fetch, check, install in order, acknowledge. Every step may be the last one before a kill.

1 leftovers away · 2 catch up with what `current` says, report what drifted · 3 refresh on a copy of the trusted
metadata · 4 check every manifest from the mark to the head (`plan`) · 5 fetch and check every file of all packs ·
6 per pack: write it aside, record what is coming, switch, raise the mark, write the notice · 7 keep the new metadata ·
8 old packs away · 9 deliver notices.
A refusal can only come in 1–5 and keeps the installed tree.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gaiji_hub import __version__
from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex, check_index
from gaiji_hub.distribution.install import Installed, InstallRoot, drift_from_mark, found_files
from gaiji_hub.distribution.outbox import Delivery, Outbox
from gaiji_hub.distribution.plan import Step, plan
from gaiji_hub.distribution.staging import Staging
from gaiji_hub.distribution.state import Home, State
from gaiji_hub.distribution.transport import open_channel
from gaiji_hub.distribution.tree import Drift, expected_tree_hash, tree_hash
from gaiji_hub.distribution.trust import MANIFEST_NAME, Held, check_manifest, check_signatures
from gaiji_hub.distribution.updates import MAX_INDEX_SIZE, Updates
from gaiji_hub.errors import HubError, NotBuilt
from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.moji.pack import SignedManifest


@dataclass(frozen=True)
class SyncResult:
    """`installed`: the seqs put in place, in order. `repaired`: what had drifted and was put back. `held`: the mark.

    `lost`: the seqs from the mark before this run on that the hub lost by a restore, the held one included.
    """

    installed: tuple[int, ...]
    repaired: Drift
    held: Held
    attestation: str
    delivery: Delivery
    lost: tuple[int, ...] = ()


class Sync:
    """One run under the home's lock. `now` is an aware instant; nothing below reads a clock."""

    def __init__(self, home: Home, now: datetime) -> None:
        self.home = home
        self.now = now
        self.enrolment = home.enrolment()
        self.trust = home.trust()
        self.root = InstallRoot(self.enrolment.install)
        self.outbox = Outbox(home.outbox)
        self.channel = open_channel(self.enrolment.address, home.token())

    def run(self) -> SyncResult:
        """Bring the member to the channel's head; one leaf of the error tree and the old state otherwise."""
        if os.name == "nt":
            raise NotBuilt(what="Windows での導入（リンクの切替がないため）")
        self._clear()
        try:
            state, drift = self._catch_up(self.home.state())
            # Before anything can be refused: the hub must learn of drift that cannot be put right.
            reported = self._deliver() if drift else Delivery(0, 0)
            updates = self._refresh(state)
            index = ChannelIndex.from_bytes(updates.read(INDEX_PATH, MAX_INDEX_SIZE))
            state, drift = self._adopt_newer(state, drift, index)
            lost = tuple(sorted(seq for seq in index.lost if seq >= state.held.seq))
            steps = plan(updates, index, self.trust, self.enrolment.channel, state, repair=bool(drift))
            state = self._install_all(updates, state, steps)
            self.home.keep(replace(state, metadata=updates.metadata(), coming=None))
        finally:
            self._clear()
        self.root.prune()
        delivery = self._deliver()
        delivery = replace(
            delivery,
            delivered=reported.delivered + delivery.delivered,
            refused=reported.refused + delivery.refused,
            reason=delivery.reason or reported.reason,
        )
        seqs = tuple(step.reached.held.seq for step in steps)
        return SyncResult(seqs, drift, state.held, self.trust.attestation, delivery, lost)

    def _deliver(self) -> Delivery:
        return self.outbox.deliver(self.channel, self.enrolment.member)

    def _clear(self) -> None:
        if self.home.staging.exists():
            shutil.rmtree(self.home.staging)
        self.root.clear()

    def _catch_up(self, state: State) -> tuple[State, Drift]:
        """Raise the mark to what `current` holds (a kill came between the switch and the record); say what drifted."""
        current = self.root.current()
        coming = state.coming
        if coming and current and current.signed and current.signed.manifest.hash == coming.held.payload_hash:
            state = replace(state, held=coming.held, audit=coming.audit, coming=None)
            self.home.keep(state)
        elif current and current.signed and current.signed.manifest.seq == state.held.seq + 1:
            state = self._adopt(state, current.signed)
        if current and current.signed and current.signed.manifest.hash == state.held.payload_hash:
            # Completes a mark without release hash; the same mark otherwise.
            state = replace(state, held=Held.of(current.signed.manifest))
        return state, self._report(state.held)

    def _adopt(self, state: State, signed: SignedManifest) -> State:
        try:
            held = check_manifest(self.trust, self.enrolment.channel, state.held, signed)
        except HubError:
            # Not a pack of this channel after our mark: it stays below the mark and shows as drift.
            return state
        state = replace(state, held=held)
        self.home.keep(state)
        return state

    def _refresh(self, state: State) -> Updates:
        updates = Updates(self.channel, self.home.staging, self.trust.root, state.metadata, self.now)
        updates.refresh()
        return updates

    def _adopt_newer(self, state: State, drift: Drift, index: ChannelIndex) -> tuple[State, Drift]:
        """Never install backwards: a pack in use that is ahead of the mark (an old home was restored, or a new one
        enrolled over an install) becomes the mark when it is signed and in the channel, and is refused when it is not.
        """
        current = self.root.current()
        if current is None or current.signed is None or current.signed.manifest.seq <= state.held.seq:
            return state, drift
        manifest = current.signed.manifest
        ahead = Held.of(manifest)
        check_signatures(self.trust, current.signed)
        check_index(index, self.enrolment.channel, ahead)
        return replace(state, held=ahead), self._report(ahead)

    def _install_all(self, updates: Updates, state: State, steps: Sequence[Step]) -> State:
        staging = Staging(self.home.staging / "files", updates, self.root.current())
        staging.fetch(steps)
        for step in steps:
            self.root.write_aside(step.signed, staging.read)
            self.home.keep(replace(state, coming=step.reached))
            self.root.switch(step.signed.manifest)
            state = replace(state, held=step.reached.held, audit=step.reached.audit, coming=None)
            if step is steps[-1]:
                state = replace(state, metadata=updates.metadata())
            self.home.keep(state)
            self._report(state.held)
        return state

    def _report(self, held: Held) -> Drift:
        """How what is in use differs from the mark, and a notice of what it is when that is news."""
        current = self.root.current()
        drift = drift_from_mark(current, held, self.trust)
        signed = current.signed if current else None
        if held.seq and held.release_hash:
            notice = Acknowledgement(
                channel=self.enrolment.channel,
                member=self.enrolment.member,
                seq=held.seq,
                payload_hash=signed.manifest.hash if signed else held.payload_hash,
                release_hash=held.release_hash,
                tree_hash=_tree_in_use(current, drift),
                # To the microsecond: the same content may come back, and each time must be a notice of its own.
                installed_at=self.now.astimezone(UTC).isoformat(timespec="microseconds"),
                agent=__version__,
            )
            self.outbox.put(notice)
        return drift


def _tree_in_use(current: Installed | None, drift: Drift) -> str:
    """The hash of the tree as it lies on disk; the manifest counts only when it is not the signed one."""
    if current is None:
        return tree_hash({})
    if not drift and current.signed:
        return expected_tree_hash(current.signed.manifest)
    files = found_files(current.folder)
    if MANIFEST_NAME not in drift.changed:
        files.pop(MANIFEST_NAME, None)
    return tree_hash(files)
