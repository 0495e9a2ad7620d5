"""The standard font by 文字図形名."""

from __future__ import annotations

import time

import freetype
import pytest

from gaiji_hub.fontbuild.standard import NotTheStandardFont, StandardFont
from gaiji_hub.moji.glyph_id import GlyphId
from tests.fontbuild import corpus


@pytest.fixture(scope="module")
def font(standard_font) -> StandardFont:
    return StandardFont.open(standard_font)


def test_it_has_the_59_161_glyphs_the_design_counts(font):
    assert len(font.ids) == 59_161
    assert font.units_per_em == 2048


def test_a_thousand_outlines_are_quick(font):
    ids = list(font.ids)[1_000:2_000]
    start = time.monotonic()
    assert list(font.outlines(ids)) == ids
    assert time.monotonic() - start < 2


def test_an_outline_is_the_one_freetype_loads(font, standard_font):
    face = freetype.Face(str(standard_font))
    face.load_char("邉", freetype.FT_LOAD_NO_SCALE)
    outline = font.outline(font.glyph_of("邉"))
    points = [point for contour in outline.contours for point in contour]
    assert [(x, y) for x, y, _ in points] == list(face.glyph.outline.points)
    assert outline.advance == face.glyph.advance.x


def test_what_the_font_lacks_is_none(font):
    assert font.outline(GlyphId("MJ999999")) is None
    assert font.outlines([GlyphId("MJ999999")]) == {}
    assert font.glyph_of("\U0010fffd") is None
    assert font.glyph_of("邉\U000e01ef") is None


def test_base_and_selector(font):
    assert font.glyph_of("邉") == "MJ026190"
    assert font.glyph_of("邉\U000e0117") == "MJ026197"


def test_it_states_its_source(font):
    source = font.source()
    assert source.family == "IPAmj明朝"
    assert "ipa_font_license" in source.licence


def test_another_file_is_not_the_standard_font(tmp_path):
    path = tmp_path / "ipamjm.ttf"
    for data in (b"", b"text", corpus.saved(corpus.truetype())):
        path.write_bytes(data)
        with pytest.raises(NotTheStandardFont, match="fonts fetch"):
            StandardFont.open(path)
    with pytest.raises(NotTheStandardFont, match="ありません"):
        StandardFont.open(tmp_path / "none")
