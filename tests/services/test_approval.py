"""Two people behind every decision: who may be the second, what must have been seen, what stays in force meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from gaiji_hub.errors import HubError, Problems
from gaiji_hub.moji.actor import CONSOLE, Actor, NotAllowed
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
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
from gaiji_hub.services.decisions import Identification, Status, UnknownIdentification, current, history, pending
from gaiji_hub.services.identification import CannotBringBack, Decision, NotInForce, decide, undo
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import set_acting_allowed
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, GLYPH, SYSTEM, font, square
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
from tests.services.people import (
    NEIGHBOUR as LENT,
)

OTHER_GLYPH = "MJ026190"
CODES = ("F040", "F041", "F042")
THREADS = 8


@pytest.fixture
def town(store: Store) -> Store:
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


def test_of_two_approvers_at_once_one_gets_it_and_one_is_told(town: Store, tables: Tables):
    """Every decision has one outcome and one entry in the trail, whoever was faster."""
    for round_ in range(4):
        seen = decided(town, tables, *CODES, glyph=(GLYPH, OTHER_GLYPH)[round_ % 2])
        approvers = (APPROVER, SECOND_APPROVER, LENT) * 3

        def answer(by: Actor, seen: Sequence[Identification] = seen) -> str:
            try:
                return approved(town, seen, by=by)[0].status.value
            except HubError as told:
                return told.code

        with ThreadPoolExecutor(len(approvers)) as pool:
            answers = sorted(pool.map(answer, approvers))
        assert answers == ["already_answered"] * 8 + ["approved"]
    with town.reading() as session:
        total, entries = audit.list_entries(session, TOWN, 0, 1000)
        assert sum(entry.action == "approved" for entry in entries) == 4 * len(CODES)
        assert audit.verify(session, TOWN).problems == ()
        assert total == len(entries)


def test_of_an_approval_and_a_withdrawal_at_once_one_counts(town: Store, tables: Tables):
    for _ in range(6):
        seen = decided(town, tables, "F040")
        number = seen[0].number

        def take_back(number: int = number) -> str:
            try:
                with town.writing() as session:
                    return withdraw(session, TOWN, SYSTEM, number, AT, CLERK).status.value
            except HubError as told:
                return told.code

        def say_yes(seen: Sequence[Identification] = seen) -> str:
            try:
                return approved(town, seen)[0].status.value
            except HubError as told:
                return told.code

        with ThreadPoolExecutor(2) as pool:
            answers = {future.result() for future in (pool.submit(take_back), pool.submit(say_yes))}
        assert answers in ({"withdrawn", "already_answered"}, {"approved", "already_answered"})
        assert statuses(town, "F040")[-1].value in answers


def test_clerks_and_approvers_at_once_lose_nothing(town: Store, tables: Tables):
    """Clerks decide in turn about their own gaiji while approvers approve whatever waits."""
    shapes = {0xE000 + index: 200 + index for index in range(THREADS)}
    with town.writing() as session:
        record_intake(session, TOWN, SYSTEM, font(shapes), AT)

    def clerk(index: int) -> int:
        by = Actor("person", 100 + index, f"架空 {index}", TOWN, CLERK.places)
        for turn in range(5):
            glyph = (GLYPH, OTHER_GLYPH)[turn % 2]
            decided(town, tables, f"F0{0x40 + index:02X}", by=by, glyph=glyph)
        return 5

    def approver(by: Actor) -> int:
        done = 0
        for _ in range(10):
            with town.reading() as session:
                seen = pending(session, TOWN, SYSTEM)
            try:
                done += len(approved(town, seen[:3], by=by)) if seen else 0
            except (AlreadyAnswered, Problems):  # somebody was faster; anything else fails the test
                continue
        return done

    with ThreadPoolExecutor(THREADS + 2) as pool:
        approvals = [pool.submit(approver, by) for by in (APPROVER, SECOND_APPROVER)]
        made = sum(pool.map(clerk, range(THREADS)))
        done = sum(future.result() for future in approvals)
    with town.reading() as session:
        found = [one for code in shapes for one in history(session, TOWN, SYSTEM, _local(code))]
        assert sorted(one.number for one in found) == list(range(1, made + 1))
        assert sum(one.status is Status.APPROVED for one in found) == done
        assert audit.verify(session, TOWN).problems == ()


def _local(code: int) -> str:
    return f"F0{0x40 + code - 0xE000:02X}"


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
