"""協議会などの団体の集まり: which municipalities work together. Only the hub's operators change them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.actor import HUB, Actor, Permission
from gaiji_hub.moji.names import parse_name
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import AlreadyRegistered, find_municipality, parse_title
from gaiji_hub.store import models as rows


class UnknownGroup(NotFound):
    code = "unknown_group"
    template = "団体の集まりが見つかりません"


@dataclass(frozen=True)
class Group:
    """`lg_codes` are the members that the session sees."""

    name: str
    title: str
    lg_codes: tuple[str, ...]


def register_group(session: Session, name: str, title: str, at: datetime.datetime, by: Actor) -> Group:
    """Register a group; the same again changes nothing, otherwise `AlreadyRegistered`."""
    by.require(Permission.OPERATE)
    found = session.scalar(select(rows.TownGroup).where(rows.TownGroup.name == parse_name(name)))
    if found is None:
        session.add(rows.TownGroup(name=name, title=parse_title(title)))
        session.flush()
        audit.record(session, by, at, HUB, "register_group", f"group/{name}", {"title": title})
    elif found.title != title:
        raise AlreadyRegistered(what=f"団体の集まり {name}")
    return _find(session, name)[1]


def join_group(session: Session, name: str, lg_code: str, at: datetime.datetime, by: Actor) -> Group:
    """Put a municipality into a group; both chains say so."""
    return _change(session, name, lg_code, at, by, joins=True)


def leave_group(session: Session, name: str, lg_code: str, at: datetime.datetime, by: Actor) -> Group:
    return _change(session, name, lg_code, at, by, joins=False)


def list_groups(session: Session) -> tuple[Group, ...]:
    """All groups by name, with the members that the session sees."""
    found = session.scalars(select(rows.TownGroup).order_by(rows.TownGroup.name))
    return tuple(_value(session, row) for row in found)


def _change(session: Session, name: str, lg_code: str, at: datetime.datetime, by: Actor, *, joins: bool) -> Group:
    by.require(Permission.OPERATE)
    find_municipality(session, lg_code)
    group, _ = _find(session, name)
    member = session.get(rows.TownGroupMember, (group.id, lg_code))
    if (member is None) == joins:
        if member is None:
            session.add(rows.TownGroupMember(group_id=group.id, lg_code=lg_code))
        else:
            session.delete(member)
        session.flush()
        act = "join_group" if joins else "leave_group"
        # The town before the hub, as everywhere: two operators must not wait for each other.
        for chain in (lg_code, HUB):
            audit.record(session, by, at, chain, act, f"group/{name}", {"municipality": lg_code})
    return _value(session, group)


def _find(session: Session, name: str) -> tuple[rows.TownGroup, Group]:
    row = session.scalar(select(rows.TownGroup).where(rows.TownGroup.name == name))
    if row is None:
        raise UnknownGroup
    return row, _value(session, row)


def _value(session: Session, row: rows.TownGroup) -> Group:
    query = select(rows.TownGroupMember.lg_code).where(rows.TownGroupMember.group_id == row.id)
    return Group(row.name, row.title, tuple(session.scalars(query.order_by(rows.TownGroupMember.lg_code))))
