"""A small hub made through the services, and the application over it, on each back end."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.delivery import register_member
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.release import make_release
from gaiji_hub.services.release_lookup import Lookups
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.search.index import open_index
from gaiji_hub.web.application import create_app
from gaiji_hub.web.later import Later
from gaiji_hub.web.site import Site
from gaiji_hub.web.standard_shapes import StandardShapes
from tests.databases import BACKENDS, Model, Models
from tests.web.people import APPROVER, CLERK, OTHER, SYSTEM, TOWN, Browser, enrol

AT = datetime.datetime(2026, 4, 1, 9, 0, tzinfo=datetime.UTC)
DATE = datetime.date(2026, 4, 1)
GALLERY = "ab" * 32
# U+E000 邉 with a decision, U+E001 undecided with candidates, U+E002 undecided and not searched.
DECIDED, SEARCHED, OPEN = "F040", "F041", "F042"
BASE = "http://127.0.0.1:8470"


def corner(size: int) -> Outline:
    """A shape like an L, so that its overlay with a character has all three kinds of area."""
    points = ((100, 0), (100, size), (200, size), (200, 100), (100 + size, 100), (100 + size, 0))
    return Outline((tuple((x, y, True) for x, y in points),), 1024, 1024)


def font(sizes: dict[int, int]) -> FontIntake:
    glyphs = tuple(CodedOutline(code, corner(size).to_bytes()) for code, size in sorted(sizes.items()))
    return FontIntake(hashlib.sha256(repr(sizes).encode()).hexdigest(), "架空外字", 1024, glyphs, (), (), 1)


def found(tables: Tables, band: Band, *glyphs: str) -> Identified:
    characters = [tables.character(GlyphId(glyph)) for glyph in glyphs]
    candidates = [
        Candidate(c.glyph, c.text, c.ucs_base, round(0.9 - rank / 10, 2)) for rank, c in enumerate(characters) if c
    ]
    return Identified("", band, GALLERY, tuple(candidates), 0.0)


def fill(registry: Registry, tables: Tables) -> None:
    """Two towns with one business system each; the first has gaiji, candidates, decisions and one release."""
    with registry.store.writing() as session:
        for lg_code, title in ((TOWN, "架空市"), (OTHER, "架空町")):
            register_municipality(session, lg_code, title, AT)
            register_business_system(session, lg_code, SYSTEM, "住民記録", "cp932", AT)
        record_intake(session, TOWN, SYSTEM, font({0xE000: 800, 0xE001: 600, 0xE002: 400}), AT)
        shapes = {
            corner(800).hash: found(tables, Band.PROPOSE, "MJ026190", "MJ026191", "MJ000449"),
            corner(600).hash: found(tables, Band.REVIEW, "MJ000449", "MJ001298"),
        }
        record_candidates(session, TOWN, SYSTEM, shapes)
        enrol(session, AT)
        decision = Decision(DECIDED, Verdict.EXACT, "MJ026190", "民二5202号通知")
        made = decide(session, tables, TOWN, SYSTEM, [decision], AT, CLERK.actor)
        approve(session, TOWN, SYSTEM, [made[0].number], sheet_hash(made), AT, APPROVER.actor)
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER.actor)
        register_member(session, TOWN, SYSTEM, "madoguchi", "窓口端末", AT)


@pytest.fixture(scope="session")
def tables() -> Tables:
    loaded = Tables.load()
    loaded.find("U+4E00")
    return loaded


@pytest.fixture(scope="session")
def shapes(standard_font: Path) -> StandardShapes:
    return StandardShapes(StandardFont.open(standard_font), "edition")


@pytest.fixture
def empty(migrated_url: str, tmp_path: Path) -> Iterator[Registry]:
    """A registry without any town, of one test's own."""
    with Registry.open(tmp_path / "data", migrated_url) as registry:
        yield registry


def small_hub(models: Models, backend: str, tables: Tables) -> Model:
    def filled(data: Path, url: str) -> None:
        with Registry.open(data, url) as registry:
            fill(registry, tables)

    return models.model(backend, "small hub", filled)


@pytest.fixture(params=BACKENDS)
def registry(request: pytest.FixtureRequest, models: Models, tables: Tables, tmp_path: Path) -> Iterator[Registry]:
    """The small hub, of one test's own: for tests that write."""
    with small_hub(models, request.param, tables).opened(tmp_path) as registry:
        yield registry


@pytest.fixture(scope="session", params=BACKENDS)
def kept(
    request: pytest.FixtureRequest, models: Models, tmp_path_factory: pytest.TempPathFactory, tables: Tables
) -> Iterator[Registry]:
    """The small hub, once per back end: for tests that only read."""
    with small_hub(models, request.param, tables).opened(tmp_path_factory.mktemp("hub")) as registry:
        yield registry


def make_site(registry: Registry, tables: Tables, shapes: StandardShapes) -> Site:
    site = Site(
        registry=registry,
        lookups=Lookups(registry.store, registry.blobs),
        tables=Later("文字表", lambda: tables),
        standard=Later("標準フォント", lambda: shapes),
        search=Later("文字検索の索引", lambda: open_index(Settings.from_env().cache, tables, print)),
        clock=lambda: AT,
    )
    site.tables.get()
    site.standard.get()
    return site


@contextlib.contextmanager
def asking(site: Site) -> Iterator[Browser]:
    """The application, asked as this computer asks, by the clerk of the first town; redirects are not followed."""
    with Browser(create_app(site), base_url=BASE, raise_server_exceptions=False) as client:
        client.follow_redirects = False
        yield client.become(CLERK)


@pytest.fixture(scope="session")
def shared_reader(kept: Registry, tables: Tables, shapes: StandardShapes) -> Iterator[Browser]:
    with asking(make_site(kept, tables, shapes)) as client:
        yield client


@pytest.fixture
def reader(shared_reader: Browser) -> Browser:
    """The clerk, over the hub that is only read; a test may make it somebody else."""
    return shared_reader.become(CLERK)


@pytest.fixture
def client(registry: Registry, tables: Tables, shapes: StandardShapes) -> Iterator[Browser]:
    with asking(make_site(registry, tables, shapes)) as client:
        yield client
