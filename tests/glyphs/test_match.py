"""Features, index and search on a small font built here, so that a test takes a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from gaiji_hub.glyphs.features import LENGTH, features_of
from gaiji_hub.glyphs.index import Gallery, NoGallery, gallery_hash, open_gallery
from gaiji_hub.glyphs.match import Matcher
from gaiji_hub.glyphs.normalise import picture_of
from gaiji_hub.glyphs.projection import family_numbers, sibling_pairs, warped_picture
from gaiji_hub.glyphs.raster import Font

COUNT = 60


def bars(seed: int) -> list[tuple[int, int, int, int]]:
    """Six random strokes (left, bottom, right, top)."""
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(6):
        x, y, length = rng.integers(0, 500), rng.integers(0, 900), rng.integers(200, 500)
        flat = bool(rng.integers(2))
        out.append((x, y, x + length, y + 60) if flat else (y, x, y + 60, x + length))
    return [tuple(int(v) for v in bar) for bar in out]


def small_font(path: Path, prefix: str = "mj") -> Path:
    names = [f"{prefix}{index:06d}" for index in range(1, COUNT + 1)]
    glyphs = {".notdef": TTGlyphPen(None).glyph(), "mj999999": TTGlyphPen(None).glyph()}
    for index, name in enumerate(names):
        pen = TTGlyphPen(None)
        for left, bottom, right, top in bars(index):
            pen.moveTo((left, bottom))
            for corner in ((left, top), (right, top), (right, bottom)):
                pen.lineTo(corner)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", *names, "mj999999"])
    cmap = {0x4E00 + index: name for index, name in enumerate(names)}
    builder.setupCharacterMap(cmap, uvs=[(0x4E00, 0xE0100, names[1])])
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, 0)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_font(tmp_path_factory.mktemp("font") / "small.ttf")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def gallery(font: Path, cache: Path) -> Gallery:
    return open_gallery(font, cache, lambda _line: None)


def test_features_are_unit_vectors_whatever_the_batch(font: Path) -> None:
    face = Font(font)
    pictures = [picture_of(face.shape(index)) for index in range(1, 41)]
    together = features_of(pictures)
    assert together.shape == (40, LENGTH)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert np.array_equal(together, np.concatenate([features_of([picture]) for picture in pictures]))
    assert features_of([]).shape == (0, LENGTH)


def test_the_gallery_holds_every_inked_mj_glyph(gallery: Gallery) -> None:
    assert len(gallery.glyphs) == COUNT  # the blank mj999999 is left out
    assert gallery.glyphs[0] == "MJ000001"
    assert gallery.vectors.shape == (COUNT, 256)


def test_a_glyph_finds_itself_and_its_warped_self(font: Path, gallery: Gallery) -> None:
    face, matcher = Font(font), Matcher(gallery)
    plain = matcher.match([picture_of(face.shape(index)) for index in range(1, COUNT + 1)])
    assert [ranked.rows[0] for ranked in plain] == list(range(COUNT))
    assert min(ranked.scores[0] for ranked in plain) > 0.99
    assert max(matcher.residual(ranked) for ranked in plain) < 1e-3
    warped = matcher.match([warped_picture(face.shape(index), index) for index in range(1, COUNT + 1)])
    assert sum(ranked.rows[0] == row for row, ranked in enumerate(warped)) >= COUNT - 2
    assert min(matcher.residual(ranked) for ranked in warped) > 1e-3


def test_one_query_is_answered_as_in_a_batch(font: Path, gallery: Gallery) -> None:
    face, matcher = Font(font), Matcher(gallery)
    pictures = [picture_of(face.shape(index)) for index in range(1, 10)]
    for picture, batched in zip(pictures, matcher.match(pictures), strict=True):
        (alone,) = matcher.match([picture])
        assert np.array_equal(alone.rows[:5], batched.rows[:5])
        assert np.allclose(alone.scores, batched.scores, atol=1e-5)


def test_the_index_is_cached_by_hash_and_rebuilt_when_torn(font: Path, cache: Path, gallery: Gallery) -> None:
    said: list[str] = []
    assert open_gallery(font, cache, said.append).hash == gallery.hash == gallery_hash(font)
    assert not said
    piece = cache / "index" / gallery.hash / "vectors.npy"
    before = piece.read_bytes()
    piece.with_suffix(".torn").write_bytes(before[:-1])
    piece.with_suffix(".torn").replace(piece)
    open_gallery(font, cache, said.append)
    assert said
    assert piece.read_bytes() == before  # same input, same bytes


def test_another_font_is_another_gallery(font: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.ttf"
    other.write_bytes(font.read_bytes() + b"\0")
    assert gallery_hash(other) != gallery_hash(font)


def test_a_font_without_mj_names_is_refused(tmp_path: Path) -> None:
    font = small_font(tmp_path / "gj.ttf", prefix="uni")
    with pytest.raises(NoGallery, match="標準フォント"):
        open_gallery(font, tmp_path, lambda _line: None)


def test_siblings_are_glyphs_of_one_base() -> None:
    numbers = family_numbers(["mj1", "mj2", "mj3", "mj4", "mj5"], {"mj1": 9, "mj4": 9, "mj5": 9})
    assert sibling_pairs(numbers).tolist() == [[0, 3], [3, 4]]
    assert sibling_pairs([-1, -2]).shape == (0, 2)
