"""The argument parser in Japanese: headings, usage and every complaint of argparse, exit code 2.

What was typed is not repeated, only the names of arguments and choices: a mistyped value may be somebody's name.
"""

from __future__ import annotations

import argparse
import re
import sys
from typing import Any, NoReturn

WRONG_USE = 2
# argparse's own sentences (CPython 3.11–3.14), told in Japanese; the first that matches counts.
_COMPLAINTS = (
    (r"the following arguments are required: (?P<names>.*)", "次の指定が必要です: {names}"),
    (r"one of the arguments (?P<names>.*) is required", "次のどれか1つの指定が必要です: {names}"),
    (r"argument (?P<name>.*?): not allowed with argument (?P<other>.*)", "{name} と {other} は一緒に指定できません"),
    (
        r"argument (?P<name>.*?): invalid choice: .* \(choose from (?P<choices>.*)\)",
        "{name} は次から選んでください: {choices}",
    ),
    (r"argument (?P<name>.*?): expected one argument", "{name} には値が1つ必要です"),
    (r"argument (?P<name>.*?): expected at (?:least|most) .*", "{name} の値の数が違います"),
    (r"argument (?P<name>.*?): expected \d+ arguments", "{name} の値の数が違います"),
    (r"argument (?P<name>.*?): ignored explicit argument .*", "{name} に値は付けられません"),
    (r"argument (?P<name>.*?): invalid int value: .*", "{name} は整数で指定してください"),
    (r"argument (?P<name>.*?): invalid .* value: .*", "{name} の値の書き方が違います"),
    (r"ambiguous option: .* could match (?P<names>.*)", "どの指定か決まりません。次から書いてください: {names}"),
    # A sentence of ours, raised as ArgumentTypeError.
    (r"argument (?P<name>.*?): (?P<reason>.*)", "{name}: {reason}"),
)
_UNKNOWN = re.compile(r"unrecognized arguments: (.*)", re.DOTALL)
_OPTION = re.compile(r"--?[A-Za-z][A-Za-z0-9-]*")


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` that speaks Japanese; its sub-parsers are of the same class."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "add_help": False})
        self._positionals.title = "引数"
        self._optionals.title = "オプション"
        self.add_argument("-h", "--help", action="help", help="この説明を表示する")

    def format_usage(self) -> str:
        return _japanese(super().format_usage())

    def format_help(self) -> str:
        return _japanese(super().format_help())

    def error(self, message: str) -> NoReturn:
        """One sentence, then the usage; exit code 2 (contracts.md: wrong use)."""
        print(f"gaiji-hub: {complaint(message)} [bad_usage]", file=sys.stderr)
        self.print_usage(sys.stderr)
        print(f"説明: {self.prog} --help", file=sys.stderr)
        raise SystemExit(WRONG_USE)


def complaint(message: str) -> str:
    """argparse's English complaint → a Japanese sentence without the value that was typed."""
    if unknown := _UNKNOWN.fullmatch(message):
        return _unknown(unknown.group(1).split())
    for pattern, japanese in _COMPLAINTS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return japanese.format(**{name: text.replace("'", "") for name, text in found.groupdict().items()})
    return "指定の書き方が違います"


def _unknown(words: list[str]) -> str:
    """The options are named as far as they look like options; other words are only counted."""
    options = [found.group() for word in words if (found := _OPTION.match(word))]
    rest = len(words) - len(options)
    parts = [*options, *([f"余分な値 {rest} 個"] if rest else [])]
    return f"知らない指定があります: {'、'.join(parts)}"


def _japanese(text: str) -> str:
    return text.replace("usage: ", "使い方: ", 1) if text.startswith("usage: ") else text
