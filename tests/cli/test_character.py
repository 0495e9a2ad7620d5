"""`gaiji-hub char` and `search` through the real command line."""

from __future__ import annotations

import json

import pytest

from gaiji_hub.cli import main
from gaiji_hub.cli.character_words import format_record
from gaiji_hub.settings import Settings
from gaiji_hub.tables.build import install
from gaiji_hub.tables.describe import describe_fully
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.root import data_root, local_tables


@pytest.fixture(scope="module")
def data(machine_settings: Settings, tmp_path_factory: pytest.TempPathFactory):
    """A data folder in which IDS and variants are installed."""
    from gaiji_hub.files.fetch import fetch

    folder = tmp_path_factory.mktemp("data")
    source, s = load_manifest(data_root() / "mappings").archive("mojidata"), machine_settings
    install(data_root(), local_tables(folder), {"mojidata": fetch(source, s.cache, s.sources, s.offline, print)})
    return folder


@pytest.fixture
def installed(data, monkeypatch):
    monkeypatch.setenv("GAIJI_HUB_DATA", str(data))
    return data


@pytest.fixture
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path))


def test_char_prints_relations_history_and_properties(installed, capsys):
    assert main(["char", "邊"]) == 0
    out = capsys.readouterr().out
    for line in (
        "漢字構成（IDS）: ⿺辶臱（GHTJKPV）",
        "  異体字（戸籍統一文字） 邉 U+9089",
        "  正字（常用漢字表） 辺 U+8FBA",
        "CJK UNIFIED IDEOGRAPH-908A",
        "variant=",
    ):
        assert line in out


def test_char_says_which_tables_are_not_installed(bare, capsys):
    assert main(["char", "邊"]) == 0
    assert "gaiji-hub tables install" in capsys.readouterr().out


def test_every_fact_can_be_printed(installed):
    tables = Tables.load(local=local_tables(installed))
    for glyph in tables.glyphs()[::1500]:
        record = describe_fully(tables, glyph)
        assert record is not None
        lines = format_record(record)
        assert len(lines) >= len(record)
        assert not any("None" in line or "{" in line.replace("{8", "") for line in lines if "構成" not in line)


@pytest.mark.parametrize("key", ["大漢和 39047", "大漢和:39047", "daikanwa:39047"])
def test_a_daikanwa_number_is_a_key(bare, capsys, key):
    assert main(["char", key, "--json"]) == 0
    assert [record["glyph"] for record in json.loads(capsys.readouterr().out)["found"]] == ["MJ026088"]


def test_char_lists_the_codes_of_the_text_in_every_table(installed, capsys):
    assert main(["char", "渡"]) == 0
    out = capsys.readouterr().out
    assert "文字コード体系での符号: cp932 936E、euc-jp-ms C5CF、" in out
    assert "code_cp932=" in out


def test_a_code_that_does_not_come_back_says_where_it_goes(bare, capsys):
    assert main(["char", "windows-31j:879A"]) == 0
    assert "U+2235 読むだけ、書くと 81E6" in capsys.readouterr().out


def test_what_sources_disagree_about_is_said(bare, capsys):
    assert main(["tables", "install"]) == 0
    capsys.readouterr()
    assert main(["char", "jef-hd:53FA"]) == 0
    out = capsys.readouterr().out
    assert "並びが一つずれている: 採った文字 槪（jef4j-fujitsu-jef）、採らなかった文字 \ufa45（jacode4e-jef）" in out
    assert "主とする資料の文字を採った" in out


def test_a_code_of_a_system_is_a_key(bare, capsys):
    assert main(["char", "cp932:88EA"]) == 0
    out = capsys.readouterr().out
    assert "コード: 88EA" in out
    assert "文字図形名: MJ006294" in out
    assert main(["char", "cp932:F040", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["found"] == []
    assert (answer["code"]["codes"], answer["code"]["user_defined"]) == ("U+E000", True)


def test_a_code_of_a_system_that_is_not_installed_says_so(bare, capsys):
    assert main(["char", "jef-ebcdik:80A1"]) != 0
    assert "tables install" in capsys.readouterr().err


def test_search_prints_a_line_a_hit_with_the_reason(installed, capsys):
    assert main(["search", "穴+自+辶", "総画:17", "--limit", "2"]) == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert "続きは --offset 2" in first
    assert lines[0].split("\t")[:4] == ["MJ026190", "邉", "U+9089", "445000"]
    assert lines[0].endswith("部品 穴・自・辶／総画 17画")
    assert len(lines) == 2


def test_search_json_has_total_and_editions(installed, capsys):
    assert main(["search", "へん", "部首:辶", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["total"] >= len(answer["hits"]) > 5
    assert answer["hits"][0]["shown"]["glyph"]
    assert {"mj", "ids"} <= set(answer["editions"])


def test_nothing_found_is_no_failure_and_says_what_to_loosen(installed, capsys):
    assert main(["search", "わたなべ"]) == 0
    out = capsys.readouterr().out
    assert "見つかりませんでした" in out
    assert "氏名の読みではありません" in out


def test_a_wrong_query_is_refused_with_all_its_problems_and_not_repeated(installed, capsys):
    assert main(["search", "渡邉太郎", "部首:999"]) == 2
    error = capsys.readouterr().err
    assert "1語目" in error
    assert "2語目" in error
    assert "太郎" not in error


def test_parts_without_ids_say_how_to_install_them(bare, capsys):
    assert main(["search", "穴+自+辶"]) == 3
    assert "gaiji-hub tables install" in capsys.readouterr().err
    assert main(["search", "へん", "総画:17"]) == 0
    assert "MJ026190" in capsys.readouterr().out
