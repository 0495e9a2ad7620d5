"""`approve`, `send-back`, `withdraw`, `undo`, `review`: what becomes of a decision."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from gaiji_hub.cli.approval_sheet import format_sheet
from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, clock, open_registry
from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.files.durable import write_atomic
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.services import approval, decisions
from gaiji_hub.services.characters import character_outline
from gaiji_hub.services.decisions import Identification
from gaiji_hub.services.identification import undo
from gaiji_hub.services.intake import outlines_of
from gaiji_hub.services.municipalities import locate
from gaiji_hub.settings import Settings
from gaiji_hub.tables.standard_font import find_standard_font

FINDINGS = 1


class ConfirmationNeeded(BadInput):
    code = "confirmation_needed"
    template = (
        "承認していません。字形を見たうえで、端末から実行して答えるか、--yes --seen {seen} を付けて実行してください"
    )


class NotWaiting(NotFound):
    code = "not_waiting"
    template = "承認待ちではない判定の番号があります: {numbers}"


def run_approve(args: argparse.Namespace, settings: Settings) -> int:
    """List, show and ask first; what is approved is exactly what was listed (`approval.sheet_hash`)."""
    place = (args.municipality, args.business_system)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.reading(by) as session:
            waiting = _wanted(decisions.pending(session, *place), args.number)
            before = decisions.current(session, *place)
            if args.sheet and waiting:
                write_sheet(session, settings, args.sheet, place, waiting)
        if not waiting:
            print("承認待ちの判定はありません")
            return DONE
        for one in waiting:
            print(_line(one, before.get(one.local_code)))
        seen = approval.sheet_hash(waiting)
        print(f"{len(waiting)} 件　照合値 {seen}")
        print(f"字形の表: {args.sheet}" if args.sheet else "字形は画面か --sheet FILE.html で見てください")
        if not args.yes and not _confirmed(seen):
            print("承認しませんでした")
            return FINDINGS
        numbers = [one.number for one in waiting]
        with registry.writing(by) as session:
            made = approval.approve(
                session, *place, numbers, args.seen or seen, clock(), by, remark=args.remark, acting=args.acting
            )
    kind = approval.KIND_LABELS[made[0].outcome.kind] if made[0].outcome else ""
    print(f"{len(made)} 件の判定を承認しました（{kind}、{by.name}）。gaiji-hub release make で配布版に入ります")
    return DONE


def write_sheet(
    session: Session, settings: Settings, path: Path, place: tuple[str, str], waiting: Sequence[Identification]
) -> None:
    """The shapes of what waits, beside the glyphs chosen, as one HTML file; the caller may overwrite it again."""
    font = StandardFont.open(find_standard_font(settings.cache, settings.sources, settings.offline, _say))
    shapes = outlines_of(session, *place, (one.shape for one in waiting))
    chosen = {one.glyph for one in waiting if one.glyph}
    glyphs = font.outlines(chosen) | {
        glyph: character_outline(session, place[0], glyph) for glyph in chosen if glyph.startswith("GH")
    }
    title = f"承認待ちの判定　{place[0]} {place[1]}"
    write_atomic(path, format_sheet(title, approval.sheet_hash(waiting), waiting, shapes, glyphs))


def run_send_back(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            found = approval.send_back(
                session, args.municipality, args.business_system, args.number, args.remark, clock(), by
            )
    print(f"第{found.number}号（{found.local_code}）を {found.decided_by} に差し戻しました")
    return DONE


def run_withdraw(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            found = approval.withdraw(session, args.municipality, args.business_system, args.number, clock(), by)
    print(f"第{found.number}号（{found.local_code}）を取り下げました")
    return DONE


def run_undo(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = undo(session, args.municipality, args.business_system, args.number, args.grounds, clock(), by)
    after = "未同定に戻します" if made.reopens else f"「{made.verdict.label} {made.glyph or '—'}」に戻します"
    print(f"第{made.number}号として、第{args.number}号の取消しを記録しました（承認されると{after}）")
    return DONE


def run_review(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            approval.review(session, args.municipality, args.business_system, args.number, args.remark, clock(), by)
            owner = locate(session, args.municipality, args.business_system)
            found = decisions.find(session, owner, args.number)
    print(f"第{found.number}号（{found.local_code}）の代決を後閲しました")
    return DONE


def _wanted(waiting: Sequence[Identification], numbers: Sequence[int] | None) -> tuple[Identification, ...]:
    """All of `waiting`, or those of `numbers`; `NotWaiting` names every number that is not among them."""
    if numbers is None:
        return tuple(waiting)
    known = {one.number for one in waiting}
    unknown = sorted(set(numbers) - known)
    if unknown:
        raise NotWaiting(numbers="・".join(f"第{number}号" for number in unknown))
    return tuple(one for one in waiting if one.number in set(numbers))


def _line(one: Identification, before: Identification | None) -> str:
    verdict = "未同定に戻す" if one.reopens else f"{one.verdict.label}\t{one.glyph or '—'}"
    now = f"いまは {before.verdict.label} {before.glyph or '—'}" if before else "いまは未同定"
    grounds = one.grounds.replace("\r\n", " ").replace("\n", " ")
    return f"第{one.number}号\t{one.local_code}\t{verdict}\t{one.decided_by}\t{one.ground.label}\t{grounds}\t{now}"


def _confirmed(seen: str) -> bool:
    """The person's answer on the terminal; `ConfirmationNeeded` where there is none."""
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(seen=seen)
    try:
        return input("承認しますか [y/N] ").strip().lower() in ("y", "yes", "はい")
    except EOFError:
        return False


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
