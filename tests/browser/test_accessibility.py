"""What everybody can use: names, headings, contrast, a visible focus, no sideways scrolling, on every page."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Page

from tests.browser.pages import PAGES
from tests.web.conftest import DECIDED
from tests.web.people import SYSTEM, TOWN

KINDS = {
    "nameless": "a control, a picture or a navigation has no name",
    "faint": "text has too little contrast",
    "cut": "a placeholder is cut off",
    "wide": "the page scrolls sideways at 1366 × 768",
    "unseen": "the keyboard reaches something and nobody sees where it is",
    "undrawn": "a picture is not drawn",
    "console": "the browser complains",
}


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_everybody_can_use_every_page(visit, shown):
    seen = visit(shown)
    assert seen.status == shown.status
    assert {f"{KINDS[kind]}: {one}" for kind in KINDS for one in seen.found[kind]} == set()


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_headings_go_down_one_level_at_a_time(visit, shown):
    levels = visit(shown).levels
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


def test_paper_has_no_links_that_lead_nowhere(page: Page) -> None:
    page.goto(f"/m/{TOWN}/{SYSTEM}/gaiji/{DECIDED}")
    page.emulate_media(media="print")
    assert page.evaluate("[...document.querySelectorAll('.base a')].filter(e => e.checkVisibility()).length") == 0
