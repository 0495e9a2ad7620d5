"""Decisions that name a hub's character: one that is gone, merged or another town's does not come into force."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from gaiji_hub.errors import Problems
from gaiji_hub.moji.actor import CONSOLE, Actor
from gaiji_hub.services.decisions import Identification, current
from gaiji_hub.services.identification import CannotBringBack, undo
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.approving import OTHER_GLYPH, approved, decided, waiting, with_gaiji
from tests.services.conftest import AT, SYSTEM, square
from tests.services.people import CLERK, OTHER, TOWN
from tests.services.people import NEIGHBOUR as LENT


@pytest.fixture
def town(store: Store) -> Store:
    return with_gaiji(store)


def hub_character(store: Store, id: str, owner: str, *, shared: bool = False, into: str | None = None) -> str:
    with store.writing() as session:
        session.add(
            rows.HubCharacter(
                id=id, lg_code=owner, shape=square(200).hash, title="架空の字", readings="[]", merged_into=into,
                shared=shared, registered_at=AT,
            )
        )  # fmt: skip
    return id


def change_character(store: Store, id: str, **values: object) -> None:
    with store.writing() as session:
        session.execute(update(rows.HubCharacter).where(rows.HubCharacter.id == id).values(**values))


GONE = {"no longer shared": {"shared": False}, "merged": {"merged_into": "GH00000001"}}


@pytest.mark.parametrize("change", GONE)
def test_a_hub_character_that_is_gone_since_the_decision_is_not_approved(town: Store, tables: Tables, change: str):
    hub_character(town, "GH00000001", TOWN)
    gone = hub_character(town, "GH00000002", OTHER, shared=True)
    seen = decided(town, tables, "F040", glyph=gone)
    change_character(town, gone, **GONE[change])
    with pytest.raises(Problems, match="第1号（F040）: ハブの文字 GH00000002 は、共有が終わったか統合されたため"):
        approved(town, seen)
    assert waiting(town) == ["F040"]


@pytest.mark.parametrize("lent", [LENT, CONSOLE], ids=["lent", "console"])
def test_whoever_sees_more_towns_names_no_private_character_of_another(town: Store, tables: Tables, lent: Actor):
    private, own = hub_character(town, "GH00000002", OTHER), hub_character(town, "GH00000003", TOWN)
    with pytest.raises(Problems, match="GH00000002 は文字情報一覧表にもハブの文字にもありません"):
        decided(town, tables, "F040", by=lent, glyph=private)
    assert decided(town, tables, "F040", by=lent, glyph=own)[0].glyph == own


def decided_after(store: Store, tables: Tables, glyph: str) -> Identification:
    """F040 was decided as `glyph`, then as another; the second decision, which is in force."""
    for one in (glyph, OTHER_GLYPH):
        approved(store, decided(store, tables, "F040", glyph=one))
    return current_of(store)


def current_of(store: Store) -> Identification:
    with store.reading() as session:
        return current(session, TOWN, SYSTEM)["F040"]


def test_undoing_brings_a_merged_character_back_as_the_one_it_means_now(town: Store, tables: Tables):
    old, new = hub_character(town, "GH00000001", TOWN), hub_character(town, "GH00000002", TOWN)
    last = decided_after(town, tables, old)
    change_character(town, old, merged_into=new)
    with town.writing() as session:
        made = undo(session, TOWN, SYSTEM, last.number, "誤り", AT, CLERK)
    assert made.glyph == new
    approved(town, [made])
    assert current_of(town).glyph == new


def test_undoing_does_not_bring_back_what_the_town_may_no_longer_use(town: Store, tables: Tables):
    foreign = hub_character(town, "GH00000001", OTHER, shared=True)
    last = decided_after(town, tables, foreign)
    change_character(town, foreign, shared=False)
    with town.writing() as session, pytest.raises(CannotBringBack, match="GH00000001"):
        undo(session, TOWN, SYSTEM, last.number, "誤り", AT, CLERK)
    assert current_of(town) == last
