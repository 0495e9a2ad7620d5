"""`gaiji-hub tables lint`: what is wrong in a mapping table, row by row (docs/table-lint.md)."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from itertools import groupby
from pathlib import Path

from gaiji_hub.moji.code_system import CodeSystem, code_system
from gaiji_hub.settings import Settings
from gaiji_hub.tables.importing.encodings import encoding_name
from gaiji_hub.tables.lint.area_rules import guess
from gaiji_hub.tables.lint.finding import ORDER, Finding, Severity
from gaiji_hub.tables.lint.own import own_references
from gaiji_hub.tables.lint.read import read_rows
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.rules import facts_of, lint_rows, reference_of
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import local_tables
from gaiji_hub.tables.systems.lookup import Systems

DONE, FINDINGS = 0, 1
_SHOWN = 200
_ABOUT = "対応表（CSV・TSV・JSON・富士通の利用者変換表）を検査し、誤りを行ごとに示す"

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the action of this module to `gaiji-hub tables`."""
    parser = actions.add_parser("lint", help=_ABOUT, description=_ABOUT)
    parser.add_argument("file", type=Path, metavar="FILE", help="検査する表（列は code,unicode,selector,text など）")
    parser.add_argument(
        "--code-system", metavar="CS", help="表の文字コード体系（例: cp932、jef、keis83、jips-j、ibm930）"
    )
    parser.add_argument(
        "--encoding",
        default="utf-8",
        metavar="ENC",
        help="FILE の符号化（utf-8・cp932・euc_jp など。--second も同じ符号化で読む）",
    )
    parser.add_argument("--second", type=Path, metavar="FILE", help="見比べる別の表（同じ文字コード体系のもの）")
    parser.add_argument(
        "--format", choices=("table", "jsonl"), default="table", help="table: 人が読む表、jsonl: 1行に指摘一つ"
    )
    parser.set_defaults(run=run_lint)


def run_lint(args: argparse.Namespace, settings: Settings) -> int:
    system = code_system(args.code_system) if args.code_system else None
    encoding = encoding_name(args.encoding)
    rows = read_rows(args.file, encoding)
    second = reference_of(read_rows(args.second, encoding), args.second.name) if args.second else None
    references = own_references(rows, Systems.load(local_tables(settings.data)), system)
    findings = lint_rows(rows, facts_of(Tables.load(), system, second, references))
    if system is None:
        _propose(rows)
    if args.format == "jsonl":
        for finding in findings:
            print(json.dumps(finding.to_json(str(args.file)), ensure_ascii=False))
    else:
        _print_table(args.file, rows, findings)
    wrong = any(finding.severity is not Severity.NOTE for finding in findings)
    return FINDINGS if wrong else DONE


def _propose(rows: list[Row]) -> None:
    """Say once what was not checked, and which systems the codes fit."""
    fitting = _names(guess(rows))
    words = f"この表のコードは {fitting} に合います" if fitting else "コードから体系は推定できません"
    print(f"文字コード体系の指定（--code-system）がないので、外字領域は検査していません。{words}", file=sys.stderr)


def _names(systems: tuple[CodeSystem, ...]) -> str:
    return "・".join(system.name for system in systems)


def _print_table(file: Path, rows: list[Row], findings: list[Finding]) -> None:
    print(f"{file.name}: {len(rows):,} 行（行は見出しを除いて1から数えます）")
    by_class = sorted(findings, key=lambda finding: ORDER[finding.kind])
    for kind, group in groupby(by_class, key=lambda finding: finding.kind):
        found = list(group)
        print(f"\n{kind.label}（{kind}） {len(found):,} 件")
        for finding in found[:_SHOWN]:
            print(f"  {finding.row:>6}  {finding.code:<8}{finding.severity.label}  {finding.message}")
        if len(found) > _SHOWN:
            print(f"  …ほか {len(found) - _SHOWN:,} 件（--format jsonl ですべて見られます）")
    counts = Counter(finding.severity for finding in findings)
    print("\n" + "、".join(f"{severity.label} {counts[severity]:,} 件" for severity in Severity))
