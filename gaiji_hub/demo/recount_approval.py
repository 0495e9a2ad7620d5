"""数え直し（人・判定・承認）: read from the database's rows by SQL of its own, without the services that wrote them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, text

from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.logins import read_logins
from gaiji_hub.demo.recount_files import FiguresDisagree
from gaiji_hub.demo.towns import BUSINESS_SYSTEM, Town
from gaiji_hub.services import release
from gaiji_hub.services.hub import Registry

_PEOPLE = text(
    "SELECT count(DISTINCT person.id) FROM person JOIN assignment ON assignment.person_id = person.id "
    "WHERE person.login IN :logins AND assignment.ended_at IS NULL"
).bindparams(bindparam("logins", expanding=True))
_DECISIONS = text(
    "SELECT gaiji.local_code, one.number, one.verdict, one.reopens, one.decided_by_id, "
    "answer.outcome, answer.by_id, answer.seen "
    "FROM identification AS one JOIN gaiji ON gaiji.id = one.gaiji_id "
    "JOIN business_system ON business_system.id = one.business_system_id "
    "LEFT JOIN approval AS answer ON answer.identification_id = one.id "
    "WHERE business_system.lg_code = :lg_code AND business_system.name = :name "
    "AND gaiji.present AND one.shape = gaiji.shape ORDER BY one.id"
)


@dataclass(frozen=True)
class Decided:
    """One town's gaiji by what became of their newest decision, and the verdicts that are in force.

    `releasable` are the numbers a release may carry: approved ones, and those of release 0.1, which knew no approval.
    """

    states: Mapping[str, str]
    in_force: Mapping[str, str]
    releasable: frozenset[int]

    def count(self, state: str) -> int:
        """Gaiji whose newest decision is `approved`, `pending` or `sent_back`."""
        return sum(found == state for found in self.states.values())

    @property
    def verdicts(self) -> Counter[str]:
        return Counter(self.in_force.values())


def count_people(folder: DemoFolder, registry: Registry) -> int:
    """People of the demo with a role."""
    logins = [one.login for one in read_logins(folder.data)]
    with registry.store.reading() as session:
        return int(session.execute(_PEOPLE, {"logins": logins}).scalar_one())


def recount_decisions(registry: Registry, town: Town) -> Decided:
    """`FiguresDisagree` when somebody approved an own decision, or without having seen the shapes."""
    with registry.store.reading() as session:
        rows = session.execute(_DECISIONS, {"lg_code": town.lg_code, "name": BUSINESS_SYSTEM}).all()
    alone = sum(row.outcome == "approved" and (row.by_id == row.decided_by_id or not row.seen) for row in rows)
    if alone:
        raise FiguresDisagree(what=f"{town.name} の二人目のいない承認", recounted=alone, reported=0)
    made = [row for row in rows if row.outcome != "withdrawn"]
    in_force = {row.local_code: row for row in made if row.outcome == "approved"}
    return Decided(
        states={row.local_code: row.outcome or "pending" for row in made},
        in_force=dict(_verdicts(in_force)),
        releasable=frozenset(row.number for row in rows if row.outcome == "approved" or row.decided_by_id is None),
    )


def check_released(registry: Registry, town: Town, number: int) -> None:
    """`FiguresDisagree` when a release carries a decision that nobody approved."""
    releasable = recount_decisions(registry, town).releasable
    with registry.store.reading() as session:
        made = release.get_release(session, registry.blobs, town.lg_code, BUSINESS_SYSTEM, number)
    stray = sum(row.identification not in releasable for row in made.rows if row.identification)
    if stray:
        raise FiguresDisagree(what=f"{town.name} 第{number}版の承認されていない行", recounted=stray, reported=0)


def _verdicts(in_force: Mapping[str, Row[*tuple[object, ...]]]) -> Iterator[tuple[str, str]]:
    return ((code, row.verdict) for code, row in in_force.items() if not row.reopens)
