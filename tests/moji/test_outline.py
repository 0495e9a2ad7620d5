import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.moji.outline import MAX_POINTS, BadOutline, Outline, svg_path

POINT = st.tuples(st.integers(-32768, 32767), st.integers(-32768, 32767), st.booleans())
OUTLINES = st.builds(
    Outline,
    st.lists(st.lists(POINT, min_size=1, max_size=8).map(tuple), max_size=4).map(tuple),
    st.integers(0, 65535),
    st.integers(16, 16384),
)
SQUARE = Outline((((0, 0, True), (0, 100, True), (100, 100, True), (100, 0, True)),), 120, 1000)


@given(OUTLINES)
def test_bytes_round_trip(outline):
    assert Outline.from_bytes(outline.to_bytes()) == outline


@given(OUTLINES, st.data())
def test_any_truncation_is_refused(outline, data):
    whole = outline.to_bytes()
    with pytest.raises(BadOutline):
        Outline.from_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("data", [b"", b"GHO1", SQUARE.to_bytes() + b"\0", b"XXXX" + SQUARE.to_bytes()[4:]])
def test_what_was_not_written_is_refused(data):
    with pytest.raises(BadOutline):
        Outline.from_bytes(data)


def test_too_many_points_are_refused():
    contour = tuple((0, 0, True) for _ in range(MAX_POINTS // 2 + 1))
    with pytest.raises(BadOutline):
        Outline.from_bytes(Outline((contour, contour), 0, 1000).to_bytes())


def test_equal_shapes_have_equal_hashes_and_others_not():
    moved = Outline((((1, 0, True), *SQUARE.contours[0][1:]),), 120, 1000)
    assert SQUARE.hash == Outline.from_bytes(SQUARE.to_bytes()).hash != moved.hash


def test_svg_of_a_square_points_downwards():
    assert svg_path(SQUARE) == "M0 0L0 -100L100 -100L100 0Z"


def test_svg_writes_implied_points_between_controls():
    circle = Outline((((0, 10, False), (10, 0, False), (0, -10, False), (-10, 0, False)),), 20, 100)
    assert svg_path(circle).count("Q") == 4


@given(OUTLINES)
def test_svg_never_fails_and_closes_every_contour(outline):
    assert svg_path(outline).count("Z") == len(outline.contours)


def test_bounds():
    assert SQUARE.bounds() == (0, 0, 100, 100)
    assert Outline((), 0, 1000).bounds() is None
    assert Outline((), 0, 1000).blank
