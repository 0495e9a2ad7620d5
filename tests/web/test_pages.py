"""The pages: what each shows and to whom, on both back ends. Hostile addresses are errors and never faults."""

from __future__ import annotations

import re

import pytest

from gaiji_hub.services import approval
from gaiji_hub.services.approval import sheet_hash
from gaiji_hub.services.decisions import pending
from gaiji_hub.services.identification import undo
from gaiji_hub.services.overview import SystemCounts, towns
from gaiji_hub.services.release import make_release
from gaiji_hub.web.pages.home import next_step
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.security import HEADERS
from tests.web.conftest import AT, BASE, DATE, DECIDED, OPEN, SEARCHED, SYSTEM, TOWN, asking, corner, make_site
from tests.web.people import ADMIN, APPROVER, CLERK, OPERATOR, STRANGER, enrol
from tests.web.reading import text_of

HOME = f"/m/{TOWN}/{SYSTEM}"
PAGES = (
    "/",
    "/towns",
    "/members",
    "/password",
    "/char",
    "/char/邉",
    HOME,
    f"{HOME}/gaiji/{DECIDED}",
    f"{HOME}/gaiji/{SEARCHED}",
    f"{HOME}/gaiji/{OPEN}",
    f"{HOME}/approve",
    f"{HOME}/releases",
    f"{HOME}/releases/1",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_japanese_labelled_and_closed(reader, path):
    response = reader.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    html = response.text
    assert '<html lang="ja">' in html
    assert "ログアウト" in html
    assert len(re.findall(r"<h1\b", html)) == 1
    for name, value in HEADERS.items():
        assert response.headers[name.lower()] == value
    assert response.headers["cache-control"] == "no-store"
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", html)
    assert all('alt="' in image for image in re.findall(r"<img[^>]*>", html))


def test_an_unknown_page_and_an_unknown_gaiji_are_pages_too(reader):
    for path in ("/nothing", f"{HOME}/gaiji/F9FC", f"/m/994014/{SYSTEM}", f"{HOME}/releases/9", "/char/渡邉太郎"):
        response = reader.get(path)
        assert response.status_code == 404
        assert response.headers["content-type"].startswith("text/html")
        assert response.headers["content-security-policy"] == HEADERS["Content-Security-Policy"]
        assert "渡" not in response.text


def search(reader, text: str):
    return reader.post("/char/find", data={"q": text}, headers={"origin": BASE})


def test_the_search_box_leads_to_a_character_and_keeps_names_out_of_addresses(reader):
    assert search(reader, " J+9089 ").headers["location"] == "/char/J%2B9089"
    assert search(reader, "").headers["location"] == "/char"
    for unknown in ("渡邉太郎", "一" * 41, "MJ999999"):
        response = search(reader, unknown)
        assert response.status_code == 404
        assert "location" not in response.headers
        assert unknown not in response.text


def test_the_list_of_towns_counts_says_what_is_next_and_has_ones_own_town_only(reader):
    own = "架空市 992011 住民記録 juki 3 1 2 第1版 1 未同定の 2 字を同定する"
    other = "架空町 993018 住民記録 juki 0 0 0 — 0 外字フォントを取り込む"
    text = text_of(reader.get("/towns").text)
    assert own in text
    assert "架空町" not in text
    text = text_of(reader.become(STRANGER).get("/towns").text)
    assert other in text
    assert "架空市" not in text


def test_members_are_those_of_ones_own_town(reader):
    assert "窓口端末" in reader.get("/members").text
    assert "窓口端末" not in reader.become(STRANGER).get("/members").text


def test_a_hub_without_towns_says_how_to_begin(empty, tables, shapes):
    """To the first operator, who is there before any town."""
    with empty.store.writing() as session:
        enrol(session, AT, [OPERATOR])
    with asking(make_site(empty, tables, shapes)) as client:
        client.become(OPERATOR)
        assert "gaiji-hub demo" in client.get("/towns").text
        assert "まだ登録されていません" in client.get("/members").text


def test_the_list_names_state_and_band_in_words(reader):
    rows = [text_of(row) for row in re.findall(r"<tr>.*?</tr>", reader.get(HOME).text, re.DOTALL)][1:]
    assert [row.split()[0] for row in rows] == [DECIDED, SEARCHED, OPEN]
    assert "承認済" in rows[0]
    assert "MJ026190" in rows[0]
    assert "候補あり" in rows[1]
    assert "要確認" in rows[1]
    assert "未同定" in rows[2]


def test_the_list_is_narrowed(reader):
    assert SEARCHED in reader.get(f"{HOME}?state=candidates").text
    assert DECIDED not in reader.get(f"{HOME}?state=candidates").text
    assert "この条件に合う外字はありません" in reader.get(f"{HOME}?state=open&band=propose").text
    assert reader.get(f"{HOME}?state=x").status_code == 422


def test_a_gaiji_shows_candidates_by_base_with_overlay_numbers_and_shrink(reader):
    html = reader.get(f"{HOME}/gaiji/{DECIDED}").text
    headings = re.findall(r'<section class="base" aria-label="([^"]+)"', html)
    assert headings == ["基底文字 U+9089", "基底文字 U+3609"]
    text = text_of(html)
    for part in (
        "1位 MJ026190",
        "戸籍統一 445000",
        "住基統一 J+9089",
        "17画",
        "ほとり",
        "民二5202号通知",
        "架空 花子",
        "架空 太郎",
    ):
        assert part in text
    assert f'src="{HOME}/overlays/{corner(800).hash}/MJ026190.svg?v=edition"' in html
    assert "他団体の同じ字形の判定を見る機能は未実装" in text


def test_every_picture_of_a_page_can_be_fetched(reader):
    html = reader.get(f"{HOME}/gaiji/{DECIDED}").text
    sources = set(re.findall(r'<img[^>]* src="([^"]+)"', html))
    assert len(sources) >= 7
    for source in sources:
        response = reader.get(source.replace("&amp;", "&"))
        assert response.status_code == 200
        assert response.headers["content-type"] == "image/svg+xml"
        assert "immutable" in response.headers["cache-control"]


def test_pictures_that_are_not_there_are_not_found(reader):
    for path in ("/glyphs/MJ999999.svg", "/glyphs/MJ026190.png", f"{HOME}/shapes/{'0' * 64}.svg"):
        assert reader.get(path).status_code == 404
    assert reader.get(f"/m/993018/{SYSTEM}/shapes/{corner(800).hash}.svg").status_code == 404
    assert reader.get("/glyphs/x.svg").status_code == 422


def test_a_release_shows_rows_and_files(reader):
    html = reader.get(f"{HOME}/releases/1").text
    for form in ("json", "csv", "xml"):
        assert f'href="/api/v1/municipalities/{TOWN}/systems/{SYSTEM}/releases/1?format={form}"' in html
    assert "置き換えない" in html
    assert "まだ配布していません" in text_of(html)


def test_going_back_is_confirmed_where_it_takes_back_or_revives_and_is_the_approvers(client, registry, tables):
    with registry.writing_all() as session:
        undo(session, TOWN, SYSTEM, 1, "誤り", AT, CLERK.actor)
        waiting = pending(session, TOWN, SYSTEM)
        approval.approve(session, TOWN, SYSTEM, [waiting[0].number], sheet_hash(waiting), AT, APPROVER.actor)
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "取消", AT, APPROVER.actor)
    back = {"to": "1", "reason": "戻す"}

    def go_back(**more: str):
        return client.post(f"{HOME}/releases", data={**back, **more}, headers={"origin": BASE})

    client.become(ADMIN)
    assert "戻せるのは承認者です" in client.get(f"{HOME}/releases/1").text
    assert go_back().status_code == 403
    client.become(APPROVER)
    assert 'name="reviving"' not in client.get(f"{HOME}/releases/1").text
    refused = go_back()
    assert (refused.status_code, 'name="dropping"' in refused.text) == (422, False)
    assert f"いま有効な判定と違う 1 字（{DECIDED}）をまた配る" in text_of(refused.text)
    assert 'value="戻す"' in refused.text, "the reason is not asked again"
    made = go_back(reviving="1")
    assert (made.status_code, made.headers["location"]) == (303, f"{HOME}/releases/3?made=1")


def test_the_trails_page_says_how_far_it_was_compared(client):
    client.become(APPROVER)
    shown = text_of(client.get(f"/t/{TOWN}/audit?check=1").text)
    assert "つながりは正しいです" in shown
    assert "まだ配布パックで公表していない" in shown
    assert "外字の取込" in shown


def test_the_next_step_follows_the_work(kept):
    with kept.store.reading() as session:
        counts = towns(session)[0].systems[0]

    def at(**changes: object) -> str:
        return next_step(SystemCounts(**{**vars(counts), **changes}))

    assert at() == "未同定の 2 字を同定する"
    assert at(decided=3, releases=0) == "配布版を作る"
    assert at(decided=3) == "配布版を伝送路に載せる"
    assert at(decided=3, published=1) == "受信システム 1 台の更新を確かめる"
    assert at(decided=3, published=1, members=()) == "受信システムを登録する"


@pytest.mark.parametrize(
    ("total", "wanted", "expected"),
    [(0, 1, (1, 1, 0, 0)), (120, 2, (2, 3, 50, 100)), (120, 99, (3, 3, 100, 120)), (50, -1, (1, 1, 0, 50))],
)
def test_a_page_always_exists(total, wanted, expected):
    paging = Paging.of(total, wanted, 50)
    assert (paging.number, paging.pages, paging.offset, paging.last) == expected


def test_times_are_japanese():
    from gaiji_hub.web.render import jst, reported

    assert jst(AT) == "2026-04-01 18:00"
    assert reported("2026-04-01T09:00:00+00:00") == "2026-04-01 18:00"
    assert reported("きのう") == "きのう"


HOSTILE = (
    "%00",
    "%ED%A0%80",
    "99999999999999999999",
    "-1",
    "'%20OR%201=1",
    "%F0%9F%92%A9",
    "x" * 3000,
    "..",
    "%2e%2e%2f",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_addresses_are_errors_and_never_faults(reader, hostile):
    for path in (
        f"/m/{hostile}/{SYSTEM}",
        f"/m/{TOWN}/{hostile}",
        f"{HOME}/gaiji/{hostile}",
        f"{HOME}/releases/{hostile}",
        f"{HOME}/shapes/{hostile}.svg",
        f"{HOME}/overlays/{hostile}/MJ026190.svg",
        f"/glyphs/{hostile}.svg",
        f"/char/{hostile}",
        f"{HOME}?page={hostile}",
        f"{HOME}?state={hostile}",
        f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}/codes/{hostile}",
        f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}/gaiji?offset={hostile}",
        f"/api/v1/characters/{hostile}",
    ):
        assert reader.get(path).status_code in (200, 400, 404, 422), path


def test_a_code_of_a_system_has_a_page_with_its_character_and_its_class(reader):
    found = search(reader, "windows-31j:879A")
    assert (found.status_code, found.headers["location"]) == (303, "/char/windows-31j%3A879A")
    page = reader.get("/char/cp932:879A").text
    assert "U+2235 読むだけ、書くと" in page
    assert "<code>81E6</code>" in page


def test_a_user_defined_code_says_that_every_town_has_its_own(reader):
    page = reader.get("/char/cp932:F040").text
    assert "外字領域の符号です" in page
    assert "U+E000" in page


def test_a_code_of_a_system_without_its_tables_says_so(reader):
    response = reader.get("/char/jef:80A1")
    assert response.status_code == 503
    assert "入っていません" in response.text
