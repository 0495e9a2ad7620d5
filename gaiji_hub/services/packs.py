"""配布パック: what lies on a channel, read from the signed manifests that publishing recorded."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.services.delivery import Publication, UnknownPublication, list_publications
from gaiji_hub.services.municipalities import locate


@dataclass(frozen=True)
class PublishedPack:
    """One pack on a channel. `data` are the manifest's bytes exactly as they lie there, `signed` what they say."""

    publication: Publication
    data: bytes
    signed: SignedManifest


def list_packs(
    session: Session, blobs: BlobStore, lg_code: str, system: str, offset: int, limit: int
) -> tuple[int, tuple[PublishedPack, ...]]:
    """How many packs the channel carries, and up to `limit` of them from `offset` on, by seq."""
    published = list_publications(session, lg_code, system)
    shown = published[offset : offset + limit]
    return len(published), tuple(_read(blobs, publication) for publication in shown)


def get_pack(session: Session, blobs: BlobStore, lg_code: str, system: str, seq: int) -> PublishedPack:
    """The pack under `seq`; `UnknownPublication` when the channel has none."""
    owner = locate(session, lg_code, system)
    published = {publication.seq: publication for publication in list_publications(session, lg_code, system)}
    if seq not in published:
        raise UnknownPublication(channel=channel_name(owner.lg_code, owner.name), seq=seq)
    return _read(blobs, published[seq])


def _read(blobs: BlobStore, publication: Publication) -> PublishedPack:
    data = blobs.get(publication.manifest)
    return PublishedPack(publication, data, SignedManifest.from_bytes(data))
