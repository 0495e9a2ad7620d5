"""Ready-made people of a town as services know them, and the same people as rows of the database.

The constants need no database: a service is told an `Actor`. `enrolled` inserts the person and the roles under the
same id, for tests about logins, lists of people and pages. All names are made up.
"""

from __future__ import annotations

import datetime

from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import HUB, Actor, Place, Role
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.decisions import Identification, pending
from gaiji_hub.store import models as rows

TOWN, OTHER = "131016", "131024"
PASSWORD = "kakuu-no-aikotoba"
# The least that argon2 does: right for a test, never for a person.
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def person(id: int, login: str, name: str, home: str, *roles: Role, at: tuple[Place, ...] = ()) -> Actor:
    """A person with `roles` at home and, besides, at the places `at`."""
    places = frozenset({*(Place(home, role) for role in roles), *at})
    return Actor("person", id, name, home, places, login)


def staff(lg_code: str, first: int) -> tuple[Actor, Actor, Actor]:
    """A clerk, an approver and an administrator of a municipality, with the ids `first` to `first` + 2."""
    return (
        person(first, f"tanto-{lg_code}", "架空 花子", lg_code, Role.CLERK),
        person(first + 1, f"shonin-{lg_code}", "架空 太郎", lg_code, Role.APPROVER),
        person(first + 2, f"kanri-{lg_code}", "架空 管子", lg_code, Role.MUNICIPALITY_ADMIN),
    )


CLERK, APPROVER, ADMIN = staff(TOWN, 1)
OTHER_CLERK, OTHER_APPROVER, OTHER_ADMIN = staff(OTHER, 4)
OPERATOR = person(7, "unyo", "架空 運子", HUB, Role.OPERATOR)
COUNCIL = person(8, "kyogikai", "架空 協子", HUB, Role.COUNCIL)
SECOND_CLERK = person(9, "tanto-2", "架空 次郎", TOWN, Role.CLERK)
SECOND_APPROVER = person(10, "shonin-2", "架空 三郎", TOWN, Role.APPROVER)
# The approver of the other town, lent to this one.
NEIGHBOUR = person(11, "rinjin", "架空 隣子", OTHER, Role.APPROVER, at=(Place(TOWN, Role.APPROVER),))
EVERYBODY = (
    *(CLERK, APPROVER, ADMIN, OTHER_CLERK, OTHER_APPROVER, OTHER_ADMIN),
    *(OPERATOR, COUNCIL, SECOND_CLERK, SECOND_APPROVER, NEIGHBOUR),
)
CLERKS = {TOWN: CLERK, OTHER: OTHER_CLERK}
APPROVERS = {TOWN: APPROVER, OTHER: OTHER_APPROVER}


def enrolled(session: Session, actor: Actor, at: datetime.datetime, password: str = "") -> Actor:
    """Insert the person and the roles as they stand in `actor`; with a `password` the person can log in."""
    session.add(
        rows.Person(
            id=actor.id,
            lg_code=actor.home,
            login=actor.login,
            name=actor.name,
            password=_CHEAP.hash(password) if password else "",
            must_change=False,
            failures=0,
            locked_until=None,
            disabled=False,
            oidc_issuer=None,
            oidc_subject=None,
            registered_at=at,
        )
    )
    session.flush()
    if session.get_bind().dialect.name == "postgresql":  # an id that was given does not move the counter
        session.execute(text("SELECT setval(pg_get_serial_sequence('person', 'id'), (SELECT max(id) FROM person))"))
    for place in sorted(actor.places, key=lambda place: (place.lg_code, place.role)):
        lent = place.lg_code != actor.home
        session.add(
            rows.Assignment(
                lg_code=place.lg_code,
                person_id=actor.id,
                login=actor.login,
                name=actor.name,
                role=place.role.value,
                group_id=None,
                until=at.date() + datetime.timedelta(365) if lent else None,
                granted_by="架空",
                granted_at=at,
                ended_at=None,
            )
        )
    session.flush()
    return actor


def approve_all(
    session: Session, lg_code: str, system: str, at: datetime.datetime, by: Actor | None = None
) -> tuple[Identification, ...]:
    """The town's approver (or `by`) approves everything that waits, having seen just that."""
    waiting = pending(session, lg_code, system)
    numbers = [one.number for one in waiting]
    return approve(session, lg_code, system, numbers, sheet_hash(waiting), at, by or APPROVERS[lg_code])
