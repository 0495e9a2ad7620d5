"""The audit trail: one chain per town, appended under a lock; what is rewritten later is found."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from gaiji_hub.errors import Conflict
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import CONSOLE, HUB
from gaiji_hub.moji.pack import AuditHead, SignedManifest
from gaiji_hub.services import audit
from gaiji_hub.services.audit import Entry, Head
from gaiji_hub.services.delivery import Publication, record_publication
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.release import make_release
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.scope import EVERYTHING, Scope, tell_scope
from gaiji_hub.tables.lookup import Tables
from tests.moji.test_pack import MANIFEST
from tests.postgres import Cluster
from tests.services.conftest import AT, DATE, SYSTEM, font
from tests.services.people import APPROVER, CLERK, OPERATOR, OTHER, TOWN, enrolled

THREADS = 12


def act(store: Store, count: int = 1, lg_code: str = TOWN, subject: str = "juki/F040") -> None:
    for number in range(count):
        with store.writing() as session:
            audit.record(session, CLERK, AT, lg_code, "decide", subject, {"identification": number})


def entries(store: Store, lg_code: str = TOWN) -> list[Entry]:
    """The chain from its beginning."""
    with store.reading() as session:
        return list(reversed(audit.list_entries(session, lg_code, 0, 10_000)[1]))


def verified(store: Store, held: Head | None = None, lg_code: str = TOWN) -> tuple[str, ...]:
    with store.reading() as session:
        return audit.verify(session, lg_code, [held] if held else ()).problems


def test_every_entry_names_the_one_before(store: Store):
    act(store, 3)
    found = entries(store)
    assert [entry.seq for entry in found] == list(range(1, len(found) + 1))
    assert [entry.previous for entry in found] == ["", *(entry.hash for entry in found[:-1])]
    assert all(entry.hash == entry.computed_hash() for entry in found)
    with store.reading() as session:
        assert audit.head_of(session, TOWN) == Head(found[-1].seq, found[-1].hash)
    assert verified(store) == ()


def test_an_entry_says_who_when_what_about_what(store: Store):
    act(store)
    entry = entries(store)[-1]
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("person", CLERK.id, "架空 花子")
    assert (entry.at, entry.action, entry.subject) == (AT, "decide", "juki/F040")
    assert json.loads(entry.detail) == {"identification": 0}


def test_every_part_of_an_entry_is_under_the_hash(store: Store):
    act(store)
    entry = entries(store)[-1]
    changes: dict[str, object] = {
        "lg_code": OTHER,
        "seq": 99,
        "at": AT + datetime.timedelta(microseconds=1),
        "actor_kind": "console",
        "actor_id": 99,
        "actor_name": "別人",
        "action": "approved",
        "subject": "juki/F041",
        "detail": "{}",
        "previous": "0" * 64,
    }
    assert set(changes) == set(Entry.__dataclass_fields__) - {"hash"}
    for field, value in changes.items():
        assert replace(entry, **{field: value}).computed_hash() != entry.hash, field  # type: ignore[arg-type]


def test_chains_of_towns_and_of_the_hub_stand_alone(store: Store):
    before = {lg_code: len(entries(store, lg_code)) for lg_code in (TOWN, OTHER, HUB)}
    act(store, 2, OTHER)
    with store.writing() as session:
        audit.record(session, OPERATOR, AT, HUB, "register_person", "person/x", {})
    after = {lg_code: len(entries(store, lg_code)) for lg_code in (TOWN, OTHER, HUB)}
    assert after == {TOWN: before[TOWN], OTHER: before[OTHER] + 2, HUB: before[HUB] + 1}
    with store.reading() as session:
        assert audit.chains(session) == (HUB, TOWN, OTHER)
    with store.reading(Scope.of(OTHER)) as session:
        assert audit.chains(session) == (OTHER,), "the hub's is for a session of everything"
        assert audit.list_entries(session, TOWN, 0, 10) == (0, ())
        assert audit.head_of(session, TOWN) == Head(0, "")


def test_an_act_that_fails_leaves_no_entry(store: Store):
    def fail() -> None:
        with store.writing() as session:
            audit.record(session, CLERK, AT, TOWN, "decide", "juki/F040", {})
            raise Conflict(reason="その後の失敗")

    before = entries(store)
    with pytest.raises(Conflict):
        fail()
    assert entries(store) == before


def test_several_acts_keep_their_order(store: Store):
    with store.writing() as session:
        audit.record_all(session, APPROVER, AT, TOWN, [("approved", f"juki/F0{n}", {}) for n in range(40, 60)])
        audit.record_all(session, APPROVER, AT, TOWN, [])
    assert [entry.subject for entry in entries(store)[-20:]] == [f"juki/F0{n}" for n in range(40, 60)]
    assert verified(store) == ()


def test_entries_are_shown_newest_first_and_narrowed_by_the_beginning_of_the_subject(store: Store):
    for subject in ("juki/F040", "juki/F041", "zei/F040", "juki%F040"):
        act(store, subject=subject)
    with store.reading() as session:
        total, found = audit.list_entries(session, TOWN, 1, 1, "juki/")
        assert (total, [entry.subject for entry in found]) == (2, ["juki/F040"])
        assert audit.list_entries(session, TOWN, 0, 10, "juki%")[0] == 1, "a sign of the pattern is only a sign"


def test_threads_append_without_gap_or_double_to_two_chains(store: Store):
    before = {lg_code: len(entries(store, lg_code)) for lg_code in (TOWN, OTHER)}
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda n: act(store, 5, (TOWN, OTHER)[n % 2]), range(THREADS)))
    for lg_code in (TOWN, OTHER):
        found = entries(store, lg_code)
        assert len(found) == before[lg_code] + THREADS // 2 * 5
        assert [entry.seq for entry in found] == list(range(1, len(found) + 1))
        assert verified(store, lg_code=lg_code) == ()


def test_the_export_can_be_recomputed_without_the_database(store: Store):
    act(store, 3)
    with store.reading() as session:
        lines = [json.loads(line) for line in audit.export(session, TOWN)]
    previous = ""
    for line in lines:
        assert line["previous"] == previous
        at = datetime.datetime.fromisoformat(line.pop("at"))
        assert line.pop("format") == audit.FORMAT
        assert Entry(at=at, **line).computed_hash() == line["hash"]
        previous = line["hash"]
    assert len(lines) == len(entries(store))


def _set(assignment: str) -> Callable[[Connection], object]:
    return lambda connection: connection.execute(text(f"UPDATE audit SET {assignment} WHERE lg_code = :t"), {"t": TOWN})


TAMPERING: dict[str, tuple[Callable[[Connection], object], str]] = {
    "another name": (_set("actor_name = '別人'"), "記録の内容とハッシュが合いません"),
    "another moment": (_set("at = '2026-04-02 09:00:00+00'"), "記録の内容とハッシュが合いません"),
    "another hash": (_set("hash = 'f'"), "記録の内容とハッシュが合いません"),
    "cut out": (
        lambda connection: connection.execute(text("DELETE FROM audit WHERE seq = 2 AND lg_code = :t"), {"t": TOWN}),
        "通番 2 がありません",
    ),
    "the last cut off": (
        lambda connection: connection.execute(
            text("DELETE FROM audit WHERE lg_code = :t AND seq = (SELECT max(seq) FROM audit WHERE lg_code = :t)"),
            {"t": TOWN},
        ),
        "先頭の記録",
    ),
    "another head": (
        lambda connection: connection.execute(text("UPDATE audit_head SET hash = 'f' WHERE lg_code = :t"), {"t": TOWN}),
        "先頭の記録",
    ),
}


@pytest.fixture
def superuser(store: Store) -> Callable[[Callable[[Connection], object]], None]:
    """What somebody can do who has the database itself in hands: no trigger and no policy stands in the way."""

    def run(change: Callable[[Connection], object]) -> None:
        url = store.engine.url.render_as_string(hide_password=False)
        postgresql = store.engine.dialect.name == "postgresql"
        engine = open_engine(Cluster.as_superuser(url) if postgresql else url)
        with engine.begin() as connection:
            if postgresql:
                connection.execute(text("SET session_replication_role = replica"))
                tell_scope(connection, EVERYTHING)
            else:
                connection.execute(text("DROP TRIGGER audit_no_update"))
                connection.execute(text("DROP TRIGGER audit_no_delete"))
            change(connection)
        engine.dispose()

    return run


@pytest.mark.parametrize("kind", TAMPERING)
def test_what_is_rewritten_in_the_database_is_found(
    store: Store, superuser: Callable[[Callable[[Connection], object]], None], kind: str
):
    act(store, 3)
    act(store, 3, OTHER)
    change, problem = TAMPERING[kind]
    superuser(change)
    assert any(problem in found for found in verified(store)), verified(store)
    assert verified(store, lg_code=OTHER) == (), "the other town's chain is whole"


def test_a_chain_rewritten_from_an_entry_on_contradicts_the_head_that_was_published(
    store: Store, superuser: Callable[[Callable[[Connection], object]], None]
):
    """Whoever recomputes every hash after a change is found by what members hold, and by nothing else."""
    act(store, 2)
    held = Head(entries(store)[-1].seq, entries(store)[-1].hash)
    act(store, 2)
    chain = entries(store)

    def rewrite(connection: Connection) -> None:
        previous = chain[1].previous
        for entry in chain[1:]:
            new = replace(entry, previous=previous, actor_name="別人" if entry.seq == 2 else entry.actor_name)
            previous = new.computed_hash()
            values = {"t": TOWN, "s": entry.seq, "p": new.previous, "h": previous, "n": new.actor_name}
            connection.execute(
                text("UPDATE audit SET previous = :p, hash = :h, actor_name = :n WHERE lg_code = :t AND seq = :s"),
                values,
            )
        connection.execute(text("UPDATE audit_head SET hash = :h WHERE lg_code = :t"), {"t": TOWN, "h": previous})

    superuser(rewrite)
    assert verified(store) == ()
    assert verified(store, held) == (f"通番 {held.seq}: 配布で公表したハッシュと違います",)


def published(store: Store, blobs: BlobStore, tables: Tables, number: int, *, readable: bool = True) -> Head:
    """Publish release `number` of the town; the head that its manifest carries."""
    with store.writing() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200 + number}), AT)
        made = make_release(session, blobs, tables, TOWN, SYSTEM, DATE, "版", AT, APPROVER)
        head = audit.head_of(session, TOWN)
        signed = SignedManifest(replace(MANIFEST, municipality=TOWN), "hub", audit=AuditHead(head.seq, head.hash))
        manifest = blobs.put(signed.to_bytes()) if readable else "f" * 64
        channel = f"{TOWN}-{SYSTEM}"
        entry = Publication(channel, number, "release", made.number, f"{number:064d}", manifest, "c" * 64, "d" * 64)
        record_publication(session, TOWN, SYSTEM, entry)
    act(store)
    return head


def checked(store: Store, blobs: BlobStore, lg_code: str = TOWN) -> audit.Verified:
    with store.reading() as session:
        return audit.verify_published(session, blobs, lg_code)


def wipe(connection: Connection) -> None:
    for table in ("audit", "audit_head"):
        connection.execute(text(f"DELETE FROM {table} WHERE lg_code = :t"), {"t": TOWN})


def cut(connection: Connection) -> None:
    """The tail goes and the head is set to what is left: a chain that holds by itself."""
    connection.execute(text("DELETE FROM audit WHERE lg_code = :t AND seq > 2"), {"t": TOWN})
    connection.execute(
        text(
            "UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE lg_code = :t AND seq = 2)"
            " WHERE lg_code = :t"
        ),
        {"t": TOWN},
    )


@pytest.mark.parametrize("change", [wipe, cut])
def test_what_the_hub_itself_published_contradicts_a_chain_that_was_wiped_or_cut(
    store: Store,
    blobs: BlobStore,
    tables: Tables,
    superuser: Callable[[Callable[[Connection], object]], None],
    change: Callable[[Connection], None],
):
    published(store, blobs, tables, 1)
    head = published(store, blobs, tables, 2)
    whole = checked(store, blobs)
    assert (whole.problems, whole.published) == ((), head.seq)
    superuser(change)
    assert f"配布で公表した通番 {head.seq} が記録にありません" in "".join(checked(store, blobs).problems)
    with store.reading() as session:
        assert TOWN in audit.chains(session), "a town without a chain is still asked"


def test_a_manifest_that_cannot_be_read_is_a_problem_and_not_a_silence(store: Store, blobs: BlobStore, tables: Tables):
    published(store, blobs, tables, 1, readable=False)
    assert checked(store, blobs).problems == (
        f"配布の控え（{TOWN}-{SYSTEM} 通番 1）を読めず、公表したハッシュと比べられません",
    )


def test_a_town_with_people_or_approvals_and_no_entry_was_wiped(
    store: Store, blobs: BlobStore, superuser: Callable[[Callable[[Connection], object]], None]
):
    superuser(wipe)
    assert checked(store, blobs).problems == (), "nothing was done here that leaves an entry: a town of version 0.1"
    with store.writing() as session:
        enrolled(session, CLERK, AT)
    assert checked(store, blobs).problems == ("記録が1件もありませんが、人・トークン・承認・配布などの跡があります",)
    assert checked(store, blobs, OTHER).problems == ()


def test_a_chain_that_was_shortened_contradicts_the_head_that_was_published(store: Store):
    act(store, 2)
    held = Head(99, "f" * 64)
    assert any("公表した通番 99 が記録にありません" in problem for problem in verified(store, held))


def test_a_head_that_was_published_lies_on_the_chain(store: Store):
    act(store, 2)
    with store.reading() as session:
        held = audit.head_of(session, TOWN)
    act(store, 2)
    assert verified(store, held) == ()


def test_an_empty_chain_holds(store: Store):
    assert verified(store, lg_code="999999") == ()
    with store.reading() as session:
        assert list(audit.export(session, "999999")) == []


def test_registering_a_town_is_the_first_entry_of_its_chain(store: Store):
    first = entries(store)[0]
    assert (first.action, first.actor_kind, first.actor_name) == ("register_municipality", "console", CONSOLE.name)
