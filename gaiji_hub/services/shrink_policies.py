"""縮退方針を決める: one person drafts a policy or chooses for a glyph, another one approves it or sends it back.

What a resident's name becomes depends on it, so it is approved as decisions are (invariant 4): by somebody with the
approver's role who is not the one who asked, and who saw exactly this. Nothing is edited: to change, ask anew.
"""

from __future__ import annotations

import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.glyph_id import GlyphId, parse_glyph_id
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.shrink import BadShrinkChoice, ShrinkRule, parse_choice
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.services import audit
from gaiji_hub.services.approval import MAX_REMARK, RemarkNeeded, ShapesNotSeen, approval_kind
from gaiji_hub.services.characters import resolve
from gaiji_hub.services.decisions import Outcome, Status, is_remark
from gaiji_hub.services.requests import lock_town
from gaiji_hub.services.shrink_records import (
    KIND_LABELS,
    POLICY,
    ChoiceRecord,
    InForce,
    PolicyRecord,
    Record,
    facts_of,
    find_record,
    in_force,
    list_choices,
    list_policies,
    meanings,
    record_hash,
)
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables


class ShrinkWaits(Conflict):
    code = "shrink_waits"
    template = "{what} 第{number}号が承認待ちです。先に承認・差戻し・取下げをしてください"


class ShrinkAnswered(Conflict):
    code = "shrink_answered"
    template = "{what} 第{number}号は、すでに{status}です"


class OwnShrink(Conflict):
    code = "own_shrink"
    template = "自分が作った{what}（第{number}号）は、自分では承認できません"


class NotYourShrink(Conflict):
    code = "not_your_shrink"
    template = "取り下げられるのは、作った本人だけです"


class NoShrinkPolicy(Conflict):
    code = "no_shrink_policy"
    template = "{use}の縮退方針がまだありません。方針を決めてから、文字ごとの縮退先を選びます"


class SameShrink(Conflict):
    code = "same_shrink"
    template = "いまの{what}と同じ内容です"


class UnknownShrinkGlyph(BadInput):
    code = "unknown_shrink_glyph"
    template = "文字図形名が文字情報一覧表にありません: {glyph}"


def draft(
    session: Session, lg_code: str, policy: ShrinkPolicy, reason: str, at: datetime.datetime, by: Actor
) -> PolicyRecord:
    """Ask for a policy; it counts once a second person approves it. One draft of a use waits at a time."""
    by.require(Permission.DECIDE, lg_code)
    _check_words("方針の理由", reason)
    lock_town(session, lg_code)
    known = list_policies(session, lg_code, policy.use)
    _check_none_waits(known)
    now = next((one for one in known if one.status is Status.APPROVED), None)
    if now is not None and now.policy == policy:
        raise SameShrink(what=KIND_LABELS[POLICY])
    number = _next_number(session, rows.ShrinkPolicy, lg_code, policy.use)
    session.add(
        rows.ShrinkPolicy(
            lg_code=lg_code,
            use=policy.use.value,
            number=number,
            policy=policy.to_text(),
            reason=reason,
            by_id=by.id,
            by_name=by.name,
            at=at,
        )
    )
    session.flush()
    made = list_policies(session, lg_code, policy.use)[0]
    audit.record(session, by, at, lg_code, "draft_shrink_policy", subject(made), {})
    return made


def choose(
    session: Session,
    tables: Tables,
    lg_code: str,
    use: ShrinkUse,
    glyph: str,
    text: str,
    reason: str,
    at: datetime.datetime,
    by: Actor,
) -> ChoiceRecord:
    """Ask that `text` stands for a glyph in a use ("" : the earlier choice is taken back).

    Raises `NoShrinkPolicy`, `BadShrinkChoice`, `ShrinkWaits`, `SameShrink`, `UnknownShrinkGlyph`.
    """
    by.require(Permission.DECIDE, lg_code)
    _check_words("選んだ理由", reason)
    lock_town(session, lg_code)
    known = _known_glyph(session, tables, lg_code, glyph)
    counts = _in_force(session, lg_code, use)
    _check_choice(session, tables, lg_code, counts, known, text)
    _check_none_waits(_choices_of(session, lg_code, use, known))
    if counts.choices.get(known, "") == text:
        raise SameShrink(what=f"{known} の縮退先")
    number = _next_number(session, rows.ShrinkChoice, lg_code, use)
    session.add(
        rows.ShrinkChoice(
            lg_code=lg_code,
            use=use.value,
            number=number,
            glyph=known,
            text=format_ucs(text),
            reason=reason,
            by_id=by.id,
            by_name=by.name,
            at=at,
        )
    )
    session.flush()
    made = list_choices(session, lg_code, use, known)[0]
    detail = {"glyph": known, "text": format_ucs(text)}
    audit.record(session, by, at, lg_code, "draft_shrink_choice", subject(made), detail)
    return made


def seen_hash(session: Session, lg_code: str, record: Record) -> str:
    """`record_hash` of a record against what is in force now."""
    return record_hash(record, in_force(session, lg_code, record.use))


def approve_shrink(
    session: Session,
    tables: Tables,
    lg_code: str,
    use: ShrinkUse,
    kind: str,
    number: int,
    seen: str,
    at: datetime.datetime,
    by: Actor,
    *,
    remark: str = "",
) -> Record:
    """Approve a draft or a choice; `seen` is the `seen_hash` of what was on the approver's screen.

    Raises `NotAllowed`, `ShrinkAnswered`, `ShapesNotSeen`, `OwnShrink`, `RemarkNeeded` or, where the policy has
    changed since the choice was asked for, `BadShrinkChoice`.
    """
    way = approval_kind(session, by, lg_code, acting=False)
    record = _waiting(session, lg_code, use, kind, number)
    if seen_hash(session, lg_code, record) != seen:
        raise ShapesNotSeen
    if record.by_id == by.id:
        raise OwnShrink(what=KIND_LABELS[kind], number=number)
    if remark:
        _check_words("承認に添える言葉", remark)
    if isinstance(record, ChoiceRecord):
        counts = _in_force(session, lg_code, use)
        _check_choice(session, tables, lg_code, counts, record.glyph, record.text)
    return _answer(session, lg_code, record, Outcome(Status.APPROVED, way, by.id, by.name, remark, at), by, seen)


def send_back_shrink(
    session: Session,
    lg_code: str,
    use: ShrinkUse,
    kind: str,
    number: int,
    remark: str,
    at: datetime.datetime,
    by: Actor,
) -> Record:
    """差戻し with a reason; what is in force stays in force."""
    approval_kind(session, by, lg_code, acting=False)
    record = _waiting(session, lg_code, use, kind, number)
    _check_words("差戻しの理由", remark)
    return _answer(session, lg_code, record, Outcome(Status.SENT_BACK, "", by.id, by.name, remark, at), by)


def withdraw_shrink(
    session: Session, lg_code: str, use: ShrinkUse, kind: str, number: int, at: datetime.datetime, by: Actor
) -> Record:
    """取下げ of one's own draft or choice while it waits."""
    by.require(Permission.DECIDE, lg_code)
    record = _waiting(session, lg_code, use, kind, number)
    if record.by_id != by.id:
        raise NotYourShrink
    return _answer(session, lg_code, record, Outcome(Status.WITHDRAWN, "", by.id, by.name, "", at), by)


def subject(record: Record) -> str:
    """How the audit trail names a policy or a choice."""
    return f"shrink/{record.use.value}/{record.kind}/{record.number}"


def _in_force(session: Session, lg_code: str, use: ShrinkUse) -> InForce:
    found = in_force(session, lg_code, use)
    if found is None:
        raise NoShrinkPolicy(use=use.label)
    return found


def _known_glyph(session: Session, tables: Tables, lg_code: str, glyph: str) -> GlyphId:
    known = parse_glyph_id(glyph)
    if is_hub_id(known):
        return GlyphId(resolve(session, lg_code, known).id)
    if tables.character(known) is None:
        raise UnknownShrinkGlyph(glyph=known)
    return known


def _choices_of(session: Session, lg_code: str, use: ShrinkUse, glyph: GlyphId) -> tuple[ChoiceRecord, ...]:
    """Every choice asked for a character, under any name that it has by now."""
    known = list_choices(session, lg_code, use)
    meant = meanings(session, lg_code, (one.glyph for one in known))
    return tuple(one for one in known if meant[one.glyph] == glyph)


def _check_choice(session: Session, tables: Tables, lg_code: str, counts: InForce, glyph: GlyphId, text: str) -> None:
    """Raise `BadShrinkChoice` unless the policy in force would take the choice."""
    facts = facts_of(session, tables, lg_code, [glyph])[glyph]
    if counts.result(facts).rule is ShrinkRule.ITSELF:
        raise BadShrinkChoice(reason=f"{glyph} は{counts.policy.repertoire.label}にあるため、縮退しません")
    if text:
        parse_choice(text, counts.policy, facts)


def _check_words(what: str, text: str) -> None:
    if not is_remark(text, MAX_REMARK):
        raise RemarkNeeded(what=what, limit=MAX_REMARK)


def _check_none_waits(records: tuple[Record, ...]) -> None:
    for one in records:
        if one.status is Status.PENDING:
            raise ShrinkWaits(what=KIND_LABELS[one.kind], number=one.number)


def _next_number(
    session: Session, table: type[rows.ShrinkPolicy] | type[rows.ShrinkChoice], lg_code: str, use: ShrinkUse
) -> int:
    query = select(func.max(table.number)).where(table.lg_code == lg_code, table.use == use.value)
    return (session.scalar(query) or 0) + 1


def _waiting(session: Session, lg_code: str, use: ShrinkUse, kind: str, number: int) -> Record:
    lock_town(session, lg_code)
    record = find_record(session, lg_code, use, kind, number)
    if record.status is not Status.PENDING:
        raise ShrinkAnswered(what=KIND_LABELS[kind], number=number, status=record.status.label)
    return record


def _answer(
    session: Session, lg_code: str, record: Record, outcome: Outcome, by: Actor, seen: str = "0" * 64
) -> Record:
    fields = {name: value for name, value in vars(outcome).items() if name != "status"}
    table = rows.ShrinkPolicyOutcome if record.kind == POLICY else rows.ShrinkChoiceOutcome
    session.add(table(lg_code=lg_code, request_id=record.id, outcome=outcome.status.value, seen=seen, **fields))
    session.flush()
    action = f"{outcome.status.value}_shrink_{record.kind}"
    audit.record(session, by, outcome.at, lg_code, action, subject(record), {"kind": outcome.kind})
    return find_record(session, lg_code, record.use, record.kind, record.number)
