"""`census-import`, `capacity`, `rights`, `dossier`: codes and shapes of a business system from the command line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, FINDINGS, clock, open_registry, read_registry
from gaiji_hub.errors import BadInput
from gaiji_hub.files.durable import check_output, write_atomic
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.rights import Rights
from gaiji_hub.services import allocation, census
from gaiji_hub.services.decisions import UnknownGaiji
from gaiji_hub.services.dossier import dossier_of
from gaiji_hub.services.intake import shape_outline
from gaiji_hub.services.municipalities import locate
from gaiji_hub.services.rights import RightsLine, rights_lines, set_rights
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font
from gaiji_hub.workbench.dossier import dossier_zip

SHOWN = 50


class NoteWithoutRights(BadInput):
    code = "note_without_rights"
    template = "--note は --set とともに指定してください"


def run_census(args: argparse.Namespace, settings: Settings) -> int:
    with args.input.open("rb") as file:
        data = file.read(census.MAX_BYTES + 1)
    place = (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = census.import_census(session, *place, data, args.title, clock(), by)
            unused = census.unused_codes(session, *place)
    print(
        "登録済みの調査です"
        if made.again
        else f"使用外字調査を登録しました: {made.codes} コード、{made.occurrences} 回"
    )
    if made.outside:
        print(f"この文字コード体系に当たるコードがなく、登録していない行\t{made.outside}")
    print(f"外字があるのに使われていないコード\t{len(unused)}\t{_some(unused)}")
    return FINDINGS if made.outside else DONE


def run_capacity(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        full = allocation.capacity(session, args.municipality, args.business_system, clock())
    for label, count in (
        (f"全体（{full.area}）", full.total),
        ("使用中", full.used),
        ("採番済で外字なし", full.reserved),
        ("再び使えない", full.blocked),
        ("空き", full.free),
        ("最近12か月の採番", full.last_year),
    ):
        print(f"{label}\t{count}")
    print(full.forecast)
    return DONE if full.free else FINDINGS


def run_rights(args: argparse.Namespace, settings: Settings) -> int:
    if args.note and not args.said:
        raise NoteWithoutRights
    place = (args.municipality, args.business_system)
    if args.said is None:
        with read_registry(settings) as registry, registry.reading_all() as session:
            _print_rights(_narrowed(rights_lines(session, *place), args))
        return DONE
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            shapes = [line.shape for line in _narrowed(rights_lines(session, *place), args)]
            said = set_rights(session, args.municipality, shapes, Rights(args.said), args.note, clock(), by)
    print(f"{said} 件の字形を「{Rights(args.said).label}」として登録しました")
    return DONE


def run_dossier(args: argparse.Namespace, settings: Settings) -> int:
    check_output(args.out, force=args.force)
    place = (args.municipality, args.business_system)
    with read_registry(settings) as registry, registry.reading_all() as session:
        locate(session, *place)
        facts = dossier_of(session, Tables.load(), *place, args.code, clock())
        shape = shape_outline(session, *place, facts.shape)
    font = find_standard_font(settings.cache, settings.sources, settings.offline, print)
    near = StandardFont.open(font).outlines(one.glyph for one in facts.near)
    write_atomic(args.out, dossier_zip(facts, shape, near, font), shared=True)
    unwritten = sum(not one.reason for one in facts.near)
    print(f"追加要望の書類を書き出しました: {args.out}")
    if unwritten:
        print(f"同じ字形としない理由を、提出する前に書いてください（{unwritten} 字）")
    return DONE


def _narrowed(lines: Sequence[RightsLine], args: argparse.Namespace) -> list[RightsLine]:
    """The lines of `--codes` and `--only`; a code without gaiji is an error, not passed over."""
    codes = None if args.codes is None else {code.strip().upper() for code in args.codes.split(",")}
    missing = sorted((codes or set()) - {line.local_code for line in lines})
    if missing:
        raise UnknownGaiji(
            municipality=args.municipality, business_system=args.business_system, local_code=missing[0][:12]
        )
    return [
        line for line in lines if (codes is None or line.local_code in codes) and args.only in (None, line.rights.value)
    ]


def _print_rights(lines: Sequence[RightsLine]) -> None:
    for line in lines[:SHOWN]:
        print(f"{line.local_code}\t{line.rights.label}\t{line.note}")
    if len(lines) > SHOWN:
        print(f"…ほか {len(lines) - SHOWN} 字")
    for rights in Rights:
        print(f"{rights.label}\t{sum(line.rights is rights for line in lines)}")


def _some(codes: Sequence[str], shown: int = 20) -> str:
    more = f" …ほか {len(codes) - shown} 字" if len(codes) > shown else ""
    return " ".join(codes[:shown]) + more
