"""The walk itself, on fonts that OTS would have stopped: it does not rely on OTS for loops and bombs."""

from __future__ import annotations

import io

import pytest
from fontTools.ttLib import TTFont

from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.fontbuild.walk import BadGlyph, CffWalk, CompositeLoop, GlyfWalk, TooManyPoints
from tests.fontbuild import corpus


def walk(data: bytes) -> GlyfWalk:
    font = TTFont(io.BytesIO(data), lazy=True)
    return GlyfWalk(font.reader["glyf"], font["loca"], font["hmtx"].metrics, 1000)


@pytest.mark.parametrize("make", [corpus.looping, corpus.self_looping, corpus.doubling])
def test_loops_and_deep_nests(make):
    with pytest.raises(CompositeLoop, match=r"U\+E000 の字形"):
        walk(make()).outline(1, "a", "U+E000 ")


def test_sixteen_levels_are_allowed_and_seventeen_are_not():
    assert walk(corpus.chain(16)).outline(1, "g0", "").contours == corpus.SQUARE
    with pytest.raises(CompositeLoop, match="16 段"):
        walk(corpus.chain(17)).outline(1, "g0", "")


def test_a_glyph_read_as_a_part_first_is_still_too_deep_on_top():
    shapes = walk(corpus.chain(17))
    assert shapes.outline(2, "g1", "").contours == corpus.SQUARE
    with pytest.raises(CompositeLoop):
        shapes.outline(1, "g0", "")


def test_too_many_points_are_counted_before_flattening():
    with pytest.raises(TooManyPoints, match="20000"):
        walk(corpus.fan()).outline(1, "g0", "U+E000 ")


def test_a_point_weighs_for_every_level_and_every_part_for_itself():
    one, two, three = (walk(corpus.chain(levels)).work(1, "") for levels in (1, 2, 3))
    assert (one, two - one, three - two) == (16 + 4 + 1, 32 + 4, 32 + 4)


def test_damaged_data_is_refused_while_weighing():
    font = TTFont(io.BytesIO(corpus.saved(corpus.truetype())), lazy=True)
    shapes = GlyfWalk(font.reader["glyf"][:13], [0, 0, 13], font["hmtx"].metrics, 1000)
    assert shapes.work(0, "") == 16
    shapes = GlyfWalk(b"\xff\xff" + bytes(9), [0, 11], font["hmtx"].metrics, 1000)
    with pytest.raises(BadGlyph):
        shapes.work(0, "U+E000 ")


def test_cff_segments_are_counted_while_drawing():
    cff = corpus.opentype(curves=9_000)["CFF "].cff
    cff.topDictIndex[0].CharStrings.charStringsIndex = [None, cff.topDictIndex[0].CharStrings["a"]]
    assert_refused(CffWalk(cff, {"a": (1000, 0)}, 1000))


def assert_refused(cff_walk: CffWalk) -> None:
    with pytest.raises(TooManyPoints):
        cff_walk.outline(1, "a", "U+E000 ")


def test_damaged_glyph_data_names_the_character():
    font = TTFont(io.BytesIO(corpus.saved(corpus.truetype())), lazy=True)
    shapes = GlyfWalk(font.reader["glyf"][:-10], font["loca"], font["hmtx"].metrics, 1000)
    with pytest.raises(BadGlyph, match=r"U\+E000 の字形を読めません"):
        shapes.outline(1, "a", "U+E000 ")


def test_coordinates_past_16_bits_are_refused_not_clipped():
    far = corpus.composite("b")
    far.components[0].x, far.components[0].flags = 32_700, 0x0003
    with pytest.raises(BadGlyph, match="16 ビット"):
        walk(corpus.saved(corpus.truetype({"a": far, "b": corpus.square()}))).outline(1, "a", "")


def test_parsed_glyphs_are_not_kept_without_end(standard_font):
    font = StandardFont.open(standard_font)
    first = next(iter(font.ids))
    before = font.outline(first)
    font.outlines(list(font.ids)[:6_000])
    assert len(font._walk._glyphs) < 3_000
    assert font.outline(first) == before
