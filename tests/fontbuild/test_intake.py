"""Sound fonts in: what is taken, told by content, in every container."""

from __future__ import annotations

import hashlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.fontbuild import container
from gaiji_hub.fontbuild.extract import TooManyCodes
from gaiji_hub.fontbuild.intake import NoWantedGlyphs, read_outlines
from gaiji_hub.fontbuild.rebuild import FontGlyph, build_font, to_woff2
from gaiji_hub.moji.outline import Outline
from tests.fontbuild import corpus
from tests.fontbuild.strategies import DATE, EM, NAMES, outlines


@pytest.fixture
def font_file(tmp_path):
    def write(data: bytes, name: str = "EUDC.TTE"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def test_what_is_taken_from_a_truetype_font(font_file):
    data = corpus.saved(corpus.truetype())
    intake = read_outlines(font_file(data))
    assert intake.sha256 == hashlib.sha256(data).hexdigest()
    assert (intake.family, intake.units_per_em, intake.face_count) == ("試験", 1000, 1)
    assert [coded.code for coded in intake.glyphs] == [0xE000]
    assert intake.glyphs[0].outline == Outline(corpus.SQUARE, 1000, 1000)
    assert (intake.blank_codes, intake.missing_codes) == ((), ())


@pytest.mark.parametrize("name", ["EUDC.TTE", "x.ttf", "x.otf", "外字", "x.txt"])
def test_the_name_of_the_file_does_not_count(font_file, name):
    assert len(read_outlines(font_file(corpus.saved(corpus.truetype()), name)).glyphs) == 1


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_web_fonts_give_the_same_outlines(font_file, flavor):
    plain = read_outlines(font_file(corpus.saved(corpus.truetype())))
    assert read_outlines(font_file(corpus.saved(corpus.truetype(), flavor))).glyphs == plain.glyphs


def test_codes_ascend_and_blank_and_missing_are_told(font_file):
    glyphs = {"a": corpus.square(), "b": corpus.TTGlyphPen(None).glyph()}
    data = corpus.saved(
        corpus.truetype(glyphs, {0x4E00: "a", 0xE001: "b", 0xE000: "a", 0xF0000: "a", 0xE005: ".notdef"})
    )
    default = read_outlines(font_file(data))
    assert [coded.code for coded in default.glyphs] == [0xE000, 0xF0000]
    assert (default.blank_codes, default.missing_codes) == ((0xE001,), ())
    asked = read_outlines(font_file(data), [0xE005, 0xE001, 0x4E00, 0x4E00, 0xE009])
    assert [coded.code for coded in asked.glyphs] == [0x4E00]
    assert (asked.blank_codes, asked.missing_codes) == ((0xE001,), (0xE005, 0xE009))


def test_wanted_codes_are_counted_before_anything_is_read(tmp_path):
    with pytest.raises(TooManyCodes, match="6401 字"):
        read_outlines(tmp_path / "not even there", range(0xE000, 0xE000 + 6401))


def test_no_wanted_glyph_says_what_was_looked_for(font_file):
    with pytest.raises(NoWantedGlyphs, match=r"U\+4E00–4E01 の 2 字.*符号がない 2 字"):
        read_outlines(font_file(corpus.saved(corpus.truetype())), [0x4E00, 0x4E01])
    with pytest.raises(NoWantedGlyphs, match="コード 0 個"):
        read_outlines(font_file(corpus.saved(corpus.truetype())), [])


def test_a_face_of_a_collection(font_file):
    second = corpus.truetype({"a": corpus.square(300)})
    path = font_file(corpus.collection(corpus.truetype(), second))
    assert read_outlines(path).face_count == 2
    assert read_outlines(path, face=1).glyphs[0].outline.bounds() == (100, 0, 400, 300)
    with pytest.raises(container.BadFace, match="2（このファイルは 0〜1）"):
        read_outlines(path, face=2)


@pytest.mark.parametrize(
    "make",
    [
        lambda: corpus.without("name"),
        lambda: corpus.without("name", "OS/2", "post"),
        corpus.broken_extras,
        corpus.disorderly,
    ],
)
def test_what_says_nothing_about_shapes_does_not_refuse_a_font(font_file, make):
    assert read_outlines(font_file(make())).glyphs[0].outline.contours == corpus.SQUARE


def test_composites_are_flattened(font_file):
    glyphs = {"a": corpus.composite("b", "b"), "b": corpus.square()}
    outline = read_outlines(font_file(corpus.saved(corpus.truetype(glyphs)))).glyphs[0].outline
    assert outline.contours == corpus.SQUARE * 2


def test_cubic_curves_become_quadratic_within_a_thousandth_of_an_em(font_file):
    """The curve (100, 100) (100, 500) (500, 900) (900, 900) passes (350, 650) at its middle."""
    outline = read_outlines(font_file(corpus.saved(corpus.opentype()))).glyphs[0].outline
    contour = outline.contours[0]
    assert not all(on for _, _, on in contour)
    assert any(abs(x - 350) <= 1 and abs(y - 650) <= 1 for x, y in middles(contour))


def middles(contour):
    """Every point on the curve where two quadratic pieces meet, implied ones included."""
    for (x0, y0, on0), (x1, y1, on1) in zip(contour, contour[1:] + contour[:1], strict=True):
        if on0:
            yield x0, y0
        elif not on1:
            yield (x0 + x1) / 2, (y0 + y1) / 2


def test_a_symbol_cmap_counts_as_codes(font_file):
    font = corpus.truetype(codes={0xF0A1: "a"})
    font["cmap"].tables = font["cmap"].tables[:1]
    font["cmap"].tables[0].platformID, font["cmap"].tables[0].platEncID = 3, 0
    assert [coded.code for coded in read_outlines(font_file(corpus.saved(font))).glyphs] == [0xF0A1]


def test_a_family_name_with_control_characters_is_shown_safely(font_file):
    intake = read_outlines(font_file(corpus.saved(corpus.truetype(name="外\u202e字\x07" + "長" * 200))))
    assert intake.family == "外?字?" + "長" * 96 + "…"


def test_the_family_name_is_read_within_caps(font_file):
    """A name of 65,534 bytes, a table cut off in its records, and a record that points outside: never an error."""
    long = read_outlines(font_file(corpus.huge_name(900_000))).family
    assert long == "\u3042" * 100 + "…"
    assert read_outlines(font_file(corpus.with_name(b"\0\0\0\2\0\6\0\3"))).family == ""
    outside = struct.pack(">9H", 0, 1, 18, 3, 1, 0x411, 1, 40, 9_000)
    assert read_outlines(font_file(corpus.with_name(outside))).family == ""


@settings(max_examples=8, deadline=None)
@given(st.lists(outlines(), min_size=1, max_size=8))
def test_what_is_built_is_read_back_the_same(tmp_path_factory, shapes):
    glyphs = [FontGlyph(f"g{n}", shape, (0xE000 + n,)) for n, shape in enumerate(shapes)]
    path = tmp_path_factory.mktemp("round") / "font"
    path.write_bytes(build_font(glyphs, NAMES, units_per_em=EM, modified=DATE))
    assert [coded.outline for coded in read_outlines(path).glyphs] == shapes
    path.write_bytes(to_woff2(path.read_bytes()))
    assert [coded.outline for coded in read_outlines(path).glyphs] == shapes


def test_the_standard_font_by_code(standard_font):
    intake = read_outlines(standard_font, [0x9089, 0x4E00, 0xE000])
    assert [coded.code for coded in intake.glyphs] == [0x4E00, 0x9089]
    assert (intake.family, intake.units_per_em) == ("IPAmj明朝", 2048)


def test_every_private_use_code_of_a_large_font(demo_font):
    intake = read_outlines(demo_font)
    assert len(intake.glyphs) == 4_637
    assert intake.family == "BabelStone Han"
