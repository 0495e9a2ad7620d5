"""The forms of a decision: recorded, withdrawn, undone, approved, sent back, or refused with the reason."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from gaiji_hub.services.approval import sheet_hash
from gaiji_hub.services.decisions import history, pending
from gaiji_hub.services.login import csrf_of
from tests.web.conftest import BASE, DECIDED, GALLERY, OPEN, SEARCHED, SYSTEM, TOWN, corner
from tests.web.people import APPROVER, CLERK
from tests.web.reading import text_of

HOME = f"/m/{TOWN}/{SYSTEM}"


# -- recording a decision ------------------------------------------------------------------------------------


def form(**changes: str) -> dict[str, str]:
    fields = {
        "verdict": "exact",
        "glyph": "MJ000449",
        "ground": "koseki",
        "grounds": "字形が一致",
        "shape": corner(600).hash,
        "gallery": GALLERY,
    }
    return {**fields, **changes}


def send(client, fields: dict[str, str], origin: str | None = BASE):
    headers = {"origin": origin} if origin else {}
    return client.post(f"{HOME}/gaiji/{SEARCHED}/decisions", data=fields, headers=headers)


def recorded(registry, code: str = SEARCHED) -> list[tuple[str, str | None, str]]:
    with registry.store.reading() as session:
        return [(d.verdict.value, d.glyph, d.status.value) for d in history(session, TOWN, SYSTEM, code)]


def test_a_decision_waits_for_approval_and_a_newer_one_of_the_same_person_takes_its_place(client, registry):
    first = send(client, form())
    assert first.status_code == 303
    page = client.get(first.headers["location"])
    assert "判定を記録しました" in page.text
    assert "承認待ち" in page.text
    assert f"次の判定待ち {OPEN}" in text_of(page.text)
    assert send(client, form(verdict="none", glyph="")).status_code == 303
    assert recorded(registry) == [("exact", "MJ000449", "withdrawn"), ("none", None, "pending")]
    assert send(client, form(glyph="", other="mj026190", verdict="similar")).status_code == 303
    assert recorded(registry)[-1] == ("similar", "MJ026190", "pending")


def test_a_waiting_decision_is_withdrawn_by_the_one_who_made_it(client, registry):
    send(client, form())
    number = {"number": "2"}
    address = f"{HOME}/gaiji/{SEARCHED}/withdraw"
    assert client.become(APPROVER).post(address, data=number, headers={"origin": BASE}).status_code in (403, 422)
    assert client.become(CLERK).post(address, data=number, headers={"origin": BASE}).status_code == 303
    assert recorded(registry) == [("exact", "MJ000449", "withdrawn")]


def test_a_decision_in_force_is_taken_back_by_a_new_one_that_waits(client, registry):
    address = f"{HOME}/gaiji/{DECIDED}/undo"
    empty = client.post(address, data={"number": "1", "grounds": " "}, headers={"origin": BASE})
    assert (empty.status_code, "取り消す理由" in empty.text) == (422, True)
    done = client.post(address, data={"number": "1", "grounds": "見誤り"}, headers={"origin": BASE})
    assert done.status_code == 303
    assert [status for _, _, status in recorded(registry, DECIDED)] == ["approved", "pending"]
    assert "同定済" in client.get(f"{HOME}/gaiji/{DECIDED}").text  # still in force until somebody approves


# -- approving -----------------------------------------------------------------------------------------------


def sheet(client) -> dict[str, str]:
    """The fields of the form that approves everything on the page."""
    html = client.get(f"{HOME}/approve").text
    return {name: re.search(rf'name="{name}" value="([^"]+)"', html)[1] for name in ("numbers", "seen")}


def approve(client, fields: dict[str, str]):
    return client.post(f"{HOME}/approve", data=fields, headers={"origin": BASE})


def test_the_approver_sees_shape_glyph_and_overlay_and_approves(client, registry):
    send(client, form())
    html = client.become(APPROVER).get(f"{HOME}/approve").text
    for part in (f"shapes/{corner(600).hash}", "glyphs/MJ000449", f"overlays/{corner(600).hash}/MJ000449"):
        assert part in html
    for part in ("戸籍・附票の字形と照合", "字形が一致", "架空 花子"):
        assert part in text_of(html)
    assert approve(client, sheet(client)).headers["location"] == f"{HOME}/approve?done=1"
    assert recorded(registry) == [("exact", "MJ000449", "approved")]
    assert "承認待ちの判定はありません" in client.get(f"{HOME}/approve").text


def approve_unseen(client, registry):
    """What a person sends who gets no form for it, with the right hash all the same."""
    with registry.store.reading() as session:
        seen = sheet_hash(pending(session, TOWN, SYSTEM))
    return approve(client, {"numbers": "2", "seen": seen})


def test_nobody_approves_ones_own_decision(client, registry):
    fields = form()
    client.become(APPROVER)
    send(client, fields)
    assert "自分の判定は自分では承認できません" in client.get(f"{HOME}/approve").text
    assert approve_unseen(client, registry).status_code == 422
    assert recorded(registry) == [("exact", "MJ000449", "pending")]


def test_a_clerk_does_not_approve(client, registry):
    client.become(APPROVER)
    send(client, form())
    client.become(CLERK)
    assert "承認できるのは承認者です" in client.get(f"{HOME}/approve").text
    assert approve_unseen(client, registry).status_code == 422
    assert recorded(registry) == [("exact", "MJ000449", "pending")]


def test_what_changed_since_it_was_shown_is_not_approved(client, registry):
    send(client, form())
    client.become(APPROVER)
    fields = sheet(client)
    assert approve(client, {**fields, "seen": "0" * 64}).status_code == 422
    assert approve(client, {**fields, "numbers": "x"}).status_code == 422
    client.become(CLERK)
    send(client, form(verdict="none", glyph=""))
    client.become(APPROVER)
    assert approve(client, fields).status_code == 422
    assert [status for _, _, status in recorded(registry)] == ["withdrawn", "pending"]


def test_a_decision_is_sent_back_with_the_reason(client, registry):
    send(client, form())
    client.become(APPROVER)
    address = f"{HOME}/approve/send-back"
    assert client.post(address, data={"number": "2", "remark": " "}, headers={"origin": BASE}).status_code == 422
    done = client.post(address, data={"number": "2", "remark": "はねの向き"}, headers={"origin": BASE})
    assert done.status_code == 303
    assert recorded(registry) == [("exact", "MJ000449", "sent_back")]
    page = text_of(client.become(CLERK).get(f"{HOME}/gaiji/{SEARCHED}").text)
    assert "差戻し" in page
    assert "はねの向き" in page


# -- what comes back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"verdict": ""}, "判定を選んでください"),
        ({"verdict": "sure"}, "判定を選んでください"),
        ({"other": "MJ026190"}, "どちらか一方"),
        ({"verdict": "none"}, "判定「該当なし」に文字図形名は付けられません"),
        ({"glyph": ""}, "文字図形名が必要"),
        ({"glyph": "MJ999999"}, "文字情報一覧表にもハブの文字にもありません"),
        ({"ground": ""}, "根拠を選んでください"),
        ({"ground": "because"}, "根拠を選んでください"),
        ({"ground": "other", "grounds": " "}, "根拠"),
        ({"shape": corner(800).hash}, "字形が変わっています"),
        ({"shape": ""}, "どの字形を見たか"),
        ({"gallery": "cd" * 32}, "候補を見てから"),
        ({"gallery": ""}, "候補を見てから"),
    ],
)
def test_what_cannot_be_recorded_comes_back_with_the_reason(reader, kept, changes, reason):
    response = send(reader, form(**changes))
    assert response.status_code == 422
    assert reason in response.text
    assert "1 件目" not in response.text
    assert "字形が一致" in response.text or changes.get("grounds")  # what was typed is not lost
    assert recorded(kept) == []


def test_a_gaiji_without_candidates_is_decided_without_a_gallery(client, registry):
    for gallery, status in ((GALLERY, 422), ("", 303)):
        fields = form(shape=corner(400).hash, gallery=gallery)
        response = client.post(f"{HOME}/gaiji/{OPEN}/decisions", data=fields, headers={"origin": BASE})
        assert response.status_code == status
    with registry.store.reading() as session:
        assert [d.gallery for d in history(session, TOWN, SYSTEM, OPEN)] == [""]


def test_another_sites_form_records_nothing(reader, kept):
    for origin in ("http://evil.example", "null", None):
        assert send(reader, form(), origin).status_code == 403
    assert recorded(kept) == []


def test_typed_text_is_escaped(reader):
    html = send(reader, form(verdict="", grounds='"><script>alert(1)</script>')).text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("field", ["ground", "grounds", "glyph", "other", "shape", "gallery", "verdict"])
@pytest.mark.parametrize("value", ["\x00", "\ud800", "x" * 100_000])
def test_hostile_forms_are_refused_and_record_nothing(reader, kept, field, value):
    fields = form(**{field: value})
    fields["csrf"] = csrf_of(CLERK.secret)
    body = "&".join(f"{name}={quote(text, errors='surrogatepass')}" for name, text in fields.items())
    headers = {"origin": BASE, "content-type": "application/x-www-form-urlencoded"}
    response = reader.post(f"{HOME}/gaiji/{SEARCHED}/decisions", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert recorded(kept) == []
