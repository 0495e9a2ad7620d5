"""ハブの段階: intake, candidates, decisions, releases — through the same services as the command line and the pages.

Every stage leaves alone what is done already, so a walk that was broken off goes on where it stopped.
"""

from __future__ import annotations

import datetime

from sqlalchemy.orm import Session

from gaiji_hub.demo import clerk
from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.material import read_sample
from gaiji_hub.demo.towns import BUSINESS_LABEL, BUSINESS_SYSTEM, Town
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.moji.candidate import Candidate
from gaiji_hub.services import candidates, delivery, identification, intake, municipalities, overview, release
from gaiji_hub.services.acknowledgements import collect_acknowledgements
from gaiji_hub.services.hub import Registry
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.identify import Identifier

# The dates are the demo's own, so that two walks make the same releases (invariant 6).
_JST = datetime.timezone(datetime.timedelta(hours=9))
DATES = {1: datetime.date(2026, 4, 1), 2: datetime.date(2026, 5, 1)}
REASONS = {1: "初版（デモ）", 2: "外字の追加と判定の追加（デモ）"}


def moment(number: int) -> datetime.datetime:
    """When the work for release `number` is said to have been done: 9 o'clock of its date, Japan time."""
    return datetime.datetime.combine(DATES[number], datetime.time(9), _JST)


def register(session: Session, town: Town) -> None:
    """The municipality, its business system and its member; again changes nothing."""
    at = moment(1)
    municipalities.register_municipality(session, town.lg_code, town.name, at)
    municipalities.register_business_system(
        session, town.lg_code, BUSINESS_SYSTEM, BUSINESS_LABEL, town.code_system_name, at
    )
    title = f"{town.name} {BUSINESS_LABEL}（デモの受信側）"
    delivery.register_member(session, town.lg_code, BUSINESS_SYSTEM, town.member, title, at)


def take_in(store: Store, folder: DemoFolder, town: Town, number: int) -> None:
    """Intake of the font for release `number`: parsed before the transaction, in a limited child process."""
    if releases_made(store, town) >= number:
        return
    found = read_outlines(folder.town(town).font(number))
    with store.writing() as session:
        register(session, town)
        intake.record_intake(session, town.lg_code, BUSINESS_SYSTEM, found, moment(number))


def find_candidates(store: Store, identifier: Identifier, town: Town) -> None:
    """Candidates for every present shape that this gallery has not answered yet."""
    candidates.identify_pending(store, identifier, town.lg_code, BUSINESS_SYSTEM, lambda _done, _total: None)


def decide(store: Store, tables: Tables, folder: DemoFolder, town: Town, number: int) -> None:
    """The simulated clerk's decisions for release `number`, from the candidates as they are recorded."""
    if releases_made(store, town) >= number:
        return
    with store.reading() as session:
        decided = identification.current(session, town.lg_code, BUSINESS_SYSTEM)
        shapes = {line.local_code: line.shape for line in overview.gaiji_lines(session, town.lg_code, BUSINESS_SYSTEM)}
        decisions = [
            clerk.decide_one(one, *_list_of(session, town, shapes[one.local_code]))
            for one in clerk.due(read_sample(folder, town), decided, number)
        ]
    if decisions:
        with store.writing() as session:
            identification.decide(session, tables, town.lg_code, BUSINESS_SYSTEM, decisions, moment(number))


def make_release(store: Store, blobs: BlobStore, tables: Tables, town: Town, number: int) -> None:
    """Release `number`, unless it is there."""
    if releases_made(store, town) >= number:
        return
    with store.writing() as session:
        release.make_release(session, blobs, tables, town.lg_code, BUSINESS_SYSTEM, DATES[number], REASONS[number])


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
