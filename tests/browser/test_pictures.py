"""The pictures of the manual: one of every page, made here; `make pictures` puts them into docs/manual/pictures."""

from __future__ import annotations

import functools
import io
import re
from pathlib import Path

import numpy as np
import pytest
from litestar.handlers import HTTPRouteHandler
from PIL import Image, ImageColor

from gaiji_hub.web import routes
from tests.browser.pages import FILES, PAGES
from tests.browser.visits import SCREEN, TALLEST
from tests.web.test_routes import plain

MANUAL = Path(__file__).parents[2] / "docs" / "manual"
PICTURES = MANUAL / "pictures"
STYLE = Path(routes.__file__).parent / "static" / "style.css"
MOST_BYTES = 3_000_000
NAMED = re.compile(r"!\[([^\]]*)\]\(pictures/([\w-]+)\.png\)\n\n\*([^*\n]+)\*")  # a picture and the caption below it


@pytest.fixture(scope="session")
def album(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: the manual when asked (`--pictures`), a folder that is thrown away otherwise."""
    return PICTURES if pytestconfig.getoption("--pictures") else tmp_path_factory.mktemp("pictures")


def pages_of_the_manual() -> str:
    return "\n".join(path.read_text() for path in sorted(MANUAL.glob("*.md")))


@functools.cache
def palette() -> np.ndarray:
    """The colours of our style, and what lies between each and white where letters have soft edges: few, and the
    same in every picture.
    """
    named = {ImageColor.getrgb(text)[:3] for text in re.findall(r"#[0-9a-f]{6}", STYLE.read_text())}
    mixed = {tuple(c + (255 - c) * step // 6 for c in colour) for colour in named for step in range(6)}
    return np.array(sorted(mixed | {(255, 255, 255)} | {(grey, grey, grey) for grey in range(0, 256, 24)})[:256])


def in_few_colours(picture: Image.Image) -> Image.Image:
    """Each pixel in the nearest colour of the palette, which makes a picture a third of its size."""
    packed = np.asarray(picture, dtype=np.int64) @ (1 << 16, 1 << 8, 1)
    values, places = np.unique(packed, return_inverse=True)
    seen = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    nearest = ((seen[:, None] - palette()[None]) ** 2).sum(axis=2).argmin(axis=1).astype(np.uint8)
    few = Image.fromarray(nearest[places].reshape(packed.shape))
    few.putpalette(palette().astype(np.uint8).tobytes())
    return few


def is_blank(picture: Image.Image) -> bool:
    """Whether hardly anything dark is drawn: the letters of the emptiest page fill four times as much."""
    grey = picture.convert("L").histogram()
    return sum(grey[:128]) < picture.width * picture.height // 1000


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_every_page_has_its_picture(visit, album, shown):
    seen = visit(shown)
    assert seen.status == shown.status
    picture = Image.open(io.BytesIO(seen.picture)).convert("RGB")
    in_few_colours(picture).save(album / f"{shown.name}.png", optimize=True)
    assert picture.width == SCREEN["width"]
    assert SCREEN["height"] <= picture.height <= TALLEST
    assert not is_blank(picture)


def test_a_blank_picture_is_seen():
    assert is_blank(Image.new("RGB", (1366, 768), "#f5f6f8"))


def test_every_page_route_is_in_the_list():
    found = {
        plain(path)
        for handler in routes.PAGES
        if isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods
        for path in handler.paths
    }
    assert len(found) > 20
    listed = {shown.route for shown in PAGES} | set(FILES)
    assert sorted(found - listed) == []
    assert sorted(listed - found) == []


def test_no_two_pages_have_one_name():
    names = [shown.name for shown in PAGES]
    assert len(names) == len(set(names))


def test_the_manual_shows_every_page_with_a_caption():
    shown = NAMED.findall(pages_of_the_manual())
    assert sorted({name for _, name, _ in shown}) == sorted(page.name for page in PAGES)
    assert all(alt and caption for alt, _, caption in shown)


def test_every_picture_of_the_manual_is_there_and_nothing_else():
    named = set(re.findall(r"pictures/([\w-]+\.png)", pages_of_the_manual()))
    assert {path.name for path in PICTURES.iterdir()} == named


def test_the_committed_pictures_are_whole_and_small():
    files = sorted(PICTURES.glob("*.png"))
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
    for path in files:
        with Image.open(path) as picture:
            assert picture.width == SCREEN["width"], path.name
            assert not is_blank(picture), path.name


def test_every_link_of_the_manual_leads_somewhere():
    for path in sorted(MANUAL.glob("*.md")):
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            assert target.startswith("https://") or (path.parent / target).exists(), (path.name, target)


def test_what_the_manual_quotes_is_what_the_hub_says():
    """The first column of the tables below 断られたとき; `…` stands for whatever comes between."""
    package = Path(routes.__file__).parents[1]
    said = "\n".join(path.read_text() for kind in ("*.py", "*.html") for path in sorted(package.rglob(kind)))
    tables = re.findall(r"^## 断られたとき\n.*?(?=^## |\Z)", pages_of_the_manual(), re.MULTILINE | re.DOTALL)
    quoted = [row for table in tables for row in re.findall(r"^\| (?!表示|-)(.+?) \|", table, re.MULTILINE)]
    assert len(quoted) > 15
    parts = [part for row in quoted for part in re.split(r"…|（必要な役割", row) if part.strip("）")]
    assert [part for part in parts if part not in said] == []
