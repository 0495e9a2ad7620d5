"""`gaiji-hub tables diff|impact|import`: editions of the reference tables side by side."""

from __future__ import annotations

import argparse

from gaiji_hub.errors import NotBuilt
from gaiji_hub.settings import Settings

_NOT_BUILT = {
    "diff": "文字表の版どうしを比べる",
    "impact": "文字表の改訂で影響を受ける同定を一覧にする",
    "import": "外部の対応表を取り込む",
}

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the actions of this module to `gaiji-hub tables`."""
    for name, text in _NOT_BUILT.items():
        parser = actions.add_parser(name, help=f"{text}（未実装）", description=f"{text}（未実装）")
        parser.add_argument("rest", nargs="*", metavar="引数", help="未実装")
        parser.set_defaults(run=run_not_built, what=f"tables {name}（{text}）")


def run_not_built(args: argparse.Namespace, _settings: Settings) -> int:
    raise NotBuilt(what=args.what)
