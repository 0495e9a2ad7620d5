"""`gaiji-hub tables systems`: the code systems, what each has, and which of its codes do not come back."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator

from gaiji_hub.moji.code_system import CODE_SYSTEMS, CodeSystem
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.settings import Settings
from gaiji_hub.tables.root import local_tables
from gaiji_hub.tables.systems.lookup import Systems, SystemTable
from gaiji_hub.tables.systems.page import RoundTrip

DONE = 0
DESCRIPTION = """\
文字コード体系の一覧、または一つの体系の内訳（符号の数、往復の区分、外字領域、シフト、空白）を見ます。"""
EPILOG = """\
例:
  gaiji-hub tables systems                       使える体系の一覧
  gaiji-hub tables systems jef-hd-ebcdik         内訳を見る
  gaiji-hub tables systems cp932 --losses        読めるが元の符号に戻らない符号をすべて挙げる

往復の区分:
  往復できる  読んだ文字を書くと同じ符号に戻る
  読むだけ    読めるが、書くと別の符号になるか、書けない（--losses で一覧）
  書くだけ    その文字を書くとこの符号になるが、この符号は別の文字として読む
  文字がない  符号はあるが、対応する文字がない"""

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(actions: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the action to `gaiji-hub tables`."""
    parser = actions.add_parser(
        "systems",
        help="文字コード体系の一覧と内訳を見る",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="体系", help="体系の名前（cp932・jef-ebcdik など）。省くと一覧")
    parser.add_argument("--losses", action="store_true", help="元の符号に戻らない符号を1行に1つ出す（体系を指定）")
    parser.add_argument("--json", action="store_true", help="JSON で出す")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, settings: Settings) -> int:
    systems = Systems.load(local_tables(settings.data))
    if args.name is None:
        _print_list(systems, as_json=args.json)
        return DONE
    table = systems.table(args.name)
    if args.losses:
        for line in _losses(table):
            print(json.dumps(line, ensure_ascii=False) if args.json else "\t".join(line.values()))
        return DONE
    record = describe_system(table)
    if args.json:
        print(json.dumps(record, ensure_ascii=False))
    else:
        print("\n".join(f"{name}: {value}" for name, value in _lines(table, record)))
    return DONE


def describe_system(table: SystemTable) -> dict[str, object]:
    """What a system has, as JSON-able values: counts per round-trip class, areas, shifts, spaces, table editions."""
    system = table.system
    kinds = Counter(row.kind for row in table.rows())
    return {
        "name": system.name,
        "title": system.title,
        "codes": len(table.decoding),
        "round_trip": {kind.value: kinds[kind] for kind in RoundTrip},
        "collisions": len(table.collisions()),
        "user_defined": {"area": system.area, "codes": system.capacity},
        "shift": _shift(system),
        "spaces": [system.format(code) for code in system.layout.spaces],
        "caution": system.layout.caution,
        "editions": table.editions,
    }


def _shift(system: CodeSystem) -> dict[str, object] | None:
    shift = system.shift
    if shift is None:
        return None
    double = [code.hex().upper() for code in shift.double]
    return {"double": double, "single": shift.single.hex().upper(), "inferred": shift.inferred}


def _lines(table: SystemTable, record: dict[str, object]) -> Iterator[tuple[str, str]]:
    system, kinds = table.system, Counter(row.kind for row in table.rows())
    yield "体系", f"{system.name}（{system.title}）"
    yield "読める符号", f"{len(table.decoding):,}（ほかに外字 {system.capacity:,}）"
    for kind in RoundTrip:
        yield f"  {kind.label}", f"{kinds[kind]:,}"
    yield "同じ文字になる符号の組", f"{record['collisions']:,}"
    yield "外字領域", system.area
    if system.shift is not None:
        double = "・".join(code.hex().upper() for code in system.shift.double)
        doubt = "（推定。公表資料で確かめられていません）" if system.shift.inferred else ""
        yield "シフト", f"2バイトへ {double}、1バイトへ {system.shift.single.hex().upper()}{doubt}"
    if system.layout.spaces:
        yield "全角空白", "・".join(system.format(code) for code in system.layout.spaces)
    if system.layout.caution:
        yield "注意", system.layout.caution
    yield "使った表の版", "、".join(f"{name} {edition}" for name, edition in table.editions.items()) or "なし（計算）"


def _losses(table: SystemTable) -> Iterator[dict[str, str]]:
    for row in table.not_coming_back():
        assert row.text is not None
        yield {
            "code": row.code.hex().upper(),
            "unicode": format_ucs(row.text),
            "back": row.back.hex().upper() or "なし",
            "note": row.note,
        }


def _print_list(systems: Systems, *, as_json: bool) -> None:
    installed = systems.installed()
    for system in CODE_SYSTEMS.values():
        state = system.name in installed
        if as_json:
            line = {"name": system.name, "title": system.title, "installed": state, "user_defined": system.capacity}
            print(json.dumps(line, ensure_ascii=False))
        else:
            words = "" if state else "  ※表が入っていません（gaiji-hub tables install）"
            print(f"{system.name:18}外字 {system.capacity:>5,}  {system.title}{words}")
