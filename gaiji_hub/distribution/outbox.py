"""受領通知の控え: written durably before it is sent, kept until it arrived. Delivery never holds up an install."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gaiji_hub.distribution.transport import Channel, Undelivered
from gaiji_hub.files.durable import sync_folder, write_atomic
from gaiji_hub.moji.acknowledgement import Acknowledgement


@dataclass(frozen=True)
class Delivery:
    """`delivered` and `pending` count notices after a delivery round; `reason` says why some are left, or ""."""

    delivered: int
    pending: int
    reason: str = ""


class Outbox:
    """`folder`/pending and `folder`/delivered, a file per seq: a notice is in neither, in one, never in both."""

    def __init__(self, folder: Path) -> None:
        self.pending = folder / "pending"
        self.delivered = folder / "delivered"

    def has(self, seq: int) -> bool:
        """Whether a notice for `seq` was ever written."""
        return (self.pending / _name(seq)).exists() or (self.delivered / _name(seq)).exists()

    def put(self, notice: Acknowledgement) -> None:
        write_atomic(self.pending / _name(notice.seq), notice.to_bytes())

    def waiting(self) -> list[int]:
        """The seqs whose notice has not arrived yet, ascending."""
        return sorted(int(path.stem) for path in self.pending.glob("*.json"))

    def deliver(self, channel: Channel, member: str) -> Delivery:
        """Send what waits, oldest first, until one does not arrive; the rest stays for the next sync."""
        waiting = self.waiting()
        for done, seq in enumerate(waiting):
            path = self.pending / _name(seq)
            try:
                channel.deliver(f"{seq:06d}-{member}.json", path.read_bytes())
            except Undelivered as error:
                return Delivery(done, len(waiting) - done, str(error))
            self.delivered.mkdir(parents=True, exist_ok=True)
            path.replace(self.delivered / path.name)
            sync_folder(self.delivered)
            sync_folder(self.pending)
        return Delivery(len(waiting), 0)


def _name(seq: int) -> str:
    return f"{seq:06d}.json"
