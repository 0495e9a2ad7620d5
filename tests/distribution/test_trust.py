"""The values both halves read: round trips, and the forms that are refused."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.distribution.index import BadChannelName, BadIndex, ChannelIndex, Restore, parse_channel_name
from gaiji_hub.distribution.state import Enrolment, State, StateDamaged
from gaiji_hub.distribution.tree import Drift, compare, tree_hash
from gaiji_hub.distribution.trust import (
    BadTrust,
    Held,
    NumberTurnedBack,
    ReleaseReplaced,
    SequenceGap,
    Trust,
    UnknownFormat,
    keyid_of,
)
from gaiji_hub.errors import BadInput, HubError
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.pack import AuditHead

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
        ChannelIndex.from_bytes(b'{"format":"gaiji-hub-channel/3"}')
    for data in (b"", b"[]", _index(1, payload="Z"), _index(1)):
        with pytest.raises(BadIndex):
            ChannelIndex.from_bytes(data)


A, B, C = "a" * 64, "b" * 64, "c" * 64
# 1 is there, 2–3 lost, 4 there: what a hub restored to 1 says once it published again.
RESTORED = ChannelIndex("990019-juki", (A,)).with_restore(Restore(3, 9, B, AuditHead(70, C)), B).with_next(C)


def test_an_index_that_states_a_restore() -> None:
    assert ChannelIndex.from_bytes(RESTORED.to_bytes()) == RESTORED
    assert RESTORED.payloads == (A, "", B, C)
    assert (RESTORED.lost, RESTORED.present(), RESTORED.head) == ({2, 3}, (1, 4), 4)
    assert [RESTORED.lost_up_to(seq) for seq in (1, 2, 3, 4)] == [(), (2,), (2, 3), ()]
    assert b"gaiji-hub-channel/2" in RESTORED.to_bytes(), "an agent that does not know it must say so"


@pytest.mark.parametrize(
    ("held", "carried"),
    [
        (Held(0, 0, ""), Held(0, 0, "")),
        (Held(1, 8, A, A), Held(3, 9, B, B)),
        (Held(2, 9, C, B), Held(3, 9, B, B)),
        (Held(3, 9, B, B), Held(3, 9, B, B)),
        (Held(3, 9, B), Held(3, 9, B, B)),
        (Held(4, 10, C, C), Held(4, 10, C, C)),
        (Held(1, 10, A, A), NumberTurnedBack),
        (Held(1, 9, A, A), ReleaseReplaced),
    ],
)
def test_what_the_next_publication_must_follow(held: Held, carried: Held | type[HubError]) -> None:
    if isinstance(carried, Held):
        assert RESTORED.carried(held) == carried
    else:
        with pytest.raises(carried):
            RESTORED.carried(held)


@pytest.mark.parametrize(
    ("seq", "held", "bound"), [(4, 70, None), (4, 69, None), (4, 71, 71), (3, 70, 70), (5, 70, 70), (4, None, None)]
)
def test_the_audit_head_that_a_restore_covers(seq: int, held: int | None, bound: int | None) -> None:
    head = AuditHead(held, C) if held else None
    assert RESTORED.carried_audit(seq, head) == (AuditHead(bound, C) if bound else None)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"lost":true', b'"lost":1'),
        (b'"lost":true', b'"lost":false'),
        (b'"after":3', b'"after":2'),
        (b'"after":3', b'"after":4'),
        (b'"after":3', b'"after":9'),
        (b'"after":3', b'"after":"3"'),
        (b'"number":9', b'"number":0'),
        (b'"number":9', b'"number":true'),
        (f'"lost":true,"seq":3,"sha256":"{B}"'.encode(), b'"lost":true,"seq":3,"sha256":""'),
        (f'"sha256":"{A}"'.encode(), b'"sha256":""'),
        (b"channel/2", b"channel/1"),
        (b'"seq":70', b'"seq":0'),
    ],
)
def test_a_restore_in_other_forms(old: bytes, new: bytes) -> None:
    data = RESTORED.to_bytes()
    assert data.count(old) >= 1
    with pytest.raises(BadInput):
        ChannelIndex.from_bytes(data.replace(old, new))


def test_two_restores_after_the_same_number_are_the_later_one() -> None:
    again = ChannelIndex("990019-juki", (A,)).with_restore(Restore(1, 1, A), A).with_restore(Restore(1, 2, B), A)
    assert again.restores == (Restore(1, 2, B),)
    with pytest.raises(BadIndex):
        ChannelIndex("990019-juki", (A,), restores=(Restore(1, 1, A), Restore(1, 2, B)))


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
