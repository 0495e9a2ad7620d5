"""A restore brings back exactly what was dumped, or nothing; the archive is not believed."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from gaiji_hub.files.strict_tar import BadBackup
from gaiji_hub.services.backup import FORMAT, SECTIONS
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import list_municipalities, locate, register_municipality
from gaiji_hub.services.recovery import Evidence
from gaiji_hub.services.restore import NotEmpty
from gaiji_hub.store.dump import dump_table, tables
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import SchemaTooNew, found_revision, migrate_to, wanted_revision
from gaiji_hub.store.scope import Scope
from tests.databases import BACKENDS
from tests.postgres import Cluster
from tests.services.conftest import AT, OTHER, SYSTEM, TOWN
from tests.services.restoring import CHANNEL, Empty, archive_of, backup, members

ACCEPT = Evidence(accept_unknown=True)
Files = dict[str, bytes]


@pytest.fixture
def empty(new_url: str, tmp_path: Path) -> Empty:
    return Empty(tmp_path / "new", new_url)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small hub's backup: two towns, a key, a channel's file and two blobs."""
    folder = tmp_path_factory.mktemp("small")
    with Registry.open(folder, f"sqlite:///{folder / 'hub.db'}") as registry:
        with registry.store.writing() as session:
            register_municipality(session, TOWN, "架空市", AT)
            register_municipality(session, OTHER, "架空町", AT)
        registry.blobs.put(b"one")
        registry.blobs.put(b"two")
        for path in (registry.keys / "root.key", registry.channels / CHANNEL / "acks" / "000001-a.json"):
            path.parent.mkdir(parents=True)
            path.write_bytes(b"bytes")
        return backup(registry)[0]


def with_head(files: Files, **changes: object) -> Files:
    return {**files, "BACKUP.json": json.dumps({**json.loads(files["BACKUP.json"]), **changes}).encode()}


def table(files: Files, name: str) -> str:
    return next(path for path in files if path.startswith("database/") and f"-{name}/" in path)


def changed_row(files: Files, **changes: object) -> Files:
    path = table(files, "municipality")
    first, *rest = files[path].splitlines(keepends=True)
    return {**files, path: json.dumps({**json.loads(first), **changes}).encode() + b"\n" + b"".join(rest)}


def renamed(files: Files, old: str, new: str) -> Files:
    return {(new if path == old else path): data for path, data in files.items()}


def inserted(files: Files, path: str, data: bytes = b"x") -> Files:
    """One more member, where it stands by its name."""
    return dict(sorted({**files, path: data}.items(), key=lambda item: (SECTIONS.index(item[0].split("/")[0]), item)))


def stray_system(files: Files) -> Files:
    """A business system of a municipality that is not there."""
    counts = json.loads(files["BACKUP.json"])["tables"]
    place = [name for name, _ in counts].index("business_system") + 1
    row = {
        "id": 1,
        "lg_code": "999999",
        "name": SYSTEM,
        "title": "",
        "code_system": "cp932",
        "registered_at": {"instant": "2026-04-01T09:00:00.000000+00:00"},
        "policy": "local",
        "policy_edition": "",
        "policy_until": None,
        "space_rule": "keep",
    }
    counts[place - 1][1] = 1
    data = json.dumps(row).encode() + b"\n"
    return inserted(with_head(files, tables=counts), f"database/{place:03d}-business_system/000001.jsonl", data)


BLOB = "blobs/zz/" + "0" * 62
HOSTILE: dict[str, Callable[[Files], Files]] = {
    "another format": lambda f: with_head(f, format="gaiji-hub-backup/9"),
    "no head": lambda f: {path: data for path, data in f.items() if path != "BACKUP.json"},
    "nothing": lambda f: {},
    "head is no json": lambda f: {**f, "BACKUP.json": b"["},
    "head is deep": lambda f: {**f, "BACKUP.json": b"[" * 100_000},
    "head without tables": lambda f: with_head(f, tables=None),
    "a table twice": lambda f: with_head(f, tables=[*json.loads(f["BACKUP.json"])["tables"], ["gaiji", 0]]),
    "a table of another name": lambda f: with_head(f, tables=[["x; drop table gaiji", 0]]),
    "a table too few": lambda f: with_head(f, tables=json.loads(f["BACKUP.json"])["tables"][:-1]),
    "more rows than said": lambda f: with_head(
        f, tables=[[name, count and 1] for name, count in json.loads(f["BACKUP.json"])["tables"]]
    ),
    "a file of no table": lambda f: renamed(f, table(f, "municipality"), "database/999-municipality/000001.jsonl"),
    "a file of another table": lambda f: renamed(
        f, table(f, "municipality"), table(f, "municipality").replace("municipality", "vendor")
    ),
    "rows that are no json": lambda f: {**f, table(f, "municipality"): b"{\n"},
    "rows that are lists": lambda f: {**f, table(f, "municipality"): b"[]\n[]\n"},
    "a column too many": lambda f: changed_row(f, more=1),
    "a value of no kind": lambda f: changed_row(f, registered_at={"pickle": "x"}),
    "a broken instant": lambda f: changed_row(f, registered_at={"instant": "yesterday"}),
    "an instant without zone": lambda f: changed_row(f, registered_at={"instant": "2026-04-01T00:00:00"}),
    "a value of another type": lambda f: changed_row(f, registered_at=5),
    "a value that is missing": lambda f: changed_row(f, title=None),
    "a key twice": lambda f: changed_row(f, lg_code=OTHER),
    "rows out of order": lambda f: changed_row(f, lg_code="999999"),
    "a row that refers to nothing": stray_system,
    "a blob of another content": lambda f: {**f, next(path for path in f if path.startswith("blobs/")): b"three"},
    "a blob of no hash": lambda f: inserted(f, BLOB),
    "a file beside the channels": lambda f: inserted(f, "channels/zzz"),
    "a channel of no town": lambda f: inserted(f, "channels/999999-zz/metadata/x.json"),
    "a key of another name": lambda f: inserted(f, "keys/z.sh"),
    "keys that were left out": lambda f: with_head(f, keys=False),
    "a mark that is none": lambda f: inserted(f, f"marks/{CHANNEL}.json"),
    "a mark of no channel": lambda f: inserted(f, "marks/x"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_leaves_nothing_behind(archive: bytes, empty: Empty, name: str):
    with pytest.raises(BadBackup):
        empty.restore(archive_of(HOSTILE[name](members(archive))), ACCEPT)
    assert_untouched(empty)


def assert_untouched(empty: Empty) -> None:
    left = [path.name for path in empty.target.data.iterdir()] if empty.target.data.exists() else []
    assert [name for name in left if not name.startswith("hub.db")] == []
    engine = open_engine(empty.url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_the_archive_itself_is_good(archive: bytes, empty: Empty):
    assert archive_of(members(archive)) == archive
    restored = empty.restore(archive, ACCEPT)
    assert restored.problems == ()
    with empty.opened() as new:
        assert new.blobs.get("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed") == b"one"
        key, notice = new.keys / "root.key", new.channels / CHANNEL / "acks" / "000001-a.json"
        assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        assert (notice.stat().st_mode & 0o777, notice.parent.stat().st_mode & 0o777) == (0o644, 0o755)
        assert not (empty.target.data / ".restoring").exists()


def test_a_newer_schema_is_refused(archive: bytes, empty: Empty):
    with pytest.raises(SchemaTooNew):
        empty.restore(archive_of(with_head(members(archive), revision="9999")), ACCEPT)
    assert_untouched(empty)


@pytest.mark.parametrize("folder", ["blobs", "channels", "keys"])
def test_a_data_folder_in_use_is_refused(archive: bytes, empty: Empty, folder: str):
    (empty.target.data / folder / "x").mkdir(parents=True)
    with pytest.raises(NotEmpty):
        empty.restore(archive, ACCEPT)


def test_a_database_in_use_is_refused(archive: bytes, empty: Empty):
    empty.target.data.mkdir(parents=True)
    engine = open_engine(empty.url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    engine.dispose()
    with pytest.raises(NotEmpty):
        empty.restore(archive, ACCEPT)
    assert [path.name for path in empty.target.data.iterdir() if not path.name.startswith("hub.db")] == []


def test_what_a_killed_restore_left_aside_is_cleared(archive: bytes, empty: Empty):
    (empty.target.data / ".restoring" / "keys").mkdir(parents=True)
    (empty.target.data / ".restoring" / "keys" / "root.key").write_bytes(b"half")
    empty.restore(archive, ACCEPT)
    with empty.opened() as new:
        assert (new.keys / "root.key").read_bytes() == b"bytes"


def test_new_rows_get_numbers_of_their_own(registry: Registry, empty: Empty):
    """PostgreSQL's sequences would begin at 1 again."""
    empty.restore(backup(registry)[0], ACCEPT)
    with empty.opened() as new, new.store.writing() as session:
        register_municipality(session, OTHER, "架空町", AT)
        sentence = text(
            "INSERT INTO business_system (lg_code, name, title, code_system, registered_at) "
            "VALUES (:lg, 'zeimu', '税務', 'cp932', :at) RETURNING id"
        )
        before = locate(session, TOWN, SYSTEM).id
        assert session.scalar(sentence, {"lg": OTHER, "at": AT}) == before + 1


def test_history_stays_append_only(registry: Registry, empty: Empty):
    empty.restore(backup(registry)[0], ACCEPT)
    with empty.opened() as new:
        for sentence in ("UPDATE release SET reason = 'x'", "DELETE FROM identification"):
            with pytest.raises(DBAPIError, match="append-only"), new.store.writing() as session:
                session.execute(text(sentence))


def test_the_walls_between_towns_stand(registry: Registry, empty: Empty):
    empty.restore(backup(registry)[0], ACCEPT)
    with empty.opened() as new, new.store.reading(Scope.of(OTHER)) as session:
        assert list_municipalities(session) == ()
        if session.get_bind().dialect.name == "postgresql":
            assert session.execute(text("SELECT count(*) FROM gaiji")).scalar() == 0
            deferrable = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND condeferrable"
            assert session.execute(text(deferrable)).scalar() == 0


def test_rows_that_refer_to_later_ones_come_back(registry: Registry, empty: Empty):
    """GH00000001 was merged into GH00000002, which the dump writes after it."""
    with registry.store.writing() as session:
        shape = session.scalar(text("SELECT shape FROM gaiji"))
        sentence = text(
            "INSERT INTO hub_character (id, shape, title, readings, shared, merged_into, registered_at, lg_code) "
            "VALUES (:id, :shape, '', '', :shared, :into, :at, :lg)"
        )
        for glyph, into in (("GH00000002", None), ("GH00000001", "GH00000002")):
            values = {"id": glyph, "shape": shape, "shared": False, "into": into, "at": AT, "lg": TOWN}
            session.execute(sentence, values)
    empty.restore(backup(registry)[0], ACCEPT)
    with empty.opened() as new, new.store.reading() as session:
        assert session.scalar(text("SELECT merged_into FROM hub_character WHERE id = 'GH00000001'")) == "GH00000002"


@pytest.mark.parametrize("source", BACKENDS)
def test_a_backup_of_the_first_schema_is_migrated_up(
    request: pytest.FixtureRequest, empty: Empty, tmp_path: Path, source: str
):
    """The archive says 0001; its rows are those of that schema."""
    if source == "sqlite":
        files = _first_schema(f"sqlite:///{tmp_path / 'old.db'}")
    else:
        cluster: Cluster = request.getfixturevalue("postgres_cluster")
        with cluster.database(f"old{uuid.uuid4().hex[:12]}") as url:
            files = _first_schema(url)
    restored = empty.restore(archive_of(files), ACCEPT)
    assert (restored.head.revision, restored.revision) == ("0001", wanted_revision())
    with empty.opened() as new, new.store.reading() as session:
        assert found_revision(session.connection()) == wanted_revision()
        assert locate(session, TOWN, SYSTEM).title == "住民記録"
        assert session.execute(text("SELECT lg_code, seq FROM publication")).all() == [(TOWN, 1)]


def _first_schema(url: str) -> Files:
    """The members of a backup of a database at revision 0001 with a row in every table."""
    store = Store(open_engine(url))
    with store.writing() as session:
        migrate_to(session.connection(), "0001")
        special = {
            "lg_code": TOWN,
            "name": SYSTEM,
            "title": "住民記録",
            "code_system": "cp932",
            "kind": "new",
            "verdict": "exact",
            "approval": "unapproved",
            "channel": CHANNEL,
        }
        for one in tables(session):
            values = {column.name: special.get(column.name, _value(column.type.python_type)) for column in one.columns}
            session.execute(one.insert(), {**values, **({"kind": "release"} if one.name == "publication" else {})})
    with store.reading() as session:
        found = tables(session)
        files = {
            f"database/{place:03d}-{one.name}/000001.jsonl": b"".join(dump_table(session, one))
            for place, one in enumerate(found, start=1)
        }
    store.close()
    head = {
        "format": FORMAT,
        "made_at": "2026-04-01T00:00:00+00:00",
        "program": "0.1.0",
        "revision": "0001",
        "database": "sqlite",
        "keys": False,
        "tables": [[one.name, 1] for one in found],
    }
    return {"BACKUP.json": json.dumps(head).encode(), **files}


def _value(kind: type) -> object:
    known = {int: 1, bool: True, bytes: b"", str: "1", datetime.date: AT.date(), datetime.datetime: AT}
    return known[kind]
