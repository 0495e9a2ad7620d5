"""Two people behind every decision: who may be the second, what must have been seen, what stays in force meanwhile."""

from __future__ import annotations

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.moji.actor import CONSOLE, Actor, NotAllowed
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import (
    ACTING,
    NEIGHBOUR,
    ORDINARY,
    AlreadyAnswered,
    NotYours,
    RemarkNeeded,
    ReviewOfOwn,
    ShapesNotSeen,
    acting_approvals,
    approve,
    review,
    send_back,
    sheet_hash,
    withdraw,
)
from gaiji_hub.services.decisions import Status, UnknownIdentification, current
from gaiji_hub.services.identification import NotInForce, undo
from gaiji_hub.services.intake import record_intake
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.approving import (
    OTHER_GLYPH,
    allow_acting,
    approved,
    decided,
    in_force,
    statuses,
    waiting,
    with_gaiji,
)
from tests.services.conftest import AT, GLYPH, SYSTEM, font
from tests.services.people import (
    ADMIN,
    APPROVER,
    CLERK,
    COUNCIL,
    OPERATOR,
    OTHER,
    OTHER_APPROVER,
    OTHER_CLERK,
    SECOND_APPROVER,
    SECOND_CLERK,
    TOWN,
)
from tests.services.people import NEIGHBOUR as LENT


@pytest.fixture
def town(store: Store) -> Store:
    return with_gaiji(store)


def test_an_approved_decision_says_who_approved_and_what_was_seen(town: Store, tables: Tables):
    seen = decided(town, tables, "F040", "F041")
    (first, _second) = approved(town, seen, remark="確認した")
    assert first.outcome is not None
    assert (first.status, first.outcome.kind, first.outcome.by_name) == (Status.APPROVED, ORDINARY, "架空 太郎")
    assert (first.outcome.by_id, first.outcome.remark, first.outcome.at) == (APPROVER.id, "確認した", AT)
    assert in_force(town) == {"F040": GLYPH, "F041": GLYPH}
    assert waiting(town) == []
    with town.reading() as session:
        assert current(session, TOWN, SYSTEM)["F040"] == first


def test_nobody_approves_an_own_decision(town: Store, tables: Tables):
    """An approver may decide too; then another approver is the second person. All or none is approved."""
    seen = (*decided(town, tables, "F040", by=APPROVER), *decided(town, tables, "F041", by=CLERK))
    with pytest.raises(Problems, match="第1号（F040）: 自分の判定は承認できません"):
        approved(town, seen, by=APPROVER)
    assert waiting(town) == ["F040", "F041"]
    approved(town, seen, by=SECOND_APPROVER)
    assert waiting(town) == []


STRANGERS = (CLERK, SECOND_CLERK, ADMIN, OPERATOR, COUNCIL, OTHER_APPROVER, OTHER_CLERK, CONSOLE)


@pytest.mark.parametrize("by", STRANGERS, ids=lambda by: by.login or by.kind)
def test_who_is_no_approver_here_does_not_approve_or_send_back(town: Store, tables: Tables, by: Actor):
    seen = decided(town, tables, "F040")
    with pytest.raises(NotAllowed):
        approved(town, seen, by=by)
    with town.writing() as session, pytest.raises(NotAllowed):
        send_back(session, TOWN, SYSTEM, 1, "違う", AT, by)
    assert statuses(town, "F040") == [Status.PENDING]


def test_an_approver_who_was_lent_approves_as_a_neighbour(town: Store, tables: Tables):
    (found,) = approved(town, decided(town, tables, "F040"), by=LENT)
    assert found.outcome is not None
    assert (found.outcome.kind, found.outcome.by_name) == (NEIGHBOUR, "架空 隣子")
    mine = decided(town, tables, "F040", by=OTHER_CLERK, town=OTHER)
    (at_home,) = approved(town, mine, by=LENT, town=OTHER)
    assert at_home.outcome is not None
    assert at_home.outcome.kind == ORDINARY


def test_a_clerk_acts_for_the_approver_only_where_it_is_allowed_and_with_a_reason(town: Store, tables: Tables):
    seen = decided(town, tables, "F040")
    with pytest.raises(NotAllowed):
        approved(town, seen, by=SECOND_CLERK, remark="休み", acting=True)
    allow_acting(town)
    with pytest.raises(NotAllowed):
        approved(town, seen, by=SECOND_CLERK, remark="休み")
    for remark in ("", " ", "a\x00", "長" * 1001):
        with pytest.raises(RemarkNeeded):
            approved(town, seen, by=SECOND_CLERK, remark=remark, acting=True)
    with pytest.raises(Problems, match="自分の判定は承認できません"):
        approved(town, seen, by=CLERK, remark="休み", acting=True)
    (found,) = approved(town, seen, by=SECOND_CLERK, remark="承認者が休み", acting=True)
    assert found.outcome is not None
    assert (found.outcome.kind, found.outcome.remark) == (ACTING, "承認者が休み")
    assert in_force(town) == {"F040": GLYPH}


def test_acting_for_the_approver_can_be_forbidden_again(town: Store, tables: Tables):
    allow_acting(town)
    approved(town, decided(town, tables, "F040"), by=SECOND_CLERK, remark="休み", acting=True)
    allow_acting(town, allowed=False)
    with pytest.raises(NotAllowed):
        approved(town, decided(town, tables, "F041"), by=SECOND_CLERK, remark="休み", acting=True)
    assert in_force(town) == {"F040": GLYPH}, "what was approved while it was allowed stays"


@pytest.mark.parametrize("by", [ADMIN, OPERATOR, OTHER_CLERK, CONSOLE], ids=lambda by: by.login or by.kind)
def test_only_a_clerk_of_the_town_acts_for_the_approver(town: Store, tables: Tables, by: Actor):
    allow_acting(town)
    with pytest.raises(NotAllowed):
        approved(town, decided(town, tables, "F040"), by=by, remark="休み", acting=True)


def test_what_was_acted_is_looked_at_afterwards_once(town: Store, tables: Tables):
    allow_acting(town)
    approved(town, decided(town, tables, "F040"), by=SECOND_CLERK, remark="休み", acting=True)
    approved(town, decided(town, tables, "F041"))
    with town.reading() as session:
        (open_one,) = acting_approvals(session, TOWN, SYSTEM)
    assert (open_one.identification.local_code, open_one.reviewed_by, open_one.reviewed_at) == ("F040", "", None)
    for by in (CLERK, SECOND_CLERK, ADMIN, OTHER_APPROVER):
        with town.writing() as session, pytest.raises(NotAllowed):
            review(session, TOWN, SYSTEM, 1, "", AT, by)
    with town.writing() as session:
        review(session, TOWN, SYSTEM, 1, "問題なし", AT, APPROVER)
    with town.reading() as session:
        (looked_at,) = acting_approvals(session, TOWN, SYSTEM)
    assert (looked_at.reviewed_by, looked_at.reviewed_at) == ("架空 太郎", AT)
    for number in (1, 2):
        with town.writing() as session, pytest.raises(AlreadyAnswered):
            review(session, TOWN, SYSTEM, number, "", AT, APPROVER)
    with town.writing() as session, pytest.raises(UnknownIdentification):
        review(session, TOWN, SYSTEM, 9, "", AT, APPROVER)


def test_what_was_sent_back_leaves_in_force_what_was(town: Store, tables: Tables):
    approved(town, decided(town, tables, "F040"))
    decided(town, tables, "F040", glyph=OTHER_GLYPH)
    with town.writing() as session:
        found = send_back(session, TOWN, SYSTEM, 2, "偏が違う", AT, APPROVER)
    assert found.outcome is not None
    assert (found.status, found.outcome.kind, found.outcome.remark) == (Status.SENT_BACK, "", "偏が違う")
    assert in_force(town) == {"F040": GLYPH}
    assert waiting(town) == []
    approved(town, decided(town, tables, "F040", glyph=OTHER_GLYPH, by=SECOND_CLERK))
    assert in_force(town) == {"F040": OTHER_GLYPH}
    assert statuses(town, "F040") == [Status.APPROVED, Status.SENT_BACK, Status.APPROVED]


@pytest.mark.parametrize("remark", ["", " ", "a\x00", "長" * 1001])
def test_sending_back_needs_a_reason(town: Store, tables: Tables, remark: str):
    decided(town, tables, "F040")
    with town.writing() as session, pytest.raises(RemarkNeeded):
        send_back(session, TOWN, SYSTEM, 1, remark, AT, APPROVER)


def test_only_the_one_who_decided_withdraws(town: Store, tables: Tables):
    decided(town, tables, "F040")
    with town.writing() as session, pytest.raises(NotYours):
        withdraw(session, TOWN, SYSTEM, 1, AT, SECOND_CLERK)
    with town.writing() as session:
        assert withdraw(session, TOWN, SYSTEM, 1, AT, CLERK).status is Status.WITHDRAWN
    assert waiting(town) == []
    decided(town, tables, "F040", by=SECOND_CLERK)
    assert waiting(town) == ["F040"]


def test_an_answered_decision_has_one_answer(town: Store, tables: Tables):
    seen = decided(town, tables, "F040")
    approved(town, seen)
    with pytest.raises(AlreadyAnswered, match="すでに承認済です"):
        approved(town, seen, by=SECOND_APPROVER)
    for answer in (
        lambda session: send_back(session, TOWN, SYSTEM, 1, "違う", AT, SECOND_APPROVER),
        lambda session: withdraw(session, TOWN, SYSTEM, 1, AT, CLERK),
    ):
        with town.writing() as session, pytest.raises(AlreadyAnswered):
            answer(session)
    assert statuses(town, "F040") == [Status.APPROVED]


def test_undoing_is_a_decision_that_another_person_approves(town: Store, tables: Tables):
    """First → second → undo (the first again) → undo of the undo (the second again): every step waits."""
    approved(town, decided(town, tables, "F040"))
    approved(town, decided(town, tables, "F040", glyph=OTHER_GLYPH))
    with town.writing() as session:
        back = undo(session, TOWN, SYSTEM, 2, "取り違え", AT, CLERK)
    assert (back.glyph, back.undoes, back.reopens, back.status) == (GLYPH, 2, False, Status.PENDING)
    assert in_force(town) == {"F040": OTHER_GLYPH}, "until it is approved"
    with pytest.raises(Problems, match="自分の判定は承認できません"):
        approved(town, [back], by=Actor("person", CLERK.id, "同", TOWN, APPROVER.places))
    approved(town, [back])
    assert in_force(town) == {"F040": GLYPH}
    with town.writing() as session:
        reopened = undo(session, TOWN, SYSTEM, 3, "最初から", AT, CLERK)
    assert (reopened.glyph, reopened.undoes, reopened.status) == (OTHER_GLYPH, 3, Status.PENDING)


def test_undoing_the_first_decision_sets_the_gaiji_back(town: Store, tables: Tables):
    approved(town, decided(town, tables, "F040"))
    with town.writing() as session:
        back = undo(session, TOWN, SYSTEM, 1, "取り違え", AT, CLERK)
    assert (back.reopens, back.glyph, back.verdict) == (True, None, Verdict.NONE)
    approved(town, [back])
    assert in_force(town) == {}
    approved(town, decided(town, tables, "F040", glyph=OTHER_GLYPH))
    assert in_force(town) == {"F040": OTHER_GLYPH}


def test_only_the_decision_in_force_is_undone(town: Store, tables: Tables):
    approved(town, decided(town, tables, "F040"))
    approved(town, decided(town, tables, "F040", glyph=OTHER_GLYPH))
    decided(town, tables, "F041")
    for number in (1, 3):
        with town.writing() as session, pytest.raises(NotInForce):
            undo(session, TOWN, SYSTEM, number, "取り違え", AT, CLERK)
    with town.writing() as session:
        undo(session, TOWN, SYSTEM, 2, "取り違え", AT, CLERK)
    with town.writing() as session, pytest.raises(NotInForce):
        undo(session, TOWN, SYSTEM, 2, "二度目", AT, CLERK)
    with town.writing() as session, pytest.raises(NotAllowed):
        undo(session, TOWN, SYSTEM, 2, "権限なし", AT, ADMIN)


def test_a_shape_that_changed_since_is_not_approved(town: Store, tables: Tables):
    seen = decided(town, tables, "F040", "F041")
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 222, 0xE001: 300, 0xE002: 400}), AT)
    with pytest.raises(Problems, match="第1号（F040）: 判定のあとで字形が変わった"):
        approved(town, seen)
    assert in_force(town) == {}
    approved(town, seen[1:])
    assert in_force(town) == {"F041": GLYPH}


def test_a_gaiji_that_is_gone_is_not_approved(town: Store, tables: Tables):
    seen = decided(town, tables, "F040")
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE001: 300, 0xE002: 400}), AT)
    with pytest.raises(Problems):
        approved(town, seen)


def test_what_was_not_on_the_sheet_is_not_approved(town: Store, tables: Tables):
    seen = decided(town, tables, "F040", "F041")
    for other in ([], seen[:1], tuple(reversed(seen))):
        numbers = [one.number for one in seen]
        with town.writing() as session, pytest.raises(ShapesNotSeen):
            approve(session, TOWN, SYSTEM, numbers, sheet_hash(other), AT, APPROVER)
    with pytest.raises(ShapesNotSeen):
        approved(town, [])
    with pytest.raises(UnknownIdentification), town.writing() as session:
        approve(session, TOWN, SYSTEM, [9], sheet_hash(seen), AT, APPROVER)
    assert in_force(town) == {}


def test_another_town_neither_sees_nor_answers_it(town: Store, tables: Tables):
    seen = decided(town, tables, "F040")
    assert waiting(town, OTHER) == []
    with pytest.raises(UnknownIdentification):
        approved(town, seen, by=OTHER_APPROVER, town=OTHER)
    assert waiting(town) == ["F040"]


def test_neither_who_decided_nor_who_acted_reviews_the_acting_approval(town: Store, tables: Tables):
    allow_acting(town)
    both = Actor("person", 50, "架空 兼子", TOWN, SECOND_CLERK.places | APPROVER.places)
    seen = decided(town, tables, "F040", by=APPROVER)
    approved(town, seen, by=SECOND_CLERK, remark="承認者が不在", acting=True)
    for by in (APPROVER, Actor("person", SECOND_CLERK.id, "架空 次郎", TOWN, both.places)):
        with town.writing() as session, pytest.raises(ReviewOfOwn):
            review(session, TOWN, SYSTEM, 1, "", AT, by)
    with town.writing() as session:
        review(session, TOWN, SYSTEM, 1, "", AT, SECOND_APPROVER)
