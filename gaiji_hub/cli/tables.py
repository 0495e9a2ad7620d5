"""`gaiji-hub tables` and `fonts`: the reference tables and the standard font."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from gaiji_hub.cli import tables_editions, tables_lint, tables_systems
from gaiji_hub.files.fetch import SourceUnavailable
from gaiji_hub.settings import Settings
from gaiji_hub.tables.build import build, install
from gaiji_hub.tables.check import check, check_local
from gaiji_hub.tables.obtain import Places, all_archives, obtain_committed, obtain_local
from gaiji_hub.tables.root import data_root, local_tables
from gaiji_hub.tables.standard_font import DEMO, STANDARD, find_font, font_source, locate_font

DONE, FINDINGS, COULD_NOT = 0, 1, 3

Subparsers = argparse._SubParsersAction  # the type add_subparsers returns has no public name


def register(subparsers: Subparsers[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    tables = subparsers.add_parser("tables", help="文字表を取得・作成・検査する")
    actions = tables.add_subparsers(dest="action", metavar="操作", required=True)
    _add(actions, "fetch", "文字表の源泉を取得し、ハッシュを検証する", run_fetch)
    _add(actions, "build", "源泉から文字表（TSV）を作り直す", run_build)
    _add(
        actions,
        "install",
        "同梱できない表（ホストの符号表など）をこのコンピュータで作り、データフォルダに置く",
        run_install,
    )
    _add(actions, "check", "作り直した文字表が、いまのものと1バイトも違わないことを確かめる", run_check)
    tables_systems.register(actions)
    tables_lint.register(actions)
    tables_editions.register(actions)
    fonts = subparsers.add_parser("fonts", help="標準フォントを取得・検査する")
    actions = fonts.add_subparsers(dest="action", metavar="操作", required=True)
    _add(actions, "fetch", "標準フォントと実演用フォントを探し、なければ取得する", run_fonts_fetch)
    _add(actions, "check", "手元のフォントが目録のとおりか確かめる（取得はしない）", run_fonts_check)


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
    """Every source; one that cannot be had is named with what to do, the others are fetched all the same."""
    missing = 0
    for archive in all_archives():
        try:
            print(f"{archive.id}\t{_places(settings).fetch(archive, say)}")
        except SourceUnavailable as error:
            say(str(error))
            missing += 1
    return COULD_NOT if missing else DONE


def run_build(_args: argparse.Namespace, settings: Settings) -> int:
    root = data_root()
    for name, rows in build(root, root, obtain_committed(_places(settings), say)).items():
        print(f"{name}\t{rows:,} 行")
    return DONE


def run_install(_args: argparse.Namespace, settings: Settings) -> int:
    """Build what cannot be committed; 1 when a table could not be built because a source is missing."""
    archives, reasons = obtain_local(_places(settings), say)
    counts = install(data_root(), local_tables(settings.data), archives)
    for name, rows in counts.items():
        print(f"{name}\t{'源泉がないため作れません' if rows is None else f'{rows:,} 行'}")
    for reason in reasons:
        say(reason)
    if None not in counts.values():
        return DONE
    say(
        "作れなかった表は「入っていません」と出ます。源泉を置いて、もう一度 gaiji-hub tables install を実行してください"
    )
    return FINDINGS


def run_check(_args: argparse.Namespace, settings: Settings) -> int:
    differences = check(data_root(), obtain_committed(_places(settings), say))
    installed = local_tables(settings.data)
    if installed.is_dir():
        differences += check_local(data_root(), installed, obtain_local(_places(settings), say)[0])
    for line in differences:
        print(line)
    if not differences:
        print("文字表は源泉から作り直したものと同じです")
    return FINDINGS if differences else DONE


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


def _places(settings: Settings) -> Places:
    return Places(settings.cache, settings.sources, settings.offline)
