"""What every table shares: names of constraints, instants in UTC, the town a row belongs to."""

from __future__ import annotations

import datetime

from sqlalchemy import DateTime, MetaData, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from gaiji_hub.store.instants import utc

APPEND_ONLY = (
    "shape",
    "intake",
    "gaiji_revision",
    "candidates",
    "identification",
    "release",
    "publication",
    "acknowledgement",
    "approval",
    "acting_review",
    "audit",
    "shape_rights",
    "character_request",
    "request_outcome",
    "census",
    "census_count",
    "print_job_event",
    "lost_number",
    "shrink_policy",
    "shrink_policy_outcome",
    "shrink_choice",
    "shrink_choice_outcome",
)

HASH = String(64)


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


class TownRow:
    """A row of one municipality; "" where a table also holds the hub's own rows (people, tokens, audit)."""

    lg_code: Mapped[str] = mapped_column(String(6), sort_order=900)


class SharedTownRow:
    """A row of one municipality that others may read when it is `shared`."""

    lg_code: Mapped[str] = mapped_column(String(6), sort_order=900)
    shared: Mapped[bool] = mapped_column(sort_order=890)
