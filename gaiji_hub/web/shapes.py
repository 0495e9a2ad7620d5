"""字形 as SVG: the only way a character's shape reaches a screen or a sheet of paper.

A browser's own font may draw another variant, so shapes are drawn from outlines. The pictures carry
presentation attributes only (no style attributes), as the content security policy demands.
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from gaiji_hub.moji.outline import Outline, svg_path

INK = "#111"
ONLY_QUERY = "#c4161c"
ONLY_CANDIDATE = "#0b5fd0"
BOTH = "#8a8f98"
_DESCENT = 0.12  # share of the em below the baseline in the common Mincho metrics
_BOX = 1000  # the overlay's own units
_STRETCH = 1.35  # two shapes are stretched to the same box unless that would distort more than this

Box = tuple[float, float, float, float]


def shape_svg(outline: Outline, title: str) -> bytes:
    """The outline in its em square, `title` as its accessible name. A blank outline gives an empty square."""
    x, y, width, height = _em_box(outline)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x:g} {y:g} {width:g} {height:g}" role="img">'
        f'<title>{escape(title)}</title><path fill="{INK}" d="{svg_path(outline)}"/></svg>\n'
    ).encode()


def _em_box(outline: Outline) -> Box:
    """A square around the em box and whatever ink lies outside it; y downwards."""
    em = outline.units_per_em
    left, top = 0.0, -(1 - _DESCENT) * em
    right, bottom = float(max(outline.advance, em)), _DESCENT * em
    bounds = outline.bounds()
    if bounds:
        left, right = min(left, bounds[0]), max(right, bounds[2])
        top, bottom = min(top, -bounds[3]), max(bottom, -bounds[1])
    side = max(right - left, bottom - top)
    return (left + right - side) / 2, (top + bottom - side) / 2, side, side


def overlay_svg(query: Outline, candidate: Outline, title: str) -> bytes:
    """Both shapes in the same box: red = only `query`, blue stripes = only `candidate`, grey = both.

    Stripes and fill differ as well as colours, so that print in black and colour-blind eyes can tell them.
    """
    mine, other = _placed(query, None), _placed(candidate, query)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-40 -40 {_BOX + 80} {_BOX + 80}" role="img">',
            f"<title>{escape(title)}</title><defs>",
            '<pattern id="s" width="24" height="24" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">',
            f'<rect width="24" height="24" fill="#cfe0fb"/><rect width="14" height="24" fill="{ONLY_CANDIDATE}"/>',
            "</pattern>",
            _mask("q", mine),
            _mask("c", other),
            "</defs>",
            f'<g fill="{ONLY_QUERY}">{mine}</g>',
            f'<g fill="url(#s)">{other}</g>',
            f'<g mask="url(#q)"><g fill="{BOTH}">{other}</g></g>',
            "</svg>\n",
        )
    ).encode()


def _mask(name: str, path: str) -> str:
    return (
        f'<mask id="{name}" maskUnits="userSpaceOnUse" x="-40" y="-40" width="{_BOX + 80}" height="{_BOX + 80}">'
        f'<g fill="#fff">{path}</g></mask>'
    )


def _placed(outline: Outline, like: Outline | None) -> str:
    """The path moved and scaled into the overlay's box; with `like`, into the box its ink takes there."""
    bounds = outline.bounds()
    if bounds is None:
        return ""
    target = _fit((like.bounds() if like else None) or bounds)
    width, height = max(bounds[2] - bounds[0], 1), max(bounds[3] - bounds[1], 1)
    scale_x, scale_y = target[2] / width, target[3] / height
    if max(scale_x, scale_y) > _STRETCH * min(scale_x, scale_y):
        scale_x = scale_y = min(scale_x, scale_y)
    move_x = target[0] + (target[2] - width * scale_x) / 2 - bounds[0] * scale_x
    move_y = target[1] + (target[3] - height * scale_y) / 2 + bounds[3] * scale_y
    transform = f"translate({move_x:.2f} {move_y:.2f}) scale({scale_x:.5f} {scale_y:.5f})"
    return f'<path transform="{transform}" d="{svg_path(outline)}"/>'


def _fit(bounds: tuple[int, int, int, int]) -> Box:
    """The largest place of the bounds' proportions centred in the overlay's box: (x, y, width, height)."""
    width, height = max(bounds[2] - bounds[0], 1), max(bounds[3] - bounds[1], 1)
    scale = min(_BOX / width, _BOX / height)
    return (_BOX - width * scale) / 2, (_BOX - height * scale) / 2, width * scale, height * scale
