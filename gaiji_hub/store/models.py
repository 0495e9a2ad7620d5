"""The tables. Append-only ones (see `APPEND_ONLY`) are guarded by triggers in the migrations as well.

Municipalities are kept apart by the path (municipality → business system → everything below). One table is
outside that path because it holds no town's fact: `shape` (outline bytes under their own hash); it is read only
through a gaiji of the asking town.
"""

from __future__ import annotations

import datetime

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from gaiji_hub.store.engine import utc

APPEND_ONLY = (
    "shape",
    "intake",
    "gaiji_revision",
    "candidates",
    "identification",
    "release",
    "publication",
    "acknowledgement",
)

_HASH = String(64)


class Instant(TypeDecorator[datetime.datetime]):
    """A point in time, UTC; SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, _dialect: Dialect) -> datetime.datetime | None:
        return None if value is None else utc(value)

    def process_result_value(self, value: datetime.datetime | None, _dialect: Dialect) -> datetime.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else utc(value)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Municipality(Base):
    """団体"""

    __tablename__ = "municipality"

    lg_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class BusinessSystem(Base):
    """業務システム. Its row is the lock under which decisions, releases and publications get their numbers."""

    __tablename__ = "business_system"
    __table_args__ = (UniqueConstraint("lg_code", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    lg_code: Mapped[str] = mapped_column(ForeignKey("municipality.lg_code"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    code_system: Mapped[str] = mapped_column(String(40))
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class Shape(Base):
    """字形: the canonical outline bytes (moji.outline) under their SHA-256."""

    __tablename__ = "shape"

    hash: Mapped[str] = mapped_column(_HASH, primary_key=True)
    outline: Mapped[bytes] = mapped_column(LargeBinary)


class Intake(Base):
    """取込: one font file read into a business system; `font` is the SHA-256 of the file, which is not kept."""

    __tablename__ = "intake"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"), index=True)
    font: Mapped[str] = mapped_column(_HASH)
    family: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class Gaiji(Base):
    """外字: the present state of one local code. `shape` is its latest one, kept when the gaiji is gone."""

    __tablename__ = "gaiji"
    __table_args__ = (UniqueConstraint("business_system_id", "local_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    local_code: Mapped[str] = mapped_column(String(12))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"), index=True)
    present: Mapped[bool]


class GaijiRevision(Base):
    """What an intake did to a gaiji: `new`, `changed`, `gone` or `back`."""

    __tablename__ = "gaiji_revision"
    __table_args__ = (
        UniqueConstraint("gaiji_id", "intake_id"),
        CheckConstraint("kind IN ('new', 'changed', 'gone', 'back')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gaiji_id: Mapped[int] = mapped_column(ForeignKey("gaiji.id"))
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))


class Candidates(Base):
    """候補: what one gallery told one business system about a shape; `candidates` is JSON (services.candidates).

    Kept per business system: a shape answered because another town has it would say that the town has it.
    `gallery` stands for index, thresholds and tables, `edition` names the tables; highest id newest.
    """

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("business_system_id", "shape", "gallery"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))
    gallery: Mapped[str] = mapped_column(_HASH)
    edition: Mapped[str] = mapped_column(Text)
    band: Mapped[str] = mapped_column(String(12))
    candidates: Mapped[str] = mapped_column(Text)


class Identification(Base):
    """同定: one decision about one shape of one gaiji. `number` counts within the business system."""

    __tablename__ = "identification"
    __table_args__ = (
        UniqueConstraint("business_system_id", "number"),
        Index("ix_identification_gaiji_id_shape_number", "gaiji_id", "shape", "number"),
        CheckConstraint("verdict IN ('exact', 'design_difference', 'similar', 'none')", name="verdict"),
        CheckConstraint("(verdict = 'none') = (glyph IS NULL)", name="glyph"),
        CheckConstraint("approval IN ('unapproved', 'approved')", name="approval"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    number: Mapped[int]
    gaiji_id: Mapped[int] = mapped_column(ForeignKey("gaiji.id"))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))
    verdict: Mapped[str] = mapped_column(String(20))
    glyph: Mapped[str | None] = mapped_column(String(10))
    grounds: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[str] = mapped_column(Text)
    approval: Mapped[str] = mapped_column(String(12))
    editions: Mapped[str] = mapped_column(Text)
    gallery: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class Release(Base):
    """配布版: the header; the canonical bytes lie in the blob store under `hash`."""

    __tablename__ = "release"
    __table_args__ = (UniqueConstraint("business_system_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    number: Mapped[int]
    hash: Mapped[str] = mapped_column(_HASH)
    previous: Mapped[str] = mapped_column(_HASH)
    date: Mapped[datetime.date]
    reason: Mapped[str] = mapped_column(Text)
    row_count: Mapped[int]
    rollback_of: Mapped[int | None]


class Publication(Base):
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
    payload: Mapped[str] = mapped_column(_HASH)
    manifest: Mapped[str] = mapped_column(_HASH)
    tree: Mapped[str] = mapped_column(_HASH)
    glyph_order: Mapped[str] = mapped_column(_HASH)


class Member(Base):
    """受信側システム enrolled on a channel."""

    __tablename__ = "member"
    __table_args__ = (UniqueConstraint("business_system_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class Acknowledgement(Base):
    """受領: what a member says it holds; `hash` is over its bytes, so that a repeated delivery is one row."""

    __tablename__ = "acknowledgement"
    __table_args__ = (UniqueConstraint("member_id", "hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("member.id"))
    hash: Mapped[str] = mapped_column(_HASH)
    seq: Mapped[int]
    payload: Mapped[str] = mapped_column(_HASH)
    release_hash: Mapped[str] = mapped_column(_HASH)
    tree: Mapped[str] = mapped_column(_HASH)
    installed_at: Mapped[str] = mapped_column(String(40))
    agent: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime.datetime] = mapped_column(Instant)
