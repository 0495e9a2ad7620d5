"""Read models: what a page shows, town by town, and nothing of another."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.candidate import Band
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.decisions import UnknownGaiji
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.overview import (
    gaiji_detail,
    gaiji_lines,
    gaiji_neighbours,
    gaiji_page,
    releases,
    system_counts,
    towns,
)
from gaiji_hub.services.release import make_release
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK, approve_all
from tests.services.test_candidates import ANSWER, UNREADABLE


@pytest.fixture
def town(store: Store, tables: Tables) -> Store:
    shapes = {0xE000 + index: 200 + index for index in range(5)}
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font(shapes), AT)
        record_candidates(session, TOWN, SYSTEM, {square(200).hash: ANSWER, square(201).hash: UNREADABLE})
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
    return store


def test_towns_are_counted(town: Store):
    with town.reading() as session:
        mine, other = towns(session)
    assert (mine.municipality.lg_code, mine.systems[0].gaiji, mine.systems[0].decided) == (TOWN, 5, 1)
    assert mine.systems[0].undecided == 4
    assert (other.systems[0].gaiji, other.systems[0].releases, other.systems[0].members) == (0, 0, ())


def test_every_gaiji_is_listed_with_band_and_decision(town: Store):
    with town.reading() as session:
        lines = gaiji_lines(session, TOWN, SYSTEM)
        assert gaiji_lines(session, OTHER, SYSTEM) == ()
    assert [line.local_code for line in lines] == ["F040", "F041", "F042", "F043", "F044"]
    assert [line.band for line in lines] == [Band.PROPOSE, None, None, None, None]
    assert [line.unreadable for line in lines] == [False, True, False, False, False]
    assert [line.decision.number if line.decision else 0 for line in lines] == [1, 0, 0, 0, 0]


def test_one_gaiji_in_detail(town: Store):
    with town.reading() as session:
        detail = gaiji_detail(session, TOWN, SYSTEM, "f040")
        with pytest.raises(UnknownGaiji):
            gaiji_detail(session, OTHER, SYSTEM, "F040")
        with pytest.raises(UnknownGaiji):
            gaiji_detail(session, TOWN, SYSTEM, "../etc")
    assert (detail.local_code, detail.present, detail.identified) == ("F040", True, ANSWER)
    assert detail.decision is not None
    assert detail.history == (detail.decision,)


def test_releases_say_where_they_are_published(town: Store, blobs: BlobStore, tables: Tables):
    with town.writing() as session:
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
        assert [(line.summary.number, line.seq) for line in releases(session, TOWN, SYSTEM)] == [(1, 0)]
        assert system_counts(session, TOWN, SYSTEM).releases == 1


def test_a_page_counts_everything_and_shows_what_was_asked_for(town: Store):
    with town.reading() as session:
        whole = gaiji_page(session, TOWN, SYSTEM, "", "", 0, 2)
        second = gaiji_page(session, TOWN, SYSTEM, "", "", 2, 2)
        beyond = gaiji_page(session, TOWN, SYSTEM, "", "", 90, 2)
        still_open = gaiji_page(session, TOWN, SYSTEM, "open", "", 1, 2)
        proposed = gaiji_page(session, TOWN, SYSTEM, "", "propose", 0, 50)
    assert (whole.gaiji, whole.found, [line.local_code for line in whole.lines]) == (5, 5, ["F040", "F041"])
    assert [line.local_code for line in second.lines] == ["F042", "F043"]
    assert (beyond.found, beyond.lines) == (5, ())
    assert {state.value: count for state, count in whole.states.items() if count} == {"open": 4, "decided": 1}
    assert {band.value: count for band, count in whole.bands.items() if count} == {"propose": 1}
    assert (still_open.found, [line.local_code for line in still_open.lines]) == (4, ["F042", "F043"])
    assert [line.local_code for line in proposed.lines] == ["F040"]


def test_neighbours_are_those_of_the_list_and_the_next_to_decide_goes_round(town: Store):
    with town.reading() as session:
        first = gaiji_neighbours(session, TOWN, SYSTEM, "F040")
        last = gaiji_neighbours(session, TOWN, SYSTEM, "F044")
        nowhere = gaiji_neighbours(session, OTHER, SYSTEM, "F044")
    assert (first.previous, first.following, first.waiting) == (None, "F041", "F041")
    assert (last.previous, last.following, last.waiting) == ("F043", None, "F041")
    assert (nowhere.previous, nowhere.following, nowhere.waiting) == (None, None, None)


def test_counts_of_all_systems_take_the_same_number_of_statements_however_many_there_are(town: Store):
    """One more business system costs what naming it costs, nothing that grows with what is in it."""

    def statements() -> int:
        asked = []
        event.listen(town.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        with town.reading(Scope.of(TOWN)) as session:
            towns(session)
        return len(asked)

    before = statements()
    with town.writing() as session:
        for name in ("zei", "fukushi"):
            register_business_system(session, TOWN, name, "税", "cp932", AT)
            record_intake(session, TOWN, name, font({0xE000: 200}), AT)
    assert statements() == before
