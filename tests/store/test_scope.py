"""A session sees and writes only the municipalities of its scope; on PostgreSQL direct SQL is held to it as well."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.store.migrate import migrate
from gaiji_hub.store.models import Base, SharedTownRow, TownRow
from gaiji_hub.store.scope import EVERYTHING, OutsideScope, Scope, tell_scope
from tests.store.test_migrate import one_row_each

AT = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
TOWNS = ("A", "B", "C")
TOWN_TABLES = sorted(
    mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, TownRow | SharedTownRow)
)


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    opened = Store(open_engine(migrated_url))
    with opened.writing() as session:
        session.add_all(rows.Municipality(lg_code=c, title=c, registered_at=AT, acting_allowed=False) for c in TOWNS)
        session.flush()
        session.add_all(
            rows.BusinessSystem(lg_code=c, name="juki", title=c, code_system="cp932", registered_at=AT) for c in TOWNS
        )
        session.add(rows.Shape(hash="5" * 64, outline=b""))
        session.flush()
        for number, (code, shared) in enumerate((("A", False), ("B", False), ("B", True)), 1):
            session.add(
                rows.HubCharacter(
                    id=f"GH{number:08}", lg_code=code, shape="5" * 64, title="", readings="[]", shared=shared,
                    merged_into=None, registered_at=AT,
                )
            )  # fmt: skip
    yield opened
    opened.close()


@pytest.mark.parametrize("codes", [("A",), ("B",), ("A", "C"), ()])
def test_every_kind_of_query_sees_only_the_scope(store: Store, codes: tuple[str, ...]):
    town, system = rows.Municipality, rows.BusinessSystem
    with store.reading(Scope.of(*codes)) as session:
        assert set(session.scalars(select(town.lg_code))) == set(codes)
        assert {found.lg_code for found in session.scalars(select(system))} == set(codes)
        assert session.scalar(select(func.count()).select_from(system)) == len(codes)
        inside = select(town.title).where(town.lg_code.in_(select(system.lg_code)))
        assert set(session.scalars(inside)) == set(codes)
        exists = select(system.id).where(system.lg_code == town.lg_code).exists()
        assert set(session.scalars(select(town.lg_code).where(exists))) == set(codes)
        assert [code for code in TOWNS if session.get(town, code) is not None] == sorted(codes)


def test_scopes_do_not_leak_from_one_session_to_the_next(store: Store):
    for scope, seen in ((Scope.of("A"), 1), (EVERYTHING, 3), (Scope.of("B", "C"), 2), (Scope.of("A"), 1)):
        with store.reading(scope) as session:
            assert len(session.scalars(select(rows.BusinessSystem)).all()) == seen


def test_a_shared_character_is_read_by_all_and_written_by_its_owner(store: Store):
    with store.writing(Scope.of("A")) as session:
        assert set(session.scalars(select(rows.HubCharacter.id))) == {"GH00000001", "GH00000003"}
        session.execute(update(rows.HubCharacter).values(title="changed"))
    with store.reading() as session:
        changed = select(rows.HubCharacter.id).where(rows.HubCharacter.title == "changed")
        assert session.scalars(changed).all() == ["GH00000001"]


def test_updates_and_deletes_touch_only_the_scope(store: Store):
    with store.writing(Scope.of("A")) as session:
        session.execute(update(rows.BusinessSystem).values(title="changed"))
    with store.reading() as session:
        changed = select(rows.BusinessSystem.lg_code).where(rows.BusinessSystem.title == "changed")
        assert session.scalars(changed).all() == ["A"]


def test_a_row_of_another_town_is_refused(store: Store):
    row = {"lg_code": "B", "name": "zei", "title": "", "code_system": "cp932", "registered_at": AT}
    with pytest.raises(OutsideScope), store.writing(Scope.of("A")) as session:
        insert_new(session, rows.BusinessSystem, [row])
    with pytest.raises(OutsideScope), store.writing(Scope.of("A")) as session:
        session.add(rows.BusinessSystem(**row))


@pytest.mark.parametrize("table", TOWN_TABLES)
def test_postgresql_shows_direct_sql_only_the_scope(postgres_url: str, table: str):
    """One row of town "1" in every table: seen with scope "1" or everything, by nobody else."""
    engine = open_engine(postgres_url)
    seen = {}
    for setting in ("*", "1", "2", "-"):
        with engine.connect() as connection:
            connection.execute(text("SELECT set_config('gaiji_hub.scope', :s, true)"), {"s": setting})
            seen[setting] = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    with engine.connect() as connection:
        seen["unset"] = connection.scalar(text(f"SELECT count(*) FROM {table}"))
    engine.dispose()
    everybody = 1 if table == "hub_character" else 0  # the one row is shared
    assert seen == {"*": 1, "1": 1, "2": everybody, "-": everybody, "unset": 0}


@pytest.mark.parametrize("table", ["login_session", "work_lease", "shape"])
def test_postgresql_hides_what_no_town_owns(postgres_url: str, table: str):
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        connection.execute(text("SELECT set_config('gaiji_hub.scope', '2', true)"))
        shared_character = 1 if table == "shape" else 0
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == shared_character
        connection.execute(text("SELECT set_config('gaiji_hub.scope', '', true)"))
        assert connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    engine.dispose()


def test_postgresql_refuses_a_row_of_another_town(postgres_url: str):
    engine = open_engine(postgres_url)
    row = {"lg_code": "3", "title": "", "registered_at": AT, "acting_allowed": False}
    with engine.connect() as connection:
        tell_scope(connection, Scope.of("2"))
        with pytest.raises(DBAPIError, match="row-level security"):
            connection.execute(insert(rows.Municipality), row)
    engine.dispose()


@pytest.mark.parametrize("change", ["UPDATE hub_character SET lg_code = '2'", "DELETE FROM hub_character"])
def test_postgresql_lets_nobody_but_its_owner_change_a_shared_character(postgres_url: str, change: str):
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        tell_scope(connection, Scope.of("2"))
        assert connection.scalar(text("SELECT count(*) FROM hub_character")) == 1
        assert connection.execute(text(change)).rowcount == 0
    engine.dispose()


def test_a_row_never_changes_hands(store: Store):
    with store.writing(Scope.of("A", "B")) as session:
        session.scalars(select(rows.HubCharacter).where(rows.HubCharacter.lg_code == "A")).one().lg_code = "B"
        with pytest.raises(OutsideScope):
            session.flush()
        session.rollback()


def test_a_superuser_has_no_second_wall_and_it_is_said(postgres_url: str):
    from tests.postgres import Cluster

    for url, walled in ((postgres_url, True), (Cluster.as_superuser(postgres_url), False)):
        store = Store(open_engine(url))
        assert store.second_wall() is walled
        store.close()


@pytest.fixture(scope="module")
def postgres_url(postgres_cluster) -> Iterator[str]:
    """A migrated database with one row of town "1" in every table."""
    with postgres_cluster.database("walls") as url:
        engine = open_engine(url)
        migrate(engine)
        with engine.begin() as connection:
            one_row_each(connection)
        engine.dispose()
        yield url
