"""What everybody can use: names, headings, contrast, a visible focus, on every page."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import opened
from tests.browser.test_walk import HOME, PATHS
from tests.web.conftest import SEARCHED
from tests.web.people import ADMIN, APPROVER, COUNCIL, OPERATOR, TOWN
from tests.web.serving import Server

EVERY_PAGE = (*PATHS, f"{HOME}/gaiji/{SEARCHED}", f"{HOME}?state=open&band=propose")
# Pages that other people see, or see otherwise; None: nobody has logged in.
OTHERS_PAGES = (
    (None, "/login"),
    (APPROVER, f"{HOME}/approve"),
    (APPROVER, f"{HOME}/releases"),
    (APPROVER, f"/t/{TOWN}/audit"),
    (ADMIN, f"/t/{TOWN}/people"),
    (ADMIN, f"/t/{TOWN}/tokens"),
    (OPERATOR, "/operate"),
    (COUNCIL, "/council"),
)

NAMELESS = """() => {
    const named = e => (e.labels && e.labels.length) || e.ariaLabel || e.textContent.trim()
        || [...e.querySelectorAll('img')].some(image => image.alt)
    const wrong = [...document.querySelectorAll(
        'a, button, input:not([type=hidden], [hidden]), select, textarea, summary')]
        .filter(e => !named(e))
    const pictures = [...document.images].filter(image => !image.alt)
    const navigation = [...document.querySelectorAll('nav')].filter(e => !e.ariaLabel)
    return [...wrong, ...pictures, ...navigation].map(e => e.outerHTML.slice(0, 80))
}"""

LEVELS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(e => Number(e.tagName[1]))"

# Text and placeholders against the nearest opaque background, WCAG formula.
FAINT = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number)
    const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
    const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor)
            if (colour.length < 4 || colour[3] === 1) return colour
        }
        return [255, 255, 255]
    }
    const ratio = (element, part) => {
        const [a, b] = [light(parse(getComputedStyle(element, part).color)), light(behind(element))]
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    }
    const texts = [...document.querySelectorAll('body *')].filter(
        e => e.checkVisibility() && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    const fields = [...document.querySelectorAll('[placeholder]')].filter(e => e.checkVisibility())
    const measured = [...texts.map(e => [e, ratio(e, null)]), ...fields.map(e => [e, ratio(e, '::placeholder')])]
    if (measured.length < 8) throw new Error('nothing was measured')
    return measured.filter(([_, value]) => value < 4.5).map(([e, value]) => `${value.toFixed(2)} ${e.outerHTML}`)
}"""

AUTOFOCUS_DONE = "[...document.querySelectorAll('[autofocus]')].every(e => e === document.activeElement)"
# Each place the keyboard reaches is outlined there, and the outline is not cut off by the screen's edge.
UNSEEN = """() => {
    const places = [...document.querySelectorAll(
        'a, button, input:not([type=hidden], [hidden]), select, textarea, summary')]
        .filter(e => e.checkVisibility() && e.tabIndex >= 0)
    return places.filter(e => {
        e.focus()
        const style = getComputedStyle(e)
        return document.activeElement !== e || style.outlineStyle !== 'solid' || parseFloat(style.outlineWidth) < 2
    }).map(e => e.outerHTML.slice(0, 80))
}"""

CUT_PLACEHOLDERS = """() => [...document.querySelectorAll('input[placeholder]')].filter(e => {
    const style = getComputedStyle(e), canvas = document.createElement('canvas').getContext('2d')
    canvas.font = style.font
    const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
    return e.checkVisibility() && canvas.measureText(e.placeholder).width > room
}).map(e => e.placeholder)"""


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_control_picture_and_navigation_has_a_name(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate(NAMELESS) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_headings_go_down_one_level_at_a_time(page: Page, path: str) -> None:
    page.goto(path)
    levels = page.evaluate(LEVELS)
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_colours_have_enough_contrast(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate(FAINT) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_the_focus_is_seen_wherever_the_keyboard_goes(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_function(AUTOFOCUS_DONE)  # a key pressed before it makes the browser complain
    page.keyboard.press("Tab")  # from here on the browser shows the focus
    assert page.evaluate(UNSEEN) == []


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_no_placeholder_is_cut(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate(CUT_PLACEHOLDERS) == []


def test_paper_has_no_links_that_lead_nowhere(page: Page) -> None:
    page.goto(f"{HOME}/gaiji/{SEARCHED}")
    page.emulate_media(media="print")
    assert page.evaluate("[...document.querySelectorAll('.base a')].filter(e => e.checkVisibility()).length") == 0


@pytest.mark.parametrize(("who", "path"), OTHERS_PAGES)
def test_the_pages_of_other_people_are_as_usable(browser: Browser, server: Server, login_of, who, path: str) -> None:
    with opened(browser, server.address, login_of(who) if who else None) as page:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200
        for faults in (NAMELESS, FAINT, CUT_PLACEHOLDERS):
            assert page.evaluate(faults) == []
        levels = page.evaluate(LEVELS)
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), levels
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.wait_for_function(AUTOFOCUS_DONE)
        page.keyboard.press("Tab")
        assert page.evaluate(UNSEEN) == []
