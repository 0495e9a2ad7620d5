"""候補: what identification found for the shapes of a business system, kept per shape and gallery.

Answers are not shared between towns: a shape that is answered without having been asked about would tell a town
that another one has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.candidate import Band, Candidate, Identified
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.text import format_ucs, parse_ucs
from gaiji_hub.services.intake import UnknownShape
from gaiji_hub.services.municipalities import BusinessSystem, locate
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing
from gaiji_hub.store.engine import Store
from gaiji_hub.workbench.identify import Identifier

BATCH = 128
UNREADABLE = "unreadable"
_HASH = re.compile("[0-9a-f]{64}")


class NotSeen(BadInput):
    code = "candidates_not_seen"
    template = "表示していた候補が、記録されている候補と違います。この画面を開き直し、候補を見てから判定してください"


def shapes_without_candidates(session: Session, lg_code: str, system: str, gallery: str) -> dict[str, Outline]:
    """The shapes of present gaiji about which `gallery` has not answered this system yet, by hash ascending."""
    owner = locate(session, lg_code, system)
    answered = select(rows.Candidates.shape).where(
        rows.Candidates.business_system_id == owner.id, rows.Candidates.gallery == gallery
    )
    query = select(rows.Shape).where(rows.Shape.hash.in_(_present(owner)), rows.Shape.hash.not_in(answered))
    found = session.scalars(query.order_by(rows.Shape.hash))
    return {row.hash: Outline.from_bytes(row.outline) for row in found}


def record_candidates(session: Session, lg_code: str, system: str, found: Mapping[str, Identified]) -> None:
    """Keep the answers, by shape hash; what the same gallery answered before stays.

    A shape may have been replaced by an intake while it was looked up. Raises `UnknownShape` for one that this
    business system never had.
    """
    owner = locate(session, lg_code, system)
    mine = set(session.scalars(_ever(owner)))
    foreign = sorted(set(found) - mine)
    if foreign:
        raise UnknownShape(shape=foreign[0][:12])
    insert_missing(session, rows.Candidates, [_row(owner, shape, found[shape]) for shape in sorted(found)])


def identify_pending(
    store: Store, identifier: Identifier, lg_code: str, system: str, progress: Callable[[int, int], None]
) -> int:
    """Ask `identifier` about every shape it has not answered and keep the answers; the number of shapes asked.

    Works in small batches, each in its own transaction and outside the lock while it computes, so that a
    killed run loses one batch. `progress(done, total)` is called after each.
    """
    with store.reading() as session:
        waiting = shapes_without_candidates(session, lg_code, system, identifier.gallery)
    hashes = sorted(waiting)
    for start in range(0, len(hashes), BATCH):
        batch = hashes[start : start + BATCH]
        answers = identifier.identify([waiting[shape] for shape in batch])
        with store.writing() as session:
            record_candidates(session, lg_code, system, dict(zip(batch, answers, strict=True)))
        progress(start + len(batch), len(hashes))
    return len(hashes)


def candidates_of(
    session: Session, lg_code: str, system: str, shape: str, gallery: str | None = None
) -> Identified | None:
    """The answer of `gallery` (default: of the newest one) for a shape of this business system, or None."""
    owner = locate(session, lg_code, system)
    if not all(map(_HASH.fullmatch, (shape, gallery or shape))):
        return None
    query = select(rows.Candidates).where(
        rows.Candidates.business_system_id == owner.id, rows.Candidates.shape == shape
    )
    if gallery is not None:
        query = query.where(rows.Candidates.gallery == gallery)
    found = session.scalar(query.order_by(rows.Candidates.id.desc()).limit(1))
    return None if found is None else _value(found)


def newest_candidates(session: Session, lg_code: str, system: str, shapes: Collection[str]) -> dict[str, Identified]:
    """The newest answer about each of these shapes that has one: what `candidates_of` says, in one query."""
    owner, answers = locate(session, lg_code, system), rows.Candidates
    newest = (
        select(func.max(answers.id))
        .where(answers.business_system_id == owner.id, answers.shape.in_(sorted(shapes)))
        .group_by(answers.shape)
    )
    return {row.shape: _value(row) for row in session.scalars(select(answers).where(answers.id.in_(newest)))}


def check_seen(session: Session, lg_code: str, system: str, shape: str, gallery: str) -> None:
    """Raise `NotSeen` unless `gallery` has answered about `shape`, or is "" and nothing has.

    For decisions made on a screen: the record must name the candidates that were shown there.
    """
    answered = candidates_of(session, lg_code, system, shape, gallery or None) is not None
    if answered != bool(gallery):
        raise NotSeen


def _present(owner: BusinessSystem) -> Select[str]:
    return select(rows.Gaiji.shape).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present).distinct()


def _ever(owner: BusinessSystem) -> Select[str]:
    query = select(rows.GaijiRevision.shape).join(rows.Gaiji, rows.Gaiji.id == rows.GaijiRevision.gaiji_id)
    return query.where(rows.Gaiji.business_system_id == owner.id)


def _row(owner: BusinessSystem, shape: str, answer: Identified) -> dict[str, str | int]:
    fields = {
        "error": answer.error,
        "candidates": [
            {"glyph": c.glyph, "text": format_ucs(c.text) if c.text else None, "ucs": c.ucs, "score": c.score}
            for c in answer.candidates
        ],
    }
    return {
        "business_system_id": owner.id,
        "lg_code": owner.lg_code,
        "shape": shape,
        "gallery": answer.gallery,
        "edition": answer.edition,
        "band": answer.band.value if answer.band else UNREADABLE,
        "candidates": json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    }


def _value(row: rows.Candidates) -> Identified:
    fields = json.loads(row.candidates)
    return Identified(
        query="",
        band=None if row.band == UNREADABLE else Band(row.band),
        gallery=row.gallery,
        candidates=tuple(map(_candidate, fields["candidates"])),
        ms=0.0,
        error=fields["error"],
        edition=row.edition,
    )


def _candidate(fields: dict[str, Any]) -> Candidate:
    text = parse_ucs(fields["text"]) if fields["text"] else None
    return Candidate(GlyphId(fields["glyph"]), text, fields["ucs"], fields["score"])
