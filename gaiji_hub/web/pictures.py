"""Addresses of shapes: `/glyphs/MJ026190.svg`, a town's own shape, and the overlay of the two."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.glyph_id import parse_glyph_id
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.services.characters import outline_in_scope
from gaiji_hub.services.intake import shape_outline
from gaiji_hub.web.gate import ANYBODY, needs
from gaiji_hub.web.shapes import overlay_svg, shape_svg
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor, reader

FOREVER = "private, max-age=31536000, immutable"
SHORT = "private, max-age=60"


def svg_answer(data: bytes, request: Request[Any, Any, Any]) -> Response[bytes]:
    """A picture; its address may be kept for ever when it carries the edition (`?v=`) or a shape's hash."""
    kept = FOREVER if "v" in request.query_params else SHORT
    return Response(data, media_type="image/svg+xml", headers={"Cache-Control": kept})


def _name(file: str) -> str:
    if not file.endswith(".svg"):
        raise NotFound(what="図")
    return file.removesuffix(".svg")


@get("/glyphs/{file:str}", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def serve_glyph(
    request: Request[Any, Any, Any], site: NamedDependency[Site], visitor: NamedDependency[Visitor], file: FromPath[str]
) -> Response[bytes]:
    """The standard font's shape of a glyph id; of a hub character, if a town that the visitor may read sees it."""
    glyph = parse_glyph_id(_name(file))
    if not is_hub_id(glyph):
        return svg_answer(site.standard.get().svg(glyph), request)
    with site.reading(reader(visitor)) as session:
        outline = outline_in_scope(session, glyph)
    return svg_answer(shape_svg(outline, glyph), request)


@get(
    "/m/{lg:str}/{system:str}/shapes/{file:str}",
    sync_to_thread=True,
    include_in_schema=False,
    opt=needs(Permission.READ),
)
def serve_shape(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """A shape this business system has or had, by hash."""
    with site.reading(visitor) as session:
        outline = shape_outline(session, lg, system, _name(file))
    return svg_answer(shape_svg(outline, "外字の字形"), request)


@get(
    "/m/{lg:str}/{system:str}/overlays/{shape:str}/{file:str}",
    sync_to_thread=True,
    include_in_schema=False,
    opt=needs(Permission.READ),
)
def serve_overlay(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    shape: FromPath[str],
    file: FromPath[str],
) -> Response[bytes]:
    """The town's shape over the standard font's, both in one box (see `overlay_svg`)."""
    glyph = parse_glyph_id(_name(file))
    with site.reading(visitor) as session:
        outline = shape_outline(session, lg, system, shape)
    return svg_answer(overlay_svg(outline, site.standard.get().outline(glyph), f"外字と {glyph} の重ね合わせ"), request)
