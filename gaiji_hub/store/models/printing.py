"""印刷: contractors, the job packs made for them on the town's machine, and what became of each pack."""

from __future__ import annotations

import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gaiji_hub.store.models.base import HASH, Base, Instant, TownRow


class Vendor(TownRow, Base):
    """印刷委託先 of a municipality; `public_key` seals what is carried to it ("" = none)."""

    __tablename__ = "vendor"
    __table_args__ = (UniqueConstraint("lg_code", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    public_key: Mapped[str] = mapped_column(Text)
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class PrintJob(TownRow, Base):
    """印刷ジョブ: the pack lies in the blob store under `pack`; `manifest` is the hash that 校了 and receipts name."""

    __tablename__ = "print_job"
    __table_args__ = (UniqueConstraint("business_system_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    business_system_id: Mapped[int] = mapped_column(ForeignKey("business_system.id"))
    vendor_id: Mapped[int] = mapped_column(ForeignKey("vendor.id"), index=True)
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    manifest: Mapped[str] = mapped_column(HASH)
    pack: Mapped[str] = mapped_column(HASH)
    size: Mapped[int]
    characters: Mapped[int]
    valid_until: Mapped[datetime.date]
    registered_at: Mapped[datetime.datetime] = mapped_column(Instant)


class PrintJobEvent(TownRow, Base):
    """What happened to a job: `submitted`, `signed_off` (校了), `fetched`, `withdrawn`, `deleted` (receipt)."""

    __tablename__ = "print_job_event"
    __table_args__ = (
        CheckConstraint("kind IN ('submitted', 'signed_off', 'fetched', 'withdrawn', 'deleted')", name="kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    print_job_id: Mapped[int] = mapped_column(ForeignKey("print_job.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    by_name: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime] = mapped_column(Instant)
