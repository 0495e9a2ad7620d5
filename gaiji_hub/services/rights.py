"""字形の権利: what a town says of the shapes it holds. The newest word counts; nothing said is 不明.

Of a shape taken over from another town's character its owner speaks: while it is shared it is 共有, and nobody who took
it over can say 自団体 of it (services.adoption).
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.rights import SAYABLE, Rights, may_share
from gaiji_hub.moji.text import has_control
from gaiji_hub.services import audit
from gaiji_hub.services.adoption import adopted_shapes
from gaiji_hub.services.municipalities import locate
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new
from gaiji_hub.store.scope import lock_shared

MAX_NOTE = 500
UNSAID = (Rights.UNKNOWN, "")
Said = tuple[Rights, str]


class BadNote(BadInput):
    code = "bad_rights_note"
    template = "権利の備考は{limit}文字までで、改行などの制御文字を含まずに書いてください"


class ForeignShape(NotFound):
    code = "foreign_shape"
    template = "この団体の字形ではないものが {count} 件あります。権利を登録できるのは、取り込んだ字形だけです"


class AdoptedShape(Conflict):
    code = "adopted_shape"
    template = (
        "この字形はハブの文字から取り込んだものです。権利は元の団体が登録します（{count} 件。何も登録していません）"
    )


class RightsLine(NamedTuple):
    """One present gaiji with what is said of its shape; `by_name` and `at` are empty while nothing is."""

    local_code: str
    shape: str
    rights: Rights
    note: str
    by_name: str
    at: datetime.datetime | None


def set_rights(
    session: Session, lg_code: str, shapes: Iterable[str], rights: Rights, note: str, at: datetime.datetime, by: Actor
) -> int:
    """Say whose `shapes` are (all or none); the number of shapes. A shape that may no longer be shared is not.

    Raises `BadNote`, `ForeignShape`, `AdoptedShape`. `rights` is one of `SAYABLE`.
    """
    by.require(Permission.DECIDE, lg_code)
    lock_shared(session)
    wanted = sorted(set(shapes))
    foreign = len(wanted) - len(_mine(session, lg_code, wanted))
    if foreign:
        raise ForeignShape(count=foreign)
    if may_share(rights) and (taken := adopted_shapes(session, lg_code).keys() & set(wanted)):
        raise AdoptedShape(count=len(taken))
    _record(session, lg_code, wanted, rights, note, at, by)
    stopped = [] if may_share(rights) else _stop_sharing(session, lg_code, wanted)
    acts: list[tuple[str, str, audit.Detail]] = [("unshare_character", character, {}) for character in stopped]
    if wanted:
        acts.insert(0, ("set_rights", "rights", {"rights": rights.value, "shapes": len(wanted), "first": wanted[0]}))
    audit.record_all(session, by, at, lg_code, acts)
    return len(wanted)


def record_unsaid(
    session: Session, lg_code: str, shapes: Iterable[str], rights: Rights, note: str, at: datetime.datetime, by: Actor
) -> None:
    """Say it of those of the town's `shapes` about which nothing is said yet, without an entry of the audit trail.

    Shapes taken over from another town's characters are left out.
    """
    lock_shared(session)
    known = _said(session, lg_code).keys() | adopted_shapes(session, lg_code).keys()
    _record(session, lg_code, sorted(set(shapes) - known), rights, note, at, by)


def _record(
    session: Session, lg_code: str, shapes: Iterable[str], rights: Rights, note: str, at: datetime.datetime, by: Actor
) -> None:
    if rights not in SAYABLE:
        raise ValueError(rights)
    if len(note) > MAX_NOTE or has_control(note):
        raise BadNote(limit=MAX_NOTE)
    entry = {"lg_code": lg_code, "rights": rights.value, "note": note.strip(), "by_name": by.name, "at": at}
    insert_new(session, rows.ShapeRights, [{**entry, "shape": shape} for shape in shapes])


def rights_of(session: Session, lg_code: str, shapes: Iterable[str]) -> Mapping[str, Said]:
    """What the town says of each of `shapes`, or what sharing says for it; 不明 for all others."""
    said = _in_force(session, lg_code)
    return {shape: said[shape][:2] if shape in said else UNSAID for shape in set(shapes)}


def rights_lines(session: Session, lg_code: str, system: str) -> tuple[RightsLine, ...]:
    """Every present gaiji of a business system with the rights of its shape, ascending by code."""
    owner = locate(session, lg_code, system)
    query = select(rows.Gaiji.local_code, rows.Gaiji.shape).where(
        rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present
    )
    said = _in_force(session, owner.lg_code)
    found = session.execute(query.order_by(rows.Gaiji.local_code))
    return tuple(RightsLine(code, shape, *said.get(shape, _NOTHING)) for code, shape in found)


def count_rights(lines: Iterable[RightsLine]) -> dict[Rights, int]:
    """How many gaiji have a shape of each kind of rights."""
    counts = Counter(line.rights for line in lines)
    return {rights: counts[rights] for rights in Rights}


class _Word(NamedTuple):
    rights: Rights
    note: str
    by_name: str
    at: datetime.datetime | None


_NOTHING = _Word(*UNSAID, "", None)


def _said(session: Session, lg_code: str) -> dict[str, _Word]:
    """The newest word about each shape: a later one takes the place of an earlier, quicker than asking for the last."""
    said = rows.ShapeRights
    query = select(said.shape, said.rights, said.note, said.by_name, said.at).where(said.lg_code == lg_code)
    found = session.execute(query.order_by(said.id))
    return {shape: _Word(Rights(kind), note, by_name, at) for shape, kind, note, by_name, at in found}


def _in_force(session: Session, lg_code: str) -> dict[str, _Word]:
    """The newest word about each shape, and 共有 where the town said nothing but its owner shares it."""
    shared = {
        shape: _Word(Rights.SHARED, f"ハブの文字 {character}", "", None)
        for shape, character in adopted_shapes(session, lg_code).items()
        if character
    }
    return shared | _said(session, lg_code)


def _mine(session: Session, lg_code: str, shapes: list[str]) -> set[str]:
    """Those of `shapes` that a gaiji or a character of the town has or had."""
    gaiji = select(rows.GaijiRevision.shape).where(rows.GaijiRevision.lg_code == lg_code)
    characters = select(rows.HubCharacter.shape).where(rows.HubCharacter.lg_code == lg_code)
    mine = or_(rows.Shape.hash.in_(gaiji), rows.Shape.hash.in_(characters))
    wanted = set(shapes)
    return {shape for shape in session.scalars(select(rows.Shape.hash).where(mine)) if shape in wanted}


def _stop_sharing(session: Session, lg_code: str, shapes: list[str]) -> list[str]:
    wanted = set(shapes)
    query = select(rows.HubCharacter.id, rows.HubCharacter.shape).where(
        rows.HubCharacter.lg_code == lg_code, rows.HubCharacter.shared
    )
    stopped = sorted(character for character, shape in session.execute(query) if shape in wanted)
    if stopped:
        session.execute(update(rows.HubCharacter).where(rows.HubCharacter.id.in_(stopped)).values(shared=False))
    return stopped
