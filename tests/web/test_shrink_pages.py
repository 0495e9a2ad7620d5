"""縮退方針 as pages and API: tried out, asked for, approved by another person, chosen for a gaiji, on record."""

from __future__ import annotations

import re

import pytest

from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.shrink_policy import SOURCE_TABLES
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.release import make_release
from tests.web.conftest import AT, BASE, DATE
from tests.web.people import ADMIN, APPROVER, CLERK, SYSTEM, TOWN

PAGE, USE = f"/t/{TOWN}/shrink", f"/t/{TOWN}/shrink/number_system"
API = f"/api/v1/municipalities/{TOWN}/shrink-policies"
NO_CANDIDATE = "MJ000005"
ORDER = [str(place + 1) for place in range(len(SOURCE_TABLES))]
FORM = {"order": ORDER, "ties": ["table", "rank", "hops"], "when_none": "undecided", "mark": "〓", "reason": "取決め"}
# A gaiji that is decided to be a glyph without candidate.
BAR, BAR_CODE = Outline((((0, 0, True), (0, 40, True), (1000, 40, True), (1000, 0, True)),), 1024, 1024), "F043"


@pytest.fixture
def client(client, registry, tables):
    client.headers["origin"] = BASE  # forms come from our own pages
    with registry.store.writing() as session:
        glyph = CodedOutline(0xE003, BAR.to_bytes())
        record_intake(session, TOWN, SYSTEM, FontIntake("b" * 64, "架空", 1024, (glyph,), (), (), 1), AT, [0xE003])
        decision = Decision(BAR_CODE, Verdict.EXACT, NO_CANDIDATE, "一致")
        made = decide(session, tables, TOWN, SYSTEM, [decision], AT, CLERK.actor)
        approve(session, TOWN, SYSTEM, [made[0].number], sheet_hash(made), AT, APPROVER.actor)
    return client


def answer(client, who, act: str = "approve", kind: str = "policy", number: int = 1, use: str = USE, **more):
    page = client.become(who).get(use).text
    hidden = rf'value="{kind}"><input type="hidden" name="number" value="{number}">'
    found = re.search(hidden + r'<input type="hidden" name="seen" value="([0-9a-f]{64})"', page)
    sent = {"kind": kind, "number": number, "act": act, "seen": found[1] if found else "0" * 64, "remark": "", **more}
    return client.post(f"{use}/answer", data=sent)


def adopt(client, **changes) -> None:
    asked = client.become(CLERK).post(f"{USE}/draft", data={**FORM, **changes})
    assert asked.headers["location"] == f"{USE}?done=asked"
    assert answer(client, APPROVER).headers["location"] == f"{USE}?done=approve"


def test_at_first_there_is_no_policy_and_the_page_says_what_that_means(reader):
    text = reader.get(PAGE).text
    assert text.count("まだありません") == 3
    assert "縮退マップの候補だけが載り" in text
    assert "この用途の方針も選択も、まだ申請されていません" in reader.get(USE).text


@pytest.mark.parametrize("use", ["print", "number_system", "certificate"])
def test_each_use_offers_what_it_allows(reader, use: str):
    text = reader.get(f"{PAGE}/{use}").text
    assert ('value="kana"' in text) is (use == "certificate")
    assert ('value="draw"' in text) is (use == "print")
    assert ('name="repertoire"' in text) is (use == "print")


def test_a_use_that_is_none_is_not_found(reader):
    assert reader.get(f"{PAGE}/fax").status_code == 404
    assert reader.get(f"{API}/fax/history").status_code == 404


def test_a_preview_counts_and_records_nothing(client):
    page = client.become(CLERK).post(f"{USE}/preview", data=FORM)
    assert page.status_code == 200
    row = r"候補なし → 未定</th><td class=\"num\">1</td><td class=\"num\">23,011</td>"
    assert re.search(row, page.text)
    assert "まだ何も記録していません" in page.text
    assert page.text.count('name="order"') == len(SOURCE_TABLES)
    assert client.get(f"{API}/number_system/history").json()["total"] == 0


def test_a_policy_is_asked_for_and_approved_by_another_person(client):
    asked = client.become(CLERK).post(f"{USE}/draft", data=FORM)
    assert (asked.status_code, asked.headers["location"]) == (303, f"{USE}?done=asked")
    assert "取り下げる" in client.get(USE).text
    refused = answer(client, CLERK)
    assert refused.status_code == 422
    assert "必要な役割: 承認者" in refused.text
    assert "承認待ち: 縮退方針 第1号" in client.get(PAGE).text
    work = client.become(APPROVER).get("/").text
    assert (f'href="{PAGE}"' in work, f'href="{USE}"' in work) == (True, True)
    assert answer(client, APPROVER).headers["location"] == f"{USE}?done=approve"
    page = client.get(USE).text
    assert f"{CLERK.name}が申請、{APPROVER.name}が承認" in page
    (item,) = [one for one in client.get(API).json()["items"] if one["number"]]
    assert (item["use"], item["policy"]["mark"], item["policy"]["tables"]) == (
        "number_system",
        "U+3013",
        list(SOURCE_TABLES),
    )


def test_the_own_policy_and_one_not_shown_are_not_approved(client):
    client.become(APPROVER).post(f"{USE}/draft", data=FORM)
    page = client.get(USE).text
    assert ("見て、承認する" in page, "ほかの人が承認します" in page) == (False, True)
    for _ in range(2):
        refused = answer(client, APPROVER)
        assert (refused.status_code, "開き直し" in refused.text) == (422, True)
    assert client.get(API).json()["items"][1]["number"] == 0


def test_what_stays_open_is_chosen_with_a_reason_by_two_people(client):
    adopt(client)
    page = client.become(CLERK).get(USE).text
    assert ("未定の外字（1）" in page, BAR_CODE in page) == (True, True)
    chosen = {"glyph": NO_CANDIDATE, "text": "U+4E00", "reason": "辞書で確認"}
    assert client.post(f"{USE}/choose", data=chosen).status_code == 303
    assert answer(client, APPROVER, kind="choice").headers["location"] == f"{USE}?done=approve"
    page = client.get(USE).text
    assert ("未定の外字（0）" in page, "辞書で確認" in page) == (True, True)
    assert client.get(API).json()["items"][1]["choices"] == {NO_CANDIDATE: "U+4E00"}
    history = client.get(f"{API}/number_system/history").json()
    assert [(one["kind"], one["by"], one["answered_by"], one["reason"]) for one in history["items"]] == [
        ("policy", CLERK.name, APPROVER.name, "取決め"),
        ("choice", CLERK.name, APPROVER.name, "辞書で確認"),
    ]
    back = {"glyph": NO_CANDIDATE, "back": "1", "reason": "誤り"}
    assert client.become(CLERK).post(f"{USE}/choose", data=back).status_code == 303
    assert "前の選択を取り消す" in client.get(USE).text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"order": [*ORDER[:-1], "9"]}, "表の優先順"),
        ({"order": [*ORDER[:-1], "x"]}, "表の優先順"),
        ({"order": ORDER[:3]}, "表の優先順"),
        ({"order": [""] * 9 + ["2"]}, "表の優先順"),
        ({"ties": ["table", "first"]}, "選べるものから"),
        ({"when_none": "kana"}, "選べるものから"),
        ({"when_none": ""}, "選べるものから"),
        ({"repertoire": "shapes"}, "選べるものから"),
        ({"mark": "邊\U000e0100"}, "未定のしるし"),
        ({"substitute": "〓"}, "決めた1文字"),
    ],
)
def test_a_form_that_states_no_policy_comes_back_with_the_reason(client, change: dict[str, object], said: str):
    for act in ("preview", "draft"):
        page = client.become(CLERK).post(f"{USE}/{act}", data={**FORM, **change})
        assert (page.status_code, said in page.text) == (422, True)
        assert 'role="alert"' in page.text
    assert client.get(f"{API}/number_system/history").json()["total"] == 0


def test_tables_left_empty_are_not_used_and_the_order_is_kept(client):
    order = [""] * len(SOURCE_TABLES)
    order[3], order[0] = "1", "2"
    client.become(CLERK).post(f"{USE}/draft", data={**FORM, "order": order, "ties": "hops"})
    (one,) = client.get(f"{API}/number_system/history").json()["items"]
    assert (one["policy"]["tables"], one["policy"]["ties"]) == (["koseki", "jis_ucs"], ["hops"])


def test_without_a_reason_nothing_is_asked_for(client):
    page = client.become(CLERK).post(f"{USE}/draft", data={**FORM, "reason": " "})
    assert (page.status_code, "方針の理由を1〜1000文字" in page.text) == (422, True)
    assert "試算" in page.text


@pytest.mark.parametrize("glyph", ["山田太郎", "MJ999999", "GH00000001", "MJ026190"])
def test_a_choice_that_cannot_be_is_refused_without_repeating_what_was_typed(client, glyph: str):
    adopt(client)
    page = client.become(CLERK).post(f"{USE}/choose", data={"glyph": glyph, "text": "山田", "reason": "x"})
    assert page.status_code in (404, 422)
    assert "山田" not in page.text


def test_sending_back_needs_a_reason(client):
    client.become(CLERK).post(f"{USE}/draft", data=FORM)
    refused = answer(client, APPROVER, "send_back")
    assert (refused.status_code, "差戻しの理由を1〜" in refused.text) == (422, True)
    assert answer(client, APPROVER, "send_back", remark="表の順を確かめて").status_code == 303
    assert "表の順を確かめて" in client.become(CLERK).get(USE).text
    assert client.post(f"{USE}/answer", data={"kind": "policy", "number": 1, "act": "burn"}).status_code == 404


def test_a_preview_of_a_waiting_policy_over_the_api(client):
    client.become(CLERK).post(f"{USE}/draft", data=FORM)
    found = client.get(f"{API}/number_system/policies/1/preview").json()
    assert (found["against"], found["mj"]["total"], found["town"]["total"]) == (0, 58_862, 2)
    assert sum(found["mj"]["outcomes"].values()) == 58_862
    assert [(one["local_code"], one["rule"], one["text"]) for one in found["open"]] == [(BAR_CODE, "none_open", "")]
    assert client.get(f"{API}/number_system/policies/2/preview").status_code == 404


def test_who_may_only_read_sees_no_forms(client):
    client.become(CLERK).post(f"{USE}/draft", data=FORM)
    page = client.become(ADMIN).get(USE).text
    assert ("承認できるのは承認者です" in page, "/preview" in page, "/choose" in page) == (True, False, False)
    assert client.post(f"{USE}/draft", data=FORM).status_code in (403, 404)


def test_a_release_page_says_what_the_policies_give(client, registry, tables):
    adopt(client)
    with registry.store.writing() as session:
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "縮退方針", AT, APPROVER.actor)
    page = client.get(f"/m/{TOWN}/{SYSTEM}/releases/2").text
    assert "番号制度との連携: 未定" in page
    assert "番号制度との連携" not in client.get(f"/m/{TOWN}/{SYSTEM}/releases/1").text
