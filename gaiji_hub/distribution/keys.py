"""ハブの鍵 (hub half): the four TUF roles and the two release roles, Ed25519, in one private folder.

All six lie on the hub, so everything they sign is ハブ証明, never two-person (ADR 0008). The first root is the
anchor a member is enrolled with; freshness belongs to the roots published with a channel, so the anchor itself
is dated in the past and can only introduce a newer one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata, Root

from gaiji_hub.distribution.trust import Trust, keyid_of
from gaiji_hub.errors import Unavailable
from gaiji_hub.files.durable import folder_lock, write_atomic
from gaiji_hub.moji.pack import ROLES, ReleaseSignature, signed_bytes

TUF_ROLES = ("root", "targets", "snapshot", "timestamp")
ATTESTATION = "hub"
ANCHOR = "1.root.json"
ROOT_LIFE = timedelta(days=365)
ROOT_RENEWAL = timedelta(days=90)

_ANCHOR_EXPIRES = datetime(1970, 1, 2, tzinfo=UTC)


class KeyMissing(Unavailable):
    code = "key_missing"
    template = "ハブの鍵 {role} がないか、読めません（鍵フォルダをバックアップから戻してください。作り直しはしません）"


@dataclass(frozen=True)
class HubKeys:
    """The opened key folder. `signers` by role; private parts never leave this object."""

    folder: Path
    signers: Mapping[str, CryptoSigner]

    @staticmethod
    def open(folder: Path) -> HubKeys:
        """The keys of `folder`; `KeyMissing` when any of them or the first root is gone. Nothing is made."""
        if not _root_path(folder, 1).exists():
            raise KeyMissing(role=ANCHOR)
        return HubKeys(folder, {role: _load(folder, role) for role in (*TUF_ROLES, *ROLES)})

    @staticmethod
    def open_or_create(folder: Path, channels: Path) -> HubKeys:
        """The keys of `folder` (0700, files 0600), made on first use: while nothing is published below `channels`.

        Members know the keys of a published channel, and new ones would lock every member out. So keys that are
        gone then are `KeyMissing`, never made anew.
        """
        if any(channels.glob("*/metadata/*")):
            return HubKeys.open(folder)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        with folder_lock(folder):
            if not _root_path(folder, 1).exists():
                _create(folder)
            return HubKeys.open(folder)

    def trust(self) -> bytes:
        """The trust file a member is enrolled with (`Trust.to_bytes`)."""
        return Trust(
            root=_root_path(self.folder, 1).read_bytes(),
            publishers=(_public(self.signers["publisher"]),),
            approvers=(_public(self.signers["approver"]),),
            attestation=ATTESTATION,
        ).to_bytes()

    def sign_release(self, release_hash: str, role: str) -> ReleaseSignature:
        """A detached signature of `role` (`publisher`, `approver`) over the release hash."""
        signer = self.signers[role]
        signature = signer.sign(signed_bytes(release_hash)).signature
        return ReleaseSignature(role, keyid_of(_public(signer)), signature)

    def roots(self, now: datetime) -> tuple[bytes, ...]:
        """The chain of root metadata from the anchor on; the last one holds for at least 90 days from `now`."""
        with folder_lock(self.folder):
            chain = list(self.stored_roots())
            newest = Metadata[Root].from_bytes(chain[-1]).signed
            if newest.is_expired(now + ROOT_RENEWAL):
                fresh = _root(self.signers, newest.version + 1, now + ROOT_LIFE)
                write_atomic(_root_path(self.folder, newest.version + 1), fresh)
                chain.append(fresh)
            return tuple(chain)

    def raise_roots(self, version: int, now: datetime) -> None:
        """Where members hold a root `version` that this folder lost, add roots until the newest is above it.

        The one under the lost number is another, so a member must be able to go on to the one after. None can be
        left out: the next one is asked for by number.
        """
        with folder_lock(self.folder):
            newest = len(self.stored_roots())
            if newest >= version:
                return
            for fresh in range(newest + 1, version + 2):
                write_atomic(_root_path(self.folder, fresh), _root(self.signers, fresh, now + ROOT_LIFE))

    def stored_roots(self) -> tuple[bytes, ...]:
        """The chain as it lies in the key folder, nothing renewed."""
        chain: list[bytes] = []
        while (path := _root_path(self.folder, len(chain) + 1)).exists():
            chain.append(path.read_bytes())
        return tuple(chain)


def _create(folder: Path) -> None:
    """Keys first, the anchor last: a kill in between leaves keys that the next run keeps."""
    for role in (*TUF_ROLES, *ROLES):
        if not _key_path(folder, role).exists():
            write_atomic(_key_path(folder, role), CryptoSigner.generate_ed25519().private_bytes)
    signers = {role: _load(folder, role) for role in TUF_ROLES}
    write_atomic(_root_path(folder, 1), _root(signers, 1, _ANCHOR_EXPIRES))


def _load(folder: Path, role: str) -> CryptoSigner:
    try:
        key = load_pem_private_key(_key_path(folder, role).read_bytes(), None)
    except (FileNotFoundError, ValueError):
        raise KeyMissing(role=role) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyMissing(role=role)
    return CryptoSigner(key)


def _root(signers: Mapping[str, CryptoSigner], version: int, expires: datetime) -> bytes:
    root = Root(version=version, expires=expires, consistent_snapshot=True)
    for role in TUF_ROLES:
        root.add_key(signers[role].public_key, role)
    metadata = Metadata(root)
    metadata.sign(signers["root"])
    return metadata.to_bytes()


def _public(signer: CryptoSigner) -> bytes:
    return bytes.fromhex(signer.public_key.keyval["public"])


def _key_path(folder: Path, role: str) -> Path:
    return folder / f"{role}.key"


def _root_path(folder: Path, version: int) -> Path:
    return folder / "root" / f"{version}.root.json"
