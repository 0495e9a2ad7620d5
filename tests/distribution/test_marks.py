"""The marks outside the database: they only rise, field by field, and a damaged one never reads as a lower one."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.distribution.marks import ROLES, BadMark, Mark, MarkDamaged, MarkForked, Marks
from gaiji_hub.moji.pack import AuditHead
from tests.distribution.killing import KILLED, run
from tests.distribution.world import CHANNEL

NUMBERS = st.integers(0, 9)


def hash_of(number: int) -> str:
    return f"{number:064x}" if number else ""


def made(seq: int, number: int, versions: tuple[int, ...] = (1, 1, 1, 1), audit: int = 0) -> Mark:
    head = AuditHead(audit, f"{audit:064x}") if audit else None
    return Mark(CHANNEL, seq, hash_of(seq), number, hash_of(number), tuple(zip(ROLES, versions, strict=True)), head)


MARKS = st.builds(made, NUMBERS, NUMBERS, st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS), NUMBERS)


def values(mark: Mark) -> tuple[int, ...]:
    audit = mark.audit.seq if mark.audit else 0
    return (mark.seq, mark.release_number, *(mark.version(role) for role in ROLES), audit)


@given(MARKS)
def test_round_trip(mark: Mark) -> None:
    assert Mark.from_bytes(mark.to_bytes()) == mark


@given(MARKS, MARKS)
def test_joining_takes_the_higher_of_every_field_with_its_hash(one: Mark, other: Mark) -> None:
    joined = one.joined(other)
    assert values(joined) == tuple(map(max, values(one), values(other)))
    assert (joined.payload_hash, joined.release_hash) == (hash_of(joined.seq), hash_of(joined.release_number))
    assert joined == other.joined(one)
    assert joined.joined(one) == joined


def test_a_mark_never_falls(tmp_path: Path) -> None:
    marks = Marks(tmp_path / "marks")
    assert marks.get(CHANNEL) is None
    assert marks.all() == ()
    high = made(7, 6, (2, 9, 9, 30), 100)
    assert marks.raise_to(high) == high
    assert marks.raise_to(made(5, 5, (2, 7, 7, 20), 90)) == high
    assert marks.raise_to(made(5, 8, (2, 7, 7, 31))) == made(7, 8, (2, 9, 9, 31), 100)
    assert marks.get(CHANNEL) == made(7, 8, (2, 9, 9, 31), 100)


def test_every_channel_has_its_own(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    other = replace(made(3, 3), channel="990019-zei")
    marks.raise_to(other)
    marks.raise_to(made(7, 7))
    assert marks.all() == (made(7, 7), other)
    with pytest.raises(BadMark, match="990019-zei"):
        made(7, 7).joined(other)


def test_another_payload_under_the_same_seq_is_a_fork(tmp_path: Path) -> None:
    """Two hubs publish to one channel: the machine thought lost is still running."""
    marks = Marks(tmp_path)
    marks.raise_to(made(7, 7))
    with pytest.raises(MarkForked, match="7"):
        marks.raise_to(replace(made(7, 9), payload_hash="f" * 64))
    assert marks.get(CHANNEL) == made(7, 7)


def test_a_damaged_mark_is_not_a_lower_one(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    marks.raise_to(made(7, 7))
    (path,) = tmp_path.glob("*.json")
    data = path.read_bytes()
    for bad in (data.replace(b'"seq":7', b'"seq":1'), data[:-20], b"", b"{}", b"[" * 100_000):
        path.write_bytes(bad)
        with pytest.raises(MarkDamaged):
            marks.get(CHANNEL)
        with pytest.raises(MarkDamaged):
            marks.raise_to(made(8, 8))
        assert path.read_bytes() == bad


def test_a_mark_under_another_channels_name_is_damage(tmp_path: Path) -> None:
    Marks(tmp_path).raise_to(made(7, 7))
    (path,) = tmp_path.glob("*.json")
    path.rename(tmp_path / "990019-zei.json")
    with pytest.raises(MarkDamaged):
        Marks(tmp_path).get("990019-zei")


@pytest.mark.parametrize(
    "change",
    [
        {"seq": -1},
        {"seq": "7"},
        {"seq": True},
        {"seq": 1 << 53},
        {"payload_hash": ""},
        {"payload_hash": "x"},
        {"release_hash": None},
        {"release_number": 0},
        {"versions": {"root": -1}},
        {"versions": []},
        {"versions": {"mirrors": 1}},
        {"audit": {"seq": 1}},
        {"audit": {"seq": 1, "hash": "x"}},
        {"channel": "juki"},
        {"channel": 1},
    ],
)
def test_a_status_that_is_none(change: dict[str, object]) -> None:
    status = {**made(7, 7).to_json(), **change}
    with pytest.raises(BadMark):
        Mark.from_agent_status(json.dumps(status).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b"[" * 100_000, b"\xff"])
def test_a_status_that_is_not_even_json(data: bytes) -> None:
    with pytest.raises(BadMark):
        Mark.from_agent_status(data)


def test_writers_at_the_same_time_leave_the_highest(tmp_path: Path) -> None:
    marks = Marks(tmp_path)
    threads = [threading.Thread(target=marks.raise_to, args=(made(n, n, (1, n, n, 40 - n)),)) for n in range(1, 25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks.get(CHANNEL) == made(24, 24, (1, 24, 24, 39))


def test_kill_after_every_change_leaves_the_old_or_the_new_mark(memory: Path) -> None:
    seen = []
    for fatal in range(1, 100):
        folder = memory / str(fatal)
        Marks(folder).raise_to(made(1, 1))
        ended = run(lambda f=folder: Marks(f).raise_to(made(2, 2)) and 0, fatal)
        mark = Marks(folder).get(CHANNEL)
        assert mark
        seen.append(mark.seq)
        assert Marks(folder).raise_to(made(2, 2)) == made(2, 2)
        if ended == 0:
            break
        assert ended == KILLED
    assert ended == 0
    assert seen == sorted(seen)
    assert set(seen) == {1, 2}
