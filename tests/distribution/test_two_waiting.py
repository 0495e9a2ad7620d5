"""Two packs wait and only the second is bad: not even the first is put in place."""

from __future__ import annotations

from gaiji_hub.distribution.agent import Agent
from tests.distribution.test_refusals import needed
from tests.distribution.world import World, signed


def test_a_refusal_in_the_second_of_two_packs_installs_neither(ready: World, refused) -> None:
    payload, files = ready.next_payload()
    ready.publish_unchecked(signed(ready.keys, payload, ("publisher",)), files)
    refused(ready, "missing_signature")


def test_a_changed_byte_in_the_second_of_two_packs_installs_neither(ready: World, refused) -> None:
    """In every file only the second needs: not even the first, whole one is put in place."""
    first = needed(ready)
    ready.publish()
    kept = {file.sha256 for pack in ready.publisher.manifests()[:2] for file in pack.manifest.files}
    third = ready.publisher.manifests()[2].manifest
    targets = ready.channel / "targets"
    files = [targets / "files" / f"{f.sha256}.{f.sha256}" for f in third.files if f.sha256 not in kept]
    places = [*files, *(targets / "000003").iterdir()]
    assert len(places) == 3
    assert not first & set(places)
    for place in places:
        data = place.read_bytes()
        place.write_bytes(data[:-9] + b"?" + data[-8:])
        refused(ready, "changed_bytes")
        place.unlink()
        assert ready.sync() in (2, 3)
        assert Agent(ready.home).status().seq == 1
        place.write_bytes(data)
    assert ready.sync() == 0
    assert ready.tree() == ready.expected(3)


def test_a_wrong_release_in_the_second_of_two_packs_installs_neither(ready: World, refused) -> None:
    payload, files = ready.next_payload(release_number=7)
    ready.publish_unchecked(signed(ready.keys, payload), files)
    refused(ready, "release_disagrees")
