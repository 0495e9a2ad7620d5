"""`gaiji-hub tables import|editions|diff|export|impact`: editions of the reference tables side by side."""

from __future__ import annotations

import argparse
import csv
import importlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.cli import tables_import
from gaiji_hub.cli.waiting import waiting
from gaiji_hub.errors import BadInput, Unavailable
from gaiji_hub.files.durable import check_output, write_atomic
from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.settings import Settings
from gaiji_hub.tables.diff import Change, ChangeKind, Diff, diff
from gaiji_hub.tables.editions import Edition, Editions, rows_of
from gaiji_hub.tables.importing.code_rows import DIRECTIONS, CodeRow
from gaiji_hub.tables.importing.fujitsu_user_table import format_user_table, user_table_of
from gaiji_hub.tables.reader import TableDamaged, TableFile
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.ucm import format_ucm

DONE, FINDINGS = 0, 1
SHOWN = 200
FORMATS = ("ucm", "fujitsu", "tsv", "csv")

EDITIONS = """\
入っている版の一覧です。表ごとに、製品に入っている版（「製品」）と、取り込んだ版が並びます。
版は「表@版」で呼びます（例 mj@006.02、mjplus@2026-08、jef@chosei-2026）。
"""
DIFF = """\
同じ種類の2つの版の違いを示します。A・B は版の名前（表@版）か、版のフォルダです。

  追加 added     B にだけある
  削除 removed   A にだけある
  移動 moved     同じ文字図形名・コードが、別の文字・符号位置になった
  統合 merged    文字図形名の表し方が別の文字図形名に移った・コードが別のコードと同じ文字になった
  変更 changed   そのほかの項目が変わった

例:
  gaiji-hub tables diff mj@006.02 mj@006.03
  gaiji-hub tables diff mjplus@2026-02 mjplus@2026-08 --json > sa.jsonl

違いがあれば終了コード 1、なければ 0 です。
"""
EXPORT = """\
版をファイルに書き出します。ucm は ICU の makeconv、fujitsu は富士通のユーザ定義テーブルの形で、コード表だけに使えます。

例:
  gaiji-hub tables export jef@chosei-2026 --format ucm --out gaiji-chosei.ucm
  gaiji-hub tables export mj@006.02 --table mj_reading --format csv --out yomi.csv
"""
IMPACT = """\
版 A から B への改訂が、登録済みの何に触れるかを一覧にします。何も変えません。

見るもの: 外字・有効な判定・配布版・変換の報告（--report で渡したファイル）。
あわせて、新しい版で符号化された追加文字（GJ）・ハブの文字（GH）・外字の改め方を提案します。

例:
  gaiji-hub tables impact mjplus@2026-02 mjplus@2026-08
  gaiji-hub tables impact mj@006.02 mj@006.03 --report henkan.jsonl --json

触れるものがあれば終了コード 1、なければ 0 です。
"""


class NotACodeTable(BadInput):
    code = "export_not_a_code_table"
    template = "{name} はコード表ではないので {format} の形にできません（tsv か csv を指定してください）"


class NeedsServer(Unavailable):
    code = "impact_needs_server"
    template = "tables impact はハブのデータベースを調べます。追加の部品が必要です: pip install 'gaiji-hub[server]'"


class NoSuchTable(BadInput):
    code = "export_no_such_table"
    template = "{name} にその表はありません（あるもの: {known}）"


Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the actions of this module to `gaiji-hub tables`."""
    tables_import.arguments(_add(actions, "import", "手元の表を版として取り込む", tables_import.ABOUT))
    _add(actions, "editions", "入っている版の一覧", EDITIONS).set_defaults(run=run_editions)
    parser = _add(actions, "diff", "2つの版の違いを示す", DIFF)
    _two(parser)
    parser.set_defaults(run=run_diff)
    parser = _add(actions, "export", "版をファイルに書き出す（ucm・富士通・TSV・CSV）", EXPORT)
    parser.add_argument("edition", metavar="TABLE", help="版の名前（例 jef@chosei-2026）か版のフォルダ")
    parser.add_argument("--format", required=True, choices=FORMATS, help="形式")
    parser.add_argument("--table", metavar="NAME", help="tsv・csv: 版の中のどの表か（既定は最初の表）")
    parser.add_argument("--name", help="ucm: 変換表の名前（既定 gaiji-表-版）")
    parser.add_argument("--out", type=Path, metavar="FILE", help="書き出し先。既定は標準出力")
    parser.add_argument("--force", action="store_true", help="書き出し先のファイルを上書きする")
    parser.set_defaults(run=run_export)
    parser = _add(actions, "impact", "版の改訂が何に触れるかを一覧にする", IMPACT)
    _two(parser)
    parser.add_argument(
        "--report", type=Path, action="append", default=[], metavar="FILE", help="変換の報告（JSONL）。繰り返せる"
    )
    parser.add_argument("--newest-only", action="store_true", help="配布版は業務システムごとに最新のものだけを調べる")
    parser.set_defaults(run=run_impact)


def _add(actions: Subparsers[argparse.ArgumentParser], name: str, text: str, about: str) -> argparse.ArgumentParser:
    return actions.add_parser(name, help=text, description=about, formatter_class=argparse.RawDescriptionHelpFormatter)


def _two(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help="古い版（例 mj@006.02）")
    parser.add_argument("b", metavar="B", help="新しい版")
    parser.add_argument("--json", action="store_true", help="1行に1件の JSON で出す")


def run_editions(_args: argparse.Namespace, settings: Settings) -> int:
    editions = Editions(data_root(), settings.data)
    damaged = editions.damaged()
    for edition in editions.all():
        if edition.name not in damaged:
            print(f"{edition.name}\t{edition.rows:,} 行\t{_where(edition)}")
    for name in damaged:
        print(f"{name}\t破損しています。同じファイルをもう一度 tables import で取り込むと直ります")
    return FINDINGS if damaged else DONE


def _where(edition: Edition) -> str:
    if edition.origin is None:
        return "このコンピュータで作成" if edition.built_here else "製品"
    files = "・".join(f"{one.name}（SHA-256 {one.sha256[:12]}）" for one in edition.origin.sources)
    return f"{edition.origin.imported} 取り込み\t{files}"


def run_diff(args: argparse.Namespace, settings: Settings) -> int:
    with waiting("2つの版を比べています"):
        found = compared(args, settings)
    if args.json:
        for change in found.changes:
            print(json.dumps(change.to_json(), ensure_ascii=False))
        print(json.dumps({"summary": {"a": found.a, "b": found.b, **found.counts(), "missing": list(found.missing)}}))
    else:
        _show(found)
    return FINDINGS if found.changes else DONE


def compared(args: argparse.Namespace, settings: Settings) -> Diff:
    editions = Editions(data_root(), settings.data)
    return diff(editions.open(args.a), editions.open(args.b))


def _show(found: Diff) -> None:
    for change in found.changes[:SHOWN]:
        print(_line(change))
    if len(found.changes) > SHOWN:
        print(f"…ほか {len(found.changes) - SHOWN:,} 件（--json ですべて出ます）")
    for name, count in found.counts().items():
        if count:
            print(f"{ChangeKind(name).label}\t{count:,} 件")
    for table in found.missing:
        print(f"{table} は片方の版にしかないので比べていません")
    if not found.changes:
        print("違いはありません")


def _line(change: Change) -> str:
    sides = f"\t{change.column}: {change.old or '（なし）'} → {change.new or '（なし）'}" if change.column else ""
    into = f"\t→ {change.into}" if change.into else ""
    return f"{change.kind.label}\t{change.table}\t{' '.join(change.key)}{sides}{into}"


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    edition = Editions(data_root(), settings.data).open(args.edition)
    if args.out is not None:
        check_output(args.out, force=args.force)
    data = exported(edition, args.format, args.table, args.name)
    if args.out is None:
        sys.stdout.buffer.write(data)
    else:
        write_atomic(args.out, data, shared=True)
        print(f"書き出しました: {args.out}（{len(data):,} バイト）")
    return DONE


def exported(edition: Edition, form: str, table: str | None, name: str | None) -> bytes:
    """The bytes of an edition in one of `FORMATS`."""
    if form in ("ucm", "fujitsu"):
        rows = list(code_rows_of(edition, form))
        if form == "fujitsu":
            return format_user_table(user_table_of(rows))
        title = name or f"gaiji-{edition.name.table}-{edition.name.edition}"
        return format_ucm(title, rows, [f"{edition.name}, written by gaiji-hub tables export"])
    file = _table_of(edition, table)
    lines = ["\t".join(file.columns), *file.lines()]
    if form == "tsv":
        return "".join(f"{line}\n" for line in lines).encode()
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(line.split("\t") for line in lines)
    return out.getvalue().encode()


def _table_of(edition: Edition, table: str | None) -> TableFile:
    file = edition.files.get(table) if table else next(iter(edition.files.values()))
    if file is None:
        raise NoSuchTable(name=str(edition.name), known="・".join(edition.files))
    return file


def code_rows_of(edition: Edition, form: str) -> Iterator[CodeRow]:
    """The rows of a code table for the format `form`; `NotACodeTable`. Codes without a text are passed over."""
    file = edition.files.get(f"code_{edition.name.table}")
    if file is None:
        raise NotACodeTable(name=str(edition.name), format=form)
    for cells in rows_of(file):
        for direction in DIRECTIONS:
            if cells["round_trip"] == direction and cells["ucs"]:
                yield CodeRow(_bytes(cells["code"], file), parse_ucs(cells["ucs"]), direction)


def _bytes(code: str, file: TableFile) -> bytes:
    try:
        return bytes.fromhex(code)
    except ValueError:
        raise TableDamaged(file=file.path.name, reason="16進でない符号があります") from None


def run_impact(args: argparse.Namespace, settings: Settings) -> int:
    """Imported when it runs: the database's parts are there with the extra `server` only."""
    try:
        module = importlib.import_module("gaiji_hub.cli.tables_impact")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("gaiji_hub"):
            raise
        raise NeedsServer from None
    return int(module.run_impact(args, settings))
