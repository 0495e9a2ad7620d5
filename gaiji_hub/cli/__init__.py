"""gaiji-hub: the command line. Parses arguments, calls one module's `run`, turns errors into exit codes.

Exit codes (contracts.md): 0 done · 1 done with losses or findings · 2 wrong use or bad input · 3 could not.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Sequence

from gaiji_hub import __version__
from gaiji_hub.errors import HubError
from gaiji_hub.settings import Settings

Run = Callable[[argparse.Namespace, Settings], int]

# Module → the extra whose absence makes it unusable; the command then says what to install.
MODULES = {
    "tables": "",
    "identify": "identify",
    "registry": "server",
    "convert": "",
    "agent": "",
    "serve": "server",
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
    parser = argparse.ArgumentParser(
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
    return parser


def version_line() -> str:
    return f"gaiji-hub {__version__}（変換カーネル: 未実装、純Python）"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; errors on purpose become one Japanese line on stderr and the family's exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    args = build_parser().parse_args(argv)
    try:
        run: Run = args.run
        return run(args, Settings.from_env())
    except HubError as error:
        print(f"gaiji-hub: {error} [{error.code}]", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("gaiji-hub: 中断しました", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return COULD_NOT
    except OSError as error:
        print(
            f"gaiji-hub: ファイルまたは通信の操作に失敗しました: {error.strerror or type(error).__name__}"
            f"{f' ({error.filename})' if error.filename else ''} [os_error]",
            file=sys.stderr,
        )
        return COULD_NOT
