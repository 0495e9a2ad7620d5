"""The hub keeps its channels fresh, or a long weekend would freeze every member."""

from __future__ import annotations

import datetime
import json
import shutil

import pytest

from gaiji_hub.cli import main
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.keys import HubKeys, KeyMissing
from gaiji_hub.distribution.updates import StaleMetadata
from gaiji_hub.services.channels import Renewed, hub_keys, published_channels, renew_channels
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.release import make_release
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, SYSTEM, TOWN, font
from tests.services.people import APPROVER

CHANNEL = f"{TOWN}-{SYSTEM}"


def timestamp(registry: Registry) -> dict:
    return json.loads((registry.channels / CHANNEL / "metadata" / "timestamp.json").read_bytes())["signed"]


def test_nothing_published_means_nothing_to_renew_and_no_keys_made(registry: Registry):
    assert renew_channels(registry, AT) == Renewed()
    assert not registry.keys.exists()


def test_a_renewed_channel_is_accepted_after_the_old_date_and_a_forgotten_one_is_not(
    registry: Registry, materials: PackMaterials, tmp_path
):
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    assert published_channels(registry) == (CHANNEL,)
    before = timestamp(registry)
    trust = HubKeys.open(registry.keys).trust()
    member = Agent.enrol(tmp_path / "home", str(registry.channels / CHANNEL), trust, "counter", tmp_path / "install")
    later = AT + datetime.timedelta(days=8)
    with pytest.raises(StaleMetadata):
        member.sync(later)
    assert renew_channels(registry, later) == Renewed((CHANNEL,))
    assert timestamp(registry)["version"] == before["version"] + 1
    assert member.sync(later).installed == (1,)


@pytest.fixture
def two_channels(registry: Registry, materials: PackMaterials, tables: Tables) -> tuple[Registry, str]:
    """Another channel after the first in order; both are published."""
    with registry.store.writing() as session:
        register_business_system(session, TOWN, "zei", "税", "cp932", AT)
        record_intake(session, TOWN, "zei", font({0xE000: 200}), AT)
        make_release(session, registry.blobs, tables, TOWN, "zei", DATE, "初版", AT, APPROVER)
    for system in (SYSTEM, "zei"):
        publish_pending(registry, materials, TOWN, system, AT)
    return registry, f"{TOWN}-zei"


def damage(registry: Registry) -> None:
    (registry.channels / CHANNEL / "metadata" / "timestamp.json").write_bytes(b"{")


def test_a_damaged_channel_does_not_stop_the_others(two_channels: tuple[Registry, str]):
    registry, other = two_channels
    damage(registry)
    done = renew_channels(registry, AT + datetime.timedelta(days=1))
    assert done.channels == (other,)
    (problem,) = done.problems
    assert problem.startswith(f"{CHANNEL}: ")
    assert "壊れています" in problem


def test_pack_renew_ends_with_1_and_lists_what_it_could_not_renew(
    two_channels: tuple[Registry, str], migrated_url: str, monkeypatch, capsys
):
    registry, other = two_channels
    monkeypatch.setenv("GAIJI_HUB_DATA", str(registry.keys.parent))
    monkeypatch.setenv("GAIJI_HUB_DATABASE_URL", migrated_url)
    assert main(["pack", "renew"]) == 0
    damage(registry)
    capsys.readouterr()
    assert main(["pack", "renew"]) == 1
    out = capsys.readouterr().out
    assert f"期限を延ばしました: {other}" in out
    assert f"期限を延ばせませんでした: {CHANNEL}: " in out


def test_a_channel_that_cannot_be_read_is_a_problem_too(two_channels: tuple[Registry, str]):
    registry, other = two_channels
    place = registry.channels / CHANNEL / "metadata" / "timestamp.json"
    place.unlink()
    place.mkdir()
    done = renew_channels(registry, AT)
    assert (done.channels, len(done.problems)) == ((other,), 1)


def test_keys_lost_after_a_publication_are_not_made_anew(registry: Registry, materials: PackMaterials):
    """Whether the channels folder is still there or was lost with the keys: the database remembers."""
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    shutil.rmtree(registry.keys)
    for _ in range(2):
        with pytest.raises(KeyMissing):
            hub_keys(registry)
        with pytest.raises(KeyMissing):
            renew_channels(registry, AT)
        with pytest.raises(KeyMissing):
            publish_pending(registry, materials, TOWN, SYSTEM, AT)
        assert not registry.keys.exists()
        shutil.rmtree(registry.channels, ignore_errors=True)
