"""`audit`: verify, read and export the trail of what was done."""

from __future__ import annotations

import argparse
from pathlib import Path

from gaiji_hub.cli.registry_identity import place_of
from gaiji_hub.cli.registry_towns import DONE, FINDINGS, read_registry
from gaiji_hub.errors import BadInput
from gaiji_hub.files.durable import atomic_file, check_output
from gaiji_hub.moji.actor import HUB
from gaiji_hub.moji.japan_time import JST
from gaiji_hub.moji.lg_code import parse_lg_code
from gaiji_hub.moji.pack import SignedManifest
from gaiji_hub.services import audit
from gaiji_hub.settings import Settings

MANIFEST = "manifest.json"
_MAX_MANIFEST = 16 << 20


class NoHeadHeld(BadInput):
    code = "no_head_held"
    template = "{name} には監査証跡の先頭がありません（証跡を公表する前の配布パックです）"


class OtherTownsManifest(BadInput):
    code = "other_towns_manifest"
    template = "このマニフェストは別の団体（{municipality}）のものです"


class ManifestTooLarge(BadInput):
    code = "manifest_too_large"
    template = "マニフェストとしては大きすぎます: {name}"


def run_verify(args: argparse.Namespace, settings: Settings) -> int:
    """Exit code 1 when any chain does not hold or contradicts what the hub itself published; a line per problem."""
    held = None if args.against is None else _held(args.against)
    with read_registry(settings) as registry, registry.reading_all() as session:
        if args.hub or args.municipality:
            wanted: tuple[str, ...] = (HUB if args.hub else parse_lg_code(args.municipality),)
        else:
            wanted = audit.chains(session) if held is None else (held[0],)
        if held is not None and held[0] not in wanted:
            raise OtherTownsManifest(municipality=held[0])
        heads = (held[1],) if held else ()
        found = [audit.verify_published(session, registry.blobs, lg_code, heads) for lg_code in wanted]
    for one in found:
        state = "つながりは正しい" if one.head.seq else "記録なし"
        state = f"問題 {len(one.problems)} 件" if one.problems else state
        print(f"{_name(one.lg_code)}\t{one.head.seq} 件\t先頭 {one.head.hash[:12] or '—'}\t{state}{_compared(one)}")
        for problem in one.problems:
            print(f"  {problem}")
    if held is not None:
        print(f"照らし合わせた記録: 通番 {held[1].seq}（{held[1].hash[:12]}）")
    return FINDINGS if any(one.problems for one in found) else DONE


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        total, found = audit.list_entries(session, place_of(args), 0, max(args.limit, 0), args.subject)
    for entry in found:
        at = entry.at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S")
        print(f"{entry.seq}\t{at}\t{entry.actor_name}\t{entry.action}\t{entry.subject}\t{entry.detail}")
    print(f"{len(found)} / {total} 件")
    return DONE


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    check_output(args.out, force=args.force)
    count = 0
    with read_registry(settings) as registry, registry.reading_all() as session, atomic_file(args.out) as out:
        for line in audit.export(session, place_of(args)):
            out.write(line)
            count += 1
    print(f"監査証跡 {count} 件を書き出しました: {args.out}")
    return DONE


def _held(path: Path) -> tuple[str, audit.Head]:
    """The municipality of a signed manifest and the head of its trail as it was published with it."""
    file = path / MANIFEST if path.is_dir() else path
    with file.open("rb") as opened:
        data = opened.read(_MAX_MANIFEST + 1)
    if len(data) > _MAX_MANIFEST:
        raise ManifestTooLarge(name=file.name)
    signed = SignedManifest.from_bytes(data)
    if signed.audit is None:
        raise NoHeadHeld(name=file.name)
    return signed.manifest.municipality, audit.Head(signed.audit.seq, signed.audit.hash)


def _compared(one: audit.Verified) -> str:
    return f"（公表した通番 {one.published} と比べた）" if one.published else ""


def _name(lg_code: str) -> str:
    return lg_code or "ハブ"
