"""gaiji-hub: the command line. Parses arguments, calls one module's `run`, turns errors into exit codes.

Exit codes (contracts.md): 0 done · 1 done with losses or findings · 2 wrong use or bad input · 3 could not.
"""

from __future__ import annotations

import argparse
import importlib
import io
import sys
from collections.abc import Callable, Sequence
from typing import Any

from gaiji_hub import __version__
from gaiji_hub.cli import operating_system
from gaiji_hub.cli.arguments import Parser
from gaiji_hub.errors import HubError, NotBuilt, kind_and_place
from gaiji_hub.settings import Settings

Run = Callable[[argparse.Namespace, Settings], int]
Parsers = Any  # argparse._SubParsersAction, private in argparse

# Module → the extra whose absence makes it unusable; the command then says what to install.
MODULES = {
    "tables": "",
    "character": "",
    "identify": "identify",
    "registry": "server",
    "convert": "",
    "print_job": "",
    "agent": "",
    "serve": "server",
    "worker": "server",
    "demo": "server",
}
COULD_NOT = 3

EPILOG = """\
はじめに:
  gaiji-hub demo                       架空の3団体で全工程を一度に見る
  gaiji-hub char 邉                    1文字について分かることを見る
  gaiji-hub identify EUDC.TTE          外字フォントの各文字の候補を見る（データベース不要）
  gaiji-hub serve                      画面とAPIを開く（このコンピュータからのみ）

終了コード: 0 完了 / 1 完了（損失・指摘あり） / 2 使い方または入力の誤り / 3 実行できない（環境・通信・ディスク）
"""


def build_parser() -> argparse.ArgumentParser:
    """The whole command tree. A module whose extra is not installed is left out and named in the epilog."""
    parser = Parser(
        prog="gaiji-hub",
        description="外字の同定・配布版・変換・配布",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version_line(), help="版を表示する")
    subparsers = parser.add_subparsers(dest="command", metavar="コマンド", required=True)
    for name, extra in MODULES.items():
        try:
            module = importlib.import_module(f"gaiji_hub.cli.{name}")
        except ModuleNotFoundError as error:
            if not extra or (error.name or "").startswith("gaiji_hub"):
                raise
            parser.epilog = f"{parser.epilog}\n{name} の機能には追加の部品が必要です: gaiji-hub[{extra}]"
            continue
        module.register(subparsers)
    _register_assess(subparsers)
    return parser


def _register_assess(subparsers: Parsers) -> None:
    """The command of contracts.md that no module has yet."""
    about = "外字フォントの全体を調べて報告書にする（未実装）"
    parser = subparsers.add_parser("assess", help=about, description=about)
    parser.add_argument("input", metavar="INPUT", help="外字フォント")
    parser.add_argument("--out", required=True, metavar="FILE", help="報告書（.pdf・.html・.csv・.json）")
    parser.set_defaults(run=_run_assess)


def _run_assess(_args: argparse.Namespace, _settings: Settings) -> int:
    raise NotBuilt(what="assess（外字フォントの調査報告書）。1字ずつの候補は gaiji-hub identify で見られます")


def version_line() -> str:
    return f"gaiji-hub {__version__}（変換カーネル: 未実装、純Python）"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; every error becomes one Japanese line on stderr and an exit code of contracts.md."""
    _speak_utf8()
    try:
        args = build_parser().parse_args(argv)
        run: Run = args.run
        return run(args, Settings.from_env())
    except HubError as error:
        return _told(f"{error} [{error.code}]", error.exit_code)
    except KeyboardInterrupt:
        return _told("中断しました", 130)
    except BrokenPipeError:
        sys.stderr.close()
        return COULD_NOT
    except OSError as error:
        return _told(*operating_system.told(error))
    except Exception as error:  # noqa: BLE001 - the outermost place: nobody else would turn it into an exit code
        return _told(f"予期しない誤りです: {kind_and_place(error)} [unforeseen]", COULD_NOT)


def _speak_utf8() -> None:
    """Japanese on every terminal; a stream that was closed before we started (`>&-`) becomes one that swallows."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, io.StringIO())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _told(sentence: str, code: int) -> int:
    print(f"gaiji-hub: {sentence}", file=sys.stderr)
    return code
