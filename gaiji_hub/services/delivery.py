"""配布の状態: which pack is on the channel, who is enrolled, what each member says it holds.

Publications and acknowledgements are appended. Pull is the truth: a member's state is its acknowledgement of
the highest seq (of that, the last received), and the hashes in it show drift.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Conflict, NotFound
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.moji.actor import CONSOLE, Actor
from gaiji_hub.moji.lg_code import BadLgCode
from gaiji_hub.moji.names import BadName, channel_name, parse_name
from gaiji_hub.moji.text import has_control, show_control
from gaiji_hub.services import audit
from gaiji_hub.services.lost import lost_numbers
from gaiji_hub.services.municipalities import (
    AlreadyRegistered,
    BusinessSystem,
    UnknownBusinessSystem,
    locate,
    lock,
    parse_title,
)
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing

_HASH = re.compile("[0-9a-f]{64}")

State = Literal["never", "current", "behind", "drift", "lost"]
STATE_LABELS: dict[State, str] = {
    "never": "受領なし",
    "current": "最新",
    "behind": "更新待ち",
    "drift": "内容が異なる",
    "lost": "復元で失われた版を保持",
}


class UnknownMember(NotFound):
    code = "unknown_member"
    template = "受信側システムが見つかりません: {channel} {member}"


class UnknownPublication(NotFound):
    code = "unknown_publication"
    template = "配布が見つかりません: {channel} 通番 {seq}"


class OutOfOrder(Conflict):
    code = "publication_out_of_order"
    template = "伝送路 {channel} の次の通番は {expected} です（{seq} は記録できません）"


class PublishedOtherwise(Conflict):
    code = "published_otherwise"
    template = "伝送路 {channel} の通番 {seq} は別の内容で記録済みです"


@dataclass(frozen=True)
class Publication:
    """One pack on a channel. `payload` is the manifest's payload hash, `tree` that of the installed files.

    `manifest` (signed) and `glyph_order` are hashes of blobs.
    """

    channel: str
    seq: int
    kind: str
    release_number: int
    payload: str
    manifest: str
    tree: str
    glyph_order: str


@dataclass(frozen=True)
class Member:
    name: str
    title: str


@dataclass(frozen=True)
class MemberState:
    """What a member last acknowledged; 0, "" and None before its first acknowledgement.

    `state` is `lost` while it holds a publication that a restore could not bring back.
    """

    member: Member
    state: State
    seq: int
    published_seq: int
    payload: str
    tree: str
    installed_at: str
    agent: str
    received_at: datetime.datetime | None


def register_member(
    session: Session, lg_code: str, system: str, name: str, title: str, at: datetime.datetime, by: Actor = CONSOLE
) -> Member:
    """Enrol a member system on the channel; again as it is changes nothing, otherwise `AlreadyRegistered`."""
    owner = lock(session, lg_code, system)
    wanted = Member(parse_name(name), parse_title(title))
    found = _member(session, owner, name)
    if found is None:
        session.add(
            rows.Member(business_system_id=owner.id, lg_code=owner.lg_code, name=name, title=title, registered_at=at)
        )
        session.flush()
        subject = f"{owner.name}/member/{name}"
        audit.record(session, by, at, owner.lg_code, "register_member", subject, {"title": wanted.title})
    elif found.title != title:
        raise AlreadyRegistered(what=f"受信側システム {name}")
    return wanted


def list_members(session: Session, lg_code: str, system: str) -> tuple[Member, ...]:
    owner = locate(session, lg_code, system)
    query = select(rows.Member).where(rows.Member.business_system_id == owner.id).order_by(rows.Member.name)
    return tuple(Member(row.name, row.title) for row in session.scalars(query))


def list_publications(session: Session, lg_code: str, system: str) -> tuple[Publication, ...]:
    """Everything on the channel of a business system, by seq."""
    owner = locate(session, lg_code, system)
    query = (
        select(rows.Publication, rows.Release.number)
        .join(rows.Release, rows.Release.id == rows.Publication.release_id)
        .where(rows.Release.business_system_id == owner.id)
        .order_by(rows.Publication.seq)
    )
    return tuple(_publication(*row) for row in session.execute(query))


def next_place(session: Session, lg_code: str, system: str) -> tuple[int, str]:
    """The next seq of a channel and the payload hash of the one before ("" for seq 1).

    What a restore lost is passed over; a pack that lies on the channel below that and has no row yet is not.
    """
    owner = locate(session, lg_code, system)
    payloads = {publication.seq: publication.payload for publication in list_publications(session, lg_code, system)}
    lost = lost_numbers(session, owner, "publication")
    seq = max(payloads, default=0) + 1
    while seq in lost:
        seq += 1
    return seq, {**payloads, **lost}.get(seq - 1, "")


def anything_published(session: Session) -> bool:
    """Whether any channel of the hub carries a publication."""
    return session.scalar(select(rows.Publication.id).limit(1)) is not None


def record_publication(session: Session, lg_code: str, system: str, publication: Publication) -> bool:
    """Record that a pack is on its channel. The same one again changes nothing (a rerun after a kill): then False.

    The entry of the audit trail is the publisher's (services.publish), who knows when and by whom.
    Raises `OutOfOrder` for any seq but the next and `PublishedOtherwise` when the seq is taken.
    """
    owner = lock(session, lg_code, system)
    channel = channel_name(owner.lg_code, owner.name)
    known = list_publications(session, lg_code, system)
    if publication in known:
        return False
    expected, _ = next_place(session, lg_code, system)
    if publication.seq < expected:
        raise PublishedOtherwise(channel=channel, seq=publication.seq)
    if publication.seq != expected:
        raise OutOfOrder(channel=channel, expected=expected, seq=publication.seq)
    release = session.scalar(
        select(rows.Release.id).where(
            rows.Release.business_system_id == owner.id, rows.Release.number == publication.release_number
        )
    )
    if release is None or publication.channel != channel:
        raise UnknownPublication(channel=channel, seq=publication.seq)
    entry = rows.Publication(
        release_id=release,
        lg_code=owner.lg_code,
        channel=channel,
        seq=publication.seq,
        kind=publication.kind,
        payload=publication.payload,
        manifest=publication.manifest,
        tree=publication.tree,
        glyph_order=publication.glyph_order,
    )
    session.add(entry)
    session.flush()
    return True


def record_acknowledgement(session: Session, acknowledgement: Acknowledgement, at: datetime.datetime) -> None:
    """Record what a member says it holds; the same acknowledgement again changes nothing.

    Raises `UnknownMember` for an unknown channel or member (the same sentence) and `UnknownPublication` for a
    seq that never was on the channel; one that a restore lost is taken. Hashes that differ from the published ones
    are kept: that is drift.
    """
    check_acknowledgement(acknowledgement)
    owner, member = _find_member(session, acknowledgement)
    published = {publication.seq for publication in list_publications(session, owner.lg_code, owner.name)}
    if acknowledgement.seq not in published and acknowledgement.seq not in lost_numbers(session, owner, "publication"):
        raise UnknownPublication(channel=acknowledgement.channel, seq=acknowledgement.seq)
    entry = {
        "member_id": member.id,
        "lg_code": owner.lg_code,
        "hash": hashlib.sha256(acknowledgement.to_bytes()).hexdigest(),
        "seq": acknowledgement.seq,
        "payload": acknowledgement.payload_hash,
        "release_hash": acknowledgement.release_hash,
        "tree": acknowledgement.tree_hash,
        "installed_at": acknowledgement.installed_at,
        "agent": acknowledgement.agent,
        "received_at": at,
    }
    insert_missing(session, rows.Acknowledgement, [entry])


def check_acknowledgement(acknowledgement: Acknowledgement) -> None:
    """Raise `BadAcknowledgement` for what no agent of ours writes; it comes from outside."""
    hashes = (acknowledgement.payload_hash, acknowledgement.release_hash, acknowledgement.tree_hash)
    if not all(map(_HASH.fullmatch, hashes)):
        raise BadAcknowledgement(reason="ハッシュの書き方が違います")
    labels = ((acknowledgement.installed_at, 40), (acknowledgement.agent, 200))
    if any(has_control(text) or len(text) > limit for text, limit in labels):
        raise BadAcknowledgement(reason="時刻またはソフトウェア名が長すぎるか、制御文字があります")


def members_state(session: Session, lg_code: str, system: str) -> tuple[MemberState, ...]:
    """Every member of the channel with its newest acknowledgement (by seq, then by receipt), by name."""
    owner = locate(session, lg_code, system)
    published = {publication.seq: publication for publication in list_publications(session, lg_code, system)}
    lost = lost_numbers(session, owner, "publication")
    query = (
        select(rows.Acknowledgement)
        .join(rows.Member, rows.Member.id == rows.Acknowledgement.member_id)
        .where(rows.Member.business_system_id == owner.id)
        .order_by(rows.Acknowledgement.seq, rows.Acknowledgement.id)
    )
    # The last of each member counts: the highest seq, and of that the one received last. A notice that was long
    # on its way does not take a member back.
    newest = {row.member_id: row for row in session.scalars(query)}
    members = session.scalars(
        select(rows.Member).where(rows.Member.business_system_id == owner.id).order_by(rows.Member.name)
    )
    return tuple(_state(Member(row.name, row.title), newest.get(row.id), published, lost) for row in members)


def _state(
    member: Member,
    last: rows.Acknowledgement | None,
    published: Mapping[int, Publication],
    lost: Mapping[int, str],
) -> MemberState:
    head = max(published, default=0)
    if last is None:
        return MemberState(member, "never", 0, head, "", "", "", "", None)
    state: State = "current" if last.seq == head else "behind"
    held = published.get(last.seq)
    if held is None:
        # A payload nobody of the hub remembers cannot be told from drift.
        state = "lost" if lost.get(last.seq) in ("", last.payload) else "drift"
    elif (held.payload, held.tree) != (last.payload, last.tree):
        state = "drift"
    return MemberState(
        member,
        state,
        last.seq,
        head,
        last.payload,
        last.tree,
        last.installed_at,
        last.agent,
        last.received_at,
    )


def _find_member(session: Session, acknowledgement: Acknowledgement) -> tuple[BusinessSystem, rows.Member]:
    """The channel's name is `<団体コード>-<業務システム>`; whatever does not lead to a member is `UnknownMember`."""
    unknown = UnknownMember(channel=show_control(acknowledgement.channel[:47]), member=acknowledgement.member)
    lg_code, _, system = acknowledgement.channel.partition("-")
    try:
        owner = locate(session, lg_code, system)
    except (BadLgCode, BadName, UnknownBusinessSystem):
        raise unknown from None
    member = _member(session, owner, acknowledgement.member)
    if member is None:
        raise unknown
    return owner, member


def _member(session: Session, owner: BusinessSystem, name: str) -> rows.Member | None:
    query = select(rows.Member).where(rows.Member.business_system_id == owner.id, rows.Member.name == name)
    return session.scalar(query)


def _publication(row: rows.Publication, number: int) -> Publication:
    return Publication(row.channel, row.seq, row.kind, number, row.payload, row.manifest, row.tree, row.glyph_order)
