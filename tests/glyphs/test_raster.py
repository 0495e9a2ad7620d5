"""Pictures of shapes: both roads agree, and no outline is too strange to draw."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gaiji_hub.glyphs.normalise import MARGIN, SIZE, equalise, picture_of
from gaiji_hub.glyphs.raster import BlankGlyph, Font, FontUnreadable, Shape, draw, shape_of
from gaiji_hub.moji.outline import MAX_POINTS, Contour, Outline


def outline(*contours: Contour, units_per_em: int = 1000) -> Outline:
    return Outline(contours, units_per_em, units_per_em)


def square(x: int, y: int, side: int) -> Contour:
    """Clockwise, y upwards: filled."""
    return ((x, y, True), (x, y + side, True), (x + side, y + side, True), (x + side, y, True))


def as_outline(shape: Shape, units_per_em: int) -> Outline:
    starts = [0, *(shape.ends[:-1] + 1).tolist()]
    contours = [
        tuple((int(shape.points[i, 0]), int(shape.points[i, 1]), bool(shape.tags[i] & 1)) for i in range(a, b + 1))
        for a, b in zip(starts, shape.ends.tolist(), strict=True)
    ]
    return Outline(tuple(contours), units_per_em, units_per_em)


def test_font_and_outline_give_the_same_picture(standard_font: Path) -> None:
    font = Font(standard_font)
    for code in (0x9089, 0x4E00, 0x9F98, 0x20089):
        shape = font.shape(font.index_at(code))
        value = as_outline(shape, font.units_per_em)
        again = shape_of(Outline.from_bytes(value.to_bytes()))
        assert np.array_equal(picture_of(shape), picture_of(again))


def test_draws_upright_and_exact() -> None:
    picture = draw(shape_of(outline(square(0, 500, 500))), (0.008, 0.008, 0, 0), 8, 8)
    expected = np.zeros((8, 8), np.uint8)
    expected[:4, :4] = 255
    assert np.array_equal(picture, expected)


def test_overlapping_contours_stay_filled() -> None:
    twice = draw(shape_of(outline(square(0, 0, 600), square(300, 300, 600))), (0.01, 0.01, 0, 0), 10, 10)
    assert twice[10 - 5, 4] == 255  # in both squares: non-zero winding, no hole


@pytest.mark.parametrize(
    "contours",
    [
        (),
        ((),),
        (((5, 5, True),),),
        (((5, 5, False),),),
        (((0, 0, True), (10, 10, True)),),
        (((0, 0, True), (10, 0, True), (20, 0, True)),),
        (((0, 0, False), (0, 0, False), (0, 0, False)),),
    ],
)
def test_an_outline_that_encloses_nothing_is_blank(contours: tuple[Contour, ...]) -> None:
    with pytest.raises(BlankGlyph, match="空の字形"):
        picture_of(shape_of(outline(*contours)))


def test_stray_points_do_not_move_the_shape() -> None:
    stray = ((-30000, -30000, True), (-30000, -30000, True), (-30000, -30000, True))
    clean, dirty = outline(square(0, 0, 100)), outline(square(0, 0, 100), stray, ((9000, 9, True),))
    assert np.array_equal(picture_of(shape_of(clean)), picture_of(shape_of(dirty)))


def test_size_and_place_do_not_matter() -> None:
    shapes = [outline(square(x, y, side)) for x, y, side in ((0, 0, 1), (-32768, -32768, 60000 // 2), (7, 9, 500))]
    first, *others = [picture_of(shape_of(shape)) for shape in shapes]
    assert first[SIZE // 2, SIZE // 2] == 255
    assert all(np.array_equal(first, other) for other in others)


def test_control_points_only() -> None:
    blob = ((0, 0, False), (0, 100, False), (100, 100, False), (100, 0, False))
    assert picture_of(shape_of(outline(blob)))[SIZE // 2, SIZE // 2] == 255


def test_the_longer_side_fills_the_frame() -> None:
    flat = ((0, 0, True), (0, 50, True), (1000, 50, True), (1000, 0, True))
    picture = picture_of(shape_of(outline(flat)))
    rows, columns = np.nonzero(picture)
    assert (columns.min(), columns.max()) == (MARGIN, SIZE - MARGIN - 1)
    assert 10 < np.ptp(rows) < 25


def test_twenty_thousand_points_are_drawn_in_bounded_time() -> None:
    rng = np.random.default_rng(1)
    points = tuple((int(x), int(y), bool(on)) for x, y, on in rng.integers(-32768, 32767, (MAX_POINTS, 3)) % 32000)
    start = time.perf_counter()
    picture = picture_of(shape_of(outline(points)))
    assert picture.any()
    assert time.perf_counter() - start < 2


def test_equalising_keeps_solid_solid_and_blank_blank() -> None:
    blank = np.zeros((SIZE, SIZE), np.uint8)
    solid = picture_of(shape_of(outline(square(0, 0, 100))))
    out = equalise([blank, solid])
    assert not out[0].any()
    assert np.allclose(out[1, 8:-8, 8:-8], 1)
    assert np.allclose(out[1, :MARGIN], 0)


def test_equalising_gives_dense_parts_more_room() -> None:
    bars = [square(x, 0, 10) for x in (0, 20, 40, 60, 400)]
    tall = outline(*[tuple((x, y * 50, on) for x, y, on in bar) for bar in bars])
    picture = picture_of(shape_of(tall))
    before = np.flatnonzero(picture[SIZE // 2] > 127)
    after = np.flatnonzero(equalise([picture])[0, SIZE // 2] > 0.5)
    assert _dense(after) > 1.5 * _dense(before)


def _dense(columns: NDArray[np.intp]) -> int:
    """Width of all bars but the last."""
    return int(columns[columns < columns.max() - 5].max() - columns.min())


def test_a_file_that_is_no_font(tmp_path: Path) -> None:
    (tmp_path / "x.ttf").write_bytes(b"not a font")
    with pytest.raises(FontUnreadable, match=r"x\.ttf"):
        Font(tmp_path / "x.ttf")
