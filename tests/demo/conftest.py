"""What the demo's tests share: the real tables, the demo font, and one small sample."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from gaiji_hub.demo.eudc import DemoFont
from gaiji_hub.demo.folder import DemoFolder
from gaiji_hub.demo.sample import DemoGaiji, draw_sample
from gaiji_hub.demo.towns import TOWNS
from gaiji_hub.demo.walk import walk
from gaiji_hub.services.hub import Registry
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables

SCALE = 0.05


@pytest.fixture(scope="session")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture(scope="session")
def font(demo_font: Path) -> DemoFont:
    return DemoFont(demo_font)


@pytest.fixture(scope="session")
def sample(tables: Tables, font: DemoFont) -> tuple[DemoGaiji, ...]:
    return draw_sample(TOWNS, tables, font.usable, SCALE)


@dataclass(frozen=True)
class Walked:
    """A small demo that was walked once: its settings, the figures and the lines said on the way."""

    settings: Settings
    figures: dict[str, Any]
    said: tuple[str, ...]

    @property
    def folder(self) -> DemoFolder:
        return DemoFolder(self.settings.data)

    @property
    def registry(self) -> Registry:
        return Registry.open(self.settings.data, self.settings.database_url, migrating=False)


def demo_settings(machine: Settings, data: Path, database_url: str = "") -> Settings:
    """The machine's settings with a data folder and a database of the test's own."""
    return replace(
        machine,
        data=data,
        database_url=database_url or f"sqlite:///{data / 'hub.db'}",
        marks=data / "marks",
    )


@pytest.fixture(scope="session")
def walked(
    machine_settings: Settings, standard_font: Path, demo_font: Path, tmp_path_factory: pytest.TempPathFactory
) -> Walked:
    """Shared by the tests that only look; those that change something take `copied`."""
    settings = demo_settings(machine_settings, tmp_path_factory.mktemp("walked") / "data")
    said: list[str] = []
    figures = walk(settings, said.append, SCALE)
    return Walked(settings, figures, tuple(said))


@pytest.fixture
def copied(walked: Walked, tmp_path: Path) -> Walked:
    """The walked demo in a folder of its own, to be spoilt. Its agents were enrolled at the first place."""
    shutil.copytree(walked.settings.data, tmp_path / "data", symlinks=True)
    return replace(walked, settings=demo_settings(walked.settings, tmp_path / "data"))
