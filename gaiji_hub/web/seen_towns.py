"""見える団体: what a list of towns shows to whom. The session hides other municipalities; this hides, within one's own,
what a machine's token is not for.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import Permission
from gaiji_hub.services.overview import TownCounts, towns
from gaiji_hub.web.visitor import Visitor


def seen_towns(session: Session, visitor: Visitor) -> tuple[TownCounts, ...]:
    """The towns in which the visitor may read, with the business systems that its token is for (a person: all)."""
    return tuple(
        replace(town, systems=tuple(c for c in town.systems if visitor.actor.system in ("", c.system.name)))
        for town in towns(session)
        if visitor.actor.may(Permission.READ, town.municipality.lg_code)
    )
