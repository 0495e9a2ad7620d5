"""From a gaiji to a hub character: search, request, approval, codes, rights, sharing, census and 追加要望, as pages."""

from __future__ import annotations

import io
import re
import zipfile

import pytest

from gaiji_hub.convert.census import HEADER
from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake
from gaiji_hub.moji.candidate import Band
from gaiji_hub.moji.outline import Outline
from gaiji_hub.services.candidates import record_candidates
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from tests.web.conftest import AT, BASE, DECIDED, OPEN, SEARCHED, corner, found
from tests.web.people import ADMIN, APPROVER, CLERK, OPERATOR, OTHER, STRANGE_APPROVER, STRANGER, SYSTEM, TOWN

TAX = "zei"
# A gaiji that is like no other.
BAR, BAR_CODE = Outline((((0, 0, True), (0, 40, True), (1000, 40, True), (1000, 0, True)),), 1024, 1024), "F043"
NEW = f"/t/{TOWN}/requests/new?system={SYSTEM}&code={SEARCHED}"
ALLOCATION, RIGHTS, POLICY = (f"/m/{TOWN}/{SYSTEM}/{page}" for page in ("allocation", "rights", "policy"))


@pytest.fixture
def client(client):
    client.headers["origin"] = BASE  # forms come from our own pages
    return client


@pytest.fixture
def office(client, registry, tables):
    with registry.store.writing() as session:
        register_business_system(session, TOWN, TAX, "税", "cp932", AT)
        record_intake(session, TOWN, TAX, FontIntake("c" * 64, "架空", 1024, (), (), (), 1), AT)
        glyph = CodedOutline(0xE003, BAR.to_bytes())
        record_intake(session, TOWN, SYSTEM, FontIntake("b" * 64, "架空", 1024, (glyph,), (), (), 1), AT, [0xE003])
        record_candidates(session, TOWN, SYSTEM, {BAR.hash: found(tables, Band.OUTSIDE, "MJ000449")})
    return client


def seen(text: str) -> str:
    (one,) = set(re.findall(r'name="seen" value="([0-9a-f]{64})"', text))
    return one


def form(client, **changes) -> dict[str, object]:
    """What the request page sends."""
    source = {"source_system": SYSTEM, "source_code": SEARCHED, "systems": [SYSTEM, TAX]}
    words = {"title": "架空の字", "readings": "かくう", "ground": "koseki", "grounds": ""}
    return {**source, **words, "seen": seen(client.get(NEW).text), **changes}


def ask(client, **changes) -> str:
    answer = client.become(CLERK).post(f"/t/{TOWN}/requests", data=form(client, **changes))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def grant(client, address: str) -> str:
    """Approve a request; the id that the character got."""
    text = client.become(APPROVER).get(address).text
    assert client.post(f"{address}/approve", data={"seen": seen(text)}).headers["location"] == address
    (glyph,) = re.findall(r"<dt>文字</dt><dd><a href=\"[^\"]*/(GH[0-9]{8})", client.get(address).text)
    return str(glyph)


def test_a_gaiji_leads_to_the_request_page_which_shows_what_was_found(reader):
    assert NEW.replace("&", "&amp;") in reader.get(f"/m/{TOWN}/{SYSTEM}/gaiji/{SEARCHED}").text
    page = reader.get(NEW)
    assert page.status_code == 200
    assert "MJ000449" in page.text
    assert "同じ字形のハブの文字（0）" in page.text
    told = reader.get(NEW.replace(SEARCHED, OPEN))
    assert (told.status_code, "候補がまだ計算されていない" in told.text) == (409, True)
    assert reader.get(NEW.replace(SEARCHED, "F0FF")).status_code == 404


def test_from_request_to_codes_in_two_systems(office):
    address = ask(office)
    assert "ほかの人が承認します" in office.get(address).text
    assert office.get(f"{address}/shape.svg").headers["content-type"].startswith("image/svg+xml")
    glyph = grant(office, address)
    assert office.get(f"/glyphs/{glyph}.svg").status_code == 200
    assert glyph in office.get(f"/t/{TOWN}/characters").text
    assert glyph in office.post(f"/t/{TOWN}/characters/find", data={"q": "カクウ"}).text
    assert glyph in office.get(f"/m/{TOWN}/{TAX}/allocation").text
    assert glyph in office.get(f"/m/{TOWN}/{SYSTEM}/gaiji/{SEARCHED}").text
    for who in (CLERK, ADMIN):
        assert office.become(who).get(f"/t/{TOWN}/characters/{glyph}").status_code == 200


def test_what_a_reading_finds_is_shown_before_it_is_asked(office):
    glyph = grant(office, ask(office))
    changes = {"source_code": BAR_CODE, "systems": TAX}
    first = office.become(CLERK).get(NEW.replace(SEARCHED, BAR_CODE)).text
    answer = office.post(f"/t/{TOWN}/requests", data=form(office, **changes, seen=seen(first)))
    assert (answer.status_code, glyph in answer.text) == (422, True)
    again = office.post(f"/t/{TOWN}/requests", data=form(office, **changes, seen=seen(answer.text)))
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"ground": ""}, "根拠を選んで"),
        ({"systems": ""}, "業務システムを1つ以上"),
        ({"readings": "kana"}, "ひらがな"),
        ({"character": "MJ000449", "other": "MJ000449"}, "どちらか一方"),
        ({"title": "\ufffd"}, "文字化け"),
    ],
)
def test_a_form_that_cannot_be_recorded_comes_back_with_the_reason(office, change, sentence):
    answer = office.become(CLERK).post(f"/t/{TOWN}/requests", data=form(office, **change))
    assert (answer.status_code, sentence in answer.text) == (422, True)


def test_a_request_is_sent_back_or_withdrawn(office):
    address = ask(office)
    assert office.become(APPROVER).post(f"{address}/send-back", data={"remark": ""}).status_code == 422
    assert office.post(f"{address}/send-back", data={"remark": "確かめて"}).status_code == 303
    assert "確かめて" in office.become(CLERK).get(address).text
    second = ask(office)
    assert office.become(APPROVER).post(f"{second}/withdraw", data={}).status_code == 422
    assert office.become(CLERK).post(f"{second}/approve", data={"seen": "0" * 64}).status_code == 422
    assert office.post(f"{second}/withdraw", data={}).status_code == 303
    assert "取下げ" in office.get(f"/t/{TOWN}/requests?status=withdrawn").text


def test_a_shape_is_shared_once_its_rights_are_said(office):
    glyph = grant(office, ask(office))
    address = f"/t/{TOWN}/characters/{glyph}"
    refused = office.post(f"{address}/share", data={})
    assert (refused.status_code, "自団体で作成・権利あり" in refused.text) == (422, True)
    for who in (STRANGER, STRANGE_APPROVER):
        assert office.become(who).get(f"/t/{OTHER}/characters/{glyph}").status_code == 404
        assert office.get(f"/glyphs/{glyph}.svg").status_code == 404
    said = office.become(CLERK).post(RIGHTS, data={"shape": corner(600).hash, "rights": "own", "note": ""})
    assert said.headers["location"] == f"{RIGHTS}?said=1"
    assert office.become(APPROVER).post(f"{address}/share", data={}).status_code == 303
    assert office.become(STRANGER).get(f"/t/{OTHER}/characters/{glyph}").status_code == 200
    assert office.get(f"/glyphs/{glyph}.svg").status_code == 200
    assert office.become(STRANGE_APPROVER).post(f"/t/{OTHER}/characters/{glyph}/share", data={}).status_code == 404


def test_a_link_to_a_hub_character_leads_to_a_town_that_sees_it(office):
    glyph = grant(office, ask(office))
    for key in (glyph, glyph.lower()):
        led = office.become(CLERK).get(f"/char/{key}")
        assert (led.status_code, led.headers["location"]) == (303, f"/t/{TOWN}/characters/{glyph}")
    assert office.get("/char/GH99999999").status_code == 404
    assert office.become(STRANGER).get(f"/char/{glyph}").status_code == 404
    office.become(CLERK).post(RIGHTS, data={"shape": corner(600).hash, "rights": "own", "note": ""})
    office.become(APPROVER).post(f"/t/{TOWN}/characters/{glyph}/share", data={})
    led = office.become(STRANGER).get(f"/char/{glyph}")
    assert (led.status_code, led.headers["location"]) == (303, f"/t/{OTHER}/characters/{glyph}")


def test_a_request_for_what_is_no_longer_shared_is_still_shown(office):
    glyph = grant(office, ask(office))
    said = {"shape": corner(600).hash, "note": ""}
    office.become(CLERK).post(RIGHTS, data={**said, "rights": "own"})
    office.become(APPROVER).post(f"/t/{TOWN}/characters/{glyph}/share", data={})
    page = office.become(STRANGER).get(f"/t/{OTHER}/requests/new?character={glyph}")
    fields = {"seen": seen(page.text), "source_character": glyph, "character": glyph, "title": "架空の字"}
    fields |= {"ground": "koseki", "grounds": "照合", "readings": "", "systems": SYSTEM}
    asked = office.post(f"/t/{OTHER}/requests", data=fields)
    assert asked.status_code == 303, asked.text
    office.become(CLERK).post(RIGHTS, data={**said, "rights": "unknown"})
    shown = office.become(STRANGER).get(asked.headers["location"])
    assert (shown.status_code, "この文字の共有は終わっています" in shown.text) == (200, True)


def test_one_character_becomes_another_name_of_the_other(office):
    first = grant(office, ask(office))
    text = office.become(CLERK).get(NEW.replace(SEARCHED, DECIDED)).text
    fields = form(office, source_code=DECIDED, title="別の字", readings="", seen=seen(text))
    second = grant(office, office.post(f"/t/{TOWN}/requests", data=fields).headers["location"])
    address = f"/t/{TOWN}/characters/{first}"
    assert office.post(f"{address}/merge", data={"into": first}).status_code == 422
    assert office.post(f"{address}/merge", data={"into": "GH99999999"}).status_code == 422
    assert office.post(f"{address}/merge", data={"into": second}).headers["location"].endswith(second)
    assert "別名です" in office.get(address).text


def test_rights_are_said_for_all_that_a_filter_lists(client):
    address = f"{RIGHTS}?rights=unknown"
    assert "不明" in client.become(CLERK).get(address).text
    assert client.post(RIGHTS, data={"rights": "own"}).status_code == 422
    every = {"every": "1", "only": "unknown", "rights": "vendor_licensed", "note": "契約 1"}
    assert client.post(RIGHTS, data=every).headers["location"] == f"{RIGHTS}?said=3"
    assert "契約 1" in client.get(RIGHTS).text
    foreign = {"shape": "0" * 64, "rights": "own"}
    assert client.post(RIGHTS, data=foreign).status_code == 422
    assert client.become(ADMIN).post(RIGHTS, data=every).status_code == 403


def test_a_census_shows_what_is_not_used_and_repeats_nothing_else(client):
    text = f"{HEADER}\r\n{DECIDED},U+E000,5,5,1\r\n,U+F8FF,1,1,0\r\n"
    kept = client.become(CLERK).post(f"{ALLOCATION}/census", data={"title": "四月", "counts": text})
    assert kept.headers["location"] == f"{ALLOCATION}?outside=1"
    page = client.get(kept.headers["location"]).text
    assert "1 行は登録していません" in page
    assert f'/gaiji/{SEARCHED}"><code>{SEARCHED}' in page
    refused = client.post(f"{ALLOCATION}/census", data={"title": "四月", "counts": "氏名\n架空 春子\n"})
    assert (refused.status_code, "春子" in refused.text) == (422, False)
    assert client.become(ADMIN).post(f"{ALLOCATION}/census", data={"title": "x", "counts": text}).status_code == 403


def test_a_code_that_was_not_released_is_given_back(office):
    grant(office, ask(office))
    address = f"/m/{TOWN}/{TAX}/allocation"
    assert office.become(CLERK).post(f"{address}/return", data={"code": "F040"}).status_code == 403
    assert office.become(APPROVER).post(f"{address}/return", data={"code": "F041"}).status_code == 404
    assert office.post(f"{address}/return", data={"code": "F040"}).status_code == 303
    assert "返却 " in office.get(address).text


def test_a_policy_names_what_stands_against_it_and_hands_out_the_papers(office):
    grant(office, ask(office))
    assert "合わない外字はありません" in office.get(POLICY).text
    policy = {"kind": "mjplus", "edition": "2026-08", "until": "", "space_rule": "keep"}
    assert office.post(POLICY, data=policy).status_code == 403
    assert office.become(ADMIN).post(POLICY, data={**policy, "edition": ""}).status_code == 422
    assert office.post(POLICY, data={**policy, "until": "x"}).status_code == 422
    assert office.post(POLICY, data=policy).status_code == 303
    page = office.become(CLERK).get(POLICY).text
    paper = f"/m/{TOWN}/{SYSTEM}/gaiji/{SEARCHED}/addition-request.zip"
    assert paper in page
    answer = office.get(paper)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {"facts.json", "shape.svg", "追加要望.pdf", "MJ000449.svg"} <= set(archive.namelist())
    again = form(office, source_code=DECIDED, title="別", readings="", systems=SYSTEM)
    again["seen"] = seen(office.get(NEW.replace(SEARCHED, DECIDED)).text)
    refused = office.post(f"/t/{TOWN}/requests", data=again)
    assert (refused.status_code, "追加要望" in refused.text) == (422, True)


PAGES = (ALLOCATION, RIGHTS, POLICY, f"/t/{TOWN}/characters", f"/t/{TOWN}/requests")


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_and_the_operator_find_nothing(reader, address):
    assert reader.become(CLERK).get(address).status_code == 200
    missing = reader.become(STRANGER).get(address.replace(TOWN, "999997"))
    for who in (STRANGER, OPERATOR):
        answer = reader.become(who).get(address)
        assert (answer.status_code, answer.text) == (404, reader.get(address.replace(TOWN, "999997")).text)
    assert missing.status_code == 404


def test_the_api_says_characters_and_capacity(office):
    glyph = grant(office, ask(office))
    listed = office.get(f"/api/v1/municipalities/{TOWN}/characters").json()
    assert [(item["character"], item["owner"], item["shared"]) for item in listed["items"]] == [(glyph, TOWN, False)]
    full = office.get(f"/api/v1/municipalities/{TOWN}/systems/{TAX}/capacity").json()
    assert full["used"] + full["reserved"] + full["blocked"] + full["free"] == full["total"] == 1880
