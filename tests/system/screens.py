"""A clerk and an approver before a real Chromium, doing by mouse and keyboard what hands do over HTTP."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Error, Page, Response, sync_playwright

from tests.system.desk import PATIENCE, PAUSE
from tests.system.hands import Work, gaiji_path, home
from tests.system.ledger import Act
from tests.system.office import PASSWORD, Staff, Town

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")
SCREEN = {"width": 1366, "height": 768}
_NUMBER = re.compile(r"同定番号 (\d+)")


class Screen:
    """One person's browser. The server may die under it; the person opens the page again."""

    def __init__(self, work: Work, person: Staff, page: Page) -> None:
        self.work, self.person, self.page = work, person, page
        page.on("response", self._count)

    def _count(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.work.tally.add(f"browser {response.request.method} {response.status}")
        elif response.status >= 500:
            self.work.tally.add(f"browser part {response.status}")

    def open(self, path: str) -> None:
        """Show a page, logging in when asked, opening it again while the server is away."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = self.page.goto(self.work.hub() + path)
                if "/login" in self.page.url:
                    self._log_in()
                elif answer is not None and answer.status != 503:
                    return
            except Error as error:
                self._away(error)
            time.sleep(PAUSE)
        raise AssertionError(f"no answer: {path}")

    def _log_in(self) -> None:
        self.page.get_by_label("利用者名").fill(self.person.login)
        self.page.get_by_label("パスワード").fill(PASSWORD)
        self.page.get_by_role("button", name="ログイン").click()
        self.page.wait_for_url(lambda address: "/login" not in address)

    def _away(self, error: Error) -> None:
        """Only a server that is away is waited for."""
        assert any(sign in error.message for sign in ("net::ERR_", "interrupted", "chrome-error")), error.message
        self.work.tally.add("browser lost")

    def press(self, button: str, done: str) -> bool | None:
        """Press a button: True when the page after it says so in its address, False when refused, None when lost."""
        try:
            with self.page.expect_navigation(wait_until="load"):
                self.page.get_by_role("button", name=button).click()
        except Error as error:
            self._away(error)
            return None
        if done in self.page.url:
            return True
        if self.page.url.startswith("chrome-error") or self.page.get_by_role("alert").count() == 0:
            return None
        return False

    def note(self, kind: str, lg: str, token: str, numbers: tuple[int, ...], *, heard: bool = True) -> None:
        self.work.ledger.add(Act(kind, lg, self.person.login, token, numbers, heard))

    def history(self) -> dict[int, str]:
        told = self.page.locator("ul.history > li").all_inner_texts()
        return {int(match.group(1)): text for text in told if (match := _NUMBER.search(text))}


def clerk_at_screen(screen: Screen, codes: Callable[[], str | None]) -> None:
    """Decide gaiji after gaiji until all is settled."""
    while not screen.work.board.done():
        code = codes()
        if code is None:
            time.sleep(PAUSE)
            continue
        token = screen.work.ledger.token("判定", screen.person.login)
        while not _decide(screen, screen.person.town, code, token):
            pass


def _decide(screen: Screen, town: Town, code: str, token: str) -> bool:
    """Whether it is known what became of the decision."""
    screen.open(gaiji_path(town.lg, code))
    if found := [number for number, text in screen.history().items() if token in text]:
        screen.note("decide", town.lg, token, (found[0],), heard=False)
        return True
    page = screen.page
    if page.locator("form#decide").count() == 0:
        return True
    offered = page.locator("label.candidate input[name=glyph]")
    if offered.count():
        offered.first.check()
        page.get_by_label("デザイン差").check()
    else:
        page.get_by_label("該当なし").check()
    page.locator("select[name=ground]").select_option("other")
    page.locator("#decide textarea[name=grounds]").fill(token)
    pressed = screen.press("承認を申請する", "recorded=")
    if pressed:
        screen.note("decide", town.lg, token, (int(page.url.rpartition("=")[2]),))
    elif pressed is False:
        screen.work.ledger.refuse("browser decide")
    return pressed is not None


def approver_at_screen(screen: Screen) -> None:
    """Look at sheets of the home town and approve them until all is settled."""
    while not screen.work.board.done():
        if not _approve(screen, screen.person.town):
            time.sleep(PAUSE)


def _approve(screen: Screen, town: Town) -> bool:
    screen.open(f"{home(town.lg)}/approve")
    page = screen.page
    headings = page.locator("li.sheet > h2").all_inner_texts()
    shown = [(int(match.group(2)), match.group(1)) for text in headings if (match := _heading(text))]
    if not shown:
        return False
    pressed = screen.press("件を見て、承認する", "done=")
    if pressed is None:
        screen.open(gaiji_path(town.lg, shown[0][1]))
        told = screen.history().get(shown[0][0], "")
        if not re.search(rf"承認済[^:]*: {screen.person.name} ", told):
            return False
    if pressed is False:
        screen.work.ledger.refuse("browser approve")
        return True
    screen.note("approved", town.lg, "", tuple(number for number, _ in shown), heard=bool(pressed))
    screen.work.board.settle(town.lg, [code for _, code in shown])
    return True


def _heading(text: str) -> re.Match[str] | None:
    return re.search(r"([0-9A-F]{4})\s*第(\d+)号", text)


def at_screen(work: Work, person: Staff, chromium: Path, do: Callable[[Screen], None]) -> None:
    """Run `do` before a browser of its own; each thread has its own playwright."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium), args=list(ARGUMENTS))
        context = browser.new_context(viewport=SCREEN, locale="ja-JP")  # type: ignore[arg-type]
        page = context.new_page()
        page.set_default_timeout(PATIENCE * 1000)
        do(Screen(work, person, page))
        browser.close()
