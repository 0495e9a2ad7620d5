"""The composition root of the server: settings in, application out."""

from __future__ import annotations

import datetime
import gc
import sys
from collections.abc import Callable
from typing import Protocol

from litestar import Litestar

from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.oidc import Client, Provider
from gaiji_hub.services.release_lookup import Lookups
from gaiji_hub.settings import Settings
from gaiji_hub.tables.describe import describe_fully
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import local_tables
from gaiji_hub.tables.search.index import open_index
from gaiji_hub.tables.standard_font import find_standard_font, font_source
from gaiji_hub.web.application import create_app
from gaiji_hub.web.later import Later
from gaiji_hub.web.site import Site
from gaiji_hub.web.standard_shapes import StandardShapes


class Background(Protocol):
    """What runs beside the server in its process: started after it, stopped before its registry is closed."""

    def start(self) -> None: ...

    def stop(self) -> None: ...


def build_app(settings: Settings, background: Callable[[Site], Background] | None = None) -> Litestar:
    """The server over the data folder of `settings`; its database is brought to this version's schema.

    Tables and standard font are loaded after the start, beside the first answers; `/readyz` says when.
    """
    registry = Registry.open(settings.data, settings.database_url, marks=settings.marks)
    tables = Later("文字表", lambda: load_tables(settings))
    site = Site(
        registry=registry,
        lookups=Lookups(registry.store, registry.blobs),
        tables=tables,
        standard=Later("標準フォント", lambda: load_shapes(settings)),
        search=Later("文字検索の索引", lambda: open_index(settings.cache, tables.get(), _say)),
        clock=lambda: datetime.datetime.now(datetime.UTC),
        public_url=settings.public_url,
        oidc=oidc_client(settings),
    )
    app = create_app(site)
    if background is not None:
        beside = background(site)
        app.on_startup.append(beside.start)
        app.on_shutdown.append(beside.stop)
    app.on_shutdown.append(registry.close)
    return app


def oidc_client(settings: Settings) -> Client | None:
    """The client of the configured OpenID provider; nothing is asked of it before somebody logs in."""
    oidc = settings.oidc
    if oidc is None:
        return None
    callback = f"{settings.public_url}/login/oidc/callback"
    return Client(Provider(oidc.issuer, oidc.client_id, oidc.secret(), oidc.label, callback))


def load_tables(settings: Settings) -> Tables:
    """The tables with their first look-ups already made, so that no request pays for reading them."""
    tables = Tables.load(local=local_tables(settings.data))
    for glyph in tables.find("U+4E00")[:1]:
        tables.readings(glyph)
        tables.radicals(glyph)
        tables.shrink(glyph)
        tables.shrink_note(glyph)
        describe_fully(tables, glyph)
    tables.ivd(0x4E00, 0xE0100)
    tables.find("445000")
    settle_memory()
    return tables


def settle_memory() -> None:
    """What is loaded stays as it is until the end; a full collection walks through it in 1.7 s, beside a request.

    And a page of 6,400 gaiji makes that many values and no cycles: to look for cycles after every 700 of them, as is
    the default, takes a fifth of its time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def load_shapes(settings: Settings) -> StandardShapes:
    """The standard font, found or fetched and verified; its glyph list read."""
    path = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
    source, _ = font_source("standard")
    font = StandardFont.open(path)
    return StandardShapes(font, source.wanted.sha256[:12])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
