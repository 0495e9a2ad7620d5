"""文字を調べる: everything the tables know of one character, its family side by side as shapes."""

from __future__ import annotations

import contextlib
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.services.characters import UnknownHubCharacter
from gaiji_hub.services.characters import find_character as find_hub_character
from gaiji_hub.tables.labels import NUMBER_LABELS
from gaiji_hub.tables.search.conditions import UnknownRadical
from gaiji_hub.tables.search.grammar import BadSearch
from gaiji_hub.tables.search.run import Results, search
from gaiji_hub.tables.systems.describe import find_code
from gaiji_hub.web.api.characters import MAX_KEY, check_keys
from gaiji_hub.web.candidates import shrink_views
from gaiji_hub.web.characters import answer_key
from gaiji_hub.web.gate import ANYBODY
from gaiji_hub.web.pages.character_search import PAGE, SearchFields, search_view
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor


class SearchForm(msgspec.Struct, frozen=True):
    """What the search box sends."""

    q: str = ""


@get("/char", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def search_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """How a character can be named."""
    return search_view(site, visitor)


@post("/char/find", sync_to_thread=True, include_in_schema=False, status_code=303, opt=ANYBODY)
def find_character(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], data: URLEncodedBody[SearchForm]
) -> Response[Any]:
    """The box above every page. Only what names a character becomes an address: a name typed here must not end in one.

    What names none but is a search of several characters (`へん`, `穴+自+辶`) is answered as one.
    """
    key = data.q.strip()
    if not key:
        return Redirect("/char", status_code=303)
    tables = site.tables.get()
    if len(key) <= MAX_KEY and (find_code(tables.systems, key) or tables.find(key)):
        return Redirect(f"/char/{segment(key)}", status_code=303)
    found = _searched(site, key) if 1 < len(key) <= MAX_KEY else None
    if found is not None and found.total:
        return search_view(site, visitor, SearchFields(words=key), found)
    return html("unknown_character.html", visitor, status=404, here="char")


def _searched(site: Site, query: str) -> Results | None:
    """The first page of a search, or None for what is none."""
    with contextlib.suppress(BadSearch, UnknownRadical):
        return search(site.search.get(), query, limit=PAGE)
    return None


@get("/char/{key:str}", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def character_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor], key: FromPath[str]) -> Response[Any]:
    """One character, or every glyph that a number or base names; an unknown key says so (404).

    A hub character is shown by the first of the visitor's municipalities that sees it, its owner before others.
    """
    if is_hub_id(key.upper()):
        town = _town_of(site, visitor, key)
        if not town:
            return html("unknown_character.html", visitor, status=404, here="char")
        return Redirect(f"/t/{segment(town)}/characters/{segment(key.upper())}", status_code=303)
    tables = site.tables.get()
    code = find_code(tables.systems, check_keys([key])[0])
    if code is not None:
        glyph = next(iter(tables.find(str(code["text"]))), None) if code["text"] else None
        shapes = site.standard.get()
        return html(
            "code.html", visitor, here="char", code=code, glyph=glyph, has_shape=shapes.has, font=shapes.edition
        )
    answer = answer_key(tables, key, fully=True)
    if not answer.found:
        return html("unknown_character.html", visitor, status=404, here="char")
    shapes = site.standard.get()
    own, *others = answer.characters
    family = dict.fromkeys([*own.family, *(other.glyph for other in others)])
    return html(
        "character.html",
        visitor,
        here="char",
        own=own,
        family=[glyph for glyph in family if glyph != own.glyph],
        has_shape=shapes.has,
        labels=NUMBER_LABELS,
        font=shapes.edition,
        shrink=shrink_views(tables, shapes, own),
    )


def _town_of(site: Site, visitor: Visitor, character: str) -> str:
    """The municipality of the visitor's that shows a hub character; "" where none sees it."""
    towns = sorted(lg for lg in visitor.actor.lg_codes if visitor.actor.may(Permission.READ, lg))
    seen: list[str] = []
    with site.reading(visitor) as session:
        for lg in towns:
            with contextlib.suppress(UnknownHubCharacter):
                if find_hub_character(session, lg, character).lg_code == lg:
                    return lg
                seen.append(lg)
    return seen[0] if seen else ""
