import dataclasses
import datetime

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.moji.acknowledgement import Acknowledgement, BadAcknowledgement
from gaiji_hub.moji.pack import (
    AuditHead,
    BadManifest,
    PackFile,
    PackManifest,
    ReleaseSignature,
    SignedManifest,
    signed_bytes,
)

MANIFEST = PackManifest(
    municipality="131016",
    business_system="juki",
    seq=1,
    previous="",
    kind="release",
    release_number=1,
    release_hash="ab" * 32,
    date=datetime.date(2026, 4, 1),
    tools=(("gaiji-hub", "0.1.0"),),
    files=(PackFile.of("fonts/EUDC.TTE", b"font"), PackFile.of("mapping/release.json", b"{}")),
)
SIGNED = SignedManifest(
    MANIFEST, "hub", (ReleaseSignature("publisher", "k1", "00"), ReleaseSignature("approver", "k2", "01"))
)
ACK = Acknowledgement("131016-juki", "counter-1", 3, "ab", "cd", "ef", "2026-04-01T00:00:00Z", "0.1.0")


def test_round_trips():
    assert SignedManifest.from_bytes(SIGNED.to_bytes()) == SIGNED
    assert Acknowledgement.from_bytes(ACK.to_bytes()) == ACK


def test_the_audit_head_is_of_the_envelope_and_not_of_the_payload():
    audited = dataclasses.replace(SIGNED, audit=AuditHead(812, "ab" * 32))
    assert SignedManifest.from_bytes(audited.to_bytes()) == audited
    assert audited.manifest.hash == SIGNED.manifest.hash
    assert b"audit" not in SIGNED.to_bytes()


@pytest.mark.parametrize(
    "audit", ["null", "{}", "1", '{"hash":"' + "ab" * 32 + '","seq":0}', '{"hash":"AB","seq":1}', '{"seq":1}']
)
def test_an_audit_head_that_is_none_is_refused(audit):
    data = SIGNED.to_bytes().replace(b'"attestation":"hub"', b'"attestation":"hub","audit":' + audit.encode())
    with pytest.raises(BadManifest):
        SignedManifest.from_bytes(data)


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "C:x", "a\\b"])
def test_a_path_that_could_leave_the_pack_is_refused(path):
    with pytest.raises(BadManifest):
        PackFile(path, "00", 1)


@pytest.mark.parametrize(
    "change",
    [
        {"seq": 0},
        {"seq": 2},
        {"kind": "other"},
        {"files": MANIFEST.files[::-1]},
        {"files": MANIFEST.files[:1] * 2},
        {"municipality": "000002"},
    ],
)
def test_a_manifest_that_contradicts_itself_is_refused(change):
    with pytest.raises(HubError):
        dataclasses.replace(MANIFEST, **change)


def test_every_changed_byte_is_refused_or_changes_the_hash():
    whole = SIGNED.to_bytes()
    for at in range(len(whole)):
        changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
        try:
            assert SignedManifest.from_bytes(changed) != SIGNED
        except HubError:
            continue


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"payload":{},"attestation":"hub","signatures":[]}'])
def test_garbage_manifests_are_refused(data):
    with pytest.raises(BadManifest):
        SignedManifest.from_bytes(data)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", ACK.to_bytes().replace(b'"seq":3', b'"seq":"3"')])
def test_garbage_acknowledgements_are_refused(data):
    with pytest.raises(BadAcknowledgement):
        Acknowledgement.from_bytes(data)


def test_what_is_signed_names_its_purpose():
    assert signed_bytes("ab" * 32) == b"gaiji-hub-release-signature/1\n" + b"ab" * 32 + b"\n"
