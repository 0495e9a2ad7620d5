"""What a release is made of says the same as the lists people look at, whatever became of the decisions before."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.services.decisions import Status, current, pending, present
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import BusinessSystem, locate
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK

GAIJI, MOST = 40, 6
OLD = square(150)
STATES = (None, *Status)


def decided(owner: BusinessSystem, number: int, gaiji: rows.Gaiji, rng: random.Random) -> rows.Identification:
    shape = OLD.hash if rng.random() < 0.2 else gaiji.shape
    reopens = rng.random() < 0.2
    return rows.Identification(
        business_system_id=owner.id, lg_code=owner.lg_code, number=number, gaiji_id=gaiji.id, shape=shape,
        verdict="none" if reopens else "exact", glyph=None if reopens else "MJ026191", ground="", grounds="試験",
        decided_by=CLERK.name, decided_by_id=CLERK.id, approval="unapproved", editions='{"mj":"006.02"}', gallery="",
        at=AT, undoes=None, reopens=reopens,
    )  # fmt: skip


def answered(owner: BusinessSystem, made: rows.Identification, status: Status) -> rows.Approval:
    return rows.Approval(
        business_system_id=owner.id, lg_code=owner.lg_code, identification_id=made.id, outcome=status.value,
        kind="ordinary" if status is Status.APPROVED else "", by_id=APPROVER.id, by_name=APPROVER.name, remark="",
        seen="", at=AT,
    )  # fmt: skip


def fill(session: Session, lg_code: str, rng: random.Random) -> None:
    """Gaiji with up to six decisions in any order of fates, about the present shape or an older one; some are gone."""
    record_intake(session, lg_code, SYSTEM, font({0xE000 + index: 200 + index for index in range(GAIJI)}), AT)
    record_intake(session, lg_code, SYSTEM, font({0xE000 + index: 200 + index for index in range(GAIJI - 5)}), AT)
    session.merge(rows.Shape(hash=OLD.hash, outline=OLD.to_bytes()))
    session.flush()
    owner = locate(session, lg_code, SYSTEM)
    number = 0
    for gaiji in session.scalars(select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id)).all():
        for _ in range(rng.randrange(MOST)):
            number += 1
            made = decided(owner, number, gaiji, rng)
            session.add(made)
            session.flush()
            status = rng.choice(STATES)
            if status is not None and status is not Status.PENDING:
                session.add(answered(owner, made, status))
    session.flush()


@pytest.mark.parametrize("seed", range(5))
def test_one_read_says_what_the_two_lists_say(store: Store, seed: int):
    with store.writing() as session:
        for lg_code in (TOWN, OTHER):
            fill(session, lg_code, random.Random(f"{seed}/{lg_code}"))
    with store.reading() as session:
        found = present(session, TOWN, SYSTEM)
        approved = current(session, TOWN, SYSTEM)
        waiting = {one.local_code for one in pending(session, TOWN, SYSTEM)}
    assert [one.local_code for one in found] == sorted({one.local_code for one in found})
    assert len(found) == GAIJI - 5
    assert {one.local_code for one in found if one.waits} == waiting
    assert {one.local_code for one in found if one.in_force} == set(approved)
    for one in found:
        if one.in_force is not None:
            same = approved[one.local_code]
            assert (one.shape, one.in_force.number) == (same.shape, same.number)
            assert (one.in_force.verdict, one.in_force.glyph) == (same.verdict, same.glyph)
    assert 0 < len(waiting) < len(found)
    assert 0 < len(approved) < len(found)
