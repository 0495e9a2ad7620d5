"""文字を調べる: everything the tables know of one character, its family side by side as shapes."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.web.api.characters import check_keys
from gaiji_hub.web.candidates import shrink_views
from gaiji_hub.web.characters import LABELS, answer_key
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site


@get("/char", sync_to_thread=True, include_in_schema=False)
def search_page(site: NamedDependency[Site], q: FromQuery[str] = "") -> Response[str] | Redirect:
    """The search box; a key leads to its own page."""
    key = q.strip()
    if key:
        check_keys([key])
        return Redirect(f"/char/{segment(key)}")
    return html("search.html", here="char", editions=site.tables.get().edition)


@get("/char/{key:str}", sync_to_thread=True, include_in_schema=False)
def character_page(site: NamedDependency[Site], key: FromPath[str]) -> Response[str]:
    """One character, or every glyph that a number or base names; an unknown key says so (404)."""
    tables = site.tables.get()
    answer = answer_key(tables, check_keys([key])[0])
    if not answer.found:
        return html("unknown_character.html", status=404, here="char")
    shapes = site.standard.get()
    drawn = {c.glyph for c in answer.characters if shapes.has(GlyphId(c.glyph))}
    own = answer.characters[0]
    family = [c for c in answer.characters if c is not own]
    return html(
        "character.html",
        here="char",
        own=own,
        family=family,
        drawn=drawn,
        labels=LABELS,
        font=shapes.edition,
        shrink=shrink_views(tables, shapes, own),
    )
