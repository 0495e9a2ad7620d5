"""What the demo's tests share: the real tables, the demo font, and one small sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.demo.eudc import DemoFont
from gaiji_hub.demo.sample import DemoGaiji, draw_sample
from gaiji_hub.demo.towns import TOWNS
from gaiji_hub.tables.lookup import Tables

SCALE = 0.1


@pytest.fixture(scope="session")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture(scope="session")
def font(demo_font: Path) -> DemoFont:
    return DemoFont(demo_font)


@pytest.fixture(scope="session")
def sample(tables: Tables, font: DemoFont) -> tuple[DemoGaiji, ...]:
    return draw_sample(TOWNS, tables, font.usable, SCALE)
