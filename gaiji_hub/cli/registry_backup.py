"""The arguments of `backup` and `restore`."""

from __future__ import annotations

from pathlib import Path

from gaiji_hub.cli.registry_arguments import Parsers, command, later

BACKUP = """\
ハブのすべて（データベース・保存ファイル・伝送路・鍵・最高到達点）を1つのファイルに書き出します。
サーバーの稼働中に実行できます。中身はある1つの時点のものです。手順は docs/backup.md にあります。

例:
  gaiji-hub backup /mnt/backup/hub-20260401.tar --passphrase-file /etc/gaiji-hub/backup-word
  gaiji-hub backup hub.tar --without-keys        鍵は別に保管してあるとき

鍵が入ります。鍵を持つ人は、ハブの名で配布物に署名できます。--passphrase-file で暗号化してください。
"""
RESTORE = """\
バックアップを、空のデータフォルダと空のデータベースに戻します。書庫の全体を検査してから始めます。
バックアップより後に発行したものは、最高到達点の記録と比べて欠番として記録し、表示します。
失われたものがあると終了コードは 1 です。手順は docs/backup.md にあります。

例:
  gaiji-hub restore hub.tar --marks /mnt/share/marks
  gaiji-hub restore hub.tar --mark-from juki-a.json --mark-from juki-b.json
  gaiji-hub restore --mark-from juki-c.json      戻した後で、見つかった記録だけを加える

FILE を省くと、いまのハブと最高到達点の記録を比べ、欠番の記録と伝送路への告知だけをします（繰り返せます）。
"""


def register(subparsers: Parsers) -> None:
    backup = command(subparsers, "backup", "バックアップを取る（稼働中も可）", later("backup", "run_backup"), BACKUP)
    backup.add_argument("file", type=Path, metavar="FILE", help="書き出すファイル（例 hub.tar。本人だけが読める）")
    backup.add_argument("--without-keys", action="store_true", help="鍵を入れない（別に保管してあるとき）")
    backup.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")
    restore = command(subparsers, "restore", "バックアップから戻す", later("backup", "run_restore"), RESTORE)
    restore.add_argument(
        "file", type=Path, nargs="?", metavar="FILE", help="バックアップ。省くと欠番の後始末だけをする"
    )
    restore.add_argument("--data", type=Path, metavar="DIR", help="戻す先のデータフォルダ。既定は GAIJI_HUB_DATA")
    restore.add_argument(
        "--marks",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="最高到達点の置き場（繰り返し可。GAIJI_HUB_MARKS のものは指定しなくても使う）",
    )
    restore.add_argument(
        "--mark-from",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="受信側の agent status --json を保存したファイル（繰り返し可）",
    )
    restore.add_argument(
        "--accept-unknown",
        action="store_true",
        help="何も分からない伝送路は、バックアップより後の発行がなかったとみなす",
    )
    for parser in (backup, restore):
        parser.add_argument(
            "--passphrase-file", type=Path, metavar="FILE", help="合言葉を1行目に書いたファイル（12文字以上）"
        )
