"""縮退方針の記録: what was asked for and answered in a town, what is in force, and the facts of glyphs it works on.

Reading only; `shrink_policies` writes. A policy and a choice come into force when a second person approves them.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import NotFound
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.shrink import ShrinkFacts, ShrinkResult, ShrinkRule, Shrunk, format_shrunk, shrink
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse
from gaiji_hub.moji.text import format_ucs, parse_ucs
from gaiji_hub.services.characters import UnknownHubCharacter, readings_of, resolve
from gaiji_hub.services.decisions import Outcome, Present, Status
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables

POLICY, CHOICE = "policy", "choice"
MAX_NUMBER = 2**31 - 1  # of the database's integers
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
    """The policy of a use that counts now, and the choices made for it: glyph (an alias as what it means) → text."""

    record: PolicyRecord
    choices: Mapping[str, str]

    @property
    def policy(self) -> ShrinkPolicy:
        return self.record.policy

    def result(self, facts: ShrinkFacts) -> ShrinkResult:
        return shrink(facts, self.policy, self.choices.get(facts.glyph))

    def lapsed(self, session: Session, tables: Tables, lg_code: str) -> frozenset[str]:
        """The glyphs whose choice the policy does not take (any more)."""
        facts = facts_of(session, tables, lg_code, self.choices)
        return frozenset(glyph for glyph, known in facts.items() if self.result(known).rule is not ShrinkRule.CHOICE)


def list_policies(
    session: Session, lg_code: str, use: ShrinkUse | None = None, number: int | None = None
) -> tuple[PolicyRecord, ...]:
    """Every policy ever asked for (of one use, of one number), newest first."""
    asked, outcome = rows.ShrinkPolicy, rows.ShrinkPolicyOutcome
    query = select(asked, outcome).outerjoin(outcome, outcome.request_id == asked.id).where(asked.lg_code == lg_code)
    if use is not None:
        query = query.where(asked.use == use.value)
    if number is not None:
        query = query.where(asked.number == number)
    found = session.execute(query.order_by(asked.use, asked.number.desc()))
    return tuple(_policy(row, answer) for row, answer in found)


def list_choices(
    session: Session, lg_code: str, use: ShrinkUse | None = None, glyph: str = "", number: int | None = None
) -> tuple[ChoiceRecord, ...]:
    """Every choice ever asked for (of one use, of one glyph as it was named, of one number), newest first."""
    asked, outcome = rows.ShrinkChoice, rows.ShrinkChoiceOutcome
    query = select(asked, outcome).outerjoin(outcome, outcome.request_id == asked.id).where(asked.lg_code == lg_code)
    if use is not None:
        query = query.where(asked.use == use.value)
    if number is not None:
        query = query.where(asked.number == number)
    if glyph:
        query = query.where(asked.glyph == glyph)
    found = session.execute(query.order_by(asked.use, asked.number.desc()))
    return tuple(_choice(row, answer) for row, answer in found)


def find_record(session: Session, lg_code: str, use: ShrinkUse, kind: str, number: int) -> Record:
    """The policy or choice `number` of a use, or `UnknownShrinkRecord`."""
    found: tuple[Record, ...] = ()
    if 1 <= number <= MAX_NUMBER:
        if kind == POLICY:
            found = list_policies(session, lg_code, use, number)
        else:
            found = list_choices(session, lg_code, use, number=number)
    if not found:
        raise UnknownShrinkRecord(what=KIND_LABELS[kind], municipality=lg_code, use=use.value, number=number)
    return found[0]


def all_in_force(session: Session, lg_code: str) -> dict[ShrinkUse, InForce]:
    """What counts now in every use that has an approved policy: the highest approved number of each.

    One statement reads policies and choices: of two, an adoption could come between, and the rows of a release would
    state the choices of one policy under the number of another.
    """
    newest: dict[ShrinkUse, PolicyRecord] = {}
    chosen: dict[tuple[ShrinkUse, str], str] = {}
    found = _approved(session, lg_code)
    meant = meanings(session, lg_code, (glyph for *_, glyph, _ in found if glyph))
    for row, answer, glyph, text in found:
        use = ShrinkUse(row.use)
        if use not in newest:
            newest[use] = _policy(row, answer)
        if glyph:
            chosen.setdefault((use, meant[glyph]), parse_ucs(text) if text else "")
    return {
        use: InForce(record, {glyph: text for (of, glyph), text in sorted(chosen.items()) if of is use and text})
        for use, record in sorted(newest.items())
    }


def _approved(
    session: Session, lg_code: str
) -> list[tuple[rows.ShrinkPolicy, rows.ShrinkPolicyOutcome, str | None, str | None]]:
    """The newest approved policy of each use with each approved choice of the use (or None), newest choice first."""
    asked, answer, choice = rows.ShrinkPolicy, rows.ShrinkPolicyOutcome, rows.ShrinkChoice
    chosen = rows.ShrinkChoiceOutcome
    newest = (
        select(asked.use, func.max(asked.number).label("number"))
        .join(answer, and_(answer.request_id == asked.id, answer.outcome == Status.APPROVED.value))
        .where(asked.lg_code == lg_code)
        .group_by(asked.use)
        .subquery()
    )
    query = (
        select(asked, answer, choice.glyph, choice.text, chosen.id)
        .join(newest, and_(newest.c.use == asked.use, newest.c.number == asked.number))
        .join(answer, answer.request_id == asked.id)
        .outerjoin(choice, and_(choice.lg_code == asked.lg_code, choice.use == asked.use))
        .outerjoin(chosen, and_(chosen.request_id == choice.id, chosen.outcome == Status.APPROVED.value))
        .where(asked.lg_code == lg_code)
        .order_by(asked.use, choice.number.desc())
    )
    return [
        (row, outcome, glyph if approved else None, text)
        for row, outcome, glyph, text, approved in session.execute(query)
    ]


def meanings(session: Session, lg_code: str, glyphs: Iterable[str]) -> dict[str, str]:
    """Each glyph → the one it means: an alias of the hub as the town sees it resolved, any other itself."""
    found = {glyph: glyph for glyph in glyphs}
    if not any(map(is_hub_id, found)):
        return found
    aliases = session.scalars(select(rows.HubCharacter.id).where(rows.HubCharacter.merged_into.is_not(None)))
    for alias in found.keys() & set(aliases):
        with contextlib.suppress(UnknownHubCharacter):  # no longer shared: it stands for itself
            found[alias] = resolve(session, lg_code, alias).id
    return found


def in_force(session: Session, lg_code: str, use: ShrinkUse) -> InForce | None:
    return all_in_force(session, lg_code).get(use)


def record_hash(record: Record, now: InForce | None) -> str:
    """What an approver's screen showed of a policy or choice, as one value, against what was in force.

    A policy was counted with the choices in force, so they belong to what was shown of it.
    """
    shown = [record.kind, record.use.value, record.number]
    against = now.record.number if now else 0
    if isinstance(record, PolicyRecord):
        choices = [[glyph, format_ucs(text)] for glyph, text in sorted(now.choices.items())] if now else []
        said = [record.policy.to_json(), choices]
    else:
        said = [record.glyph, format_ucs(record.text)]
    return hashlib.sha256(canonical([*shown, said, record.reason, record.by_id, against])).hexdigest()


def facts_of(session: Session, tables: Tables, lg_code: str, glyphs: Iterable[str]) -> dict[str, ShrinkFacts]:
    """What the tables, or for GH characters the hub as the town sees it, know of glyphs; by the glyph asked for.

    An alias has the facts, id included, of the character that it means; a glyph that nobody knows has only its id.
    """
    meant = meanings(session, lg_code, sorted(set(glyphs)))
    hub = readings_of(session, lg_code, meant.values())
    return {glyph: table_facts(tables, means, hub.get(means, ())) for glyph, means in meant.items()}


def row_statements(session: Session, tables: Tables, lg_code: str, found: Iterable[Present]) -> dict[str, str]:
    """Glyph of each gaiji → what its release row says in `shrink_policy`; {} while the town has no policy in force."""
    policies = all_in_force(session, lg_code)
    if not policies:
        return {}
    glyphs = (one.in_force.glyph for one in found if one.in_force and one.in_force.glyph)
    known = facts_of(session, tables, lg_code, glyphs)
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
