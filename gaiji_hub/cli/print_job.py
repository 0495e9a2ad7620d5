"""`gaiji-hub print-job make | check`: a print job pack on the town's own machine; the rest is in print_job_carry."""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from gaiji_hub.cli import print_job_carry, print_job_hub
from gaiji_hub.convert.places import check_input
from gaiji_hub.convert.run import read_at_most
from gaiji_hub.errors import BadInput, Unavailable
from gaiji_hub.files.durable import OutputExists
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.print_job import CharacterKind, PrintJob
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import STANDARD, find_standard_font, font_source
from gaiji_hub.workbench.print_job import MAP_PATH, JobOrder, PrintPack, build_print_pack, check_print_fonts
from gaiji_hub.workbench.print_job_characters import Missing, Resolved, resolve
from gaiji_hub.workbench.print_job_check import Covered, Finding, find_missing, read_covered
from gaiji_hub.workbench.print_job_codes import SYSTEMS
from gaiji_hub.workbench.print_job_files import MANIFEST, read_pack, write_pack
from gaiji_hub.workbench.print_job_readme import Derivation
from gaiji_hub.workbench.print_job_town import TownPack, open_town_pack
from gaiji_hub.workbench.print_job_usage import MAX_CENSUS, RecordText, Usage, count_usage, read_census, read_records

if TYPE_CHECKING:
    from argparse import _SubParsersAction as Subparsers

DONE, FINDINGS = 0, 1
QUIET_SECONDS = 2.0
LISTED = 20
_PARTS = ("fontTools", "ots", "typst")
ABOUT = "印刷会社に渡すジョブパックを、団体のコンピュータで作り、確かめ、運ぶ（docs/print-jobs.md）"
MAKE_HELP = """\
例:
  gaiji-hub print-job make juki.csv --from cp932 --pack installed/current --vendor-codes cp932 \\
      --job tsuchi-2026 --valid-until 2026-12-31 --out tsuchi-2026
      使われている文字だけのフォント・対応表・校正紙を作る。1字でも足りなければ何も書かない
  gaiji-hub print-job make --census census.csv --pack installed/current --vendor-codes unicode \\
      --job tsuchi-2026 --valid-until 2026-12-31 --out tsuchi-2026.zip
      使用外字調査の結果から、外字だけのパックを作る

終了コード: 0 作成した / 1 足りない文字がある（何も書きません） / 2 中止 / 3 実行できない
"""


class PrintPartsMissing(Unavailable):
    code = "print_parts_missing"
    template = "印刷ジョブパックを作るには追加の部品が必要です: gaiji-hub[print] を入れてください"


class RecordsOrCensus(BadInput):
    code = "records_or_census"
    template = "記録の CSV か --census のどちらか一方を指定してください"


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    parser = subparsers.add_parser("print-job", help=ABOUT, description=ABOUT)
    actions = parser.add_subparsers(dest="action", metavar="操作", required=True)
    _register_make(actions)
    _register_check(actions)
    print_job_carry.register(actions)
    print_job_hub.register(subparsers, actions)


def _register_make(actions: Subparsers[argparse.ArgumentParser]) -> None:
    about = "記録に使われている文字だけのパックを作り、足りない文字がないことを確かめる"
    raw = argparse.RawDescriptionHelpFormatter
    parser = actions.add_parser("make", help=about, description=about, epilog=MAKE_HELP, formatter_class=raw)
    parser.add_argument("records", metavar="RECORDS", type=Path, nargs="?", help="印刷する記録の CSV（書き換えない）")
    parser.add_argument("--census", metavar="FILE", type=Path, help="記録の代わりに、使用外字調査の結果（外字だけ）")
    _reading(parser)
    parser.add_argument("--pack", metavar="DIR", type=Path, required=True, help="導入済みの配布パック（current）")
    parser.add_argument("--vendor-codes", choices=tuple(SYSTEMS), required=True, help="印刷会社の文字コード体系")
    parser.add_argument("--job", metavar="NAME", required=True, help="ジョブの識別名（英小文字・数字・ハイフン）")
    parser.add_argument("--valid-from", metavar="日付", type=_date, help="有効期間の始まり（既定は今日）")
    parser.add_argument(
        "--valid-until", metavar="日付", type=_date, required=True, help="有効期間の終わり（2026-12-31）"
    )
    parser.add_argument("--town", metavar="名称", default="", help="校正紙に載せる団体名（既定は団体コードだけ）")
    parser.add_argument("--previous", metavar="PACK", type=Path, help="前のジョブパック。割当のコードを変えずに続ける")
    parser.add_argument(
        "--rights-confirmed",
        metavar="根拠",
        default="",
        help="権利の記録がない配布パックで、団体の字形を渡してよい根拠（目録に残る）",
    )
    parser.add_argument("--out", metavar="DIR|ZIP", type=Path, required=True, help="書き出すフォルダ、または .zip")
    parser.add_argument("--force", action="store_true", help="既にある ZIP を上書きする（フォルダは上書きしない）")
    parser.set_defaults(run=run_make)


def _register_check(actions: Subparsers[argparse.ArgumentParser]) -> None:
    about = "できたパックに、記録の文字がすべてあるかを確かめる（記録の番号と字数だけを表示する）"
    parser = actions.add_parser("check", help=about, description=about)
    parser.add_argument("pack", metavar="PACK", type=Path, help="印刷ジョブパックのフォルダまたは .zip")
    parser.add_argument("records", metavar="RECORDS", type=Path, help="印刷する記録の CSV")
    _reading(parser)
    parser.set_defaults(run=run_check)


def _reading(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", metavar="CS", dest="from_", help="記録の文字コード: cp932 か utf-8（必ず宣言する）")
    header = parser.add_mutually_exclusive_group()
    header.add_argument("--header", action="store_true", default=None, help="1行目は見出し（データに見えても）")
    header.add_argument("--no-header", action="store_false", dest="header", help="1行目が見出しではない")


def run_make(args: argparse.Namespace, settings: Settings) -> int:
    _require_parts()
    if (args.records is None) == (args.census is None):
        raise RecordsOrCensus
    if args.out.exists() and not (args.force and args.out.suffix.lower() == ".zip"):
        raise OutputExists(path=args.out.name)
    town = open_town_pack(args.pack)
    if args.rights_confirmed and town.rights is not None:
        _say("配布パックに権利の記録があるので、--rights-confirmed は使いません")
    font = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
    usage = _usage(args)
    standard, tables = StandardFont.open(font), Tables.load()
    characters, missing = resolve(usage, town, tables, standard, rights_confirmed=args.rights_confirmed)
    if missing:
        return _told_missing(args, missing, characters, town)
    pack = _build(args, usage, characters, town, standard, font)
    if args.records and _list_findings(_findings(args, pack.job, pack.files)):
        _say("できたパックに欠字が見つかったため、書いていません")
        return FINDINGS
    write_pack(args.out, {MANIFEST: pack.job.to_bytes(), **pack.files}, force=args.force)
    print("\n".join([*describe(pack.job), f"印刷ジョブパック: {args.out}", "次: 校正紙を確かめて print-job sign-off"]))
    return DONE


def run_check(args: argparse.Namespace, _settings: Settings) -> int:
    _require_parts()
    pack = read_pack(args.pack)
    if _list_findings(_findings(args, pack.job, pack.files)):
        return FINDINGS
    what = "外字" if pack.job.source == "census" else "文字"
    print(f"欠字なし: 記録の{what}はすべてパックにあります")
    return DONE


def describe(job: PrintJob) -> list[str]:
    """The figures of a job, in Japanese; counts only."""
    counts = job.counts()
    kinds = "・".join(f"{kind.label} {counts[kind.value]:,}" for kind in CharacterKind)
    lines = [
        f"ジョブ {job.job}　{job.municipality}-{job.business_system} 第 {job.release} 版　{job.vendor_codes}",
        f"文字 {len(job.characters):,} 種（{kinds}）、のべ {counts['used']:,} 字、記録 {job.records:,} 件",
        f"有効期間 {job.valid_from.isoformat()} 〜 {job.valid_until.isoformat()}",
    ]
    if waiting := sum("unapproved" in character.notes for character in job.characters):
        lines.append(f"未承認の判定による外字 {waiting:,} 字を含みます（校正紙の「未」）")
    if job.rights_note:
        lines.append("字形の権利は、団体の申告（--rights-confirmed）によります")
    return [*lines, f"目録のハッシュ {job.hash}"]


def _build(
    args: argparse.Namespace,
    usage: Usage,
    characters: tuple[Resolved, ...],
    town: TownPack,
    standard: StandardFont,
    font: Path,
) -> PrintPack:
    source, edition = font_source(STANDARD)
    order = JobOrder(
        job=args.job,
        vendor_codes=args.vendor_codes,
        valid_from=args.valid_from or date_in_japan(datetime.datetime.now(datetime.UTC)),
        valid_until=args.valid_until,
        source="census" if args.census else "records",
        records=usage.records,
        town=args.town,
        rights_note=args.rights_confirmed,
    )
    derivation = Derivation(edition.title, edition.version, source.wanted.sha256, edition.page)
    previous = read_pack(args.previous).job if args.previous else None
    return build_print_pack(order, characters, town, standard, font, derivation, previous=previous)


def _usage(args: argparse.Namespace) -> Usage:
    if args.census:
        return read_census(read_at_most(args.census, MAX_CENSUS))
    return count_usage(_records(args, "使用文字を数えています"))


def _records(args: argparse.Namespace, what: str) -> Iterator[RecordText]:
    check_input(args.records)
    progress = _progress(args.records.stat().st_size, what)
    return read_records(args.records, args.from_, header=args.header, progress=progress)


def _findings(args: argparse.Namespace, job: PrintJob, files: Mapping[str, bytes]) -> Iterator[Finding]:
    covered = read_covered(job, check_print_fonts(files), files[MAP_PATH])
    return find_missing(covered, _records(args, "欠字を検査しています"))


def _told_missing(
    args: argparse.Namespace, missing: tuple[Missing, ...], found: Iterable[Resolved], town: TownPack
) -> int:
    """What no pack can print: codes with how often, then the records by number with how many."""
    print(f"印刷できない文字が {len(missing):,} 種、のべ {sum(m.count for m in missing):,} 字あります:")
    for one in missing[:LISTED]:
        print(f"  {one.code}　{one.lack.label}　{one.count:,} 回")
    if len(missing) > LISTED:
        print(f"  …ほか {len(missing) - LISTED:,} 種")
    if args.records:
        texts = {text for c in found for text in (c.text, *c.forms) if text}
        puas = {chr(town.pua(code)) for c in found for code in c.local_codes}
        covered = Covered(frozenset(texts), frozenset(puas), gaiji_only=False)
        _list_findings(find_missing(covered, _records(args, "欠字を検査しています")))
    _say("印刷できない文字があるため、パックは書いていません")
    return FINDINGS


def _list_findings(findings: Iterable[Finding]) -> int:
    """Print the first findings and how many there are; that number."""
    count = characters = 0
    for finding in findings:
        count += 1
        characters += finding.missing
        if count <= LISTED:
            print(str(finding))
    if count > LISTED:
        print(f"…ほか {count - LISTED:,} 件")
    if count:
        print(f"不足のある記録 {count:,} 件、のべ {characters:,} 字")
    return count


def _require_parts() -> None:
    if not all(importlib.util.find_spec(name) for name in _PARTS):
        raise PrintPartsMissing


def _date(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("日付は 2026-12-31 の形で書いてください") from None


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _progress(total: int, what: str) -> Callable[[int], None]:
    """Percent of bytes on stderr, once a run takes longer than `QUIET_SECONDS`."""
    started = last = time.monotonic()

    def show(done: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - started > QUIET_SECONDS and now - last > 1:
            last = now
            _say(f"{what} {done * 100 // max(total, 1)} %（{done >> 20:,} MiB）")

    return show
