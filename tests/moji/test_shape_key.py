"""One shape, one key, however a font wrote it down; another shape, another key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.outline import Contour, Outline
from gaiji_hub.moji.shape_key import shape_key

SQUARE: Contour = ((100, 0, True), (100, 700, True), (800, 700, True), (800, 0, True))
ROUND: Contour = ((0, 0, True), (0, 100, False), (200, 100, False), (200, 0, True))
INNER: Contour = ((300, 200, True), (500, 200, True), (500, 400, True), (300, 400, True))


def outline(*contours: Contour, advance: int = 1000, units: int = 1000) -> Outline:
    return Outline(tuple(contours), advance, units)


def scaled(contour: Contour, factor: int) -> Contour:
    return tuple((x * factor, y * factor, on) for x, y, on in contour)


KEY = shape_key(outline(SQUARE, INNER))


@pytest.mark.parametrize(
    "same",
    [
        outline(INNER, SQUARE),
        outline(SQUARE[2:] + SQUARE[:2], INNER),
        outline(SQUARE[::-1], INNER[::-1]),
        outline(SQUARE, INNER, advance=500),
        outline(scaled(SQUARE, 2), scaled(INNER, 2), advance=2000, units=2000),
        outline(SQUARE, INNER, ()),
        outline((*SQUARE, SQUARE[-1]), INNER),
    ],
)
def test_what_says_nothing_about_the_shape_does_not_count(same: Outline):
    assert shape_key(same) == KEY


def test_an_implied_point_may_be_written_or_left_out():
    written = (*ROUND[:2], (100, 100, True), *ROUND[2:])
    assert shape_key(outline(ROUND)) == shape_key(outline(written))


@pytest.mark.parametrize(
    "other",
    [
        outline(SQUARE),
        outline(SQUARE, scaled(INNER, 2)),
        outline(tuple((x + 5, y, on) for x, y, on in SQUARE), INNER),
        outline((*SQUARE[:3], (800, 1, True)), INNER),
        outline((*SQUARE[:3], (800, 0, False)), INNER),
        outline(SQUARE, INNER, units=1024),
    ],
)
def test_another_shape_has_another_key(other: Outline):
    assert shape_key(other) != KEY


@pytest.mark.parametrize("blank", [outline(), outline(()), outline(((5, 5, True),))])
def test_what_draws_nothing_has_no_key(blank: Outline):
    assert shape_key(blank) == ""


_POINTS = st.lists(st.tuples(st.integers(-900, 900), st.integers(-900, 900), st.booleans()), min_size=3, max_size=9)


@given(_POINTS.map(tuple), st.integers(0, 8), st.sampled_from((1, 2, 4)))
def test_start_direction_and_scale_never_count(contour: Contour, turn: int, factor: int):
    turned = contour[turn % len(contour) :] + contour[: turn % len(contour)]
    again = outline(scaled(turned[::-1], factor), units=1000 * factor)
    assert shape_key(outline(contour)) == shape_key(again)
