"""Characters searched for, by program and by person: the query travels in the body and comes back nowhere else."""

from __future__ import annotations

import pytest

from tests.web.conftest import BASE
from tests.web.reading import text_of
from tests.web.test_api import problem

SEARCH = "/api/v1/characters:search"
ORIGIN = {"origin": BASE}


def found(reader, query: str, **more: int):
    return reader.post(SEARCH, json={"query": query, **more}).json()


def test_the_api_answers_a_page_with_reasons_and_editions(reader):
    answer = found(reader, "よみ:へん 部首:辶 総画:17±1", limit=5)
    assert (answer["offset"], answer["limit"], len(answer["items"])) == (0, 5, 5)
    first = answer["items"][0]
    assert (first["glyph"], first["text"]["ucs"], first["strokes"]) == ("MJ026190", "U+9089", 17)
    assert first["why"] == ["読みが一致", "部首内 13画", "総画 17画"]
    assert answer["editions"]["mj_reading"]
    again = found(reader, "よみ:へん 部首:辶 総画:17±1", offset=2, limit=2)
    assert [item["glyph"] for item in again["items"]] == [item["glyph"] for item in answer["items"][2:4]]


def test_nothing_found_is_an_answer_with_advice(reader):
    answer = found(reader, "わたなべ")
    assert (answer["total"], answer["items"]) == (0, [])
    assert "氏名の読みではありません" in answer["advice"]


def test_wrong_queries_are_refused_with_every_problem(reader):
    refused = problem(reader.post(SEARCH, json={"query": "部首:999 17"}), 422, "bad_search")
    assert "1語目" in str(refused["detail"])
    assert "2語目" in str(refused["detail"])
    problem(reader.post(SEARCH, json={"query": "へん", "limit": 201}), 422, "bad_search_page")
    problem(reader.post(SEARCH, json={"query": "部首:邉"}), 422, "unknown_radical")
    problem(reader.post(SEARCH, json={"query": 1}), 400, "invalid_request")
    problem(reader.post(SEARCH, json={}), 400, "invalid_request")


def test_parts_say_that_the_ids_table_is_not_installed(reader):
    refused = problem(reader.post(SEARCH, json={"query": "穴+自+辶"}), 503, "ids_missing")
    assert "gaiji-hub tables install" in str(refused["detail"])


def test_the_single_look_up_has_the_relations_and_bulk_has_not(reader):
    one = reader.get("/api/v1/characters/MJ006294").json()["answers"][0]["characters"][0]
    assert one["unicode"][0]["name"] == "CJK UNIFIED IDEOGRAPH-4E00"
    assert {"ids", "variant"} <= set(one["not_installed"])
    many = reader.post("/api/v1/characters:bulk", json={"keys": ["MJ006294"]}).json()["answers"][0]["characters"][0]
    assert not {"unicode", "variants", "changes"} & set(many)
    assert reader.get("/api/v1/characters/大漢和:39047").json()["answers"][0]["characters"][0]["glyph"] == "MJ026088"


def boxes(reader, **values: str):
    return reader.post("/char/search", data=values, headers=ORIGIN)


def test_the_page_shows_shapes_codes_and_reasons_below_the_boxes(reader):
    response = boxes(reader, reading="へん", radical="辶", strokes="17±1")
    assert response.status_code == 200
    text = text_of(response.text)
    for part in ("MJ026190", "U+9089", "445000", "部首内 13画", "字（読みの一致"):
        assert part in text
    assert '<img class="shape s" src="/glyphs/MJ026190.svg' in response.text
    assert 'value="17±1"' in response.text


def test_every_box_and_the_words_are_one_query(reader):
    one = text_of(boxes(reader, words="よみ:へん 部首:辶 内画:13").text)
    assert one.count("MJ026190") == text_of(boxes(reader, reading="へん", radical="辶", inner="13").text).count(
        "MJ026190"
    )
    narrowed = text_of(boxes(reader, words="U+9089", reading="へん").text)
    assert "MJ026190" in narrowed
    assert "MJ026200" not in narrowed


def test_the_next_page_is_a_button_that_sends_the_same_boxes(reader):
    first = boxes(reader, reading="こう").text
    assert "次の40字" in first
    assert "前の40字" not in first
    second = boxes(reader, reading="こう", offset="40").text
    assert "41〜80" in text_of(second)
    assert "前の40字" in second


def test_nothing_found_says_what_to_do(reader):
    text = text_of(boxes(reader, reading="わたなべ").text)
    assert "氏名の読みではありません" in text
    assert "条件を一つずつ消して" in text


def test_problems_stand_above_the_boxes_and_what_was_right_stays(reader):
    response = boxes(reader, reading="へん", radical="999", strokes="19-17", inner="13")
    assert response.status_code == 422
    for part in ("部首の欄: 部首の番号は 1〜214 です", "総画数の欄: 画数の範囲が逆です"):
        assert part in response.text
    assert 'value="へん"' in response.text
    assert 'value="13"' in response.text
    assert "999" not in response.text


def test_an_empty_search_asks_for_words(reader):
    response = boxes(reader)
    assert response.status_code == 422
    assert "検索語を入れてください" in response.text


@pytest.mark.parametrize("typed", ["へん", "部首:辶 総画:17"])
def test_the_box_above_every_page_searches_what_names_no_character(reader, typed):
    response = reader.post("/char/find", data={"q": typed}, headers=ORIGIN)
    assert response.status_code in (200, 303)
    assert "MJ026190" in response.text
    assert "location" not in response.headers


@pytest.mark.parametrize("typed", ["\U0003347f", "渡邉太郎", "MJ999999", "わたなべ"])
def test_what_is_neither_a_character_nor_a_search_that_finds_is_unknown(reader, typed):
    response = reader.post("/char/find", data={"q": typed}, headers=ORIGIN)
    assert response.status_code == 404
    assert typed not in response.text


def test_the_character_page_shows_relations_and_history(reader):
    text = text_of(reader.get("/char/亜").text)
    for part in (
        "常用漢字表の康熙字典体 亞",
        "更新履歴" if "更新履歴" in text else "CJK UNIFIED IDEOGRAPH-4E9C",
        "tables install",
    ):
        assert part in text
