"""Dots → outline: drawn again at the same size, the outline gives back the dots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from gaiji_hub.glyphs.raster import draw, shape_of
from gaiji_hub.glyphs.trace import UNITS_PER_DOT, BadDots, Dots, to_dots, trace
from gaiji_hub.moji.outline import Outline


def drawn(outline: Outline, size: int) -> Dots:
    scale = size / outline.units_per_em
    return draw(shape_of(outline), (scale, scale, 0, round(0.12 * outline.units_per_em) * scale), size, size) >= 128


@settings(max_examples=60, deadline=None)
@given(arrays(np.bool_, (12, 12)))
def test_ink_stays_ink_and_paper_paper(dots: Dots) -> None:
    """Rounding may take at most an eighth of a dot at each corner: no dot flips unless it stands alone."""
    again = drawn(trace(dots, 16), 12)
    assert np.array_equal(again, dots)


def test_a_blank_cell_is_a_blank_outline() -> None:
    assert trace(np.zeros((64, 64), np.bool_)).blank


def test_a_block_keeps_its_corners() -> None:
    dots = np.zeros((64, 64), np.bool_)
    dots[10:20, 10:30] = True
    (contour,) = trace(dots).contours
    assert len(contour) == 4
    assert all(on for _x, _y, on in contour)
    xs = {x for x, _y, _on in contour}
    assert xs == {10 * UNITS_PER_DOT, 30 * UNITS_PER_DOT}


def test_a_hole_runs_the_other_way() -> None:
    dots = np.ones((8, 8), np.bool_)
    dots[3:6, 3:6] = False
    areas = []
    for contour in trace(dots).contours:
        x, y = np.array([p[0] for p in contour]), np.array([p[1] for p in contour])
        areas.append(float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y) / 2))
    assert len(areas) == 2
    assert areas[0] < 0 < areas[1]  # clockwise outside, as TrueType wants


def test_a_staircase_becomes_a_slope() -> None:
    dots = np.tril(np.ones((16, 16), np.bool_))
    (contour,) = trace(dots).contours
    assert sum(not on for _x, _y, on in contour) >= 28


def test_dots_that_touch_at_a_corner_stay_joined() -> None:
    assert len(trace(np.eye(6, dtype=np.bool_)).contours) == 1


def test_the_same_dots_give_the_same_bytes() -> None:
    dots = np.random.default_rng(4).random((64, 64)) < 0.4
    assert trace(dots).to_bytes() == trace(dots.copy()).to_bytes()


def test_ink_larger_than_the_cell_is_fitted() -> None:
    wide = Outline((((-500, 0, True), (-500, 100, True), (1500, 100, True), (1500, 0, True)),), 1000, 1000)
    dots = to_dots(wide)
    columns = np.flatnonzero(dots.any(axis=0))
    assert (columns[0], columns[-1]) == (0, 63)


def test_a_blank_outline_is_a_blank_cell() -> None:
    assert not to_dots(Outline((), 1000, 1000)).any()


@pytest.mark.parametrize("shape", [(3, 4), (0, 0), (300, 300)])
def test_a_cell_must_be_a_small_square(shape: tuple[int, int]) -> None:
    with pytest.raises(BadDots):
        trace(np.zeros(shape, np.bool_))
