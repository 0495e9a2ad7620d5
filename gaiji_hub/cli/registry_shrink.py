"""The arguments of `shrink`: 縮退方針 of a town's uses, counted, drafted, adopted, and chosen glyph by glyph."""

from __future__ import annotations

from gaiji_hub.cli.registry_arguments import Parsers, command, later, person_arguments
from gaiji_hub.moji.jis import Repertoire
from gaiji_hub.moji.shrink_policy import MARK, SOURCE_TABLES, ShrinkUse, TieRule, WhenNone

_USES = "\n".join(f"  {use.value:<14} {use.label}" for use in ShrinkUse)
_TABLES = "\n".join(f"  {name:<20} {title}" for name, title in SOURCE_TABLES.items())
_NONE = "\n".join(f"  {one.value:<12} {one.label}" for one in WhenNone)
_WORDS = f"""
用途（--use）:
{_USES}
表（--tables。コンマで区切り、優先する順に書く。書かない表は使わない）:
{_TABLES}
候補がないとき（--when-none）:
{_NONE}
"""
PREVIEW = f"""\
方針を登録せずに、団体の外字と文字情報一覧表の58,862字がどうなるかを数えます。いまの方針との違いも数えます。

例:
  gaiji-hub shrink preview --municipality 909998 --use number_system
  gaiji-hub shrink preview --municipality 909998 --use certificate --when-none kana --tables koseki --ties hops
  gaiji-hub shrink preview --municipality 909998 --use print --number 2
{_WORDS}"""
DRAFT = f"""\
縮退方針の案を登録します。作った人とは別の承認者が承認する（gaiji-hub shrink adopt）と、有効になります。

例:
  gaiji-hub shrink draft --municipality 909998 --use number_system --mark 〓 --reason "連携の取決め 第3条" --as hanako
{_WORDS}"""
ADOPT = """\
承認待ちの方針か選択を、何が変わるかの数とともに表示し、承認します。自分で作ったものは承認できません。

例:
  gaiji-hub shrink adopt --municipality 909998 --use number_system --number 1 --as taro
  gaiji-hub shrink adopt --municipality 909998 --use number_system --kind choice --number 4 \\
      --seen 照合値 --yes --password-file taro.txt --as taro
"""
CHOOSE = """\
候補が複数か、候補のない文字図形の縮退先を選びます。別の承認者が承認すると有効になります。
文字は U+8FBA のように符号位置でも書けます。

例:
  gaiji-hub shrink choose --municipality 909998 --use number_system --glyph MJ026191 --text U+8FBA \\
      --reason "戸籍の正字と照合" --as hanako
  gaiji-hub shrink choose --municipality 909998 --use number_system --glyph MJ026191 --back --reason "誤り" --as hanako
"""


def register(subparsers: Parsers) -> None:
    shrink = command(subparsers, "shrink", "縮退方針（標準の文字を使えない先に何を出すか）を決める・見る")
    show = command(shrink, "show", "いまの縮退方針と、未定の外字", later("registry_shrinking", "run_show"))
    _place(show, use_required=False)
    preview = command(shrink, "preview", "方針の試算をする", later("registry_shrinking", "run_preview"), PREVIEW)
    _place(preview)
    preview.add_argument("--number", type=int, metavar="N", help="この番号の方針を試算する（下の指定は使わない）")
    preview.add_argument("--json", action="store_true", help="JSONで出力する")
    _policy(preview)
    draft = command(
        shrink, "draft", "方針の案を登録する（承認待ちになる）", later("registry_shrinking", "run_draft"), DRAFT
    )
    _place(draft)
    _policy(draft)
    draft.add_argument("--reason", required=True, metavar="理由", help="この方針にする理由（記録に残る）")
    person_arguments(draft)
    _answers(shrink)
    choose = command(shrink, "choose", "文字図形ごとの縮退先を選ぶ", later("registry_shrinking", "run_choose"), CHOOSE)
    _place(choose)
    choose.add_argument("--glyph", required=True, metavar="MJ……", help="文字図形名（例 MJ026191）")
    text = choose.add_mutually_exclusive_group(required=True)
    text.add_argument("--text", metavar="文字", help="縮退先の文字（U+8FBA のようにも書ける）")
    text.add_argument("--back", action="store_true", help="前の選択を取り消す")
    choose.add_argument("--reason", required=True, metavar="理由", help="選んだ理由（記録に残る）")
    person_arguments(choose)
    history = command(shrink, "history", "方針と選択の経過（誰が・なぜ）", later("registry_shrinking", "run_history"))
    _place(history, use_required=False)
    history.add_argument("--glyph", default="", metavar="MJ……", help="この文字図形の選択だけ")


def _answers(shrink: Parsers) -> None:
    adopt = command(shrink, "adopt", "方針・選択を承認する", later("registry_shrinking", "run_adopt"), ADOPT)
    _record(adopt)
    adopt.add_argument("--seen", metavar="照合値", help="前に出した照合値。いまの内容と違えば承認しない")
    adopt.add_argument("--remark", default="", metavar="言葉", help="承認に添える言葉")
    adopt.add_argument("--yes", action="store_true", help="「承認しますか」と尋ねずに承認する")
    person_arguments(adopt)
    back = command(shrink, "send-back", "方針・選択を差し戻す", later("registry_shrinking", "run_send_back"))
    _record(back)
    back.add_argument("--remark", required=True, metavar="理由", help="差戻しの理由（作った人に見えます）")
    person_arguments(back)
    withdraw = command(
        shrink, "withdraw", "自分の承認待ちの方針・選択を取り下げる", later("registry_shrinking", "run_withdraw")
    )
    _record(withdraw)
    person_arguments(withdraw)


def _record(parser: Parsers) -> None:
    _place(parser)
    parser.add_argument("--kind", default="policy", choices=("policy", "choice"), help="方針（既定）か選択か")
    parser.add_argument("--number", type=int, required=True, metavar="N", help="方針・選択の番号")


def _place(parser: Parsers, *, use_required: bool = True) -> None:
    parser.add_argument("--municipality", required=True, metavar="LG", help="団体コード（6桁）")
    uses = [use.value for use in ShrinkUse]
    parser.add_argument("--use", required=use_required, choices=uses, help="用途")


def _policy(parser: Parsers) -> None:
    repertoires = [one.value for one in Repertoire]
    parser.add_argument("--repertoire", default="", choices=repertoires, help="文字の範囲。既定は用途で決まる")
    parser.add_argument(
        "--tables", default=",".join(SOURCE_TABLES), help="使う表（優先順、コンマ区切り）。既定は10表すべて"
    )
    rules = ",".join(rule.value for rule in TieRule)
    parser.add_argument(
        "--ties", default=rules, help=f"候補が複数のときの規則（使う順、コンマ区切り）。既定 {rules}。none で規則なし"
    )
    ways = [one.value for one in WhenNone]
    parser.add_argument("--when-none", default="undecided", choices=ways, help="候補がないとき。既定 undecided")
    parser.add_argument("--mark", default=MARK, help=f"未定のしるし（1文字）。既定 {MARK}")
    parser.add_argument("--substitute", default="", help="--when-none substitute のときに出す1文字")
