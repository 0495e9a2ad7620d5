"""復元の後始末: what the high-water marks know and the restored hub does not, recorded, and said on every channel.

Marks come from outside the backup (distribution.marks, or what members say they hold). The higher side wins. Lost
numbers are rows of `lost_number`, so that the next release and the next publication go above them; the channel's
signed index says the same to the members (ADR 0011). Everything here may be repeated.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex, manifest_path
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import Mark, MarkForked, Marks
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.distribution.repository import Published, Repository
from gaiji_hub.distribution.trust import parse_manifest
from gaiji_hub.errors import Conflict, HubError
from gaiji_hub.moji.actor import CONSOLE, HUB
from gaiji_hub.moji.names import channel_name
from gaiji_hub.services import audit
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.lost import Kind, lost_numbers, record_lost
from gaiji_hub.services.municipalities import BusinessSystem, list_business_systems, list_municipalities, lock
from gaiji_hub.store import models as rows

ACTION = "hub.restored"


class MarksUnknown(Conflict):
    code = "marks_unknown"
    template = (
        "バックアップより後の発行の有無が分からない伝送路があります: {channels}。"
        "「なかった」ことはバックアップからは証明できません。最高到達点の置き場（--marks）か、受信側の "
        "agent status --json（--mark-from）を指定してください。なかったとみなすときは --accept-unknown。"
        "何も戻していません"
    )


class ReleaseForked(Conflict):
    code = "release_forked"
    template = (
        "伝送路 {channel} の第{number}版は、最高到達点の記録とバックアップで内容が違います"
        "（同じ番号を付けたハブが二つないか確かめてください）。何も変えていません"
    )


@dataclass(frozen=True)
class Evidence:
    """What is known from outside the backup. `folder`: a whole folder of marks was given, so a channel without a mark
    in it never published. `accept_unknown`: where nothing is known, the operator takes it that nothing followed.
    """

    marks: tuple[Mark, ...] = ()
    folder: bool = False
    accept_unknown: bool = False


@dataclass(frozen=True)
class ChannelLoss:
    """One channel after a restore. `reached_*` 0: no mark. `known` False: nothing from outside speaks of it.

    `registered` False: the business system itself is not in the backup, so all of its channel is lost.
    `behind`: the channel's files have not got as far as the mark says, and members would refuse them.
    """

    channel: str
    mark: Mark | None
    behind: bool
    backup_seq: int
    reached_seq: int
    lost_publications: tuple[int, ...]
    backup_release: int
    reached_release: int
    lost_releases: tuple[int, ...]
    known: bool
    registered: bool = True

    @property
    def any(self) -> bool:
        return bool(self.lost_publications or self.lost_releases or not self.registered)


def recover(
    registry: Registry, evidence: Evidence, now: datetime.datetime
) -> tuple[tuple[ChannelLoss, ...], list[str]]:
    """Compare a running hub with its own marks and those found later; the losses and a sentence per failed channel.

    Also finishes a restore that could not write a channel (no keys, no space).
    """
    own = Marks(registry.marks).all()
    with registry.store.writing() as session:
        losses = record_losses(session, registry.channels, evidence, own, now)
        if any(loss.any for loss in losses):
            note_restore(session, "", losses, now)
    return losses, list(recover_channels(registry, [loss for loss in losses if loss.any or loss.behind], now))


def record_losses(
    session: Session, channels: Path, evidence: Evidence, inside: Iterable[Mark], now: datetime.datetime
) -> tuple[ChannelLoss, ...]:
    """Record what is lost on every channel below `channels`; `inside` are marks that the backup carried itself.

    `MarkForked` or `ReleaseForked` when a mark contradicts what is there.
    """
    known = _by_channel((*evidence.marks, *inside))
    outside = {mark.channel for mark in evidence.marks}
    losses = []
    for owner in _systems(session):
        channel = channel_name(owner.lg_code, owner.name)
        place = _Channel.read(channels, channel)
        sure = channel in outside or evidence.accept_unknown or (evidence.folder and not place.index.head)
        losses.append(_compare(session, owner, place, known.pop(channel, []), now, known=sure))
    losses += [_unregistered(_highest(marks)) for _, marks in sorted(known.items())]
    return tuple(losses)


def refuse_unknown(losses: Iterable[ChannelLoss]) -> None:
    """Raise `MarksUnknown` when nothing from outside speaks of a channel."""
    unknown = [loss.channel for loss in losses if not loss.known]
    if unknown:
        shown = "、".join(unknown[:5]) + (f" ほか {len(unknown) - 5} 本" if len(unknown) > 5 else "")
        raise MarksUnknown(channels=shown)


def note_restore(session: Session, made_at: str, losses: Iterable[ChannelLoss], now: datetime.datetime) -> None:
    """Say in the trails of the hub and of every town concerned that a restore happened and what it lost."""
    lost = [loss for loss in losses if loss.any]
    for loss in lost:
        if loss.registered:
            detail = {
                "backup_made_at": made_at,
                "lost_publications": _listed(loss.lost_publications),
                "lost_releases": _listed(loss.lost_releases),
            }
            lg_code, _, system = loss.channel.partition("-")
            audit.record(session, CONSOLE, now, lg_code, ACTION, f"{system}/restore", detail)
    audit.record(session, CONSOLE, now, HUB, ACTION, "hub", {"backup_made_at": made_at, "channels": len(lost)})


def recover_channels(registry: Registry, losses: Iterable[ChannelLoss], now: datetime.datetime) -> Iterator[str]:
    """State on every channel how far it once got, and keep the marks; a sentence for each that could not be written."""
    marks = Marks(registry.marks)
    for loss in losses:
        if loss.mark is None or not loss.mark.seq:
            continue
        try:
            # First: from here on nothing is published below the mark, even when the channel cannot be written.
            marks.raise_to(loss.mark)
            if loss.registered:
                keys = HubKeys.open(registry.keys)
                ChannelPublisher(registry.channels, keys, loss.channel, marks).recover(loss.mark, now)
        except HubError as error:
            yield f"{loss.channel}: {error}"
        except OSError as error:
            yield f"{loss.channel}: 公開フォルダを読み書きできません（{error.strerror or type(error).__name__}）"


def _compare(
    session: Session,
    owner: BusinessSystem,
    channel: _Channel,
    marks: list[Mark],
    now: datetime.datetime,
    *,
    known: bool,
) -> ChannelLoss:
    lock(session, owner.lg_code, owner.name)
    releases, index = _numbers(session, owner), channel.index
    recorded = max(_recorded_seqs(session, owner), default=0)
    _refuse_forks(index, releases, marks)
    unknown, pending = channel.unrecorded(recorded, releases)
    marks = [*marks, *unknown]
    mark = _highest(marks) if marks else None
    seq, number = (mark.seq, mark.release_number) if mark else (0, 0)
    payloads = {**dict(enumerate(index.payloads, start=1)), **{one.seq: one.payload_hash for one in marks}}
    publications = _lost(recorded, max(seq, index.head), payloads, pending)
    top = max((*releases, *lost_numbers(session, owner, "release")), default=0)
    lost_releases = _lost(top, number, {one.release_number: one.release_hash for one in marks})
    lost: tuple[tuple[Kind, dict[int, str]], ...] = (("publication", publications), ("release", lost_releases))
    for kind, numbers in lost:
        record_lost(session, owner, kind, numbers, now)
    return ChannelLoss(
        channel=index.channel,
        mark=mark or channel.own_mark(),
        behind=mark is not None and channel.behind(mark),
        backup_seq=max([recorded, *pending]),
        reached_seq=seq,
        lost_publications=tuple(publications),
        backup_release=max(releases, default=0),
        reached_release=number,
        lost_releases=tuple(lost_releases),
        known=known,
    )


def _lost(top: int, reached: int, hashes: dict[int, str], but: Iterable[int] = ()) -> dict[int, str]:
    return {number: hashes.get(number, "") for number in range(top + 1, reached + 1) if number not in set(but)}


def _unregistered(mark: Mark) -> ChannelLoss:
    return ChannelLoss(
        channel=mark.channel,
        mark=mark,
        behind=False,
        backup_seq=0,
        reached_seq=mark.seq,
        lost_publications=tuple(range(1, mark.seq + 1)),
        backup_release=0,
        reached_release=mark.release_number,
        lost_releases=tuple(range(1, mark.release_number + 1)),
        known=True,
        registered=False,
    )


def _refuse_forks(index: ChannelIndex, releases: dict[int, str], marks: list[Mark]) -> None:
    for mark in marks:
        if 0 < mark.seq <= index.head and index.payloads[mark.seq - 1] not in ("", mark.payload_hash):
            raise MarkForked(channel=index.channel, seq=mark.seq)
        if releases.get(mark.release_number, mark.release_hash) != mark.release_hash:
            raise ReleaseForked(channel=index.channel, number=mark.release_number)


def _by_channel(marks: Iterable[Mark]) -> dict[str, list[Mark]]:
    found: dict[str, list[Mark]] = {}
    for mark in marks:
        found.setdefault(mark.channel, []).append(mark)
    return found


def _highest(marks: list[Mark]) -> Mark:
    highest = marks[0]
    for mark in marks[1:]:
        highest = highest.joined(mark)
    return highest


def _systems(session: Session) -> Iterator[BusinessSystem]:
    for town in list_municipalities(session):
        yield from list_business_systems(session, town.lg_code)


@dataclass(frozen=True)
class _Channel:
    """What the readers of a channel are told now. Reading needs no key."""

    repository: Repository
    state: Published | None
    index: ChannelIndex

    @staticmethod
    def read(channels: Path, channel: str) -> _Channel:
        repository = Repository(channels / channel, HubKeys(channels, {}))
        state = repository.read()
        if state is None:
            return _Channel(repository, None, ChannelIndex(channel))
        data = repository.read_target(state.targets.targets[INDEX_PATH])
        return _Channel(repository, state, ChannelIndex.from_bytes(data))

    def unrecorded(self, recorded: int, releases: dict[int, str]) -> tuple[list[Mark], list[int]]:
        """What lies here above seq `recorded`: marks of packs whose release the database does not know, and the seqs
        of those whose release it does (a publication was broken off before its row; the next one finishes it).
        """
        unknown: list[Mark] = []
        pending: list[int] = []
        for seq in range(recorded + 1, self.index.head + 1):
            if self.state is None or seq in self.index.lost:
                continue
            data = self.repository.read_target(self.state.targets.targets[manifest_path(seq)])
            manifest = parse_manifest(data).manifest
            number, digest = manifest.release_number, manifest.release_hash
            if releases.get(number) == digest and not unknown:
                pending.append(seq)
            else:
                unknown.append(Mark(self.index.channel, seq, manifest.hash, number, digest))
        return unknown, pending

    def own_mark(self) -> Mark | None:
        """How far the channel's files say it got: enough to state a restore where no mark is known."""
        found, _ = self.unrecorded(0, {})
        return found[-1] if found else None

    def behind(self, mark: Mark) -> bool:
        here = dict(self.repository.versions(self.state)) if self.state else {}
        return mark.seq > self.index.head or any(here.get(role, 0) < version for role, version in mark.versions)


def _numbers(session: Session, owner: BusinessSystem) -> dict[int, str]:
    query = select(rows.Release.number, rows.Release.hash).where(rows.Release.business_system_id == owner.id)
    return {row.number: row.hash for row in session.execute(query)}


def _recorded_seqs(session: Session, owner: BusinessSystem) -> list[int]:
    published = select(rows.Publication.seq).join(rows.Release, rows.Release.id == rows.Publication.release_id)
    found = session.scalars(published.where(rows.Release.business_system_id == owner.id))
    return [*found, *lost_numbers(session, owner, "publication")]


def _listed(numbers: tuple[int, ...]) -> str:
    return ",".join(map(str, numbers[:50]))
