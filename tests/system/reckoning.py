"""After the work: what the database says, held against what every hand was told."""

from __future__ import annotations

import collections
import itertools
import json
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.services import audit
from gaiji_hub.services.decisions import Status, history, pending
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.release import get_release, list_releases, preview
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from tests.system.ledger import Act, Ledger
from tests.system.office import SYSTEM, TOWNS, Staff

TOKEN_KINDS = ("decide", "undo")
OUTCOMES = ("approved", "sent_back", "withdrawn")


def reckon(registry: Registry, ledger: Ledger, people: Iterable[Staff]) -> collections.Counter[str]:
    """Fail on the first thing that is not so; otherwise how much of everything there is."""
    logins = {person.login: person for person in people}
    counted: collections.Counter[str] = collections.Counter()
    with registry.reading_all() as session:
        ids = {row.login: row.id for row in session.scalars(select(rows.Person))}
        for town in TOWNS:
            acts = [act for act in ledger.acts if act.lg == town.lg]
            entries = audit_entries(session, town.lg)
            counted.update(decisions(session, ledger, town.lg, acts, ids))
            counted.update(outcomes(session, town.lg, acts, ids))
            counted.update(releases(session, registry, ledger, town.lg, acts))
            counted.update(trail(entries, acts, ids))
            every_outcome_is_written(session, town.lg, entries)
            counted.update(publications(session, town.lg))
        for lg in audit.chains(session):
            assert audit.verify(session, lg).problems == (), lg
            counted["audit chains"] += 1
    assert {act.login for act in ledger.acts} <= set(logins)
    counted["acts heard"] = sum(act.heard for act in ledger.acts)
    counted["acts whose answer was lost, found when looked up"] = sum(not act.heard for act in ledger.acts)
    return counted


def _decided(session: Session, lg: str) -> list[rows.Identification]:
    query = select(rows.Identification).where(rows.Identification.lg_code == lg).order_by(rows.Identification.number)
    return list(session.scalars(query))


def decisions(
    session: Session, ledger: Ledger, lg: str, acts: list[Act], ids: dict[str, int]
) -> collections.Counter[str]:
    """Numbers 1..n; every decision was sent by somebody, is there once, and by whom it was noted."""
    found = _decided(session, lg)
    assert [row.number for row in found] == list(range(1, len(found) + 1)), lg
    by_token = collections.Counter(row.grounds for row in found)
    assert {token for token, count in by_token.items() if count > 1} == set()
    assert set(by_token) <= ledger.sent
    rows_of = {row.grounds: row for row in found}
    noted = [act for act in acts if act.kind in TOKEN_KINDS]
    for act in noted:
        row = rows_of[act.token]
        assert (row.number, row.decided_by_id) == (act.numbers[0], ids[act.login]), act
    # A lost answer is always looked up, so nothing happened that nobody knows of.
    assert {act.token for act in noted} == set(by_token)
    return collections.Counter(decisions=len(found))


def outcomes(session: Session, lg: str, acts: list[Act], ids: dict[str, int]) -> collections.Counter[str]:
    """Nothing waits; every decision has one outcome, never approved by who decided, each noted one by whom noted."""
    assert pending(session, lg, SYSTEM) == ()
    decided = {row.id: row for row in _decided(session, lg)}
    answers = {
        row.identification_id: row for row in session.scalars(select(rows.Approval).where(rows.Approval.lg_code == lg))
    }
    assert set(answers) == set(decided)
    for key, answer in answers.items():
        assert answer.outcome != "approved" or answer.by_id != decided[key].decided_by_id
    by_number = {decided[key].number: answer for key, answer in answers.items()}
    for act in acts:
        if act.kind in OUTCOMES:
            for number in act.numbers:
                assert (by_number[number].outcome, by_number[number].by_id) == (act.kind, ids[act.login]), (act, number)
    noted = {number for act in acts if act.kind == "approved" for number in act.numbers}
    assert noted == {number for number, answer in by_number.items() if answer.outcome == "approved"}
    for code in session.scalars(select(rows.Gaiji.local_code).where(rows.Gaiji.lg_code == lg, rows.Gaiji.present)):
        told = history(session, lg, SYSTEM, code)
        assert told, (lg, code)
        assert all(one.outcome is not None for one in told), (lg, code)
        assert any(one.status is Status.APPROVED for one in told), (lg, code)
    return collections.Counter(
        {f"outcome {kind}": n for kind, n in collections.Counter(a.outcome for a in answers.values()).items()}
    )


def releases(
    session: Session, registry: Registry, ledger: Ledger, lg: str, acts: list[Act]
) -> collections.Counter[str]:
    """Releases 1..n, each holding the one before; every one was asked for once and is noted by its number."""
    found = list_releases(session, lg, SYSTEM)
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    for before, one in itertools.pairwise(found):
        assert one.previous == before.hash
    assert {one.reason for one in found} <= ledger.sent
    noted = {(act.token, act.numbers[0]) for act in acts if act.kind == "release"}
    assert noted == {(one.reason, one.number) for one in found}
    for one in found:
        assert get_release(session, registry.blobs, lg, SYSTEM, one.number).hash == one.hash
    following = preview(session, registry.blobs, Tables.load(), lg, SYSTEM, found[-1].date)
    assert following.changes.empty, lg  # the last release holds everything that was approved
    return collections.Counter(releases=len(found))


def publications(session: Session, lg: str) -> collections.Counter[str]:
    """The channel carries every release, in their order, under 1..n."""
    found = list_publications(session, lg, SYSTEM)
    assert [one.seq for one in found] == list(range(1, len(found) + 1))
    assert [one.release_number for one in found] == [one.number for one in list_releases(session, lg, SYSTEM)]
    return collections.Counter(publications=len(found))


def audit_entries(session: Session, lg: str) -> list[audit.Entry]:
    total, entries = audit.list_entries(session, lg, 0, 1_000_000)
    assert total == len(entries)
    return list(entries)


def trail(entries: list[audit.Entry], acts: list[Act], ids: dict[str, int]) -> collections.Counter[str]:
    """Every noted act has exactly one entry, by the right person; and no such entry lacks an act."""
    written = collections.Counter(
        (entry.action, entry.actor_id, number) for entry in entries if (number := _number(entry)) is not None
    )
    expected = collections.Counter((act.kind, ids[act.login], number) for act in acts for number in act.numbers)
    differences = (written - expected, expected - written)
    assert not any(differences), differences
    return collections.Counter({"audit entries": len(entries)})


def every_outcome_is_written(session: Session, lg: str, entries: list[audit.Entry]) -> None:
    """The trail tells every outcome once, those too that a new decision of the same person brought about."""
    query = select(rows.Approval.outcome, rows.Approval.by_id, rows.Identification.number)
    query = query.join(rows.Identification, rows.Identification.id == rows.Approval.identification_id)
    recorded = collections.Counter(map(tuple, session.execute(query.where(rows.Approval.lg_code == lg))))
    written = collections.Counter(
        (entry.action, entry.actor_id, int(json.loads(entry.detail)["identification"]))
        for entry in entries
        if entry.action in OUTCOMES
    )
    differences = (written - recorded, recorded - written)
    assert not any(differences), differences


def _number(entry: audit.Entry) -> int | None:
    """The decision or release an entry is about; None for other entries, and for what a new decision replaced."""
    if entry.action == "release":
        return int(entry.subject.rpartition("/")[2])
    if entry.action in (*TOKEN_KINDS, *OUTCOMES):
        detail = json.loads(entry.detail)
        return None if detail.get("replaced") else int(detail["identification"])
    return None
