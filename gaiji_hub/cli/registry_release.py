"""`release`, `pack`, `keys`, `migrate`: from decisions to a signed pack on its channel."""

from __future__ import annotations

import argparse
import datetime
import sys

from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, FINDINGS, clock, open_registry, read_registry
from gaiji_hub.errors import BadInput
from gaiji_hub.files.durable import check_output, write_atomic
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.pack import ATTESTATIONS
from gaiji_hub.moji.release import Release, ReleaseDiff, ReleaseRow
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.services import release as releases
from gaiji_hub.services.channels import hub_keys, note_release, renew_channels
from gaiji_hub.services.overview import releases as release_lines
from gaiji_hub.services.publish import PackMaterials, publish_pending
from gaiji_hub.settings import Settings
from gaiji_hub.store.migrate import wanted_revision
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.standard_font import find_standard_font
from gaiji_hub.workbench.release_files import format_release


class BadDate(BadInput):
    code = "bad_release_date"
    template = "日付は YYYY-MM-DD で指定してください: {text}"


def run_make(args: argparse.Namespace, settings: Settings) -> int:
    date, place = parse_date(args.date, clock()), (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = releases.make_release(
                session,
                registry.blobs,
                Tables.load(),
                *place,
                date,
                args.reason,
                clock(),
                by,
                dropping=args.dropping,
                unchanged=args.unchanged,
            )
        note_release(registry, made)
    _print_head(made)
    return DONE


def run_rollback(args: argparse.Namespace, settings: Settings) -> int:
    date, place = parse_date(args.date, clock()), (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = releases.rollback(
                session,
                registry.blobs,
                *place,
                args.to,
                date,
                args.reason,
                clock(),
                by,
                dropping=args.dropping,
                reviving=args.confirm,
            )
        note_release(registry, made)
    print(f"第{args.to}版の内容で新しい配布版を作りました")
    _print_head(made)
    return DONE


def run_list(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.store.reading() as session:
        lines = release_lines(session, args.municipality, args.business_system)
    for line in lines:
        s = line.summary
        kind = f"第{s.rollback_of}版の内容に戻す" if s.rollback_of else "通常"
        place = f"通番 {line.seq}" if line.seq else "未発行"
        print(f"第{s.number}版\t{s.date}\t{s.row_count} 字\t{kind}\t{place}\t{s.hash[:12]}\t{s.reason}")
    if not lines:
        print("配布版はまだありません（gaiji-hub release make）")
    return DONE


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    release = _get(args, settings)
    _print_head(release)
    for row in release.rows:
        print(_format_row(row))
    return DONE


def run_export(args: argparse.Namespace, settings: Settings) -> int:
    check_output(args.out, force=args.force)
    release = _get(args, settings)
    write_atomic(args.out, format_release(release, args.format), shared=True)
    print(f"第{release.number}版を書き出しました: {args.out}（正規形のハッシュ {release.hash}）")
    return DONE


def run_diff(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.store.reading() as session:
        place = (args.municipality, args.business_system)
        new = releases.get_summary(session, *place, args.new).number
        old = releases.number_before(session, *place, new) if args.old is None else args.old
        found = releases.diff(session, registry.blobs, *place, old, new)
    print(f"第{old}版 → 第{new}版" if old else f"（なし） → 第{new}版")
    _print_diff(found)
    return DONE


def run_pack(args: argparse.Namespace, settings: Settings) -> int:
    place = (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        with registry.store.reading() as session:
            releases.get_summary(session, *place)
        font = find_standard_font(settings.cache, settings.sources, settings.offline, _say)
        materials = PackMaterials.open(Tables.load(), font)
        done = publish_pending(registry, materials, *place, clock(), woff2=args.woff2)
    for publication in done:
        print(
            f"発行しました: 通番 {publication.seq}\t第{publication.release_number}版\t"
            f"パックのハッシュ {publication.payload[:12]}\t{ATTESTATIONS['hub']}"
        )
    if not done:
        print("発行していない配布版はありません")
    print(f"伝送路: {registry.channels / channel_name(*place)}")
    return DONE


def run_renew(_args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        renewed = renew_channels(registry, clock())
    for channel in renewed.channels:
        print(f"期限を延ばしました: {channel}")
    for problem in renewed.problems:
        print(f"期限を延ばせませんでした: {problem}")
    if not renewed.channels and not renewed.problems:
        print("発行済みの伝送路はありません（gaiji-hub pack make）")
    return FINDINGS if renewed.problems else DONE


def run_trust(args: argparse.Namespace, settings: Settings) -> int:
    check_output(args.out, force=args.force)
    with open_registry(settings) as registry:
        trust = hub_keys(registry).trust()
    write_atomic(args.out, trust, shared=True)
    print(f"信頼ファイルを書き出しました: {args.out}")
    print(f"証明の種類: {ATTESTATIONS['hub']}（署名鍵は2つともハブにあり、二者承認ではありません）")
    return DONE


def run_migrate(_args: argparse.Namespace, settings: Settings) -> int:
    open_registry(settings).close()
    print(f"データベースは版 {wanted_revision()} です")
    return DONE


def _get(args: argparse.Namespace, settings: Settings) -> Release:
    with read_registry(settings) as registry, registry.store.reading() as session:
        return releases.get_release(session, registry.blobs, args.municipality, args.business_system, args.number)


def parse_date(text: str | None, now: datetime.datetime) -> datetime.date:
    """The date of a release: as given (`BadDate`), else the one in Japan."""
    if text is None:
        return date_in_japan(now)
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise BadDate(text=text[:20]) from None


def _print_head(release: Release) -> None:
    print(f"第{release.number}版\t{release.date}\t{release.reason}")
    print(f"全 {len(release.rows)} 字（未同定 {release.undecided} 字、未承認 {release.unapproved} 字）")
    print(f"ハッシュ {release.hash}")


def _print_diff(found: ReleaseDiff) -> None:
    for word, lines in (("追加", found.added), ("削除", found.removed)):
        for row in lines:
            print(f"{word}\t{_format_row(row)}")
    for old, new in found.changed:
        print(f"変更前\t{_format_row(old)}")
        print(f"変更後\t{_format_row(new)}")
    print(f"追加 {len(found.added)} 字、削除 {len(found.removed)} 字、変更 {len(found.changed)} 字")


def _format_row(row: ReleaseRow) -> str:
    text = " / ".join(format_ucs(text) for _, text in row.texts) or "—"
    decided = row.verdict.label if row.identification else row.note
    return f"{row.local_code}\t{row.glyph or '—'}\t{text}\t{decided}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
