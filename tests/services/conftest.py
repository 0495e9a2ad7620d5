"""A migrated store on each back end, a town with a business system, and fonts as values."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.publish import PackMaterials
from gaiji_hub.services.release import make_release
from gaiji_hub.store.engine import Store, open_engine
from gaiji_hub.tables.lookup import Tables
from tests.databases import BACKENDS, Models
from tests.services.people import APPROVER, CLERK, OTHER, TOWN, approve_all

AT = datetime.datetime(2026, 4, 1, 9, 0, tzinfo=datetime.UTC)
DATE = datetime.date(2026, 4, 1)
SYSTEM = "juki"
GLYPH = "MJ026191"


def square(size: int) -> Outline:
    contour = ((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True))
    return Outline((contour,), 1024, 1024)


def font(shapes: Mapping[int, int], blank: tuple[int, ...] = ()) -> FontIntake:
    """A font as intake sees it: square of size `shapes[code]` at each code."""
    glyphs = tuple(CodedOutline(code, square(size).to_bytes()) for code, size in sorted(shapes.items()))
    digest = hashlib.sha256(repr(sorted(shapes.items())).encode()).hexdigest()
    return FontIntake(digest, "架空外字", 1024, glyphs, blank, (), 1)


@pytest.fixture(scope="session")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture
def store(migrated_url: str) -> Iterator[Store]:
    opened = Store(open_engine(migrated_url))
    with opened.writing() as session:
        for lg_code, title in ((TOWN, "架空市"), (OTHER, "架空町")):
            register_municipality(session, lg_code, title, AT)
            register_business_system(session, lg_code, SYSTEM, "住民記録", "cp932", AT)
    yield opened
    opened.close()


@pytest.fixture
def blobs(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


@pytest.fixture(scope="session")
def materials(tables: Tables, standard_font: Path) -> PackMaterials:
    return PackMaterials.open(tables, standard_font)


@pytest.fixture
def registry(migrated_url: str, tmp_path: Path, tables: Tables) -> Iterator[Registry]:
    with Registry.open(tmp_path / "data", migrated_url) as opened:
        with opened.store.writing() as session:
            register_municipality(session, TOWN, "架空市", AT)
            register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", AT)
            record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
            decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
            approve_all(session, TOWN, SYSTEM, AT)
            make_release(session, opened.blobs, tables, TOWN, SYSTEM, DATE, "初版", AT, APPROVER)
        yield opened


@pytest.fixture(params=BACKENDS)
def new_url(request: pytest.FixtureRequest, models: Models, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on each back end, for a test that has one already."""
    with models.empty(request.param, tmp_path / "new") as url:
        yield url
