"""What is sealed opens for its recipient alone, and not at all once a byte was changed."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gaiji_hub.files.sealed import (
    MAGIC,
    BadSealKey,
    NotSealed,
    SealBroken,
    SealedForOther,
    key_id,
    make_keys,
    seal,
    unseal,
)

PRIVATE, PUBLIC = make_keys()
DATA = bytes(range(256)) * 300


def test_the_recipient_opens_what_was_sealed():
    sealed = seal(DATA, PUBLIC)
    assert unseal(sealed, PRIVATE) == DATA
    assert DATA[:64] not in sealed
    assert seal(DATA, PUBLIC) != sealed


def test_another_key_is_told_whose_it_is():
    other, other_public = make_keys()
    with pytest.raises(SealedForOther) as refused:
        unseal(seal(DATA, PUBLIC), other)
    assert refused.value.facts == {"wanted": key_id(PUBLIC), "given": key_id(other_public)}


@pytest.mark.parametrize("place", [len(MAGIC) + 8, len(MAGIC) + 39, len(MAGIC) + 60, -1])
def test_a_changed_byte_is_noticed(place: int):
    sealed = bytearray(seal(DATA, PUBLIC))
    sealed[place] ^= 1
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), PRIVATE)


def test_a_key_id_put_on_another_seal_does_not_open():
    other_private, other_public = make_keys()
    sealed = seal(DATA, PUBLIC)
    moved = MAGIC + bytes.fromhex(key_id(other_public)) + sealed[len(MAGIC) + 8 :]
    with pytest.raises(SealBroken):
        unseal(moved, other_private)


@pytest.mark.parametrize("sealed", [b"", MAGIC, MAGIC + bytes(20), b"PK\x03\x04" + bytes(200)])
def test_what_is_no_seal_is_told(sealed: bytes):
    with pytest.raises(NotSealed):
        unseal(sealed, PRIVATE)


def test_a_cut_seal_is_noticed():
    with pytest.raises(SealBroken):
        unseal(seal(DATA, PUBLIC)[:-1000], PRIVATE)


def test_keys_of_another_kind_are_refused():
    signing = Ed25519PrivateKey.generate()
    private = signing.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = signing.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for key in (public, PRIVATE, b"", b"-----BEGIN PUBLIC KEY-----\n"):
        with pytest.raises(BadSealKey):
            seal(DATA, key)
    for key in (private, PUBLIC, b""):
        with pytest.raises(BadSealKey):
            unseal(seal(DATA, PUBLIC), key)


def test_the_format_is_hpke_of_rfc_9180():
    """Another implementation's view of the layout: magic, key id, 32 bytes of encapsulated key, ciphertext and tag."""
    sealed = seal(b"", PUBLIC)
    assert len(sealed) == len(MAGIC) + 8 + 32 + 16
    X25519PrivateKey.generate().exchange(_public(sealed))


def _public(sealed: bytes):
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    return X25519PublicKey.from_public_bytes(sealed[len(MAGIC) + 8 :][:32])
