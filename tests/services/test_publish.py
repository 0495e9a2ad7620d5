"""Every release reaches its channel once and in order, whatever killed an earlier run."""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path

import pytest

from gaiji_hub.distribution.keys import HubKeys
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.moji.actor import WORKER
from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.moji.rights import RIGHTS_PATH, Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services import publish as publishing
from gaiji_hub.services.delivery import list_publications
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.publish import ChannelAhead, PackMaterials, publish_pending
from gaiji_hub.services.release import diff, make_release, rollback
from gaiji_hub.services.rights import set_rights
from gaiji_hub.store.migrate import SchemaMismatch
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, SYSTEM, TOWN, font, square
from tests.services.people import APPROVER, CLERK, approve_all

CHANNEL = f"{TOWN}-{SYSTEM}"


def second_release(registry: Registry, tables: Tables) -> None:
    with registry.store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300, 0xE002: 400}), AT)
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "追加", AT, APPROVER)


def head(registry: Registry) -> int:
    return ChannelPublisher(registry.channels, HubKeys.open(registry.keys), CHANNEL).head()


def test_a_release_is_published_signed_by_both_roles(registry: Registry, materials: PackMaterials):
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    signed = SignedManifest.from_bytes(registry.blobs.get(published.manifest))
    assert (published.seq, published.release_number, published.payload) == (1, 1, signed.manifest.hash)
    assert signed.attestation == "hub"
    assert [signature.role for signature in signed.signatures] == ["publisher", "approver"]
    paths = {file.path for file in signed.manifest.files}
    assert {"licences/fonts/LICENSES/IPA.txt", "licences/mappings/ATTRIBUTION.md"} <= paths
    assert publish_pending(registry, materials, TOWN, SYSTEM, AT) == ()
    assert head(registry) == 1


def test_a_publication_leaves_one_entry_by_whoever_ran_it(registry: Registry, materials: PackMaterials):
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT, by=WORKER)
    publish_pending(registry, materials, TOWN, SYSTEM, AT, by=WORKER)
    with registry.store.reading() as session:
        total, (entry,) = audit.list_entries(session, TOWN, 0, 9, "juki/publication/")
        checked = audit.verify_published(session, registry.blobs, TOWN)
    assert (total, entry.action, entry.subject, entry.actor_name) == (1, "publish", "juki/publication/1", "ワーカー")
    assert json.loads(entry.detail) == {"release": 1, "kind": "release", "payload": published.payload}
    assert (checked.problems, checked.published) == ((), entry.seq - 1), "the pack carries the head before it"


def test_waiting_releases_go_out_in_order(registry: Registry, materials: PackMaterials, tables: Tables):
    second_release(registry, tables)
    with registry.store.writing() as session:
        rollback(session, registry.blobs, TOWN, SYSTEM, 1, DATE, "誤り", AT, APPROVER)
    published = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    assert [(p.seq, p.release_number, p.kind) for p in published] == [
        (1, 1, "release"),
        (2, 2, "release"),
        (3, 3, "rollback"),
    ]


def test_what_was_said_of_rights_reaches_the_members_with_the_same_rows(
    registry: Registry, materials: PackMaterials, tables: Tables
):
    (first,) = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    with registry.store.writing() as session:
        set_rights(session, TOWN, [square(200).hash], Rights.OWN, "", AT, CLERK)
    with registry.store.writing() as session:
        made = make_release(
            session, registry.blobs, tables, TOWN, SYSTEM, DATE, "権利を登録", AT, APPROVER, unchanged=True
        )
        assert diff(session, registry.blobs, TOWN, SYSTEM, 1, made.number).empty
    (second,) = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    before, after = (
        {file.path: file.sha256 for file in SignedManifest.from_bytes(registry.blobs.get(p.manifest)).manifest.files}
        for p in (first, second)
    )
    assert (second.release_number, before[RIGHTS_PATH] == after[RIGHTS_PATH]) == (2, False)


def test_a_run_killed_before_the_row_is_finished_by_the_next(
    registry: Registry, materials: PackMaterials, monkeypatch: pytest.MonkeyPatch
):
    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(publishing, "record_publication", kill)
        with pytest.raises(Killed):
            publish_pending(registry, materials, TOWN, SYSTEM, AT)
    assert head(registry) == 1
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT + datetime.timedelta(days=1))
    assert (published.seq, head(registry)) == (1, 1)


def test_a_database_older_than_its_channel_publishes_nothing(
    registry: Registry, materials: PackMaterials, tables: Tables, tmp_path: Path
):
    publish_pending(registry, materials, TOWN, SYSTEM, AT)
    with Registry.open(tmp_path / "restored", f"sqlite:///{tmp_path / 'restored.db'}") as restored:
        with restored.store.writing() as session:
            register_municipality(session, TOWN, "架空市", AT)
            register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", AT)
            record_intake(session, TOWN, SYSTEM, font({0xE005: 222}), AT)
            make_release(session, restored.blobs, tables, TOWN, SYSTEM, DATE, "別の初版", AT, APPROVER)
        shutil.copytree(registry.keys, restored.keys)
        shutil.copytree(registry.channels, restored.channels)
        with pytest.raises(ChannelAhead):
            publish_pending(restored, materials, TOWN, SYSTEM, AT)
        with restored.store.reading() as session:
            assert list_publications(session, TOWN, SYSTEM) == ()


def test_packs_are_the_same_bytes_in_another_folder(
    registry: Registry, materials: PackMaterials, tables: Tables, tmp_path: Path
):
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    with Registry.open(tmp_path / "again", f"sqlite:///{tmp_path / 'again.db'}") as again:
        later = AT + datetime.timedelta(days=400)
        with again.store.writing() as session:
            register_municipality(session, TOWN, "架空市", later)
            register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", later)
            record_intake(session, TOWN, SYSTEM, font({0xE001: 300, 0xE000: 200}), later)
            decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], later, CLERK)
            approve_all(session, TOWN, SYSTEM, later)
            make_release(session, again.blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
        (other,) = publish_pending(again, materials, TOWN, SYSTEM, later)
    assert (other.payload, other.tree) == (published.payload, published.tree)


def test_a_registry_can_refuse_to_migrate(database_url: str, tmp_path: Path):
    with pytest.raises(SchemaMismatch):
        Registry.open(tmp_path, database_url, migrating=False)
