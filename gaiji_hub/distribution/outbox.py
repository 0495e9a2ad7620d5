"""受領通知の控え: written durably before it is sent, kept until it arrived. Delivery never holds up an install."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from gaiji_hub.distribution.transport import Channel, NoticeRefused, Undelivered
from gaiji_hub.files.durable import sync_folder, write_atomic
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement


@dataclass(frozen=True)
class Delivery:
    """`delivered`, `pending` and `refused` count the notices of a delivery round; `reason` says why some did not
    arrive, or "".
    """

    delivered: int
    pending: int
    reason: str = ""
    refused: int = 0


class Outbox:
    """`folder`/pending, …/delivered and …/refused, a file per notice: it is in none or in one, never in two.

    Refused: the hub will not take it, now or later. It is kept for the operator and stops no other.

    `NNNNNN-SSSSSS.json`: the number of the notice, which only rises, and its seq. Files that are only a number come
    from an agent that wrote one notice per seq.
    """

    def __init__(self, folder: Path) -> None:
        self.pending = folder / "pending"
        self.delivered = folder / "delivered"
        self.refused = folder / "refused"

    def put(self, notice: Acknowledgement) -> None:
        """Write `notice`, unless the newest one says that the same is held: a notice tells of a change."""
        folders = (self.pending, self.delivered, self.refused)
        written = sorted((path for folder in folders for path in _notices(folder)), key=_number)
        if written and _says_the_same(written[-1], notice):
            return
        number = _number(written[-1]) + 1 if written else 1
        write_atomic(self.pending / f"{number:06d}-{notice.seq:06d}.json", notice.to_bytes())

    def waiting(self) -> list[int]:
        """The seqs of the notices that have not arrived yet, oldest notice first."""
        return _seqs(self.pending)

    def set_aside(self) -> list[int]:
        """The seqs of the notices that the hub refused, oldest notice first."""
        return _seqs(self.refused)

    def deliver(self, channel: Channel, member: str) -> Delivery:
        """Send what waits, oldest first, until one does not arrive; the rest stays for the next sync."""
        waiting = sorted(_notices(self.pending), key=_number)
        delivered, refused, reason = 0, 0, ""
        for path in waiting:
            try:
                channel.deliver(_sent_as(path, member), path.read_bytes())
                _move(path, self.delivered)
                delivered += 1
            except NoticeRefused as error:
                _move(path, self.refused)
                refused, reason = refused + 1, str(error)
            except Undelivered as error:
                return Delivery(delivered, len(waiting) - delivered - refused, str(error), refused)
        return Delivery(delivered, 0, reason, refused)


def _move(notice: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    notice.replace(folder / notice.name)
    sync_folder(folder)
    sync_folder(notice.parent)


def _seqs(folder: Path) -> list[int]:
    return [int(path.stem.split("-")[-1]) for path in sorted(_notices(folder), key=_number)]


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
