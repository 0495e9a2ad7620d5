"""What stands against a 文字要件 is offered near standard characters, and the papers of a 追加要望 with counts only."""

from __future__ import annotations

import datetime

import pytest

from gaiji_hub.convert.census import HEADER
from gaiji_hub.moji.policy import Policy, PolicyKind, SpaceRule
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.census import import_census
from gaiji_hub.services.decisions import UnknownGaiji, history
from gaiji_hub.services.dossier import dossier_of, offers
from gaiji_hub.services.identification import Decision, decide, undo
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import set_policy
from gaiji_hub.services.release import policy_violations
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import TAX, ask, furnish, grant
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font, square
from tests.services.people import ADMIN, CLERK, approve_all

MJPLUS = Policy(PolicyKind.MJPLUS, "2026-08")


@pytest.fixture
def town(store: Store, tables: Tables) -> Store:
    """F040 is a hub character in two systems, F041 was found to be only similar to a standard one."""
    furnish(store)
    ask(store, tables)
    grant(store, tables, 1)
    with store.writing() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F041", Verdict.SIMILAR, GLYPH, "点の数が違う")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        import_census(session, TOWN, SYSTEM, f"{HEADER}\nF040,U+E000,12,9,1\n".encode(), "四月", AT, CLERK)
    return store


def test_a_system_of_local_codes_is_offered_nothing(town: Store, tables: Tables):
    with town.reading() as session:
        assert offers(session, tables, TOWN, SYSTEM, DATE, 0, 10) == (0, ())


def test_each_row_that_may_not_go_is_offered_its_neighbours(town: Store, tables: Tables):
    with town.writing() as session:
        set_policy(session, TOWN, SYSTEM, MJPLUS, SpaceRule.KEEP, AT, ADMIN)
        total, found = offers(session, tables, TOWN, SYSTEM, DATE, 0, 10)
        assert [(one.violation.local_code, one.shape) for one in found] == [
            ("F040", square(200).hash),
            ("F041", square(300).hash),
        ]
        assert all([c.glyph for c in one.near] == [GLYPH] for one in found)
        assert offers(session, tables, TOWN, SYSTEM, DATE, 1, 1) == (total, found[1:])


@pytest.mark.parametrize("kind", list(PolicyKind))
def test_what_is_shown_is_what_stops_the_next_release(town: Store, tables: Tables, kind: PolicyKind):
    edition = "2026-08" if kind in (PolicyKind.MJPLUS, PolicyKind.TRANSITION) else ""
    policy = Policy(kind, edition, DATE if kind is PolicyKind.TRANSITION else None)
    day_after = DATE + datetime.timedelta(1)
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 400, 0xE003: 500}), AT)
        decisions = [Decision("F042", Verdict.EXACT, GLYPH, "x"), Decision("F043", Verdict.EXACT, "MJ059391", "x")]
        decide(session, tables, TOWN, SYSTEM, decisions, AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        made = undo(session, TOWN, SYSTEM, history(session, TOWN, SYSTEM, "F042")[-1].number, "誤り", AT, CLERK)
        assert made.reopens
        approve_all(session, TOWN, SYSTEM, AT)
        set_policy(session, TOWN, SYSTEM, policy, SpaceRule.KEEP, AT, ADMIN)
    with town.reading() as session:
        for date in (DATE, day_after):
            shown = offers(session, tables, TOWN, SYSTEM, date, 0, 99)[1]
            assert tuple(o.violation for o in shown) == policy_violations(session, tables, TOWN, SYSTEM, date)


def test_the_papers_name_every_system_and_count_but_no_other_town(town: Store, tables: Tables):
    furnish(town, (200,), OTHER)
    with town.reading(Scope.of(TOWN)) as session:
        made = dossier_of(session, tables, TOWN, SYSTEM, "F040", AT)
    assert (made.town, made.shape, made.verdict, made.readings) == (
        "架空市", square(200).hash, "字形一致", ("かくう", "ななし"),
    )  # fmt: skip
    assert made.glyph.startswith("GH")
    assert [(use.system, use.local_code, use.count) for use in made.uses] == [(SYSTEM, "F040", 12), (TAX, "F040", None)]
    assert [(one.glyph, one.reason) for one in made.near] == [(GLYPH, "")]


def test_a_shape_that_was_allocated_is_offered_what_its_first_system_was_answered(town: Store, tables: Tables):
    furnish(town, (200,), OTHER)
    with town.writing() as session:
        set_policy(session, TOWN, TAX, MJPLUS, SpaceRule.KEEP, AT, ADMIN)
        (offer,) = offers(session, tables, TOWN, TAX, DATE, 0, 10)[1]
    assert [c.glyph for c in offer.near] == [GLYPH]


def test_what_was_decided_about_a_neighbour_says_why_it_is_not_the_same(town: Store, tables: Tables):
    with town.reading() as session:
        made = dossier_of(session, tables, TOWN, SYSTEM, "F041", AT)
        assert "点の数が違う" in made.near[0].reason
        assert (made.glyph, made.uses[0].count) == ("", 0)
        with pytest.raises(UnknownGaiji):
            dossier_of(session, tables, OTHER, SYSTEM, "F041", AT)
