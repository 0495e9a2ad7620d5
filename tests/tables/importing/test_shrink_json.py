"""MJ縮退マップ: the committed candidates come back through the publisher's document, wrong entries are told."""

import collections
import json
from typing import Any

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.tables.importing import child
from gaiji_hub.tables.importing.shrink_json import read_document, read_shrink
from gaiji_hub.tables.reader import read_manifests
from gaiji_hub.tables.root import data_root

# Short id of a source table → where the publisher's document has it.
PLACES: dict[str, tuple[str, dict[str, str]]] = {
    "jis_ucs": ("JIS包摂規準・UCS統合規則", {}),
    "moj582_1": ("法務省告示582号別表第四", {"表": "一"}),
    "moj582_2": ("法務省告示582号別表第四", {"表": "二"}),
    "koseki": ("法務省戸籍法関連通達・通知", {"種別": "戸籍統一文字情報 親字・正字"}),
    "min1_2842_zoku": (
        "法務省戸籍法関連通達・通知",
        {"種別": "民一2842号通達別表 誤字俗字・正字一覧表", "付記": "俗字"},
    ),
    "min1_2842_betsu": (
        "法務省戸籍法関連通達・通知",
        {"種別": "民一2842号通達別表 誤字俗字・正字一覧表", "付記": "別字"},
    ),
    "min1_2842_mujirushi": (
        "法務省戸籍法関連通達・通知",
        {"種別": "民一2842号通達別表 誤字俗字・正字一覧表", "付記": "無印"},
    ),
    "min2_5202": ("法務省戸籍法関連通達・通知", {"種別": "民二5202号通知別表 正字・俗字等対照表"}),
    "reading": ("読み・字形による類推", {}),
    "dictionary": ("辞書類等による関連字", {}),
}
ONE = {"MJ文字図形名": "MJ000001", "JIS包摂規準・UCS統合規則": [{"JIS X 0213": "1-01-25", "UCS": "U+3005"}]}


def document(rows: list[list[str]], notes: list[list[str]]) -> dict[str, Any]:
    items: dict[str, dict[str, Any]] = collections.defaultdict(dict)
    for glyph, table, ucs, x0213, rank, hops in rows:
        rule, facts = PLACES[table]
        candidate: dict[str, Any] = {"JIS X 0213": x0213, "UCS": ucs, **facts}
        if rank:
            candidate["順位"] = f"第{rank}順位"
        if hops:
            candidate["ホップ数"] = int(hops)
        items[glyph].setdefault(rule, []).append(candidate)
    for glyph, note in notes:
        items[glyph]["参考情報"] = note
    content = [{"MJ文字図形名": glyph, **item} for glyph, item in items.items()]
    return {"meta": {"dcterms:title": {"ja": "MJ縮退マップ"}}, "content": content}


def test_all_62682_committed_candidates_come_back():
    files = read_manifests(data_root())
    rows, notes = ([line.split("\t") for line in files[name].lines()] for name in ("shrink", "shrink_note"))
    assert len(rows) == 62_682
    found = read_shrink(json.dumps(document(rows, notes), ensure_ascii=False).encode("utf-8-sig"), "map.json")
    for table in found:
        assert table.columns == files[table.name].columns
        assert ["\t".join(row) for row in table.rows] == files[table.name].lines()


def told_of(*items: Any) -> str:
    with pytest.raises(Problems) as caught:
        read_document({"content": list(items)}, "map.json")
    return str(caught.value)


def with_candidate(rule: str, **facts: Any) -> dict[str, Any]:
    return {"MJ文字図形名": "MJ000002", rule: [{"JIS X 0213": "1-01-25", "UCS": "U+3005", **facts}]}


@pytest.mark.parametrize(
    ("item", "why"),
    [
        ({"MJ文字図形名": "J1"}, "MJ文字図形名（MJ＋6桁）がありません"),
        ("MJ000002", "MJ文字図形名（MJ＋6桁）がありません"),
        ({"MJ文字図形名": "MJ000002", "新しい規則": []}, "知らない項目です: 新しい規則"),
        ({"MJ文字図形名": "MJ000002", "辞書類等による関連字": {}}, "並びではありません"),
        ({"MJ文字図形名": "MJ000002", "参考情報": ["x"]}, "1行の文字列ではありません"),
        (with_candidate("辞書類等による関連字", UCS="3005"), "候補の UCS が違います"),
        (with_candidate("辞書類等による関連字", UCS=None), "候補の UCS が違います"),
        (with_candidate("法務省告示582号別表第四", 表="三", 順位="第1順位"), "候補の 表の名前 が違います"),
        (with_candidate("法務省告示582号別表第四", 表="一", 順位="1"), "候補の 順位 が違います"),
        (with_candidate("辞書類等による関連字", ホップ数=0), "候補の ホップ数 が違います"),
        (with_candidate("辞書類等による関連字", 出典="x"), "候補の形が違います"),
        (ONE, "MJ000001 は 1 番目にもあります"),
    ],
)
def test_a_wrong_entry_is_told_with_its_number(item: Any, why: str):
    told = told_of(ONE, item)
    assert "content の 2 番目" in told
    assert why in told


def test_all_problems_at_once():
    assert "3 件の問題" in told_of(ONE, "x", {}, with_candidate("辞書類等による関連字", UCS="?"))


@pytest.mark.parametrize("wrong", [[], {"content": []}, {"content": {}}, "x", None])
def test_another_document_says_so(wrong: Any):
    with pytest.raises(Problems, match="MJ縮退マップではありません"):
        read_document(wrong, "map.json")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"content": [\n{"a": 1},\n{"b" 2}]}', "3 行 6 文字目で書き方が違います"),
        (b'{"a":\n"\x83\x41"}', "2 行目が UTF-8 ではありません"),
        (b"[" * 200_000, "入れ子が深すぎるか"),
        (b"", "1 行 1 文字目"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(data: bytes, why: str):
    with pytest.raises(child.NotJson, match=why):
        read_shrink(data, "map.json")
