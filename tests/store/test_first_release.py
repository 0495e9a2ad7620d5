"""A database of the first release with two towns in it: every row arrives, says whose it is, and the work goes on."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, MetaData, inspect, select, text
from sqlalchemy.exc import DBAPIError

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.decisions import current, history, pending
from gaiji_hub.services.delivery import members_state
from gaiji_hub.services.intake import shape_outline
from gaiji_hub.services.municipalities import list_business_systems
from gaiji_hub.services.release import diff, get_release, list_releases, make_release
from gaiji_hub.store import migrations
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import migrate, migrate_to, wanted_revision
from gaiji_hub.store.scope import EVERYTHING, Scope, tell_scope
from gaiji_hub.tables.lookup import Tables
from tests.databases import BACKENDS, Models
from tests.services.people import APPROVER, OTHER, TOWN, approve_all

FIRST = "0001"
AT = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
DATE = datetime.date(2026, 4, 1)
JUKI, ZEI, OTHERS = 1, 2, 3  # business systems; the third is the other town's
OWNER = {JUKI: TOWN, ZEI: TOWN, OTHERS: OTHER}
NAMES = {JUKI: "juki", ZEI: "zei", OTHERS: "juki"}
EDITIONS = '{"mj": "006.01"}'
HISTORY = ("shape", "intake", "gaiji_revision", "candidates", "identification", "release", "publication")


def outline(size: int) -> Outline:
    contour = ((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True))
    return Outline((contour,), 1024, 1024)


SHAPES = {size: outline(size) for size in (200, 210, 300, 400)}
# (business system, code, present shape, present)
GAIJI = (
    (JUKI, "F040", 210, True),
    (JUKI, "F041", 300, True),
    (JUKI, "F042", 400, False),
    (ZEI, "F040", 200, True),
    (OTHERS, "F040", 210, True),
)
# (gaiji, shape that was decided about, verdict, glyph): the second of the first gaiji supersedes, the third is about
# the changed shape, and so is the fourth, which supersedes again.
DECISIONS = (
    (1, 200, "exact", "MJ026190"),
    (1, 200, "similar", "MJ026191"),
    (1, 210, "none", None),
    (1, 210, "exact", "MJ026190"),
    (2, 300, "design_difference", "MJ026191"),
    (3, 400, "exact", "MJ026190"),
    (5, 210, "none", None),
)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "data" / "blobs")


@pytest.fixture(params=BACKENDS)
def engine(request: pytest.FixtureRequest, models: Models, tmp_path: Path) -> Iterator[Engine]:
    """A database as release 0.1 left it."""
    with models.model(request.param, "first release", first_release).copied(tmp_path) as url:
        opened = open_engine(url)
        yield opened
        opened.dispose()


def first_release(data: Path, url: str) -> None:
    opened = open_engine(url)
    with opened.begin() as connection:
        migrate_to(connection, FIRST)
    with opened.begin() as connection:
        fill(connection, BlobStore(data / "blobs"))
    opened.dispose()


def fill(connection: Connection, blobs: BlobStore) -> None:
    """Rows as release 0.1 wrote them, into its own tables; the database counts the ids, from 1."""
    known = MetaData()
    known.reflect(connection)

    def insert(table: str, *rows: dict[str, Any]) -> None:
        for row in rows:
            connection.execute(known.tables[table].insert().values(row))

    at = AT if connection.dialect.name == "postgresql" else AT.replace(tzinfo=None)
    for lg_code, title in ((TOWN, "架空市"), (OTHER, "架空町")):
        insert("municipality", {"lg_code": lg_code, "title": title, "registered_at": at})
    for id, lg_code in OWNER.items():
        system = {"lg_code": lg_code, "name": NAMES[id], "title": "業務", "code_system": "cp932"}
        insert("business_system", {**system, "registered_at": at})
        insert("intake", {"business_system_id": id, "font": "f" * 64, "family": "架空外字", "at": at})
    for shape in SHAPES.values():
        insert("shape", {"hash": shape.hash, "outline": shape.to_bytes()})
    for id, (system_id, code, size, present) in enumerate(GAIJI, 1):
        shape = {"shape": SHAPES[size].hash}
        insert("gaiji", {"business_system_id": system_id, "local_code": code, "present": present, **shape})
        insert("gaiji_revision", {"gaiji_id": id, "intake_id": system_id, "kind": "new", **shape})
        found = {"gallery": "a" * 64, "edition": "mj", "band": "review", "candidates": "[]", **shape}
        insert("candidates", {"business_system_id": system_id, **found})
    again = {"business_system_id": JUKI, "font": "e" * 64, "family": "架空外字", "at": at}
    insert("intake", again)
    for gaiji_id, size, kind in ((1, 210, "changed"), (3, 400, "gone")):
        revision = {"gaiji_id": gaiji_id, "intake_id": 4, "kind": kind, "shape": SHAPES[size].hash}
        insert("gaiji_revision", revision)
    insert("identification", *decisions(at))
    delivered(insert, blobs, at)


def decisions(at: datetime.datetime) -> Iterator[dict[str, Any]]:
    numbers: dict[int, int] = {}
    for gaiji_id, size, verdict, glyph in DECISIONS:
        system_id = GAIJI[gaiji_id - 1][0]
        numbers[system_id] = numbers.get(system_id, 0) + 1
        yield {
            "business_system_id": system_id,
            "number": numbers[system_id],
            "gaiji_id": gaiji_id,
            "shape": SHAPES[size].hash,
            "verdict": verdict,
            "glyph": glyph,
            "grounds": "一致",
            "decided_by": "架空 花子",
            "approval": "unapproved",
            "editions": EDITIONS,
            "gallery": "",
            "at": at,
        }


def delivered(insert: Any, blobs: BlobStore, at: datetime.datetime) -> None:
    """Two releases of the first town and one of the other, published; a member that holds the first."""
    made = [releases(TOWN, 1, ""), releases(OTHER, 1, "")]
    made.append(releases(TOWN, 2, made[0].hash))
    for id, (release, system_id) in enumerate(zip(made, (JUKI, OTHERS, JUKI), strict=True), 1):
        row = {"number": release.number, "hash": blobs.put(release.to_bytes()), "previous": release.previous}
        row |= {"date": DATE, "reason": release.reason, "row_count": len(release.rows), "rollback_of": None}
        insert("release", {"business_system_id": system_id, **row})
        channel = {"channel": f"{OWNER[system_id]}-juki", "seq": release.number, "kind": "release"}
        hashes = {"payload": f"{id}" * 64, "manifest": "b" * 64, "tree": "c" * 64, "glyph_order": "d" * 64}
        insert("publication", {"release_id": id, **channel, **hashes})
    insert(
        "member",
        {"business_system_id": JUKI, "name": "juki-a", "title": "端末", "registered_at": at},
        {"business_system_id": OTHERS, "name": "juki-a", "title": "端末", "registered_at": at},
    )
    notice = {"seq": 1, "payload": "1" * 64, "release_hash": made[0].hash, "tree": "c" * 64, "received_at": at}
    stamp = {"installed_at": "2026-04-01T00:00:00Z", "agent": "0.1.0"}
    insert("acknowledgement", {"member_id": 1, "hash": "9" * 64, **notice, **stamp})


def releases(lg_code: str, number: int, previous: str) -> Release:
    """A release as 0.1 wrote it: its rows say that nobody approved them."""
    row = ReleaseRow("F040", SHAPES[200].hash, None, Verdict.NONE, identification=0, note="未同定")
    rows = (row, replace(row, local_code="F041", identification=number))
    return Release(lg_code, "juki", "cp932", number, previous, DATE, (("mj", "006.01"),), rows, f"第{number}版")


def contents(engine: Engine, columns: dict[str, list[str]] | None = None) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table; with `columns` only those, in order to compare with what was there before."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            tell_scope(connection, EVERYTHING)
        known = MetaData()
        known.reflect(connection)
        found = {}
        for name, table in known.tables.items():
            if name == "alembic_version" or (columns is not None and name not in columns):
                continue
            wanted = [column for column in table.columns if columns is None or column.name in columns[name]]
            lines = (tuple(map(_plain, row)) for row in connection.execute(select(*wanted)))
            found[name] = sorted(lines, key=repr)
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def columns_of(engine: Engine) -> dict[str, list[str]]:
    found = inspect(engine)
    return {name: [column["name"] for column in found.get_columns(name)] for name in found.get_table_names()}


def test_every_row_is_kept_as_it_was(engine: Engine):
    columns, before = columns_of(engine), contents(engine)
    migrate(engine)
    assert contents(engine, columns) == before
    assert len(before["identification"]) == len(DECISIONS)


def test_every_row_says_whose_it_is(engine: Engine):
    migrate(engine)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            tell_scope(connection, EVERYTHING)

        def towns(query: str) -> list[str]:
            return list(connection.execute(text(query)).scalars())

        for table in ("intake", "gaiji", "candidates", "identification", "release", "member"):
            rows = connection.execute(text(f"SELECT business_system_id, lg_code FROM {table}")).all()
            assert rows
            assert all(OWNER[system_id] == lg_code for system_id, lg_code in rows), table
        assert towns("SELECT lg_code FROM gaiji_revision ORDER BY gaiji_id, id") == [TOWN] * 6 + [OTHER]
        assert towns("SELECT lg_code FROM publication ORDER BY id") == [TOWN, OTHER, TOWN]
        assert towns("SELECT lg_code FROM acknowledgement") == [TOWN]


def test_a_town_sees_its_own_rows_and_no_other(engine: Engine):
    migrate(engine)
    store = Store(engine)
    for lg_code, systems in ((TOWN, ["juki", "zei"]), (OTHER, ["juki"])):
        with store.reading(Scope.of(lg_code)) as session:
            assert [system.name for system in list_business_systems(session, lg_code)] == systems
            assert {one.local_code for one in pending(session, lg_code, "juki")} <= {"F040", "F041"}
    with store.reading(Scope.of(OTHER)) as session:
        assert [one.number for one in pending(session, OTHER, "juki")] == [1]
        assert shape_outline(session, OTHER, "juki", SHAPES[210].hash) == SHAPES[210]


def test_decisions_wait_for_approval(engine: Engine):
    """Nobody approved anything in 0.1: the newest about each present shape waits, and nothing is in force."""
    migrate(engine)
    with Store(engine).reading() as session:
        assert current(session, TOWN, "juki") == {}
        waiting = pending(session, TOWN, "juki")
        assert [(one.number, one.local_code, one.verdict.value) for one in waiting] == [
            (4, "F040", "exact"),
            (5, "F041", "design_difference"),
        ]
        assert {(one.decided_by, one.decided_by_id, one.ground.value) for one in waiting} == {("架空 花子", None, "")}
        assert [one.number for one in history(session, TOWN, "juki", "F040")] == [1, 2, 3, 4]
        assert [one.number for one in history(session, TOWN, "juki", "F042")] == [6]


def test_release_numbers_go_on_and_name_the_last_one(engine: Engine, blobs: BlobStore, tables: Tables):
    migrate(engine)
    store = Store(engine)
    with store.writing(Scope.of(TOWN)) as session:
        approve_all(session, TOWN, "juki", AT)
        made = make_release(session, blobs, tables, TOWN, "juki", DATE, "承認後", AT, APPROVER)
    with store.reading() as session:
        old = get_release(session, blobs, TOWN, "juki", 2)
        assert (made.number, made.previous) == (3, old.hash)
        assert [one.number for one in list_releases(session, TOWN, "juki")] == [1, 2, 3]
        assert [new.approval for _old, new in diff(session, blobs, TOWN, "juki", 2).changed] == ["approved"] * 2


def test_what_members_hold_is_known(engine: Engine):
    migrate(engine)
    with Store(engine).reading() as session:
        (mine,) = members_state(session, TOWN, "juki")
        (other,) = members_state(session, OTHER, "juki")
    assert (mine.seq, mine.published_seq, mine.tree) == (1, 2, "c" * 64)
    assert (other.seq, other.published_seq) == (0, 1)


def test_the_trail_begins_with_the_first_act(engine: Engine):
    migrate(engine)
    store = Store(engine)
    with store.writing() as session:
        assert [audit.head_of(session, lg_code).seq for lg_code in audit.chains(session)] == [0, 0, 0]
        assert [audit.verify(session, lg_code).problems for lg_code in audit.chains(session)] == [(), (), ()]
        approve_all(session, TOWN, "juki", AT)
    with store.reading() as session:
        found = audit.verify(session, TOWN)
        assert (found.head.seq, found.problems) == (2, ())


@pytest.mark.parametrize("table", HISTORY)
def test_history_is_guarded_again(engine: Engine, table: str):
    migrate(engine)
    for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET lg_code = lg_code"):
        if table == "shape" and "lg_code" in sql:
            sql = "UPDATE shape SET hash = hash"
        with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
            connection.execute(text(sql))


def test_a_row_without_a_town_is_refused(engine: Engine):
    migrate(engine)
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            tell_scope(connection, EVERYTHING)
        values = "(1, 'x', 'x', '2026-04-01 00:00:00')"
        nameless = text(f"INSERT INTO member (business_system_id, name, title, registered_at) VALUES {values}")
        with pytest.raises(DBAPIError, match=r"lg_code|needs its municipality"):
            connection.execute(nameless)


def test_step_by_step_leads_to_the_same_rows(engine: Engine):
    folder = Path(str(next(iter(migrations.__path__)))) / "versions"
    steps = sorted(path.stem[1:5] for path in folder.glob("r*.py"))
    assert (steps[0], steps[-1]) == (FIRST, wanted_revision())
    columns, before = columns_of(engine), contents(engine)
    for step in steps[1:]:
        with engine.begin() as connection:
            migrate_to(connection, step)
        assert contents(engine, columns) == before, step
    assert migrate(engine) == steps[-1]
