"""一覧: read models for pages — what a town has, where its work stands. Nothing here writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.moji.candidate import Band, Identified
from gaiji_hub.services.candidates import UNREADABLE, candidates_of
from gaiji_hub.services.decisions import Identification, Status, find_gaiji, history
from gaiji_hub.services.delivery import MemberState, list_publications, members_state
from gaiji_hub.services.gaiji_states import (
    GaijiState,
    Standing,
    StateCounts,
    count_states,
    decisions_by_id,
    next_waiting,
    standings,
)
from gaiji_hub.services.municipalities import (
    BusinessSystem,
    Municipality,
    list_business_systems,
    list_municipalities,
    locate,
)
from gaiji_hub.services.release import ReleaseSummary, list_releases
from gaiji_hub.store import models as rows


@dataclass(frozen=True)
class SystemCounts:
    """A business system at a glance: present gaiji and where they stand, releases, publications, members.

    `decided` counts those with a decision in force and nothing newer that waits or was sent back.
    """

    system: BusinessSystem
    gaiji: int
    decided: int
    releases: int
    published: int
    members: tuple[MemberState, ...]
    pending: int = 0
    sent_back: int = 0

    @property
    def undecided(self) -> int:
        """Those about which a clerk has to decide."""
        return self.gaiji - self.decided - self.pending


@dataclass(frozen=True)
class TownCounts:
    municipality: Municipality
    systems: tuple[SystemCounts, ...]


@dataclass(frozen=True)
class GaijiLine:
    """One gaiji in a list. `band` is None before identification; `unreadable` when its shape could not be.

    `decision` is the one in force, `newest` the last one made about the present shape (they may be the same).
    """

    local_code: str
    shape: str
    state: GaijiState
    band: Band | None
    unreadable: bool
    decision: Identification | None
    newest: Identification | None


@dataclass(frozen=True)
class GaijiPage:
    """Part of a list: of the `found` lines that were asked for, those from an offset on.

    `gaiji`, `states` and `bands` count all present gaiji of the business system, whatever was asked for.
    """

    gaiji: int
    states: Mapping[GaijiState, int]
    bands: Mapping[Band, int]
    found: int
    lines: tuple[GaijiLine, ...]


@dataclass(frozen=True)
class Neighbours:
    """The local codes beside a gaiji in the list, and the next one that waits for a clerk."""

    previous: str | None
    following: str | None
    waiting: str | None


@dataclass(frozen=True)
class GaijiDetail:
    """One gaiji: its present shape, what the newest gallery says, its decision in force and every earlier one."""

    local_code: str
    shape: str
    present: bool
    identified: Identified | None
    history: tuple[Identification, ...]

    @property
    def decision(self) -> Identification | None:
        """The approved decision in force."""
        approved = [one for one in self._about_this_shape if one.status is Status.APPROVED]
        return approved[-1] if approved and not approved[-1].reopens else None

    @property
    def waiting(self) -> Identification | None:
        """The decision that waits for the second person."""
        return self._newest_if(Status.PENDING)

    @property
    def sent_back(self) -> Identification | None:
        """The newest decision, when it was sent back."""
        return self._newest_if(Status.SENT_BACK)

    @property
    def _about_this_shape(self) -> list[Identification]:
        return [one for one in self.history if one.shape == self.shape and one.status is not Status.WITHDRAWN]

    def _newest_if(self, status: Status) -> Identification | None:
        about = self._about_this_shape
        return about[-1] if about and about[-1].status is status else None


@dataclass(frozen=True)
class ReleaseLine:
    """A release and the seq it was published under; 0 when it is not published yet."""

    summary: ReleaseSummary
    seq: int


def towns(session: Session) -> tuple[TownCounts, ...]:
    """Every municipality the session sees with its business systems, by code."""
    seen = _Seen.read(session)
    return tuple(_town(session, municipality, seen) for municipality in list_municipalities(session))


def town(session: Session, municipality: Municipality) -> TownCounts:
    return _town(session, municipality, _Seen.read(session))


def system_counts(session: Session, lg_code: str, system: str) -> SystemCounts:
    return _Seen.read(session).counts(session, locate(session, lg_code, system))


def gaiji_page(
    session: Session, lg_code: str, system: str, state: str, band: str, offset: int, limit: int | None
) -> GaijiPage:
    """The gaiji of a business system in one state and band ("" = any), ascending by code, `limit` from `offset` on."""
    found = standings(session, locate(session, lg_code, system))
    chosen = [one for one in found if state in ("", one.state) and band in ("", one.band)]
    states, bands = Counter(one.state for one in found), Counter(one.band for one in found)
    shown = chosen[offset:] if limit is None else chosen[offset : offset + limit]
    return GaijiPage(
        gaiji=len(found),
        states={state: states[state] for state in GaijiState},
        bands={band: bands[band] for band in Band},
        found=len(chosen),
        lines=_lines(session, shown),
    )


def gaiji_lines(session: Session, lg_code: str, system: str) -> tuple[GaijiLine, ...]:
    """Every present gaiji of a business system, ascending by code; for files and counts, too slow for pages."""
    return gaiji_page(session, lg_code, system, "", "", 0, None).lines


def gaiji_neighbours(session: Session, lg_code: str, system: str, local_code: str) -> Neighbours:
    """What comes before and after a present gaiji; of one that is gone only what waits."""
    owner, gaiji = locate(session, lg_code, system), rows.Gaiji
    mine = select(gaiji.local_code).where(gaiji.business_system_id == owner.id, gaiji.present)
    previous = following = None
    if session.scalar(mine.where(gaiji.local_code == local_code)) is not None:
        before, after = mine.where(gaiji.local_code < local_code), mine.where(gaiji.local_code > local_code)
        previous = session.scalar(before.order_by(gaiji.local_code.desc()).limit(1))
        following = session.scalar(after.order_by(gaiji.local_code).limit(1))
    return Neighbours(previous, following, next_waiting(session, owner, local_code))


def gaiji_detail(session: Session, lg_code: str, system: str, local_code: str) -> GaijiDetail:
    """One gaiji with candidates and history; `UnknownGaiji` for a code without one."""
    gaiji = find_gaiji(session, locate(session, lg_code, system), local_code)
    return GaijiDetail(
        local_code=gaiji.local_code,
        shape=gaiji.shape,
        present=gaiji.present,
        identified=candidates_of(session, lg_code, system, gaiji.shape),
        history=history(session, lg_code, system, gaiji.local_code),
    )


def releases(session: Session, lg_code: str, system: str) -> tuple[ReleaseLine, ...]:
    """Every release, newest first, with where it was published."""
    seqs = {found.release_number: found.seq for found in list_publications(session, lg_code, system)}
    found = list_releases(session, lg_code, system)
    return tuple(ReleaseLine(summary, seqs.get(summary.number, 0)) for summary in reversed(found))


@dataclass(frozen=True)
class _Seen:
    """Counts of every business system the session sees, by the store's id."""

    states: Mapping[int, StateCounts]
    releases: Mapping[int, int]
    published: Mapping[int, int]
    members: Mapping[int, int]

    @staticmethod
    def read(session: Session) -> _Seen:
        release, member = rows.Release.business_system_id, rows.Member.business_system_id
        published = select(release, func.count()).join(rows.Publication, rows.Publication.release_id == rows.Release.id)
        return _Seen(
            states=count_states(session),
            releases=dict(session.execute(select(release, func.count()).group_by(release)).all()),
            published=dict(session.execute(published.group_by(release)).all()),
            members=dict(session.execute(select(member, func.count()).group_by(member)).all()),
        )

    def counts(self, session: Session, owner: BusinessSystem) -> SystemCounts:
        states = self.states.get(owner.id, StateCounts())
        return SystemCounts(
            system=owner,
            gaiji=states.gaiji,
            decided=states.decided,
            releases=self.releases.get(owner.id, 0),
            published=self.published.get(owner.id, 0),
            members=members_state(session, owner.lg_code, owner.name) if self.members.get(owner.id) else (),
            pending=states.pending,
            sent_back=states.sent_back,
        )


def _town(session: Session, municipality: Municipality, seen: _Seen) -> TownCounts:
    systems = list_business_systems(session, municipality.lg_code)
    return TownCounts(municipality, tuple(seen.counts(session, system) for system in systems))


def _lines(session: Session, shown: list[Standing]) -> tuple[GaijiLine, ...]:
    known = decisions_by_id(session, {number for one in shown for number in (one.newest, one.in_force) if number})
    return tuple(
        GaijiLine(
            one.local_code,
            one.shape,
            one.state,
            one.band,
            one.answer == UNREADABLE,
            decision=known.get(one.in_force),
            newest=known.get(one.newest),
        )
        for one in shown
    )
