"""受信側: what a member system's machine does with its channel — enrol once, then sync, status, verify.

Runs on the base install. One home folder per channel and member; one run at a time, by a lock on the home.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gaiji_hub.distribution.install import InstallRoot, drift_from_mark
from gaiji_hub.distribution.outbox import Outbox
from gaiji_hub.distribution.state import Enrolment, Home
from gaiji_hub.distribution.sync import Sync, SyncResult
from gaiji_hub.distribution.tree import Drift
from gaiji_hub.distribution.trust import Trust
from gaiji_hub.errors import NotBuilt
from gaiji_hub.files.durable import folder_lock
from gaiji_hub.moji.pack import AuditHead


@dataclass(frozen=True)
class Status:
    """What this machine holds. `seq` 0: nothing installed yet. `pending`: seqs whose notice did not arrive yet;
    `refused`: of those the hub will not take. `token`: whether there is one, never which.

    `versions` (TUF metadata, by role) and `audit` are trusted so far. A hub that lost its marks reads them from here
    (`Mark.from_agent_status`).
    """

    channel: str
    address: str
    member: str
    install: str
    attestation: str
    attestation_label: str
    seq: int
    release_number: int
    release_hash: str
    release_date: str
    payload_hash: str
    current: str
    pending: tuple[int, ...]
    refused: tuple[int, ...]
    token: bool
    versions: dict[str, int]
    audit: AuditHead | None


class Agent:
    """The agent whose state is in `home`. Every method raises `NotEnrolled` until `enrol` was done."""

    def __init__(self, home: Path) -> None:
        self.home = Home(home)

    @staticmethod
    def enrol(
        home: Path, channel_url: str, trust_bytes: bytes, member: str, install_root: Path, token: str = ""
    ) -> Agent:
        """Record the channel (http(s) address or folder), the trust file's bytes and the install folder. No network.

        The channel's name is the last part of the address; every delivery must state it. `token` as `parse_token`
        gives it.
        """
        agent = Agent(home)
        enrolment = Enrolment.of(channel_url, member, install_root)
        agent.home.enrol(enrolment, Trust.from_bytes(trust_bytes))
        if token:
            agent.home.keep_token(token)
        return agent

    def keep_token(self, token: str) -> None:
        """Use `token` from now on."""
        self.home.enrolment()
        self.home.keep_token(token)

    def sync(self, now: datetime) -> SyncResult:
        """Install what is new, in order; see `sync`. A refusal or failure raises and keeps what is installed."""
        self.home.enrolment()
        with folder_lock(self.home.folder):
            return Sync(self.home, now).run()

    def status(self) -> Status:
        """What is recorded and in use, without network."""
        enrolment, trust, state = self.home.enrolment(), self.home.trust(), self.home.state()
        held, outbox = state.held, Outbox(self.home.outbox)
        current = InstallRoot(enrolment.install).current()
        manifest = current.signed.manifest if current and current.signed else None
        return Status(
            channel=enrolment.channel,
            address=enrolment.address,
            member=enrolment.member,
            install=str(enrolment.install),
            attestation=trust.attestation,
            attestation_label=trust.label,
            seq=held.seq,
            release_number=held.number,
            release_hash=held.release_hash or (manifest.release_hash if manifest else ""),
            release_date=manifest.date.isoformat() if manifest else "",
            payload_hash=held.payload_hash,
            current=current.folder.name if current else "",
            pending=tuple(outbox.waiting()),
            refused=tuple(outbox.set_aside()),
            token=bool(self.home.token()),
            versions=state.versions,
            audit=state.audit,
        )

    def verify(self) -> Drift:
        """Re-hash the installed tree against its signed manifest and the high-water mark, without network."""
        enrolment = self.home.enrolment()
        with folder_lock(self.home.folder):
            current = InstallRoot(enrolment.install).current()
            return drift_from_mark(current, self.home.state().held, self.home.trust())

    def rollback(self) -> None:
        raise NotBuilt(what="受信側での切り戻し（ハブが古い内容を新しい通番で発行したものを同期してください）")

    def install_offline(self) -> None:
        raise NotBuilt(what="媒体の一括ファイルからの導入（伝送路フォルダを媒体で運び --channel に指定できます）")
