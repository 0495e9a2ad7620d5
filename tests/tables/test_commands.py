"""`gaiji-hub char|tables|fonts` through the real command line."""

import json

import pytest

from gaiji_hub import cli
from gaiji_hub.cli import main
from gaiji_hub.tables.lookup import Tables


@pytest.fixture(autouse=True)
def _only_these_commands(monkeypatch):
    """The base install: these commands work without the modules of any extra."""
    monkeypatch.setattr(cli, "MODULES", {"tables": "", "character": ""})


def test_char_prints_everything_in_japanese_with_editions(capsys):
    assert main(["char", "MJ026190"]) == 0
    out = capsys.readouterr().out
    for line in ("文字図形名: MJ026190", "符号: U+9089", "読み: ヘン、あたり、べ、ほとり", "mj=006.02@"):
        assert line in out


def test_char_json_has_every_glyph_of_the_base_with_editions(capsys):
    assert main(["char", "U+9089", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["found"]
    assert len(found) == 16
    assert found[0]["glyph"] == "MJ026190"
    assert found[0]["editions"]["shrink"] == Tables.load().edition["shrink"]


def test_a_character_without_text_says_so(capsys):
    assert main(["char", "MJ037229"]) == 0
    out = capsys.readouterr().out
    assert "文字: （文字なし）" in out
    assert "引き継いだ文字図形名: MJ068077" in out


def test_a_registered_sequence_that_mj_lacks_is_shown_and_matched_to_no_glyph(capsys):
    assert main(["char", "U+9089 U+E0102"]) == 0
    out = capsys.readouterr().out
    assert "MJ文字情報一覧表にはない" in out
    assert "Adobe-Japan1 CID+14241" in out


def test_an_unknown_key_is_an_error_that_does_not_repeat_it(capsys):
    assert main(["char", "山田"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "見つかりません" in captured.err
    assert "山田" not in captured.err


def test_tables_fetch_and_check_use_the_cache(mojidata, capsys):
    assert main(["tables", "fetch"]) == 0
    assert capsys.readouterr().out.startswith("mojidata\t")
    assert main(["tables", "check"]) == 0
    assert "同じです" in capsys.readouterr().out


def test_fonts_check_says_where_each_font_is(standard_font, demo_font, capsys):
    assert main(["fonts", "check"]) == 0
    out = capsys.readouterr().out
    assert str(standard_font) in out
    assert str(demo_font) in out


def test_fonts_check_without_fonts_is_a_finding(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("GAIJI_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAIJI_HUB_SOURCES", str(tmp_path))
    monkeypatch.setattr("gaiji_hub.tables.standard_font.font_folders", lambda: (tmp_path,))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["fonts", "check"]) == 1
    assert capsys.readouterr().out.count("gaiji-hub fonts fetch") == 2
