"""外字: shapes, the fonts they came in, and what happened to each local code."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow


class Shape(Base):
    """字形: the canonical outline bytes (moji.outline) under their SHA-256."""

    __tablename__ = "shape"

    hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    outline: Mapped[bytes] = mapped_column(LargeBinary)


class Intake(TownRow, Base):
    """取込: one font file read into a business system; `font` is the SHA-256 of the file, which is not kept.

    `partial` where only some codes of it were asked for: it does not say what else the system holds.
    """

    __tablename__ = "intake"

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"), index=True)
    font: Mapped[str] = mapped_column(HASH)
    family: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
    partial: Mapped[bool] = mapped_column(server_default="0")


class Gaiji(TownRow, Base):
    """外字: the present state of one local code. `shape` is its latest one, kept when the gaiji is gone."""

    __tablename__ = "gaiji"
    __table_args__ = (UniqueConstraint("business_system_id", "local_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    local_code: Mapped[str] = mapped_column(String(12))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"), index=True)
    present: Mapped[bool]


class GaijiRevision(TownRow, Base):
    """What an intake did to a gaiji: `new`, `changed`, `gone` or `back`; an allocation is `new` of its own intake."""

    __tablename__ = "gaiji_revision"
    __table_args__ = (
        UniqueConstraint("gaiji_id", "intake_id"),
        CheckConstraint("kind IN ('new', 'changed', 'gone', 'back')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    gaiji_id: Mapped[int] = mapped_column(ForeignKey("gaiji.id"))
    intake_id: Mapped[int] = mapped_column(ForeignKey("intake.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"), index=True)
