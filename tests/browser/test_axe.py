"""axe-core on every page: no violation of WCAG 2.2 A and AA or of its best practices, at 1366 × 768."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser import visits
from tests.browser.pages import PAGES

# A page with something wrong of each kind that we rely on axe to see.
FAULTY = """<!doctype html><html><head><title></title></head><body>
<h3>見出し</h3><img src="data:,"><input type="text"><p style="color:#bbb">薄い字</p><div role="button"></div>
<select><option>一</option></select><a href="/"></a></body></html>"""
EXPECTED = {"html-has-lang", "document-title", "image-alt", "label", "color-contrast", "select-name", "link-name"}


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_axe_finds_nothing_wrong(visit, shown):
    assert visit(shown).found["axe"] == []


def test_axe_finds_what_is_wrong(browser: Browser) -> None:
    context = browser.new_context(viewport=visits.SCREEN)
    page = context.new_page()
    page.set_content(FAULTY)
    found = {line.partition(":")[0] for line in visits.axe(page)}
    context.close()
    assert found >= EXPECTED
