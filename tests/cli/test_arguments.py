"""argparse in Japanese: wrong use is one sentence that names arguments, never the value that was typed."""

from __future__ import annotations

import argparse

import pytest

from gaiji_hub.cli import build_parser, main
from gaiji_hub.cli.arguments import Parser, complaint

NAME = "渡邉太郎"
WRONG = {
    "次の指定が必要です: コマンド": [],
    "コマンド は次から選んでください: tables,": [NAME],
    "次の指定が必要です: INPUT": ["identify"],
    "--format は次から選んでください: table, jsonl": ["identify", "a", "--format", NAME],
    "--limit: 1〜500 の整数を指定してください": ["identify", "a", "--limit", NAME],
    "--codes には値が1つ必要です": ["identify", "a", "--codes"],
    "知らない指定があります: --name、余分な値 1 個": ["identify", "a", NAME, f"--name={NAME}"],
    "次の指定が必要です: 操作": ["release"],
    "--number は整数で指定してください": ["release", "show", "--number", NAME],
    "--woff2 に値は付けられません": ["pack", "make", f"--woff2={NAME}"],
}


@pytest.mark.parametrize("sentence", WRONG)
def test_wrong_use_is_told_in_japanese(sentence: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as stopped:
        main(WRONG[sentence])
    out, err = capsys.readouterr()
    assert (stopped.value.code, out) == (2, "")
    assert err.startswith(f"gaiji-hub: {sentence}")
    assert "[bad_usage]\n使い方: gaiji-hub" in err
    assert NAME not in err
    assert "usage" not in err.replace("bad_usage", "")


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("argument --a: not allowed with argument --b", "--a と --b は一緒に指定できません"),
        ("one of the arguments --a --b is required", "次のどれか1つの指定が必要です: --a --b"),
        ("ambiguous option: --x could match --xa, --xb", "どの指定か決まりません。次から書いてください: --xa, --xb"),
        ("argument N: invalid Path value: 'x'", "N の値の書き方が違います"),
        ("argument N: expected 2 arguments", "N の値の数が違います"),
        ("something new: 山田", "指定の書き方が違います"),
    ],
)
def test_every_complaint_has_a_sentence(message: str, told: str):
    assert complaint(message) == told


def parsers(parser: argparse.ArgumentParser):
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in action.choices.values():
                yield from parsers(child)


def test_every_command_explains_itself_in_japanese():
    for parser in parsers(build_parser()):
        assert isinstance(parser, Parser), parser.prog
        text = parser.format_help()
        assert text.startswith("使い方: ")
        for english in ("usage:", "options:", "positional arguments:", "show this help"):
            assert english not in text, parser.prog
