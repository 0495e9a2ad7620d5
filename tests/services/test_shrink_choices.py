"""縮退先の選択 under the policy in force: aliases and readings of the hub, choices that lapse, what an approver saw."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.shrink import BadShrinkChoice, ShrinkResult, ShrinkRule
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse, WhenNone
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import ShapesNotSeen, approve, sheet_hash
from gaiji_hub.services.character_search import Source
from gaiji_hub.services.characters import find_character, merge, share
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.release import next_rows
from gaiji_hub.services.requests import Wanted
from gaiji_hub.services.rights import set_rights
from gaiji_hub.services.shrink_policies import (
    SameShrink,
    ShrinkWaits,
    approve_shrink,
    choose,
    draft,
    seen_hash,
    withdraw_shrink,
)
from gaiji_hub.services.shrink_preview import open_lines
from gaiji_hub.services.shrink_records import CHOICE, Record, all_in_force, facts_of, in_force
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.lookup import Tables
from tests.services.allocating import TAX, ask, furnish, grant
from tests.services.conftest import AT, SYSTEM
from tests.services.people import APPROVER, CLERK, OTHER, OTHER_APPROVER, OTHER_CLERK, TOWN

USE = ShrinkUse.CERTIFICATE
KANA = ShrinkPolicy(USE, Repertoire.JISX0208_0212, (), (), WhenNone.KANA)
SILENT = dataclasses.replace(KANA, when_none=WhenNone.UNDECIDED)


def adopted(session: Session, tables: Tables, record: Record) -> Record:
    seen = seen_hash(session, TOWN, record)
    return approve_shrink(session, tables, TOWN, record.use, record.kind, record.number, seen, AT, APPROVER)


def given(session: Session, tables: Tables, policy: ShrinkPolicy) -> None:
    adopted(session, tables, draft(session, TOWN, policy, "証明書の規則", AT, CLERK))


def asked(session: Session, tables: Tables, glyph: str, text: str) -> Record:
    return choose(session, tables, TOWN, USE, glyph, text, "戸籍の正字", AT, CLERK)


def result(session: Session, tables: Tables, glyph: str) -> ShrinkResult:
    now = in_force(session, TOWN, USE)
    assert now is not None
    return now.result(facts_of(session, tables, TOWN, [glyph])[glyph])


def made(store: Store, tables: Tables, number: int, readings: str = "かくう、ナナシ") -> str:
    """A GH character of the town from its n-th shape."""
    source = Source(SYSTEM, f"F04{number - 1}")
    ask(store, tables, Wanted(source, "架空の字", (SYSTEM, TAX), "戸籍の字形と照合", Ground.KOSEKI, "", readings))
    return grant(store, tables, number).character


@pytest.fixture
def lent(store: Store, tables: Tables) -> str:
    """A shared character with one reading that the other town delivers under a policy; then it is shared no more."""
    for lg_code in (TOWN, OTHER):
        furnish(store, (200, 300), lg_code)
    glyph = made(store, tables, 1, "かくう")
    with store.writing(Scope.of(TOWN)) as session:
        set_rights(session, TOWN, [find_character(session, TOWN, glyph).shape], Rights.OWN, "", AT, CLERK)
        share(session, TOWN, glyph, AT, APPROVER)
    with store.writing(Scope.of(OTHER)) as session:
        decide(session, tables, OTHER, SYSTEM, [Decision("F040", Verdict.EXACT, glyph, "一致")], AT, OTHER_CLERK)
        waits = pending(session, OTHER, SYSTEM)
        numbers = [one.number for one in waits]
        approve(session, OTHER, SYSTEM, numbers, sheet_hash(waits), AT, OTHER_APPROVER)
        policy = draft(session, OTHER, KANA, "証明書の規則", AT, OTHER_CLERK)
        seen = seen_hash(session, OTHER, policy)
        approve_shrink(session, tables, OTHER, USE, policy.kind, policy.number, seen, AT, OTHER_APPROVER)
    return glyph


def stated(store: Store, tables: Tables) -> set[str]:
    """What the other town's release would state of F040, from a session of it, of both towns and of everything."""
    found = set()
    for scope in (Scope.of(OTHER), Scope.of(OTHER, TOWN), Scope(None)):
        with store.reading(scope) as session:
            row = next(one for one in next_rows(session, tables, OTHER, SYSTEM) if one.local_code == "F040")
            found.add(row.shrink_policy)
    return found


def test_a_release_states_the_same_whatever_else_the_session_may_see(store: Store, tables: Tables, lent: str):
    assert stated(store, tables) == {"certificate#1:kana=U+30AB U+30AF U+30A6"}
    with store.writing() as session:
        session.execute(update(rows.HubCharacter).where(rows.HubCharacter.id == lent).values(shared=False))
    assert stated(store, tables) == {"certificate#1:none_open="}  # another town's own reading is none of ours
    with store.reading() as session:
        assert facts_of(session, tables, OTHER, [lent])[lent].readings == ()
        assert facts_of(session, tables, TOWN, [lent])[lent].readings == ("かくう",)


@pytest.mark.parametrize("merged_first", [True, False])
@pytest.mark.parametrize("named", [0, 1])
def test_a_choice_for_a_merged_character_holds_under_both_names(
    store: Store, tables: Tables, blobs: BlobStore, merged_first: bool, named: int
):
    furnish(store, (200, 300))
    both = [made(store, tables, 1), made(store, tables, 2)]
    with store.writing() as session:
        given(session, tables, KANA)
        assert len(open_lines(session, blobs, tables, TOWN, USE)) == 4
        if merged_first:
            merge(session, TOWN, both[0], both[1], AT, APPROVER)
        adopted(session, tables, asked(session, tables, both[named], "字"))
        if not merged_first:
            merge(session, TOWN, both[0], both[1], AT, APPROVER)
        assert [result(session, tables, glyph).text for glyph in both] == ["字", "字"]
        assert open_lines(session, blobs, tables, TOWN, USE) == ()
        stated = [row.shrink_policy for row in next_rows(session, tables, TOWN, SYSTEM)]
        assert stated == ["certificate#1:choice=U+5B57"] * 2
        with pytest.raises(SameShrink):
            asked(session, tables, both[0], "字")
        adopted(session, tables, asked(session, tables, both[0], ""))
        assert [result(session, tables, glyph).rule for glyph in both] == [ShrinkRule.NONE_OPEN] * 2


def test_a_choice_waits_for_every_name_of_its_character(store: Store, tables: Tables):
    furnish(store, (200, 300))
    both = [made(store, tables, 1), made(store, tables, 2)]
    with store.writing() as session:
        given(session, tables, KANA)
        waiting = asked(session, tables, both[0], "字")
        merge(session, TOWN, both[0], both[1], AT, APPROVER)
        with pytest.raises(ShrinkWaits):
            asked(session, tables, both[1], "辺")
        adopted(session, tables, waiting)
        assert result(session, tables, both[1]).text == "字"


def test_a_reading_that_was_chosen_lapses_with_a_policy_that_writes_none(store: Store, tables: Tables):
    furnish(store)
    glyph = made(store, tables, 1)
    with store.writing() as session:
        given(session, tables, KANA)
        with pytest.raises(BadShrinkChoice, match="カクウ・ナナシ"):
            asked(session, tables, glyph, "サキ")
        adopted(session, tables, asked(session, tables, glyph, "カクウ"))
        assert (result(session, tables, glyph).text, lapsed(session, tables)) == ("カクウ", frozenset())
        given(session, tables, SILENT)
        found = result(session, tables, glyph)
        assert (found.text, found.rule, lapsed(session, tables)) == (None, ShrinkRule.NONE_OPEN, {glyph})
        assert "「カクウ」は、この方針では使えません" in found.why
        assert "choice" not in "".join(row.shrink_policy for row in next_rows(session, tables, TOWN, SYSTEM))


def lapsed(session: Session, tables: Tables) -> frozenset[str]:
    now = in_force(session, TOWN, USE)
    assert now is not None
    return now.lapsed(session, tables, TOWN)


def test_a_policy_that_was_counted_with_other_choices_is_not_approved(store: Store, tables: Tables):
    furnish(store)
    with store.writing() as session:
        given(session, tables, KANA)
        waiting = draft(session, TOWN, SILENT, "理由", AT, CLERK)
        seen = seen_hash(session, TOWN, waiting)
        choice = asked(session, tables, "MJ000005", "字")
        assert seen_hash(session, TOWN, waiting) == seen  # a choice that waits counts for nothing
        adopted(session, tables, choice)
        with pytest.raises(ShapesNotSeen):
            approve_shrink(session, tables, TOWN, USE, waiting.kind, waiting.number, seen, AT, APPROVER)
        assert adopted(session, tables, waiting).number == 2


def test_policies_and_choices_are_read_in_one_statement(store: Store, tables: Tables):
    """Of two statements, a release would mix what was in force before and after an adoption between them."""
    with store.writing() as session:
        given(session, tables, KANA)
        given(session, tables, dataclasses.replace(KANA, use=ShrinkUse.NUMBER_SYSTEM, when_none=WhenNone.UNDECIDED,
                                                   repertoire=Repertoire.JISX0213))  # fmt: skip
        given(session, tables, SILENT)
        adopted(session, tables, asked(session, tables, "MJ000005", "辺"))
        adopted(session, tables, asked(session, tables, "MJ000005", "字"))
        withdraw_shrink(session, TOWN, USE, CHOICE, asked(session, tables, "MJ000005", "一").number, AT, CLERK)
        asked(session, tables, "MJ000005", "二")
        draft(session, TOWN, KANA, "理由", AT, CLERK)
    with statements(store) as sent, store.reading(Scope.of(TOWN)) as session:
        found = all_in_force(session, TOWN)
    assert len([one for one in sent if "shrink_" in one]) == 1
    assert {use: (now.policy.when_none, now.record.number, dict(now.choices)) for use, now in found.items()} == {
        USE: (WhenNone.UNDECIDED, 2, {"MJ000005": "字"}),
        ShrinkUse.NUMBER_SYSTEM: (WhenNone.UNDECIDED, 1, {}),
    }
    with store.reading(Scope.of(OTHER)) as session:
        assert all_in_force(session, TOWN) == all_in_force(session, OTHER) == {}


@contextmanager
def statements(store: Store) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(*given: object) -> None:
        sent.append(str(given[2]))

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)
