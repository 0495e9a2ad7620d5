"""The committed tables, and the source they are built from (fetched once into the shared cache)."""

from pathlib import Path

import pytest

from gaiji_hub.files.fetch import fetch
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.root import data_root
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
