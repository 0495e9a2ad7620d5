"""A hub restored from an old backup goes on without a lower number: it states what it lost, and members skip that.

The hub published seq 7 (release 7) and was restored to seq 5. Members of every kind meet it.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex, manifest_path
from gaiji_hub.distribution.marks import Mark, MarkForked
from gaiji_hub.distribution.trust import AuditTurnedBack, ReleaseChainBroken
from gaiji_hub.moji.pack import AuditHead
from tests.distribution.recovering import OTHER, Hub, head_of, mark_of, payload_after
from tests.distribution.world import CHANNEL, World, now, signed, whole


def test_the_mark_says_how_far_the_hub_got(restored: Hub) -> None:
    assert (restored.mark.seq, restored.mark.release_number, restored.mark.audit) == (7, 7, head_of(700))
    assert restored.mark.version("root") == 4
    assert restored.mark.version("timestamp") > restored.mark.version("snapshot") >= 7


def test_without_a_statement_members_refuse_the_restored_hub(hub: Hub, capsys) -> None:
    """What recovery is for: the same numbers again would look like an attack, and are one to every member."""
    for _ in range(3):
        hub.world.publish(audit=head_of(501), more=OTHER)
    assert [member.sync() for member in hub.members.values()] == [0, 2, 2]
    assert "turned_back_metadata" in capsys.readouterr().err


CASES = [
    # held before, what the mark knows of the payload of 6 is never known, installed, said as lost
    (0, (1, 2, 3, 4, 5, 8, 9), (6, 7)),
    (5, (8, 9), (6, 7)),
    (6, (8, 9), (6, 7)),
    (7, (8, 9), (7,)),
]


@pytest.mark.parametrize(("held", "installed", "lost"), CASES)
def test_every_member_goes_on_and_never_to_a_lower_number(
    hub: Hub, capsys, held: int, installed: tuple[int, ...], lost: tuple[int, ...]
) -> None:
    assert hub.publisher.recover(hub.mark, now()) == (6, 7)
    for _ in range(2):
        hub.world.publish(audit=head_of(560))
    member = _new_member(hub) if not held else hub.members[held]
    result = Agent(member.home).sync(now())
    assert (result.installed, result.lost) == (installed, lost)
    assert Agent(member.home).status().seq == 9
    assert Agent(member.home).status().audit == head_of(560)
    assert member.tree() == hub.world.expected(9)
    assert member.run("verify") == 0
    assert Agent(member.home).sync(now()).lost == ()


def _new_member(hub: Hub) -> World:
    assert hub.world.enrol() == 0
    return hub.world


def test_before_the_next_publication_every_member_keeps_what_it_has(hub: Hub, capsys) -> None:
    hub.publisher.recover(hub.mark, now())
    for seq, member in hub.members.items():
        capsys.readouterr()
        assert member.sync() == 0
        said = capsys.readouterr().out
        assert "ハブの復元で失われました" in said
        assert ("欠番 7:" if seq == 7 else "欠番 6–7") in said
        assert (f"通番 {seq} を導入したまま" in said) == (seq > 5)
        assert Agent(member.home).status().seq == seq
    hub.world.publish(audit=head_of(600))
    for member in hub.members.values():
        assert member.sync() == 0
        assert member.tree() == hub.world.expected(8)


def test_the_next_publication_follows_what_was_lost(hub: Hub) -> None:
    hub.publisher.recover(hub.mark, now())
    pack = hub.world.publish(audit=head_of(560)).manifest
    assert (pack.seq, pack.previous, pack.release_number) == (8, hub.mark.payload_hash, 8)
    assert [one.manifest.seq for one in hub.publisher.manifests()] == [1, 2, 3, 4, 5, 8]
    assert (hub.publisher.head(), hub.publisher.lost()) == (8, (6, 7))


def test_a_release_that_does_not_follow_the_lost_one_is_not_published(hub: Hub) -> None:
    hub.publisher.recover(hub.mark, now())
    other = replace(hub.mark, release_hash="9" * 64)
    payload, files = payload_after(hub, other)
    with pytest.raises(ReleaseChainBroken):
        hub.publisher.publish(replace(signed(hub.world.keys, payload), audit=head_of(560)), files, now())


def test_recovering_again_writes_nothing_and_answers_the_same(hub: Hub) -> None:
    assert hub.publisher.recover(hub.mark, now()) == (6, 7)
    before = whole(hub.world.folder)
    assert hub.publisher.recover(hub.mark, now() + timedelta(hours=1)) == (6, 7)
    assert whole(hub.world.folder) == before


def test_a_lower_mark_states_nothing_as_lost(hub: Hub) -> None:
    lower = Mark(CHANNEL, 3, hub.publisher.manifests()[2].manifest.hash, 3, "3" * 64)
    assert hub.publisher.recover(lower, now()) == ()
    assert hub.publisher.head() == 5
    hub.world.publish(audit=head_of(501))
    assert hub.members[5].sync() == 0


def test_a_hub_that_lost_its_channel_folder_too(hub: Hub) -> None:
    shutil.rmtree(hub.world.channel)
    assert hub.publisher.recover(hub.mark, now()) == (1, 2, 3, 4, 5, 6, 7)
    hub.world.publish(audit=head_of(10))
    for member in (*hub.members.values(), _new_member(hub)):
        assert member.sync() == 0
        assert member.tree() == hub.world.expected(8)


def test_a_second_restore_after_the_first(hub: Hub, memory: Path) -> None:
    backup = hub.copy(memory / "again")
    hub.publisher.recover(hub.mark, now())
    for _ in range(2):
        hub.world.publish(audit=head_of(560))
    ahead = hub.members[5]
    assert ahead.sync() == 0
    mark = hub.publisher.mark()
    assert mark
    assert backup.publisher.recover(mark.joined(hub.mark), now()) == (6, 7, 8, 9)
    backup.world.publish(audit=head_of(501))
    shutil.rmtree(hub.world.channel)
    shutil.copytree(backup.world.channel, hub.world.channel)
    for member in (ahead, hub.members[7]):
        assert member.sync() == 0
        assert Agent(member.home).status().seq == 10


def test_two_restores_with_nothing_published_in_between(hub: Hub) -> None:
    """First only the member at 6 was asked, then the one at 7."""
    assert hub.publisher.recover(mark_of(hub.members[6]), now()) == (6,)
    assert hub.publisher.recover(mark_of(hub.members[7]), now()) == (6, 7)
    hub.world.publish(audit=head_of(560))
    for member in (*hub.members.values(), _new_member(hub)):
        assert member.sync() == 0
        assert Agent(member.home).status().seq == 8


def test_a_mark_from_an_agent_is_the_hubs_own(hub: Hub, capsys) -> None:
    capsys.readouterr()
    assert hub.members[7].run("status", "--json") == 0
    assert Mark.from_agent_status(capsys.readouterr().out.encode()) == hub.mark


# What a hub may not state.


def test_another_payload_under_the_number_a_member_holds(hub: Hub, refused) -> None:
    hub.publisher.recover(replace(hub.mark, payload_hash="f" * 64), now())
    hub.world.publish(audit=head_of(560))
    assert "この機械の持っているものと違います" in refused(hub.members[7], "lost_disagrees")
    assert hub.members[5].sync() == 0


def test_a_number_a_member_holds_beyond_the_mark(hub: Hub, refused) -> None:
    """The mark was behind (its share was away). Once the hub used that number again there is no way back."""
    hub.publisher.recover(mark_of(hub.members[6]), now())
    refused(hub.members[7], "turned_back_metadata")
    hub.world.publish(audit=head_of(560), more=OTHER)
    with pytest.raises(MarkForked):
        hub.publisher.recover(mark_of(hub.members[7]), now())


def _publish_index(hub: Hub, change) -> None:
    """An index as only a thief of the hub's online keys could sign it."""
    repository = hub.publisher.repository
    old = repository.read()
    assert old
    targets = dict(old.targets.targets)
    index = ChannelIndex.from_bytes(repository.read_target(targets[INDEX_PATH]))
    targets[INDEX_PATH] = repository.put_target(INDEX_PATH, change(index).to_bytes())
    repository.write(old, targets, now())


def test_what_is_on_the_channel_cannot_be_lost(hub: Hub, refused) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))
    repository = hub.publisher.repository
    old = repository.read()
    assert old
    targets = {**old.targets.targets, manifest_path(7): old.targets.targets[manifest_path(5)]}
    repository.write(old, targets, now())
    refused(hub.members[5], "lost_but_present")


@pytest.mark.parametrize(
    ("number", "release_hash", "code"), [(4, "4" * 64, "number_turned_back"), (5, "5" * 64, "release_replaced")]
)
def test_a_restore_does_not_turn_the_release_back(hub: Hub, refused, number: int, release_hash: str, code: str) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))

    def change(index: ChannelIndex) -> ChannelIndex:
        (restore,) = index.restores
        return replace(index, restores=(replace(restore, release_number=number, release_hash=release_hash),))

    assert hub.members[6].sync() == 0, "what the hub itself says is taken"
    _publish_index(hub, change)
    refused(hub.members[5], code)


def test_a_gap_is_refused_where_it_is_not_stated(hub: Hub, refused) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))

    def change(index: ChannelIndex) -> ChannelIndex:
        payloads = tuple(payload or "a" * 64 for payload in index.payloads)
        return replace(index, lost=frozenset(), restores=(), payloads=payloads)

    assert hub.members[6].sync() == 0, "what the hub itself says is taken"
    _publish_index(hub, change)
    refused(hub.members[5], "missing_target")


def test_a_changed_tree_of_a_lost_publication_waits_for_the_next(hub: Hub, refused, capsys) -> None:
    hub.publisher.recover(hub.mark, now())
    member = hub.members[7]
    (member.install / "current" / "fonts/EUDC.TTE").write_bytes(b"x")
    assert member.sync() == 2
    assert "[lost_pack]" in capsys.readouterr().err
    hub.world.publish(audit=head_of(560))
    assert member.sync() == 1
    assert member.tree() == hub.world.expected(8)


# The audit trail.


@pytest.mark.parametrize("audit", [head_of(499), AuditHead(500, "0" * 64), None])
def test_an_audit_trail_that_turns_back_is_refused(hub: Hub, refused, audit: AuditHead | None) -> None:
    payload, files = hub.world.next_payload()
    pack = replace(signed(hub.world.keys, payload), audit=audit)
    with pytest.raises(AuditTurnedBack):
        hub.publisher.publish(pack, files, now())
    assert hub.members[5].sync() == 0
    hub.world.publish_unchecked(pack, files)
    assert "監査証跡が巻き戻っています" in refused(hub.members[5], "audit_turned_back")


@pytest.mark.parametrize("audit", [head_of(500), head_of(501)])
def test_an_audit_trail_that_stands_or_grows_is_taken(hub: Hub, audit: AuditHead, capsys) -> None:
    hub.world.publish(audit=audit)
    member = hub.members[5]
    assert member.sync() == 0
    assert json.loads((member.install / "current" / "manifest.json").read_bytes())["audit"] == audit.to_json()
    capsys.readouterr()
    assert member.run("status") == 0
    assert f"監査証跡の先頭: 通番 {audit.seq}" in capsys.readouterr().out


def test_a_restore_that_knew_less_of_the_audit_trail_does_not_cover_more(hub: Hub, refused) -> None:
    hub.publisher.recover(replace(hub.mark, audit=head_of(650)), now())
    hub.world.publish(audit=head_of(560))
    refused(hub.members[7], "audit_turned_back")
    assert hub.members[5].sync() == 0


def test_after_a_restore_the_audit_trail_turns_back_once(hub: Hub, refused) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))
    payload, files = hub.world.next_payload()
    with pytest.raises(AuditTurnedBack):
        hub.publisher.publish(replace(signed(hub.world.keys, payload), audit=head_of(559)), files, now())
