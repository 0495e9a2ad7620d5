"""封かん: bytes carried to one recipient, who alone can open them.

HPKE in base mode (RFC 9180: X25519, HKDF-SHA256, ChaCha20-Poly1305), one shot. It hides and protects the bytes on
the way; it does not say who sealed them. File: `MAGIC`, the recipient's key id (8 bytes), encapsulated key and
ciphertext; magic and key id are authenticated with it.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from gaiji_hub.errors import BadInput, Refused

MAGIC = b"gaiji-hub-sealed/1\n"
MAX_SEALED = 256 << 20
_ID_BYTES = 8
_PEM = serialization.Encoding.PEM


class BadSealKey(BadInput):
    code = "bad_seal_key"
    template = "{what}として読めません。gaiji-hub print-job keygen が作った {name} を指定してください"


class NotSealed(BadInput):
    code = "not_sealed"
    template = "封かんされたファイルではないか、途中で切れているか、大きすぎます"


class SealedForOther(Refused):
    code = "sealed_for_other"
    template = "この鍵では開けません: 宛先の鍵は {wanted}、指定された鍵は {given} です"


class SealBroken(Refused):
    code = "seal_broken"
    template = "封かんされたファイルが変更されているか壊れています。何も書かずに中止しました"


def make_keys() -> tuple[bytes, bytes]:
    """(private key, public key) as PEM; the private one is not encrypted: whoever has the file can open."""
    private = X25519PrivateKey.generate()
    plain = serialization.NoEncryption()
    public = private.public_key()
    return (
        private.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, plain),
        public.public_bytes(_PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
    )


def key_id(public_pem: bytes) -> str:
    """16 hex digits to compare by voice before anything is sealed; `BadSealKey` for anything but a public key."""
    return _id(_public(public_pem)).hex()


def seal(data: bytes, public_pem: bytes) -> bytes:
    """`data` for the holder of the private key; never the same bytes twice. Raises `BadSealKey`."""
    public = _public(public_pem)
    head = MAGIC + _id(public)
    return head + _suite().encrypt(data, public, info=head)


def unseal(sealed: bytes, private_pem: bytes) -> bytes:
    """What was sealed. Raises `BadSealKey`, `NotSealed`, `SealedForOther` or `SealBroken`."""
    private = _private(private_pem)
    size = len(MAGIC) + _ID_BYTES
    if not sealed.startswith(MAGIC) or not size + KEM.X25519.enc_length() < len(sealed) <= MAX_SEALED:
        raise NotSealed
    head = sealed[:size]
    given = _id(private.public_key())
    if head[len(MAGIC) :] != given:
        raise SealedForOther(wanted=head[len(MAGIC) :].hex(), given=given.hex())
    try:
        return _suite().decrypt(sealed[size:], private, info=head)
    except InvalidTag:
        raise SealBroken from None


def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def _id(public: X25519PublicKey) -> bytes:
    return hashlib.sha256(public.public_bytes_raw()).digest()[:_ID_BYTES]


def _public(pem: bytes) -> X25519PublicKey:
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PublicKey):
        raise BadSealKey(what="公開鍵", name="vendor.pub")
    return key


def _private(pem: bytes) -> X25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, X25519PrivateKey):
        raise BadSealKey(what="秘密鍵", name="vendor.key")
    return key
