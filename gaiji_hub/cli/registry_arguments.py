"""What the registry's argument modules share: sub-commands, the arguments that many of them take, late imports."""

from __future__ import annotations

import argparse
import importlib
from pathlib import Path
from typing import Any

from gaiji_hub.cli import Run
from gaiji_hub.errors import NotBuilt
from gaiji_hub.settings import Settings

Parsers = Any  # argparse._SubParsersAction[argparse.ArgumentParser]; private in argparse, generic only in its stubs


def later(module: str, name: str) -> Run:
    """A command of `gaiji_hub.cli.<module>`, imported when it runs: no other command waits for the database's parts."""

    def run(args: argparse.Namespace, settings: Settings) -> int:
        found: Run = getattr(importlib.import_module(f"gaiji_hub.cli.{module}"), name)
        return found(args, settings)

    return run


def not_built(what: str) -> Run:
    def run(_args: argparse.Namespace, _settings: Settings) -> int:
        raise NotBuilt(what=what)

    return run


def command(subparsers: Parsers, name: str, text: str, run: Run | None = None, about: str = "") -> Parsers:
    """A command, or without `run` the place of its sub-commands."""
    parser = subparsers.add_parser(
        name, help=text, description=about or text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if run is not None:
        parser.set_defaults(run=run)
        return parser
    return parser.add_subparsers(dest=f"{name}_command", metavar="操作", required=True)


def system_arguments(parser: Parsers) -> None:
    parser.add_argument("--municipality", required=True, metavar="LG", help="団体コード（6桁）")
    parser.add_argument("--business-system", required=True, metavar="NAME", help="業務システムの識別名（例 juki）")


def place_arguments(parser: Parsers) -> None:
    """A municipality, or the hub itself."""
    place = parser.add_mutually_exclusive_group(required=True)
    place.add_argument("--municipality", metavar="LG", help="団体コード（6桁）")
    place.add_argument("--hub", action="store_true", help="団体ではなく、ハブ（運用者・協議会）")


def person_arguments(parser: Parsers, *, required: bool = True) -> None:
    """Who does it. Without `required`, the console itself when nobody is named."""
    else_console = "" if required else "。省くと「操作卓」（このコンピュータの管理者）の操作として記録する"
    parser.add_argument(
        "--as", dest="login", required=required, metavar="LOGIN", help=f"行う人の利用者名{else_console}"
    )
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="パスワードを1行目に書いたファイル（自動実行用）。省くと端末で尋ねる",
    )


def output_arguments(parser: Parsers) -> None:
    parser.add_argument("--out", type=Path, required=True, help="書き出すファイル")
    parser.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")
