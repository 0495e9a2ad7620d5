"""数え直し（ハブと受信側）: the database through its services, the channels and the installed trees from disk."""

from __future__ import annotations

import json
from pathlib import Path

from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.recount_files import FiguresDisagree
from gaiji_hub.demo.towns import BUSINESS_SYSTEM, TOWNS, Town
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.install import found_files
from gaiji_hub.distribution.tree import tree_hash
from gaiji_hub.distribution.trust import MANIFEST_NAME
from gaiji_hub.moji.pack import PackManifest, SignedManifest
from gaiji_hub.services import delivery, release
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.overview import gaiji_lines


def count_present(registry: Registry, town: Town) -> int:
    """Gaiji of the town in the database."""
    with registry.store.reading() as session:
        return len(gaiji_lines(session, town.lg_code, BUSINESS_SYSTEM))


def count_shapes_answered(registry: Registry) -> int:
    """Distinct shapes with recorded candidates; towns share them."""
    with registry.store.reading() as session:
        return len(
            {line.shape for town in TOWNS for line in gaiji_lines(session, town.lg_code, BUSINESS_SYSTEM) if line.band}
        )


def count_released(registry: Registry, town: Town, number: int) -> int:
    """Rows of a release, from its canonical bytes."""
    with registry.store.reading() as session:
        return len(release.get_release(session, registry.blobs, town.lg_code, BUSINESS_SYSTEM, number).rows)


def release_diff(registry: Registry, town: Town) -> dict[str, int]:
    """What release 2 changes against release 1."""
    with registry.store.reading() as session:
        found = release.diff(session, registry.blobs, town.lg_code, BUSINESS_SYSTEM, 1, 2)
    return {"added": len(found.added), "changed": len(found.changed), "removed": len(found.removed)}


def publications(registry: Registry, town: Town) -> int:
    """Signed manifests of first releases on the town's channel."""
    return sum(manifest.seq == 1 for manifest in _published(registry.channels, town))


def delivered_anew(registry: Registry, town: Town) -> dict[str, int]:
    """What a member fetches for seq 2 when it holds seq 1: files and bytes whose content is new."""
    first, second = _published(registry.channels, town)[:2]
    held = {file.sha256 for file in first.files}
    new = [file for file in second.files if file.sha256 not in held]
    return {
        "files_new": len(new),
        "bytes_new": sum(file.size for file in new),
        "files": len(second.files),
        "bytes": sum(file.size for file in second.files),
    }


def count_installed(folder: DemoFolder, town: Town, seq: int) -> int:
    """Files of the installed pack `seq`, its manifest not counted."""
    packs = list((folder.town(town).installed / "packs").glob(f"{seq:06d}-*"))
    return sum(len(found_files(pack)) - 1 for pack in packs)


def count_verified(folder: DemoFolder, town: Town) -> int:
    """Files of the pack in use, after every one of them was hashed against the signed manifest."""
    place = folder.town(town)
    drift = Agent(place.agent_home).verify()
    differing = len(drift.changed) + len(drift.missing) + len(drift.extra)
    if differing:
        raise FiguresDisagree(what=f"{town.name} の導入内容", recounted=differing, reported=0)
    return len(found_files(place.current)) - 1


def current_members(folder: DemoFolder, registry: Registry, town: Town) -> int:
    """Members whose newest recorded notice says what lies on their disk and is the newest on the channel."""
    with registry.store.reading() as session:
        states = delivery.members_state(session, town.lg_code, BUSINESS_SYSTEM)
    files = found_files(folder.town(town).current)
    del files[MANIFEST_NAME]
    return sum(state.state == "current" and state.tree == tree_hash(files) for state in states)


def _published(channels: Path, town: Town) -> list[PackManifest]:
    """The manifests of a channel, read from the published files as a member would see them, by seq."""
    folder = channels / town.channel
    newest = json.loads((folder / "metadata" / "timestamp.json").read_bytes())["signed"]["meta"]["snapshot.json"]
    snapshot = json.loads((folder / "metadata" / f"{newest['version']}.snapshot.json").read_bytes())["signed"]
    version = snapshot["meta"]["targets.json"]["version"]
    targets = json.loads((folder / "metadata" / f"{version}.targets.json").read_bytes())["signed"]["targets"]
    found = []
    for path, target in sorted(targets.items()):
        if path.endswith(f"/{MANIFEST_NAME}"):
            place = folder / "targets" / Path(path).parent / f"{target['hashes']['sha256']}.{MANIFEST_NAME}"
            found.append(SignedManifest.from_bytes(place.read_bytes()).manifest)
    return found
