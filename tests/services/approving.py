"""Decisions, approvals and what they come to, as one town makes them, for tests."""

from __future__ import annotations

from collections.abc import Sequence

from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.decisions import Identification, Status, current, history, pending
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import set_acting_allowed
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, GLYPH, SYSTEM, font
from tests.services.people import ADMIN, APPROVER, CLERK, OTHER, TOWN

OTHER_GLYPH = "MJ026190"
CODES = ("F040", "F041", "F042")


def with_gaiji(store: Store) -> Store:
    """The store with three gaiji, `CODES`, in each of the two towns."""
    with store.writing() as session:
        for lg_code in (TOWN, OTHER):
            record_intake(session, lg_code, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 400}), AT)
    return store


def exact(code: str, glyph: str = GLYPH) -> Decision:
    return Decision(code, Verdict.EXACT, glyph, "台帳の字形と一致")


def decided(
    store: Store, tables: Tables, *codes: str, by: Actor = CLERK, glyph: str = GLYPH, town: str = TOWN
) -> tuple[Identification, ...]:
    with store.writing() as session:
        return decide(session, tables, town, SYSTEM, [exact(code, glyph) for code in codes], AT, by)


def approved(
    store: Store,
    seen: Sequence[Identification],
    by: Actor = APPROVER,
    remark: str = "",
    acting: bool = False,
    town: str = TOWN,
) -> tuple[Identification, ...]:
    """Approve just what was seen."""
    numbers = [one.number for one in seen]
    with store.writing() as session:
        return approve(session, town, SYSTEM, numbers, sheet_hash(seen), AT, by, remark=remark, acting=acting)


def in_force(store: Store, town: str = TOWN) -> dict[str, str | None]:
    with store.reading() as session:
        return {code: one.glyph for code, one in current(session, town, SYSTEM).items()}


def waiting(store: Store, town: str = TOWN) -> list[str]:
    with store.reading() as session:
        return [one.local_code for one in pending(session, town, SYSTEM)]


def statuses(store: Store, code: str) -> list[Status]:
    with store.reading() as session:
        return [one.status for one in history(session, TOWN, SYSTEM, code)]


def allow_acting(store: Store, allowed: bool = True) -> None:
    with store.writing() as session:
        set_acting_allowed(session, TOWN, allowed, AT, ADMIN)
