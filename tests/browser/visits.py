"""A page opened once, as its person sees it, with everything the suite asks of every page found out at once."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.services.hub import Registry
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.application import create_app
from gaiji_hub.web.standard_shapes import StandardShapes
from tests.browser import faults
from tests.browser.office import NOW, Material, furnish
from tests.browser.office_print import hand_in
from tests.browser.office_shrink import adopt_printing, ask_for_more
from tests.browser.pages import Shown
from tests.web.conftest import make_site
from tests.web.people import COOKIE

SCREEN = {"width": 1366, "height": 768}
# Whatever is wrong for one of these is wrong for us; `best-practice` rules are kept too, without exception.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
TALLEST = 1400  # a list goes on below; its picture need not
SECONDS = 15
# Made by chance, and no secret stands in a manual.
COVER_SECRETS = "for (const e of document.querySelectorAll('.secret')) e.textContent = '（ここに一度だけ表示されます）'"
DRAW_ALL = "document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })"
# On a screen it stays in sight and scrolls by itself; a picture shows all of it.
OPEN_ASIDE = "for (const e of document.querySelectorAll('.bench aside')) Object.assign(e.style, {maxHeight: 'none'})"
LOADED = "[...document.images].every(i => i.complete)"
UNDRAWN = "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.src)"


@dataclass(frozen=True)
class Visit:
    """`picture` is a PNG of the page from its top; `found` are the faults of each kind, [] where there are none."""

    title: str
    status: int
    picture: bytes
    levels: list[int]
    found: dict[str, list[str]]


@contextlib.contextmanager
def opened_office(data: Path, standard_font: Path, demo_font: Path) -> Iterator[str]:
    """The address of a server over the hub of `office`, whose clock stands still at `NOW`."""
    tables = Tables.load()
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry:
        material = Material.draw(tables, demo_font)
        furnish(registry, material, standard_font, adopt_printing)
        ask_for_more(registry, material)
        shapes = StandardShapes(StandardFont.open(standard_font), "edition")
        site = dataclasses.replace(make_site(registry, tables, shapes), clock=_now)
        hand_in(registry, site, material, standard_font)
        with _served(create_app(site)) as address:
            yield address


def _now() -> datetime.datetime:
    return NOW.astimezone(datetime.UTC)


@contextlib.contextmanager
def _served(app: Any) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        listener.close()


def visit(browser: Browser, address: str, shown: Shown) -> Visit:
    """Open the page as its person, do its steps, take its picture, look for faults. Any console message is one."""
    context = browser.new_context(viewport=SCREEN, base_url=address, locale="ja-JP")
    if shown.who is not None:
        context.add_cookies([{"name": COOKIE, "value": shown.who.secret, "url": address}])
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    complaints: list[str] = []
    answers: list[int] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "response", lambda answer: answers.append(answer.status) if answer.request.is_navigation_request() else None
    )
    page.goto(shown.path)
    shown.steps(page)
    page.wait_for_load_state("networkidle")
    made = look(page, answers[-1], [one for one in complaints if f"status of {shown.status}" not in one])
    context.close()
    return made


def look(page: Page, status: int, complaints: list[str]) -> Visit:
    page.evaluate(COVER_SECRETS)
    page.evaluate(DRAW_ALL)
    page.evaluate(OPEN_ASIDE)
    wait_for(page, LOADED)
    height = min(TALLEST, int(page.evaluate("document.documentElement.scrollHeight")))
    picture = page.screenshot(clip={"x": 0, "y": 0, "width": SCREEN["width"], "height": height}, full_page=True)
    found = {
        "console": complaints,
        "undrawn": page.evaluate(UNDRAWN),
        "axe": axe(page),
        **{name: page.evaluate(script) for name, script in faults.SCRIPTS.items()},
        "unseen": unseen(page),
    }
    return Visit(page.title(), status, picture, page.evaluate(faults.LEVELS), found)


def wait_for(page: Page, expression: str) -> None:
    """Until it is true. The browser's own waiting evaluates a string in the page, which our CSP stops."""
    end = time.monotonic() + SECONDS
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(50)


def axe(page: Page) -> list[str]:
    """What axe-core finds, a line each. It is evaluated through the debugger, which our CSP does not stop."""
    options = {"runOnly": {"type": "tag", "values": list(TAGS)}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in violations for node in one["nodes"]]


def unseen(page: Page) -> list[str]:
    """What the keyboard reaches and does not show; Tab first, so that the browser shows the focus."""
    wait_for(page, faults.AUTOFOCUS_DONE)
    page.keyboard.press("Tab")
    return list(page.evaluate(faults.UNSEEN))
