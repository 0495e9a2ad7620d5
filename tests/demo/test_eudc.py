"""The towns' fonts: dots, trace, codes."""

from __future__ import annotations

from pathlib import Path

from gaiji_hub.demo.eudc import DemoFont, build_eudc, draw_shapes
from gaiji_hub.demo.sample import DemoGaiji
from gaiji_hub.demo.towns import ASAHI, TOWNS
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.glyphs.trace import CELL, UNITS_PER_DOT


def test_private_shapes_that_are_no_ideographs_are_left_out(font: DemoFont):
    assert font.usable(0x4E00 + 1)
    assert font.usable(0xE093)
    assert not font.usable(0xF8EB)  # a lone stroke
    assert not font.usable(0x10FFFF)  # not in the cmap
    assert not font.usable(0x3000)  # blank


def test_a_drawn_shape_lies_on_the_dot_grid(font: DemoFont):
    outline = font.drawn(0x4E95)
    assert outline.units_per_em == CELL * UNITS_PER_DOT
    assert outline.contours
    on_curve = [point for contour in outline.contours for point in contour if point[2]]
    assert all(x % (UNITS_PER_DOT // 2) == 0 for x, _, _ in on_curve)


def test_an_eudc_font_comes_back_through_intake(font: DemoFont, sample: tuple[DemoGaiji, ...], tmp_path: Path):
    shapes = draw_shapes(font, sample)
    for town in TOWNS:
        mine = [gaiji for gaiji in sample if gaiji.municipality == town.lg_code]
        path = tmp_path / f"{town.lg_code}.tte"
        path.write_bytes(build_eudc(town, mine, shapes))
        system = town.code_system
        wanted = {system.to_pua(system.parse(gaiji.local_code)): shapes[gaiji.source] for gaiji in mine}
        assert {glyph.code: glyph.outline for glyph in read_outlines(path).glyphs} == wanted


def test_the_same_sample_gives_the_same_bytes(font: DemoFont, sample: tuple[DemoGaiji, ...]):
    mine = [gaiji for gaiji in sample if gaiji.municipality == ASAHI.lg_code]
    again = list(reversed(mine))
    assert build_eudc(ASAHI, mine, draw_shapes(font, mine)) == build_eudc(ASAHI, again, draw_shapes(font, again))
