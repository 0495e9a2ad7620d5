"""The arguments of `decide`, `undo`, `approve`, `send-back`, `withdraw` and of 後閲 (`review`)."""

from __future__ import annotations

from pathlib import Path

from gaiji_hub.cli.registry_arguments import Parsers, command, later, person_arguments, system_arguments
from gaiji_hub.moji.grounds import CHOICES

_GROUNDS = "\n".join(f"  {ground.value:<10} {ground.label}" for ground in CHOICES)
DECIDE = f"""\
外字の判定を記録します。判定は追記だけで、書き換えません。別の人が承認（gaiji-hub approve）するまでは承認待ちで、
配布版には入りません。同じ外字の自分の承認待ちの判定は、新しい判定に置き換わります。

例:
  gaiji-hub decide --municipality 909998 --business-system juki --code F040 \\
      --verdict exact --glyph MJ026190 --ground koseki --grounds "戸籍の字形と一致" --as hanako
  gaiji-hub decide --municipality 909998 --business-system juki --from decisions.csv --as hanako

CSV（UTF-8、見出し行つき）の列: code,verdict,glyph,ground,grounds
判定: exact 字形一致 / design_difference デザイン差 / similar 類似文字 / none 該当なし（日本語でも書けます）
根拠の種類（--ground、CSV の ground 列。空でもよい）:
{_GROUNDS}
1件でも誤りがあれば、すべての誤りを表示して何も記録しません。
"""
APPROVE = """\
承認待ちの判定を一覧に出し、承認します。自分の判定は承認できません。一覧に出した判定だけが、出したときの内容のまま
承認されます。出したあとで変わっていれば、何も承認しません。

字形は文字では見えません。画面（gaiji-hub serve の承認ページ）で見るか、--sheet FILE.html で、外字と選ばれた文字を
並べた表を書き出し、ブラウザーで見てから承認してください。

例:
  gaiji-hub approve --municipality 909998 --business-system juki --all-pending --sheet sheet.html --as taro
  gaiji-hub approve --municipality 909998 --business-system juki --number 12 --number 15 --as taro
  gaiji-hub approve --municipality 909998 --business-system juki --all-pending --seen 照合値 --yes \\
      --password-file taro.txt --as taro

承認者がいないとき、団体が代決を認めていれば（gaiji-hub municipality acting）、担当者が別の担当者の判定を
--acting --remark "理由" で代決できます。承認者はあとで gaiji-hub review で後閲します。
"""


def register(subparsers: Parsers) -> None:
    _register_decide(subparsers)
    _register_approve(subparsers)
    send_back = command(
        subparsers, "send-back", "承認待ちの判定を差し戻す", later("registry_approval", "run_send_back")
    )
    _answer_arguments(send_back)
    send_back.add_argument("--remark", required=True, metavar="理由", help="差戻しの理由（判定した人に見えます）")
    withdraw = command(
        subparsers, "withdraw", "自分の承認待ちの判定を取り下げる", later("registry_approval", "run_withdraw")
    )
    _answer_arguments(withdraw)
    undo = command(
        subparsers,
        "undo",
        "有効な判定を取り消す判定を記録する（承認待ちになる）",
        later("registry_approval", "run_undo"),
        about="有効な判定の前の状態に戻す、新しい判定を記録します。元の判定は残り、取消しも承認されるまで効きません。",
    )
    _answer_arguments(undo)
    undo.add_argument("--grounds", required=True, metavar="理由", help="取り消す理由")
    review = command(
        subparsers, "review", "代決を承認者があとで見たことを記録する（後閲）", later("registry_approval", "run_review")
    )
    _answer_arguments(review)
    review.add_argument("--remark", default="", metavar="言葉", help="気づいたこと（任意）")


def _register_decide(subparsers: Parsers) -> None:
    decide = command(
        subparsers, "decide", "外字の判定を記録する（承認待ちになる）", later("registry_gaiji", "run_decide"), DECIDE
    )
    system_arguments(decide)
    decide.add_argument("--from", dest="file", type=Path, metavar="FILE.csv", help="まとめて記録するCSV")
    decide.add_argument("--code", help="外字のコード（例 F040）")
    decide.add_argument("--verdict", help="判定（exact・design_difference・similar・none）")
    decide.add_argument("--glyph", default="", help="文字図形名（例 MJ026190）。判定が none のときは付けない")
    decide.add_argument("--ground", default="", help="根拠の種類（上の一覧）")
    decide.add_argument("--grounds", help="根拠（言葉）")
    person_arguments(decide)


def _register_approve(subparsers: Parsers) -> None:
    approve = command(
        subparsers, "approve", "承認待ちの判定を承認する", later("registry_approval", "run_approve"), APPROVE
    )
    system_arguments(approve)
    which = approve.add_mutually_exclusive_group(required=True)
    which.add_argument("--number", type=int, action="append", metavar="N", help="判定の番号（何度でも書ける）")
    which.add_argument("--all-pending", action="store_true", help="承認待ちの判定すべて")
    approve.add_argument("--sheet", type=Path, metavar="FILE.html", help="外字と選ばれた文字の字形を並べた表を書き出す")
    approve.add_argument("--seen", metavar="照合値", help="前に出した一覧・表の照合値。いまの内容と違えば承認しない")
    approve.add_argument("--remark", default="", metavar="言葉", help="承認に添える言葉（代決では理由として必要）")
    approve.add_argument("--acting", action="store_true", help="代決（承認者に代わって担当者が承認する）")
    approve.add_argument("--yes", action="store_true", help="「承認しますか」と尋ねずに承認する")
    person_arguments(approve)


def _answer_arguments(parser: Parsers) -> None:
    system_arguments(parser)
    parser.add_argument("--number", type=int, required=True, metavar="N", help="判定の番号")
    person_arguments(parser)
