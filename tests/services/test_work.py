"""Leases: one holder at a time, tokens that only rise, a late holder refused, and what is due."""

from __future__ import annotations

import concurrent.futures
import datetime

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.services.audit import head_of
from gaiji_hub.services.delivery import register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.services.release import make_release
from gaiji_hub.services.work import Lease, LeaseLost, Place, backlog, check, claim, extend, places_with_members
from gaiji_hub.store.engine import Store
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, OTHER, SYSTEM, TOWN, font
from tests.services.people import ADMIN, OTHER_ADMIN

MINUTE = datetime.timedelta(minutes=1)
NAME = f"{TOWN}-{SYSTEM}"


def take(store: Store, holder: str, now: datetime.datetime = AT) -> Lease | None:
    with store.writing() as session:
        return claim(session, NAME, holder, now, MINUTE)


def test_a_lease_keeps_others_away_until_it_ends(store: Store):
    first = take(store, "a")
    assert first == Lease(NAME, "a", 1, AT + MINUTE)
    assert take(store, "b", AT + MINUTE / 2) is None
    assert take(store, "a", AT + MINUTE / 2) is None
    assert take(store, "b", AT + MINUTE) == Lease(NAME, "b", 2, AT + 2 * MINUTE)


def _register_and_check(store: Store, lease: Lease) -> None:
    with store.writing() as session:
        register_member(session, TOWN, SYSTEM, "madoguchi", "窓口端末", AT)
        check(session, lease)


def test_whoever_was_late_is_refused_and_nothing_of_that_transaction_stays(store: Store):
    late = take(store, "a")
    assert late is not None
    newer = take(store, "b", AT + MINUTE)
    assert newer is not None
    with pytest.raises(LeaseLost):
        _register_and_check(store, late)
    with store.writing() as session:
        assert places_with_members(session) == ()
        check(session, newer)
        with pytest.raises(LeaseLost):
            extend(session, late, AT + 9 * MINUTE)


def test_the_same_holder_that_comes_back_is_another_lease(store: Store):
    old = take(store, "a")
    new = take(store, "a", AT + MINUTE)
    assert old is not None
    assert new is not None
    with store.writing() as session:
        check(session, new)
        with pytest.raises(LeaseLost):
            check(session, old)


def test_a_lease_that_nobody_took_over_still_counts_after_its_end(store: Store):
    """Only the token decides: a slow clock or a slow build does no harm while nobody else began."""
    lease = take(store, "a")
    assert lease is not None
    with store.writing() as session:
        check(session, lease)
        assert extend(session, lease, AT + 5 * MINUTE).until == AT + 5 * MINUTE
    assert take(store, "b", AT + 4 * MINUTE) is None


def test_a_lease_given_back_is_free_at_once(store: Store):
    lease = take(store, "a")
    assert lease is not None
    with store.writing() as session:
        extend(session, lease, AT)
    assert take(store, "b") == Lease(NAME, "b", 2, AT + MINUTE)


def test_of_many_at_once_one_gets_each_lease(store: Store):
    """Threads with sessions of their own, 20 leases one after the other: every token once."""
    for turn in range(1, 21):
        now = AT + turn * MINUTE
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            got = [one for one in pool.map(lambda n, now=now: take(store, f"w{n}", now), range(8)) if one]
        assert [one.token for one in got] == [turn]


def test_a_release_is_due_until_it_is_published(store: Store, blobs: BlobStore, tables: Tables):
    with store.writing() as session:
        assert backlog(session) == ()
        for lg_code, by in ((TOWN, ADMIN), (OTHER, OTHER_ADMIN)):
            record_intake(session, lg_code, SYSTEM, font({0xE000: 200}), AT)
            make_release(session, blobs, tables, lg_code, SYSTEM, DATE, "初版", AT, by)
        record_intake(session, TOWN, SYSTEM, font({0xE000: 300}), AT)
        make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "訂正", AT, ADMIN)
    taken = take(store, "a")
    with store.reading() as session:
        due = [(one.place, one.releases, one.oldest, one.lease) for one in backlog(session)]
    assert due == [(Place(TOWN, SYSTEM), 2, 1, taken), (Place(OTHER, SYSTEM), 1, 1, None)]


def test_a_late_worker_records_no_publication(registry: Registry, materials: PackMaterials):
    late = take(registry.store, "a")
    assert late is not None
    take(registry.store, "b", AT + MINUTE)
    with pytest.raises(LeaseLost):
        publish_pending(registry, materials, TOWN, SYSTEM, AT, guard=lambda session: check(session, late))
    with registry.store.reading() as session:
        assert [one.place.channel for one in backlog(session)] == [NAME]
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT + MINUTE)
    assert published.seq == 1


def test_the_pack_names_the_head_of_the_towns_trail(registry: Registry, materials: PackMaterials):
    with registry.store.reading() as session:
        head = head_of(session, TOWN)
    (published,) = publish_pending(registry, materials, TOWN, SYSTEM, AT)
    named = SignedManifest.from_bytes(registry.blobs.get(published.manifest)).audit
    assert named is not None
    assert (named.seq, named.hash) == (head.seq, head.hash)
    assert head.seq > 0
