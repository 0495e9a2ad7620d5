"""`gaiji-hub identify`: the candidates of every gaiji of a font. No database; the font is read in a child process."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gaiji_hub.errors import NotBuilt
from gaiji_hub.fontbuild.container import require_file
from gaiji_hub.fontbuild.intake import CodedOutline, FontIntake, read_outlines
from gaiji_hub.glyphs.raster import BlankGlyph
from gaiji_hub.moji.candidate import Identified, group_by_base
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font
from gaiji_hub.workbench.codes import read_codes
from gaiji_hub.workbench.identify import Identifier

DONE, FINDINGS = 0, 1
_CHUNK = 64
_BASES_SHOWN = 5
_MISSING = "フォントにない符号"
_DOT_FONTS = {b"STARTFONT": "BDF", b"\x01fcp": "PCF"}

DESCRIPTION = """\
外字フォントの各文字について、標準文字（MJ文字図形）の候補を似ている順に示します。
データベースは使いません。フォントは制限付きの子プロセスで読みます。"""

EPILOG = """\
例:
  gaiji-hub identify EUDC.TTE
      私用領域（U+E000–F8FF など）のすべての字形の候補を表で見る
  gaiji-hub identify EUDC.TTE --codes E000-E0FF --limit 5
      符号を範囲で選び、候補を5つまでにする
  gaiji-hub identify gaiji.ttf --codes codes.txt --format jsonl > result.jsonl
      符号をファイル（1行に1つ）で選び、1字1行のJSONで書き出す

判定の読み方:
  提案          先頭候補の基底（U+XXXX）をそのまま示せる。異体字のどれかは人が選ぶ
  要確認        候補を人が見比べる
  該当候補なし  近い字形がない。標準にないとは限らない

終了コード: 0 完了 / 1 読めない字形があった / 2 使い方または入力の誤り / 3 実行できない（未実装を含む）"""


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "identify",
        help="外字フォントの各文字の候補を見る（データベース不要）",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("input", type=Path, metavar="INPUT", help="外字フォント（TTF・OTF・TTC・WOFF・EUDC.TTE）")
    parser.add_argument("--codes", metavar="FILE|RANGE", help="対象の符号（例 E000-E0FF,U+F000）。既定は私用領域")
    parser.add_argument("--gallery", choices=("mj", "gj"), default="mj", help="照合先。既定 mj（gj は未実装）")
    parser.add_argument("--limit", type=_positive, default=20, metavar="N", help="1字あたりの候補の数。既定 20")
    parser.add_argument("--mode", choices=("fast", "careful"), default="fast", help="既定 fast（careful は未実装）")
    parser.add_argument("--jobs", type=_positive, default=1, metavar="N", help="同時に照合する数。既定 1")
    parser.add_argument("--format", choices=("table", "jsonl"), default="table", help="出力の形。既定 table")
    parser.set_defaults(run=run)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 500:
        raise argparse.ArgumentTypeError("1〜500 の整数を指定してください")
    return int(text)


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Identify and print; 1 when some query could not be read."""
    _refuse_not_built(args)
    intake = read_outlines(args.input, None if args.codes is None else read_codes(args.codes))
    font = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
    identifier = Identifier.open(font, settings.cache, Tables.load(), _say)
    write = _write_json if args.format == "jsonl" else _write_table
    counts: Counter[str] = Counter()
    for answer in _answers(identifier, intake, args.limit, args.jobs):
        write(answer)
        counts[answer.band.label if answer.band else "読めない字形"] += 1
    _say(" / ".join(f"{name} {count} 字" for name, count in counts.items()))
    return FINDINGS if counts["読めない字形"] else DONE


def _refuse_not_built(args: argparse.Namespace) -> None:
    if args.mode == "careful":
        raise NotBuilt(what="identify --mode careful（時間をかけた照合）")
    if args.gallery != "mj":
        raise NotBuilt(what="identify --gallery gj（行政事務標準文字の追加文字との照合）")
    if args.input.is_dir():
        raise NotBuilt(what="画像フォルダの同定")
    require_file(args.input)
    with args.input.open("rb") as file:
        head = file.read(9)
    for magic, name in _DOT_FONTS.items():
        if head.startswith(magic):
            raise NotBuilt(what=f"{name} フォントの同定")


def _answers(identifier: Identifier, intake: FontIntake, limit: int, jobs: int) -> Iterator[Identified]:
    """Every query's answer, ascending by code; blank and missing codes are answered too."""
    silent = {code: str(BlankGlyph()) for code in intake.blank_codes} | dict.fromkeys(intake.missing_codes, _MISSING)
    rest = sorted(silent)
    for answer in _identified(identifier, intake.glyphs, limit, jobs):
        code = int(answer.query[2:], 16)
        while rest and rest[0] < code:
            yield _silent(rest[0], silent, identifier)
            rest.pop(0)
        yield answer
    for code in rest:
        yield _silent(code, silent, identifier)


def _identified(identifier: Identifier, glyphs: Sequence[CodedOutline], limit: int, jobs: int) -> Iterator[Identified]:
    chunks = [glyphs[at : at + _CHUNK] for at in range(0, len(glyphs), _CHUNK)]

    def identify(chunk: Sequence[CodedOutline]) -> list[Identified]:
        return identifier.identify([one.outline for one in chunk], limit, [_ucs(one.code) for one in chunk])

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        for answers in pool.map(identify, chunks):
            yield from answers


def _silent(code: int, reasons: dict[int, str], identifier: Identifier) -> Identified:
    return Identified(_ucs(code), None, identifier.gallery, (), 0.0, reasons[code])


def _ucs(code: int) -> str:
    return f"U+{code:04X}"


def _write_json(answer: Identified) -> None:
    """One line of contracts.md; an unreadable query has `error` and no candidates."""
    line: dict[str, object] = {"query": answer.query}
    if answer.error is not None:
        line |= {"gallery": answer.gallery, "error": answer.error}
    else:
        rows = [{"glyph": c.glyph, "text": c.text, "ucs": c.ucs, "score": c.score} for c in answer.candidates]
        line |= {"band": answer.band, "gallery": answer.gallery, "candidates": rows, "ms": answer.ms}
    print(json.dumps(line, ensure_ascii=False))


def _write_table(answer: Identified) -> None:
    """One line: the query, its band, and the best bases with their best glyph each."""
    if answer.band is None:
        print(f"{answer.query}\t{answer.error}")
        return
    families = group_by_base(answer.candidates)[:_BASES_SHOWN]
    best = (family.candidates[0] for family in families)
    shown = "  ".join(f"{c.text or '（文字なし）'} {c.glyph} {c.ucs or '—'} {c.score:.3f}" for c in best)
    print(f"{answer.query}\t{answer.band.label}\t{shown}")


def _say(line: str) -> None:
    print(line, file=sys.stderr)
