"""`intake`, `candidates`, `decide`: from a font to recorded decisions."""

from __future__ import annotations

import argparse
import csv
import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, FINDINGS, clock, open_registry
from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.fontbuild.intake import read_outlines
from gaiji_hub.moji.grounds import CHOICES, Ground
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.candidates import identify_pending
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import IntakeResult, record_intake
from gaiji_hub.services.municipalities import locate
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font
from gaiji_hub.workbench.codes import read_codes
from gaiji_hub.workbench.identify import Identifier

COLUMNS = ("code", "verdict", "glyph", "ground", "grounds")
MAX_BYTES = 16 << 20
_VERDICTS = {verdict.value: verdict for verdict in Verdict} | {verdict.label: verdict for verdict in Verdict}
_GROUNDS = {ground.value: ground for ground in Ground} | {ground.label: ground for ground in CHOICES}
_KINDS = {
    "new": "新規",
    "changed": "変更（判定し直しが必要）",
    "gone": "廃止",
    "back": "復活",
    "unchanged": "変更なし",
    "blank": "字形が空（取り込まない）",
    "replaced_allocations": "採番した字形と違う",
}
_REPLACED = (
    "採番したコードに、フォントでは別の字形があります。ハブの字形のままにしました。フォントを確かめ、"
    "フォントの字形が正しいときだけ --accept-allocated を付けて取り込み直してください"
)


class DecisionArguments(BadInput):
    code = "decision_arguments"
    template = "判定の指定が足りません: {missing}（まとめて記録するときは --from FILE.csv だけを指定します）"


class BadDecisionFile(BadInput):
    code = "bad_decision_file"
    template = "判定のCSVを読めません: {reason}"


def run_intake(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        with registry.store.reading() as session:
            locate(session, args.municipality, args.business_system)
        codes = None if args.codes is None else read_codes(args.codes)
        outlines = read_outlines(args.input, codes)
        with registry.store.writing() as session:
            said = None if args.rights is None else (Rights(args.rights), args.rights_note)
            place = (args.municipality, args.business_system)
            accept = args.accept_allocated
            result = record_intake(session, *place, outlines, clock(), codes, rights=said, accept_allocated=accept)
    for line in format_intake(result):
        print(line)
    if outlines.missing_codes:
        print(f"フォントにない符号位置\t{len(outlines.missing_codes)}")
    if result.replaced_allocations and not accept:
        print(_REPLACED)
        return FINDINGS
    return DONE


def format_intake(result: IntakeResult, shown: int = 20) -> Iterator[str]:
    """A line per kind: word, count, the first codes; none of allocated codes where the font agrees with them."""
    for kind, word in _KINDS.items():
        codes: tuple[str, ...] = getattr(result, kind)
        if kind == "replaced_allocations" and not codes:
            continue
        if kind == "unchanged" or not codes:
            yield f"{word}\t{len(codes)}"
        else:
            more = f" …ほか {len(codes) - shown} 字" if len(codes) > shown else ""
            yield f"{word}\t{len(codes)}\t{' '.join(codes[:shown])}{more}"


def run_candidates(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        with registry.store.reading() as session:
            locate(session, args.municipality, args.business_system)
        font = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
        identifier = Identifier.open(font, settings.cache, Tables.load(), _say)
        started = time.monotonic()
        asked = identify_pending(registry.store, identifier, args.municipality, args.business_system, _progress)
    print(f"候補を求めた字形 {asked}（{time.monotonic() - started:.1f} 秒）")
    return DONE


def run_decide(args: argparse.Namespace, settings: Settings) -> int:
    decisions = _decisions(args)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = decide(session, Tables.load(), args.municipality, args.business_system, decisions, clock(), by)
    for found in made[:20]:
        print(f"第{found.number}号\t{found.local_code}\t{found.verdict.label}\t{found.glyph or '—'}\t承認待ち")
    if len(made) > 20:
        print(f"…ほか {len(made) - 20} 件")
    print(f"{len(made)} 件の判定を記録しました。別の人が gaiji-hub approve か画面で承認します")
    return DONE


def _decisions(args: argparse.Namespace) -> list[Decision]:
    single = {"--code": args.code, "--verdict": args.verdict, "--grounds": args.grounds}
    if args.file is not None:
        if any(single.values()) or args.glyph or args.ground:
            raise DecisionArguments(missing="--from と1件の指定は一緒に使えません")
        return read_decisions(args.file)
    missing = [name for name, value in single.items() if not value]
    if missing:
        raise DecisionArguments(missing="・".join(missing))
    return parse_decisions([(args.code, args.verdict, args.glyph, args.ground, args.grounds)], "判定")


def read_decisions(path: Path) -> list[Decision]:
    """Decisions of a CSV file (UTF-8, with or without BOM, header `COLUMNS`); all wrong lines at once."""
    if path.stat().st_size > MAX_BYTES:
        raise BadDecisionFile(reason=f"大きすぎます（上限 {MAX_BYTES >> 20} MiB）")
    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise BadDecisionFile(reason="UTF-8 のCSVではありません") from None
    if not lines or tuple(lines[0]) != COLUMNS:
        raise BadDecisionFile(reason=f"見出しは {','.join(COLUMNS)} にしてください")
    return parse_decisions([tuple(line) for line in lines[1:] if line], path.name)


def parse_decisions(lines: list[tuple[str, ...]], name: str) -> list[Decision]:
    """Tuples in the order of `COLUMNS` → decisions, or `Problems` with the number of every wrong one."""
    problems = []
    decisions = []
    for number, line in enumerate(lines, 1):
        if len(line) != len(COLUMNS):
            problems.append(f"{number} 件目: 列が {len(line)} 個です（{len(COLUMNS)} 個必要）")
        elif line[1].strip() not in _VERDICTS:
            problems.append(
                f"{number} 件目: 判定の書き方が違います（{'・'.join(verdict.value for verdict in Verdict)}）"
            )
        elif line[3].strip() not in _GROUNDS:
            problems.append(f"{number} 件目: 根拠の種類が違います（{'・'.join(ground.value for ground in CHOICES)}）")
        else:
            code, verdict, glyph, ground, grounds = (*(field.strip() for field in line[:4]), line[4])
            decisions.append(Decision(code, _VERDICTS[verdict], glyph, grounds, ground=_GROUNDS[ground]))
    if problems:
        raise Problems.gather(name, problems)
    return decisions


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _progress(done: int, total: int) -> None:
    _say(f"候補を求めています {done} / {total}")
