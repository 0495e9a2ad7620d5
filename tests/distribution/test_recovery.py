"""A hub restored from an old backup goes on without a lower number: it states what it lost, and members skip that.

The hub published seq 7 (release 7) and was restored to seq 5. Members of every kind meet it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.index import INDEX_PATH, ChannelIndex, manifest_path
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.marks import BadMark, Mark, MarkForked, Marks
from gaiji_hub.distribution.publisher import ChannelPublisher, MarkAhead, SeqIsLost, TooManyLost
from gaiji_hub.distribution.trust import AuditTurnedBack, ReleaseChainBroken
from gaiji_hub.moji.pack import AuditHead
from tests.distribution.killing import KILLED, run
from tests.distribution.world import CHANNEL, World, now, signed, whole

# What makes a pack under a lost number another one: the same content would be the same pack.
OTHER = {"more.txt": b"decided again, otherwise"}


def head_of(seq: int) -> AuditHead:
    return AuditHead(seq, hashlib.sha256(b"entry %d" % seq).hexdigest())


@dataclass
class Hub:
    """The world of the hub; a member per seq it stopped at; `mark` as it was before the machine was lost."""

    world: World
    members: dict[int, World]
    mark: Mark

    def copy(self, folder: Path) -> Hub:
        world = self.world.copy(folder / "hub")
        members = {seq: self._member(member, folder / f"at{seq}") for seq, member in self.members.items()}
        return Hub(world, members, self.mark)

    def _member(self, member: World, folder: Path) -> World:
        copy = member.copy(folder)
        channels = folder / "channels"
        shutil.rmtree(channels) if not channels.is_symlink() else channels.unlink()
        channels.symlink_to(folder.parent / "hub" / "channels")
        return copy

    @property
    def publisher(self) -> ChannelPublisher:
        return ChannelPublisher(self.world.folder / "channels", self.world.keys, CHANNEL, self.marks)

    @property
    def marks(self) -> Marks:
        return Marks(self.world.folder / "marks")


@pytest.fixture(scope="package")
def restored(first_world: World, scratch: Path) -> Hub:
    """Restored to seq 5 after seq 7 was published; the timestamp was renewed and a root made in between."""
    world = first_world.copy(scratch / "lost")
    members = {}
    backup = None
    for seq in range(2, 8):
        world.publish(audit=head_of(seq * 100))
        if seq == 5:
            backup = world.copy(scratch / "backup")
        if seq == 7:
            world.publisher.renew(now())
            world.keys.raise_roots(3, now())
            world.publisher.renew(now())
        if seq >= 5:
            assert world.sync() == 0
            members[seq] = world.copy(scratch / f"member{seq}")
    mark = world.publisher.mark()
    assert backup
    assert mark
    shutil.rmtree(backup.home)
    shutil.rmtree(backup.install)
    return Hub(backup, members, mark)


@pytest.fixture
def hub(restored: Hub, memory: Path) -> Hub:
    return restored.copy(memory)


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
    payload, files = _payload_after(hub, other)
    with pytest.raises(ReleaseChainBroken):
        hub.publisher.publish(replace(signed(hub.world.keys, payload), audit=head_of(560)), files, now())


def _payload_after(hub: Hub, mark: Mark):
    from tests.distribution.world import contents, manifest

    files = contents(mark.release_number + 1, mark.release_hash)
    return manifest(mark.seq + 1, mark.payload_hash, files, mark.release_number + 1), files


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
    assert hub.publisher.recover(_mark_of(hub.members[6]), now()) == (6,)
    assert hub.publisher.recover(_mark_of(hub.members[7]), now()) == (6, 7)
    hub.world.publish(audit=head_of(560))
    for member in (*hub.members.values(), _new_member(hub)):
        assert member.sync() == 0
        assert Agent(member.home).status().seq == 8


def _mark_of(member: World) -> Mark:
    status = Agent(member.home).status()
    from dataclasses import asdict

    return Mark.from_agent_status(json.dumps(asdict(status)).encode())


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
    hub.publisher.recover(_mark_of(hub.members[6]), now())
    refused(hub.members[7], "turned_back_metadata")
    hub.world.publish(audit=head_of(560), more=OTHER)
    with pytest.raises(MarkForked):
        hub.publisher.recover(_mark_of(hub.members[7]), now())


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

    _publish_index(hub, change)
    refused(hub.members[5], code)


def test_a_gap_is_refused_where_it_is_not_stated(hub: Hub, refused) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))

    def change(index: ChannelIndex) -> ChannelIndex:
        payloads = tuple(payload or "a" * 64 for payload in index.payloads)
        return replace(index, lost=frozenset(), restores=(), payloads=payloads)

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


# The hub's own marks.


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
    payload, files = _payload_after(hub, replace(hub.mark, seq=6))
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


# Kills.


def test_kill_after_every_change_of_a_recovery(hub: Hub, memory: Path) -> None:
    """Members see the channel before or after; recovering again finishes it."""
    hub = replace(hub, members={7: hub.members[7]})
    at, heads = now(), []
    for fatal in range(1, 200):
        copy = hub.copy(memory / "copy")
        ended = run(lambda h=copy: h.publisher.recover(h.mark, at) and 0, fatal)
        heads.append(copy.publisher.head())
        assert copy.publisher.recover(copy.mark, at) == (6, 7)
        assert copy.marks.get(CHANNEL) == copy.publisher.mark()
        copy.world.publish(audit=head_of(560))
        assert copy.members[7].sync() == 0
        assert copy.members[7].tree() == copy.world.expected(8)
        shutil.rmtree(memory / "copy")
        if ended != KILLED:
            break
    assert ended == 0
    assert heads == sorted(heads)
    assert set(heads) == {5, 7}


def test_kill_after_every_change_of_an_install_across_lost_numbers(hub: Hub, memory: Path) -> None:
    hub.publisher.recover(hub.mark, now())
    hub.world.publish(audit=head_of(560))
    hub = replace(hub, members={5: hub.members[5]})
    old, new = hub.members[5].tree(), hub.world.expected(8)
    for fatal in range(1, 400):
        copy = hub.copy(memory / "copy")
        member = copy.members[5]
        told = len(member.acknowledgements())
        ended = run(member.sync, fatal)
        assert member.tree() in (old, new), fatal
        assert run(lambda m=member: m.sync() or m.run("verify")) == 0, fatal
        assert member.tree() == new
        assert Agent(member.home).status().audit == head_of(560)
        assert [notice["seq"] for notice in member.acknowledgements()][told:] == [8], fatal
        shutil.rmtree(memory / "copy")
        if ended != KILLED:
            break
    assert ended == 0


def test_keys_restored_with_fewer_roots_go_above_the_lost_one(hub: Hub) -> None:
    keys = HubKeys.open(hub.world.folder / "keys")
    before = len(keys.stored_roots())
    assert before < hub.mark.version("root")
    hub.publisher.recover(hub.mark, now())
    assert len(keys.stored_roots()) == hub.mark.version("root") + 1
