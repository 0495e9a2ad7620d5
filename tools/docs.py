"""Generated documentation: the command reference from the argument parser, and the lists that must be complete."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.cli import build_parser
from gaiji_hub.settings import VARIABLES

COMMANDS = Path("docs/commands.md")
HEAD = """\
# コマンド一覧

<!-- 自動生成: `make fix` が gaiji_hub/cli の定義から書き出します。手で直さないこと。 -->

終了コード: 0 完了 / 1 完了（損失・指摘あり） / 2 使い方または入力の誤り / 3 実行できない（環境・通信・ディスク）
"""


def _commands(parser: argparse.ArgumentParser, path: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not groups:
        yield path, parser
    for group in groups:
        for name, child in group.choices.items():
            yield from _commands(child, f"{path} {name}")


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        name = " ".join(action.option_strings) or str(action.metavar or action.dest)
        value = f" {action.metavar or action.dest.upper()}" if action.option_strings and action.nargs != 0 else ""
        if action.choices:
            value = " " + "|".join(str(choice) for choice in action.choices)
        yield f"| `{(name + value).replace('|', chr(92) + '|')}` | {(action.help or '').replace('%%', '%')} |"


def command_reference() -> str:
    """docs/commands.md: every command with its purpose and every option with its help."""
    parts = [HEAD]
    for path, parser in sorted(_commands(build_parser(), "gaiji-hub")):
        parts.append(f"\n## `{path}`\n\n{(parser.description or '').strip()}\n")
        rows = list(_arguments(parser))
        if rows:
            parts.append("\n| 引数 | 意味 |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "".join(parts)


def undocumented(root: Path) -> list[str]:
    """Options without help, variables missing from the README, ADRs missing from their index."""
    problems = []
    for path, parser in _commands(build_parser(), "gaiji-hub"):
        if not parser.description:
            problems.append(f"{path}: no description")
        problems += [f"{path} {action.dest}: no help" for action in parser._actions if not action.help]
    readme = (root / "README.md").read_text(encoding="utf-8")
    problems += [f"README.md: {name} is not described" for name in VARIABLES if f"`{name}`" not in readme]
    index = (root / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    adrs = sorted((root / "docs" / "adr").glob("[0-9]*.md"))
    problems += [f"docs/adr/README.md: {adr.name} is not listed" for adr in adrs if f"({adr.name})" not in index]
    return problems


def differences(root: Path) -> list[str]:
    """What a reader would find wrong in the docs of `root`."""
    page = root / COMMANDS
    stale = not page.is_file() or page.read_text(encoding="utf-8") != command_reference()
    return [*(["docs/commands.md is stale: run `make fix`"] if stale else []), *undocumented(root)]


if __name__ == "__main__":
    COMMANDS.write_text(command_reference(), encoding="utf-8")
