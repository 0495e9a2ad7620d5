"""同定: decisions about gaiji, appended and never edited (invariant 4).

A decision is about the shape that was seen. When a re-intake changes the shape, the gaiji is undecided again;
when the old shape comes back, its decision counts again. People and approval come later: every decision is
recorded as 未承認.
"""

from __future__ import annotations

import datetime
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound, Problems
from gaiji_hub.moji.code_system import BadCode
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.release import UNAPPROVED
from gaiji_hub.moji.text import has_control
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new
from gaiji_hub.tables.lookup import Tables

MAX_GROUNDS = 2000
MAX_NAME = 100
_HASH = re.compile("[0-9a-f]{64}")


class UnknownGaiji(NotFound):
    code = "unknown_gaiji"
    template = "外字が見つかりません: {municipality} {business_system} {local_code}"


@dataclass(frozen=True)
class Decision:
    """What somebody decided. `glyph` is empty exactly for verdict `none`; `shape` is the hash that was seen.

    With `shape` "" the present shape is meant; `gallery` says which candidates were on the screen ("": none).
    """

    local_code: str
    verdict: Verdict
    glyph: str
    grounds: str
    decided_by: str
    shape: str = ""
    gallery: str = ""


@dataclass(frozen=True)
class Identification:
    """A recorded decision. `number` counts from 1 within the business system."""

    number: int
    local_code: str
    shape: str
    verdict: Verdict
    glyph: GlyphId | None
    grounds: str
    decided_by: str
    approval: str
    editions: tuple[tuple[str, str], ...]
    gallery: str
    at: datetime.datetime


def decide(
    session: Session, tables: Tables, lg_code: str, system: str, decisions: Sequence[Decision], at: datetime.datetime
) -> tuple[Identification, ...]:
    """Record all of `decisions` in their order, or none: `Problems` lists every one that cannot be recorded."""
    owner = lock(session, lg_code, system)
    query = select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id)
    gaiji = {row.local_code: row for row in session.scalars(query)}
    parsed = [_canonical_code(owner, decision) for decision in decisions]
    problems = [
        f"{index} 件目（{code}）: {problem}"
        for index, (code, decision) in enumerate(zip(parsed, decisions, strict=True), 1)
        for problem in _problems(tables, decision, gaiji.get(code))
    ]
    problems += [f"{code}: 同じ外字が {count} 回あります" for code, count in Counter(parsed).items() if count > 1]
    if problems:
        raise Problems.gather("同定", problems)
    return _append(session, owner, [gaiji[code] for code in parsed], decisions, tables.edition, at)


def current(session: Session, lg_code: str, system: str) -> dict[str, Identification]:
    """The decision in force for every present gaiji that has one, by local code."""
    owner = locate(session, lg_code, system)
    found = (_value(*row) for row in session.execute(in_force(owner)))
    return {identification.local_code: identification for identification in found}


def history(session: Session, lg_code: str, system: str, local_code: str) -> tuple[Identification, ...]:
    """Every decision ever made about a local code, oldest first; `UnknownGaiji` for a code without gaiji."""
    owner = locate(session, lg_code, system)
    gaiji = find_gaiji(session, owner, local_code)
    query = select(rows.Identification).where(rows.Identification.gaiji_id == gaiji.id)
    found = session.scalars(query.order_by(rows.Identification.number))
    return tuple(_value(row, gaiji.local_code) for row in found)


def find_gaiji(session: Session, owner: BusinessSystem, local_code: str) -> rows.Gaiji:
    """The store's row of a gaiji, for services only."""
    try:
        code = owner.code_system.format(owner.code_system.parse(local_code))
    except BadCode:
        code = ""
    query = select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.local_code == code)
    found = session.scalar(query)
    if found is None:
        raise UnknownGaiji(municipality=owner.lg_code, business_system=owner.name, local_code=local_code[:12])
    return found


def in_force(owner: BusinessSystem) -> Select[rows.Identification, str]:
    """Query: (decision, local code) in force, one per present gaiji that has a decision about its present shape."""
    latest = (
        select(func.max(rows.Identification.number))
        .join(rows.Gaiji, rows.Gaiji.id == rows.Identification.gaiji_id)
        .where(rows.Gaiji.business_system_id == owner.id, rows.Identification.shape == rows.Gaiji.shape)
        .group_by(rows.Identification.gaiji_id)
    )
    return (
        select(rows.Identification, rows.Gaiji.local_code)
        .join(rows.Gaiji, rows.Gaiji.id == rows.Identification.gaiji_id)
        .where(
            rows.Identification.business_system_id == owner.id,
            rows.Gaiji.present,
            rows.Identification.number.in_(latest),
        )
    )


def _canonical_code(owner: BusinessSystem, decision: Decision) -> str:
    try:
        return owner.code_system.format(owner.code_system.parse(decision.local_code))
    except BadCode:
        return decision.local_code[:12]


def _problems(tables: Tables, decision: Decision, gaiji: rows.Gaiji | None) -> Iterator[str]:
    if gaiji is None or not gaiji.present:
        yield "この外字は登録されていません"
    elif decision.shape not in ("", gaiji.shape):
        yield "字形が変わっています。新しい字形を見てから判定してください"
    yield from _glyph_problems(tables, decision)
    if not _is_remark(decision.grounds, MAX_GROUNDS):
        yield f"根拠を1〜{MAX_GROUNDS}文字で書いてください（改行のほかの制御文字は使えません）"
    if not _is_remark(decision.decided_by, MAX_NAME) or "\n" in decision.decided_by:
        yield f"判定した人を1〜{MAX_NAME}文字で書いてください"
    if decision.gallery and not _HASH.fullmatch(decision.gallery):
        yield "候補の版の書き方が正しくありません"


def _is_remark(text: str, limit: int) -> bool:
    lines = text.replace("\r\n", "\n").split("\n")
    return bool(text.strip()) and len(text) <= limit and not any(map(has_control, lines))


def _glyph_problems(tables: Tables, decision: Decision) -> Iterator[str]:
    if decision.verdict is Verdict.NONE:
        if decision.glyph:
            yield "判定「該当なし」に文字図形名は付けられません"
        return
    if not decision.glyph:
        yield f"判定「{decision.verdict.label}」には文字図形名が必要です"
        return
    if tables.character(GlyphId(decision.glyph.strip().upper())) is None:
        yield f"文字図形名 {decision.glyph[:12]} は文字情報一覧表にありません"


def _append(
    session: Session,
    owner: BusinessSystem,
    gaiji: Sequence[rows.Gaiji],
    decisions: Sequence[Decision],
    editions: dict[str, str],
    at: datetime.datetime,
) -> tuple[Identification, ...]:
    highest = select(func.max(rows.Identification.number)).where(rows.Identification.business_system_id == owner.id)
    first = (session.scalar(highest) or 0) + 1
    values = [
        Identification(
            number=first + index,
            local_code=row.local_code,
            shape=row.shape,
            verdict=decision.verdict,
            glyph=parse_glyph_id(decision.glyph) if decision.glyph else None,
            grounds=decision.grounds,
            decided_by=decision.decided_by,
            approval=UNAPPROVED,
            editions=tuple(sorted(editions.items())),
            gallery=decision.gallery,
            at=at,
        )
        for index, (row, decision) in enumerate(zip(gaiji, decisions, strict=True))
    ]
    stamp = json.dumps(editions, sort_keys=True)
    insert_new(session, rows.Identification, [_row(owner, row, v, stamp) for row, v in zip(gaiji, values, strict=True)])
    return tuple(values)


def _row(owner: BusinessSystem, gaiji: rows.Gaiji, value: Identification, editions: str) -> dict[str, object]:
    return {
        "business_system_id": owner.id,
        "number": value.number,
        "gaiji_id": gaiji.id,
        "shape": value.shape,
        "verdict": value.verdict.value,
        "glyph": value.glyph,
        "grounds": value.grounds,
        "decided_by": value.decided_by,
        "approval": value.approval,
        "editions": editions,
        "gallery": value.gallery,
        "at": value.at,
    }


def _value(row: rows.Identification, local_code: str) -> Identification:
    return Identification(
        number=row.number,
        local_code=local_code,
        shape=row.shape,
        verdict=Verdict(row.verdict),
        glyph=GlyphId(row.glyph) if row.glyph else None,
        grounds=row.grounds,
        decided_by=row.decided_by,
        approval=row.approval,
        editions=tuple(sorted(json.loads(row.editions).items())),
        gallery=row.gallery,
        at=row.at,
    )
