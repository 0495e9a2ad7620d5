"""Characters are found before new ones are made, shared only with rights, and merged without breaking a name."""

from __future__ import annotations

import itertools

import pytest
from sqlalchemy import update

from gaiji_hub.fontbuild.intake import CodedOutline
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.character_search import Source
from gaiji_hub.services.characters import (
    CannotMerge,
    SharingBlocked,
    UnknownHubCharacter,
    aliases_of,
    character_outline,
    find_character,
    list_characters,
    merge,
    readings_of,
    resolve,
    share,
)
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.request_approval import NoFreeId
from gaiji_hub.services.rights import set_rights
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import TAX, answer, ask, furnish, grant, look, wanted
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK, OTHER_APPROVER, OTHER_CLERK

SIZES = (200, 300, 400)


@pytest.fixture
def town(store: Store) -> Store:
    return furnish(store, SIZES)


def make(store: Store, tables: Tables, code: str = "F040", number: int = 1) -> str:
    ask(store, tables, wanted(Source(SYSTEM, code), (TAX,)))
    return grant(store, tables, number).character


def make_three(store: Store, tables: Tables) -> list[str]:
    return [make(store, tables, f"F04{at}", at + 1) for at in range(3)]


def give(store: Store, *characters: str, rights: Rights = Rights.OWN) -> None:
    with store.writing(Scope.of(TOWN)) as session:
        for character in characters:
            set_rights(session, TOWN, [find_character(session, TOWN, character).shape], rights, "", AT, CLERK)
            share(session, TOWN, character, AT, APPROVER)


def test_an_id_that_anybody_has_is_drawn_again(town: Store, tables: Tables):
    """Also one of a town whose characters are not seen here."""
    furnish(town, SIZES, OTHER)
    ask(town, tables, wanted(systems=(TAX,)), OTHER_CLERK, OTHER)
    theirs = grant(town, tables, 1, OTHER_APPROVER, OTHER, draw=lambda _: 5)
    assert theirs.character == "GH00000005"
    ask(town, tables, wanted(systems=(TAX,)))
    draws = itertools.chain([5, 5, 6], itertools.repeat(7))
    assert grant(town, tables, 1, draw=lambda _: next(draws)).character == "GH00000006"
    ask(town, tables, wanted(Source(SYSTEM, "F041"), (TAX,)))
    with pytest.raises(NoFreeId):
        grant(town, tables, 2, draw=lambda _: 6)


def test_a_character_is_found_by_id_title_and_reading(town: Store, tables: Tables):
    made = make(town, tables)
    with town.reading() as session:
        for query in (made, made.lower(), "架空", "ナナシ", "かくう", ""):
            assert [one.id for one in list_characters(session, TOWN, query)[1]] == [made]
        for query in ("かく", "GH99999999", "%", '"'):
            assert list_characters(session, TOWN, query) == (0, ())
        assert list_characters(session, OTHER, made) == (0, ())
        assert character_outline(session, TOWN, made) == square(200)
        for character in (made, "GH99999999", "x"):
            with pytest.raises(UnknownHubCharacter):
                find_character(session, OTHER, character)


def test_a_search_shows_the_same_outline_alike_ones_and_names(town: Store, tables: Tables):
    made = make(town, tables)
    thin = Outline((((0, 0, True), (0, 40, True), (1000, 40, True), (1000, 0, True)),), 1024, 1024)
    shapes = font({0xE000: 200, 0xE001: 300, 0xE002: 400})
    glyphs = (*shapes.glyphs, CodedOutline(0xE003, thin.to_bytes()))
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, type(shapes)(shapes.sha256, "x", 1024, glyphs, (), (), 1), AT)
        record_candidates(session, TOWN, SYSTEM, {thin.hash: answer()})
    with town.reading() as session:
        same, alike, named = (look(session, wanted(Source(SYSTEM, code))) for code in ("F040", "F041", "F043"))
    assert ([one.id for one in same.identical], same.alike, same.named) == ([made], (), ())
    assert [one.character.id for one in alike.alike] == [made]
    assert alike.alike[0].score >= 0.85
    assert ([one.id for one in named.named], named.alike, named.identical) == ([made], (), ())
    assert len({same.hash, alike.hash, named.hash}) == 3


@pytest.mark.parametrize("rights", [Rights.UNKNOWN, Rights.VENDOR_LICENSED])
def test_a_shape_that_is_not_ones_own_is_not_shared(town: Store, tables: Tables, rights: Rights):
    made = make(town, tables)
    with pytest.raises(SharingBlocked, match=rights.label):
        give(town, made, rights=rights)
    with town.reading(Scope.of(OTHER)) as session:
        assert list_characters(session, OTHER) == (0, ())


def test_a_shared_character_is_used_by_another_town_from_its_shape(town: Store, tables: Tables):
    made = make(town, tables)
    give(town, made)
    furnish(town, (), OTHER)
    ask(town, tables, wanted(Source(character=made)), OTHER_CLERK, OTHER)
    used = grant(town, tables, 1, OTHER_APPROVER, OTHER)
    assert used.character == made
    assert [code.new for code in used.codes] == [True, True]
    with town.writing(Scope.of(OTHER)) as session, pytest.raises(UnknownHubCharacter):
        share(session, OTHER, made, AT, OTHER_APPROVER)


def test_rights_that_fall_away_end_the_sharing(town: Store, tables: Tables):
    made = make(town, tables)
    give(town, made)
    with town.writing() as session:
        set_rights(session, TOWN, [square(200).hash], Rights.UNKNOWN, "", AT, CLERK)
        assert not find_character(session, TOWN, made).shared
        assert list_characters(session, OTHER) == (0, ())


def test_an_alias_stays_valid_and_chains_are_flat(town: Store, tables: Tables):
    first, second, third = make_three(town, tables)
    with town.writing(Scope.of(TOWN)) as session:
        merge(session, TOWN, first, second, AT, APPROVER)
        assert merge(session, TOWN, second, third, AT, APPROVER).id == third
        assert find_character(session, TOWN, first).merged_into == third
        assert [resolve(session, TOWN, one).id for one in (first, second, third)] == [third] * 3
        assert aliases_of(session, TOWN, third) == tuple(sorted((first, second)))
        assert readings_of(session, TOWN, [first]) == {first: ("かくう", "ななし")}
        assert [one.id for one in list_characters(session, TOWN)[1]] == [third]
        assert [one.id for one in list_characters(session, TOWN, first)[1]] == [first]


def test_a_circle_that_stands_all_the_same_ends(town: Store, tables: Tables):
    first, second, _ = make_three(town, tables)
    character = rows.HubCharacter
    with town.writing(Scope.of(TOWN)) as session:
        for one, other in ((first, second), (second, first)):
            session.execute(update(character).where(character.id == one).values(merged_into=other))
        assert {resolve(session, TOWN, first).id, resolve(session, TOWN, second).id} <= {first, second}
        assert readings_of(session, TOWN, [first]) == {first: ("かくう", "ななし")}


def test_a_merge_makes_no_circle_and_takes_only_ones_own(town: Store, tables: Tables):
    first, second, third = make_three(town, tables)
    with town.writing() as session:
        merge(session, TOWN, first, second, AT, APPROVER)
    for alias, into in ((second, first), (second, second)):
        with town.writing() as session, pytest.raises(CannotMerge, match="同じ文字"):
            merge(session, TOWN, alias, into, AT, APPROVER)
    give(town, third)
    with town.writing() as session, pytest.raises(CannotMerge, match="共有している文字にだけ"):
        merge(session, TOWN, third, second, AT, APPROVER)
    with town.writing(Scope.of(OTHER)) as session, pytest.raises(UnknownHubCharacter):
        merge(session, OTHER, third, third, AT, OTHER_APPROVER)
    with town.writing() as session, pytest.raises(UnknownHubCharacter):
        merge(session, TOWN, first, third, AT, APPROVER)
