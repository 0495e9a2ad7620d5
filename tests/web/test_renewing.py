"""運用: the operator renews every channel's dates at once, or is told why that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaiji_hub.moji.actor import HUB
from gaiji_hub.services import audit
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials, publish_pending
from tests.web.conftest import AT, BASE, SYSTEM, TOWN
from tests.web.people import OPERATOR, Browser


@pytest.fixture
def operator(client: Browser, registry: Registry, tables, standard_font: Path) -> Browser:
    """Of a hub with one release on its channel."""
    publish_pending(registry, PackMaterials.open(tables, standard_font), TOWN, SYSTEM, AT)
    return client.become(OPERATOR)


def renew(operator: Browser):
    return operator.post("/operate/renew", data={}, headers={"origin": BASE})


def version(registry: Registry) -> int:
    path = registry.channels / f"{TOWN}-{SYSTEM}" / "metadata" / "timestamp.json"
    return json.loads(path.read_bytes())["signed"]["version"]


def renewals(registry: Registry) -> list[dict[str, int]]:
    with registry.reading_all() as session:
        entries = audit.list_entries(session, HUB, 0, 9)[1]
    return [json.loads(entry.detail) for entry in entries if entry.action == "renew_channels"]


def test_every_channel_is_renewed_and_that_is_said_and_noted(operator, registry):
    before = version(registry)
    answer = renew(operator)
    assert (answer.status_code, "1 本の伝送路の期限を延ばしました" in answer.text) == (200, True)
    assert version(registry) == before + 1
    assert renewals(registry) == [{"problems": 0, "renewed": 1}]


def test_a_channel_that_cannot_be_renewed_is_named(operator, registry):
    (registry.channels / f"{TOWN}-{SYSTEM}" / "metadata" / "timestamp.json").write_bytes(b"{")
    answer = renew(operator)
    assert (answer.status_code, "0 本の伝送路の期限を延ばしました" in answer.text) == (200, True)
    assert f"{TOWN}-{SYSTEM}: " in answer.text
    assert renewals(registry) == [{"problems": 1, "renewed": 0}]


def test_without_the_hubs_keys_nothing_is_renewed(operator, registry):
    before = version(registry)
    registry.keys.rename(registry.keys.with_name("gone"))
    answer = renew(operator)
    assert (answer.status_code, "鍵" in answer.text) == (503, True)
    assert version(registry) == before
    assert renewals(registry) == []
