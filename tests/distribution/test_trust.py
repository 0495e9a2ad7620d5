"""The values both halves read: round trips, and the forms that are refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.distribution.index import BadChannelName, BadIndex, ChannelIndex, parse_channel_name
from gaiji_hub.distribution.state import Enrolment, State, StateDamaged
from gaiji_hub.distribution.tree import Drift, compare, tree_hash
from gaiji_hub.distribution.trust import BadTrust, Held, SequenceGap, Trust, UnknownFormat, keyid_of
from gaiji_hub.moji.canonical import canonical

KEYS = st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=6, unique=True)
KEY, OTHER = b"a" * 32, b"b" * 32
HASHES = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(KEYS, st.text(st.characters(blacklist_categories=["Cs"])))
def test_trust_round_trip(keys: list[bytes], root: str) -> None:
    trust = Trust(root.encode(), tuple(keys[:1]), tuple(keys[1:]), "hub")
    assert Trust.from_bytes(trust.to_bytes()) == trust
    assert trust.label == "ハブ証明"


def test_one_key_cannot_be_in_both_lists() -> None:
    with pytest.raises(BadTrust, match="両方"):
        Trust(b"{}", (b"a" * 32, b"b" * 32), (b"b" * 32,), "two_person")


@pytest.mark.parametrize(
    ("publishers", "approvers", "attestation"),
    [
        ((), (b"a" * 32,), "hub"),
        ((b"a" * 32,), (), "hub"),
        ((b"a",), (b"b" * 32,), "hub"),
        ((b"a" * 32,), (b"b" * 32,), "x"),
    ],
)
def test_trust_that_trusts_nobody(publishers, approvers, attestation) -> None:
    with pytest.raises(BadTrust):
        Trust(b"{}", publishers, approvers, attestation)


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"format":"gaiji-hub-trust/2"}', b"[" * 100_000])
def test_trust_from_anything_else(data: bytes) -> None:
    with pytest.raises(BadTrust):
        Trust.from_bytes(data)


def test_trust_in_another_spelling() -> None:
    data = Trust(b"{}", (b"\xaa" * 32,), (b"b" * 32,), "hub").to_bytes()
    with pytest.raises(BadTrust, match="正規形"):
        Trust.from_bytes(data.replace(b"aa" * 32, b"AA" * 32))


def test_key_ids_are_computed_from_the_key() -> None:
    assert keyid_of(b"k" * 32) == hashlib.sha256(b"k" * 32).hexdigest()


@given(st.lists(HASHES, max_size=5))
def test_index_round_trip(payloads: list[str]) -> None:
    index = ChannelIndex("990019-juki", tuple(payloads))
    assert ChannelIndex.from_bytes(index.to_bytes()) == index
    assert index.head == len(payloads)


def _index(*seqs: object, payload: str = "0" * 64) -> bytes:
    entries = [{"seq": seq, "manifest": "x", "sha256": payload} for seq in seqs]
    return canonical({"format": "gaiji-hub-channel/1", "channel": "990019-juki", "seqs": entries})


@pytest.mark.parametrize("seqs", [(2,), (1, 3), (1, 1), ("1",), (0, 1)])
def test_index_with_a_gap(seqs: tuple[object, ...]) -> None:
    with pytest.raises(SequenceGap):
        ChannelIndex.from_bytes(_index(*seqs))


def test_index_in_other_forms() -> None:
    with pytest.raises(UnknownFormat):
        ChannelIndex.from_bytes(b'{"format":"gaiji-hub-channel/2"}')
    for data in (b"", b"[]", _index(1, payload="Z"), _index(1)):
        with pytest.raises(BadIndex):
            ChannelIndex.from_bytes(data)


@pytest.mark.parametrize("name", ["", "131016", "131016juki", "131015-juki", "131016-", "131016-Juki", "131016-../x"])
def test_channel_names(name: str) -> None:
    assert parse_channel_name("131016-juki") == "131016-juki"
    with pytest.raises(BadChannelName):
        parse_channel_name(name)


@given(st.integers(0, 10**6), st.integers(0, 10**6), HASHES, HASHES, st.dictionaries(st.text(), st.text()))
def test_state_round_trip(seq: int, number: int, payload: str, release: str, metadata: dict[str, str]) -> None:
    metadata = {key: value for key, value in metadata.items() if (key + value).isprintable()}
    state = State(Held(seq, number, payload, release), metadata)
    assert State.from_bytes(state.to_bytes()) == state


def test_a_damaged_mark_is_not_a_lower_one() -> None:
    data = State(Held(7, 7, "a" * 64)).to_bytes()
    for bad in (data.replace(b'"seq":7', b'"seq":1'), data[:-20], b"", b"{}"):
        with pytest.raises(StateDamaged):
            State.from_bytes(bad)
    with pytest.raises(StateDamaged):
        Enrolment.from_bytes(b'{"format":"gaiji-hub-enrolment/1","member":1}')


def test_tree_hash_is_over_paths_and_hashes_in_order() -> None:
    lines = "a\0" + "1" * 64 + "\nb\0" + "2" * 64 + "\n"
    assert tree_hash({"b": "2" * 64, "a": "1" * 64}) == hashlib.sha256(lines.encode()).hexdigest()


def test_compare() -> None:
    assert compare({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"}) == Drift(("c",), ("a",), ("d",))
    assert not compare({"a": "1"}, {"a": "1"})
