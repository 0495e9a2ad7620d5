"""字形の図: placed in a square, overlaid in one box, nothing but presentation attributes."""

import re
from xml.etree import ElementTree

from gaiji_hub.moji.outline import Outline
from gaiji_hub.web.shapes import ONLY_QUERY, overlay_svg, shape_svg

SVG = "{http://www.w3.org/2000/svg}"


def square(x0: int, y0: int, x1: int, y1: int, em: int = 1000) -> Outline:
    corners = ((x0, y0, True), (x1, y0, True), (x1, y1, True), (x0, y1, True))
    return Outline((corners,), em, em)


def view_box(svg: bytes) -> list[float]:
    return [float(part) for part in ElementTree.fromstring(svg).attrib["viewBox"].split()]


def test_a_shape_is_drawn_in_its_em_square():
    assert view_box(shape_svg(square(100, 0, 900, 800), "外字")) == [0, -880, 1000, 1000]


def test_ink_outside_the_em_square_stays_visible():
    x, y, width, height = view_box(shape_svg(square(-200, -400, 1100, 1200), "外字"))
    assert x <= -200
    assert x + width >= 1100
    assert y <= -1200
    assert y + height >= 400
    assert width == height


def test_a_blank_outline_is_an_empty_square():
    svg = ElementTree.fromstring(shape_svg(Outline((), 1000, 1000), "空"))
    assert svg.find(f"{SVG}path").attrib["d"] == ""


def test_the_title_is_escaped():
    svg = ElementTree.fromstring(shape_svg(square(0, 0, 10, 10), "<script>&"))
    assert svg.find(f"{SVG}title").text == "<script>&"


def placed_corners(svg: bytes, group: int) -> list[tuple[float, float]]:
    """The corners of the first path of a drawn group after its transform."""
    path = ElementTree.fromstring(svg).findall(f"{SVG}g")[group].find(f".//{SVG}path")
    numbers = re.findall(r"-?[\d.]+", path.attrib["transform"])
    move_x, move_y, scale_x, scale_y = map(float, numbers)
    points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
    return sorted({(round(move_x + float(x) * scale_x), round(move_y + float(y) * scale_y)) for x, y in points})


def test_two_shapes_of_other_size_and_place_cover_the_same_box():
    small, large = square(10, 10, 110, 210, em=256), square(300, 0, 1300, 2000, em=2048)
    svg = overlay_svg(small, large, "重ね")
    assert placed_corners(svg, 0) == placed_corners(svg, 1) == [(250, 0), (250, 1000), (750, 0), (750, 1000)]


def test_very_different_proportions_are_not_stretched():
    svg = overlay_svg(square(0, 0, 1000, 1000), square(0, 0, 1000, 100), "重ね")
    ys = [y for _, y in placed_corners(svg, 1)]
    assert max(ys) - min(ys) == 100


def test_only_query_only_candidate_and_both_are_drawn_in_different_ways():
    groups = ElementTree.fromstring(overlay_svg(square(0, 0, 9, 9), square(0, 0, 9, 9), "重ね")).findall(f"{SVG}g")
    assert groups[0].attrib["fill"] == ONLY_QUERY
    assert groups[1].attrib["fill"] == "url(#s)"
    assert groups[2].attrib["mask"] == "url(#q)"


def test_pictures_carry_no_style_and_no_script():
    for svg in (shape_svg(square(0, 0, 9, 9), "x"), overlay_svg(square(0, 0, 9, 9), Outline((), 9, 1000), "x")):
        assert b"style" not in svg
        assert b"script" not in svg
