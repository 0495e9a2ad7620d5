"""`gaiji-hub char` and `search`: one character looked up, characters searched for."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import cast

from gaiji_hub.cli.character_words import format_record
from gaiji_hub.errors import NotFound
from gaiji_hub.moji.glyph_id import GlyphId, is_plus_id
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.settings import Settings
from gaiji_hub.tables.describe import describe_fully, describe_sequence
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import local_tables
from gaiji_hub.tables.search.index import open_index
from gaiji_hub.tables.search.run import DEFAULT_LIMIT, MAX_LIMIT, Hit, Results, search
from gaiji_hub.tables.systems.describe import find_code

DONE = 0

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name
Record = Mapping[str, object]


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    about = "1文字について分かることをすべて、版とともに見る"
    char = subparsers.add_parser("char", help=about, description=about)
    known = "文字・U+9089・MJ026190・J+XXXX・0xXXXX・戸籍や登記の番号・1-78-21・大漢和:39047・jef-ebcdik:80A1"
    char.add_argument("key", metavar="文字", help=known)
    char.add_argument("--json", action="store_true", help="JSON（found に文字の一覧）で出す")
    char.set_defaults(run=run_char)
    about = "読み・部首・画数・部品・番号の範囲から文字を探す"
    find = subparsers.add_parser("search", help=about, description=about)
    words = "よみ:へん 部首:辶 内画:13 総画:17±1 部品:穴+自+辶 ⿺辶？ 範囲:U+9080-90A0（docs/search.md）"
    find.add_argument("query", nargs="+", metavar="検索語", help=words)
    find.add_argument("--json", action="store_true", help="JSON（total と hits）で出す")
    find.add_argument("--limit", type=int, default=DEFAULT_LIMIT, metavar="件数", help=f"出す件数。1〜{MAX_LIMIT}")
    find.add_argument("--offset", type=int, default=0, metavar="位置", help="何件目の次から出すか。既定 0")
    find.set_defaults(run=run_search)


def run_search(args: argparse.Namespace, settings: Settings) -> int:
    index = open_index(settings.cache, load_tables(settings), _say)
    results = search(index, " ".join(args.query), args.offset, args.limit)
    if args.json:
        print(json.dumps(asdict(results), ensure_ascii=False))
    elif not results.total:
        print(results.advice)
    else:
        _print_hits(results)
    return DONE


def _print_hits(results: Results) -> None:
    last = results.offset + len(results.hits)
    more = f"（{results.offset + 1}〜{last} 件目。続きは --offset {last}）" if last < results.total else ""
    print(f"{results.total:,} 件{more if results.hits else '（この位置より後にはありません）'}")
    for hit in results.hits:
        print("\t".join(_cells(hit)))


def _cells(hit: Hit) -> tuple[str, ...]:
    shown = hit.shown
    return (
        shown.glyph,
        shown.text or "（文字なし）",
        format_ucs(shown.text) if shown.text else "",
        shown.koseki_number or "",
        shown.juki_code or "",
        f"{shown.strokes}画" if shown.strokes is not None else "",
        "・".join(shown.readings[:6]),
        "／".join(hit.why),
    )


def run_char(args: argparse.Namespace, settings: Settings) -> int:
    tables = load_tables(settings)
    code = find_code(tables.systems, args.key)
    key = str(code["text"] or "") if code else args.key
    records = [record for glyph in tables.find(key) if (record := describe_fully(tables, glyph))]
    sequence = None if records else describe_sequence(tables, key)
    plus = tables.plus.describe(GlyphId(key.strip().upper()))
    if not records and not sequence and not code and not plus:
        raise NotFound(what=_unknown(key, tables))
    if args.json:
        found: dict[str, object] = {"found": records, "sequence": sequence}
        more = {"code": code, "plus": plus}
        print(json.dumps(found | {name: value for name, value in more.items() if value}, ensure_ascii=False))
    else:
        _print_found(code, records, sequence)
        _print_plus(key, plus)
    return DONE


def _unknown(key: str, tables: Tables) -> str:
    """Why a key is not found; for a GJ id, which editions were looked at. The key itself is not repeated."""
    if not is_plus_id(key.strip().upper()):
        return f"文字表にない文字・番号です（MJ {tables.edition['mj']}）"
    names = "・".join(tables.plus.names)
    if names:
        return f"入っている行政事務標準文字の版にない文字図形名です（{names}）"
    return "行政事務標準文字（MJ+）の版が入っていません。gaiji-hub tables import mjplus で取り込んでください"


def _print_plus(key: str, plus: list[dict[str, object]]) -> None:
    """A glyph of MJ+, a line per edition: its text and forms, and the private codes of that release."""
    if plus:
        print(f"文字図形名: {key.strip().upper()}（行政事務標準文字の追加文字）")
    for one in plus:
        forms = "、".join(cast(list[str], one["forms"])) or "なし"
        private = "、".join(cast(list[str], one["private"])) or "なし"
        print(f"{one['edition']}: 登録された表し方 {forms} / この版だけの私用コード {private}")


def _print_found(code: Record | None, records: list[dict[str, object]], sequence: Record | None) -> None:
    if code:
        print("\n".join(format_record({name: fact for name, fact in code.items() if fact})))
    if sequence:
        print("文字図形名: MJ文字情報一覧表にはない異体字列です")
        print("\n".join(format_record({name: fact for name, fact in sequence.items() if fact})))
    if records:
        first, *others = records
        print("\n".join(format_record(first)))
        for record in others:
            print(f"{record['glyph']}\t{record['text'] or '（文字なし）'}\t{record.get('codes', '')}")


def load_tables(settings: Settings) -> Tables:
    """The committed tables and those this machine has installed."""
    return Tables.load(local=local_tables(settings.data))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
