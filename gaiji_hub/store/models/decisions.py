"""候補, 同定 and 承認: what the galleries said, what a person decided, what the second person said to it."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow


class Candidates(TownRow, Base):
    """候補: what one gallery told one business system about a shape; `candidates` is JSON (services.candidates).

    Kept per business system: a shape answered because another town has it would say that the town has it.
    `gallery` stands for index, thresholds and tables, `edition` names the tables; highest id newest.
    """

    __tablename__ = "candidates"
    __table_args__ = (UniqueConstraint("business_system_id", "shape", "gallery"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    shape: Mapped[str] = mapped_column(ForeignKey("shape.hash"))
    gallery: Mapped[str] = mapped_column(HASH)
    edition: Mapped[str] = mapped_column(Text)
    band: Mapped[str] = mapped_column(String(12))
    candidates: Mapped[str] = mapped_column(Text)


class Identification(TownRow, Base):
    """同定: one decision about one shape of one gaiji. `number` counts within the business system.

    `approval` is what release 0.1 wrote (`unapproved`); the second person's word is a row of `approval`.
    `ground` is an item of the pick-list (moji.grounds), `grounds` the words beside it. `undoes` names the decision
    that this one takes back; `reopens` sets the gaiji back to 未同定.
    """

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
    ground: Mapped[str] = mapped_column(String(20), server_default="")
    decided_by_id: Mapped[int | None]
    undoes: Mapped[int | None]
    reopens: Mapped[bool] = mapped_column(server_default="0")


class Approval(TownRow, Base):
    """承認・差戻し・取下げ: the one outcome of a decision. `seen` is the hash of the shapes that were on the screen."""

    __tablename__ = "approval"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'sent_back', 'withdrawn')", name="outcome"),
        CheckConstraint("kind IN ('ordinary', 'acting', 'neighbour', '')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"), index=True)
    identification_id: Mapped[int] = mapped_column(ForeignKey("identification.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(HASH)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class ActingReview(TownRow, Base):
    """後閲: the approver has looked at what was approved in the approver's place (代決)."""

    __tablename__ = "acting_review"

    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approval.id"), unique=True)
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
