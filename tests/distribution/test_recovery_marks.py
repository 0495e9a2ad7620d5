"""The hub's own marks: what they stop a restored hub from doing, and what it may not take for a mark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import BadMark, MarkForked
from gaiji_hub.distribution.publisher import MarkAhead, SeqIsLost, TooManyLost
from tests.distribution.recovering import OTHER, Hub, head_of, payload_after
from tests.distribution.world import CHANNEL, now, signed, whole


def test_publishing_and_renewing_raise_the_mark(hub: Hub) -> None:
    payload, files = hub.world.next_payload()
    pack = replace(signed(hub.world.keys, payload), audit=head_of(501))
    hub.publisher.publish(pack, files, now())
    first = hub.marks.get(CHANNEL)
    assert first == hub.publisher.mark()
    hub.publisher.renew(now())
    renewed = hub.marks.get(CHANNEL)
    assert first
    assert renewed
    assert renewed.version("timestamp") == first.version("timestamp") + 1
    assert (renewed.seq, renewed.audit) == (6, head_of(501))


def test_a_mark_ahead_of_the_channel_stops_publishing_and_renewing(hub: Hub) -> None:
    """Without this, a restored hub would use the numbers again before anybody thought of recovering."""
    hub.marks.raise_to(hub.mark)
    payload, files = hub.world.next_payload()
    before = whole(hub.world.channel)
    with pytest.raises(MarkAhead, match="7"):
        hub.publisher.publish(replace(signed(hub.world.keys, payload), audit=head_of(501)), files, now())
    with pytest.raises(MarkAhead):
        hub.publisher.renew(now())
    assert whole(hub.world.channel) == before
    assert hub.publisher.recover(hub.mark, now()) == (6, 7)
    hub.publisher.renew(now())


def test_a_mark_that_knows_no_versions_stops_too(hub: Hub) -> None:
    hub.marks.raise_to(replace(hub.mark, versions=()))
    with pytest.raises(MarkAhead):
        hub.publisher.renew(now())


def test_a_mark_of_other_versions_only_stops_too(hub: Hub) -> None:
    """The backup has every publication, but the dates were renewed since: members refuse the older metadata."""
    here = hub.publisher.mark()
    assert here
    renewed = replace(here, versions=tuple((role, version + 3) for role, version in here.versions))
    hub.marks.raise_to(renewed)
    with pytest.raises(MarkAhead):
        hub.publisher.renew(now())
    assert hub.publisher.recover(renewed, now()) == ()
    mark = hub.marks.get(CHANNEL)
    assert mark
    assert all(mark.version(role) > version for role, version in renewed.versions)


def test_another_payload_under_the_marks_seq_stops_the_hub(hub: Hub) -> None:
    """Restored, published over the lost numbers, and only then the marks came back."""
    for _ in range(3):
        hub.world.publish(audit=head_of(501), more=OTHER)
    with pytest.raises(MarkForked, match="7"):
        hub.publisher.recover(hub.mark, now())
    versions = tuple((role, 1) for role, _ in hub.mark.versions)
    hub.marks.raise_to(replace(hub.mark, versions=versions))
    with pytest.raises(MarkForked):
        hub.publisher.renew(now())


def test_a_lost_number_is_never_published(hub: Hub, restored: Hub) -> None:
    hub.publisher.recover(hub.mark, now())
    payload, files = payload_after(hub, replace(hub.mark, seq=6))
    with pytest.raises(SeqIsLost, match="7"):
        hub.publisher.publish(signed(hub.world.keys, payload), files, now())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"channel": "990019-zei"}, BadMark),
        ({"release_number": 0, "release_hash": ""}, BadMark),
        ({"versions": (("root", 1000),)}, BadMark),
        ({"seq": 5000}, TooManyLost),
    ],
)
def test_marks_that_cannot_be_right_change_nothing(hub: Hub, change: dict[str, object], error: type[Exception]) -> None:
    before = whole(hub.world.folder)
    with pytest.raises(error):
        hub.publisher.recover(replace(hub.mark, **change), now())
    assert whole(hub.world.folder) == before


def test_keys_restored_with_fewer_roots_go_above_the_lost_one(hub: Hub) -> None:
    keys = HubKeys.open(hub.world.folder / "keys")
    before = len(keys.stored_roots())
    assert before < hub.mark.version("root")
    hub.publisher.recover(hub.mark, now())
    assert len(keys.stored_roots()) == hub.mark.version("root") + 1
