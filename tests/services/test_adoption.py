"""What another town shared stays in use here when it ends the sharing; its rights are never said here."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import characters as hub_characters
from gaiji_hub.services.adoption import adopted_shapes
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.character_search import Source
from gaiji_hub.services.characters import (
    CannotMerge,
    SharingBlocked,
    find_character,
    merge,
    readings_of,
    resolve,
    share,
)
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.release import make_release
from gaiji_hub.services.rights import AdoptedShape, rights_lines, rights_of, set_rights
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import TAX, answer, ask, furnish, grant, wanted
from tests.services.conftest import AT, DATE, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK, OTHER_APPROVER, OTHER_CLERK, approve_all

SHAPE = square(200).hash


@pytest.fixture
def towns(store: Store) -> Store:
    furnish(store, (200, 300, 400))
    return furnish(store, (500,), OTHER)


def say(store: Store, lg_code: str, shape: str, rights: Rights) -> None:
    with store.writing(Scope.of(lg_code)) as session:
        set_rights(session, lg_code, [shape], rights, "", AT, CLERK if lg_code == TOWN else OTHER_CLERK)


def shared(store: Store, tables: Tables, code: str = "F040", number: int = 1) -> str:
    """A character of the first town, shared."""
    ask(store, tables, wanted(Source(SYSTEM, code), (TAX,)))
    made = grant(store, tables, number).character
    with store.reading() as session:
        shape = find_character(session, TOWN, made).shape
    say(store, TOWN, shape, Rights.OWN)
    with store.writing(Scope.of(TOWN)) as session:
        share(session, TOWN, made, AT, APPROVER)
    return made


def adopted(store: Store, tables: Tables, character: str, number: int = 1) -> str:
    """The other town has it in its tax system; the code."""
    ask(store, tables, replace(wanted(Source(character=character), (TAX,)), readings=""), OTHER_CLERK, OTHER)
    return grant(store, tables, number, OTHER_APPROVER, OTHER).codes[0].local_code


def said(store: Store, shape: str = SHAPE) -> tuple[Rights, str]:
    with store.reading(Scope.of(OTHER)) as session:
        return rights_of(session, OTHER, [shape])[shape]


@pytest.fixture
def both(migrated_url: str, tmp_path, tables: Tables) -> Iterator[Registry]:
    with Registry.open(tmp_path / "data", migrated_url) as opened:
        with opened.store.writing() as session:
            for lg_code in (TOWN, OTHER):
                register_municipality(session, lg_code, "架空の団体", AT)
                register_business_system(session, lg_code, SYSTEM, "住民記録", "cp932", AT)
        furnish(opened.store, (200, 300, 400))
        furnish(opened.store, (500,), OTHER)
        yield opened


def test_the_end_of_sharing_stops_nobody_elses_distribution(both: Registry, tables: Tables, materials: PackMaterials):
    store = both.store
    made = shared(store, tables)
    code = adopted(store, tables, made)
    with store.writing(Scope.of(OTHER)) as session:
        make_release(session, both.blobs, tables, OTHER, TAX, DATE, "初版", AT, OTHER_APPROVER)
    say(store, TOWN, SHAPE, Rights.UNKNOWN)
    with store.writing(Scope.of(OTHER)) as session:
        record_intake(session, OTHER, TAX, font({0xE005: 600}), AT)
        second = make_release(session, both.blobs, tables, OTHER, TAX, DATE, "次", AT, OTHER_APPROVER)
        assert (code, made) in [(row.local_code, row.glyph) for row in second.rows]
        assert readings_of(session, OTHER, [made]) == {made: ("かくう", "ななし")}, "copied when it was taken over"
    assert [one.release_number for one in publish_pending(both, materials, OTHER, TAX, AT)] == [1, 2]


def test_a_request_for_what_is_no_longer_shared_is_told_so(towns: Store, tables: Tables):
    made = shared(towns, tables)
    ask(towns, tables, wanted(Source(character=made), (TAX,)), OTHER_CLERK, OTHER)
    say(towns, TOWN, SHAPE, Rights.UNKNOWN)
    with pytest.raises(Problems, match="共有は終わっています"):
        grant(towns, tables, 1, OTHER_APPROVER, OTHER)


def test_what_is_shared_goes_to_ones_own_vendors_while_it_is_shared(towns: Store, tables: Tables):
    made = shared(towns, tables)
    code = adopted(towns, tables, made)
    assert said(towns) == (Rights.SHARED, f"ハブの文字 {made}")
    with towns.reading(Scope.of(OTHER)) as session:
        assert [(line.local_code, line.rights) for line in rights_lines(session, OTHER, TAX)] == [(code, Rights.SHARED)]
    say(towns, TOWN, SHAPE, Rights.UNKNOWN)
    assert said(towns) == (Rights.UNKNOWN, "")


def test_nobody_says_of_a_shape_taken_over_that_it_is_ones_own(towns: Store, tables: Tables):
    """Neither while it is shared nor afterwards, nor by reading a font with it; so it is not shared on."""
    made = shared(towns, tables)
    code = adopted(towns, tables, made)
    with pytest.raises(AdoptedShape, match="元の団体が登録します"):
        say(towns, OTHER, SHAPE, Rights.OWN)
    say(towns, TOWN, SHAPE, Rights.UNKNOWN)
    with pytest.raises(AdoptedShape):
        say(towns, OTHER, SHAPE, Rights.OWN)
    with towns.writing() as session:
        held = font({0xE000: 200, 0xE001: 500})
        record_intake(session, OTHER, TAX, held, AT, rights=(Rights.OWN, ""), by=OTHER_CLERK)
        record_candidates(session, OTHER, TAX, {SHAPE: answer()})
    assert (said(towns), said(towns, square(500).hash)) == ((Rights.UNKNOWN, ""), (Rights.OWN, ""))
    ask(towns, tables, wanted(Source(TAX, code), (SYSTEM,)), OTHER_CLERK, OTHER)
    again = grant(towns, tables, 2, OTHER_APPROVER, OTHER).character
    with towns.writing(Scope.of(OTHER)) as session, pytest.raises(SharingBlocked):
        share(session, OTHER, again, AT, OTHER_APPROVER)
    with pytest.raises(AdoptedShape):
        say(towns, OTHER, SHAPE, Rights.OWN)


def test_a_decision_takes_over_the_very_same_shape_only(towns: Store, tables: Tables):
    """Ones own drawing of the character stays ones own."""
    made = shared(towns, tables)
    with towns.writing(Scope.of(OTHER)) as session:
        record_intake(session, OTHER, SYSTEM, font({0xE000: 200, 0xE001: 500}), AT)
        record_candidates(session, OTHER, SYSTEM, {SHAPE: answer()})
        decisions = [Decision(code, Verdict.EXACT, made, "一致") for code in ("F040", "F041")]
        decide(session, tables, OTHER, SYSTEM, decisions, AT, OTHER_CLERK)
        assert adopted_shapes(session, OTHER) == {}
        approve_all(session, OTHER, SYSTEM, AT)
        assert adopted_shapes(session, OTHER) == {SHAPE: made}
        assert adopted_shapes(session, TOWN) == {}
    say(towns, OTHER, square(500).hash, Rights.OWN)
    with pytest.raises(AdoptedShape):
        say(towns, OTHER, SHAPE, Rights.OWN)


def test_sharing_and_rights_that_forbid_it_exclude_each_other(
    towns: Store, tables: Tables, monkeypatch: pytest.MonkeyPatch
):
    """The approver's sharing has read 自団体 when the clerk says 不明."""
    ask(towns, tables, wanted(systems=(TAX,)))
    made = grant(towns, tables, 1).character
    say(towns, TOWN, SHAPE, Rights.OWN)
    read, unsaid = threading.Event(), threading.Event()
    real = hub_characters.rights_of

    def slow(*args):
        found = real(*args)
        read.set()
        unsaid.wait(1)
        return found

    monkeypatch.setattr(hub_characters, "rights_of", slow)

    def give() -> None:
        with towns.writing(Scope.of(TOWN)) as session:
            share(session, TOWN, made, AT, APPROVER)

    def take_back() -> None:
        read.wait(10)
        say(towns, TOWN, SHAPE, Rights.UNKNOWN)
        unsaid.set()

    with ThreadPoolExecutor(2) as pool:
        for done in (pool.submit(give), pool.submit(take_back)):
            done.result()
    with towns.reading() as session:
        assert not find_character(session, TOWN, made).shared


def test_a_shared_character_of_another_town_is_merged_into(towns: Store, tables: Tables):
    """Its row is the other town's and cannot be locked."""
    theirs = shared(towns, tables)
    with towns.writing() as session:
        record_candidates(session, OTHER, SYSTEM, {square(500).hash: answer()})
    ask(towns, tables, wanted(Source(SYSTEM, "F040"), (TAX,)), OTHER_CLERK, OTHER)
    ours = grant(towns, tables, 1, OTHER_APPROVER, OTHER).character
    with towns.writing(Scope.of(OTHER)) as session:
        assert merge(session, OTHER, ours, theirs, AT, OTHER_APPROVER).id == theirs
        assert resolve(session, OTHER, ours).id == theirs


def test_nothing_is_merged_into_an_alias_of_what_is_not_seen(towns: Store, tables: Tables):
    first = shared(towns, tables)
    second = shared(towns, tables, "F041", 2)
    with towns.writing(Scope.of(TOWN)) as session:
        merge(session, TOWN, first, second, AT, APPROVER)
    say(towns, TOWN, square(300).hash, Rights.UNKNOWN)
    ask(towns, tables, wanted(Source(SYSTEM, "F040"), (TAX,)), OTHER_CLERK, OTHER)
    ours = grant(towns, tables, 1, OTHER_APPROVER, OTHER).character
    with towns.writing(Scope.of(OTHER)) as session, pytest.raises(CannotMerge, match="見えません"):
        merge(session, OTHER, ours, first, AT, OTHER_APPROVER)
