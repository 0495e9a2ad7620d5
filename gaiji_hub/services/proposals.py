"""まとめて提案: gaiji whose candidates are in the band `propose`, decided many at a time — for their base only.

A band of `propose` names a base, never a variant (ADR 0005). So what is decided here is always the base's own glyph,
as デザイン差, and each picture is on the clerk's sheet and again on the approver's. Whoever wants another glyph or
verdict decides that gaiji by itself.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.candidate import Band, Identified
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.grounds import Ground
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.candidates import newest_candidates
from gaiji_hub.services.decisions import Identification
from gaiji_hub.services.gaiji_states import GaijiState, Standing, standings
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.municipalities import locate
from gaiji_hub.tables.lookup import Tables


class ProposalChanged(BadInput):
    code = "proposal_changed"
    template = "表示していた提案が、いまの記録と違います（{count} 字）。画面を開き直し、字形を見てから申請してください"


class NothingPicked(BadInput):
    code = "nothing_picked"
    template = "申請する外字を1字以上選んでください"


@dataclass(frozen=True)
class Proposal:
    """A gaiji and the base its candidates name. `gallery` and `shape` say what was seen."""

    local_code: str
    shape: str
    gallery: str
    base: str
    glyph: GlyphId

    @property
    def seen(self) -> str:
        """What a sheet showed of this gaiji, as one value."""
        return hashlib.sha256(f"{self.local_code} {self.shape} {self.gallery} {self.glyph}".encode()).hexdigest()


def list_proposals(
    session: Session, tables: Tables, lg_code: str, system: str, offset: int = 0, limit: int | None = None
) -> tuple[int, tuple[Proposal, ...]]:
    """How many gaiji wait for a clerk with a proposed base, and up to `limit` of them from `offset` on, by code.

    One whose base has no glyph of its own is counted and not listed.
    """
    waiting = _waiting(session, lg_code, system)
    shown = waiting[offset:] if limit is None else waiting[offset : offset + limit]
    return len(waiting), tuple(_proposals(session, tables, lg_code, system, shown))


def propose(
    session: Session,
    tables: Tables,
    lg_code: str,
    system: str,
    picked: Sequence[tuple[str, str]],
    grounds: str,
    at: datetime.datetime,
    by: Actor,
) -> tuple[Identification, ...]:
    """Decide the picked gaiji, (local code, `Proposal.seen`) each, all or none; they wait for approval.

    Raises `NothingPicked`, or `ProposalChanged` when what was shown is not what is recorded now.
    """
    if not picked:
        raise NothingPicked
    codes = {code for code, _ in picked}
    waiting = [one for one in _waiting(session, lg_code, system) if one.local_code in codes]
    known = {one.local_code: one for one in _proposals(session, tables, lg_code, system, waiting)}
    changed = [code for code, seen in picked if code not in known or known[code].seen != seen]
    if changed:
        raise ProposalChanged(count=len(changed))
    decisions = [_decision(known[code], grounds) for code, _ in picked]
    return decide(session, tables, lg_code, system, decisions, at, by)


def _waiting(session: Session, lg_code: str, system: str) -> list[Standing]:
    found = standings(session, locate(session, lg_code, system))
    return [one for one in found if one.state is GaijiState.CANDIDATES and one.band is Band.PROPOSE]


def _decision(one: Proposal, grounds: str) -> Decision:
    words = f"まとめて提案: 基底 {one.base}。{grounds}"
    return Decision(one.local_code, Verdict.DESIGN_DIFFERENCE, one.glyph, words, one.shape, one.gallery, Ground.SHAPE)


def _proposals(
    session: Session, tables: Tables, lg_code: str, system: str, waiting: Sequence[Standing]
) -> Iterator[Proposal]:
    answers = newest_candidates(session, lg_code, system, {one.shape for one in waiting})
    for one in waiting:
        made = _proposal(tables, one, answers.get(one.shape))
        if made is not None:
            yield made


def _proposal(tables: Tables, one: Standing, answer: Identified | None) -> Proposal | None:
    if answer is None or answer.band is not Band.PROPOSE or not answer.candidates:
        return None
    base = answer.candidates[0].ucs
    glyph = tables.by_text(chr(int(base[2:], 16))) if base else None
    return None if base is None or glyph is None else Proposal(one.local_code, one.shape, answer.gallery, base, glyph)
