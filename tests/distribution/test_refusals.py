"""What `gaiji-hub agent sync` must refuse: exit 2, a Japanese reason, the installed tree byte for byte as it was."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.index import ChannelIndex
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.distribution.updates import StaleMetadata
from gaiji_hub.moji.pack import PackFile, SignedManifest
from tests.distribution.world import CHANNEL, LG, World, by_role, contents, manifest, now, release, signed, whole

SPREAD = 7


def served(world: World) -> list[Path]:
    return [
        path for part in ("metadata", "targets") for path in sorted((world.channel / part).rglob("*")) if path.is_file()
    ]


def needed(world: World) -> set[Path]:
    """What a member that holds seq 1 must fetch to install seq 2."""
    state = world.publisher.repository.read()
    assert state
    metadata = world.channel / "metadata"
    old = {file.sha256 for file in world.publisher.manifests()[0].manifest.files}
    new = [file.sha256 for file in world.publisher.manifests()[1].manifest.files if file.sha256 not in old]
    targets = world.channel / "targets"
    index = state.targets.targets["channel.json"].hashes["sha256"]
    return {
        metadata / "timestamp.json",
        metadata / f"{state.snapshot.version}.snapshot.json",
        metadata / f"{state.targets.version}.targets.json",
        targets / f"{index}.channel.json",
        *(targets / "000002").iterdir(),
        *(targets / "files" / f"{sha}.{sha}" for sha in new),
    }


def changed_bytes(data: bytes) -> list[bytes]:
    """One byte changed at places spread over the file: every bit pattern that could still parse is worth trying."""
    places = range(0, len(data), max(1, len(data) // SPREAD))
    return [data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :] for at in places for flip in (0x01, 0x20)]


def test_a_changed_byte_in_any_file_the_sync_needs(ready: World) -> None:
    before, trusted = whole(ready.install), whole(ready.home)
    for path in needed(ready):
        data = path.read_bytes()
        for bad in changed_bytes(data):
            path.write_bytes(bad)
            assert ready.sync() == 2, path.name
            assert (whole(ready.install), whole(ready.home)) == (before, trusted)
        path.write_bytes(data)
    assert ready.sync() == 0
    assert ready.tree() == ready.expected(2)


def test_a_changed_byte_elsewhere_is_never_installed(ready: World, memory: Path) -> None:
    expected = ready.expected(2)
    for number, path in enumerate(set(served(ready)) - needed(ready)):
        copy = ready.copy(memory / f"copy{number}")
        place = copy.folder / path.relative_to(ready.folder)
        place.write_bytes(changed_bytes(place.read_bytes())[SPREAD])
        assert copy.sync() == 0
        assert copy.tree() == expected


def test_a_changed_byte_in_a_new_root_stops_a_first_sync(ready: World, capsys) -> None:
    shutil.rmtree(ready.home)
    shutil.rmtree(ready.install)
    assert ready.enrol() == 0
    path = ready.channel / "metadata" / "2.root.json"
    data = path.read_bytes()
    for bad in changed_bytes(data):
        path.write_bytes(bad)
        assert ready.sync() == 2
        assert not (ready.install / "current").exists()
    path.write_bytes(data)
    assert ready.sync() == 0
    assert ready.tree() == ready.expected(2)


def test_a_signature_in_other_spelling_is_a_changed_byte(ready: World, refused) -> None:
    path = ready.channel / "metadata" / "timestamp.json"
    head, tail = path.read_bytes().split(b'"sig":"', 1)
    sig, rest = tail[:128], tail[128:]
    path.write_bytes(head + b'"sig":"' + sig.upper() + rest)
    refused(ready, "changed_bytes")


def test_a_file_longer_than_declared(ready: World, refused) -> None:
    (path,) = (ready.channel / "targets" / "000002").iterdir()
    path.write_bytes(path.read_bytes() + b"\n")
    refused(ready, "changed_bytes")


def test_an_expired_timestamp(world: World, refused) -> None:
    world.publish(now() - datetime.timedelta(days=8))
    refused(world, "stale_metadata")


def test_a_frozen_channel_is_noticed_without_anything_new(first_world: World, memory: Path, refused) -> None:
    world = World(memory / "frozen")
    shutil.copytree(first_world.folder / "keys", world.folder / "keys")
    world.publish(now() - datetime.timedelta(days=7, seconds=-20))
    assert world.enrol() == 0
    assert world.sync() == 0
    world.publisher.renew(now() - datetime.timedelta(days=7, seconds=5))
    refused(world, "stale_metadata")


def test_an_older_timestamp_played_again(ready: World, refused) -> None:
    timestamp = ready.channel / "metadata" / "timestamp.json"
    old = timestamp.read_bytes()
    ready.publish()
    assert ready.sync() == 0
    timestamp.write_bytes(old)
    refused(ready, "turned_back_metadata")


def test_a_renewed_timestamp_counts_even_when_nothing_was_installed(world: World, refused) -> None:
    timestamp = world.channel / "metadata" / "timestamp.json"
    old = timestamp.read_bytes()
    world.publisher.renew(now())
    assert world.sync() == 0
    timestamp.write_bytes(old)
    refused(world, "turned_back_metadata")


def test_the_clock_is_the_callers(first_world: World, memory: Path) -> None:
    """python-tuf has no public way to be told the time, so this holds the private one we use (ADR 0008)."""
    world = World(memory / "past")
    at = now() - datetime.timedelta(days=60)
    world.publish(at)
    world.enrol()
    agent = Agent(world.home)
    with pytest.raises(StaleMetadata):
        agent.sync(now())
    assert agent.sync(at + datetime.timedelta(days=6)).installed == (1,)
    with pytest.raises(StaleMetadata):
        agent.sync(at + datetime.timedelta(days=7))


def test_a_timestamp_signed_by_another_hub(ready: World, first_world: World, memory: Path, refused) -> None:
    other = World(memory / "other")
    for _ in range(3):
        other.publish()
    shutil.copy(other.channel / "metadata" / "timestamp.json", ready.channel / "metadata" / "timestamp.json")
    refused(ready, "forged_metadata")


@pytest.mark.parametrize("roles", [(), ("publisher",), ("approver",)])
def test_a_missing_signature(world: World, refused, roles: tuple[str, ...]) -> None:
    payload, files = world.next_payload()
    world.publish_unchecked(signed(world.keys, payload, roles), files)
    said = refused(world, "missing_signature")
    assert ("発行者" if "publisher" not in roles else "承認者") in said


def test_one_key_in_both_roles(world: World, refused) -> None:
    payload, files = world.next_payload()
    both = (
        by_role(world.keys, payload, "publisher", "publisher"),
        by_role(world.keys, payload, "publisher", "approver"),
    )
    world.publish_unchecked(SignedManifest(payload, "hub", both), files)
    refused(world, "same_key_in_both_roles")


def test_a_signature_over_another_release(world: World, refused) -> None:
    payload, files = world.next_payload()
    other = world.publisher.manifests()[0].manifest
    signatures = (
        by_role(world.keys, payload, "publisher", "publisher"),
        by_role(world.keys, other, "approver", "approver"),
    )
    world.publish_unchecked(SignedManifest(payload, "hub", signatures), files)
    refused(world, "forged_signature")


def test_a_signature_by_a_stranger_counts_for_nothing(world: World, memory: Path, refused) -> None:
    payload, files = world.next_payload()
    stranger = World(memory / "stranger").keys.sign_release(payload.release_hash, "approver")
    signatures = (by_role(world.keys, payload, "publisher", "publisher"), stranger)
    world.publish_unchecked(SignedManifest(payload, "hub", signatures), files)
    refused(world, "missing_signature")


def test_hub_keys_cannot_claim_two_people(world: World, refused) -> None:
    payload, files = world.next_payload()
    world.publish_unchecked(replace(signed(world.keys, payload), attestation="two_person"), files)
    refused(world, "attestation_disagrees")


def test_a_gap(world: World, refused) -> None:
    payload, files = world.next_payload()
    world.publish_unchecked(signed(world.keys, replace(payload, seq=3)), files)
    refused(world, "sequence_gap")


def test_a_broken_chain(world: World, refused) -> None:
    payload, files = world.next_payload()
    world.publish_unchecked(signed(world.keys, replace(payload, previous="0" * 64)), files)
    refused(world, "chain_broken")


def test_a_rewritten_past(world: World, refused) -> None:
    payload, files = world.next_payload()
    index = ChannelIndex(CHANNEL, ("0" * 64, payload.hash))
    world.publish_unchecked(signed(world.keys, payload), files, index)
    refused(world, "chain_broken")


def test_a_shortened_past(ready: World, refused) -> None:
    ready.publish()
    assert ready.sync() == 0
    payload, files = ready.next_payload()
    index = ChannelIndex(CHANNEL, tuple(one.manifest.hash for one in ready.publisher.manifests()[:2]))
    ready.publish_unchecked(signed(ready.keys, payload), files, index)
    refused(ready, "sequence_gap")


def test_an_index_that_names_another_payload(world: World, refused) -> None:
    payload, files = world.next_payload()
    index = ChannelIndex(CHANNEL, (world.publisher.manifests()[0].manifest.hash, "1" * 64))
    world.publish_unchecked(signed(world.keys, payload), files, index)
    refused(world, "chain_broken")


def test_a_lower_release_number(ready: World, refused) -> None:
    assert ready.sync() == 0
    last = ready.publisher.manifests()[-1].manifest
    files = contents(1)
    ready.publish_unchecked(signed(ready.keys, manifest(3, last.hash, files, 1)), files)
    refused(ready, "number_turned_back")


def test_another_release_under_the_same_number(world: World, refused) -> None:
    """Both signatures are right; but number 1 is held, and it is not this."""
    last = world.publisher.manifests()[-1].manifest
    other = replace(release(1, ""), reason="別の第1版")
    files = {**contents(1), "mapping/release.json": other.to_bytes()}
    world.publish_unchecked(signed(world.keys, manifest(2, last.hash, files, 1)), files)
    refused(world, "release_replaced")


def test_the_same_release_again_may_be_published(world: World) -> None:
    """A re-issue: the same release in a new pack, with another font file."""
    last = world.publisher.manifests()[-1].manifest
    files = {**contents(1), "fonts/juki-mj.ttf": b"made again"}
    world.publisher.publish(signed(world.keys, manifest(2, last.hash, files, 1)), files, now())
    assert world.sync() == 0
    assert world.tree() == world.expected(2)


@pytest.mark.parametrize("number", [2, 3])
def test_a_release_that_does_not_follow_the_one_held(world: World, refused, number: int) -> None:
    """Another line of releases, or one left out: its `previous` is not the release held."""
    last = world.publisher.manifests()[-1].manifest
    files = contents(number, "7" * 64)
    world.publish_unchecked(signed(world.keys, manifest(2, last.hash, files, number)), files)
    refused(world, "release_chain_broken")


def test_another_channel_of_the_same_hub(world: World, refused) -> None:
    """The root and the keys are shared, so only our own rule can tell the channels apart."""
    name = f"{LG}-zei"
    publisher = ChannelPublisher(world.folder / "channels", world.keys, name)
    previous = ""
    for seq in (1, 2, 3):
        files = {"mapping/release.json": release(1, "", "zei").to_bytes()}
        payload = manifest(seq, previous, files, 1, business_system="zei")
        publisher.publish(signed(world.keys, payload), files, now())
        previous = payload.hash
    for part in ("metadata", "targets"):
        shutil.rmtree(world.channel / part)
        shutil.copytree(publisher.folder / part, world.channel / part)
    refused(world, "wrong_channel")


def test_a_pack_made_for_another_channel(world: World, refused) -> None:
    payload, files = world.next_payload(business_system="zei")
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "wrong_channel")


def test_a_release_that_is_not_the_signed_one(world: World, refused) -> None:
    payload, files = world.next_payload(release_hash="2" * 64)
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "release_disagrees")


@pytest.mark.parametrize("change", [{"release_number": 7}, {"municipality": LG}])
def test_a_release_whose_header_says_otherwise(world: World, refused, change: dict[str, object]) -> None:
    payload, files = world.next_payload()
    other = release(2, "3" * 64, "zei").to_bytes() if "municipality" in change else files["mapping/release.json"]
    files = {**files, "mapping/release.json": other}
    last = world.publisher.manifests()[0].manifest
    payload = manifest(2, last.hash, files, 2, **change)
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "release_disagrees")


@pytest.mark.parametrize("path", [".hidden", "manifest.json", "fonts", "a/.b", "a.", "x\ny", "a\x7fb"])
def test_a_path_that_may_not_be_written(world: World, refused, path: str) -> None:
    payload, files = world.next_payload({path: b"x"})
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "unsafe_pack")


def test_a_size_that_is_not_the_files(world: World, refused) -> None:
    payload, files = world.next_payload()
    lied = tuple(PackFile(f.path, f.sha256, f.size - (f.path == "fonts/juki-mj.ttf")) for f in payload.files)
    payload = replace(payload, files=lied)
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "changed_bytes")


def test_a_pack_above_the_caps(world: World, refused) -> None:
    payload, files = world.next_payload()
    payload = replace(payload, files=(*payload.files, PackFile("z.bin", "4" * 64, 257 << 20)))
    world.publish_unchecked(signed(world.keys, payload), files)
    refused(world, "unsafe_pack")


def test_a_later_format(world: World, refused) -> None:
    payload, files = world.next_payload()
    pack = signed(world.keys, payload)
    later = pack.to_bytes().replace(b"gaiji-hub-pack/1", b"gaiji-hub-pack/2")
    world.publish_unchecked(pack, files, manifest_bytes=later)
    refused(world, "unknown_format")


def test_after_a_refusal_a_right_pack_is_installed(world: World, refused, memory: Path) -> None:
    kept = world.copy(memory / "kept")
    payload, files = world.next_payload()
    world.publish_unchecked(signed(world.keys, payload, ()), files)
    refused(world, "missing_signature")
    shutil.rmtree(world.channel)
    shutil.copytree(kept.channel, world.channel)
    world.publish()
    assert world.sync() == 0
    assert world.tree() == world.expected(2)
