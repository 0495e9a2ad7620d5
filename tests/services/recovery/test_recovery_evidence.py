"""How far a lost hub had got, as its marks, its members or the operator say; refused where these contradict."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.distribution.marks import Mark, MarkForked, Marks
from gaiji_hub.distribution.publisher import MarkAhead
from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.services.delivery import UnknownPublication, record_acknowledgement, register_member
from gaiji_hub.services.recovery import Evidence, MarksUnknown, ReleaseForked, recover
from tests.services.conftest import AT, SYSTEM, TOWN
from tests.services.recovering import Office
from tests.services.restoring import CHANNEL, LATER, Empty, backup, marks_of, whole_folder


def test_without_marks_nothing_is_restored(office: Office, empty: Empty):
    office.publish()
    archive, _ = backup(office.registry)
    with pytest.raises(MarksUnknown, match=CHANNEL):
        empty.restore(archive, Evidence())
    assert [path.name for path in empty.target.data.iterdir() if not path.name.startswith("hub.db")] == []
    # The same machine may be used once the marks are found.
    assert not empty.restore(archive, whole_folder(office.registry)).losses[0].any


def test_a_folder_of_marks_without_this_channel_proves_nothing(office: Office, empty: Empty):
    office.publish()
    archive, _ = backup(office.registry)
    with pytest.raises(MarksUnknown):
        empty.restore(archive, Evidence((), folder=True))


def test_the_operator_may_take_it_that_nothing_followed(office: Office, empty: Empty):
    office.publish()
    archive, _ = backup(office.registry)
    restored = empty.restore(archive, Evidence(accept_unknown=True))
    assert [(loss.known, loss.any) for loss in restored.losses] == [(True, False)]
    ack = Acknowledgement(CHANNEL, "a", 2, "0" * 64, "0" * 64, "0" * 64, "2026-04-01T00:00:00+00:00", "0.1.0")
    with empty.opened() as new, new.store.writing() as session:
        register_member(session, TOWN, SYSTEM, "a", "住民記録端末", AT)
        with pytest.raises(UnknownPublication):
            record_acknowledgement(session, ack, AT)


def test_members_can_stand_in_for_lost_marks(office: Office, empty: Empty):
    office.publish()
    for name in ("a", "b"):
        office.enrol(name)
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    office.sync("a")
    office.release(500)
    office.publish()
    office.sync("b")
    evidence = Evidence((office.status("a"), office.status("b")))
    (loss,) = empty.restore(archive, evidence, office.now).losses
    assert (loss.lost_publications, loss.lost_releases) == ((2, 3), (2, 3))
    with empty.opened() as new:
        assert office.release(600, new) == 4
        assert office.publish(new) == (4,)
        assert office.sync() == {"a": 4, "b": 4}
        assert set(office.collect(new).values()) == {"current"}


def test_a_mark_found_later_is_taken_by_the_running_hub(office: Office, empty: Empty):
    office.publish()
    office.enrol("a")
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    office.sync("a")
    empty.restore(archive, Evidence(accept_unknown=True), office.now)
    with empty.opened() as new:
        losses, problems = recover(new, Evidence((office.status("a"),)), office.now)
        assert (losses[0].lost_publications, problems) == ((2,), [])
        again, _ = recover(new, Evidence((office.status("a"),)), office.now)
        assert not again[0].any
        assert office.release(500, new) == 3
        assert office.publish(new) == (3,)
        assert office.sync("a") == {"a": 3}


def test_two_hubs_with_one_number_are_told_apart(office: Office, empty: Empty, tmp_path: Path):
    office.publish()
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    empty.restore(archive, Evidence(accept_unknown=True))
    with empty.opened() as new:
        office.release(500, new)
        office.publish(new)
        with pytest.raises(MarkForked):
            recover(new, whole_folder(office.registry), LATER)
        (mark,) = marks_of(office.registry)
        only_release = Mark(CHANNEL, 0, "", mark.release_number, mark.release_hash)
        with pytest.raises(ReleaseForked):
            recover(new, Evidence((only_release,)), LATER)


def test_a_database_put_back_by_other_means_publishes_nothing_before_the_recovery(office: Office, tmp_path: Path):
    """The database alone is from yesterday; channels, keys and marks are today's."""
    office.publish()
    office.enrol("a")
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    office.sync("a")
    old = Empty(tmp_path / "old", f"sqlite:///{tmp_path / 'old' / 'hub.db'}")
    old.restore(archive, Evidence(accept_unknown=True), office.now)
    with old.opened() as new:
        for name in ("channels", "keys"):
            (old.target.data / name).rename(tmp_path / f"gone-{name}")
            (office.registry.channels.parent / name).rename(old.target.data / name)
        losses, problems = recover(new, Evidence(), office.now)
        assert (losses[0].lost_publications, losses[0].lost_releases, problems) == ((2,), (2,), [])
        assert office.release(500, new) == 3
        assert office.publish(new) == (3,)
        assert office.sync("a") == {"a": 3}
        assert office.collect(new) == {"a": "current"}


def test_a_channel_put_back_by_other_means_is_not_published_to(office: Office, empty: Empty):
    office.publish()
    archive, _ = backup(office.registry)
    office.release(400)
    office.publish()
    empty.restore(archive, Evidence(accept_unknown=True), office.now)
    for mark in marks_of(office.registry):
        Marks(empty.target.marks).raise_to(mark)
    with empty.opened() as new:
        office.release(500, new)
        with pytest.raises(MarkAhead):
            office.publish(new)
