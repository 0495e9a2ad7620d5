"""縮退方針 and 縮退先の選択: what a town asked for, and the one outcome of each. The highest approved number counts."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow

_USES = "use IN ('print', 'number_system', 'certificate')"
_OUTCOMES = "outcome IN ('approved', 'sent_back', 'withdrawn')"


class ShrinkPolicy(TownRow, Base):
    """縮退方針の案. `number` counts within municipality and use; `policy` is canonical JSON (moji.shrink_policy)."""

    __tablename__ = "shrink_policy"
    __table_args__ = (UniqueConstraint("lg_code", "use", "number"), CheckConstraint(_USES, name="use"))

    id: Mapped[int] = mapped_column(primary_key=True)
    use: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    policy: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class ShrinkPolicyOutcome(TownRow, Base):
    """承認・差戻し・取下げ of a draft, once. `seen` is the hash of what the second person had on the screen."""

    __tablename__ = "shrink_policy_outcome"
    __table_args__ = (CheckConstraint(_OUTCOMES, name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("shrink_policy.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(HASH)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class ShrinkChoice(TownRow, Base):
    """縮退先の選択 for one glyph in one use. `text` as `U+…`; "" takes an earlier choice back."""

    __tablename__ = "shrink_choice"
    __table_args__ = (
        UniqueConstraint("lg_code", "use", "number"),
        Index("ix_shrink_choice_lg_code_use_glyph", "lg_code", "use", "glyph"),
        CheckConstraint(_USES, name="use"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    use: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    glyph: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)


class ShrinkChoiceOutcome(TownRow, Base):
    """承認・差戻し・取下げ of a choice, once."""

    __tablename__ = "shrink_choice_outcome"
    __table_args__ = (CheckConstraint(_OUTCOMES, name="outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(ForeignKey("shrink_choice.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[int]
    by_name: Mapped[str] = mapped_column(Text)
    remark: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(HASH)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
