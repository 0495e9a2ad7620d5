"""信頼: what a member was enrolled with, and whether a signed manifest may follow what it holds. Bytes in, no I/O.

TUF says the bytes are the channel's and fresh (`updates`). These rules say the rest: two people signed the
release hash, nothing was left out or turned back, and the pack really contains the release that was signed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gaiji_hub.errors import BadInput, HubError, Refused
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.pack import (
    ATTESTATIONS,
    FORMAT,
    AuditHead,
    PackManifest,
    ReleaseSignature,
    SignedManifest,
    signed_bytes,
)
from gaiji_hub.moji.release import Release

TRUST_FORMAT = "gaiji-hub-trust/1"
RELEASE_PATH = "mapping/release.json"
MANIFEST_NAME = "manifest.json"
MAX_FILES = 10_000
MAX_FILE_SIZE = 256 << 20
MAX_PACK_SIZE = 1 << 30
MAX_RELEASE_SIZE = 64 << 20


class BadTrust(BadInput):
    code = "bad_trust"
    template = "信頼設定ファイルが正しくありません: {reason}"


class UnknownFormat(Refused):
    code = "unknown_format"
    template = "知らない形式の配布物です: {what}（受信側の更新が必要かもしれません）。導入していません"


class MissingSignature(Refused):
    code = "missing_signature"
    template = "通番 {seq}: {role}の署名がありません。導入していません"


class ForgedSignature(Refused):
    code = "forged_signature"
    template = "通番 {seq}: {role}の署名が配布版のハッシュと合いません。導入していません"


class SameKeyTwice(Refused):
    code = "same_key_in_both_roles"
    template = "通番 {seq}: 発行と承認が同じ鍵で署名されています。別の人の鍵が必要です。導入していません"


class AttestationDisagrees(Refused):
    code = "attestation_disagrees"
    template = "通番 {seq}: 証明の種類が登録と違います（配布物: {stated}、登録: {trusted}）。導入していません"


class WrongChannel(Refused):
    code = "wrong_channel"
    template = "別の伝送路の配布物です（届いたもの: {stated}、登録: {expected}）。導入していません"


class SequenceGap(Refused):
    code = "sequence_gap"
    template = "通番が続いていません（次は {expected}、届いたもの: {stated}）。導入していません"


class ChainBroken(Refused):
    code = "chain_broken"
    template = "通番 {seq}: 前の配布物のハッシュが、持っているものと合いません。導入していません"


class NumberTurnedBack(Refused):
    code = "number_turned_back"
    template = "通番 {seq}: 配布版の番号が戻っています（{held} → {stated}）。導入していません"


class ReleaseReplaced(Refused):
    code = "release_replaced"
    template = "通番 {seq}: 第{number}版の中身が、持っている第{number}版と違います。導入していません"


class ReleaseChainBroken(Refused):
    code = "release_chain_broken"
    template = "通番 {seq}: 第{stated}版が、持っている第{held}版の次の版ではありません。導入していません"


class ReleaseDisagrees(Refused):
    code = "release_disagrees"
    template = "通番 {seq}: 署名された配布版と中身が合いません（{reason}）。導入していません"


class UnsafePack(Refused):
    code = "unsafe_pack"
    template = "通番 {seq}: 配布パックの内容を受け入れられません（{reason}）。導入していません"


class AuditTurnedBack(Refused):
    code = "audit_turned_back"
    template = (
        "通番 {seq}: 監査証跡が巻き戻っています（持っている先頭: {held}、届いたもの: {stated}）。導入していません"
    )


@dataclass(frozen=True)
class Held:
    """The high-water mark: what is, or once was, installed. `NOTHING` before the first install.

    `release_hash` is "" in a mark that an agent before this rule wrote; the agent fills it in from what is in use.
    """

    seq: int
    number: int
    payload_hash: str
    release_hash: str = ""

    @staticmethod
    def of(manifest: PackManifest) -> Held:
        """The mark once `manifest` is installed."""
        return Held(manifest.seq, manifest.release_number, manifest.hash, manifest.release_hash)


NOTHING = Held(0, 0, "")


def keyid_of(public: bytes) -> str:
    """The id of a raw 32-byte Ed25519 public key: SHA-256 (hex). Computed, never taken from outside."""
    return hashlib.sha256(public).hexdigest()


@dataclass(frozen=True)
class Trust:
    """The first root metadata and the two disjoint lists of raw Ed25519 public keys."""

    root: bytes
    publishers: tuple[bytes, ...]
    approvers: tuple[bytes, ...]
    attestation: str

    def __post_init__(self) -> None:
        if self.attestation not in ATTESTATIONS:
            raise BadTrust(reason="証明の種類が不明です")
        if not self.publishers or not self.approvers:
            raise BadTrust(reason="発行者と承認者の鍵がそれぞれ必要です")
        if set(self.publishers) & set(self.approvers):
            raise BadTrust(reason="同じ鍵が発行者と承認者の両方にあります")
        if any(len(key) != 32 for key in (*self.publishers, *self.approvers)):
            raise BadTrust(reason="公開鍵の長さが違います")

    @property
    def label(self) -> str:
        """ハブ証明 or 二者承認, for screens."""
        return ATTESTATIONS[self.attestation]

    def to_bytes(self) -> bytes:
        """The trust file: canonical JSON, public keys in hex, the root metadata as text."""
        return canonical(
            {
                "format": TRUST_FORMAT,
                "attestation": self.attestation,
                "publishers": [key.hex() for key in self.publishers],
                "approvers": [key.hex() for key in self.approvers],
                "root": self.root.decode(),
            }
        )

    @staticmethod
    def from_bytes(data: bytes) -> Trust:
        """Raises `BadTrust` for anything `to_bytes` cannot have written."""
        try:
            loaded = json.loads(data)
            if loaded["format"] != TRUST_FORMAT:
                raise BadTrust(reason="形式名が違います")
            trust = Trust(
                root=loaded["root"].encode(),
                publishers=tuple(bytes.fromhex(key) for key in loaded["publishers"]),
                approvers=tuple(bytes.fromhex(key) for key in loaded["approvers"]),
                attestation=loaded["attestation"],
            )
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            raise BadTrust(reason=f"読み取れません（{type(error).__name__}）") from None
        if trust.to_bytes() != data:
            raise BadTrust(reason="正規形ではありません")
        return trust


def parse_manifest(data: bytes) -> SignedManifest:
    """The manifest of one publication; `UnknownFormat` for a later format, `BadManifest` for a broken one."""
    try:
        stated = json.loads(data)["payload"]["format"]
    except (KeyError, TypeError, ValueError, RecursionError):
        stated = None
    if stated != FORMAT:
        raise UnknownFormat(what="配布パックの目録")
    return SignedManifest.from_bytes(data)


def check_manifest(trust: Trust, channel: str, held: Held, signed: SignedManifest) -> Held:
    """The next high-water mark when `signed` may follow `held`; one `Refused` leaf per rule otherwise."""
    manifest = signed.manifest
    if manifest.channel != channel:
        raise WrongChannel(stated=manifest.channel, expected=channel)
    if manifest.seq != held.seq + 1:
        raise SequenceGap(expected=held.seq + 1, stated=manifest.seq)
    if manifest.previous != held.payload_hash:
        raise ChainBroken(seq=manifest.seq)
    if manifest.release_number < max(held.number, 1):
        raise NumberTurnedBack(seq=manifest.seq, held=held.number, stated=manifest.release_number)
    if manifest.release_number == held.number and held.release_hash not in ("", manifest.release_hash):
        raise ReleaseReplaced(seq=manifest.seq, number=held.number)
    check_signatures(trust, signed)
    check_contents(manifest)
    return Held.of(manifest)


def check_audit(held: AuditHead | None, signed: SignedManifest) -> AuditHead | None:
    """The audit head to hold once `signed` is installed; `AuditTurnedBack` when it is lower than `held`, another
    under the same number, or left out. A hub that never named one does not have to.
    """
    stated = signed.audit
    if held and (stated is None or stated.seq < held.seq or (stated.seq == held.seq and stated != held)):
        said = f"通番 {stated.seq}" if stated else "なし"
        raise AuditTurnedBack(seq=signed.manifest.seq, held=f"通番 {held.seq}", stated=said)
    return stated


def check_signatures(trust: Trust, signed: SignedManifest) -> None:
    """One valid signature of a publisher and one of an approver over the release hash, from different keys."""
    seq = signed.manifest.seq
    if signed.attestation != trust.attestation:
        raise AttestationDisagrees(seq=seq, stated=ATTESTATIONS[signed.attestation], trusted=trust.label)
    keyids = [signature.keyid for signature in signed.signatures]
    if len(set(keyids)) < len(keyids):
        raise SameKeyTwice(seq=seq)
    _check_role(trust.publishers, signed, "publisher", "発行者")
    _check_role(trust.approvers, signed, "approver", "承認者")


def _check_role(keys: Iterable[bytes], signed: SignedManifest, role: str, label: str) -> None:
    known = {keyid_of(key): key for key in keys}
    found = [one for one in signed.signatures if one.role == role and one.keyid in known]
    if not found:
        raise MissingSignature(seq=signed.manifest.seq, role=label)
    if not all(_valid(known[one.keyid], one, signed.manifest.release_hash) for one in found):
        raise ForgedSignature(seq=signed.manifest.seq, role=label)


def _valid(key: bytes, signature: ReleaseSignature, release_hash: str) -> bool:
    try:
        raw = bytes.fromhex(signature.signature)
        Ed25519PublicKey.from_public_bytes(key).verify(raw, signed_bytes(release_hash))
    except (InvalidSignature, ValueError):
        return False
    # One signature has one spelling, or a changed byte could pass.
    return raw.hex() == signature.signature


def check_contents(manifest: PackManifest) -> None:
    """Paths that may be written, sizes within the caps, and the signed release among the files."""
    sizes = [file.size for file in manifest.files]
    if len(sizes) > MAX_FILES or sum(sizes) > MAX_PACK_SIZE or any(not 0 <= s <= MAX_FILE_SIZE for s in sizes):
        raise UnsafePack(seq=manifest.seq, reason="ファイルの数または大きさが上限を超えています")
    paths = {file.path for file in manifest.files}
    for path in paths:
        if reason := _unsafe(path, paths):
            raise UnsafePack(seq=manifest.seq, reason=reason)
    release = next((file for file in manifest.files if file.path == RELEASE_PATH), None)
    if release is None or release.sha256 != manifest.release_hash or release.size > MAX_RELEASE_SIZE:
        raise ReleaseDisagrees(seq=manifest.seq, reason="配布版のファイルのハッシュが違います")


def _unsafe(path: str, paths: set[str]) -> str:
    """Why `path` cannot be installed as it stands on every system, or "" when it can."""
    parts = path.split("/")
    if any(not part or part[0] == "." or part[-1] in ". " for part in parts):
        return "使えないファイル名です"
    if any(ord(letter) < 32 or letter in '\\:*?"<>|\x7f' for letter in path) or len(path.encode()) > 200:
        return "ファイル名に使えない文字があるか、長すぎます"
    if path == MANIFEST_NAME or any("/".join(parts[:depth]) in paths for depth in range(1, len(parts))):
        return "ファイル名が重なっています"
    return ""


def check_release(held: Held, manifest: PackManifest, data: bytes) -> None:
    """The release file is canonical, its header says the same as the manifest, and it follows the release held.

    Releases are published in order and none is left out, so the one before a new number must be the one held.
    """
    try:
        release = Release.from_bytes(data)
    except HubError as error:
        raise ReleaseDisagrees(seq=manifest.seq, reason=f"配布版を読み取れません: {error.code}") from None
    stated: tuple[Any, ...] = (release.municipality, release.business_system, release.number, release.hash)
    expected = (manifest.municipality, manifest.business_system, manifest.release_number, manifest.release_hash)
    if stated != expected:
        raise ReleaseDisagrees(seq=manifest.seq, reason="団体・業務システム・番号・ハッシュのいずれかが違います")
    if held.release_hash and release.number > held.number and release.previous != held.release_hash:
        raise ReleaseChainBroken(seq=manifest.seq, held=held.number, stated=release.number)
