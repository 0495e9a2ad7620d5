"""団体, their groups and their 業務システム."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import Base, Instant, TownRow


class Municipality(TownRow, Base):
    """団体. `acting_allowed`: a clerk may approve in the approver's place (代決), never the own decision."""

    __tablename__ = "municipality"

    lg_code: Mapped[str] = mapped_column(String(6), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)
    acting_allowed: Mapped[bool] = mapped_column(server_default="0")


class TownGroup(Base):
    """協議会などの団体の集まり."""

    __tablename__ = "town_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(Text)


class TownGroupMember(TownRow, Base):
    __tablename__ = "town_group_member"

    group_id: Mapped[int] = mapped_column(ForeignKey("town_group.id"), primary_key=True)
    lg_code: Mapped[str] = mapped_column(ForeignKey("municipality.lg_code"), primary_key=True)


class BusinessSystem(TownRow, Base):
    """業務システム. Its row is the lock under which decisions, releases and publications get their numbers.

    `policy`, `policy_edition`, `policy_until`: its 文字要件 (moji.policy); `space_rule`: moji.policy.SpaceRule.
    """

    __tablename__ = "business_system"
    __table_args__ = (
        UniqueConstraint("lg_code", "name"),
        CheckConstraint("policy IN ('local', 'mj-ivs', 'mjplus', 'transition')", name="policy"),
        CheckConstraint("space_rule IN ('keep', 'full_width', 'half_pair')", name="space_rule"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    lg_code: Mapped[str] = mapped_column(ForeignKey("municipality.lg_code"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    code_system: Mapped[str] = mapped_column(String(40))
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)
    policy: Mapped[str] = mapped_column(String(12), server_default="local")
    policy_edition: Mapped[str] = mapped_column(String(40), server_default="")
    policy_until: Mapped[datetime.date | None]
    space_rule: Mapped[str] = mapped_column(String(12), server_default="keep")
