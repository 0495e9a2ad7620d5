"""欠番: numbers given out before a restore that the backup does not know. They stay known, and are never used again."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.services.municipalities import BusinessSystem
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new

Kind = Literal["release", "publication"]


def lost_numbers(session: Session, owner: BusinessSystem, kind: Kind) -> dict[int, str]:
    """Number → hash ("" where nobody knew it) of what a restore could not bring back, ascending.

    The highest always has its hash: what comes next names it as the one before.
    """
    lost = rows.LostNumber
    query = select(lost.number, lost.hash).where(lost.business_system_id == owner.id, lost.kind == kind)
    return {row.number: row.hash for row in session.execute(query.order_by(lost.number))}


def lost_since(session: Session, owner: BusinessSystem) -> datetime.datetime | None:
    """When a restore last found out that releases are lost; None when it never did."""
    lost = rows.LostNumber
    return session.scalar(select(func.max(lost.at)).where(lost.business_system_id == owner.id, lost.kind == "release"))


def record_lost(
    session: Session, owner: BusinessSystem, kind: Kind, numbers: Mapping[int, str], at: datetime.datetime
) -> None:
    entries = [
        {
            "business_system_id": owner.id,
            "lg_code": owner.lg_code,
            "kind": kind,
            "number": number,
            "hash": digest,
            "at": at,
        }
        for number, digest in sorted(numbers.items())
    ]
    insert_new(session, rows.LostNumber, entries)
