"""The font builder: same bytes, right glyph for every code and sequence, in the eyes of other programs."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from pathlib import Path

import freetype
import pytest
import uharfbuzz
from fontTools import subset
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.rebuild import CannotBuildFont, FontGlyph, FontNames, build_font, scale, to_woff2
from gaiji_hub.moji.outline import Outline
from tests.fontbuild import corpus
from tests.fontbuild.strategies import DATE, EM, NAMES, outlines

ROOT = Path(__file__).parents[2]
VS17, VS18, VS19 = 0xE0100, 0xE0101, 0xE0102
SHAPE = Outline(corpus.SQUARE, 1000, EM)


def glyphs() -> list[FontGlyph]:
    """Out of code order on purpose; `b` is both the base's own glyph and one of its sequences."""
    tall = Outline((((0, -200, True), (0, 1500, True), (500, 700, False)),), 900, EM)
    return [
        FontGlyph("a", tall, (0xE001, 0xF0000), ((0x9089, VS18),)),
        FontGlyph("b", SHAPE, (0x9089, 0xE000), ((0x9089, VS17),)),
        FontGlyph("c", tall, (), ((0x9089, VS19), (0x20089, VS17))),
    ]


def built(order: list[FontGlyph] | None = None) -> bytes:
    return build_font(glyphs() if order is None else order, NAMES, units_per_em=EM, modified=DATE)


def shaped(data: bytes, text: str) -> list[str]:
    font = uharfbuzz.Font(uharfbuzz.Face(data))
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(font, buffer)
    return [font.glyph_to_string(info.codepoint) for info in buffer.glyph_infos]


@pytest.mark.parametrize(
    ("text", "glyph"),
    [
        ("\ue000", "b"),
        ("\ue001", "a"),
        ("\U000f0000", "a"),
        ("邉", "b"),
        ("邉\U000e0100", "b"),
        ("邉\U000e0101", "a"),
        ("邉\U000e0102", "c"),
        ("\U00020089\U000e0100", "c"),
        (" ", "space"),
    ],
)
def test_harfbuzz_shapes_to_the_wanted_glyph(text, glyph):
    assert shaped(built(), text) == [glyph]
    assert shaped(built(), "\ue002") == [".notdef"]


def test_freetype_draws_every_code():
    face = freetype.Face(io.BytesIO(built()))
    face.set_pixel_sizes(0, 64)
    for code in (0xE000, 0xE001, 0xF0000, 0x9089):
        face.load_char(chr(code), freetype.FT_LOAD_RENDER)
        assert any(face.glyph.bitmap.buffer), f"{code:04X}"


def test_ots_passes_and_every_code_resolves():
    assert check_font(built()) == []
    assert check_font(to_woff2(built())) == []


def test_the_order_of_the_glyphs_is_the_callers():
    assert TTFont(io.BytesIO(built())).getGlyphOrder() == [".notdef", "space", "a", "b", "c"]
    assert TTFont(io.BytesIO(built(glyphs()[::-1]))).getGlyphOrder() == [".notdef", "space", "c", "b", "a"]


def test_same_bytes_under_another_hash_seed_and_time_zone():
    script = (
        "import hashlib; from tests.fontbuild.test_rebuild import built, to_woff2;"
        "print(hashlib.sha256(built()).hexdigest(), hashlib.sha256(to_woff2(built())).hexdigest())"
    )
    expected = f"{hashlib.sha256(built()).hexdigest()} {hashlib.sha256(to_woff2(built())).hexdigest()}"
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/New_York")):
        environment = {"PATH": os.defpath, "PYTHONHASHSEED": seed, "TZ": zone, "SOURCE_DATE_EPOCH": "1"}
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected


def test_the_date_is_an_input():
    moment = TTFont(io.BytesIO(built()))["head"].modified
    assert moment == (DATE - DATE.replace(year=1904, month=1, day=1)).days * 86_400


def test_tables_say_japanese_and_private_use_and_cut_nothing_off():
    font = TTFont(io.BytesIO(built()))
    os2 = font["OS/2"]
    assert os2.ulCodePageRange1 & 1 << 17
    assert os2.ulUnicodeRange2 & 1 << (60 - 32)
    assert (os2.usWinAscent, os2.usWinDescent) == (1500, 200)
    assert (font["hhea"].ascent, font["hhea"].descent) == (880, -120)
    assert sorted({table.format for table in font["cmap"].tables}) == [4, 12, 14]
    assert set(font.keys()) == {
        "GlyphOrder", "head", "hhea", "maxp", "OS/2", "hmtx", "cmap", "loca", "glyf", "name", "post",
    }  # fmt: skip


def test_the_names_are_those_given():
    names = TTFont(io.BytesIO(built()))["name"]
    assert str(names.getName(1, 3, 1, 0x411)) == NAMES.family
    assert str(names.getName(1, 3, 1, 0x409)) == NAMES.family_en
    assert str(names.getName(6, 3, 1, 0x409)) == NAMES.postscript


def test_fonttools_subsetting_loses_sequences_unless_selectors_are_listed():
    """Why fonts are rebuilt here and not subset: this is what a subsetter does to cmap 14."""

    def kept(codes: list[int]) -> list[int]:
        font = TTFont(io.BytesIO(built()))
        subsetter = subset.Subsetter()
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        tables = [table for table in font["cmap"].tables if table.format == 14]
        return sorted(selector for table in tables for selector in table.uvsDict)

    assert kept([0x9089]) == []
    assert kept([0x9089, VS17, VS18, VS19]) == [VS17, VS18, VS19]


def test_six_thousand_scattered_codes_fit():
    many = [FontGlyph(f"g{n}", SHAPE, (0xE000 + n * 4793 % 6400,)) for n in range(6400)]
    data = built(many)
    assert check_font(data) == []
    assert shaped(data, chr(0xE000 + 4793)) == ["g1"]


def test_format_4_is_left_out_where_it_cannot_hold_the_codes():
    many = [FontGlyph(f"g{n}", Outline((), 1000, EM), (0x3400 + 2 * n,)) for n in range(9000)]
    data = built(many)
    assert {table.format for table in TTFont(io.BytesIO(data))["cmap"].tables} == {12}
    assert shaped(data, chr(0x3402)) == ["g1"]


def refused(reason: str, *order: FontGlyph, names: FontNames = NAMES, em: int = EM) -> None:
    with pytest.raises(CannotBuildFont, match=reason):
        build_font(order, names, units_per_em=em, modified=DATE)


def test_what_cannot_be_built():
    a = FontGlyph("a", SHAPE, (0xE000,), ((0x9089, VS17),))
    refused("字形の名前 a が二つ", a, a)
    refused(r"符号 U\+E000 が二つ", a, FontGlyph("b", SHAPE, (0xE000,)))
    refused(r"異体字列 U\+9089 U\+E0100 が二つ", a, FontGlyph("b", SHAPE, (), ((0x9089, VS17),)))
    refused("名前が正しくありません", FontGlyph("外字", SHAPE))
    refused("字形の名前 space が二つ", FontGlyph("space", SHAPE))
    refused("1 em が 8 単位", a, em=8)
    refused("±16383", FontGlyph("a", Outline((((0, 0, True), (20_000, 0, True)),), 0, EM)))
    refused("上限 65533 個", *[FontGlyph(f"g{n}", SHAPE) for n in range(65_534)])
    refused("31 文字", a, names=FontNames("長" * 32, "x", "x", "1", "", ""))


@given(outlines(1024), st.sampled_from([256, 1000, 1024, 2048]))
def test_scaling_rounds_half_up_and_keeps_the_form(outline, em):
    scaled = scale(outline, em)
    assert scaled.units_per_em == em
    for old, new in zip(outline.contours, scaled.contours, strict=True):
        for (x, y, on), (sx, sy, s_on) in zip(old, new, strict=True):
            assert on == s_on
            assert -0.5 < sx - x * em / 1024 <= 0.5
            assert -0.5 < sy - y * em / 1024 <= 0.5


def test_scaling_to_the_same_em_changes_nothing():
    assert scale(SHAPE, EM) is SHAPE
