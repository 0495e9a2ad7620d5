"""`gaiji-hub municipality`, `business-system`, `member`, `intake`, `candidates`, `release`, `pack`, …: the registry's
commands. This module only knows the arguments (more of them: registry_staff, registry_deciding); what runs is
imported when it is called.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from gaiji_hub.cli import registry_backup, registry_deciding, registry_numbering, registry_shrink, registry_staff
from gaiji_hub.cli.registry_arguments import (
    Parsers,
    command,
    later,
    output_arguments,
    person_arguments,
    system_arguments,
)
from gaiji_hub.moji.rights import SAYABLE

# No other command waits for the database's parts to load; the command line names the missing extra.
for _part in ("sqlalchemy", "lxml", "cv2"):
    if importlib.util.find_spec(_part) is None:
        raise ModuleNotFoundError(f"No module named '{_part}'", name=_part)

INTAKE = """\
外字フォントを取り込み、前回の取込と比べて新規・変更・廃止・復活を記録します。フォントの原本は保存しません。

例:
  gaiji-hub intake EUDC.TTE --municipality 909998 --business-system juki
  gaiji-hub intake gaiji.ttf --municipality 909998 --business-system juki --codes E000-E0FF

--codes はフォントの符号位置です。指定した範囲の外にある登録済みの外字は、廃止になりません。
"""


def register(subparsers: Parsers) -> None:
    _register_towns(subparsers)
    registry_staff.register(subparsers)
    _register_gaiji(subparsers)
    registry_deciding.register(subparsers)
    registry_numbering.register(subparsers)
    registry_shrink.register(subparsers)
    _register_releases(subparsers)
    _register_operation(subparsers)


def _register_towns(subparsers: Parsers) -> None:
    towns = command(subparsers, "municipality", "団体を登録する・一覧にする")
    add = command(towns, "add", "団体を登録する", later("registry_towns", "add_municipality"))
    add.add_argument("lg_code", metavar="LG", help="団体コード（6桁、検査数字つき）")
    add.add_argument("--title", required=True, help="団体の名称")
    command(towns, "list", "団体と業務システムの一覧", later("registry_towns", "show_municipalities"))

    acting = command(
        towns, "acting", "代決（担当者が承認者に代わること）を認める・やめる", later("registry_policy", "run_acting")
    )
    acting.add_argument("lg_code", metavar="LG", help="団体コード（6桁）")
    choice = acting.add_mutually_exclusive_group(required=True)
    choice.add_argument("--allow", action="store_true", help="認める（別の担当者の判定に限り、承認者があとで後閲する）")
    choice.add_argument("--forbid", dest="allow", action="store_false", help="認めない")
    person_arguments(acting, required=False)

    systems = command(subparsers, "business-system", "業務システムを登録する・一覧にする")
    add = command(systems, "add", "業務システムを登録する", later("registry_towns", "add_business_system"))
    system_arguments(add)
    add.add_argument("--title", required=True, help="業務システムの名称（例 住民記録）")
    add.add_argument("--code-system", required=True, help="文字コード体系（cp932・unicode。ホストの体系は未実装）")
    show = command(systems, "list", "業務システムの一覧", later("registry_towns", "show_business_systems"))
    show.add_argument("--municipality", required=True, metavar="LG", help="団体コード（6桁）")

    members = command(subparsers, "member", "受信側システムを登録する・状態を見る")
    add = command(members, "add", "受信側システムを登録する", later("registry_towns", "add_member"))
    system_arguments(add)
    add.add_argument("name", metavar="MEMBER", help="受信側の識別名（例 juki-a）")
    add.add_argument("--title", required=True, help="受信側システムの名称")
    show = command(members, "list", "受信側が持っている配布版", later("registry_towns", "show_members"))
    system_arguments(show)
    collect = command(
        members, "collect", "伝送路のフォルダに置かれた受領通知を記録する", later("registry_towns", "collect_notices")
    )
    system_arguments(collect)


def _register_gaiji(subparsers: Parsers) -> None:
    intake = command(
        subparsers, "intake", "外字フォントを取り込む", later("registry_gaiji", "run_intake"), about=INTAKE
    )
    intake.add_argument("input", type=Path, metavar="INPUT", help="外字フォント（TTF・OTF・TTC・EUDC.TTE）")
    system_arguments(intake)
    intake.add_argument("--codes", metavar="FILE|RANGE", help="取り込む符号位置（例 E000-E0FF,U+F000）。既定は私用領域")
    intake.add_argument(
        "--rights",
        choices=[kind.value for kind in SAYABLE],
        help="まだ登録のない字形の権利（own 自団体・vendor_licensed ベンダー許諾・unknown 不明）。既定は登録しない",
    )
    intake.add_argument("--rights-note", default="", help="権利の備考（許諾の契約名・番号など）")
    intake.add_argument(
        "--accept-allocated",
        action="store_true",
        help="採番したコードの字形がフォントと違うとき、フォントの字形に取り換える。既定は取り換えず、違いを知らせる",
    )

    found = command(
        subparsers, "candidates", "まだ調べていない字形の候補を求める", later("registry_gaiji", "run_candidates")
    )
    system_arguments(found)


def _register_releases(subparsers: Parsers) -> None:
    releases = command(subparsers, "release", "配布版を作る・見る・比べる・戻す・書き出す")
    for name, text in (
        ("make", "次の配布版を作る（変更がなければ作らない）"),
        ("list", "配布版の一覧"),
        ("show", "配布版の中身"),
        ("diff", "配布版どうしの違い"),
        ("rollback", "古い内容で新しい番号の配布版を作る"),
        ("export", "配布版をファイルに書き出す"),
    ):
        system_arguments(command(releases, name, text, later("registry_release", f"run_{name}")))
    for name in ("make", "rollback"):
        releases.choices[name].add_argument("--reason", required=True, help="作る理由（配布版に残ります）")
        releases.choices[name].add_argument("--date", metavar="YYYY-MM-DD", help="配布版の日付。既定は日本時間の今日")
    for name in ("make", "rollback"):
        releases.choices[name].add_argument(
            "--dropping",
            action="store_true",
            help="前の版で置き換えていた字が未同定に戻ってもよい（判定の取消しなど。指定しなければ止まって知らせる）",
        )
    releases.choices["make"].add_argument(
        "--unchanged",
        action="store_true",
        help="対応が最新の版と同じでも作る（字形の権利や入力辞書の読みの変更を届ける）",
    )
    releases.choices["rollback"].add_argument(
        "--confirm",
        action="store_true",
        help="いま有効な判定と違う（取り消した・判定し直した）内容がまた配られてもよい（指定しなければ止まって知らせる）",
    )
    releases.choices["rollback"].add_argument("--to", type=int, required=True, metavar="N", help="内容を戻す版の番号")
    for name in ("make", "rollback"):
        person_arguments(releases.choices[name])
    for name in ("show", "export"):
        releases.choices[name].add_argument("--number", type=int, metavar="N", help="版の番号。既定は最新")
    releases.choices["diff"].add_argument("--old", type=int, metavar="N", help="古い版。既定は新しい版の1つ前")
    releases.choices["diff"].add_argument("--new", type=int, metavar="N", help="新しい版。既定は最新")
    releases.choices["export"].add_argument("--format", default="json", choices=("json", "csv", "xml"), help="形式")
    output_arguments(releases.choices["export"])

    packs = command(subparsers, "pack", "配布パックを作り、署名して伝送路に発行する")
    make = command(
        packs, "make", "まだ発行していない配布版をすべて発行する（ハブ証明）", later("registry_release", "run_pack")
    )
    system_arguments(make)
    make.add_argument("--woff2", action="store_true", help="Webフォント（WOFF2）も入れる")
    command(
        packs,
        "renew",
        "すべての伝送路の期限を延ばす（サーバーの稼働中は自動）",
        later("registry_release", "run_renew"),
    )

    keys = command(subparsers, "keys", "ハブの鍵")
    trust = command(keys, "trust", "受信側の登録に使う信頼ファイルを書き出す", later("registry_release", "run_trust"))
    output_arguments(trust)


def _register_operation(subparsers: Parsers) -> None:
    command(subparsers, "migrate", "データベースをこの版に合わせる", later("registry_release", "run_migrate"))
    registry_backup.register(subparsers)
