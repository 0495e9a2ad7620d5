"""配布パック: what is on a channel, and each signed manifest as its bytes lie there."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.pack import ATTESTATIONS
from gaiji_hub.services.packs import PublishedPack
from gaiji_hub.services.packs import get_pack as read_pack
from gaiji_hub.services.packs import list_packs as read_packs
from gaiji_hub.web.api.responses import READ_ERRORS
from gaiji_hub.web.api.schemas import LIMIT, PackFileOut, PackItem, PackList
from gaiji_hub.web.exact_bytes import exact_bytes
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/municipalities/{lg:str}/systems/{system:str}/packs"


def item(pack: PublishedPack) -> PackItem:
    manifest = pack.signed.manifest
    return PackItem(
        seq=manifest.seq,
        kind=manifest.kind,
        release=manifest.release_number,
        release_hash=manifest.release_hash,
        payload_hash=manifest.hash,
        manifest_hash=pack.publication.manifest,
        attestation=pack.signed.attestation,
        attestation_label=ATTESTATIONS[pack.signed.attestation],
        date=manifest.date.isoformat(),
        files=[PackFileOut(path=file.path, sha256=file.sha256, size=file.size) for file in manifest.files],
    )


@get(
    BASE,
    sync_to_thread=True,
    tags=["配布パック"],
    summary="配布パックの一覧",
    description="伝送路に載せた順（通番順）です。date は配布版の日付、limit は1,000まで。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_packs(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = 100,
) -> PackList:
    offset, limit = max(offset, 0), min(max(limit, 1), LIMIT)
    with site.reading(visitor) as session:
        total, found = read_packs(session, site.registry.blobs, lg, system, offset, limit)
    return PackList(total=total, offset=offset, limit=limit, items=[item(pack) for pack in found])


@get(
    BASE + "/{seq:int}",
    sync_to_thread=True,
    tags=["配布パック"],
    summary="配布パックの署名付き目録",
    description="伝送路にある manifest.json のバイト列そのものです。ETag はその SHA-256 です。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_pack(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    seq: FromPath[int],
) -> Response[bytes]:
    with site.reading(visitor) as session:
        pack = read_pack(session, site.registry.blobs, lg, system, seq)
    return exact_bytes(request, pack.data, "application/json")
