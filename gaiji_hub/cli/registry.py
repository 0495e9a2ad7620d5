"""`gaiji-hub municipality`, `business-system`, `member`, `intake`, `candidates`, `decide`, `release`, `pack`, …:
the registry's commands. This module only knows the arguments; what runs is imported when it is called.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
from pathlib import Path
from typing import Any

from gaiji_hub.cli import Run
from gaiji_hub.errors import NotBuilt
from gaiji_hub.settings import Settings

# No other command waits for the database's parts to load; the command line names the missing extra.
for _part in ("sqlalchemy", "lxml", "cv2"):
    if importlib.util.find_spec(_part) is None:
        raise ModuleNotFoundError(f"No module named '{_part}'", name=_part)

Parsers = Any  # argparse._SubParsersAction[argparse.ArgumentParser]; private in argparse, generic only in its stubs

DECIDE = """\
外字の判定を記録します。判定は追記だけで、書き換えません。承認者の仕組みは次の版のため、すべて「未承認」です。

例:
  gaiji-hub decide --municipality 909998 --business-system juki --code F040 \\
      --verdict exact --glyph MJ026190 --grounds "戸籍の字形と一致" --by "担当者名"
  gaiji-hub decide --municipality 909998 --business-system juki --from decisions.csv

CSV（UTF-8、見出し行つき）の列: code,verdict,glyph,grounds,by
判定: exact 字形一致 / design_difference デザイン差 / similar 類似文字 / none 該当なし（日本語でも書けます）
1件でも誤りがあれば、すべての誤りを表示して何も記録しません。
"""
INTAKE = """\
外字フォントを取り込み、前回の取込と比べて新規・変更・廃止・復活を記録します。フォントの原本は保存しません。

例:
  gaiji-hub intake EUDC.TTE --municipality 909998 --business-system juki
  gaiji-hub intake gaiji.ttf --municipality 909998 --business-system juki --codes E000-E0FF

--codes はフォントの符号位置です。指定した範囲の外にある登録済みの外字は、廃止になりません。
"""


def register(subparsers: Parsers) -> None:
    _register_towns(subparsers)
    _register_gaiji(subparsers)
    _register_releases(subparsers)
    _register_operation(subparsers)


def _later(module: str, name: str) -> Run:
    def run(args: argparse.Namespace, settings: Settings) -> int:
        found: Run = getattr(importlib.import_module(f"gaiji_hub.cli.{module}"), name)
        return found(args, settings)

    return run


def _not_built(what: str) -> Run:
    def run(_args: argparse.Namespace, _settings: Settings) -> int:
        raise NotBuilt(what=what)

    return run


def _command(subparsers: Parsers, name: str, text: str, run: Run | None = None, about: str = "") -> Parsers:
    parser = subparsers.add_parser(
        name, help=text, description=about or text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    if run is not None:
        parser.set_defaults(run=run)
        return parser
    return parser.add_subparsers(dest=f"{name}_command", metavar="操作", required=True)


def _system_arguments(parser: Parsers) -> None:
    parser.add_argument("--municipality", required=True, metavar="LG", help="団体コード（6桁）")
    parser.add_argument("--business-system", required=True, metavar="NAME", help="業務システムの識別名（例 juki）")


def _output_arguments(parser: Parsers) -> None:
    parser.add_argument("--out", type=Path, required=True, help="書き出すファイル")
    parser.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")


def _register_towns(subparsers: Parsers) -> None:
    towns = _command(subparsers, "municipality", "団体を登録する・一覧にする")
    add = _command(towns, "add", "団体を登録する", _later("registry_towns", "add_municipality"))
    add.add_argument("lg_code", metavar="LG", help="団体コード（6桁、検査数字つき）")
    add.add_argument("--title", required=True, help="団体の名称")
    _command(towns, "list", "団体と業務システムの一覧", _later("registry_towns", "show_municipalities"))

    systems = _command(subparsers, "business-system", "業務システムを登録する・一覧にする")
    add = _command(systems, "add", "業務システムを登録する", _later("registry_towns", "add_business_system"))
    _system_arguments(add)
    add.add_argument("--title", required=True, help="業務システムの名称（例 住民記録）")
    add.add_argument("--code-system", required=True, help="文字コード体系（cp932・unicode。ホストの体系は未実装）")
    show = _command(systems, "list", "業務システムの一覧", _later("registry_towns", "show_business_systems"))
    show.add_argument("--municipality", required=True, metavar="LG", help="団体コード（6桁）")

    members = _command(subparsers, "member", "受信側システムを登録する・状態を見る")
    add = _command(members, "add", "受信側システムを登録する", _later("registry_towns", "add_member"))
    _system_arguments(add)
    add.add_argument("name", metavar="MEMBER", help="受信側の識別名（例 juki-a）")
    add.add_argument("--title", required=True, help="受信側システムの名称")
    show = _command(members, "list", "受信側が持っている配布版", _later("registry_towns", "show_members"))
    _system_arguments(show)
    collect = _command(
        members, "collect", "伝送路のフォルダに置かれた受領通知を記録する", _later("registry_towns", "collect_notices")
    )
    _system_arguments(collect)


def _register_gaiji(subparsers: Parsers) -> None:
    intake = _command(
        subparsers, "intake", "外字フォントを取り込む", _later("registry_gaiji", "run_intake"), about=INTAKE
    )
    intake.add_argument("input", type=Path, metavar="INPUT", help="外字フォント（TTF・OTF・TTC・EUDC.TTE）")
    _system_arguments(intake)
    intake.add_argument("--codes", metavar="FILE|RANGE", help="取り込む符号位置（例 E000-E0FF,U+F000）。既定は私用領域")

    found = _command(
        subparsers, "candidates", "まだ調べていない字形の候補を求める", _later("registry_gaiji", "run_candidates")
    )
    _system_arguments(found)

    decide = _command(
        subparsers, "decide", "外字の判定を記録する（未承認）", _later("registry_gaiji", "run_decide"), about=DECIDE
    )
    _system_arguments(decide)
    decide.add_argument("--from", dest="file", type=Path, metavar="FILE.csv", help="まとめて記録するCSV")
    decide.add_argument("--code", help="外字のコード（例 F040）")
    decide.add_argument("--verdict", help="判定（exact・design_difference・similar・none）")
    decide.add_argument("--glyph", default="", help="文字図形名（例 MJ026190）。判定が none のときは付けない")
    decide.add_argument("--grounds", help="根拠")
    decide.add_argument("--by", help="判定した人")

    approve = _command(subparsers, "approve", "判定を承認する（未実装）", _not_built("承認（人と役割は次の版）"))
    for option in ("--municipality", "--business-system", "--code", "--by"):
        approve.add_argument(option, help=argparse.SUPPRESS)


def _register_releases(subparsers: Parsers) -> None:
    releases = _command(subparsers, "release", "配布版を作る・見る・比べる・戻す・書き出す")
    for name, text in (
        ("make", "次の配布版を作る（変更がなければ作らない）"),
        ("list", "配布版の一覧"),
        ("show", "配布版の中身"),
        ("diff", "配布版どうしの違い"),
        ("rollback", "古い内容で新しい番号の配布版を作る"),
        ("export", "配布版をファイルに書き出す"),
    ):
        _system_arguments(_command(releases, name, text, _later("registry_release", f"run_{name}")))
    for name in ("make", "rollback"):
        releases.choices[name].add_argument("--reason", required=True, help="作る理由（配布版に残ります）")
        releases.choices[name].add_argument("--date", metavar="YYYY-MM-DD", help="配布版の日付。既定は日本時間の今日")
    releases.choices["rollback"].add_argument("--to", type=int, required=True, metavar="N", help="内容を戻す版の番号")
    for name in ("show", "export"):
        releases.choices[name].add_argument("--number", type=int, metavar="N", help="版の番号。既定は最新")
    releases.choices["diff"].add_argument("--old", type=int, metavar="N", help="古い版。既定は新しい版の1つ前")
    releases.choices["diff"].add_argument("--new", type=int, metavar="N", help="新しい版。既定は最新")
    releases.choices["export"].add_argument("--format", default="json", choices=("json", "csv", "xml"), help="形式")
    _output_arguments(releases.choices["export"])

    packs = _command(subparsers, "pack", "配布パックを作り、署名して伝送路に発行する")
    make = _command(
        packs, "make", "まだ発行していない配布版をすべて発行する（ハブ証明）", _later("registry_release", "run_pack")
    )
    _system_arguments(make)
    make.add_argument("--woff2", action="store_true", help="Webフォント（WOFF2）も入れる")
    _command(
        packs,
        "renew",
        "すべての伝送路の期限を延ばす（サーバーの稼働中は自動）",
        _later("registry_release", "run_renew"),
    )

    keys = _command(subparsers, "keys", "ハブの鍵")
    trust = _command(keys, "trust", "受信側の登録に使う信頼ファイルを書き出す", _later("registry_release", "run_trust"))
    _output_arguments(trust)


def _register_operation(subparsers: Parsers) -> None:
    _command(subparsers, "migrate", "データベースをこの版に合わせる", _later("registry_release", "run_migrate"))
    for name, text in (("backup", "バックアップを取る"), ("restore", "バックアップから戻す")):
        parser = _command(subparsers, name, f"{text}（未実装）", _not_built(text))
        parser.add_argument("file", nargs="?", help=argparse.SUPPRESS)
