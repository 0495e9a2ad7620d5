"""裏の仕事: what is due, who works on it, and that nobody else does.

The work is state: a release without a publication is due. A worker takes a lease on a channel before it builds;
the lease's token only rises, and whoever records a result shows it in the same transaction, so that a worker that
was late (paused, cut off) is refused (fencing). A lease that is not extended ends by itself: the next worker
finishes what a killed one began.

Leases see every municipality's channels, so these functions need a session of everything.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Conflict
from gaiji_hub.moji.names import channel_name
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing

_LONG_AGO = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class LeaseLost(Conflict):
    code = "lease_lost"
    template = "{name} の仕事は別のワーカーに移りました。この結果は記録していません"


@dataclass(frozen=True)
class Lease:
    """The right to work on `name` until `until`; `token` says which lease of that name it is."""

    name: str
    holder: str
    token: int
    until: datetime.datetime


@dataclass(frozen=True)
class Place:
    """A channel by what it belongs to."""

    lg_code: str
    system: str

    @property
    def channel(self) -> str:
        return channel_name(self.lg_code, self.system)


@dataclass(frozen=True)
class Waiting:
    """A channel with releases that are not on it; `lease` is the last one taken, which may have ended."""

    place: Place
    releases: int
    oldest: int
    lease: Lease | None


def claim(session: Session, name: str, holder: str, now: datetime.datetime, length: datetime.timedelta) -> Lease | None:
    """The lease on `name` from `now` on, or None while somebody else holds it.

    On PostgreSQL a row that another worker is just claiming is passed over, not waited for.
    """
    insert_missing(session, rows.WorkLease, [{"name": name, "holder": "", "token": 0, "until": _LONG_AGO}])
    free = select(rows.WorkLease).where(rows.WorkLease.name == name, rows.WorkLease.until <= now)
    row = session.scalar(free.with_for_update(skip_locked=True))
    if row is None:
        return None
    row.holder, row.token, row.until = holder, row.token + 1, now + length
    session.flush()
    return Lease(name, holder, row.token, row.until)


def check(session: Session, lease: Lease) -> None:
    """Raise `LeaseLost` unless `lease` is the newest on its name; nobody takes it before the transaction ends."""
    _held(session, lease)


def extend(session: Session, lease: Lease, until: datetime.datetime) -> Lease:
    """Hold the lease until `until`; giving it back is extending it to now."""
    _held(session, lease).until = until
    session.flush()
    return replace(lease, until=until)


def backlog(session: Session) -> tuple[Waiting, ...]:
    """Every channel with releases that have no publication, by its name, and who last took it."""
    release, system = rows.Release, rows.BusinessSystem
    query = (
        select(system.lg_code, system.name, func.count(release.id), func.min(release.number))
        .join(release, release.business_system_id == system.id)
        .outerjoin(rows.Publication, rows.Publication.release_id == release.id)
        .where(rows.Publication.id.is_(None))
        .group_by(system.lg_code, system.name)
        .order_by(system.lg_code, system.name)
    )
    found = [(Place(lg_code, name), count, oldest) for lg_code, name, count, oldest in session.execute(query)]
    leases = _leases(session, [place.channel for place, _, _ in found])
    return tuple(Waiting(place, count, oldest, leases.get(place.channel)) for place, count, oldest in found)


def places_with_members(session: Session) -> tuple[Place, ...]:
    """Every channel that has members: where notices may be found, by name."""
    system = rows.BusinessSystem
    query = select(system.lg_code, system.name).where(system.id.in_(select(rows.Member.business_system_id)))
    found = session.execute(query.order_by(system.lg_code, system.name))
    return tuple(Place(lg_code, name) for lg_code, name in found)


def _held(session: Session, lease: Lease) -> rows.WorkLease:
    query = select(rows.WorkLease).where(rows.WorkLease.name == lease.name).with_for_update()
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None or (row.holder, row.token) != (lease.holder, lease.token):
        raise LeaseLost(name=lease.name)
    return row


def _leases(session: Session, names: list[str]) -> dict[str, Lease]:
    query = select(rows.WorkLease).where(rows.WorkLease.name.in_(names), rows.WorkLease.token > 0)
    return {row.name: Lease(row.name, row.holder, row.token, row.until) for row in session.scalars(query)}
