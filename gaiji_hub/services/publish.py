"""発行: releases not yet on their channel are built into packs, signed by both roles and published, in order.

The work is state: a release without publication row is due. Building and signing are deterministic and the
channel refuses a second, different pack under one seq, so a run killed at any point is finished by the next.
Both keys lie on the hub: everything signed here says ハブ証明.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from gaiji_hub.distribution.keys import ATTESTATION, HubKeys
from gaiji_hub.distribution.marks import Mark
from gaiji_hub.distribution.publisher import ChannelPublisher
from gaiji_hub.distribution.tree import expected_tree_hash
from gaiji_hub.errors import Conflict
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.actor import CONSOLE, Actor
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.pack import ROLES, AuditHead, PackManifest, SignedManifest
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import audit
from gaiji_hub.services.channels import hub_keys, open_channel
from gaiji_hub.services.characters import readings_of
from gaiji_hub.services.delivery import Publication, list_publications, next_place, record_publication
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import outlines_of
from gaiji_hub.services.municipalities import find_municipality
from gaiji_hub.services.release import ReleaseSummary, get_release, list_releases
from gaiji_hub.services.rights import rights_of
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.root import data_root
from gaiji_hub.workbench.pack import GlyphOrder, PackPayload, PackPlace, build_pack
from gaiji_hub.workbench.pack_readme import Derivation

# Licence texts a pack carries, below the data root: those of the tables and of the standard font.
_LICENCES = ("mappings/ATTRIBUTION.md", "mappings/LICENSES/*", "ivs/ATTRIBUTION.md", "ivs/LICENSES/*")
_FONT_LICENCE = "fonts/LICENSES/IPA.txt"


class ChannelAhead(Conflict):
    code = "channel_ahead"
    template = (
        "伝送路 {channel} には通番 {head} まで発行されていますが、データベースの記録は {recorded} までです。"
        "古いバックアップから戻したデータベースの可能性があるため、発行を止めました（gaiji-hub restore を参照）"
    )


@dataclass(frozen=True)
class PackMaterials:
    """What every pack is built from besides the release: tables, standard font, its record, licence texts."""

    tables: Tables
    standard: StandardFont
    derivation: Derivation
    licences: Mapping[str, bytes]

    @staticmethod
    def open(tables: Tables, font: Path, root: Path | None = None) -> PackMaterials:
        """Materials from a standard font file and the data folders below `root` (default: the installed ones)."""
        root = data_root() if root is None else root
        edition = load_manifest(root / "fonts").edition("standard")
        with font.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        derivation = Derivation(edition.title, edition.version, digest, edition.page)
        return PackMaterials(tables, StandardFont.open(font), derivation, read_licences(root))


@dataclass(frozen=True)
class _Due:
    """A release to publish next, everything read out of the database and the blobs; `audit` heads the town's trail."""

    release: Release
    place: PackPlace
    order: GlyphOrder | None
    outlines: Mapping[str, Outline]
    town: str
    previous: Release | None
    readings: Mapping[str, tuple[str, ...]]
    rights: Mapping[str, tuple[Rights, str]]
    audit: AuditHead | None


def read_licences(root: Path) -> dict[str, bytes]:
    """Licence texts by their path below `licences/` of a pack."""
    found = [path for pattern in (*_LICENCES, _FONT_LICENCE) for path in sorted(root.glob(pattern))]
    return {str(path.relative_to(root).as_posix()): path.read_bytes() for path in found}


def publish_pending(
    registry: Registry,
    materials: PackMaterials,
    lg_code: str,
    system: str,
    now: datetime.datetime,
    *,
    woff2: bool = False,
    guard: Callable[[Session], None] = lambda _: None,
    by: Actor = CONSOLE,
) -> tuple[Publication, ...]:
    """Publish every release of a business system that is not on its channel yet, oldest first.

    `now` dates the channel's metadata only; a pack's bytes depend on its release, the pack before it
    and what the town has said of rights and readings. `guard` is called in the transaction that records a publication
    and raises when it is not to be recorded (services.work).
    """
    keys = hub_keys(registry)
    channel = open_channel(registry, keys, channel_name(lg_code, system))
    done: list[Publication] = []
    while (due := _next_due(registry, channel, lg_code, system)) is not None:
        payload = _build(due, materials, woff2=woff2)
        signed = _publish(channel, keys, payload, due.audit, now)
        publication = _publication(registry, signed, payload)
        with registry.store.writing() as session:
            new = record_publication(session, lg_code, system, publication)
            guard(session)
            if new:
                audit.record(
                    session, by, now, lg_code, "publish", f"{system}/publication/{publication.seq}", _act(publication)
                )
        done.append(publication)
    return tuple(done)


def _act(publication: Publication) -> audit.Detail:
    return {"release": publication.release_number, "kind": publication.kind, "payload": publication.payload}


def _next_due(registry: Registry, channel: ChannelPublisher, lg_code: str, system: str) -> _Due | None:
    with registry.store.reading() as session:
        published = list_publications(session, lg_code, system)
        seq, previous = next_place(session, lg_code, system)
        numbers = {publication.release_number for publication in published}
        known = list_releases(session, lg_code, system)
        waiting = [summary for summary in known if summary.number not in numbers]
        reached = channel.mark() if waiting else None
        waiting = [summary for summary in waiting if _may_follow(reached, seq, summary)]
        if not waiting:
            return None
        release = get_release(session, registry.blobs, lg_code, system, waiting[0].number)
        last = published[-1] if published else None
        # None for the first, and after a restore that lost the one before: what changed since is not known then.
        before = next((summary.number for summary in known if summary.hash == release.previous), None)
        shapes = {row.shape for row in release.rows}
        return _Due(
            release=release,
            previous=get_release(session, registry.blobs, lg_code, system, before) if before else None,
            place=PackPlace(seq, previous, waiting[0].kind),
            order=GlyphOrder.from_bytes(registry.blobs.get(last.glyph_order)) if last else None,
            outlines=outlines_of(session, lg_code, system, shapes),
            town=find_municipality(session, lg_code).title,
            readings=readings_of(session, lg_code, {row.glyph for row in release.rows if row.glyph}),
            rights=rights_of(session, lg_code, shapes),
            audit=_audit_head(session, lg_code),
        )


def _audit_head(session: Session, lg_code: str) -> AuditHead | None:
    head = audit.head_of(session, lg_code)
    return AuditHead(head.seq, head.hash) if head.seq else None


def _may_follow(reached: Mark | None, seq: int, summary: ReleaseSummary) -> bool:
    """Not a release that was published under a seq which a restore lost: members hold a later one already."""
    if reached is None or seq <= reached.seq or summary.number > reached.release_number:
        return True
    return (summary.number, summary.hash) == (reached.release_number, reached.release_hash)


def _build(due: _Due, materials: PackMaterials, *, woff2: bool) -> PackPayload:
    return build_pack(
        due.release,
        due.outlines,
        materials.standard,
        materials.tables,
        due.place,
        materials.derivation,
        town=due.town,
        licences=materials.licences,
        order=due.order,
        woff2=woff2,
        previous_release=due.previous,
        readings=due.readings,
        rights=due.rights,
    )


def _publish(
    channel: ChannelPublisher,
    keys: HubKeys,
    payload: PackPayload,
    head: AuditHead | None,
    now: datetime.datetime,
) -> SignedManifest:
    """Put the pack on the channel; what an earlier, killed run already put there for this release is kept.

    That pack may have been built by another version of the tools, or a quicker run may have put it there with another
    head of the trail: the channel's bytes are the truth.
    """
    manifest = payload.manifest
    there = _on_channel(channel, manifest)
    if there is None:
        signed = SignedManifest(manifest, ATTESTATION, audit=head)
        signed = signed.with_signatures(*(keys.sign_release(manifest.release_hash, role) for role in ROLES))
        channel.publish(signed, payload.files, now)
        there = _on_channel(channel, manifest)
        assert there is not None  # it was just published
    return there


def _on_channel(channel: ChannelPublisher, manifest: PackManifest) -> SignedManifest | None:
    """What lies on the channel under this seq for this release; `ChannelAhead` when that is something else."""
    head = channel.head()
    if head < manifest.seq:
        return None
    wanted = (manifest.seq, manifest.release_hash, manifest.previous)
    for there in channel.manifests():
        if (there.manifest.seq, there.manifest.release_hash, there.manifest.previous) == wanted:
            return there
    raise ChannelAhead(channel=channel.channel, head=head, recorded=manifest.seq - 1)


def _publication(registry: Registry, signed: SignedManifest, payload: PackPayload) -> Publication:
    manifest = signed.manifest
    return Publication(
        channel=manifest.channel,
        seq=manifest.seq,
        kind=manifest.kind,
        release_number=manifest.release_number,
        payload=manifest.hash,
        manifest=registry.blobs.put(signed.to_bytes()),
        tree=expected_tree_hash(manifest),
        glyph_order=registry.blobs.put(payload.glyph_order.to_bytes()),
    )
