"""承認の表: what waits for approval as one HTML file to look at — the town's shape and the glyph chosen, side by side.

Nothing is fetched and nothing runs when the file is opened; every picture lies in it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.services.decisions import Identification
from gaiji_hub.web.shapes import overlay_svg, shape_svg

_STYLE = (
    "body{font-family:serif;margin:1.5em}table{border-collapse:collapse}th,td{border:1px solid #888;padding:.4em}"
    "img{width:96px;height:96px;display:block}td.words{max-width:24em;white-space:pre-wrap}"
)
_HEADS = ("判定", "コード", "外字", "選ばれた文字", "重ね合わせ", "判定の内容", "判定した人・根拠")


def format_sheet(
    title: str,
    seen: str,
    waiting: Sequence[Identification],
    shapes: Mapping[str, Outline],
    glyphs: Mapping[GlyphId, Outline],
) -> bytes:
    """The sheet as HTML (UTF-8). `shapes` are the gaiji's outlines by hash, `glyphs` those of the chosen glyphs.

    A glyph that the standard font does not draw is named only; a gaiji without outline is a `KeyError`.
    """
    rows = "".join(_row(one, shapes[one.shape], glyphs.get(one.glyph) if one.glyph else None) for one in waiting)
    heads = "".join(f"<th>{head}</th>" for head in _HEADS)
    return (
        f'<!DOCTYPE html>\n<html lang="ja"><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n<h1>{escape(title)}</h1>\n<p>{len(waiting)} 件　照合値 <code>{seen}</code></p>\n"
        f"<table><tr>{heads}</tr>\n{rows}</table></html>\n"
    ).encode()


def _row(one: Identification, shape: Outline, glyph: Outline | None) -> str:
    verdict = "未同定に戻す" if one.reopens else one.verdict.label
    words = f"{one.decided_by}\n{one.ground.label}\n{one.grounds}"
    cells = (
        f"第{one.number}号",
        one.local_code,
        _picture(shape_svg(shape, f"外字 {one.local_code}")),
        (_picture(shape_svg(glyph, one.glyph or "")) if glyph else "") + (one.glyph or "—"),
        _picture(overlay_svg(shape, glyph, f"{one.local_code} と {one.glyph}")) if glyph else "—",
        verdict,
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + f'<td class="words">{escape(words)}</td></tr>\n'


def _picture(svg: bytes) -> str:
    """A picture of its own: the ids inside of one overlay mean nothing to the next."""
    return f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(svg).decode()}">'
