"""Publications in order, acknowledgements once, drift visible, and one sentence for every unknown member."""

from __future__ import annotations

import dataclasses
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import event

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.services import audit
from gaiji_hub.services.delivery import (
    OutOfOrder,
    Publication,
    PublishedOtherwise,
    UnknownMember,
    UnknownPublication,
    list_members,
    list_publications,
    members_state,
    record_acknowledgement,
    record_publication,
    register_member,
)
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import AlreadyRegistered
from gaiji_hub.services.release import make_release
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, OTHER, SYSTEM, TOWN, font
from tests.services.people import ADMIN, APPROVER

CHANNEL = f"{TOWN}-{SYSTEM}"


def publication(seq: int) -> Publication:
    return Publication(CHANNEL, seq, "release", seq, f"{seq:064d}", "b" * 64, "c" * 64, "d" * 64)


def acknowledgement(seq: int = 1, **changes: object) -> Acknowledgement:
    right = Acknowledgement(CHANNEL, "juki-a", seq, f"{seq:064d}", "e" * 64, "c" * 64, "2026-04-02T09:00:00+09:00", "1")
    return dataclasses.replace(right, **changes)  # type: ignore[arg-type]


@pytest.fixture
def town(store: Store, blobs: BlobStore, tables: Tables) -> Store:
    for number in (1, 2):
        with store.writing() as session:
            record_intake(session, TOWN, SYSTEM, font({0xE000: 200 + number}), AT)
            make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "版", AT, APPROVER)
    with store.writing() as session:
        register_member(session, TOWN, SYSTEM, "juki-a", "住民記録端末", AT)
        register_member(session, TOWN, SYSTEM, "juki-b", "庁内印刷", AT)
        record_publication(session, TOWN, SYSTEM, publication(1))
    return store


def states(store: Store) -> dict[str, str]:
    with store.reading() as session:
        return {state.member.name: state.state for state in members_state(session, TOWN, SYSTEM)}


def test_members_are_listed_and_registered_once(town: Store):
    with town.writing() as session:
        register_member(session, TOWN, SYSTEM, "juki-a", "住民記録端末", AT)
        with pytest.raises(AlreadyRegistered):
            register_member(session, TOWN, SYSTEM, "juki-a", "別のもの", AT)
        assert [member.name for member in list_members(session, TOWN, SYSTEM)] == ["juki-a", "juki-b"]
        assert list_members(session, OTHER, SYSTEM) == ()


def test_registering_a_member_leaves_one_entry(town: Store):
    with town.writing() as session:
        register_member(session, TOWN, SYSTEM, "juki-c", "出張所", AT, ADMIN)
        register_member(session, TOWN, SYSTEM, "juki-c", "出張所", AT, ADMIN)
        _, found = audit.list_entries(session, TOWN, 0, 9, "juki/member/")
    assert [(entry.action, entry.subject, entry.actor_id) for entry in found[:2]] == [
        ("register_member", "juki/member/juki-c", ADMIN.id),
        ("register_member", "juki/member/juki-b", 0),
    ]
    assert json.loads(found[0].detail) == {"title": "出張所"}


def test_recording_a_publication_again_changes_nothing(town: Store):
    with town.writing() as session:
        record_publication(session, TOWN, SYSTEM, publication(1))
        assert list_publications(session, TOWN, SYSTEM) == (publication(1),)


def test_a_publication_out_of_order_or_different_is_refused(town: Store):
    with town.writing() as session:
        with pytest.raises(OutOfOrder):
            record_publication(session, TOWN, SYSTEM, publication(3))
        with pytest.raises(PublishedOtherwise):
            record_publication(session, TOWN, SYSTEM, dataclasses.replace(publication(1), payload="f" * 64))
        with pytest.raises(UnknownPublication):
            record_publication(session, TOWN, SYSTEM, dataclasses.replace(publication(2), release_number=9))


def test_a_member_is_never_then_current_then_behind(town: Store):
    assert states(town) == {"juki-a": "never", "juki-b": "never"}
    with town.writing() as session:
        record_acknowledgement(session, acknowledgement(), AT)
    assert states(town) == {"juki-a": "current", "juki-b": "never"}
    with town.writing() as session:
        record_publication(session, TOWN, SYSTEM, publication(2))
    assert states(town)["juki-a"] == "behind"


@pytest.mark.parametrize("change", [{"payload_hash": "f" * 64}, {"tree_hash": "f" * 64}])
def test_other_hashes_are_drift(town: Store, change: dict[str, object]):
    with town.writing() as session:
        record_acknowledgement(session, acknowledgement(**change), AT)
    assert states(town)["juki-a"] == "drift"


def test_an_older_notice_that_arrives_late_does_not_take_a_member_back(town: Store):
    with town.writing() as session:
        record_publication(session, TOWN, SYSTEM, publication(2))
        record_acknowledgement(session, acknowledgement(2), AT)
        record_acknowledgement(session, acknowledgement(1), AT)
    assert states(town)["juki-a"] == "current"


def test_of_one_seq_the_last_received_counts(town: Store):
    for change, state in (({"tree_hash": "f" * 64}, "drift"), ({"installed_at": "2026-04-03"}, "current")):
        with town.writing() as session:
            record_acknowledgement(session, acknowledgement(**change), AT)
        assert states(town)["juki-a"] == state


def test_a_reader_sees_one_state_while_a_publication_is_recorded_and_acknowledged(town: Store):
    """Between two queries of one reader: the acknowledgement must not be newer than the publications it is held to."""
    done: list[bool] = []

    def interleave(_connection, _cursor, statement, *_) -> None:
        if "FROM publication" in statement and not done:
            done.append(True)
            with town.writing() as writer:
                record_publication(writer, TOWN, SYSTEM, publication(2))
                record_acknowledgement(writer, acknowledgement(2), AT)

    with town.reading() as session:
        event.listen(town.engine, "after_cursor_execute", interleave)
        found = [(state.state, state.published_seq) for state in members_state(session, TOWN, SYSTEM)]
    assert found == [("never", 1), ("never", 1)]
    assert states(town) == {"juki-a": "current", "juki-b": "never"}


def test_an_acknowledgement_sent_by_sixteen_threads_is_one(town: Store):
    def send(_: int) -> None:
        with town.writing() as session:
            record_acknowledgement(session, acknowledgement(), AT)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(send, range(16)))
    with town.reading() as session:
        (state, _) = members_state(session, TOWN, SYSTEM)
    assert (state.seq, state.published_seq, state.received_at) == (1, 1, AT)


@pytest.mark.parametrize(
    "change", [{"channel": f"{OTHER}-{SYSTEM}"}, {"channel": "131032-juki"}, {"channel": "x\x00"}, {"member": "juki-c"}]
)
def test_unknown_channels_and_members_are_the_same_error(town: Store, change: dict[str, object]):
    with town.writing() as session, pytest.raises(UnknownMember):
        record_acknowledgement(session, acknowledgement(**change), AT)


@pytest.mark.parametrize(
    "change",
    [
        {"payload_hash": "x"},
        {"tree_hash": "0" * 65},
        {"release_hash": ""},
        {"installed_at": "2" * 41},
        {"agent": "\x00"},
    ],
)
def test_what_no_agent_writes_is_refused(town: Store, change: dict[str, object]):
    with town.writing() as session, pytest.raises(BadAcknowledgement):
        record_acknowledgement(session, acknowledgement(**change), AT)


def test_sixteen_threads_record_publications_without_gap_or_double(town: Store, blobs: BlobStore, tables: Tables):
    with town.writing() as session:
        for number in range(3, 17):
            record_intake(session, TOWN, SYSTEM, font({0xE000: 200 + number}), AT)
            make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "版", AT, APPROVER)

    def record(seq: int) -> None:
        """Publication `seq`, tried until the one before it is there."""
        while True:
            try:
                with town.writing() as session:
                    return record_publication(session, TOWN, SYSTEM, publication(seq))
            except OutOfOrder:
                time.sleep(0.005)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(record, [*range(16, 0, -1), *range(1, 17)]))
    with town.reading() as session:
        assert [found.seq for found in list_publications(session, TOWN, SYSTEM)] == list(range(1, 17))


def test_a_seq_that_is_not_on_the_channel_is_unknown(town: Store):
    with town.writing() as session, pytest.raises(UnknownPublication):
        record_acknowledgement(session, acknowledgement(2), AT)
