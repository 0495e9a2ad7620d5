"""What a clerk sees in a character finds it, and what is made of just that comes first."""

import pytest

from gaiji_hub.tables.search.run import MAX_LIMIT, search

SEEN = (
    *(
        "﨑 部品:立+可+山",
        "﨑 立+可",
        "竒 立+可",
        "嵜 立+可",
        "崎 山+竒",
        "斎 斉+示",
        "斎 齊+示",
        "斎 文+示",
        "齋 齊+示",
    ),
    *("齋 斉+示", "舘 舎+官", "舘 舍+官", "濱 宀+歩+貝+氵", "濱 宀+貝+氵", "濵 宀+貝+氵", "浜 氵+丘+八", "邊 自+穴+方"),
    *("碕 石+奇", "埼 土+奇", "髙 高", "嶋 山+鳥", "嶌 山+鳥", "島 山+鳥", "桒 十+艹+木", "槗 木+喬", "靍 雨+鶴"),
    *("鶴 宀+隹+鳥", "栁 木+卯", "栄 ⺍+冖+木", "榮 火+火+冖+木", "淵 氵+片", "渕 氵+关", "渊 氵+米", "廣 广+黄"),
    *("國 囗+或", "澤 氵+罒+幸", "瀧 氵+立+月", "滝 氵+立+日", "櫻 木+貝+貝+女", "桜 木+女", "竜 立+日", "惠 叀+心"),
    *("恵 十+田+心", "穂 禾+十+田+心", "曽 八+田+日", "黒 田+土+灬", "来 一+米", "彦 立+厂+彡", "顏 彦+頁", "靜 青+争"),
    *("呉 口+天", "祿 礻+录", "郎 良+阝", "釜 父+金", "勝 月+券", "藤 艹+月+券", "葛 艹+日+匂", "釼 金+刃", "晋 日+亜"),
)


def texts(index, query, limit=MAX_LIMIT):
    return [(hit.shown.text or "")[:1] for hit in search(index, query, limit=limit).hits]


@pytest.mark.parametrize("row", SEEN)
def test_a_character_of_family_names_is_found_by_what_is_seen_in_it(index, row):
    character, query = row.split()
    if character == "髙":
        assert search(index, f"{query} U+9AD9").total
    else:
        assert character in texts(index, query)


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("高", "高"),
        ("水", "水"),
        ("木", "木"),
        ("邉", "邉"),
        ("礻+羊", "祥"),
        ("王+里", "理"),
        ("王+令", "玲"),
        ("王+求", "球"),
        ("王+光", "珖"),
        ("⺩+里", "理"),
        ("木+目", "相"),
        ("一+一+一", "三"),
        ("木+木+木", "森"),
        ("立+可", "竒"),
        ("立+可+山", "﨑"),
        ("舎+官", "舘"),
        ("斉+示", "斎"),
        ("宀+歩+貝+氵", "濱"),
        ("⿰氵相", "湘"),
    ],
)
def test_what_is_made_of_just_the_parts_comes_first(index, query, first):
    assert texts(index, query, 1) == [first]


def test_other_forms_and_nothing_else_come_next(index):
    assert "休" in texts(index, "人+木", 2)
    assert texts(index, "言+寺", 1) == ["詩"]
    assert texts(index, "口+口", 3) == ["吅", "串", "呂"]


def test_of_equal_parts_the_usual_and_those_of_fewer_strokes_come_first(index):
    hits = search(index, "コウ", limit=MAX_LIMIT).hits
    strokes = [hit.shown.strokes for hit in hits if hit.shown.policy == "常用漢字"]
    assert strokes == sorted(strokes)


def test_the_supplement_of_daikanwa_is_no_number_of_the_main_volumes(index):
    found = search(index, "大漢和:補1").hits
    assert [hit.shown.text for hit in found] == ["㐂"]
    assert not set(found) & set(search(index, "大漢和:1").hits)


def test_twelve_parts_in_any_number_of_words_are_answered(index):
    assert search(index, " ".join("口一人木日田土大心水火十")).total == 0
