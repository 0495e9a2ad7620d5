"""縮退方針の記録: what was asked for and answered in a town, what is in force, and the facts of glyphs it works on.

Reading only; `shrink_policies` writes. A policy and a choice come into force when a second person approves them.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.shrink import ShrinkFacts, ShrinkResult, ShrinkRule, Shrunk, format_shrunk, shrink
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.moji.text import format_ucs, parse_ucs
from gaiji_hub.services.decisions import Outcome, Present, Status
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables

POLICY, CHOICE = "policy", "choice"
KIND_LABELS = {POLICY: "縮退方針", CHOICE: "縮退先の選択"}


class UnknownShrinkRecord(NotFound):
    code = "unknown_shrink_record"
    template = "{what}が見つかりません: {municipality} {use} 第{number}号"


@dataclass(frozen=True)
class Asked:
    """What policies and choices share. `id` is the store's and never leaves the services."""

    id: int
    use: ShrinkUse
    number: int
    reason: str
    by_id: int
    by_name: str
    at: datetime.datetime
    outcome: Outcome | None

    @property
    def status(self) -> Status:
        return self.outcome.status if self.outcome else Status.PENDING


@dataclass(frozen=True)
class PolicyRecord(Asked):
    policy: ShrinkPolicy

    @property
    def kind(self) -> str:
        return POLICY


@dataclass(frozen=True)
class ChoiceRecord(Asked):
    """`text` "" takes the glyph's earlier choice back."""

    glyph: GlyphId
    text: str

    @property
    def kind(self) -> str:
        return CHOICE


Record = PolicyRecord | ChoiceRecord


@dataclass(frozen=True)
class InForce:
    """The policy of a use that counts now, and the choices made for it: glyph → text."""

    record: PolicyRecord
    choices: Mapping[str, str]

    @property
    def policy(self) -> ShrinkPolicy:
        return self.record.policy

    def result(self, facts: ShrinkFacts) -> ShrinkResult:
        return shrink(facts, self.policy, self.choices.get(facts.glyph))


def list_policies(session: Session, lg_code: str, use: ShrinkUse | None = None) -> tuple[PolicyRecord, ...]:
    """Every policy ever asked for (of one use), newest first."""
    asked, outcome = rows.ShrinkPolicy, rows.ShrinkPolicyOutcome
    query = select(asked, outcome).outerjoin(outcome, outcome.request_id == asked.id).where(asked.lg_code == lg_code)
    if use is not None:
        query = query.where(asked.use == use.value)
    found = session.execute(query.order_by(asked.use, asked.number.desc()))
    return tuple(_policy(row, answer) for row, answer in found)


def list_choices(
    session: Session, lg_code: str, use: ShrinkUse | None = None, glyph: str = ""
) -> tuple[ChoiceRecord, ...]:
    """Every choice ever asked for (of one use, of one glyph), newest first."""
    asked, outcome = rows.ShrinkChoice, rows.ShrinkChoiceOutcome
    query = select(asked, outcome).outerjoin(outcome, outcome.request_id == asked.id).where(asked.lg_code == lg_code)
    if use is not None:
        query = query.where(asked.use == use.value)
    if glyph:
        query = query.where(asked.glyph == glyph)
    found = session.execute(query.order_by(asked.use, asked.number.desc()))
    return tuple(_choice(row, answer) for row, answer in found)


def find_record(session: Session, lg_code: str, use: ShrinkUse, kind: str, number: int) -> Record:
    """The policy or choice `number` of a use, or `UnknownShrinkRecord`."""
    records: Iterable[Record] = (
        list_policies(session, lg_code, use) if kind == POLICY else list_choices(session, lg_code, use)
    )
    found = next((one for one in records if one.number == number), None)
    if found is None:
        raise UnknownShrinkRecord(what=KIND_LABELS[kind], municipality=lg_code, use=use.value, number=number)
    return found


def all_in_force(session: Session, lg_code: str) -> dict[ShrinkUse, InForce]:
    """What counts now in every use that has an approved policy: the highest approved number of each."""
    newest: dict[ShrinkUse, PolicyRecord] = {}
    for one in list_policies(session, lg_code):
        if one.status is Status.APPROVED:
            newest.setdefault(one.use, one)
    if not newest:
        return {}
    chosen: dict[tuple[ShrinkUse, str], str] = {}
    for choice in list_choices(session, lg_code):
        if choice.status is Status.APPROVED:
            chosen.setdefault((choice.use, choice.glyph), choice.text)
    return {
        use: InForce(record, {glyph: text for (of, glyph), text in sorted(chosen.items()) if of is use and text})
        for use, record in sorted(newest.items())
    }


def in_force(session: Session, lg_code: str, use: ShrinkUse) -> InForce | None:
    return all_in_force(session, lg_code).get(use)


def record_hash(record: Record, against: int) -> str:
    """What an approver's screen showed of a policy or choice, as one value; `against` the number in force (0 none)."""
    said = record.policy.to_json() if isinstance(record, PolicyRecord) else [record.glyph, format_ucs(record.text)]
    shown = [record.kind, record.use.value, record.number, said, record.reason, record.by_id, against]
    return hashlib.sha256(canonical(shown)).hexdigest()


def facts_of(session: Session, tables: Tables, glyphs: Iterable[str]) -> dict[str, ShrinkFacts]:
    """What the tables, or for GH characters the hub, know of glyphs; one that nobody knows has no facts but its id."""
    wanted = sorted(set(glyphs))
    character = rows.HubCharacter
    query = select(character.id, character.readings).where(character.id.in_(filter(is_hub_id, wanted)))
    hub = {glyph: tuple(json.loads(readings)) for glyph, readings in session.execute(query)}
    return {glyph: table_facts(tables, glyph, hub.get(glyph, ())) for glyph in wanted}


def row_statements(session: Session, tables: Tables, lg_code: str, found: Iterable[Present]) -> dict[str, str]:
    """Glyph of each gaiji → what its release row says in `shrink_policy`; {} while the town has no policy in force."""
    policies = all_in_force(session, lg_code)
    if not policies:
        return {}
    known = facts_of(session, tables, (one.in_force.glyph for one in found if one.in_force and one.in_force.glyph))
    return {glyph: format_shrunk(_shrunk(policies, facts)) for glyph, facts in known.items()}


def _shrunk(policies: Mapping[ShrinkUse, InForce], facts: ShrinkFacts) -> Iterable[Shrunk]:
    for use, now in policies.items():
        found = now.result(facts)
        if found.rule is not ShrinkRule.ITSELF:
            yield Shrunk(use, now.record.number, found.rule, found.text or "")


def table_facts(tables: Tables, glyph: str, readings: tuple[str, ...] = ()) -> ShrinkFacts:
    known = GlyphId(glyph)
    return ShrinkFacts(glyph, tables.text(known), tables.shrink(known), readings or tables.readings(known))


def _policy(row: rows.ShrinkPolicy, outcome: rows.ShrinkPolicyOutcome | None) -> PolicyRecord:
    return PolicyRecord(
        id=row.id,
        use=ShrinkUse(row.use),
        number=row.number,
        reason=row.reason,
        by_id=row.by_id,
        by_name=row.by_name,
        at=row.at,
        outcome=_outcome(outcome),
        policy=ShrinkPolicy.from_json(json.loads(row.policy)),
    )


def _choice(row: rows.ShrinkChoice, outcome: rows.ShrinkChoiceOutcome | None) -> ChoiceRecord:
    return ChoiceRecord(
        id=row.id,
        use=ShrinkUse(row.use),
        number=row.number,
        reason=row.reason,
        by_id=row.by_id,
        by_name=row.by_name,
        at=row.at,
        outcome=_outcome(outcome),
        glyph=GlyphId(row.glyph),
        text=parse_ucs(row.text) if row.text else "",
    )


def _outcome(row: rows.ShrinkPolicyOutcome | rows.ShrinkChoiceOutcome | None) -> Outcome | None:
    if row is None:
        return None
    return Outcome(Status(row.outcome), row.kind, row.by_id, row.by_name, row.remark, row.at)
