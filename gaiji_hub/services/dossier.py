"""文字要件に合わない外字への提案: near standard characters to choose as デザイン差, or the papers of a 追加要望."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.moji.candidate import Candidate, Identified
from gaiji_hub.moji.hub_character import HubCharacter, is_hub_id
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.policy import PolicyKind, Violation, violations
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.candidates import candidates_of, newest_candidates
from gaiji_hub.services.census import NoCensus, newest_census
from gaiji_hub.services.characters import UnknownHubCharacter, find_character
from gaiji_hub.services.decisions import Identification, current, find_gaiji, history
from gaiji_hub.services.municipalities import BusinessSystem, find_municipality, list_business_systems, locate
from gaiji_hub.services.release import next_rows
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.dossier import Dossier, NearCharacter, Use

NEAR = 5


@dataclass(frozen=True)
class Offer:
    """A gaiji that the target may not be sent: its shape and the standard characters nearest to it."""

    violation: Violation
    shape: str
    near: tuple[Candidate, ...]


def offers(
    session: Session, tables: Tables, lg_code: str, system: str, date: datetime.date, offset: int, limit: int
) -> tuple[int, tuple[Offer, ...]]:
    """How many rows the 文字要件 in force on `date` would forbid, and what to offer for some of them."""
    owner = locate(session, lg_code, system)
    kind = owner.policy.in_force(date)
    if kind is PolicyKind.LOCAL:  # forbids nothing: no need to read every gaiji
        return 0, ()
    made = next_rows(session, tables, lg_code, system)
    shapes = {row.local_code: row.shape for row in made}
    found = violations(kind, made)
    shown = found[offset : offset + limit]
    answers = newest_candidates(session, lg_code, system, {shapes[one.local_code] for one in shown})
    return len(found), tuple(_offer(session, owner, one, shapes[one.local_code], answers) for one in shown)


def dossier_of(
    session: Session, tables: Tables, lg_code: str, system: str, local_code: str, at: datetime.datetime
) -> Dossier:
    """The facts of a 追加要望 for one gaiji; codes and counts of every system of the town that holds the shape."""
    owner = locate(session, lg_code, system)
    gaiji = find_gaiji(session, owner, local_code)
    decision = current(session, lg_code, system).get(gaiji.local_code)
    character = _character(session, owner, decision)
    return Dossier(
        municipality=owner.lg_code,
        town=find_municipality(session, owner.lg_code).title,
        date=date_in_japan(at).isoformat(),
        glyph=character.id if character else "",
        title=character.title if character else "",
        readings=character.readings if character else (),
        shape=gaiji.shape,
        verdict=decision.verdict.label if decision else "承認された判定なし",
        grounds=_grounds(decision),
        policy=owner.policy.describe(),
        editions=tuple(sorted(tables.edition.items())),
        uses=_uses(session, owner.lg_code, gaiji.shape),
        near=_near_characters(session, tables, owner, gaiji.local_code, gaiji.shape),
    )


def _offer(
    session: Session, owner: BusinessSystem, one: Violation, shape: str, answers: Mapping[str, Identified]
) -> Offer:
    answer = answers.get(shape)
    return Offer(one, shape, answer.candidates[:NEAR] if answer else _near(session, owner, shape))


def _near(session: Session, owner: BusinessSystem, shape: str) -> tuple[Candidate, ...]:
    """What was answered here or, for a shape that 採番 brought, in another system of the town."""
    answer = candidates_of(session, owner.lg_code, owner.name, shape)
    if answer is None:
        asked = select(rows.BusinessSystem.name).join(
            rows.Candidates, rows.Candidates.business_system_id == rows.BusinessSystem.id
        )
        asked = asked.where(rows.Candidates.lg_code == owner.lg_code, rows.Candidates.shape == shape)
        other = session.scalar(asked.order_by(rows.Candidates.id.desc()).limit(1))
        answer = candidates_of(session, owner.lg_code, other, shape) if other else None
    return answer.candidates[:NEAR] if answer else ()


def _character(session: Session, owner: BusinessSystem, decision: Identification | None) -> HubCharacter | None:
    if decision is None or decision.glyph is None or not is_hub_id(decision.glyph):
        return None
    with contextlib.suppress(UnknownHubCharacter):  # no longer shared: the papers then say nothing of it
        return find_character(session, owner.lg_code, decision.glyph)
    return None


def _grounds(decision: Identification | None) -> str:
    if decision is None:
        return ""
    return "。".join(part for part in (decision.ground.label if decision.ground else "", decision.grounds) if part)


def _uses(session: Session, lg_code: str, shape: str) -> tuple[Use, ...]:
    found: list[Use] = []
    for owner in list_business_systems(session, lg_code):
        query = select(rows.Gaiji.local_code).where(
            rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present, rows.Gaiji.shape == shape
        )
        codes = sorted(session.scalars(query))
        try:
            census = newest_census(session, lg_code, owner.name) if codes else None
        except NoCensus:
            census = None
        found += [
            Use(
                system=owner.name,
                title=owner.title,
                local_code=code,
                count=census.counts.get(code, 0) if census else None,
                census=date_in_japan(census.at).isoformat() if census else "",
            )
            for code in codes
        ]
    return tuple(found)


def _near_characters(
    session: Session, tables: Tables, owner: BusinessSystem, local_code: str, shape: str
) -> tuple[NearCharacter, ...]:
    said = {
        one.glyph: f"「{one.verdict.label}」と判定。{one.grounds}"
        for one in history(session, owner.lg_code, owner.name, local_code)
        if one.shape == shape and one.verdict is Verdict.SIMILAR
    }
    return tuple(
        NearCharacter(c.glyph, c.ucs or "", c.score, tables.readings(c.glyph), said.get(c.glyph, ""))
        for c in _near(session, owner, shape)
    )
