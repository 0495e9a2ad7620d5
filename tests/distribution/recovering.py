"""A hub restored to seq 5 after seq 7 was published, and members of every kind that meet it, for tests."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.marks import Mark, Marks
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.moji.pack import AuditHead
from tests.distribution.world import CHANNEL, World, contents, manifest, now

# What makes a pack under a lost number another one: the same content would be the same pack.
OTHER = {"more.txt": b"decided again, otherwise"}


def head_of(seq: int) -> AuditHead:
    return AuditHead(seq, hashlib.sha256(b"entry %d" % seq).hexdigest())


@dataclass
class Hub:
    """The world of the hub; a member per seq it stopped at; `mark` as it was before the machine was lost."""

    world: World
    members: dict[int, World]
    mark: Mark

    def copy(self, folder: Path) -> Hub:
        world = self.world.copy(folder / "hub")
        members = {seq: self._member(member, folder / f"at{seq}") for seq, member in self.members.items()}
        return Hub(world, members, self.mark)

    def _member(self, member: World, folder: Path) -> World:
        copy = member.copy(folder)
        channels = folder / "channels"
        shutil.rmtree(channels) if not channels.is_symlink() else channels.unlink()
        channels.symlink_to(folder.parent / "hub" / "channels")
        return copy

    @property
    def publisher(self) -> ChannelPublisher:
        return ChannelPublisher(self.world.folder / "channels", self.world.keys, CHANNEL, self.marks)

    @property
    def marks(self) -> Marks:
        return Marks(self.world.folder / "marks")


def restored_hub(first_world: World, scratch: Path) -> Hub:
    """Restored to seq 5 after seq 7 was published; the timestamp was renewed and a root made in between."""
    world = first_world.copy(scratch / "lost")
    members = {}
    backup = None
    for seq in range(2, 8):
        world.publish(audit=head_of(seq * 100))
        if seq == 5:
            backup = world.copy(scratch / "backup")
        if seq == 7:
            world.publisher.renew(now())
            world.keys.raise_roots(3, now())
            world.publisher.renew(now())
        if seq >= 5:
            assert world.sync() == 0
            members[seq] = world.copy(scratch / f"member{seq}")
    mark = world.publisher.mark()
    assert backup
    assert mark
    shutil.rmtree(backup.home)
    shutil.rmtree(backup.install)
    return Hub(backup, members, mark)


def payload_after(hub: Hub, mark: Mark):
    """The payload that would follow `mark`, and its files."""
    files = contents(mark.release_number + 1, mark.release_hash)
    return manifest(mark.seq + 1, mark.payload_hash, files, mark.release_number + 1), files


def mark_of(member: World) -> Mark:
    status = Agent(member.home).status()
    return Mark.from_agent_status(json.dumps(asdict(status)).encode())
