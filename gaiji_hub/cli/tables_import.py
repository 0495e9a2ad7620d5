"""`gaiji-hub tables import`: what users hold → an edition beside the others, whole or not at all."""

from __future__ import annotations

import argparse
import datetime
import hashlib
import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gaiji_hub import __version__
from gaiji_hub.cli.waiting import waiting
from gaiji_hub.errors import BadInput, Conflict, Unavailable
from gaiji_hub.moji.code_system import CodeSystem, code_system
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.settings import Settings
from gaiji_hub.tables.editions import EditionName, Editions, Origin, SourceFile
from gaiji_hub.tables.importing import codes_csv, fujitsu_user_table, ivd_text, mj_sheet, plus_list, shrink_json
from gaiji_hub.tables.importing.code_rows import table_name
from gaiji_hub.tables.importing.delimited import MAX_BYTES, Shape, parse_columns, sniff_delimiter
from gaiji_hub.tables.importing.encodings import encoding_name
from gaiji_hub.tables.importing.lint_gate import LintGate
from gaiji_hub.tables.importing.rows import ReadTable, check_size, numbered_lines, read_whole
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import data_root, local_tables

DONE = 0
TEXT_BYTES = 64 << 20
DELIMITERS = {"comma": ",", "tab": "\t"}
LIST_COLUMNS = "glyph=文字図形名"

ABOUT = """\
手元の表を、版として取り込みます。版は並べて置かれ、いま使っている表は変わりません。
読めないところが1か所でもあれば、すべての問題を行番号つきで示し、何も取り込みません。

種類（KIND）:
  mj                  MJ文字情報一覧表の xlsx（公表されているもの）
  ivd                 IVD_Sequences.txt
  shrink              MJ縮退マップの JSON（MJShrinkMap.….json）
  mjplus              行政事務標準文字のフォント（複数可）。一覧があれば --list
  codes               外字コードと文字の対応（CSV・TSV）。列は --columns で指定
  fujitsu-user-table  富士通のユーザ定義テーブル

例:
  gaiji-hub tables import mj mji.00603.xlsx --edition 006.03
  gaiji-hub tables import ivd IVD_Sequences.txt --edition 2025-07-14
  gaiji-hub tables import mjplus GJ1.ttf GJ2.ttf --edition 2026-08
  gaiji-hub tables import codes taiou.csv --edition chosei-2026 --code-system jef \\
      --columns code=外字コード,unicode=UCS,selector=異体字 --encoding cp932

同じ版の名前に同じファイルをもう一度取り込んでも何も起きません。違うファイルなら断ります。
"""


class MissingOption(BadInput):
    code = "import_missing_option"
    template = "{kind} の取り込みには {option} の指定が要ります"


class NeedsFontParts(Unavailable):
    code = "import_needs_font_parts"
    template = "フォントからの取り込みには追加の部品が必要です: pip install 'gaiji-hub[identify]'"


class OneFileOnly(BadInput):
    code = "import_one_file_only"
    template = "{kind} の取り込みは1度に1ファイルです（複数を受け付けるのは mjplus だけ）"


class SourceChanged(Conflict):
    code = "import_source_changed"
    template = "{name} が読んでいる間に書き換えられました。何も取り込んでいません。もう一度実行してください"


class BadImportDate(BadInput):
    code = "import_bad_date"
    template = "--date は YYYY-MM-DD で書いてください"


@dataclass(frozen=True)
class Read:
    """The tables of an import and what to tell about them besides their counts."""

    tables: Sequence[ReadTable]
    remarks: Sequence[str] = ()


@dataclass(frozen=True)
class Job:
    """An import to do: the name of the edition, the files in order, where this machine keeps its own tables, and the
    options that change what is read.
    """

    name: EditionName
    files: tuple[Path, ...]
    local: Path
    options: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.files[0]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", metavar="KIND", choices=tuple(READERS), help=f"種類（{'・'.join(READERS)}）")
    parser.add_argument(
        "files", metavar="FILE", nargs="+", type=Path, help="取り込むファイル（mjplus はフォントを複数）"
    )
    parser.add_argument("--edition", required=True, metavar="E", help="版の名前（例 006.03、2026-08）。英数字と . _ -")
    parser.add_argument("--date", metavar="YYYY-MM-DD", help="取り込んだ日として記録する日付。既定は日本時間の今日")
    parser.add_argument("--code-system", metavar="CS", help="codes: 文字コード体系（cp932・jef・keis83 など）")
    parser.add_argument(
        "--columns",
        metavar="項目=列,…",
        help="列の対応。codes は code・unicode・selector・text・class、"
        "--list は glyph・unicode・selector・text・reading・strokes",
    )
    parser.add_argument("--encoding", default="utf-8", metavar="ENC", help="CSV の符号化（utf-8・cp932・euc_jp など）")
    parser.add_argument("--delimiter", choices=tuple(DELIMITERS), help="CSV の区切り（既定はファイルから判断）")
    parser.add_argument("--no-header", action="store_true", help="CSV に見出しがない（列は 1 からの番号で指定する）")
    parser.add_argument("--list", type=Path, metavar="FILE", dest="listing", help="mjplus: 追加文字の一覧（CSV・TSV）")
    parser.set_defaults(run=run_import)


def run_import(args: argparse.Namespace, settings: Settings) -> int:
    if len(args.files) > 1 and args.kind != "mjplus":
        raise OneFileOnly(kind=args.kind)
    job = Job(
        EditionName.parse(f"{_table(args)}@{args.edition}"),
        (*args.files, *_listing(args)),
        local_tables(settings.data),
        _options(args),
    )
    editions = Editions(data_root(), settings.data)
    with waiting(f"{job.path.name} を読んでいます"):
        origin = _origin(job, _date(args.date))
        if editions.holds(job.name, origin):
            print(f"取り込み済みです（同じファイル）: {job.name}")
            return DONE
        read = READERS[args.kind](args, job)
        if _origin(job, origin.imported) != origin:
            raise SourceChanged(name=job.path.name)
        new = editions.install(job.name, read.tables, origin)
    print(f"取り込みました: {job.name}" if new else f"すでに同じ内容が入っています: {job.name}")
    for table in read.tables:
        print(f"{table.name}\t{len(table.rows):,} 行")
    for remark in read.remarks:
        print(remark)
    return DONE


def _table(args: argparse.Namespace) -> str:
    """The kind of edition: a code table's is the name of its system's table."""
    if args.kind not in ("codes", "fujitsu-user-table"):
        return str(args.kind)
    name = args.code_system or ("jef" if args.kind == "fujitsu-user-table" else None)
    if name is None:
        raise MissingOption(kind=args.kind, option="--code-system")
    return table_name(code_system(name))


def _options(args: argparse.Namespace) -> dict[str, str]:
    """What changes the reading of the same bytes."""
    if args.kind == "codes" or (args.kind == "mjplus" and args.listing):
        given = {"columns": args.columns or "", "encoding": encoding_name(args.encoding)}
        return {**given, "delimiter": args.delimiter or "", "header": "no" if args.no_header else "yes"}
    return {}


def _listing(args: argparse.Namespace) -> tuple[Path, ...]:
    return (args.listing,) if args.listing and args.kind == "mjplus" else ()


def _origin(job: Job, imported: str) -> Origin:
    sources = []
    for path in job.files:
        size = check_size(path, MAX_BYTES)
        with path.open("rb") as file:
            sources.append(SourceFile(path.name, hashlib.file_digest(file, "sha256").hexdigest(), size))
    return Origin(tuple(sources), imported, f"gaiji-hub {__version__}", job.options)


def _date(text: str | None) -> str:
    if text is None:
        return date_in_japan(datetime.datetime.now(datetime.UTC)).isoformat()
    try:
        return datetime.date.fromisoformat(text).isoformat()
    except ValueError:
        raise BadImportDate from None


def _shape(args: argparse.Namespace, path: Path, columns: dict[str, str]) -> Shape:
    delimiter = DELIMITERS[args.delimiter] if args.delimiter else sniff_delimiter(path)
    return Shape(columns, delimiter, encoding_name(args.encoding), not args.no_header)


def _mj(_args: argparse.Namespace, job: Job) -> Read:
    return Read(mj_sheet.read_mj(read_whole(job.path, mj_sheet.MAX_BYTES), job.path.name))


def _ivd(_args: argparse.Namespace, job: Job) -> Read:
    check_size(job.path, TEXT_BYTES)
    with job.path.open("rb") as file:
        return Read(ivd_text.read_ivd(numbered_lines(file, job.path.name), job.path.name))


def _shrink(_args: argparse.Namespace, job: Job) -> Read:
    return Read(shrink_json.read_shrink(read_whole(job.path, shrink_json.MAX_BYTES), job.path.name))


def _codes(args: argparse.Namespace, job: Job) -> Read:
    if args.columns is None:
        raise MissingOption(kind="codes", option="--columns")
    shape = _shape(args, job.path, parse_columns(args.columns, codes_csv.FIELDS, codes_csv.NEEDED))
    gate = _gate(job, code_system(args.code_system))
    with job.path.open("rb") as file:
        table = codes_csv.read_codes_csv(file, job.path.name, shape, code_system(args.code_system), gate)
    return Read([table], gate.remarks)


def _fujitsu(args: argparse.Namespace, job: Job) -> Read:
    check_size(job.path, TEXT_BYTES)
    system = code_system(args.code_system or "jef")
    gate = _gate(job, system)
    with job.path.open("rb") as file:
        table = fujitsu_user_table.read_user_table(file, job.path.name, system, gate)
    return Read([table], gate.remarks)


def _gate(job: Job, system: CodeSystem) -> LintGate:
    """What the lint finds wrong refuses the table; what a person should look at is told."""
    return LintGate(system, Tables.load(local=job.local))


def _mjplus(args: argparse.Namespace, job: Job) -> Read:
    """Fonts, then the list when there is one: `job.files` in that order."""
    from gaiji_hub.workbench import mjplus

    if any(importlib.util.find_spec(part) is None for part in ("fontTools", "ots")):
        raise NeedsFontParts
    fonts = [mjplus.read_plus_font(path, number) for number, path in enumerate(args.files, start=1)]
    listed = None
    if args.listing:
        columns = parse_columns(args.columns or LIST_COLUMNS, plus_list.FIELDS, plus_list.NEEDED)
        with args.listing.open("rb") as file:
            listed = plus_list.read_plus_list(file, args.listing.name, _shape(args, args.listing, columns))
    made = mjplus.plus_table(fonts, job.path.name, Tables.load().by_text, listed)
    remarks = [f"追加文字 {made.additions:,} 字、私用コードも持つ MJ の文字 {made.folded:,} 字"]
    if made.nameless:
        codes = "・".join(f"U+{code:04X}" for code in made.nameless[:20])
        remarks.append(f"どの文字か分からない私用コード {len(made.nameless):,} 個（表に入れていません）: {codes}")
    if made.unlisted:
        remarks.append(f"一覧にない追加文字 {made.unlisted:,} 字")
    return Read([made.table], remarks)


READERS: dict[str, Callable[[argparse.Namespace, Job], Read]] = {
    "mj": _mj,
    "ivd": _ivd,
    "shrink": _shrink,
    "mjplus": _mjplus,
    "codes": _codes,
    "fujitsu-user-table": _fujitsu,
}
