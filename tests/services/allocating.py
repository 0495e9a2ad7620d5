"""A town with two systems and shapes that a request can be made from, for tests of requests, codes and characters."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.code_system import CP932
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.character_search import Found, Source, search_characters
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.request_approval import Approved, approve_request
from gaiji_hub.services.requests import CharacterRequest, Wanted, find_request, request_character, request_hash
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK

TAX = "zei"
GALLERY = "a" * 64
SOURCE = Source(SYSTEM, "F040")


def answer(score: float = 0.4) -> Identified:
    candidates = (Candidate(GlyphId("MJ026191"), None, "U+9089", score),)
    return Identified("", Band.OUTSIDE, GALLERY, candidates, 0.0, edition="mj=1")


def furnish(store: Store, shapes: Sequence[int] = (200, 300), lg_code: str = TOWN) -> Store:
    """The town's shapes at F040, F041 … of its residents' system, answered by a gallery; a tax system whose font is
    known to be empty.
    """
    with store.writing() as session:
        register_business_system(session, lg_code, TAX, "税", "cp932", AT)
        record_intake(session, lg_code, TAX, font({}), AT)
        record_intake(session, lg_code, SYSTEM, font({0xE000 + at: size for at, size in enumerate(shapes)}), AT)
        record_candidates(session, lg_code, SYSTEM, {square(size).hash: answer() for size in shapes})
    return store


def wanted(source: Source = SOURCE, systems: tuple[str, ...] = (SYSTEM, TAX), character: str = "") -> Wanted:
    return Wanted(source, "架空の字", systems, "戸籍の字形と照合", Ground.KOSEKI, character, "かくう、ナナシ")


def look(session: Session, want: Wanted, lg_code: str = TOWN) -> Found:
    return search_characters(session, lg_code, want.source, want.title, want.readings)


def ask(
    store: Store, tables: Tables, want: Wanted | None = None, by: Actor = CLERK, lg_code: str = TOWN
) -> CharacterRequest:
    want = want or wanted()
    with store.writing(Scope.of(lg_code)) as session:
        found = look(session, want, lg_code)
        return request_character(session, tables, lg_code, want, found, found.hash, AT, by)


def grant(
    store: Store,
    tables: Tables,
    number: int,
    by: Actor = APPROVER,
    lg_code: str = TOWN,
    draw: Callable[[int], int] = secrets.randbelow,
) -> Approved:
    with store.writing(Scope.of(lg_code)) as session:
        seen = request_hash(find_request(session, lg_code, number))
        return approve_request(session, tables, lg_code, number, seen, AT, by, draw=draw)


def fill(store: Store, free: int, system: str = TAX, lg_code: str = TOWN) -> None:
    """Leave `free` codes of a cp932 system without gaiji: the rest of its 1,880 codes hold one shape."""
    with store.writing() as session:
        codes = {CP932.to_pua(code): 123 for code in list(CP932.codes())[: CP932.capacity - free]}
        record_intake(session, lg_code, system, font(codes), AT)
