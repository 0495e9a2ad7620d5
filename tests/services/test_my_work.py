"""What waits for whom: a clerk, an approver, an administrator, a neighbour, and nobody of another town."""

from __future__ import annotations

import datetime

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, send_back, sheet_hash
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.delivery import register_member
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import locate, set_acting_allowed
from gaiji_hub.services.my_work import my_work
from gaiji_hub.services.release import make_release
from gaiji_hub.store import models as rows
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, OTHER, SYSTEM, TOWN, font
from tests.services.people import ADMIN, APPROVER, CLERK, NEIGHBOUR, OPERATOR, OTHER_CLERK, SECOND_CLERK, approve_all

LATER = AT + datetime.timedelta(hours=1)
Found = dict[str, tuple[int, list[tuple[str, int]]]]


@pytest.fixture
def town(store: Store, tables: Tables) -> Store:
    """F040 waits (by the clerk), F041 was sent back to the clerk, F042 waits (by the approver), F043 is open."""
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000 + index: 200 + index for index in range(4)}), AT)
        choices = [Decision(code, Verdict.EXACT, GLYPH, "一致") for code in ("F040", "F041")]
        decide(session, tables, TOWN, SYSTEM, choices, AT, CLERK)
        decide(session, tables, TOWN, SYSTEM, [Decision("F042", Verdict.EXACT, GLYPH, "一致")], AT, APPROVER)
        send_back(session, TOWN, SYSTEM, 2, "字形が違う", AT, APPROVER)
    return store


def work(store: Store, actor: Actor, at: datetime.datetime = AT) -> Found:
    with store.reading() as session:
        found = my_work(session, actor, at)
    return {one.kind.value: (one.count, [(item.key, item.number) for item in one.first]) for one in found}


def test_each_sees_what_is_theirs(town: Store):
    assert work(town, CLERK) == {"sent_back": (1, [("F041", 2)]), "decide": (1, [("F043", 0)])}
    assert work(town, SECOND_CLERK) == {"decide": (1, [("F043", 0)])}
    assert work(town, APPROVER) == {"decide": (1, [("F043", 0)]), "approve": (1, [("F040", 1)])}
    both = (2, [("F040", 1), ("F042", 3)])
    assert work(town, NEIGHBOUR) == {"decide": (1, [("F043", 0)]), "approve": both}
    for stranger in (OTHER_CLERK, OPERATOR):
        assert work(town, stranger) == {}


def test_only_the_first_few_are_named_and_all_are_counted(store: Store):
    with store.writing() as session:
        record_intake(session, OTHER, SYSTEM, font({0xE000 + index: 200 + index for index in range(9)}), AT)
    count, first = work(store, OTHER_CLERK)["decide"]
    assert (count, [key for key, _ in first]) == (9, ["F040", "F041", "F042", "F043", "F044"])


def test_an_approval_is_to_be_released_until_it_is(town: Store, blobs: BlobStore, tables: Tables):
    assert "release" not in work(town, ADMIN)
    with town.writing() as session:
        approve_all(session, TOWN, SYSTEM, AT, NEIGHBOUR)
    assert work(town, ADMIN)["release"] == (2, [("F040", 1), ("F042", 3)])
    with town.writing() as session:
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", LATER, ADMIN)
    assert "release" not in work(town, ADMIN)
    assert "release" not in work(town, CLERK)


def test_an_approval_in_anothers_place_waits_to_be_looked_at(town: Store):
    with town.writing() as session:
        set_acting_allowed(session, TOWN, True, AT, ADMIN)
        shown = [one for one in pending(session, TOWN, SYSTEM) if one.number == 1]
        approve(session, TOWN, SYSTEM, [1], sheet_hash(shown), AT, SECOND_CLERK, remark="不在のため", acting=True)
    assert work(town, APPROVER)["review_acting"] == (1, [("F040", 1)])
    assert "review_acting" not in work(town, CLERK)


def test_requests_of_others_wait_for_the_approver(town: Store):
    with town.writing() as session:
        shape = session.get_one(rows.Gaiji, 1).shape
        for number, by in ((1, CLERK), (2, APPROVER)):
            entry = rows.CharacterRequest(
                lg_code=TOWN,
                number=number,
                shape=shape,
                character="",
                title="架空の字",
                readings="[]",
                systems="[]",
                grounds="戸籍",
                searched="[]",
                by_id=by.id,
                by_name=by.name,
                at=AT,
            )
            session.add(entry)
    assert work(town, APPROVER)["approve_request"] == (1, [("架空の字", 1)])
    assert "approve_request" not in work(town, CLERK)


def test_a_print_job_waits_until_it_is_signed_off_or_runs_out(town: Store):
    with town.writing() as session:
        vendor = rows.Vendor(lg_code=TOWN, name="insatsu", title="架空印刷", public_key="", registered_at=AT)
        session.add(vendor)
        session.flush()
        owner = locate(session, TOWN, SYSTEM)
        for name, until in (("job-1", DATE), ("job-2", DATE), ("old", DATE - datetime.timedelta(1))):
            job = rows.PrintJob(
                lg_code=TOWN,
                business_system_id=owner.id,
                vendor_id=vendor.id,
                name=name,
                title="封筒",
                manifest="0" * 64,
                pack="0" * 64,
                size=1,
                characters=3,
                valid_until=until,
                registered_at=AT,
            )
            session.add(job)
            session.flush()
            if name == "job-2":
                event = rows.PrintJobEvent(
                    lg_code=TOWN, print_job_id=job.id, kind="signed_off", by_name="架空 太郎", detail="{}", at=AT
                )
                session.add(event)
    assert work(town, CLERK)["sign_off"] == (1, [("job-1", 0)])


def test_a_member_is_named_once_there_is_something_it_does_not_hold(town: Store, blobs: BlobStore, tables: Tables):
    with town.writing() as session:
        register_member(session, TOWN, SYSTEM, "madoguchi", "窓口端末", AT)
    assert "members" not in work(town, ADMIN)
    with town.writing() as session:
        made = make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, ADMIN)
        packed = dict.fromkeys(("payload", "manifest", "tree", "glyph_order"), made.hash)
        entry = rows.Publication(
            lg_code=TOWN, release_id=1, channel=f"{TOWN}-{SYSTEM}", seq=1, kind="release", **packed
        )
        session.add(entry)
    assert work(town, ADMIN)["members"] == (1, [("madoguchi", 0)])
    assert "members" not in work(town, CLERK)
