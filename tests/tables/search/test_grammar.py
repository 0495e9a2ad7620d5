"""Every way to write a condition, and every wrong one: all problems at once, nothing typed comes back."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.tables.search.grammar import MAX_LENGTH, MAX_PARTS, MAX_WORDS, BadSearch, parse_query
from gaiji_hub.tables.search.ids import Composed
from gaiji_hub.tables.search.terms import CodeRange, Numbers, Parts, Pattern, RadicalTerm, Reading, Strokes

ANY = None


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("へん", (Reading("へん", False),)),
        ("ヘン", (Reading("へん", False),)),
        ("へ", (Reading("へ", False),)),
        ("あー*", (Reading("あー", True),)),
        ("よみ:ワタ＊", (Reading("わた", True),)),
        ("読み：へん", (Reading("へん", False),)),
        ("部首:辶", (RadicalTerm("辶", ANY),)),
        ("部首:１６２", (RadicalTerm("162", ANY),)),
        ("部首:辶 画数:13", (RadicalTerm("辶", Numbers(13, 13)),)),
        ("内画:13±1 部首:162", (RadicalTerm("162", Numbers(12, 14, 13)),)),
        ("部首:辶 内画:1-9 内画:5-20", (RadicalTerm("辶", Numbers(5, 9)),)),
        ("部首:辶 総画:17", (RadicalTerm("辶", ANY), Strokes(Numbers(17, 17)))),
        ("画数:17±1", (Strokes(Numbers(16, 18, 17)),)),
        ("総画:17+-2", (Strokes(Numbers(15, 19, 17)),)),
        ("総画数:17〜19画", (Strokes(Numbers(17, 19)),)),
        ("総画:1±3", (Strokes(Numbers(0, 4, 1)),)),
        ("部品:穴+自+辶", (Parts(("穴", "自", "辶")),)),
        ("穴＋自＋辶", (Parts(("穴", "自", "辶")),)),
        ("⺾+田", (Parts(("⺾", "田")),)),
        ("邉", (Parts(("邉",)),)),
        ("⿺辶？", (Pattern(Composed("⿺", ("辶", "？"))),)),
        ("部品:⿺辶?", (Pattern(Composed("⿺", ("辶", "？"))),)),
        ("⿰木⿱？田", (Pattern(Composed("⿰", ("木", Composed("⿱", ("？", "田"))))),)),
        ("U+9080-90A0", (CodeRange("ucs", 0x9080, 0x90A0),)),
        ("範囲:u+9080", (CodeRange("ucs", 0x9080, 0x9080),)),
        ("範囲:U+9080-U+90A0", (CodeRange("ucs", 0x9080, 0x90A0),)),
        ("MJ026000-026190", (CodeRange("mj", 26000, 26190),)),
        ("MJ026000-MJ026190", (CodeRange("mj", 26000, 26190),)),
        ("戸籍:395000-395100", (CodeRange("koseki", 395000, 395100),)),
        ("登記:00445000", (CodeRange("toki", 445000, 445000),)),
        ("住基:J+9089", (CodeRange("juki", 0x9089, 0x9089),)),
        ("入管:0x3402", (CodeRange("nyukan", 0x3402, 0x3402),)),
        ("大漢和:39047", (CodeRange("daikanwa", 39047, 39047),)),
        ("大漢和:補611", (CodeRange("daikanwa_supplement", 611, 611),)),
        ("大漢和:補1-補９", (CodeRange("daikanwa_supplement", 1, 9),)),
        ("J+9089", (CodeRange("juki", 0x9089, 0x9089),)),
        ("j＋9089-90A0", (CodeRange("juki", 0x9089, 0x90A0),)),
        ("0x3402", (CodeRange("nyukan", 0x3402, 0x3402),)),
        ("445000", (CodeRange("koseki", 445000, 445000),)),
        ("445000-445100", (CodeRange("koseki", 445000, 445100),)),
        ("００４４５０００", (CodeRange("toki", 445000, 445000),)),
        ("範囲:戸籍:445000-445100", (CodeRange("koseki", 445000, 445100),)),
        ("範囲：住基：J+9089", (CodeRange("juki", 0x9089, 0x9089),)),
        ("範囲:大漢和:補611", (CodeRange("daikanwa_supplement", 611, 611),)),
        ("+".join("木" * MAX_PARTS), (Parts(("木",) * MAX_PARTS),)),
        ("口 一 口 一", (Parts(("口",)), Parts(("一",)))),
        ("\u3000へん\t総画:17\n", (Reading("へん", False), Strokes(Numbers(17, 17)))),
    ],
)
def test_a_query_is_understood(typed, terms):
    assert parse_query(typed) == terms


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "検索語を入れてください"),
        ("\u3000 ", "検索語を入れてください"),
        ("あ" * (MAX_LENGTH + 1), f"{MAX_LENGTH}文字まで"),
        ("あ " * (MAX_WORDS + 1), f"{MAX_WORDS}語まで"),
        ("へ\x00ん", "制御文字"),
        ("渡邉太郎", "何を探す語か分かりません"),
        ("ﾍﾝ", "全角のカタカナかひらがな"),
        ("よみ:ﾍﾝ", "全角のカタカナかひらがな"),
        ("部首:ネ", "礻 と書いてください"),
        ("部首:サ", "艹 と書いてください"),
        ("ネ+羊", "礻 と書いてください"),
        ("1-78-21", "面区点番号では検索できません"),
        ("大漢和:49000-補10", "番号か「始め-終わり」"),
        ("範囲:x:1", "範囲は U+9080-90A0"),
        ("17", "数だけでは"),
        ("x:1", "「:」の前は"),
        ("よみ:", "すぐ後に続けて"),
        ("よみ:邉", "全角のひらがなかカタカナ"),
        ("よみ:*", "全角のひらがなかカタカナ"),
        ("部首:0", "1〜214"),
        ("部首:215", "1〜214"),
        ("部首:しんにょう", "番号（1〜214）か1文字"),
        ("総画:x", "17、17±1、17-19"),
        ("総画:19-17", "逆です"),
        ("総画:100", "99 まで"),
        ("内画:3", "部首と一緒に"),
        ("部首:1 部首:2 内画:3", "部首を一つだけ"),
        ("総画:5 総画:9", "矛盾"),
        ("部首:辶 内画:1-3 画数:5", "部首内画数の条件が互いに矛盾"),
        ("部品:穴自", "1文字ずつ"),
        ("部品:穴++辶", "1文字ずつ"),
        ("部品:a+b", "1文字ずつ"),
        ("+".join("木" * (MAX_PARTS + 1)), f"{MAX_PARTS} 個まで"),
        ("木+木+木+木+木+木+木 口+口+口 ⿰？頁 ⿰頁人", f"合わせて {MAX_PARTS} 個までです（いま 13 個）"),
        ("⿰⿰⿰⿰⿰木？？？？？ ⿰⿰⿰⿰木？？？？", "合わせて 8 個まで"),
        ("⿰木", "部品が足りません"),
        ("⿰木木木", "部品が余っています"),
        ("⿰？？", "？ でない部品"),
        ("⿰aい", "漢字か ？"),
        ("⿰" * 9 + "木" * 10, "8 個まで"),
        ("⿰" * 150, "組み合わせが深すぎます"),
        ("範囲:9080", "範囲は U+9080-90A0"),
        ("U+90A0-9080", "逆です"),
        ("戸籍:ABC", "番号か「始め-終わり」"),
        ("U+123456789", "番号か「始め-終わり」"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(typed, sentence):
    with pytest.raises(BadSearch) as caught:
        parse_query(typed)
    assert sentence in str(caught.value)
    assert "太郎" not in str(caught.value)


def test_all_problems_come_at_once_with_their_places():
    with pytest.raises(BadSearch) as caught:
        parse_query("部首:999 へん 17 内画:2")
    assert caught.value.facts["count"] == 3
    assert [line[:11] for line in str(caught.value).splitlines()[1:3]] == [
        "1語目（1文字目から）",
        "3語目（11文字目から",
    ]
    assert "部首と一緒に" in str(caught.value)


@given(st.text(max_size=60))
def test_any_text_is_understood_or_refused(typed):
    with contextlib.suppress(BadSearch):
        assert parse_query(typed)
