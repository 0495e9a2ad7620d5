"""The committed tables, and the source they are built from (fetched once into the shared cache)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.files.fetch import fetch
from gaiji_hub.settings import Settings
from gaiji_hub.tables.build import install
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.obtain import Places, all_archives
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.search.index import SearchIndex, open_index
from gaiji_hub.tables.systems.lookup import Systems
from tests.tables.loaded import TABLES


@pytest.fixture(scope="session")
def tables() -> Tables:
    return TABLES


@pytest.fixture(scope="session")
def mojidata(machine_settings: Settings) -> Path:
    """The verified database of the compilation both data folders are built from."""
    source = load_manifest(data_root() / "mappings").archive("mojidata")
    s = machine_settings
    return fetch(source, s.cache, s.sources, s.offline, print)


@pytest.fixture(scope="session")
def archives(machine_settings: Settings) -> dict[str, Path]:
    """Archive id → verified file, of every source. GAIJI_HUB_SOURCES has to hold what no publisher serves."""
    s = machine_settings
    places = Places(s.cache, s.sources, s.offline)
    return {archive.id: places.fetch(archive, print) for archive in all_archives()}


@pytest.fixture(scope="session")
def local_folder(archives: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder's `tables`, with every table that is built on the machine."""
    folder = tmp_path_factory.mktemp("tables")
    assert None not in install(data_root(), folder, archives).values()
    return folder


@pytest.fixture(scope="session")
def systems(local_folder: Path) -> Systems:
    return Systems.load(local_folder)


@pytest.fixture(scope="session")
def all_tables(mojidata: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The committed tables, IDS and variant relations: what needs the compilation only."""
    folder = tmp_path_factory.mktemp("data") / "tables"
    install(data_root(), folder, {"mojidata": mojidata})
    return Tables.load(local=folder)


@pytest.fixture(scope="session")
def index(all_tables: Tables, cache_dir: Path) -> Iterator[SearchIndex]:
    """The search index of all tables, kept in the machine's cache."""
    found = open_index(cache_dir, all_tables, print)
    yield found
    found.close()
