"""The arguments of `census-import`, `capacity`, `rights` and `dossier`."""

from __future__ import annotations

from pathlib import Path

from gaiji_hub.cli.registry_arguments import (
    Parsers,
    command,
    later,
    output_arguments,
    person_arguments,
    system_arguments,
)
from gaiji_hub.moji.rights import SAYABLE, Rights

RIGHTS = " / ".join(f"{rights.value} {rights.label}" for rights in SAYABLE)
CENSUS = """\
gaiji-hub census が書き出した使用外字調査の結果を登録します。登録するのはコードと件数だけです。
決まった列のほかに何かがあれば、何も登録せず、その内容も表示しません。

例:
  gaiji-hub census-import census.csv --municipality 909998 --business-system juki --title "令和8年4月"
"""
CAPACITY = """\
外字領域のコードのうち、使用中・採番済・再び使えない・空きの数と、いつなくなるかの見通しを表示します。

例:
  gaiji-hub capacity --municipality 909998 --business-system juki
"""
SAY_RIGHTS = f"""\
字形の権利を表示します。--set を付けると、まとめて登録します。登録のない字形は「不明」で、共有も委託先への
引渡しもできません。

権利: {RIGHTS}

例:
  gaiji-hub rights --municipality 909998 --business-system juki
  gaiji-hub rights --municipality 909998 --business-system juki --only unknown --set own
  gaiji-hub rights --municipality 909998 --business-system juki --codes F040,F041 --set vendor_licensed \\
      --note "外字使用許諾契約 2026-12"
"""
DOSSIER = """\
標準の文字集合への追加要望の書類（PDF・JSON・字形）を1つのファイルに書き出します。住民の記録は含みません。

例:
  gaiji-hub dossier F040 --municipality 909998 --business-system juki --out tsuika.zip
"""


def register(subparsers: Parsers) -> None:
    census = command(
        subparsers, "census-import", "使用外字調査の結果を登録する", later("registry_characters", "run_census"), CENSUS
    )
    census.add_argument("input", type=Path, metavar="FILE.csv", help="gaiji-hub census が書き出したCSV")
    system_arguments(census)
    census.add_argument("--title", required=True, help="調査の名称（例 令和8年4月）")
    person_arguments(census, required=False)

    full = command(
        subparsers, "capacity", "外字領域の空きを見る", later("registry_characters", "run_capacity"), CAPACITY
    )
    system_arguments(full)

    rights = command(
        subparsers,
        "rights",
        "字形の権利を見る・まとめて登録する",
        later("registry_characters", "run_rights"),
        SAY_RIGHTS,
    )
    system_arguments(rights)
    kinds = [kind.value for kind in SAYABLE]
    rights.add_argument("--only", choices=[kind.value for kind in Rights], help="この権利の外字だけ")
    rights.add_argument("--codes", help="この外字だけ（コードをコンマで区切る）")
    rights.add_argument("--set", dest="said", choices=kinds, help="登録する権利")
    rights.add_argument("--note", default="", help="備考（許諾の契約名・番号など）。--set とともに使う")
    person_arguments(rights, required=False)

    dossier = command(
        subparsers, "dossier", "追加要望の書類を書き出す", later("registry_characters", "run_dossier"), DOSSIER
    )
    dossier.add_argument("code", metavar="CODE", help="外字のコード（例 F040）")
    system_arguments(dossier)
    output_arguments(dossier)
