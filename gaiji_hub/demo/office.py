"""ハブの段階: intake, candidates, decisions, releases — through the same services as the command line and the pages.

Every stage leaves alone what is done already, so a walk that was broken off goes on where it stopped.
"""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gaiji_hub.demo import clerk, superior
from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.logins import login_of, write_logins
from gaiji_hub.demo.material import read_sample
from gaiji_hub.demo.towns import BUSINESS_LABEL, BUSINESS_SYSTEM, TOWNS, Town
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.moji.actor import CONSOLE, HUB, Actor, Role
from gaiji_hub.moji.candidate import Candidate
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import (
    approval,
    candidates,
    decisions,
    delivery,
    identification,
    intake,
    login,
    municipalities,
    overview,
    people,
    release,
)
from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.hub import Registry
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.identify import Identifier

# The dates are the demo's own, so that two walks make the same releases (invariant 6).
_JST = datetime.timezone(datetime.timedelta(hours=9))
DATES = {1: datetime.date(2026, 4, 1), 2: datetime.date(2026, 5, 1)}
REASONS = {1: "初版（デモ）", 2: "外字の追加と判定の追加（デモ）"}

RIGHTS = (Rights.OWN, "架空の団体の字形（デモ）")
CLERK_OF_0_1 = "デモ模擬担当者"  # what a demo of release 0.1 wrote beside its decisions


def moment(number: int) -> datetime.datetime:
    """When the work for release `number` is said to have been done: 9 o'clock of its date, Japan time."""
    return datetime.datetime.combine(DATES[number], datetime.time(9), _JST)


def register(store: Store, folder: DemoFolder) -> None:
    """The municipalities with their business systems and members, and everybody's people; again changes nothing."""
    logins = write_logins(folder)
    with store.writing() as session:
        for town in TOWNS:
            _register_town(session, town)
        known = {one.login for place in (HUB, *(t.lg_code for t in TOWNS)) for one in _people(session, place)}
        for one in logins:
            if one.login not in known:
                people.register_person(
                    session, one.lg_code, one.login, one.name, one.password, moment(1), CONSOLE, must_change=False
                )
                people.grant(session, one.lg_code, one.login, one.role, moment(1), CONSOLE)


def take_in(store: Store, folder: DemoFolder, town: Town, number: int) -> None:
    """Intake of the font for release `number`: parsed before the transaction, in a limited child process."""
    if releases_made(store, town) >= number:
        return
    found = read_outlines(folder.town(town).font(number))
    with store.writing() as session:
        by = actor(session, town, Role.CLERK)
        intake.record_intake(session, town.lg_code, BUSINESS_SYSTEM, found, moment(number), rights=RIGHTS, by=by)


def find_candidates(store: Store, identifier: Identifier, town: Town) -> None:
    """Candidates for every present shape that this gallery has not answered yet."""
    candidates.identify_pending(store, identifier, town.lg_code, BUSINESS_SYSTEM, lambda _done, _total: None)


def decide(store: Store, tables: Tables, folder: DemoFolder, town: Town, number: int) -> None:
    """The simulated clerk's decisions for release `number`, from the candidates as they are recorded."""
    if releases_made(store, town) >= number:
        return
    with store.reading() as session:
        owner = municipalities.locate(session, town.lg_code, BUSINESS_SYSTEM)
        decided = decisions.newest_numbers(session, owner)
        shapes = {line.local_code: line.shape for line in overview.gaiji_lines(session, town.lg_code, BUSINESS_SYSTEM)}
        due = [
            clerk.decide_one(one, *_list_of(session, town, shapes[one.local_code]))
            for one in clerk.due(read_sample(folder, town), decided, number)
        ]
    if due:
        with store.writing() as session:
            by = actor(session, town, Role.CLERK)
            identification.decide(session, tables, town.lg_code, BUSINESS_SYSTEM, due, moment(number), by)


def approve(store: Store, folder: DemoFolder, town: Town, number: int) -> None:
    """The simulated approver's answers to what the simulated clerk decided; a visitor's decisions are left alone."""
    place, at = (town.lg_code, BUSINESS_SYSTEM), moment(number)
    with store.writing() as session:
        by, decided_by = actor(session, town, Role.APPROVER), actor(session, town, Role.CLERK)
        waiting = [
            one
            for one in decisions.pending(session, *place)
            if one.decided_by_id == decided_by.id or (one.decided_by_id, one.decided_by) == (None, CLERK_OF_0_1)
        ]
        answers = superior.answer(read_sample(folder, town), waiting)
        if answers.approved:
            numbers = [one.number for one in answers.approved]
            approval.approve(session, *place, numbers, approval.sheet_hash(answers.approved), at, by)
        for one in answers.sent_back:
            approval.send_back(session, *place, one.number, superior.SENT_BACK_REMARK, at, by)


def make_release(store: Store, blobs: BlobStore, tables: Tables, town: Town, number: int) -> None:
    """Release `number`, unless it is there."""
    if releases_made(store, town) >= number:
        return
    with store.writing() as session:
        by = actor(session, town, Role.APPROVER)
        release.make_release(
            session,
            blobs,
            tables,
            town.lg_code,
            BUSINESS_SYSTEM,
            DATES[number],
            REASONS[number],
            moment(number),
            by,
        )


def actor(session: Session, town: Town, role: Role) -> Actor:
    """The town's person of a role, as services are told."""
    person = people.find_person(session, login_of(town, role), moment(1))
    return login.actor_of(session, person.id, moment(1))


def record_acknowledgements(registry: Registry, town: Town, at: datetime.datetime) -> None:
    """Record the notices that members dropped beside the channel."""
    collect_acknowledgements(registry, town.lg_code, BUSINESS_SYSTEM, at)


def releases_made(store: Store, town: Town) -> int:
    """How many releases the town has; 0 when it is not registered yet."""
    with store.reading() as session:
        known = {municipality.lg_code for municipality in municipalities.list_municipalities(session)}
        return len(release.list_releases(session, town.lg_code, BUSINESS_SYSTEM)) if town.lg_code in known else 0


def _list_of(session: Session, town: Town, shape: str) -> tuple[tuple[Candidate, ...], str, str]:
    found = candidates.candidates_of(session, town.lg_code, BUSINESS_SYSTEM, shape)
    return (found.candidates, shape, found.gallery) if found else ((), shape, "")


def _register_town(session: Session, town: Town) -> None:
    at = moment(1)
    municipalities.register_municipality(session, town.lg_code, town.name, at)
    municipalities.register_business_system(
        session, town.lg_code, BUSINESS_SYSTEM, BUSINESS_LABEL, town.code_system_name, at
    )
    title = f"{town.name} {BUSINESS_LABEL}（デモの受信側）"
    delivery.register_member(session, town.lg_code, BUSINESS_SYSTEM, town.member, title, at)


def _people(session: Session, lg_code: str) -> tuple[people.Person, ...]:
    return people.list_people(session, lg_code, moment(1))
