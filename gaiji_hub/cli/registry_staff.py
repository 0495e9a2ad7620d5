"""The arguments of `person`, `token`, `policy` and `audit`."""

from __future__ import annotations

from pathlib import Path

from gaiji_hub.cli.registry_arguments import (
    Parsers,
    command,
    later,
    output_arguments,
    person_arguments,
    place_arguments,
    system_arguments,
)
from gaiji_hub.moji.actor import HUB_ROLES, MACHINE_ROLES, SCOPES, TOWN_ROLES, Role
from gaiji_hub.moji.policy import PolicyKind, SpaceRule

_ROLES = " / ".join(f"{role.value} {role.label}" for role in (*TOWN_ROLES, *HUB_ROLES))
_POLICIES = "\n".join(f"  {kind.value:<10} {kind.label}" for kind in PolicyKind)
_SPACES = " / ".join(f"{rule.value} {rule.label}" for rule in SpaceRule)
PERSON_ADD = f"""\
人を登録し、役割を付けます。最初のパスワードを一度だけ表示します。本人は最初のログインで変えます。

例:
  gaiji-hub person add --hub --login unyo --name "架空 運子" --role operator       最初の運用者
  gaiji-hub person add --municipality 909998 --login hanako --name "架空 花子" --role clerk
  gaiji-hub person add --municipality 909998 --login taro --name "架空 太郎" --role approver

役割: {_ROLES}
2人の目で確かめるため、団体には判定する人と承認する人を少なくとも1人ずつ登録してください。
"""
PERSON_GRANT = f"""\
登録済みの人に役割を付けます。ほかの団体の人に付けられるのは、期日つきの承認者だけです。

例:
  gaiji-hub person grant --municipality 909998 --role approver --until 2027-03-31 rinjin

役割: {_ROLES}
"""
MACHINE = """\
機械のトークンを作ります。値を表示するのはこの一度だけで、ハブにはハッシュだけが残ります。

例:
  gaiji-hub token make --municipality 909998 --title "住記サーバー" --role agent --scope agent \\
      --business-system juki --member juki-a --days 365
  gaiji-hub token make --municipality 909998 --title "移行" --role migration_tool --scope lookup --days 90

役割と範囲: agent 受信エージェント（agent・lookup） / migration_tool 移行ツール（lookup・convert） /
            print_vendor 印刷委託先（pack:read） / operator 運用者（admin、--hub だけ）
"""
POLICY_SET = f"""\
業務システムの文字要件（何を送ってよいか）を決めます。配布版は、要件に合わない外字があると作られません。

文字要件（--kind）:
{_POLICIES}
空白の書き方（--space-rule）: {_SPACES}

例:
  gaiji-hub policy set --municipality 909998 --business-system juki --kind transition \\
      --edition 2026-08 --until 2028-03-31
"""
AUDIT_VERIFY = """\
監査証跡のつながりを最初の記録から計算し直します。問題があれば終了コードは1です。
--against に、受信側が持っている署名付きマニフェスト（または導入先のフォルダ）を渡すと、配布のときに公表した
先頭の記録と照らし合わせます。あとから書き換えた記録は、ここで見つかります。

例:
  gaiji-hub audit verify
  gaiji-hub audit verify --municipality 909998 --against /srv/gaiji/installed/current
"""


def register(subparsers: Parsers) -> None:
    _register_people(subparsers)
    _register_tokens(subparsers)
    _register_policy(subparsers)
    _register_audit(subparsers)


def _register_people(subparsers: Parsers) -> None:
    people = command(subparsers, "person", "人と役割を登録する・一覧にする")
    add = command(people, "add", "人を登録して役割を付ける", later("registry_people", "run_add"), PERSON_ADD)
    place_arguments(add)
    add.add_argument(
        "--login", dest="new_login", required=True, metavar="NAME", help="利用者名（英小文字・数字・._@-）"
    )
    add.add_argument("--name", required=True, help="氏名（画面と監査証跡に出ます）")
    add.add_argument("--role", choices=[role.value for role in (*TOWN_ROLES, *HUB_ROLES)], help="役割")
    add.add_argument("--no-password", action="store_true", help="パスワードを作らない（OpenID Connect だけの人）")
    show = command(people, "list", "人と役割の一覧", later("registry_people", "run_list"))
    place_arguments(show)
    grant = command(people, "grant", "役割を付ける", later("registry_people", "run_grant"), PERSON_GRANT)
    _subject_arguments(grant)
    grant.add_argument("--role", required=True, choices=[r.value for r in (*TOWN_ROLES, *HUB_ROLES)], help="役割")
    grant.add_argument("--until", metavar="YYYY-MM-DD", help="期日（ほかの団体の人には必要）")
    end = command(people, "end-role", "役割を外す", later("registry_people", "run_end_role"))
    place_arguments(end)
    end.add_argument("assignment", type=int, metavar="番号", help="役割の番号（person list に出ます）")
    reset = command(
        people, "reset-password", "パスワードを作り直して一度だけ表示する", later("registry_people", "run_reset")
    )
    _subject_arguments(reset)
    disable = command(people, "disable", "ログインを止める・また認める", later("registry_people", "run_disable"))
    _subject_arguments(disable)
    disable.add_argument("--enable", action="store_true", help="止めたログインをまた認める")
    link = command(
        people, "link-oidc", "OpenID Connect の利用者と結び付ける", later("registry_people", "run_link_oidc")
    )
    _subject_arguments(link)
    link.add_argument("--issuer", required=True, metavar="URL", help="発行者（issuer）")
    link.add_argument("--subject", required=True, metavar="SUB", help="発行者での識別子（sub）")
    for parser in (add, grant, end, reset, disable, link):
        person_arguments(parser, required=False)
    password = command(people, "password", "自分のパスワードを変える", later("registry_people", "run_password"))
    person_arguments(password)
    password.add_argument(
        "--new-password-file", type=Path, metavar="FILE", help="新しいパスワードのファイル。省くと端末で2回尋ねる"
    )


def _subject_arguments(parser: Parsers) -> None:
    place_arguments(parser)
    parser.add_argument("subject_login", metavar="LOGIN", help="利用者名")


def _register_tokens(subparsers: Parsers) -> None:
    tokens = command(subparsers, "token", "機械のトークンを作る・一覧にする・取り消す")
    make = command(tokens, "make", "トークンを作って一度だけ表示する", later("registry_tokens", "run_make"), MACHINE)
    place_arguments(make)
    make.add_argument("--title", required=True, help="何のためのトークンか")
    make.add_argument("--role", required=True, choices=[r.value for r in (*MACHINE_ROLES, Role.OPERATOR)], help="役割")
    make.add_argument("--scope", required=True, action="append", choices=SCOPES, help="範囲（何度でも書ける）")
    make.add_argument("--days", type=int, default=365, metavar="N", help="有効な日数（既定 365）")
    make.add_argument("--business-system", default="", metavar="NAME", help="業務システムを限る")
    make.add_argument("--member", default="", metavar="MEMBER", help="受信側システムを限る（agent では必要）")
    make.add_argument("--vendor", default="", metavar="VENDOR", help="印刷委託先（print_vendor では必要）")
    show = command(tokens, "list", "トークンの一覧（値は出ません）", later("registry_tokens", "run_list"))
    place_arguments(show)
    revoke = command(tokens, "revoke", "トークンを取り消す", later("registry_tokens", "run_revoke"))
    place_arguments(revoke)
    revoke.add_argument("token", type=int, metavar="番号", help="トークンの番号（token list に出ます）")
    for parser in (make, revoke):
        person_arguments(parser, required=False)


def _register_policy(subparsers: Parsers) -> None:
    policies = command(subparsers, "policy", "業務システムの文字要件を決める・見る")
    put = command(policies, "set", "文字要件を決める", later("registry_policy", "run_set"), POLICY_SET)
    system_arguments(put)
    put.add_argument("--kind", required=True, choices=[kind.value for kind in PolicyKind], help="文字要件")
    put.add_argument("--edition", default="", metavar="版", help="MJ+ の版（例 2026-08）")
    put.add_argument("--until", metavar="YYYY-MM-DD", help="外字コードを使える最後の日（transition のとき）")
    put.add_argument("--space-rule", choices=[rule.value for rule in SpaceRule], help="空白の書き方。省くと今のまま")
    person_arguments(put, required=False)
    system_arguments(command(policies, "show", "文字要件を見る", later("registry_policy", "run_show")))


def _register_audit(subparsers: Parsers) -> None:
    trail = command(subparsers, "audit", "監査証跡を確かめる・見る・書き出す")
    check = command(
        trail, "verify", "監査証跡のつながりを確かめる", later("registry_audit", "run_verify"), AUDIT_VERIFY
    )
    place = check.add_mutually_exclusive_group()
    place.add_argument("--municipality", metavar="LG", help="団体コード（6桁）。省くとすべて")
    place.add_argument("--hub", action="store_true", help="ハブの証跡だけ")
    check.add_argument(
        "--against", type=Path, metavar="FILE|FOLDER", help="受信側の manifest.json、または導入先のフォルダ"
    )
    show = command(trail, "show", "新しい記録から順に見る", later("registry_audit", "run_show"))
    place_arguments(show)
    show.add_argument("--subject", default="", metavar="対象", help="対象の始まりで絞る（例 juki/F040）")
    show.add_argument("--limit", type=int, default=50, metavar="N", help="件数（既定 50）")
    export = command(trail, "export", "証跡を JSON Lines で書き出す", later("registry_audit", "run_export"))
    place_arguments(export)
    output_arguments(export)
