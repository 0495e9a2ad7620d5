"""The hub half: keys, what may be published, dates and their renewal."""

from __future__ import annotations

import datetime
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from gaiji_hub.distribution.keys import HubKeys, KeyMissing
from gaiji_hub.distribution.publisher import AlreadyPublished, FilesDisagree, NothingPublished
from gaiji_hub.distribution.repository import RepositoryDamaged, RootsDisagree
from gaiji_hub.distribution.trust import (
    ChainBroken,
    MissingSignature,
    NumberTurnedBack,
    ReleaseChainBroken,
    ReleaseDisagrees,
    ReleaseReplaced,
    SequenceGap,
    Trust,
    WrongChannel,
)
from tests.distribution.world import World, contents, manifest, now, signed, whole


def expires(world: World, name: str) -> datetime.datetime:
    return Metadata.from_bytes((world.channel / "metadata" / name).read_bytes()).signed.expires


def test_keys_are_private_and_stay_the_same(world: World) -> None:
    folder = world.folder / "keys"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("*.key")} == {0o600}
    assert len(list(folder.glob("*.key"))) == 6
    assert world.keys.trust() == world.keys.trust()


def test_trust_lists_two_different_keys_and_says_hub(world: World) -> None:
    trust = Trust.from_bytes(world.keys.trust())
    assert trust.attestation == "hub"
    assert not set(trust.publishers) & set(trust.approvers)


def test_a_lost_key_is_never_made_anew(world: World) -> None:
    (world.folder / "keys" / "approver.key").unlink()
    with pytest.raises(KeyMissing, match="approver"):
        HubKeys.open_or_create(world.folder / "keys", world.folder / "channels")


@pytest.mark.parametrize("lost", ["the folder", "the first root"])
def test_lost_keys_are_not_made_anew_beside_a_published_channel(world: World, lost: str) -> None:
    keys = world.folder / "keys"
    (keys if lost == "the folder" else keys / "root").rename(world.folder / "lost")
    before = whole(world.folder)
    with pytest.raises(KeyMissing, match="バックアップから戻して"):
        HubKeys.open_or_create(keys, world.folder / "channels")
    assert whole(world.folder) == before


def test_a_channel_is_never_renewed_or_published_with_other_keys(world: World, memory: Path) -> None:
    """Not even its first root is replaced: members would refuse everything from then on."""
    before = whole(world.channel)
    world.folder.joinpath("keys").rename(memory / "lost")
    HubKeys.open_or_create(world.folder / "keys", memory / "no channels")
    with pytest.raises(RootsDisagree, match=r"1\.root\.json"):
        world.publisher.renew(now() + datetime.timedelta(days=1))
    with pytest.raises(RootsDisagree):
        world.publisher.repository.write(world.publisher.repository.read(), {}, now())
    assert whole(world.channel) == before
    assert world.sync() == 0


def test_a_key_folder_older_than_its_channel_is_refused(world: World) -> None:
    """Restored from before the last new root: a second root of that version would split the members."""
    newest = world.folder / "keys" / "root" / "2.root.json"
    kept = newest.read_bytes()
    newest.unlink()
    before = whole(world.folder)
    with pytest.raises(RootsDisagree, match=r"2\.root\.json"):
        world.publisher.renew(now() + datetime.timedelta(days=1))
    assert whole(world.folder) == before
    newest.write_bytes(kept)
    world.publisher.renew(now())
    assert world.sync() == 0


def test_what_is_served_can_be_read_by_a_web_server(world: World) -> None:
    served = [path for part in ("metadata", "targets") for path in (world.channel / part).rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in served} == {0o644}


def test_the_same_pack_twice_is_one_publication(world: World) -> None:
    payload, files = world.next_payload()
    pack = signed(world.keys, payload)
    world.publisher.publish(pack, files, now())
    before = whole(world.channel)
    world.publisher.publish(pack, files, now() + datetime.timedelta(hours=1))
    assert whole(world.channel) == before
    assert world.publisher.head() == 2


def test_another_pack_under_a_taken_seq(world: World) -> None:
    files = {**world.expected(1), "more.txt": b"x"}
    del files["manifest.json"]
    with pytest.raises(AlreadyPublished):
        world.publisher.publish(signed(world.keys, manifest(1, "", files, 1)), files, now())


def test_what_agents_would_refuse_is_not_published(world: World) -> None:
    payload, files = world.next_payload()
    before = whole(world.channel)
    wrong = {
        SequenceGap: signed(world.keys, replace(payload, seq=3)),
        ChainBroken: signed(world.keys, replace(payload, previous="0" * 64)),
        NumberTurnedBack: signed(world.keys, replace(payload, release_number=0)),
        WrongChannel: signed(world.keys, replace(payload, business_system="zei")),
        MissingSignature: signed(world.keys, payload, ("publisher",)),
        ReleaseDisagrees: signed(world.keys, replace(payload, release_hash="0" * 64)),
        ReleaseReplaced: signed(world.keys, replace(payload, release_number=1)),
    }
    for error, pack in wrong.items():
        with pytest.raises(error):
            world.publisher.publish(pack, files, now())
    assert whole(world.channel) == before


def test_a_release_that_does_not_follow_is_not_published(world: World) -> None:
    last = world.publisher.manifests()[-1].manifest
    files = contents(2, "7" * 64)
    with pytest.raises(ReleaseChainBroken):
        world.publisher.publish(signed(world.keys, manifest(2, last.hash, files, 2)), files, now())
    assert world.publisher.head() == 1


@pytest.mark.parametrize("change", [{"more.txt": b"x"}, {"fonts/EUDC.TTE": b"other"}])
def test_files_that_are_not_the_manifests(world: World, change: dict[str, bytes]) -> None:
    payload, files = world.next_payload()
    with pytest.raises(FilesDisagree):
        world.publisher.publish(signed(world.keys, payload), {**files, **change}, now())
    with pytest.raises(FilesDisagree):
        world.publisher.publish(signed(world.keys, payload), {}, now())


def test_dates(world: World) -> None:
    days = {name: (expires(world, name) - now()).days for name in ("timestamp.json", "1.snapshot.json", "2.root.json")}
    assert days == {"timestamp.json": 6, "1.snapshot.json": 89, "2.root.json": 364}
    assert expires(world, "1.root.json") < now()


def test_renewal_touches_only_what_runs_out(world: World) -> None:
    def names() -> set[str]:
        return {path.name for path in (world.channel / "metadata").iterdir()}

    before = names()
    world.publisher.renew(now() + datetime.timedelta(days=10))
    assert names() == before
    assert (expires(world, "timestamp.json") - now()).days == 16
    world.publisher.renew(now() + datetime.timedelta(days=70))
    assert names() == {*before, "2.targets.json", "2.snapshot.json"}
    world.publisher.renew(now() + datetime.timedelta(days=300))
    assert "3.root.json" in names()


def test_a_member_follows_the_root_over_years(world: World) -> None:
    for days in (100, 300, 560, 800):
        world.publisher.renew(now() + datetime.timedelta(days=days))
    from gaiji_hub.distribution.agent import Agent

    result = Agent(world.home).sync(now() + datetime.timedelta(days=801))
    assert result.held.seq == 1


def test_nothing_to_renew(memory: Path) -> None:
    with pytest.raises(NothingPublished):
        World(memory / "empty").publisher.renew(now())


def test_damage_on_the_hubs_disk_is_named(world: World) -> None:
    (index,) = (world.channel / "targets").glob("*.channel.json")
    index.write_bytes(b"{}")
    with pytest.raises(RepositoryDamaged, match=r"channel\.json"):
        world.publisher.head()
    (world.channel / "metadata" / "1.snapshot.json").write_bytes(b"{}")
    with pytest.raises(RepositoryDamaged, match="snapshot"):
        world.publisher.head()


def test_publication_is_reproducible(world: World, memory: Path) -> None:
    """The same keys, packs and instants give the same bytes in another folder."""
    at = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
    copies = [world.copy(memory / name) for name in ("a", "b")]
    for copy in copies:
        copy.publish(at)
    assert whole(copies[0].channel) == whole(copies[1].channel)
