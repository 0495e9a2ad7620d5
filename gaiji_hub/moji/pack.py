"""配布パック: the list of files a member installs for one release, and the two signatures over the release hash.

`PackManifest` is the unsigned, reproducible part. `SignedManifest` adds the detached signatures and says who
attests: `hub` (ハブ証明: both keys lie on the hub, never to be called two-person) or `two_person`.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.names import channel_name, parse_name

FORMAT = "gaiji-hub-pack/1"
STATEMENT = b"gaiji-hub-release-signature/1\n"
ROLES = ("publisher", "approver")
ATTESTATIONS = {"hub": "ハブ証明", "two_person": "二者承認"}
KINDS = ("release", "rollback", "withdrawal")

_HASH = re.compile(r"[0-9a-f]{64}")


class BadManifest(BadInput):
    code = "bad_manifest"
    template = "配布パックの目録が正しくありません: {reason}"


@dataclass(frozen=True)
class PackFile:
    """One file: relative POSIX path, SHA-256 (hex) and size in bytes before any compression."""

    path: str
    sha256: str
    size: int

    def __post_init__(self) -> None:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or str(path) != self.path or "\\" in self.path or ":" in self.path:
            raise BadManifest(reason="ファイルの場所が正しくありません")

    @staticmethod
    def of(path: str, data: bytes) -> PackFile:
        return PackFile(path, hashlib.sha256(data).hexdigest(), len(data))


@dataclass(frozen=True)
class PackManifest:
    """`seq` counts a channel's publications from 1 without gap; `previous` is the payload hash before, "" at 1."""

    municipality: str
    business_system: str
    seq: int
    previous: str
    kind: str
    release_number: int
    release_hash: str
    date: datetime.date
    tools: tuple[tuple[str, str], ...]
    files: tuple[PackFile, ...]

    def __post_init__(self) -> None:
        parse_lg_code(self.municipality)
        parse_name(self.business_system)
        paths = [file.path for file in self.files]
        if paths != sorted(set(paths)):
            raise BadManifest(reason="ファイルの並びが正しくないか、重複しています")
        if self.kind not in KINDS or self.seq < 1 or (self.seq == 1) != (self.previous == ""):
            raise BadManifest(reason=f"通番 {self.seq} と種別・前のハッシュが合いません")

    @property
    def channel(self) -> str:
        return channel_name(self.municipality, self.business_system)

    def to_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "municipality": self.municipality,
            "business_system": self.business_system,
            "seq": self.seq,
            "previous": self.previous,
            "kind": self.kind,
            "release": {"number": self.release_number, "hash": self.release_hash},
            "date": self.date.isoformat(),
            "tools": dict(self.tools),
            "files": {file.path: {"sha256": file.sha256, "size": file.size} for file in self.files},
        }

    def to_bytes(self) -> bytes:
        """The canonical bytes (sorted, compact JSON, final line feed)."""
        return canonical(self.to_json())

    @property
    def hash(self) -> str:
        """The payload hash: SHA-256 (hex) of the canonical bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @staticmethod
    def from_json(data: dict[str, Any]) -> PackManifest:
        try:
            if data["format"] != FORMAT:
                raise BadManifest(reason="形式名が違います")
            return PackManifest(
                municipality=data["municipality"],
                business_system=data["business_system"],
                seq=int(data["seq"]),
                previous=data["previous"],
                kind=data["kind"],
                release_number=int(data["release"]["number"]),
                release_hash=data["release"]["hash"],
                date=datetime.date.fromisoformat(data["date"]),
                tools=tuple(sorted(data["tools"].items())),
                files=tuple(PackFile(p, f["sha256"], int(f["size"])) for p, f in sorted(data["files"].items())),
            )
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadManifest(reason=f"読み取れません（{type(error).__name__}）") from None


@dataclass(frozen=True)
class ReleaseSignature:
    """A detached Ed25519 signature over `signed_bytes(release_hash)`; `signature` in hex."""

    role: str
    keyid: str
    signature: str


@dataclass(frozen=True)
class AuditHead:
    """監査証跡の先頭: the number and SHA-256 (hex) of the newest entry of the hub's audit trail."""

    seq: int
    hash: str

    def __post_init__(self) -> None:
        if (
            type(self.seq) is not int
            or self.seq < 1
            or not isinstance(self.hash, str)
            or not _HASH.fullmatch(self.hash)
        ):
            raise BadManifest(reason="監査証跡の先頭の書き方が違います")

    def to_json(self) -> dict[str, Any]:
        return {"seq": self.seq, "hash": self.hash}

    @staticmethod
    def from_json(data: dict[str, Any] | None) -> AuditHead | None:
        """The head, None for none; `KeyError`, `TypeError` or `BadManifest` for anything `to_json` does not write."""
        return None if data is None else AuditHead(**data)


@dataclass(frozen=True)
class SignedManifest:
    """`audit` is the trail's head at the publication: of the envelope, not of the payload, so a pack built again in
    another year has the same payload hash. Without one the envelope does not name it.
    """

    manifest: PackManifest
    attestation: str
    signatures: tuple[ReleaseSignature, ...] = ()
    audit: AuditHead | None = None

    def to_bytes(self) -> bytes:
        envelope = {
            "payload": self.manifest.to_json(),
            "attestation": self.attestation,
            "signatures": [vars(signature) for signature in self.signatures],
        }
        return canonical({**envelope, "audit": self.audit.to_json()} if self.audit else envelope)

    @staticmethod
    def from_bytes(data: bytes) -> SignedManifest:
        """Raises `BadManifest` for anything `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            signed = SignedManifest(
                manifest=PackManifest.from_json(loaded["payload"]),
                attestation=loaded["attestation"],
                signatures=tuple(ReleaseSignature(**signature) for signature in loaded["signatures"]),
                audit=AuditHead.from_json(loaded.get("audit")),
            )
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadManifest(reason=f"読み取れません（{type(error).__name__}）") from None
        if signed.attestation not in ATTESTATIONS or signed.to_bytes() != data:
            raise BadManifest(reason="正規形ではありません")
        return signed

    def with_signatures(self, *signatures: ReleaseSignature) -> SignedManifest:
        return replace(self, signatures=(*self.signatures, *signatures))


def signed_bytes(release_hash: str) -> bytes:
    """What both people sign: a domain prefix and the release hash in hex."""
    return STATEMENT + release_hash.encode("ascii") + b"\n"
