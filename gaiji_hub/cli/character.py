"""`gaiji-hub char` and `search`: one character looked up, characters searched for."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from typing import cast

from gaiji_hub.errors import NotBuilt, NotFound
from gaiji_hub.settings import Settings
from gaiji_hub.tables.describe import describe, describe_sequence
from gaiji_hub.tables.labels import LABELS
from gaiji_hub.tables.lookup import Tables

DONE = 0
_WORDS = {None: "（文字なし）", "kanji": "漢字", "hentaigana": "変体仮名"}

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    about = "1文字について分かることをすべて、版とともに見る"
    char = subparsers.add_parser("char", help=about, description=about)
    char.add_argument("key", metavar="文字", help="文字・U+9089・MJ026190・J+XXXX・0xXXXX・戸籍や登記の番号・1-78-21")
    char.add_argument("--json", action="store_true", help="JSON（found に文字の一覧）で出す")
    char.set_defaults(run=run_char)
    about = "読み・部首・画数から文字を探す（未実装）"
    search = subparsers.add_parser("search", help=about, description=about)
    search.add_argument("query", nargs="*", metavar="検索語", help="未実装")
    search.add_argument("--json", action="store_true", help="未実装")
    search.set_defaults(run=run_search)


def run_search(_args: argparse.Namespace, _settings: Settings) -> int:
    raise NotBuilt(what="search（読み・部首・画数から文字を探す）")


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
