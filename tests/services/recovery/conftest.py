"""A hub with members that is lost, and the empty machine it comes back on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.services.hub import Registry
from gaiji_hub.services.publish import PackMaterials
from gaiji_hub.tables.lookup import Tables
from tests.databases import Models
from tests.services.recovering import Office, empty_machine, opened_office
from tests.services.restoring import Empty


@pytest.fixture
def office(registry: Registry, materials: PackMaterials, tables: Tables, tmp_path: Path) -> Iterator[Office]:
    with opened_office(registry, materials, tables, tmp_path / "members") as office:
        yield office


@pytest.fixture
def empty(models: Models, migrated_url: str, tmp_path: Path) -> Iterator[Empty]:
    with empty_machine(models, migrated_url, tmp_path / "new") as empty:
        yield empty
