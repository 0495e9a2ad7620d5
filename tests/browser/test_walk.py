"""A clerk's way through the pages: by mouse, by keyboard, on paper."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.web.conftest import DECIDED, SEARCHED, SYSTEM, TOWN
from tests.web.people import CLERK, PASSWORD

HOME = f"/m/{TOWN}/{SYSTEM}"


def drawn(page: Page) -> list[bool]:
    """Whether each picture of the page has been drawn, lazy ones included."""
    page.evaluate("document.querySelectorAll('img').forEach(image => { image.loading = 'eager' })")
    page.wait_for_load_state("networkidle")
    return page.evaluate("[...document.images].map(image => image.complete && image.naturalWidth > 0)")


def colours(png: bytes) -> set[object]:
    """The RGB colours of a screenshot."""
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    return {colour for _, colour in picture.getcolors(picture.width * picture.height) or []}


def test_from_the_towns_to_an_approved_release(page: Page, approver: Page) -> None:
    """The clerk decides in one browser, the approver sees, approves and releases in another."""
    page.goto("/towns")
    page.get_by_role("row", name="架空市").get_by_role("link", name="住民記録").click()
    expect(page.locator("h1")).to_have_text("架空市 住民記録の外字")
    page.get_by_label("状態").select_option("候補あり")
    page.get_by_role("button", name="絞り込む").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name=SEARCHED, exact=True).click()
    page.locator("label.candidate").first.click()
    expect(page.get_by_label("MJ000449 を選ぶ")).to_be_checked()
    page.get_by_label("デザイン差").check()
    page.locator("select[name=ground]").select_option("戸籍・附票の字形と照合")
    page.get_by_label("根拠の説明").fill("画面の試験")
    page.get_by_role("button", name="承認を申請する").click()
    expect(page.get_by_role("status")).to_contain_text("判定を記録しました")
    expect(page.locator(".history li").first).to_contain_text("画面の試験")
    page.goto(f"{HOME}/approve")
    expect(page.locator("main")).to_contain_text("自分の判定は自分では承認できません")

    approver.goto(f"{HOME}/approve")
    expect(approver.locator(".cards li")).to_contain_text("画面の試験")
    expect(approver.locator(".trio img")).to_have_count(3)
    assert all(drawn(approver))
    approver.get_by_role("button", name="この頁の 1 件を見て、承認する").click()
    expect(approver.get_by_role("status")).to_contain_text("1 件を承認しました")
    approver.get_by_role("status").get_by_role("link").click()
    approver.get_by_label("理由").first.fill("画面の試験の版")
    approver.get_by_role("button", name="配布版を作る").click()
    expect(approver.locator("h1")).to_contain_text("第2版")

    page.goto(f"{HOME}/releases/2")
    expect(page.locator("tr", has_text=SEARCHED).first).to_contain_text("MJ000449")


def test_a_refused_decision_keeps_what_was_typed(page: Page) -> None:
    page.goto(f"{HOME}/gaiji/{DECIDED}")
    page.get_by_label("MJ026191 を選ぶ").check()
    page.get_by_label("該当なし").check()
    page.locator("select[name=ground]").select_option("重ね合わせで字形が一致")
    page.get_by_label("根拠の説明").fill("書いたことは消えない")
    with page.expect_response(lambda response: response.status == 422):
        page.get_by_role("button", name="承認を申請する").click()
    expect(page.get_by_role("alert")).to_contain_text("記録できませんでした")
    expect(page.get_by_label("根拠の説明")).to_have_value("書いたことは消えない")
    expect(page.locator("select[name=ground]")).to_have_value("shape")
    expect(page.get_by_label("MJ026191 を選ぶ")).to_be_checked()


def test_the_keyboard_is_enough(page: Page) -> None:
    page.goto(f"{HOME}/gaiji/{DECIDED}")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.get_by_label("候補から選ばない").focus()
    page.keyboard.press("ArrowDown")
    chosen = page.locator("input[name=glyph]:checked")
    expect(chosen).to_have_value("MJ026190")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_value("MJ026191")


def test_the_search_box_finds_a_character(page: Page) -> None:
    page.goto("/")
    page.get_by_label("文字・番号").fill("J+9089")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("MJ026190")
    assert all(drawn(page))


def test_the_overlay_shows_red_blue_and_grey(page: Page) -> None:
    page.goto(f"{HOME}/gaiji/{DECIDED}")
    page.get_by_label("MJ026190 を選ぶ").check()
    seen = colours(page.locator("img[src*='/overlays/']").first.screenshot())
    assert (196, 22, 28) in seen  # only the gaiji: solid red
    assert (11, 95, 208) in seen  # only the candidate: blue stripes
    assert (138, 143, 152) in seen  # both


def test_paper_leaves_out_what_only_a_screen_needs(page: Page) -> None:
    page.goto(f"{HOME}/gaiji/{DECIDED}")
    page.emulate_media(media="print")
    expect(page.locator("form.decide")).to_be_hidden()
    expect(page.locator(".top nav")).to_be_hidden()
    expect(page.locator(".candidate").first).to_be_visible()
    expect(page.locator(".history li").first).to_be_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_a_page_asks_for_the_login_and_then_shows_itself(stranger: Page) -> None:
    stranger.goto(f"{HOME}/gaiji/{DECIDED}")
    expect(stranger.locator("h1")).to_have_text("ログイン")
    stranger.get_by_label("利用者名").fill(CLERK.login)
    stranger.get_by_label("パスワード").fill("まちがい")
    stranger.get_by_role("button", name="ログイン", exact=True).click()
    expect(stranger.get_by_role("alert")).to_contain_text("利用者名かパスワードが違います")
    stranger.get_by_label("パスワード").fill(PASSWORD)
    stranger.get_by_role("button", name="ログイン", exact=True).click()
    expect(stranger.locator("h1")).to_contain_text(DECIDED)
    stranger.get_by_role("button", name="ログアウト").click()
    expect(stranger.locator("h1")).to_have_text("ログイン")  # else the next address cuts its answer off
    stranger.goto("/towns")
    expect(stranger.locator("h1")).to_have_text("ログイン")
