"""The font of a print job: what it shows by text and by private code, read back by another library."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import uharfbuzz

from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.rebuild import CannotBuildFont
from gaiji_hub.fontbuild.standard import FontSource, StandardFont
from gaiji_hub.fontbuild.subset import Coverage, PrintGlyph, family, print_font, read_coverage
from gaiji_hub.moji.outline import Outline

SOURCE = FontSource("元", "1", "権利", "許諾", "https://example.jp/")
DAY = datetime.date(2026, 4, 1)


def square(size: int) -> Outline:
    contour = ((0, 0, True), (0, size, True), (size, size, True), (size, 0, True))
    return Outline((contour,), 2048, 2048)


def build(*glyphs: PrintGlyph) -> bytes:
    return print_font(glyphs, "131016 0123abcd", SOURCE, units_per_em=2048, modified=DAY)


def test_a_glyph_is_reached_by_every_text_and_by_its_private_code():
    data = build(
        PrintGlyph(square(900), ("邉", "邉\U000e010f"), 0xE000),
        PrintGlyph(square(800), ("邉\U000e0119",)),
        PrintGlyph(square(700), (), 0xE001),
        PrintGlyph(Outline((), 2048, 2048), ("　",)),
    )
    assert read_coverage(data) == Coverage(
        frozenset({0x20, 0x3000, ord("邉"), 0xE000, 0xE001}),
        frozenset({(ord("邉"), 0xE010F), (ord("邉"), 0xE0119)}),
    )
    font = uharfbuzz.Font(uharfbuzz.Face(data))
    assert font.get_nominal_glyph(0xE000) == font.get_nominal_glyph(ord("邉"))
    assert font.get_variation_glyph(ord("邉"), 0xE0119) not in (None, font.get_nominal_glyph(ord("邉")))


def test_coverage_answers_for_one_character():
    coverage = read_coverage(build(PrintGlyph(square(900), ("邉\U000e0119",))))
    assert coverage.shows("邉\U000e0119")
    assert not any(coverage.shows(text) for text in ("邉", "邉\U000e010f", "", "邉邉", "邉\U000e0119\U000e0119"))


def test_two_shapes_for_one_text_or_code_are_refused():
    with pytest.raises(CannotBuildFont):
        build(PrintGlyph(square(900), ("邉",)), PrintGlyph(square(800), ("邉",)))
    with pytest.raises(CannotBuildFont):
        build(PrintGlyph(square(900), ("邉",), 0xE000), PrintGlyph(square(800), ("辺",), 0xE000))


def test_fonts_of_two_jobs_have_two_names():
    assert family("131016 0123abcd") != family("131016 0123abce")


def test_the_standard_font_draws_also_what_has_no_glyph_id(standard_font: Path):
    standard = StandardFont.open(standard_font)
    for text in ("あ", "A", "ー", "邉", "邉\U000e0119", "𛀂"):
        drawn = standard.drawn(text)
        assert drawn is not None
        assert not drawn.blank
        glyph = standard.glyph_of(text)
        assert glyph is None or standard.outline(glyph) == drawn
    assert standard.glyph_of("あ") is None
    assert standard.drawn("　").blank  # type: ignore[union-attr]
    assert standard.drawn("😀") is None
    assert standard.drawn("邉\U000e0102") is None


def turned(font: uharfbuzz.Font, text: str) -> list[int]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "ttb"
    uharfbuzz.shape(font, buffer)
    return [info.codepoint for info in buffer.glyph_infos]


def test_vertical_lines_get_their_shapes_and_no_code_leads_there(standard_font: Path):
    standard = StandardFont.open(standard_font)
    glyphs = [PrintGlyph(standard.drawn(c), (c,), None, standard.vertical(c)) for c in "ー「。ァ一あ"]  # type: ignore[arg-type]
    assert [glyph.vertical is not None for glyph in glyphs] == [True, True, True, True, False, False]
    data = build(*glyphs)
    assert check_font(data) == []
    font = uharfbuzz.Font(uharfbuzz.Face(data))
    flat = [font.get_nominal_glyph(ord(c)) for c in "ー「。ァ一あ"]
    upright = [turned(font, c)[0] for c in "ー「。ァ一あ"]
    assert [one != other for one, other in zip(flat, upright, strict=True)] == [True, True, True, True, False, False]
    assert read_coverage(data).codes == {0x20, *map(ord, "ー「。ァ一あ")}
    assert build(*glyphs) == data
