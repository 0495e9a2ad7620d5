"""The composition root of the server: settings in, application out."""

from __future__ import annotations

import datetime
import sys
import threading
from collections.abc import Callable

from litestar import Litestar

from gaiji_hub.errors import HubError
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.services.channels import RENEW_EVERY, RETRY_AFTER, renew_channels
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.release_lookup import Lookups
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font, font_source
from gaiji_hub.web.application import create_app
from gaiji_hub.web.later import Later
from gaiji_hub.web.site import Site
from gaiji_hub.web.standard_shapes import StandardShapes


def build_app(settings: Settings) -> Litestar:
    """The server over the data folder of `settings`; its database is brought to this version's schema.

    Tables and standard font are loaded after the start, beside the first answers; `/readyz` says when.
    """
    registry = Registry.open(settings.data, settings.database_url, marks=settings.marks)
    site = Site(
        registry=registry,
        lookups=Lookups(registry.store, registry.blobs),
        tables=Later("文字表", load_tables),
        standard=Later("標準フォント", lambda: load_shapes(settings)),
        clock=lambda: datetime.datetime.now(datetime.UTC),
    )
    app = create_app(site)
    renewal = Renewal(registry, site.clock)
    app.on_startup.append(renewal.start)
    app.on_shutdown.extend([renewal.stop, registry.close])
    return app


class Renewal:
    """Keeps the channels' dates fresh while the server runs: at the start, then every 12 hours.

    When a channel could not be renewed, everything is tried again after 10 minutes (`retry`).
    """

    def __init__(
        self, registry: Registry, clock: Callable[[], datetime.datetime], retry: datetime.timedelta = RETRY_AFTER
    ) -> None:
        self._registry = registry
        self._clock = clock
        self._retry = retry
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="renew channels", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end and wait for the renewal under way, so that the registry can be closed."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            problems = self._renew()
            for problem in problems:
                _say(f"伝送路の期限を延ばせませんでした（{self._retry} 後にやり直します）: {problem}")
            self._stopped.wait((self._retry if problems else RENEW_EVERY).total_seconds())

    def _renew(self) -> tuple[str, ...]:
        """Renew once; a sentence for everything that could not be renewed."""
        try:
            return renew_channels(self._registry, self._clock()).problems
        except (HubError, OSError) as error:
            return (str(error),)


def load_tables() -> Tables:
    """The tables with their first look-ups already made, so that no request pays for reading them."""
    tables = Tables.load()
    for glyph in tables.find("U+4E00")[:1]:
        tables.readings(glyph)
        tables.radicals(glyph)
        tables.shrink(glyph)
        tables.shrink_note(glyph)
    tables.ivd(0x4E00, 0xE0100)
    tables.find("445000")
    return tables


def load_shapes(settings: Settings) -> StandardShapes:
    """The standard font, found or fetched and verified; its glyph list read."""
    path = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
    source, _ = font_source("standard")
    font = StandardFont.open(path)
    return StandardShapes(font, source.wanted.sha256[:12])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
