"""Every page a person opens: its address on the hub of `office`, who opens it, and what they do there first.

One list for the accessibility check, for the pictures of the manual and for whatever else is asked of every page.
A page route without an entry fails tests/browser/test_pictures.py. What writes stands at the end: the pages before it
look the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from tests.browser.office import DECIDED, EMPTY, HUB_CHARACTER, NEW_SHAPE, NEWCOMER, OPEN, RETURNED, TAX, VILLAGER
from tests.browser.office_print import DELETED, SUBMITTED
from tests.web.people import ADMIN, APPROVER, CLERK, COUNCIL, OPERATOR, OTHER, SYSTEM, TOWN, Somebody

M, T = "/m/{lg}/{system}", "/t/{lg}"
HERE, TOWN_BASE = f"/m/{TOWN}/{SYSTEM}", f"/t/{TOWN}"
DONE: Callable[[Page], None] = lambda page: None  # noqa: E731 — nothing to do, the page is there


@dataclass(frozen=True)
class Shown:
    """`name` is the picture's, `route` as docs write it; `steps` follow `path`, `status` is the last answer."""

    name: str
    route: str
    path: str
    who: Somebody | None
    steps: Callable[[Page], None] = DONE
    status: int = 200


def wrong_password(page: Page) -> None:
    page.get_by_label("利用者名").fill(CLERK.login)
    page.get_by_label("パスワード").fill("まちがい")
    page.get_by_role("button", name="ログイン", exact=True).click()


def choose_candidate(page: Page) -> None:
    page.locator("label.candidate").nth(1).click()
    page.get_by_label("デザイン差").check()
    page.locator("select[name=ground]").select_option("戸籍・附票の字形と照合")


def contradict(page: Page) -> None:
    page.locator("label.candidate").first.click()
    page.get_by_label("該当なし").check()
    page.locator("select[name=ground]").select_option("戸籍・附票の字形と照合")
    page.get_by_label("根拠の説明").fill("届書の写しと照合")
    page.get_by_role("button", name="承認を申請する").click()


def send_back_without_reason(page: Page) -> None:
    page.locator("summary").first.click()
    page.locator("form[action$='/send-back'] [name=remark]").first.fill(" ")
    page.locator("form[action$='/send-back'] button").first.click()


def choose_nothing(page: Page) -> None:
    form = page.locator("form[method=post][action$='/rights']")
    form.locator("[name=rights]").select_option("自団体で作成・権利あり")
    form.get_by_role("button", name="登録する").click()


def paste_other_columns(page: Page) -> None:
    page.locator("[name=title]").first.fill("7月の調査")
    page.locator("textarea[name=counts]").fill("code,name\nF040,花子\n")
    page.locator("form[action$='/census'] button").click()


def search_walk(page: Page) -> None:
    for label, text in (("読み（", "へん"), ("部首（", "辶"), ("総画数", "17±1")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="探す", exact=True).click()


def search_reading_of_a_name(page: Page) -> None:
    page.get_by_label("読み（").fill("わたなべ")
    page.get_by_role("button", name="探す", exact=True).click()


def search_wrongly(page: Page) -> None:
    for label, text in (("部首（", "999"), ("総画数", "19-17")):
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name="探す", exact=True).click()


def find_characters(page: Page) -> None:
    page.locator("form[action$='/characters/find'] [name=q]").fill("かくう")
    page.locator("form[action$='/characters/find'] button").click()


def take_taken_name(page: Page) -> None:
    page.get_by_label("利用者名（英小文字").fill(CLERK.login)
    page.get_by_label("名前").fill("架空 花江")
    page.get_by_role("button", name="登録する").click()


def register_person(page: Page) -> None:
    page.get_by_label("利用者名（英小文字").fill("kazue")
    page.get_by_label("名前").fill("架空 一江")
    page.get_by_role("button", name="登録する").click()


def make_token(page: Page) -> None:
    page.get_by_label("名称").fill("支所の窓口端末")
    page.locator("select[name=system]").select_option("住民記録")
    page.get_by_label("受信システムの識別名").fill("madoguchi")
    page.get_by_role("button", name="作る", exact=True).click()


def register_town(page: Page) -> None:
    form = page.locator("form[action='/operate/towns']")
    for name, value in (("lg_code", "995011"), ("title", "架空港町"), ("login", "minato"), ("name", "架空 港")):
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="登録する").click()


def misplace_tables(page: Page) -> None:
    page.locator("input[name=order]").first.fill("2")
    page.get_by_role("button", name="試算する").click()


def try_policy(page: Page) -> None:
    page.get_by_label("記録された読みの片仮名").check()
    page.get_by_role("button", name="試算する").click()


PAGES = (
    Shown("login", "/login", "/login", None),
    Shown("login-refused", "/login", "/login", None, wrong_password, 401),
    Shown("first-password", "/password", "/password", NEWCOMER),
    Shown("password", "/password", "/password", CLERK),
    Shown("work-clerk", "/", "/", CLERK),
    Shown("work-approver", "/", "/", APPROVER),
    Shown("work-empty", "/", "/", VILLAGER),
    Shown("towns", "/towns", "/towns", CLERK),
    Shown("members", "/members", "/members", CLERK),
    Shown("not-found", "/", f"/m/{OTHER}/{SYSTEM}", CLERK, DONE, 404),
    Shown("search", "/char", "/char", CLERK),
    Shown("search-found", "/char", "/char", CLERK, search_walk),
    Shown("search-nothing", "/char", "/char", CLERK, search_reading_of_a_name),
    Shown("search-refused", "/char", "/char", CLERK, search_wrongly, 422),
    Shown("character", "/char/{key}", "/char/邉", CLERK),
    Shown("gaiji-list", M, HERE, CLERK),
    Shown("gaiji-list-empty", M, f"/m/{TOWN}/{EMPTY}", CLERK),
    Shown("gaiji-open", f"{M}/gaiji/{{code}}", f"{HERE}/gaiji/{OPEN}", CLERK),
    Shown("gaiji-chosen", f"{M}/gaiji/{{code}}", f"{HERE}/gaiji/{OPEN}", CLERK, choose_candidate),
    Shown("gaiji-refused", f"{M}/gaiji/{{code}}", f"{HERE}/gaiji/{OPEN}", CLERK, contradict, 422),
    Shown("gaiji-decided", f"{M}/gaiji/{{code}}", f"{HERE}/gaiji/{DECIDED}", CLERK),
    Shown("gaiji-sent-back", f"{M}/gaiji/{{code}}", f"{HERE}/gaiji/{RETURNED}", CLERK),
    Shown("propose", f"{M}/propose", f"{HERE}/propose", CLERK),
    Shown("propose-empty", f"{M}/propose", f"/m/{TOWN}/{EMPTY}/propose", CLERK),
    Shown("approve", f"{M}/approve", f"{HERE}/approve", APPROVER),
    Shown("approve-own", f"{M}/approve", f"{HERE}/approve", CLERK),
    Shown("approve-refused", f"{M}/approve", f"{HERE}/approve", APPROVER, send_back_without_reason, 422),
    Shown("approve-empty", f"{M}/approve", f"/m/{TOWN}/{EMPTY}/approve", APPROVER),
    Shown("releases", f"{M}/releases", f"{HERE}/releases", APPROVER),
    Shown("releases-forbidden", f"{M}/releases", f"/m/{TOWN}/{TAX}/releases", APPROVER),
    Shown("release", f"{M}/releases/{{number}}", f"{HERE}/releases/2", APPROVER),
    Shown("characters", f"{T}/characters", f"{TOWN_BASE}/characters", CLERK),
    Shown("characters-found", f"{T}/characters", f"{TOWN_BASE}/characters", CLERK, find_characters),
    Shown("hub-character", f"{T}/characters/{{character}}", f"{TOWN_BASE}/characters/{HUB_CHARACTER}", CLERK),
    Shown("requests", f"{T}/requests", f"{TOWN_BASE}/requests", CLERK),
    Shown("request-new", f"{T}/requests/new", f"{TOWN_BASE}/requests/new?system={SYSTEM}&code={NEW_SHAPE}", CLERK),
    Shown("request", f"{T}/requests/{{number}}", f"{TOWN_BASE}/requests/2", APPROVER),
    Shown("request-approved", f"{T}/requests/{{number}}", f"{TOWN_BASE}/requests/1", CLERK),
    Shown("allocation", f"{M}/allocation", f"{HERE}/allocation", APPROVER),
    Shown("allocation-refused", f"{M}/allocation", f"{HERE}/allocation", CLERK, paste_other_columns, 422),
    Shown("rights", f"{M}/rights", f"{HERE}/rights", CLERK),
    Shown("rights-refused", f"{M}/rights", f"{HERE}/rights", CLERK, choose_nothing, 422),
    Shown("policy", f"{M}/policy", f"/m/{TOWN}/{TAX}/policy", ADMIN),
    Shown("shrink", f"{T}/shrink", f"{TOWN_BASE}/shrink", CLERK),
    Shown("shrink-open", f"{T}/shrink/{{use}}", f"{TOWN_BASE}/shrink/print", CLERK),
    Shown("shrink-waiting", f"{T}/shrink/{{use}}", f"{TOWN_BASE}/shrink/number_system", APPROVER),
    Shown("shrink-empty", f"{T}/shrink/{{use}}", f"{TOWN_BASE}/shrink/certificate", CLERK),
    Shown("shrink-preview", f"{T}/shrink/{{use}}", f"{TOWN_BASE}/shrink/certificate", CLERK, try_policy),
    Shown("shrink-refused", f"{T}/shrink/{{use}}", f"{TOWN_BASE}/shrink/certificate", CLERK, misplace_tables, 422),
    Shown("print-jobs", f"{M}/print-jobs", f"{HERE}/print-jobs", CLERK),
    Shown("print-jobs-empty", f"{M}/print-jobs", f"/m/{TOWN}/{EMPTY}/print-jobs", CLERK),
    Shown("print-job", f"{M}/print-jobs/{{job}}", f"{HERE}/print-jobs/{SUBMITTED}", APPROVER),
    Shown("print-job-deleted", f"{M}/print-jobs/{{job}}", f"{HERE}/print-jobs/{DELETED}", CLERK),
    Shown("vendors", f"{T}/vendors", f"{TOWN_BASE}/vendors", ADMIN),
    Shown("people", f"{T}/people", f"{TOWN_BASE}/people", ADMIN),
    Shown("people-refused", f"{T}/people", f"{TOWN_BASE}/people", ADMIN, take_taken_name, 422),
    Shown("tokens", f"{T}/tokens", f"{TOWN_BASE}/tokens", ADMIN),
    Shown("audit", f"{T}/audit", f"{TOWN_BASE}/audit?check=1", APPROVER),
    Shown("operate", "/operate", "/operate", OPERATOR),
    Shown("council", "/council", "/council", COUNCIL),
    # From here on the hub is changed.
    Shown("people-new", f"{T}/people", f"{TOWN_BASE}/people", ADMIN, register_person),
    Shown("tokens-new", f"{T}/tokens", f"{TOWN_BASE}/tokens", ADMIN, make_token),
    Shown("operate-new", "/operate", "/operate", OPERATOR, register_town),
)

# What answers a GET and is no page to look at.
FILES = {
    "/login/oidc/callback": "comes back from the OpenID provider",
    f"{T}/requests/{{number}}/shape.svg": "a shape, on the request's page",
    f"{T}/audit/export": "a file",
    f"{M}/print-jobs/{{job}}/proof.pdf": "a file",
    f"{M}/gaiji/{{code}}/addition-request.zip": "a file",
}
