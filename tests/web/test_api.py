"""`/api/v1` over a small hub, on both back ends."""

from __future__ import annotations

import hashlib

import pytest
from lxml import etree

from gaiji_hub.moji.acknowledgement import Acknowledgement
from gaiji_hub.moji.release import Release
from gaiji_hub.services.delivery import Publication, record_publication
from gaiji_hub.services.hub import Registry
from tests.web.conftest import DECIDED, OPEN, OTHER, SEARCHED, SYSTEM, TOWN, corner
from tests.web.people import AGENT, CLERK, STRANGE_AGENT

SYSTEM_PATH = f"/api/v1/municipalities/{TOWN}/systems/{SYSTEM}"


def problem(response, status: int, code: str) -> dict[str, object]:
    """The problem document of an answer that must be one."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["code"] == code
    assert document["status"] == status
    assert not document["detail"].isascii()
    return document


@pytest.mark.parametrize("key", ["邉", "U+9089", "MJ026190", "445000", "00445000", "J+9089", "1-78-21"])
def test_a_character_is_found_by_itself_its_code_and_its_numbers(reader, key):
    answer = reader.get(f"/api/v1/characters/{key}").json()
    first = answer["answers"][0]["characters"][0]
    assert first["glyph"] == "MJ026190"
    assert first["text"] == "邉"
    assert first["numbers"]["koseki_number"] == "445000"
    assert "mj" in first["editions"]
    assert answer["editions"]["mj"] == first["editions"]["mj"]


def test_a_code_of_a_code_system_is_answered_with_its_character_and_its_class(reader):
    answer = reader.get("/api/v1/characters/cp932:E7B3").json()
    assert answer["answers"][0]["characters"][0]["glyph"] == "MJ026190"
    assert answer["code"]["codes"] == "U+9089"
    assert [row["round_trip"] for row in answer["code"]["rows"]] == ["both"]


def test_a_user_defined_code_has_no_character_of_the_tables(reader):
    answer = reader.get("/api/v1/characters/ibm930:6941").json()
    assert answer["answers"] == [{"key": "\ue000", "found": False, "characters": []}]
    assert (answer["code"]["user_defined"], answer["code"]["codes"]) == (True, "U+E000")


def test_a_code_that_the_system_cannot_have_and_a_system_without_tables_are_errors(reader):
    problem(reader.get("/api/v1/characters/cp932:817F"), 422, "bad_local_code")
    problem(reader.get("/api/v1/characters/jef:80A1"), 503, "table_not_installed")


def test_a_character_with_a_selector_is_itself(reader):
    answer = reader.get("/api/v1/characters/邉\U000e010f").json()["answers"][0]
    assert [c["glyph"] for c in answer["characters"]] == ["MJ026190"]


def test_an_unknown_character_is_not_found_and_not_repeated(reader):
    document = problem(reader.get("/api/v1/characters/渡邉太郎"), 404, "not_found")
    assert "渡" not in str(document)


def test_bulk_answers_every_key_in_order(reader):
    keys = ["邉", "知らない", "MJ026190", "邉"]
    answers = reader.post("/api/v1/characters:bulk", json={"keys": keys}).json()["answers"]
    assert [answer["key"] for answer in answers] == keys
    assert [answer["found"] for answer in answers] == [True, False, True, True]
    assert answers[1]["characters"] == []


@pytest.mark.parametrize("keys", [[], ["一"] * 1001, ["x" * 41], [""]])
def test_bulk_has_limits(reader, keys):
    refused = problem(reader.post("/api/v1/characters:bulk", json={"keys": keys}), 422, "bad_keys")
    assert "1000" in str(refused["detail"]).replace(",", "")
    assert "x" * 41 not in str(refused)


def test_bulk_of_a_thousand_is_answered(reader):
    answers = reader.post("/api/v1/characters:bulk", json={"keys": ["一"] * 1000}).json()["answers"]
    assert len(answers) == 1000


def test_ones_own_town_is_listed_with_its_counts_and_no_other(reader):
    items = reader.get("/api/v1/municipalities").json()["items"]
    assert [town["lg_code"] for town in items] == [TOWN]
    system = items[0]["systems"][0]
    assert (system["gaiji"], system["decided"], system["releases"], system["published"]) == (3, 1, 1, 0)


def test_a_released_code_gives_its_text(reader):
    document = reader.get(f"{SYSTEM_PATH}/codes/{DECIDED}").json()
    assert document["release"] == 1
    answer = document["answers"][0]
    assert (answer["known"], answer["glyph"], answer["text"]["ucs"]) == (True, "MJ026190", "U+9089")
    assert answer["approval"] == "approved"


def test_an_undecided_code_has_no_text(reader):
    answer = reader.get(f"{SYSTEM_PATH}/codes/{OPEN}").json()["answers"][0]
    assert (answer["known"], answer["text"], answer["note"]) == (True, None, "未同定")


def test_bulk_codes_keep_the_unknown_visible(reader):
    codes = [DECIDED, "F9FC", "zz"]
    answers = reader.post(f"{SYSTEM_PATH}/codes:bulk", json={"codes": codes}).json()["answers"]
    assert [(answer["code"], answer["known"]) for answer in answers] == [
        (DECIDED, True),
        ("F9FC", False),
        ("zz", False),
    ]


def test_a_code_that_is_not_released_is_not_found(reader):
    missing = problem(reader.get(f"{SYSTEM_PATH}/codes/F9FC"), 404, "not_found")
    unreadable = problem(reader.get(f"{SYSTEM_PATH}/codes/zzzz"), 404, "not_found")
    assert missing == unreadable


def test_gaiji_are_listed_narrowed_and_paged(reader):
    page = reader.get(f"{SYSTEM_PATH}/gaiji").json()
    assert [(item["code"], item["state"]) for item in page["items"]] == [
        (DECIDED, "decided"),
        (SEARCHED, "candidates"),
        (OPEN, "open"),
    ]
    assert [i["code"] for i in reader.get(f"{SYSTEM_PATH}/gaiji?state=open").json()["items"]] == [OPEN]
    assert [i["code"] for i in reader.get(f"{SYSTEM_PATH}/gaiji?band=review").json()["items"]] == [SEARCHED]
    part = reader.get(f"{SYSTEM_PATH}/gaiji?offset=1&limit=1").json()
    assert (part["total"], [i["code"] for i in part["items"]]) == (3, [SEARCHED])


def test_a_wrong_filter_or_number_is_refused(reader):
    unknown = problem(reader.get(f"{SYSTEM_PATH}/gaiji?state=watanabe"), 422, "unknown_filter")
    no_number = problem(reader.get(f"{SYSTEM_PATH}/gaiji?limit=watanabe"), 400, "invalid_request")
    assert "watanabe" not in f"{unknown}{no_number}", "what was typed is not repeated"


def test_one_gaiji_has_candidates_and_history(reader):
    detail = reader.get(f"{SYSTEM_PATH}/gaiji/{DECIDED}").json()
    assert [c["glyph"] for c in detail["candidates"]] == ["MJ026190", "MJ026191", "MJ000449"]
    assert detail["shape"] == corner(800).hash
    assert detail["decision"] == detail["history"][-1]
    assert detail["decision"]["grounds"] == "民二5202号通知"


@pytest.mark.parametrize("path", ["/gaiji", "/gaiji/{code}", "/releases/1", "/releases/1/diff", "/codes/{code}"])
def test_what_is_not_there_and_what_is_anothers_look_alike(reader, path):
    """Asked of another town, a code that only this town has answers exactly like a code nobody has."""

    def ask(lg_code: str, code: str) -> tuple[int, str]:
        response = reader.get(f"/api/v1/municipalities/{lg_code}/systems/{SYSTEM}{path.format(code=code)}")
        return response.status_code, response.text.replace(code, "CODE")

    assert ask(OTHER, DECIDED) == ask(OTHER, "F9FC")
    assert "MJ026190" not in ask(OTHER, DECIDED)[1]
    assert ask("994014", DECIDED)[0] == 404


@pytest.mark.parametrize("lg_code", ["992012", "abc", "99201", "%2e%2e"])
def test_a_wrong_municipality_code_is_an_error_not_a_fault(reader, lg_code):
    response = reader.get(f"/api/v1/municipalities/{lg_code}/systems/{SYSTEM}/gaiji")
    assert response.status_code in (404, 422)


def test_a_release_is_its_canonical_bytes(reader):
    response = reader.get(f"{SYSTEM_PATH}/releases/1")
    assert response.headers["content-type"] == "application/json"
    assert hashlib.sha256(response.content).hexdigest() == response.headers["x-release-hash"]
    release = Release.from_bytes(response.content)
    assert [row.local_code for row in release.rows] == [DECIDED, SEARCHED, OPEN]
    items = reader.get(f"{SYSTEM_PATH}/releases").json()["items"]
    assert [item["hash"] for item in items] == [release.hash]


def test_csv_and_xml_carry_the_same_release(reader):
    csv = reader.get(f"{SYSTEM_PATH}/releases/1?format=csv")
    xml = reader.get(f"{SYSTEM_PATH}/releases/1?format=xml")
    assert csv.headers["x-release-hash"] == xml.headers["x-release-hash"]
    assert [line.split(",")[0] for line in csv.text.splitlines()[1:]] == [DECIDED, SEARCHED, OPEN]
    assert etree.fromstring(xml.content).tag.endswith("release")
    problem(reader.get(f"{SYSTEM_PATH}/releases/1?format=exe"), 422, "unknown_release_format")


def test_the_first_release_adds_everything(reader):
    diff = reader.get(f"{SYSTEM_PATH}/releases/1/diff").json()
    assert (len(diff["added"]), diff["changed"], diff["removed"], diff["against"]) == (3, [], [], None)
    problem(reader.get(f"{SYSTEM_PATH}/releases/2/diff"), 404, "not_found")


def publish(registry: Registry) -> None:
    publication = Publication(f"{TOWN}-{SYSTEM}", 1, "release", 1, "11" * 32, "22" * 32, "33" * 32, "44" * 32)
    with registry.store.writing() as session:
        record_publication(session, TOWN, SYSTEM, publication)


def acknowledgement(**changes: object) -> Acknowledgement:
    fields: dict[str, object] = {
        "channel": f"{TOWN}-{SYSTEM}",
        "member": "madoguchi",
        "seq": 1,
        "payload_hash": "11" * 32,
        "release_hash": "55" * 32,
        "tree_hash": "33" * 32,
        "installed_at": "2026-04-02T00:00:00+00:00",
        "agent": "0.1.0",
    }
    return Acknowledgement(**{**fields, **changes})


def post(client, body: bytes, who=AGENT):
    """What `who` reports; afterwards the clerk asks again."""
    headers = {"content-type": "application/json"}
    try:
        return client.become(who).post("/api/v1/acknowledgements", content=body, headers=headers)
    finally:
        client.become(CLERK)


def test_an_acknowledgement_shows_in_the_members_state(client, registry):
    publish(registry)
    assert client.get(f"{SYSTEM_PATH}/members").json()["items"][0]["state"] == "never"
    for _ in range(2):  # sending it again changes nothing
        assert post(client, acknowledgement().to_bytes()).json() == {"received": True}
    member = client.get(f"{SYSTEM_PATH}/members").json()["items"][0]
    assert (member["state"], member["seq"], member["tree_hash"]) == ("current", 1, "33" * 32)


def test_another_hash_is_kept_and_shown_as_drift(client, registry):
    publish(registry)
    post(client, acknowledgement(payload_hash="99" * 32).to_bytes())
    assert client.get(f"{SYSTEM_PATH}/members").json()["items"][0]["state"] == "drift"
    assert "内容が異なる" in client.get("/members").text


def test_what_is_no_acknowledgement_is_refused(client, registry):
    publish(registry)
    problem(post(client, b"{}"), 400, "invalid_request")
    problem(post(client, b"\xff"), 400, "bad_request")
    problem(post(client, acknowledgement().to_bytes().replace(b"ack/1", b"ack/9")), 400, "invalid_request")
    problem(post(client, acknowledgement().to_bytes().replace(b'"seq":1', b'"seq":0')), 422, "bad_acknowledgement")
    problem(post(client, acknowledgement(member="nobody").to_bytes()), 404, "not_found")
    problem(post(client, acknowledgement(channel="../etc").to_bytes()), 404, "not_found")
    problem(post(client, acknowledgement(seq=2).to_bytes()), 404, "not_found")
    problem(post(client, b" " * 8_001), 413, "too_large")
    assert client.get(f"{SYSTEM_PATH}/members").json()["items"][0]["state"] == "never"


def test_only_the_member_itself_acknowledges(client, registry):
    publish(registry)
    problem(post(client, acknowledgement().to_bytes(), CLERK), 403, "not_allowed")
    problem(post(client, acknowledgement().to_bytes(), STRANGE_AGENT), 404, "not_found")
    problem(post(client, acknowledgement().to_bytes(), None), 401, "login_needed")
    assert client.get(f"{SYSTEM_PATH}/members").json()["items"][0]["state"] == "never"


def test_errors_of_the_framework_are_problems_too(reader):
    problem(reader.get("/api/v1/nothing"), 404, "not_found")
    problem(reader.post("/api/v1/nothing", json={}), 404, "not_found")
    problem(reader.get("/api/v1/acknowledgements"), 405, "method_not_allowed")
    problem(reader.post("/api/v1/characters:bulk", json={"keys": 1}), 400, "invalid_request")
    problem(reader.post("/api/v1/characters:bulk", json={"keys": ["一"], "more": 1}), 400, "invalid_request")
    broken = reader.post("/api/v1/characters:bulk", content=b"{", headers={"content-type": "application/json"})
    problem(broken, 400, "bad_request")
    large = reader.post("/api/v1/characters:bulk", json={"keys": ["一" * 1_000_000]})
    assert "一" * 41 not in str(problem(large, 413, "too_large"))


def test_a_fault_of_ours_is_a_problem_without_details(reader, monkeypatch):
    from gaiji_hub.web.api import characters

    def fail(*_: object) -> list[object]:
        raise KeyError("渡邉")

    monkeypatch.setattr(characters, "answer_key", fail)
    document = problem(reader.get("/api/v1/characters/渡邉"), 500, "internal_error")
    assert "渡邉" not in str(document)
