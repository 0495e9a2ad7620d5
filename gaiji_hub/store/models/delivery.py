"""配布版 and 配布: releases, what lies on the channels, who received it, what a restore could not bring back."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow


class Release(TownRow, Base):
    """配布版: the header; the canonical bytes lie in the blob store under `hash`.

    `added`, `changed`, `removed` count codes against the release before; None in releases made by 0.1.
    """

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("business_system_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(HASH)
    previous: Mapped[str] = mapped_column(HASH)
    date: Mapped[datetime.date]
    reason: Mapped[str] = mapped_column(Text)
    row_count: Mapped[int]
    rollback_of: Mapped[int | None]
    added: Mapped[int | None]
    changed: Mapped[int | None]
    removed: Mapped[int | None]


class Publication(TownRow, Base):
    """配布: one pack put on a channel. `tree` is the hash of its installed files (distribution.tree),
    `glyph_order` the blob by which the next pack's fonts are ordered.
    """

    __tablename__ = "publication"
    __table_args__ = (
        UniqueConstraint("channel", "seq"),
        CheckConstraint("kind IN ('release', 'rollback', 'withdrawal')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("release.id"), unique=True)
    channel: Mapped[str] = mapped_column(String(60))
    seq: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
    payload: Mapped[str] = mapped_column(HASH)
    manifest: Mapped[str] = mapped_column(HASH)
    tree: Mapped[str] = mapped_column(HASH)
    glyph_order: Mapped[str] = mapped_column(HASH)


class Member(TownRow, Base):
    """受信側システム enrolled on a channel."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("business_system_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class Acknowledgement(TownRow, Base):
    """受領: what a member says it holds; `hash` is over its bytes, so that a repeated delivery is one row."""

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("member_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    hash: Mapped[str] = mapped_column(HASH)
    seq: Mapped[int]
    payload: Mapped[str] = mapped_column(HASH)
    release_hash: Mapped[str] = mapped_column(HASH)
    tree: Mapped[str] = mapped_column(HASH)
    installed_at: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime.datetime] = mapped_column(Instant)


class LostNumber(TownRow, Base):
    """欠番: a release or publication given out before a restore and not in the backup; `hash` "" when unknown."""

    __tablename__ = "lost_number"
    __table_args__ = (
        UniqueConstraint("business_system_id", "kind", "number"),
        CheckConstraint("kind IN ('release', 'publication')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(HASH)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class WorkLease(Base):
    """仕事の貸出し: who works on what until when; `token` only rises, so that a late holder is refused (fencing)."""

    __tablename__ = "work_lease"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    token: Mapped[int]
    until: Mapped[datetime.datetime] = mapped_column(Instant)
