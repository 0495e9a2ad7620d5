"""`gaiji-hub convert | census | plan`: conversion on the town's own machine, from a release file alone."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from gaiji_hub.convert.census import take_census
from gaiji_hub.convert.codecs import cp932_one_way
from gaiji_hub.convert.places import check_places
from gaiji_hub.convert.plan import GETA, MAX_BYTES, Plan, compile_plan
from gaiji_hub.convert.report import Summary
from gaiji_hub.convert.run import convert_file, load_plan, read_at_most
from gaiji_hub.errors import NotBuilt
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.registered_forms import registered_forms

if TYPE_CHECKING:
    from argparse import _SubParsersAction as Subparsers

QUIET_SECONDS = 2.0
LISTED = 20

CONVERT_HELP = """\
例:
  gaiji-hub convert --plan juki.plan --from cp932 juki.csv juki-mj.csv --report loss.jsonl
      CP932 の CSV を MJ＋IVS の UTF-8 にし、失われた文字を1件1行で loss.jsonl に書く
  gaiji-hub convert --plan juki.plan --from utf-8 juki.csv juki-mj.csv --report loss.jsonl --dry-run
      出力を書かず、報告だけ作る
  gaiji-hub convert --plan juki.plan --from utf-8 --to cp932 juki-mj.csv juki.csv --report back.jsonl
      MJ＋IVS の UTF-8 から元の外字コードへ戻す

終了コード: 0 損失なし（デザイン差だけの場合も0） / 1 損失あり / 2 中止（何も書きません）
"""
CENSUS_HELP = """\
例:
  gaiji-hub census juki.csv --from cp932 --plan juki.plan --out census.csv
      使われている外字コードと回数だけを数える。氏名などの文字は出力しない
"""
PLAN_HELP = """\
例:
  gaiji-hub plan compile release-3.json --out juki.plan
      配布版（JSON）から変換表を作る。通信もデータベースも使わない
"""


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    _register_convert(subparsers)
    _register_census(subparsers)
    plan = subparsers.add_parser("plan", help="変換表を作る", description="変換表")
    actions = plan.add_subparsers(dest="action", metavar="操作", required=True)
    _register_compile(actions)


def _register_convert(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _parser(
        subparsers, "convert", "CSV の外字を標準の文字に変換し、損失を報告する（戻しもできる）", CONVERT_HELP
    )
    _common(parser)
    parser.add_argument("--to", metavar="CS", help="出力: utf-8（既定）。戻すときは cp932 か utf-8-pua")
    parser.add_argument("input", metavar="IN", type=Path, help="入力の CSV")
    parser.add_argument("output", metavar="OUT", type=Path, help="出力の CSV")
    parser.add_argument("--report", metavar="R.jsonl", type=Path, required=True, help="損失報告（JSON、1行1件）")
    parser.add_argument("--dry-run", action="store_true", help="出力を書かず、損失報告だけを書く")
    header = parser.add_mutually_exclusive_group()
    header.add_argument(
        "--header", action="store_true", default=None, help="1行目は見出し（既定。データらしい1行目も見出しとして扱う）"
    )
    header.add_argument("--no-header", action="store_false", dest="header", help="1行目が見出しではない")
    parser.add_argument("--jobs", metavar="N", type=int, default=1, help="並列数（現在は 1 のみ。2 以上は未実装）")
    parser.set_defaults(run=run_convert)


def _register_census(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _parser(subparsers, "census", "CSV で使われている外字コードと回数を数える", CENSUS_HELP)
    _common(parser)
    parser.add_argument("input", metavar="IN", type=Path, help="入力の CSV")
    parser.add_argument("--out", metavar="census.csv", type=Path, required=True, help="結果の CSV")
    parser.set_defaults(run=run_census)


def _register_compile(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = _parser(subparsers, "compile", "配布版から変換表を作る", PLAN_HELP)
    parser.add_argument("release", metavar="RELEASE.json", type=Path, help="配布版（正規形の JSON）")
    parser.add_argument("--out", metavar="P.plan", type=Path, required=True, help="変換表の書き出し先")
    parser.add_argument("--source", metavar="CS", help="記録側の文字コード: cp932 か utf-8（既定: 配布版のもの）")
    parser.add_argument("--target", metavar="R", default="mj-ivs", help="対象の文字集合（既定 mj-ivs）")
    parser.add_argument("--substitute", metavar="文字", default=GETA, help=f"未対応のときに書く代替文字（既定 {GETA}）")
    parser.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")
    parser.set_defaults(run=run_compile)


def _parser(
    subparsers: Subparsers[argparse.ArgumentParser], name: str, what: str, epilog: str
) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    return subparsers.add_parser(name, help=what, description=what, epilog=epilog, formatter_class=raw)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plan", metavar="PLAN", type=Path, required=True, help="変換表（plan compile で作る）")
    parser.add_argument("--from", metavar="CS", dest="from_", help="入力の文字コード: cp932 か utf-8（必ず宣言する）")
    parser.add_argument("--layout", metavar="L.toml", help="固定長などのレイアウト（未実装。いまは CSV のみ）")
    parser.add_argument("--force", action="store_true", help="既にあるファイルを上書きする")


def run_convert(args: argparse.Namespace, _settings: Settings) -> int:
    _refuse_unbuilt(args)
    out = None if args.dry_run else args.output
    outputs = [path for path in (out, args.report) if path is not None]
    check_places([args.plan, args.input], outputs, force=args.force)
    plan = load_plan(args.plan)
    summary = convert_file(
        plan,
        args.input,
        out,
        args.report,
        from_=args.from_,
        to=args.to,
        header=args.header,
        force=args.force,
        progress=_progress(args.input.stat().st_size),
    )
    print("\n".join([*describe(summary), f"損失報告: {args.report}", f"出力: {out or '書いていません（--dry-run）'}"]))
    return summary.exit_code


def run_census(args: argparse.Namespace, _settings: Settings) -> int:
    _refuse_unbuilt(args)
    check_places([args.plan, args.input], [args.out], force=args.force)
    rows = take_census(load_plan(args.plan), args.input, args.out, from_=args.from_, force=args.force)
    unknown = [row for row in rows if not row.in_release]
    print(f"使われている外字: {len(rows):,} 種、延べ {sum(row.count for row in rows):,} 回")
    print(f"うち配布版にないもの: {len(unknown):,} 種、延べ {sum(row.count for row in unknown):,} 回")
    print(f"結果: {args.out}")
    return 1 if unknown else 0


def run_compile(args: argparse.Namespace, _settings: Settings) -> int:
    check_places([args.release], [args.out], force=args.force)
    release = Release.from_bytes(read_at_most(args.release, MAX_BYTES))
    source = args.source or release.code_system
    forms = registered_forms(release, Tables.load())
    plan = compile_plan(release, forms, source=source, target=args.target, substitute=args.substitute)
    write_atomic(args.out, plan.to_bytes())
    print("\n".join([*describe_plan(plan), f"変換表: {args.out}"]))
    return 0


def describe(summary: Summary) -> list[str]:
    """The figures of a run, in Japanese; counts only."""
    counts, problems = summary.counts, summary.problems
    lines = [
        f"レコード {counts['records']:,} 件、文字 {counts['characters_in']:,} 字（うち外字 {counts['gaiji']:,} 字）",
        f"そのまま {counts['unchanged']:,} / 字形一致 {counts['exact']:,} / デザイン差 {counts['not_exact']:,}"
        f" / 外字へ戻した {counts['restored']:,} / 区切り {counts['structure']:,}",
        f"未対応 {counts['unmapped']:,} / 不正なバイト {counts['invalid']:,}"
        f" / 項目数の違い {problems['columns']:,} / 引用符の誤り {problems['quote']:,}",
    ]
    if summary.losses:
        lines.append(f"損失のあるレコード {counts['records_with_loss']:,} 件")
    if counts["not_exact"]:
        lines.append(
            f"デザイン差を含むレコード {counts['records_not_exact']:,} 件（損失ではありません。字形を確認してください）"
        )
    if summary.not_roundtrip:
        lines.append(f"元のコードへ戻らない文字 {sum(summary.not_roundtrip.values()):,} 字（報告の not_roundtrip）")
    if summary.facts["unapproved"]:
        lines.append(f"この変換表は未承認の同定 {summary.facts['unapproved']:,} 件を含みます")
    return lines


def describe_plan(plan: Plan) -> list[str]:
    """What a plan carries, and by name what will not come back."""
    carried = sum(cell.text is not None for cell in plan.cells)
    lost = plan.does_not_come_back()
    lines = [
        f"配布版 {plan.municipality}-{plan.business_system} 第 {plan.release} 版 → {plan.target}",
        f"コード {len(plan.cells):,} 件: 変換する {carried:,} / 未対応 {len(plan.cells) - carried:,}",
        f"戻せないコード {len(lost):,} 件" + ("（同じ文字のコードが他にあるか、通常の文字にある）" if lost else ""),
        *(f"  {cell.local_code} {format_ucs(cell.text or '')}" for cell in lost[:LISTED]),
    ]
    if len(lost) > LISTED:
        lines.append(f"  …ほか {len(lost) - LISTED:,} 件（変換表の flags: does_not_come_back）")
    if plan.source == "cp932":
        lines.append(
            f"このほか CP932 の重複コード {len(cp932_one_way())} 件は、優先するコードに戻ります（docs/conversion.md）"
        )
    if plan.unapproved:
        lines.append(f"未承認の同定 {plan.unapproved:,} 件を含みます")
    return [*lines, f"変換表のハッシュ {plan.hash}"]


def _refuse_unbuilt(args: argparse.Namespace) -> None:
    if args.layout is not None:
        raise NotBuilt(what="レイアウトによる固定長ファイルの変換（--layout）")
    if getattr(args, "jobs", 1) != 1:
        raise NotBuilt(what="並列の変換（--jobs は 1 のみ）")


def _progress(total: int) -> Callable[[int], None]:
    """Percent of bytes on stderr, once a run takes longer than `QUIET_SECONDS`."""
    started = last = time.monotonic()

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started > QUIET_SECONDS and now - last > 1:
            last = now
            print(f"変換中 {done * 100 // max(total, 1)} %（{done >> 20:,} MiB）", file=sys.stderr)

    return show
