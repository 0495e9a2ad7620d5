"""`gaiji-hub tables`, `fonts`, `char`, `search`: the reference tables and the standard font."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import cast

from gaiji_hub.errors import NotBuilt, NotFound
from gaiji_hub.files.fetch import Source, fetch
from gaiji_hub.settings import Settings
from gaiji_hub.tables.build import build
from gaiji_hub.tables.check import check
from gaiji_hub.tables.describe import describe, describe_sequence
from gaiji_hub.tables.labels import LABELS
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.root import FOLDERS, data_root
from gaiji_hub.tables.standard_font import DEMO, STANDARD, find_font, font_source, locate_font

DONE, FINDINGS = 0, 1
_NOT_BUILT = {
    "lint": "対応表を検査する",
    "diff": "文字表の版どうしを比べる",
    "impact": "文字表の改訂で影響を受ける同定を一覧にする",
    "import": "外部の対応表を取り込む",
}
_WORDS = {None: "（文字なし）", "kanji": "漢字", "hentaigana": "変体仮名"}

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    tables = subparsers.add_parser("tables", help="文字表を取得・作成・検査する")
    actions = tables.add_subparsers(dest="action", metavar="操作", required=True)
    _add(actions, "fetch", "文字表の源泉を取得し、ハッシュを検証する", run_fetch)
    _add(actions, "build", "源泉から文字表（TSV）を作り直す", run_build)
    _add(actions, "check", "作り直した文字表が、いまのものと1バイトも違わないことを確かめる", run_check)
    for name, text in _NOT_BUILT.items():
        later = _add(actions, name, f"{text}（未実装）", run_not_built)
        later.add_argument("rest", nargs="*", metavar="引数", help="未実装")
        later.set_defaults(what=f"tables {name}（{text}）")
    fonts = subparsers.add_parser("fonts", help="標準フォントを取得・検査する")
    actions = fonts.add_subparsers(dest="action", metavar="操作", required=True)
    _add(actions, "fetch", "標準フォントと実演用フォントを探し、なければ取得する", run_fonts_fetch)
    _add(actions, "check", "手元のフォントが目録のとおりか確かめる（取得はしない）", run_fonts_check)
    char = _add(subparsers, "char", "1文字について分かることをすべて、版とともに見る", run_char)
    char.add_argument("key", metavar="文字", help="文字・U+9089・MJ026190・J+XXXX・0xXXXX・戸籍や登記の番号・1-78-21")
    char.add_argument("--json", action="store_true", help="JSON（found に文字の一覧）で出す")
    search = _add(subparsers, "search", "読み・部首・画数から文字を探す（未実装）", run_not_built)
    search.add_argument("query", nargs="*", metavar="検索語", help="未実装")
    search.add_argument("--json", action="store_true", help="未実装")
    search.set_defaults(what="search（読み・部首・画数から文字を探す）")


def _add(
    actions: Subparsers[argparse.ArgumentParser],
    name: str,
    text: str,
    run: Callable[[argparse.Namespace, Settings], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def say(sentence: str) -> None:
    """Progress goes to stderr, so that results on stdout can be piped."""
    print(sentence, file=sys.stderr, flush=True)


def run_fetch(_args: argparse.Namespace, settings: Settings) -> int:
    for archive_id, path in _fetched(settings).items():
        print(f"{archive_id}\t{path}")
    return DONE


def run_build(_args: argparse.Namespace, settings: Settings) -> int:
    root = data_root()
    for name, rows in build(root, root, _fetched(settings)).items():
        print(f"{name}\t{rows:,} 行")
    return DONE


def run_check(_args: argparse.Namespace, settings: Settings) -> int:
    differences = check(data_root(), _fetched(settings))
    for line in differences:
        print(line)
    if not differences:
        print("文字表は源泉から作り直したものと同じです")
    return FINDINGS if differences else DONE


def run_not_built(args: argparse.Namespace, _settings: Settings) -> int:
    raise NotBuilt(what=args.what)


def run_fonts_fetch(_args: argparse.Namespace, settings: Settings) -> int:
    for font in (STANDARD, DEMO):
        _print_font(font, find_font(font, settings.cache, settings.sources, settings.offline, say))
    return DONE


def run_fonts_check(_args: argparse.Namespace, settings: Settings) -> int:
    missing = 0
    for font in (STANDARD, DEMO):
        path = locate_font(font, settings.cache, settings.sources, say)
        _print_font(font, path)
        missing += path is None
    return FINDINGS if missing else DONE


def _print_font(font: str, path: Path | None) -> None:
    _, edition = font_source(font)
    where = path or "手元にありません（gaiji-hub fonts fetch で取得できます）"
    print(f"{edition.title} {edition.version}\t{edition.licence}\t{where}")


def run_char(args: argparse.Namespace, _settings: Settings) -> int:
    tables = Tables.load()
    records = [record for glyph in tables.find(args.key) if (record := describe(tables, glyph))]
    sequence = None if records else describe_sequence(tables, args.key)
    if not records and not sequence:
        raise NotFound(what=f"文字表にない文字・番号です（MJ {tables.edition['mj']}）")
    if args.json:
        print(json.dumps({"found": records, "sequence": sequence}, ensure_ascii=False))
    elif sequence:
        print("文字図形名: MJ文字情報一覧表にはない異体字列です")
        print("\n".join(format_record({name: fact for name, fact in sequence.items() if fact})))
    else:
        first, *others = records
        print("\n".join(format_record(first)))
        for record in others:
            print(f"{record['glyph']}\t{record['text'] or '（文字なし）'}\t{record.get('codes', '')}")
    return DONE


def format_record(record: Mapping[str, object]) -> list[str]:
    """A record of `describe` as Japanese lines, one fact each."""
    return [f"{LABELS[name]}: {_plain(name, value)}" for name, value in record.items()]


def _plain(name: str, value: object) -> str:
    if isinstance(value, list):
        return "、".join(_plain(name, item) for item in cast(list[object], value))
    if isinstance(value, dict):
        return _fact(name, value)
    return _WORDS.get(value, str(value)) if value is None or isinstance(value, str) else str(value)


def _fact(name: str, fact: dict[str, object]) -> str:
    """One radical, registration or candidate as a person reads it; other groups as label=value."""
    if name == "radicals":
        return f"{fact['number']}（{fact['character']}）{fact['strokes']}画"
    if name == "ivd":
        return f"{fact['collection']} {fact['code']}"
    if name == "shrink":
        extra = "".join(f"・{label}{fact[key]}" for key, label in (("rank", "順位"), ("hops", "ホップ")) if fact[key])
        return f"{fact['text']}（{fact['title']}{extra}）"
    labels = {} if name == "editions" else LABELS
    return " ".join(f"{labels.get(key, key)}={part}" for key, part in fact.items())


def _fetched(settings: Settings) -> dict[str, Path]:
    """Archive id → verified file, for every archive the data folders name."""
    archives: dict[str, Source] = {}
    for folder in FOLDERS:
        archives.update((a.id, a) for a in load_manifest(data_root() / folder).archives)
    return {
        archive_id: fetch(archive, settings.cache, settings.sources, settings.offline, say)
        for archive_id, archive in archives.items()
    }
