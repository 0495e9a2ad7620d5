"""受領通知の控え: written durably before it is sent, kept until it arrived. Delivery never holds up an install."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from gaiji_hub.distribution.transport import Channel, Undelivered
from gaiji_hub.files.durable import sync_folder, write_atomic
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement


@dataclass(frozen=True)
class Delivery:
    """`delivered` and `pending` count notices after a delivery round; `reason` says why some are left, or ""."""

    delivered: int
    pending: int
    reason: str = ""


class Outbox:
    """`folder`/pending and `folder`/delivered, a file per notice: it is in neither, in one, never in both.

    `NNNNNN-SSSSSS.json`: the number of the notice, which only rises, and its seq. Files that are only a number come
    from an agent that wrote one notice per seq.
    """

    def __init__(self, folder: Path) -> None:
        self.pending = folder / "pending"
        self.delivered = folder / "delivered"

    def put(self, notice: Acknowledgement) -> None:
        """Write `notice`, unless the newest one says that the same is held: a notice tells of a change."""
        written = sorted([*_notices(self.pending), *_notices(self.delivered)], key=_number)
        if written and _says_the_same(written[-1], notice):
            return
        number = _number(written[-1]) + 1 if written else 1
        write_atomic(self.pending / f"{number:06d}-{notice.seq:06d}.json", notice.to_bytes())

    def waiting(self) -> list[int]:
        """The seqs of the notices that have not arrived yet, oldest notice first."""
        return [int(path.stem.split("-")[-1]) for path in sorted(_notices(self.pending), key=_number)]

    def deliver(self, channel: Channel, member: str) -> Delivery:
        """Send what waits, oldest first, until one does not arrive; the rest stays for the next sync."""
        waiting = sorted(_notices(self.pending), key=_number)
        for done, path in enumerate(waiting):
            try:
                channel.deliver(_sent_as(path, member), path.read_bytes())
            except Undelivered as error:
                return Delivery(done, len(waiting) - done, str(error))
            self.delivered.mkdir(parents=True, exist_ok=True)
            path.replace(self.delivered / path.name)
            sync_folder(self.delivered)
            sync_folder(self.pending)
        return Delivery(len(waiting), 0)


def _notices(folder: Path) -> list[Path]:
    return list(folder.glob("*.json"))


def _number(path: Path) -> int:
    return int(path.stem.split("-")[0])


def _sent_as(path: Path, member: str) -> str:
    """By number, member and content: a machine that was enrolled anew counts from 1 again."""
    return f"{_number(path):06d}-{member}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}.json"


def _says_the_same(path: Path, notice: Acknowledgement) -> bool:
    try:
        last = Acknowledgement.from_bytes(path.read_bytes())
    except BadAcknowledgement:
        return False
    return replace(last, installed_at=notice.installed_at, agent=notice.agent) == notice
