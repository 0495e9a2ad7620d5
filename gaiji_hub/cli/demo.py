"""`gaiji-hub demo`: the whole job once, over three made-up municipalities."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys

from gaiji_hub.settings import Settings

DONE = 0

# The walk needs the server's parts. They are looked for here and imported when it runs, so that no other
# command waits for them; the command line names the missing extra.
for _part in ("sqlalchemy", "cv2"):
    if importlib.util.find_spec(_part) is None:
        raise ModuleNotFoundError(f"No module named '{_part}'", name=_part)

DESCRIPTION = """\
架空の3団体（架空市あさひ・架空町みなと・架空村やまね）で、外字フォントの取込から同定・配布版・署名付き配布・
住民ファイルの変換までを一度に行い、書かれたファイルを数え直して表示します。
データフォルダ（GAIJI_HUB_DATA、既定 ./var）に作ります。デモ以外の団体が登録されたフォルダには触れません。
すでにデモがあるフォルダでは作り直さず、数え直すだけです。サーバーは要りません。

例:
  gaiji-hub demo                         進み具合と結果の表
  gaiji-hub demo --json > demo.json      結果をJSONで（進み具合は標準エラー出力へ）
  GAIJI_HUB_DATA=./demo gaiji-hub demo   別のフォルダで
"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser(
        "demo",
        help="架空の3団体で全工程を一度に見る",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="結果をJSONで出す（標準出力はJSONだけになります）")
    parser.add_argument(
        "--if-empty", action="store_true", help="すでに団体が登録されているか、デモが完成していれば、何もせずに終わる"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    from gaiji_hub.demo.show import format_figures
    from gaiji_hub.demo.walk import is_needed, walk

    if args.if_empty and not is_needed(settings):
        return DONE
    figures = walk(settings, _to_stderr if args.json else _to_stdout)
    if args.json:
        print(json.dumps(figures, ensure_ascii=False, indent=1))
    else:
        print(format_figures(figures))
    return DONE


def _to_stdout(line: str) -> None:
    print(line, flush=True)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
