"""The hub keeps its channels fresh, or a long weekend would freeze every member."""

from __future__ import annotations

import datetime
import json
import time

import pytest

from gaiji_hub.app import Renewal
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.updates import StaleMetadata
from gaiji_hub.services.channels import published_channels, renew_channels
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from tests.services.conftest import AT, SYSTEM, TOWN

CHANNEL = f"{TOWN}-{SYSTEM}"


def timestamp(registry: Registry) -> dict:
    return json.loads((registry.channels / CHANNEL / "metadata" / "timestamp.json").read_bytes())["signed"]


def test_nothing_published_means_nothing_to_renew_and_no_keys_made(registry: Registry):
    assert renew_channels(registry, AT) == ()
    assert not registry.keys.exists()


def test_a_renewed_channel_is_accepted_after_the_old_date_and_a_forgotten_one_is_not(
    registry: Registry, materials: PackMaterials, tmp_path
):
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    assert published_channels(registry) == (CHANNEL,)
    before = timestamp(registry)
    trust = HubKeys.open_or_create(registry.keys).trust()
    member = Agent.enrol(tmp_path / "home", str(registry.channels / CHANNEL), trust, "counter", tmp_path / "install")
    later = AT + datetime.timedelta(days=8)
    with pytest.raises(StaleMetadata):
        member.sync(later)
    assert renew_channels(registry, later) == (CHANNEL,)
    assert timestamp(registry)["version"] == before["version"] + 1
    assert member.sync(later).installed == (1,)


def test_a_running_server_renews_by_itself(registry: Registry, materials: PackMaterials):
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    before = timestamp(registry)
    renewal = Renewal(registry, lambda: AT + datetime.timedelta(days=5))
    renewal.start()
    deadline = time.monotonic() + 20
    while timestamp(registry)["version"] == before["version"] and time.monotonic() < deadline:
        time.sleep(0.05)
    renewal.stop()
    assert timestamp(registry)["version"] == before["version"] + 1
    assert timestamp(registry)["expires"] > before["expires"]
