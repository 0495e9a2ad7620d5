"""配布パック over the API: the list says what the signed manifests say, one pack is its bytes on the channel."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.services.publish import PackMaterials, publish_pending
from tests.web.conftest import AT, OTHER, SYSTEM, TOWN
from tests.web.test_api import SYSTEM_PATH, problem


@pytest.fixture
def published(registry, tables, standard_font: Path):
    """The small hub with its first release on the channel."""
    publish_pending(registry, PackMaterials.open(tables, standard_font), TOWN, SYSTEM, AT)
    return registry


def on_channel(published) -> bytes:
    (file,) = (published.channels / f"{TOWN}-{SYSTEM}" / "targets").glob("000001/*.manifest.json")
    return file.read_bytes()


def test_packs_are_listed_with_what_was_signed(published, client):
    answer = client.get(f"{SYSTEM_PATH}/packs").json()
    assert (answer["total"], answer["offset"], answer["limit"]) == (1, 0, 100)
    (pack,) = answer["items"]
    data = on_channel(published)
    signed = SignedManifest.from_bytes(data)
    release = client.get(f"{SYSTEM_PATH}/releases/1")
    assert (pack["seq"], pack["kind"], pack["release"], pack["date"]) == (1, "release", 1, "2026-04-01")
    assert pack["release_hash"] == release.headers["x-release-hash"]
    assert pack["payload_hash"] == signed.manifest.hash
    assert pack["manifest_hash"] == hashlib.sha256(data).hexdigest()
    assert (pack["attestation"], pack["attestation_label"]) == ("hub", "ハブ証明")
    assert [(f["path"], f["sha256"], f["size"]) for f in pack["files"]] == [
        (f.path, f.sha256, f.size) for f in signed.manifest.files
    ]
    assert client.get(f"{SYSTEM_PATH}/packs?offset=1").json()["items"] == []


def test_one_pack_is_its_bytes_on_the_channel(published, client):
    data = on_channel(published)
    response = client.get(f"{SYSTEM_PATH}/packs/1")
    assert response.content == data
    assert response.headers["content-type"] == "application/json"
    assert response.headers["etag"] == f'"{hashlib.sha256(data).hexdigest()}"'
    again = client.get(f"{SYSTEM_PATH}/packs/1", headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_is_no_pack_and_what_is_anothers_look_alike(published, client):
    none = problem(client.get(f"{SYSTEM_PATH}/packs/2"), 404, "not_found")
    other = f"/api/v1/municipalities/{OTHER}/systems/{SYSTEM}/packs"
    for missing in (
        f"{SYSTEM_PATH}/packs/0",
        other,
        f"{other}/1",
        f"/api/v1/municipalities/994014/systems/{SYSTEM}/packs/1",
        f"{SYSTEM_PATH[:-4]}nobody/packs/1",
        f"{SYSTEM_PATH[:-4]}nobody/packs",
    ):
        assert problem(client.get(missing), 404, "not_found") == none


@pytest.mark.parametrize("seq", ["-1", "9" * 30, "x"])
def test_a_seq_that_cannot_be_is_refused(reader, seq):
    assert reader.get(f"{SYSTEM_PATH}/packs/{seq}").status_code in (400, 404)
