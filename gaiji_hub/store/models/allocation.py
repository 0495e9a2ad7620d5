"""採番: characters the hub named, requests for new ones, codes given out, what a census found, rights of shapes."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, SharedTownRow, TownRow


class HubCharacter(SharedTownRow, Base):
    """GH 文字: opaque id, never reused. `lg_code` owns it; `shared` ones are seen by every municipality.

    `merged_into` makes it an alias of another one. `readings` is JSON, a sorted list of hiragana.
    """

    __tablename__ = "hub_character"

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"), index=True)
    title: Mapped[str] = mapped_column(Text)
    readings: Mapped[str] = mapped_column(Text)
    merged_into: Mapped[str | None] = mapped_column(ForeignKey("hub_character.id"))
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class CharacterCode(TownRow, Base):
    """The code of a GH character in one edition of a font."""

    __tablename__ = "character_code"
    __table_args__ = (
        UniqueConstraint("lg_code", "edition", "code"),
        UniqueConstraint("lg_code", "edition", "character"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    character: Mapped[str] = mapped_column(ForeignKey("hub_character.id"))
    edition: Mapped[str] = mapped_column(String(80))
    code: Mapped[str] = mapped_column(String(12))


class CharacterRequest(TownRow, Base):
    """新しい字形の申請: the shape, the character it is of ("" = a new GH character), the systems that must hold it."""

    __tablename__ = "character_request"
    __table_args__ = (UniqueConstraint("lg_code", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))
    character: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(Text)
    readings: Mapped[str] = mapped_column(Text)
    systems: Mapped[str] = mapped_column(Text)
    grounds: Mapped[str] = mapped_column(Text)
    searched: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class RequestOutcome(TownRow, Base):
    """承認・差戻し・取下げ of a request, once."""

    __tablename__ = "request_outcome"
    __table_args__ = (CheckConstraint("outcome IN ('approved', 'sent_back', 'withdrawn')", name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("character_request.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    character: Mapped[str] = mapped_column(String(10))
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class Allocation(TownRow, Base):
    """採番: a code given to a character in one business system. `active` is NULL once it was given back, so that
    a code has at most one holder and may get another one later.
    """

    __tablename__ = "allocation"
    __table_args__ = (UniqueConstraint("business_system_id", "local_code", "active"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    local_code: Mapped[str] = mapped_column(String(12))
    character: Mapped[str] = mapped_column(String(10))
    request_id: Mapped[int | None] = mapped_column(ForeignKey("character_request.id"), index=True)
    active: Mapped[bool | None]
    allocated_at: Mapped[datetime.datetime] = mapped_column(Instant)
    returned_at: Mapped[datetime.datetime | None] = mapped_column(Instant)


class Census(TownRow, Base):
    """使用外字の調査: counts a town made on its own machine; `file` is the SHA-256 of the counts' file."""

    __tablename__ = "census"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"), index=True)
    file: Mapped[str] = mapped_column(HASH)
    title: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class CensusCount(TownRow, Base):
    __tablename__ = "census_count"

    census_id: Mapped[int] = mapped_column(ForeignKey("census.id"), primary_key=True)
    local_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    occurrences: Mapped[int]


class ShapeRights(TownRow, Base):
    """字形の権利: what a town says of a shape it uploaded; the highest id of a shape counts."""

    __tablename__ = "shape_rights"
    __table_args__ = (
        Index("ix_shape_rights_lg_code_shape", "lg_code", "shape"),
        CheckConstraint("rights IN ('own', 'vendor_licensed', 'unknown')", name="rights"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))
    rights: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(Text)
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
