"""採番: which codes of a business system are free, giving one to a character, taking it back, how long they last.

A code is never given twice while any release or census holds it (issue 3). Every present gaiji goes into every
release, so a code that has or had a gaiji counts as released as soon as its business system has a release; the one
exception is a code that was given back, because giving it back looked through every release.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gaiji_hub.errors import Conflict, NotFound
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.services import audit
from gaiji_hub.services.decisions import find_gaiji
from gaiji_hub.services.lost import lost_since
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock
from gaiji_hub.services.release import get_release, list_releases
from gaiji_hub.store import models as rows

# An intake of no file: the hub itself put a shape at a code, or took it away. No font has this hash.
NO_FILE = "0" * 64
YEAR = datetime.timedelta(days=365)
_LONG = 50


class NoFreeCode(Conflict):
    code = "no_free_code"
    template = (
        "業務システム {system} の外字領域（{area}）に空きコードがないため、どの業務システムにも採番しませんでした。"
        "配布版に入っていない採番を返却するか、標準の文字で表せないか確かめてください"
    )


class LostCodes(Conflict):
    code = "lost_codes"
    template = (
        "業務システム {system} には復元で失われた配布版（第{number}版）があり、そこで使われた外字コードが"
        "分からないため、採番しませんでした。業務システムがいま使っている外字フォントを範囲を指定せずに取り込むか、"
        "新しく行った使用外字調査を登録すると、採番できるようになります"
    )


class CodesUnknown(Conflict):
    code = "codes_unknown"
    template = (
        "業務システム {system} の外字フォントがまだ取り込まれていないため、使われているコードが分からず、"
        "採番しませんでした。"
        "外字フォントを範囲を指定せずに取り込むか、使用外字調査を登録してください"
        "（外字が1つもない業務システムでは、見出しだけの調査結果を登録します）"
    )


class UnknownAllocation(NotFound):
    code = "unknown_allocation"
    template = "採番の記録が見つかりません: {municipality} {business_system} {local_code}"


class CodeInUse(Conflict):
    code = "code_in_use"
    template = "コード {local_code} は返却できません: {reason}"


@dataclass(frozen=True)
class Allocation:
    """A code given to a character; `returned_at` once it was given back."""

    local_code: str
    character: str
    allocated_at: datetime.datetime
    returned_at: datetime.datetime | None


@dataclass(frozen=True)
class CodeStates:
    """Every code of a user-defined area in exactly one of four states, ascending.

    `used`: a gaiji is there now. `reserved`: given out, without one. `blocked`: nothing is there, but a release or
    a census may hold it. `free`: may be given out.
    """

    used: tuple[str, ...]
    reserved: tuple[str, ...]
    blocked: tuple[str, ...]
    free: tuple[str, ...]


@dataclass(frozen=True)
class Capacity:
    """How full the user-defined area of a business system is, and what the last twelve months let expect."""

    area: str
    total: int
    used: int
    reserved: int
    blocked: int
    free: int
    last_year: int
    forecast: str


def code_states(session: Session, owner: BusinessSystem) -> CodeStates:
    """The state of every code. Under the business system's lock nobody else changes it."""
    system = owner.code_system
    query = select(rows.Gaiji.local_code, rows.Gaiji.present).where(rows.Gaiji.business_system_id == owner.id)
    gaiji = dict(session.execute(query).all())
    active = _active_codes(session, owner)
    held = _counted_codes(session, owner, without_gaiji=True) | _gone_for_good(session, owner, gaiji)
    sorted_out: dict[str, list[str]] = {"used": [], "reserved": [], "blocked": [], "free": []}
    for code in map(system.format, system.codes()):
        if gaiji.get(code):
            state = "used"
        elif code in active:
            state = "reserved"
        else:
            state = "blocked" if code in held else "free"
        sorted_out[state].append(code)
    return CodeStates(**{state: tuple(codes) for state, codes in sorted_out.items()})


def place(
    session: Session, owner: BusinessSystem, shape: str, character: str, request_id: int, at: datetime.datetime
) -> rows.Gaiji:
    """Give the lowest free code to `character` and put `shape` there; the caller holds the lock.

    Raises `NoFreeCode`, `LostCodes`, `CodesUnknown`.
    """
    _check_known(session, owner)
    free = code_states(session, owner).free
    if not free:
        raise NoFreeCode(system=owner.name, area=owner.code_system.area)
    gaiji = _put(session, owner, free[0], shape, at)
    session.add(
        rows.Allocation(
            business_system_id=owner.id,
            lg_code=owner.lg_code,
            local_code=free[0],
            character=character,
            request_id=request_id,
            active=True,
            allocated_at=at,
            returned_at=None,
        )
    )
    session.flush()
    return gaiji


def allocations(session: Session, lg_code: str, system: str) -> tuple[Allocation, ...]:
    """Every code ever given out in a business system, newest first."""
    owner = locate(session, lg_code, system)
    query = select(rows.Allocation).where(rows.Allocation.business_system_id == owner.id)
    found = session.scalars(query.order_by(rows.Allocation.id.desc()))
    return tuple(Allocation(row.local_code, row.character, row.allocated_at, row.returned_at) for row in found)


def release_code(
    session: Session, blobs: BlobStore, lg_code: str, system: str, local_code: str, at: datetime.datetime, by: Actor
) -> None:
    """返却: take a code back that no release and no census holds; it is free again and its gaiji is gone.

    Raises `UnknownAllocation`, `CodeInUse`.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.APPROVE, owner.lg_code)
    gaiji = find_gaiji(session, owner, local_code)
    query = select(rows.Allocation).where(
        rows.Allocation.business_system_id == owner.id,
        rows.Allocation.local_code == gaiji.local_code,
        rows.Allocation.active.is_(True),
    )
    found = session.scalar(query)
    if found is None:
        raise UnknownAllocation(municipality=owner.lg_code, business_system=owner.name, local_code=gaiji.local_code)
    if reason := _holder(session, blobs, owner, gaiji.local_code):
        raise CodeInUse(local_code=gaiji.local_code, reason=reason)
    found.active, found.returned_at = None, at
    if gaiji.present:
        gaiji.present = False
        _revise(session, owner, gaiji, "gone", "採番の返却", at)
    session.flush()
    detail = {"character": found.character}
    audit.record(session, by, at, owner.lg_code, "return_code", f"{owner.name}/{gaiji.local_code}", detail)


def capacity(session: Session, lg_code: str, system: str, at: datetime.datetime) -> Capacity:
    """How many codes are in which state, and how long the free ones last at the pace of the twelve months before."""
    owner = locate(session, lg_code, system)
    states = code_states(session, owner)
    since = select(func.count()).where(
        rows.Allocation.business_system_id == owner.id,
        rows.Allocation.allocated_at > at - YEAR,
        rows.Allocation.allocated_at <= at,
    )
    last_year = session.scalar(since.select_from(rows.Allocation)) or 0
    return Capacity(
        area=owner.code_system.area,
        total=owner.code_system.capacity,
        used=len(states.used),
        reserved=len(states.reserved),
        blocked=len(states.blocked),
        free=len(states.free),
        last_year=last_year,
        forecast=forecast(len(states.free), last_year),
    )


def forecast(free: int, last_year: int) -> str:
    """How long `free` codes last when as many are given out as in the last twelve months; a plain sentence."""
    if not free:
        return "空きコードがありません。"
    if not last_year:
        return "最近12か月に採番がないため、いつなくなるかは見通せません。"
    pace = f"最近12か月と同じ割合（{last_year} 字）で採番すると、"
    months = free * 12 // last_year
    if months >= _LONG * 12:
        return f"{pace}当面なくなりません。"
    if months < 1:
        return f"{pace}1か月以内になくなります。"
    return (
        f"{pace}およそ {months} か月でなくなります。"
        if months < 24
        else f"{pace}およそ {months // 12} 年でなくなります。"
    )


def _active_codes(session: Session, owner: BusinessSystem) -> frozenset[str]:
    query = select(rows.Allocation.local_code).where(
        rows.Allocation.business_system_id == owner.id, rows.Allocation.active.is_(True)
    )
    return frozenset(session.scalars(query))


def _counted_codes(session: Session, owner: BusinessSystem, *, without_gaiji: bool = False) -> frozenset[str]:
    """Codes that any census of the business system ever found; with `without_gaiji` those that have none now."""
    query = (
        select(rows.CensusCount.local_code)
        .join(rows.Census, rows.Census.id == rows.CensusCount.census_id)
        .where(rows.Census.business_system_id == owner.id, rows.CensusCount.occurrences > 0)
    )
    if without_gaiji:
        present = select(rows.Gaiji.local_code).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present)
        query = query.where(rows.CensusCount.local_code.not_in(present))
    return frozenset(session.scalars(query.distinct()))


def _gone_for_good(session: Session, owner: BusinessSystem, gaiji: dict[str, bool]) -> frozenset[str]:
    """Codes whose gaiji is gone but may be in a release."""
    released = session.scalar(
        select(func.count()).select_from(rows.Release).where(rows.Release.business_system_id == owner.id)
    )
    if not released and not _lost_release(session, owner):
        return frozenset()
    here = (rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present.is_(False))
    newest = select(func.max(rows.GaijiRevision.id)).join(rows.Gaiji, rows.Gaiji.id == rows.GaijiRevision.gaiji_id)
    returned = (
        select(rows.Gaiji.local_code)
        .join(rows.GaijiRevision, rows.GaijiRevision.gaiji_id == rows.Gaiji.id)
        .join(rows.Intake, rows.Intake.id == rows.GaijiRevision.intake_id)
        .where(rows.GaijiRevision.id.in_(newest.where(*here).group_by(rows.Gaiji.id)), rows.Intake.font == NO_FILE)
    )
    gone = {code for code, present in gaiji.items() if not present}
    return frozenset(gone - set(session.scalars(returned)))


def _holder(session: Session, blobs: BlobStore, owner: BusinessSystem, code: str) -> str:
    """What holds a code, as a Japanese clause; "" when nothing does."""
    if code in _counted_codes(session, owner):
        return "使用外字調査で使われています"
    if number := _lost_release(session, owner):
        return f"復元で失われた第{number}版の配布版に入っていたかどうか分かりません"
    for summary in reversed(list_releases(session, owner.lg_code, owner.name)):
        made = get_release(session, blobs, owner.lg_code, owner.name, summary.number)
        if any(row.local_code == code for row in made.rows):
            return f"第{summary.number}版の配布版に入っています"
    return ""


def _lost_release(session: Session, owner: BusinessSystem) -> int:
    """The highest number of a release that a restore could not bring back; 0 when there is none."""
    query = select(func.max(rows.LostNumber.number)).where(
        rows.LostNumber.business_system_id == owner.id, rows.LostNumber.kind == "release"
    )
    return session.scalar(query) or 0


def _check_known(session: Session, owner: BusinessSystem) -> None:
    """Raise unless the hub was told which codes the business system uses: since a restore lost a release, else ever.

    A whole font or a census tells; a font of which only some codes were read does not.
    """
    read = select(func.max(rows.Intake.at)).where(
        rows.Intake.business_system_id == owner.id, rows.Intake.font != NO_FILE, rows.Intake.partial.is_(False)
    )
    counted = select(func.max(rows.Census.at)).where(rows.Census.business_system_id == owner.id)
    told = [at for at in (session.scalar(read), session.scalar(counted)) if at is not None]
    lost = lost_since(session, owner)
    if lost is not None and (not told or max(told) < lost):
        raise LostCodes(system=owner.name, number=_lost_release(session, owner))
    if not told:
        raise CodesUnknown(system=owner.name)


def _put(session: Session, owner: BusinessSystem, code: str, shape: str, at: datetime.datetime) -> rows.Gaiji:
    query = select(rows.Gaiji).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.local_code == code)
    gaiji = session.scalar(query)
    if gaiji is None:
        gaiji = rows.Gaiji(
            business_system_id=owner.id, lg_code=owner.lg_code, local_code=code, shape=shape, present=True
        )
        session.add(gaiji)
        kind = "new"
    else:
        kind = "back" if gaiji.shape == shape else "changed"
        gaiji.shape, gaiji.present = shape, True
    session.flush()
    _revise(session, owner, gaiji, kind, "採番", at)
    return gaiji


def _revise(
    session: Session, owner: BusinessSystem, gaiji: rows.Gaiji, kind: str, label: str, at: datetime.datetime
) -> None:
    intake = rows.Intake(business_system_id=owner.id, lg_code=owner.lg_code, font=NO_FILE, family=label, at=at)
    session.add(intake)
    session.flush()
    session.add(
        rows.GaijiRevision(gaiji_id=gaiji.id, lg_code=owner.lg_code, intake_id=intake.id, kind=kind, shape=gaiji.shape)
    )
    session.flush()
