"""引用: shapes that a town has from another town's hub characters. Their rights are the other town's to say.

What is taken over stays the town's own gaiji when the other town ends the sharing; only its rights go by what the
owner says now, and nobody else can say them in the owner's place.
"""

from __future__ import annotations

import datetime
import json

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.moji.hub_character import is_hub_id
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.store import models as rows

Named = tuple[str, str]  # the character and the shape that the town holds as it


def adopted_shapes(session: Session, lg_code: str) -> dict[str, str]:
    """Every shape that the town took over from another town's character, with that character's id while it is
    still shared and of this very shape; "" once it is not.

    Of a character that is no longer seen nobody can compare the shape: what was approved as 字形一致 counts as it.
    """
    query = select(rows.HubCharacter.id, rows.HubCharacter.shape).where(rows.HubCharacter.lg_code != lg_code)
    shared = dict(session.execute(query.where(rows.HubCharacter.shared)).all())
    own = set(session.scalars(select(rows.HubCharacter.id).where(rows.HubCharacter.lg_code == lg_code)))
    drawn, taken = _requested(session, lg_code, own)
    for character, shape in _identified(session, lg_code, own) - drawn:
        if shared.get(character, shape) == shape:
            taken.add((character, shape))
    adopted = {shape: "" for _, shape in taken}
    adopted.update({shape: character for character, shape in sorted(taken) if shared.get(character) == shape})
    return adopted


def _requested(session: Session, lg_code: str, own: set[str]) -> tuple[set[Named], set[Named]]:
    """What approved requests placed as another town's character: drawn by the town itself, and taken over."""
    query = (
        select(rows.CharacterRequest, rows.RequestOutcome.character)
        .join(rows.RequestOutcome, rows.RequestOutcome.request_id == rows.CharacterRequest.id)
        .where(rows.CharacterRequest.lg_code == lg_code, rows.RequestOutcome.outcome == "approved")
    )
    before = _registered(session, lg_code)
    drawn: set[Named] = set()
    taken: set[Named] = set()
    for request, character in session.execute(query):
        if not is_hub_id(character) or character in own:
            continue
        searched = json.loads(request.searched)
        same = bool(set(searched["identical"]) - own)
        mine_first = request.shape in before and before[request.shape] <= request.at
        # Without a gallery the shape was a hub character's to begin with.
        found = same or (not searched["gallery"] and not mine_first)
        (taken if found else drawn).add((character, request.shape))
    return drawn, taken


def _registered(session: Session, lg_code: str) -> dict[str, datetime.datetime]:
    """When the town first registered a character of each shape of its own."""
    mine = rows.HubCharacter
    query = select(mine.shape, mine.registered_at).where(mine.lg_code == lg_code)
    return dict(session.execute(query.order_by(mine.registered_at.desc())).all())


def _identified(session: Session, lg_code: str, own: set[str]) -> set[Named]:
    """What was approved to be another town's character, 字形一致."""
    made = rows.Identification
    query = (
        select(made.glyph, made.shape)
        .join(rows.Approval, rows.Approval.identification_id == made.id)
        .where(
            made.lg_code == lg_code,
            made.verdict == Verdict.EXACT.value,
            made.glyph.startswith("GH"),
            rows.Approval.outcome == "approved",
        )
    )
    found = session.execute(query.distinct()).all()
    return {(glyph, shape) for glyph, shape in found if glyph is not None and glyph not in own}
