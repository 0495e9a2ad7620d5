"""`shrink`: what the command line shows of 縮退方針, and what it records."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from gaiji_hub.cli.registry_approval import ConfirmationNeeded
from gaiji_hub.cli.registry_identity import acting
from gaiji_hub.cli.registry_towns import DONE, FINDINGS, clock, open_registry, read_registry
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.moji.text import format_ucs, parse_ucs
from gaiji_hub.services import shrink_policies, shrink_records
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import find_municipality
from gaiji_hub.services.shrink_preview import Counts, Example, ShrinkPreview, TownLine, open_lines, preview_shrink
from gaiji_hub.services.shrink_records import KIND_LABELS, POLICY, ChoiceRecord, InForce, Record
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables

SHOWN = 20


def run_show(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        find_municipality(session, args.municipality)
        policies = shrink_records.all_in_force(session, args.municipality)
        tables = Tables.load()
        for use in _uses(args):
            print(f"{use.label}\t{use.value}")
            now = policies.get(use)
            if now is None:
                print("  縮退方針はまだありません")
                continue
            _print_in_force(now)
            if lapsed := now.lapsed(session, tables, args.municipality):
                print(f"  この方針では使われない選択\t{len(lapsed)}\t{' '.join(sorted(lapsed)[:SHOWN])}")
            left = open_lines(session, registry.blobs, tables, args.municipality, use)
            _print_codes("未定の外字", left)
    return DONE


def run_preview(args: argparse.Namespace, settings: Settings) -> int:
    use = ShrinkUse(args.use)
    with read_registry(settings) as registry, registry.reading_all() as session:
        policy = _asked_policy(args)
        if args.number is not None:
            found = shrink_records.find_record(session, args.municipality, use, POLICY, args.number)
            policy = found.policy if isinstance(found, shrink_records.PolicyRecord) else policy
        preview = preview_shrink(session, registry.blobs, Tables.load(), args.municipality, policy)
    if args.json:
        print(json.dumps(preview_json(preview), ensure_ascii=False, indent=1))
    else:
        _print_policy(policy)
        _print_preview(preview)
    return DONE


def run_draft(args: argparse.Namespace, settings: Settings) -> int:
    policy = _asked_policy(args)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = shrink_policies.draft(session, args.municipality, policy, args.reason, clock(), by)
    print(f"{made.use.label}の縮退方針 第{made.number}号を登録しました（承認待ち）")
    return DONE


def run_choose(args: argparse.Namespace, settings: Settings) -> int:
    text = "" if args.back else parse_ucs(args.text) if args.text.upper().startswith("U+") else args.text
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            made = shrink_policies.choose(
                session,
                Tables.load(),
                args.municipality,
                ShrinkUse(args.use),
                args.glyph,
                text,
                args.reason,
                clock(),
                by,
            )
    print(f"{made.use.label}の選択 第{made.number}号を登録しました（承認待ち）: {_chosen(made)}")
    return DONE


def run_adopt(args: argparse.Namespace, settings: Settings) -> int:
    """Show it with what it changes, ask, and approve exactly what was shown (`record_hash`)."""
    town, use = args.municipality, ShrinkUse(args.use)
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.reading(by) as session:
            record = shrink_records.find_record(session, town, use, args.kind, args.number)
            seen = shrink_policies.seen_hash(session, town, record)
            preview = _preview_of(session, registry, town, record)
        _print_asked(record, preview)
        print(f"照合値 {seen}")
        if not args.yes and not _confirmed(seen):
            print("承認しませんでした")
            return FINDINGS
        with registry.writing(by) as session:
            shrink_policies.approve_shrink(
                session,
                Tables.load(),
                town,
                use,
                args.kind,
                args.number,
                args.seen or seen,
                clock(),
                by,
                remark=args.remark,
            )
    print(f"{use.label}の{KIND_LABELS[args.kind]} 第{args.number}号を承認しました（{by.name}）。いまから有効です")
    return DONE


def run_send_back(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            place = (args.municipality, ShrinkUse(args.use), args.kind, args.number)
            found = shrink_policies.send_back_shrink(session, *place, args.remark, clock(), by)
    print(f"{KIND_LABELS[args.kind]} 第{found.number}号を {found.by_name} に差し戻しました")
    return DONE


def run_withdraw(args: argparse.Namespace, settings: Settings) -> int:
    with open_registry(settings) as registry:
        by = acting(args, registry, clock())
        with registry.writing(by) as session:
            place = (args.municipality, ShrinkUse(args.use), args.kind, args.number)
            found = shrink_policies.withdraw_shrink(session, *place, clock(), by)
    print(f"{KIND_LABELS[args.kind]} 第{found.number}号を取り下げました")
    return DONE


def run_history(args: argparse.Namespace, settings: Settings) -> int:
    with read_registry(settings) as registry, registry.reading_all() as session:
        find_municipality(session, args.municipality)
        use = ShrinkUse(args.use) if args.use else None
        records: list[Record] = []
        if not args.glyph:
            records += shrink_records.list_policies(session, args.municipality, use)
        records += shrink_records.list_choices(session, args.municipality, use, args.glyph.strip().upper())
    for one in records:
        print("\t".join(_history(one)))
    if not records:
        print("縮退方針と選択の記録はまだありません")
    return DONE


def preview_json(found: ShrinkPreview) -> dict[str, Any]:
    """The preview as JSON-able values: counts by outcome, what changes, and the released codes it touches."""
    return {
        "policy": found.policy.to_json(),
        "against": found.against,
        "mj": _counts_json(found.mj),
        "town": {**_counts_json(found.town), "undecided": found.undecided},
        "touched": [_line_json(line) for line in found.touched],
        "open": [_line_json(line) for line in found.open],
    }


def _counts_json(counts: Counts) -> dict[str, Any]:
    outcomes = {outcome.value: count for outcome, count in counts.outcomes.items()}
    return {"total": counts.total, "outcomes": outcomes, "changed": counts.changed}


def _line_json(line: TownLine) -> dict[str, Any]:
    after = line.example.after
    return {
        "business_system": line.system,
        "local_code": line.local_code,
        "glyph": line.example.glyph,
        "rule": after.rule.value,
        "text": format_ucs(after.text or ""),
        "candidates": [format_ucs(text) for text in after.texts],
        "why": after.why,
    }


def _asked_policy(args: argparse.Namespace) -> ShrinkPolicy:
    ties = [] if args.ties == "none" else _listed(args.ties)
    return ShrinkPolicy.of_words(
        args.use, args.repertoire, _listed(args.tables), ties, args.when_none, args.mark, args.substitute
    )


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _uses(args: argparse.Namespace) -> Iterable[ShrinkUse]:
    return [ShrinkUse(args.use)] if args.use else list(ShrinkUse)


def _preview_of(session: Session, registry: Registry, town: str, record: Record) -> ShrinkPreview | None:
    """What a policy would do; None for a choice."""
    if isinstance(record, ChoiceRecord):
        return None
    return preview_shrink(session, registry.blobs, Tables.load(), town, record.policy)


def _print_asked(record: Record, preview: ShrinkPreview | None) -> None:
    """The record and, for a policy, its counts; outside the session, because counting MJ takes seconds."""
    print(
        f"{record.use.label}の{KIND_LABELS[record.kind]} 第{record.number}号\t{record.by_name}\t{_line(record.reason)}"
    )
    if isinstance(record, ChoiceRecord):
        print(_chosen(record))
    if preview is not None:
        _print_policy(preview.policy)
        _print_preview(preview)


def _print_in_force(now: InForce) -> None:
    record = now.record
    approved = f"{record.outcome.by_name}が承認" if record.outcome else ""
    print(f"  第{record.number}号\t{record.by_name}\t{approved}\t{_line(record.reason)}")
    _print_policy(now.policy)
    print(f"  文字ごとの選択\t{len(now.choices)}")


def _print_policy(policy: ShrinkPolicy) -> None:
    for name, value in policy.describe():
        print(f"  {name}\t{value}")


def _print_preview(found: ShrinkPreview) -> None:
    print("数\t団体の外字\t文字情報一覧表")
    for outcome, count in found.mj.outcomes.items():
        print(f"{outcome.label}\t{found.town.outcomes[outcome]}\t{count}")
    print(f"計\t{found.town.total}\t{found.mj.total}")
    print(f"判定がなく数えられない外字\t{found.undecided}")
    against = f"第{found.against}号" if found.against else "方針なし"
    print(f"変わる字（{against}と比べて）\t{found.town.changed}\t{found.mj.changed}")
    for one in found.mj.changes:
        print(f"  例\t{_example(one)}")
    _print_codes("変わる配布済みのコード", found.touched)
    _print_codes("未定のまま残る外字", found.open)


def _print_codes(title: str, lines: tuple[TownLine, ...]) -> None:
    print(f"{title}\t{len(lines)}")
    for line in lines[:SHOWN]:
        print(f"  {line.system}\t{line.local_code}\t{_example(line.example)}")
    if len(lines) > SHOWN:
        print(f"  …ほか {len(lines) - SHOWN} 字")


def _example(one: Example) -> str:
    texts = " / ".join(format_ucs(text) for text in one.after.texts)
    return f"{one.glyph}\t{format_ucs(one.after.text or '') or '—'}\t{one.after.why}\t{texts}"


def _chosen(record: ChoiceRecord) -> str:
    return f"{record.glyph} → {format_ucs(record.text) if record.text else '選択を取り消す'}"


def _history(one: Record) -> tuple[str, ...]:
    what = _chosen(one) if isinstance(one, ChoiceRecord) else "、".join(f"{n}: {v}" for n, v in one.policy.describe())
    outcome = f"{one.outcome.by_name} {_line(one.outcome.remark)}".strip() if one.outcome else ""
    head = (one.use.label, KIND_LABELS[one.kind], f"第{one.number}号", one.status.label)
    return (*head, f"{one.at:%Y-%m-%dT%H:%MZ}", one.by_name, _line(one.reason), outcome, what)


def _line(text: str) -> str:
    return text.replace("\r\n", " ").replace("\n", " ")


def _confirmed(seen: str) -> bool:
    """The person's answer on the terminal; `ConfirmationNeeded` where there is none."""
    if not sys.stdin.isatty():
        raise ConfirmationNeeded(seen=seen)
    try:
        return input("承認しますか [y/N] ").strip().lower() in ("y", "yes", "はい")
    except EOFError:
        return False
