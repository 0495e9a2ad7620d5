"""取込: outlines of a font become the gaiji of a business system; a re-intake finds new, changed, gone, back.

Codes in a font are Unicode code points; they are stored as local codes of the business system's code system.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, NotFound
from gaiji_hub.fontbuild.intake import FontIntake
from gaiji_hub.moji.actor import CONSOLE, Actor
from gaiji_hub.moji.code_system import CodeSystem
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.text import show_control
from gaiji_hub.services import audit
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock
from gaiji_hub.services.rights import record_unsaid
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing, insert_new

_HASH = re.compile("[0-9a-f]{64}")


class OutsideArea(BadInput):
    code = "outside_area"
    template = (
        "{count} 字の符号位置が {code_system} の外字領域（{area}）に対応しません: {listing}。"
        "取り込む範囲を --codes で指定するか、業務システムの文字コード体系を確かめてください"
    )


class UnknownShape(NotFound):
    code = "unknown_shape"
    template = "字形が見つかりません: {shape}"


@dataclass(frozen=True)
class IntakeResult:
    """Local codes by what happened to them, each ascending. `blank` have no shape in the font: not a gaiji.

    `replaced_allocations` are codes that the hub gave out (採番) and where the font has another shape: besides, they
    are `changed` when that was accepted, and keep the shape that was given out when it was not.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    gone: tuple[str, ...]
    back: tuple[str, ...]
    unchanged: tuple[str, ...]
    blank: tuple[str, ...]
    replaced_allocations: tuple[str, ...] = ()


def record_intake(
    session: Session,
    lg_code: str,
    system: str,
    intake: FontIntake,
    at: datetime.datetime,
    only: Collection[int] | None = None,
    *,
    rights: tuple[Rights, str] | None = None,
    accept_allocated: bool = False,
    by: Actor = CONSOLE,
) -> IntakeResult:
    """Record what `intake` holds. `only` are the font codes that were asked for: no other gaiji can be gone.

    Without `only`, a code that the hub gave out (採番) is not gone either: the town's font need not have it yet. Where
    the font has another shape at such a code, the gaiji keeps its own unless `accept_allocated`.
    `rights` (with the note) is what `by` says of those shapes about which the town has said nothing so far.
    Raises `OutsideArea` for codes the code system has no place for, `BadNote`; nothing is recorded then.
    """
    owner = lock(session, lg_code, system)
    local = _local_codes(owner.code_system, [*(g.code for g in intake.glyphs), *intake.blank_codes])
    shapes = {local[g.code]: g.data for g in intake.glyphs}
    hashes = {code: hashlib.sha256(data).hexdigest() for code, data in shapes.items()}
    known = {g.local_code: g for g in session.scalars(_gaiji(owner))}
    scope = None if only is None else {owner.code_system.from_pua(code) for code in only}
    allocated = _allocated(session, owner)
    replaced = _replaced(known, hashes, allocated)
    if not accept_allocated:
        hashes = {code: digest for code, digest in hashes.items() if code not in replaced}
    kept = allocated if only is None else frozenset(replaced)
    blank = tuple(sorted(local[code] for code in intake.blank_codes))
    result = replace(_compare(known, hashes, scope, kept, blank), replaced_allocations=replaced)
    unique = {digest: shapes[code] for code, digest in hashes.items()}
    insert_missing(session, rows.Shape, [{"hash": h, "outline": unique[h]} for h in sorted(unique)])
    _record(session, owner, intake, at, result, hashes, partial=only is not None)
    if rights is not None:
        record_unsaid(session, owner.lg_code, hashes.values(), *rights, at, by)
    counts = {kind: len(codes) for kind, codes in vars(result).items()}
    said = rights[0].value if rights else None
    detail: audit.Detail = {"font": intake.sha256, "partial": only is not None, "rights": said, **counts}
    audit.record(session, by, at, owner.lg_code, "intake", f"{owner.name}/intake", detail)
    return result


def shape_outline(session: Session, lg_code: str, system: str, shape: str) -> Outline:
    """The outline of a shape that this business system has or had; `UnknownShape` otherwise."""
    owner = locate(session, lg_code, system)
    mine = select(rows.GaijiRevision.id).join(rows.Gaiji, rows.Gaiji.id == rows.GaijiRevision.gaiji_id)
    mine = mine.where(rows.Gaiji.business_system_id == owner.id, rows.GaijiRevision.shape == shape)
    if not _HASH.fullmatch(shape):
        raise UnknownShape(shape="—")
    data = session.scalar(select(rows.Shape.outline).where(rows.Shape.hash == shape, mine.exists()))
    if data is None:
        raise UnknownShape(shape=shape[:12])
    return Outline.from_bytes(data)


def outlines_of(session: Session, lg_code: str, system: str, shapes: Iterable[str]) -> dict[str, Outline]:
    """The outlines of several shapes of this business system, by hash; `UnknownShape` for the first foreign one."""
    owner = locate(session, lg_code, system)
    query = select(rows.Shape.hash, rows.Shape.outline).where(
        rows.Shape.hash.in_(
            select(rows.GaijiRevision.shape)
            .join(rows.Gaiji, rows.Gaiji.id == rows.GaijiRevision.gaiji_id)
            .where(rows.Gaiji.business_system_id == owner.id)
        )
    )
    mine = dict(session.execute(query).all())
    wanted = sorted(set(shapes))
    missing = [shape for shape in wanted if shape not in mine]
    if missing:
        raise UnknownShape(shape=missing[0][:12])
    return {shape: Outline.from_bytes(mine[shape]) for shape in wanted}


def _gaiji(owner: BusinessSystem) -> Select[rows.Gaiji]:
    return select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id)


def _local_codes(system: CodeSystem, codes: Collection[int]) -> dict[int, str]:
    found = {code: system.from_pua(code) for code in codes}
    outside = sorted(code for code, local in found.items() if local is None)
    if outside:
        listing = "・".join(f"U+{code:04X}" for code in outside[:5]) + ("…" if len(outside) > 5 else "")
        raise OutsideArea(count=len(outside), code_system=system.name, area=system.area, listing=listing)
    return {code: system.format(local) for code, local in found.items() if local is not None}


def _allocated(session: Session, owner: BusinessSystem) -> frozenset[str]:
    query = select(rows.Allocation.local_code).where(
        rows.Allocation.business_system_id == owner.id, rows.Allocation.active.is_(True)
    )
    return frozenset(session.scalars(query))


def _replaced(known: Mapping[str, rows.Gaiji], hashes: Mapping[str, str], allocated: frozenset[str]) -> tuple[str, ...]:
    """The allocated codes at which the font has another shape."""
    both = sorted(allocated & known.keys() & hashes.keys())
    return tuple(code for code in both if known[code].shape != hashes[code])


def _compare(
    known: Mapping[str, rows.Gaiji],
    hashes: Mapping[str, str],
    scope: set[int | None] | None,
    kept: frozenset[str],
    blank: tuple[str, ...],
) -> IntakeResult:
    def gone(code: str, gaiji: rows.Gaiji) -> bool:
        asked = scope is None or int(code, 16) in scope
        return gaiji.present and code not in hashes and asked and code not in kept

    both = sorted(set(known) & set(hashes))
    return IntakeResult(
        new=tuple(sorted(set(hashes) - set(known))),
        changed=tuple(code for code in both if known[code].shape != hashes[code]),
        gone=tuple(sorted(code for code, gaiji in known.items() if gone(code, gaiji))),
        back=tuple(code for code in both if known[code].shape == hashes[code] and not known[code].present),
        unchanged=tuple(code for code in both if known[code].shape == hashes[code] and known[code].present),
        blank=blank,
    )


def _record(
    session: Session,
    owner: BusinessSystem,
    intake: FontIntake,
    at: datetime.datetime,
    result: IntakeResult,
    hashes: Mapping[str, str],
    *,
    partial: bool,
) -> None:
    entry = rows.Intake(
        business_system_id=owner.id,
        font=intake.sha256,
        family=show_control(intake.family),
        at=at,
        partial=partial,
        lg_code=owner.lg_code,
    )
    session.add(entry)
    session.flush()
    new = [
        {
            "business_system_id": owner.id,
            "local_code": code,
            "shape": hashes[code],
            "present": True,
            "lg_code": owner.lg_code,
        }
        for code in result.new
    ]
    insert_new(session, rows.Gaiji, new)
    known = {gaiji.local_code: gaiji for gaiji in session.scalars(_gaiji(owner))}
    changes = _changes(result, hashes, known)
    insert_new(
        session, rows.GaijiRevision, [{**change, "intake_id": entry.id, "lg_code": owner.lg_code} for change in changes]
    )
    states = [
        {"id": change["gaiji_id"], "shape": change["shape"], "present": change["kind"] != "gone"}
        for change in changes
        if change["kind"] != "new"
    ]
    if states:
        session.execute(update(rows.Gaiji), states)
    session.expire_all()


def _changes(
    result: IntakeResult, hashes: Mapping[str, str], known: Mapping[str, rows.Gaiji]
) -> list[dict[str, int | str]]:
    kinds = {"new": result.new, "changed": result.changed, "gone": result.gone, "back": result.back}
    return [
        {"gaiji_id": known[code].id, "kind": kind, "shape": hashes.get(code, known[code].shape)}
        for kind, codes in kinds.items()
        for code in codes
    ]
