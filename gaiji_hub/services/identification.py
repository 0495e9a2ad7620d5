"""同定: decisions about gaiji, appended and never edited (invariant 4).

A decision is about the shape that was seen. It counts once a second person has approved it (services.approval);
until then it waits, and what was approved before it stays in force. When a re-intake changes the shape, the gaiji
is undecided again; when the old shape comes back, its decision counts again. Undoing is a new decision.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Conflict, Problems
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.code_system import BadCode
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.policy import NO_EDITION_TABLES
from gaiji_hub.moji.release import UNAPPROVED
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.characters import UnknownHubCharacter, resolve
from gaiji_hub.services.decisions import (
    Identification,
    Outcome,
    Status,
    current,
    find,
    find_gaiji,
    history,
    is_remark,
    pending,
    record_outcomes,
    subject,
    usable_characters,
    withdrawals,
)
from gaiji_hub.services.municipalities import BusinessSystem, lock
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new
from gaiji_hub.tables.lookup import Tables

MAX_GROUNDS = 2000
REPLACED = "新しい判定に置き換え"
_HASH = re.compile("[0-9a-f]{64}")


class NotInForce(Conflict):
    code = "not_in_force"
    template = "第{number}号の判定は、いま有効な判定ではないため取り消せません"


class CannotBringBack(Conflict):
    code = "cannot_bring_back"
    template = (
        "取り消すとハブの文字 {character} に戻りますが、共有が終わったか統合されたため、いまは使えません。"
        "取り消す代わりに、新しい判定をしてください"
    )


@dataclass(frozen=True)
class Decision:
    """What somebody decided. `glyph` is empty exactly for verdict `none`; `shape` is the hash that was seen.

    With `shape` "" the present shape is meant; `gallery` says which candidates were on the screen ("": none).
    """

    local_code: str
    verdict: Verdict
    glyph: str
    grounds: str
    shape: str = ""
    gallery: str = ""
    ground: Ground = Ground.UNSTATED


def decide(
    session: Session,
    tables: Tables,
    lg_code: str,
    system: str,
    decisions: Sequence[Decision],
    at: datetime.datetime,
    by: Actor,
) -> tuple[Identification, ...]:
    """Record all of `decisions` in their order, or none: `Problems` lists every one that cannot be recorded.

    They wait for approval. One's own decision that still waits is withdrawn by the new one; another person's has
    to be approved or sent back first.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.DECIDE, owner.lg_code)
    parsed = [_canonical_code(owner, decision) for decision in decisions]
    codes = sorted(set(parsed))
    query = select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.local_code.in_(codes))
    gaiji = {row.local_code: row for row in session.scalars(query)}
    known = _Known(tables, usable_characters(session, owner, (d.glyph.strip().upper() for d in decisions)))
    problems = [
        f"{index} 件目（{code}）: {problem}"
        for index, (code, decision) in enumerate(zip(parsed, decisions, strict=True), 1)
        for problem in _problems(known, decision, gaiji.get(code))
    ]
    problems += [f"{code}: 同じ外字が {count} 回あります" for code, count in Counter(parsed).items() if count > 1]
    waiting = {one.local_code: one for one in pending(session, lg_code, system, codes)}
    problems += [
        f"{one.local_code}: {one.decided_by} の判定（第{one.number}号）が承認待ちです。承認か差戻しを待ってください"
        for one in waiting.values()
        if one.decided_by_id not in (None, by.id)
    ]
    if problems:
        raise Problems.gather("同定", problems)
    record_outcomes(
        session, owner, tuple(waiting.values()), Outcome(Status.WITHDRAWN, "", by.id, by.name, REPLACED, at)
    )
    made = append_decided(session, owner, [gaiji[code] for code in parsed], decisions, tables.edition, at, by)
    acts: list[tuple[str, str, audit.Detail]] = [("decide", subject(owner, one), _detail(one)) for one in made]
    audit.record_all(session, by, at, owner.lg_code, withdrawals(owner, waiting.values()) + acts)
    return made


def undo(
    session: Session, lg_code: str, system: str, number: int, grounds: str, at: datetime.datetime, by: Actor
) -> Identification:
    """A new decision, waiting for approval, that brings back what was in force before decision `number`.

    Where nothing was, it sets the gaiji back to 未同定; a hub character that was merged since comes back as the one it
    means now. Raises `NotInForce` for any but the decision in force and `CannotBringBack`.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.DECIDE, owner.lg_code)
    taken_back = find(session, owner, number)
    about = [taken_back.local_code]
    in_force_now = current(session, lg_code, system, about).get(taken_back.local_code)
    waiting = bool(pending(session, lg_code, system, about))
    if in_force_now is None or in_force_now.number != number or waiting:
        raise NotInForce(number=number)
    if not is_remark(grounds, MAX_GROUNDS):
        raise Problems.gather("取消", [f"取り消す理由を1〜{MAX_GROUNDS}文字で書いてください"])
    gaiji = find_gaiji(session, owner, taken_back.local_code)
    before = [
        one
        for one in history(session, lg_code, system, taken_back.local_code)
        if one.status is Status.APPROVED and one.shape == gaiji.shape and one.number < number
    ]
    old = before[-1] if before else None
    reopens = old is None or old.reopens
    decision = Decision(
        gaiji.local_code,
        Verdict.NONE if old is None else old.verdict,
        _brought_back(session, owner, old),
        grounds,
        gaiji.shape,
        "" if old is None else old.gallery,
        Ground.OTHER,
    )
    editions = dict(taken_back.editions if old is None else old.editions)
    made = append_decided(session, owner, [gaiji], [decision], editions, at, by, undoes=number, reopens=reopens)[0]
    audit.record(session, by, at, owner.lg_code, "undo", subject(owner, made), {**_detail(made), "undoes": number})
    return made


def _brought_back(session: Session, owner: BusinessSystem, old: Identification | None) -> str:
    """The glyph of the decision that comes back; of a hub character, the one that the town may name today."""
    glyph = old.glyph or "" if old else ""
    if not is_hub_id(glyph):
        return glyph
    try:
        found = resolve(session, owner.lg_code, glyph).id
    except UnknownHubCharacter:
        raise CannotBringBack(character=glyph) from None
    if not usable_characters(session, owner, [found]):
        raise CannotBringBack(character=glyph)
    return found


@dataclass(frozen=True)
class _Known:
    """What a decision may name: the tables' glyphs and the hub characters the town sees."""

    tables: Tables
    hub_characters: frozenset[str]

    def __contains__(self, glyph: str) -> bool:
        return glyph in self.hub_characters or self.tables.character(GlyphId(glyph)) is not None


def _canonical_code(owner: BusinessSystem, decision: Decision) -> str:
    try:
        return owner.code_system.format(owner.code_system.parse(decision.local_code))
    except BadCode:
        return decision.local_code[:12]


def _problems(known: _Known, decision: Decision, gaiji: rows.Gaiji | None) -> Iterator[str]:
    if gaiji is None or not gaiji.present:
        yield "この外字は登録されていません"
    elif decision.shape not in ("", gaiji.shape):
        yield "字形が変わっています。新しい字形を見てから判定してください"
    yield from _glyph_problems(known, decision)
    if not is_remark(decision.grounds, MAX_GROUNDS):
        yield f"根拠を1〜{MAX_GROUNDS}文字で書いてください（改行のほかの制御文字は使えません）"
    if decision.gallery and not _HASH.fullmatch(decision.gallery):
        yield "候補の版の書き方が正しくありません"


def _glyph_problems(known: _Known, decision: Decision) -> Iterator[str]:
    if decision.verdict is Verdict.NONE:
        if decision.glyph:
            yield "判定「該当なし」に文字図形名は付けられません"
        return
    if not decision.glyph:
        yield f"判定「{decision.verdict.label}」には文字図形名が必要です"
        return
    if decision.glyph.strip().upper().startswith("GJ") and decision.glyph.strip().upper() not in known:
        yield f"{decision.glyph[:12]} は判定に使えません: {NO_EDITION_TABLES}"
    elif decision.glyph.strip().upper() not in known:
        yield f"文字図形名 {decision.glyph[:12]} は文字情報一覧表にもハブの文字にもありません"


def append_decided(
    session: Session,
    owner: BusinessSystem,
    gaiji: Sequence[rows.Gaiji],
    decisions: Sequence[Decision],
    editions: dict[str, str],
    at: datetime.datetime,
    by: Actor,
    *,
    undoes: int | None = None,
    reopens: bool = False,
) -> tuple[Identification, ...]:
    """Append decisions under the next numbers; the caller holds the lock and has checked them (`decide`, 採番)."""
    highest = select(func.max(rows.Identification.number)).where(rows.Identification.business_system_id == owner.id)
    first = (session.scalar(highest) or 0) + 1
    values = [
        Identification(
            number=first + index,
            local_code=row.local_code,
            shape=row.shape,
            verdict=decision.verdict,
            glyph=parse_glyph_id(decision.glyph) if decision.glyph else None,
            ground=decision.ground,
            grounds=decision.grounds,
            decided_by=by.name,
            decided_by_id=by.id,
            editions=tuple(sorted(editions.items())),
            gallery=decision.gallery,
            at=at,
            undoes=undoes,
            reopens=reopens,
        )
        for index, (row, decision) in enumerate(zip(gaiji, decisions, strict=True))
    ]
    stamp = json.dumps(editions, sort_keys=True)
    insert_new(session, rows.Identification, [_row(owner, row, v, stamp) for row, v in zip(gaiji, values, strict=True)])
    return tuple(values)


def _row(owner: BusinessSystem, gaiji: rows.Gaiji, value: Identification, editions: str) -> dict[str, object]:
    return {
        "business_system_id": owner.id,
        "lg_code": owner.lg_code,
        "number": value.number,
        "gaiji_id": gaiji.id,
        "shape": value.shape,
        "verdict": value.verdict.value,
        "glyph": value.glyph,
        "ground": value.ground.value,
        "grounds": value.grounds,
        "decided_by": value.decided_by,
        "decided_by_id": value.decided_by_id,
        "approval": UNAPPROVED,
        "editions": editions,
        "gallery": value.gallery,
        "at": value.at,
        "undoes": value.undoes,
        "reopens": value.reopens,
    }


def _detail(one: Identification) -> dict[str, str | int | bool | None]:
    return {
        "identification": one.number,
        "verdict": one.verdict.value,
        "glyph": one.glyph,
        "shape": one.shape,
        "ground": one.ground.value,
    }
