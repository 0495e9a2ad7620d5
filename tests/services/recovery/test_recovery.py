"""Backup, loss of the machine, restore on an empty one, members go on: what was lost is said, no number comes twice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.services import audit
from gaiji_hub.services import publish as publishing
from gaiji_hub.services.channels import note_release
from gaiji_hub.services.delivery import list_publications, register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.recovery import Evidence, recover
from gaiji_hub.services.release import NothingChanged, get_release, list_releases, make_release, number_before, rollback
from tests.services.conftest import AT, DATE, SYSTEM, TOWN
from tests.services.people import APPROVER
from tests.services.recovering import Office
from tests.services.restoring import CHANNEL, Empty, backup, marks_of, whole_folder


def test_members_ahead_equal_and_behind_go_on_after_a_restore(office: Office, empty: Empty):
    for name in ("behind", "equal", "between", "ahead"):
        office.publish()
        office.enrol(name)
        office.sync(name)
    office.release(400)
    office.publish()
    office.sync("equal", "between", "ahead")
    archive, _ = backup(office.registry)
    for size, names in ((500, ("between", "ahead")), (600, ("ahead",))):
        office.release(size)
        office.publish()
        office.sync(*names)
    assert office.collect(office.registry) == {
        "behind": "behind",
        "equal": "behind",
        "between": "behind",
        "ahead": "current",
    }

    restored = empty.restore(archive, whole_folder(office.registry), office.now)
    (loss,) = restored.losses
    assert (loss.backup_seq, loss.reached_seq, loss.lost_publications, loss.lost_releases) == (2, 4, (3, 4), (3, 4))
    assert restored.problems == ()
    with empty.opened() as new:
        office.hub.channels = new.channels
        assert office.sync() == {"behind": 2, "equal": 2, "between": 3, "ahead": 4}
        assert office.release(700, new) == 5
        assert office.publish(new) == (5,)
        assert office.sync() == {"behind": 5, "equal": 5, "between": 5, "ahead": 5}
        assert office.enrol("fresh", new)
        assert office.sync("fresh") == {"fresh": 5}
        assert set(office.collect(new).values()) == {"current"}
        with new.store.reading() as session:
            assert [found.seq for found in list_publications(session, TOWN, SYSTEM)] == [1, 2, 5]
            assert [found.number for found in list_releases(session, TOWN, SYSTEM)] == [1, 2, 5]
            assert number_before(session, TOWN, SYSTEM, 5) == 2
            assert [audit.verify(session, chain).problems for chain in audit.chains(session)] == [(), ()]
            trail = audit.list_entries(session, TOWN, 0, 1, f"{SYSTEM}/restore")
            assert json.loads(trail[1][0].detail)["lost_releases"] == "3,4"


def test_a_member_with_a_lost_pack_is_said_to_hold_it_until_the_next(office: Office, empty: Empty):
    office.publish()
    office.enrol("a")
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    office.sync("a")
    empty.restore(archive, whole_folder(office.registry), office.now)
    with empty.opened() as new:
        office.hub.channels = new.channels
        assert office.collect(new) == {"a": "lost"}
        assert office.release(500, new) == 3
        office.publish(new)
        office.sync("a")
        assert office.collect(new) == {"a": "current"}


def test_the_same_content_may_be_released_above_what_was_lost(office: Office, empty: Empty):
    office.publish()
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    empty.restore(archive, whole_folder(office.registry))
    with empty.opened() as new:
        with new.store.writing() as session:
            made = make_release(session, new.blobs, office.tables, TOWN, SYSTEM, DATE, "復元", AT, APPROVER)
        with office.registry.store.reading() as session:
            lost = get_release(session, office.registry.blobs, TOWN, SYSTEM, 2)
        assert (made.number, made.previous) == (3, lost.hash)
        with new.store.writing() as session, pytest.raises(NothingChanged):
            rollback(session, new.blobs, TOWN, SYSTEM, 1, DATE, "戻す", AT, APPROVER)


def test_what_waited_for_publication_is_published_again_where_members_can_take_it(office: Office, empty: Empty):
    """Releases 2 and 3 were made before the backup and published after it: 3 comes again, 2 would be a step back."""
    office.publish()
    office.enrol("a")
    office.release(400)
    office.release(500)
    archive, _ = backup(office.registry)
    assert office.publish() == (2, 3)
    office.sync("a")
    (loss,) = empty.restore(archive, whole_folder(office.registry), office.now).losses
    assert (loss.lost_publications, loss.lost_releases) == ((2, 3), ())
    with empty.opened() as new:
        assert office.publish(new) == (4,)
        assert office.sync("a") == {"a": 4}
        with new.store.reading() as session:
            assert [found.release_number for found in list_publications(session, TOWN, SYSTEM)] == [1, 3]


def test_a_channel_first_published_after_the_backup_goes_on(office: Office, empty: Empty):
    archive, _ = backup(office.registry)
    office.publish()
    office.enrol("a")
    office.sync("a")
    # The keys were made by the first publication: they are in no backup, but their own copy is.
    restored = empty.restore(archive, whole_folder(office.registry), office.now)
    assert len(restored.problems) == 1
    assert "鍵" in restored.problems[0]
    with empty.opened() as new:
        office.registry.keys.rename(new.keys)
        losses, problems = recover(new, Evidence(), office.now)
        assert problems == []
        assert losses[0].lost_publications == ()
        with new.store.writing() as session:
            register_member(session, TOWN, SYSTEM, "a", "住民記録端末", AT)
        assert office.publish(new) == (2,)
        assert office.sync("a") == {"a": 2}


def test_a_publication_broken_off_before_its_row_is_finished_first(
    office: Office, empty: Empty, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    office.publish()
    office.enrol("a")
    office.release(400)
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "record_publication", kill)
        with pytest.raises(Killed):
            office.publish()
    archive, _ = backup(office.registry)
    assert office.publish() == (2,)
    office.release(500)
    office.publish()
    office.sync("a")
    (loss,) = empty.restore(archive, whole_folder(office.registry), office.now).losses
    assert (loss.backup_seq, loss.lost_publications, loss.lost_releases) == (2, (3,), (3,))
    with empty.opened() as new:
        assert office.release(600, new) == 4
        assert office.publish(new) == (2, 4)
        assert office.sync("a") == {"a": 4}


def test_a_release_that_was_never_published_keeps_its_number(office: Office, empty: Empty):
    office.publish()
    office.enrol("a")
    office.sync("a")
    archive, _ = backup(office.registry)
    number = office.release(400)
    with office.registry.store.reading() as session:
        made = get_release(session, office.registry.blobs, TOWN, SYSTEM, number)
    note_release(office.registry, made)
    (loss,) = empty.restore(archive, whole_folder(office.registry), office.now).losses
    assert (loss.lost_publications, loss.lost_releases) == ((), (2,))
    with empty.opened() as new:
        assert office.release(500, new) == 3
        assert office.publish(new) == (2,)
        assert office.sync("a") == {"a": 2}


def test_a_restore_without_any_mark_is_stated_to_members_all_the_same(office: Office, empty: Empty):
    """The trail went back: a member that holds its later head takes that only from a stated restore."""
    office.publish()
    office.enrol("a")
    office.sync("a")
    for path in office.registry.marks.glob("*.json"):
        path.unlink()
    archive, _ = backup(office.registry)
    empty.restore(archive, Evidence(accept_unknown=True), office.now)
    with empty.opened() as new:
        publisher = ChannelPublisher(new.channels, HubKeys.open(new.keys), CHANNEL)
        state = publisher.repository.read()
        assert state is not None
        index = ChannelIndex.from_bytes(publisher.repository.read_target(state.targets.targets[INDEX_PATH]))
        assert [restore.after for restore in index.restores] == [1]
        assert office.release(500, new) == 2
        assert office.publish(new) == (2,)
        assert office.sync("a") == {"a": 2}


def test_nothing_lost_is_said_so_and_nothing_changes(office: Office, empty: Empty):
    office.publish()
    office.enrol("a")
    office.sync("a")
    archive, _ = backup(office.registry)
    (loss,) = empty.restore(archive, whole_folder(office.registry), office.now).losses
    assert not loss.any
    with empty.opened() as new:
        office.hub.channels = new.channels
        assert office.sync("a") == {"a": 1}
        assert office.release(400, new) == 2
        assert office.publish(new) == (2,)
        assert office.sync("a") == {"a": 2}


def test_a_business_system_that_is_not_in_the_backup_is_said_and_goes_on_later(
    office: Office, empty: Empty, tmp_path: Path
):
    bare = Empty(tmp_path / "bare", f"sqlite:///{tmp_path / 'bare' / 'hub.db'}")
    with Registry.open(bare.target.data, bare.url) as registry:
        archive, _ = backup(registry)
    office.publish()
    office.enrol("a")
    office.sync("a")
    (loss,) = empty.restore(archive, whole_folder(office.registry), office.now).losses
    assert (loss.channel, loss.registered, loss.lost_publications) == (CHANNEL, False, (1,))
    with empty.opened() as new:
        assert [mark.channel for mark in marks_of(new)] == [CHANNEL]
        office.registry.keys.rename(new.keys)
        with new.store.writing() as session:
            register_municipality(session, TOWN, "架空市", AT)
            register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", AT)
            register_member(session, TOWN, SYSTEM, "a", "住民記録端末", AT)
        losses, problems = recover(new, Evidence(marks_of(new), folder=True), office.now)
        assert (losses[0].lost_publications, losses[0].lost_releases, problems) == ((1,), (1,), [])
        assert office.release(500, new) == 2
        assert office.publish(new) == (2,)
        assert office.sync("a") == {"a": 2}
