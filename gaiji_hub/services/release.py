"""配布版: make, roll back, read and compare the numbered releases of a business system.

A release is made under the lock of its business system, so numbers rise without gap or double; the canonical
bytes lie in the blob store before the row that names them commits. Correcting is a new release.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, NotFound
from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.policy import PolicyKind, Violation, violations
from gaiji_hub.moji.release import APPROVED, Release, ReleaseDiff, ReleaseRow
from gaiji_hub.moji.release import diff as diff_values
from gaiji_hub.moji.shrink import LISTED
from gaiji_hub.moji.text import has_control
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import audit
from gaiji_hub.services.characters import record_codes
from gaiji_hub.services.decisions import Present, present
from gaiji_hub.services.going_back import Going, dropped, refuse_dropping, refuse_reviving
from gaiji_hub.services.lost import lost_numbers
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock
from gaiji_hub.services.shrink_records import row_statements
from gaiji_hub.store import models as rows
from gaiji_hub.tables.lookup import Tables

UNDECIDED = "未同定"
WAITING = "承認待ち"
REPERTOIRE = "mj-ivs"
SIZES = ("added", "changed", "removed")
Violations = tuple[Violation, ...]
_LISTED = 50
MAX_REASON = 500
MAX_NUMBER = 2**31 - 1  # what the databases hold; a larger one is asked for by nobody but probes


class BadReason(BadInput):
    code = "bad_reason"
    template = "配布版を作る理由を1〜{limit}文字で、制御文字を含まずに書いてください"


class PolicyViolated(Conflict):
    code = "policy_violated"
    template = (
        "文字要件「{policy}」の業務システムへは出せない外字が {count} 字あるため、配布版を作りませんでした\n{listing}"
    )


class RollbackUnapproved(Conflict):
    code = "rollback_unapproved"
    template = (
        "第{number}版には承認されていない判定が {count} 字あるため、その内容には戻せません。"
        "判定を承認してから新しい配布版を作ってください"
    )


class UnknownRelease(NotFound):
    code = "unknown_release"
    template = "配布版が見つかりません: {municipality} {business_system} 第{number}版"


class NoRelease(NotFound):
    code = "no_release"
    template = "配布版はまだありません: {municipality} {business_system}"


class NothingToRelease(Conflict):
    code = "nothing_to_release"
    template = "外字が1字も登録されていないため、配布版を作れません: {municipality} {business_system}"


class NothingChanged(Conflict):
    code = "nothing_changed"
    template = (
        "第{number}版から変わったところがないため、配布版を作りませんでした。"
        "字形の権利や読みの変更を届けるには、同じ内容のまま作ることを選んでください（コマンドでは --unchanged）"
    )


@dataclass(frozen=True)
class ReleaseSummary:
    """A release without its rows. `rollback_of` is the number whose content it carries again; `sizes` how many codes it
    adds, changes and removes against the release before (None: made before 0.2, which did not keep it).
    """

    number: int
    hash: str
    previous: str
    date: datetime.date
    reason: str
    row_count: int
    rollback_of: int | None
    sizes: tuple[int, int, int] | None

    @property
    def kind(self) -> str:
        """The kind of the pack that carries it (moji.pack.KINDS)."""
        return "release" if self.rollback_of is None else "rollback"


@dataclass(frozen=True)
class Preview:
    """The release that would be made, what it changes, and the rows that the 文字要件 forbids."""

    release: Release
    changes: ReleaseDiff
    forbidden: Violations

    @property
    def dropped(self) -> tuple[str, ...]:
        """Codes of unchanged shapes that were delivered as a character and would become 未同定 again."""
        return dropped(self.changes)


def make_release(
    session: Session,
    blobs: BlobStore,
    tables: Tables,
    lg_code: str,
    system: str,
    date: datetime.date,
    reason: str,
    at: datetime.datetime,
    by: Actor,
    *,
    dropping: bool = True,
    unchanged: bool = False,
) -> Release:
    """The next release: every present gaiji with its approved decision; all others say 未同定 or 承認待ち.

    Raises `NothingToRelease` without gaiji, `NothingChanged` when no row differs from the newest release and
    `PolicyViolated` when the business system's 文字要件 forbids a row. With `dropping` False a release that takes an
    identification away from an unchanged shape is refused (`WouldDrop`), so that a person says it is meant.
    With `unchanged` the same rows go out again: what else a pack carries (rights, readings) may have changed.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.RELEASE, owner.lg_code)
    last = _newest(session, owner)
    made = _next(session, owner, tables, last, date, _parse_reason(reason))
    if not made.rows and last is None:
        raise NothingToRelease(municipality=owner.lg_code, business_system=owner.name)
    _check_policy(owner, made)
    if last is not None and not dropping:
        refuse_dropping(dropped(diff_values(_load(blobs, last.hash), made)))
    _record(session, blobs, owner, made, last, rollback_of=None, unchanged=unchanged)
    audit.record(session, by, at, owner.lg_code, "release", _subject(made), {"hash": made.hash, "rows": len(made.rows)})
    return made


def rollback(
    session: Session,
    blobs: BlobStore,
    lg_code: str,
    system: str,
    to_number: int,
    date: datetime.date,
    reason: str,
    at: datetime.datetime,
    by: Actor,
    *,
    dropping: bool = False,
    reviving: bool = False,
) -> Release:
    """A new number with the content (rows and table editions) of release `to_number`, by an approver (ADR 0014).

    Refused unless a person says that it is meant: with `dropping` where characters are taken back (`WouldDrop`), with
    `reviving` where a decision comes back that is not in force (`WouldRevive`). The trail names those codes.
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.APPROVE, owner.lg_code)
    old = _load(blobs, _find(session, owner, to_number).hash)
    if old.unapproved:
        raise RollbackUnapproved(number=to_number, count=old.unapproved)
    last = _newest(session, owner)
    assert last is not None  # `old` exists, so there is a newest one
    number, previous = _next_place(session, owner, last)
    made = replace(old, number=number, previous=previous, date=date, reason=_parse_reason(reason))
    _check_policy(owner, made)
    effect = Going.back(_load(blobs, last.hash), old, present(session, owner.lg_code, owner.name))
    if not dropping:
        refuse_dropping(effect.dropped)
    if not reviving:
        refuse_reviving(to_number, effect.reviving)
    _record(session, blobs, owner, made, last, rollback_of=to_number)
    detail = {"hash": made.hash, "of": to_number, **effect.told}
    audit.record(session, by, at, owner.lg_code, "rollback", _subject(made), detail)
    return made


def preview_rollback(session: Session, blobs: BlobStore, lg_code: str, system: str, to_number: int) -> Going:
    """What `rollback` to that release would do; nothing is written."""
    owner = locate(session, lg_code, system)
    old, last = _load(blobs, _find(session, owner, to_number).hash), _newest(session, owner)
    assert last is not None  # `old` exists, so there is a newest one
    return Going.back(_load(blobs, last.hash), old, present(session, owner.lg_code, owner.name))


def preview(
    session: Session, blobs: BlobStore, tables: Tables, lg_code: str, system: str, date: datetime.date
) -> Preview:
    """What a release made now would change and what its 文字要件 would forbid; nothing is written."""
    owner = locate(session, lg_code, system)
    last = _newest(session, owner)
    made = _next(session, owner, tables, last, date, "")
    changes = diff_values(_load(blobs, last.hash) if last else None, made)
    return Preview(made, changes, violations(owner.policy.in_force(date), made.rows))


def get_release(session: Session, blobs: BlobStore, lg_code: str, system: str, number: int | None = None) -> Release:
    """Release `number`, or the newest one; `UnknownRelease`, `NoRelease` when there is none."""
    return _load(blobs, get_summary(session, lg_code, system, number).hash)


def get_summary(session: Session, lg_code: str, system: str, number: int | None = None) -> ReleaseSummary:
    owner = locate(session, lg_code, system)
    if number is not None:
        return _summary(_find(session, owner, number))
    newest = _newest(session, owner)
    if newest is None:
        raise NoRelease(municipality=owner.lg_code, business_system=owner.name)
    return _summary(newest)


def list_releases(session: Session, lg_code: str, system: str) -> tuple[ReleaseSummary, ...]:
    """All releases, oldest first."""
    owner = locate(session, lg_code, system)
    query = select(rows.Release).where(rows.Release.business_system_id == owner.id).order_by(rows.Release.number)
    return tuple(_summary(row) for row in session.scalars(query))


def number_before(session: Session, lg_code: str, system: str, number: int) -> int | None:
    """The release before `number` that the hub knows (a restore may have lost some in between), None for the first."""
    owner = locate(session, lg_code, system)
    query = select(rows.Release.number).where(
        rows.Release.business_system_id == owner.id, rows.Release.number < min(number, MAX_NUMBER)
    )
    return session.scalar(query.order_by(rows.Release.number.desc()).limit(1))


def diff(
    session: Session, blobs: BlobStore, lg_code: str, system: str, old: int | None, new: int | None = None
) -> ReleaseDiff:
    """What release `new` (default: newest) changes against `old` (None: against nothing)."""
    before = None if old is None else get_release(session, blobs, lg_code, system, old)
    return diff_values(before, get_release(session, blobs, lg_code, system, new))


def sizes(
    session: Session, blobs: BlobStore, lg_code: str, system: str, summary: ReleaseSummary
) -> tuple[int, int, int]:
    """How many codes a release adds, changes and removes: as recorded, or counted where 0.1 made it."""
    if summary.sizes is not None:
        return summary.sizes
    before = number_before(session, lg_code, system, summary.number)
    return diff(session, blobs, lg_code, system, before, summary.number).sizes


def policy_violations(session: Session, tables: Tables, lg_code: str, system: str, date: datetime.date) -> Violations:
    """What the 文字要件 in force on `date` would forbid in a release made now."""
    kind = locate(session, lg_code, system).policy.in_force(date)
    return () if kind is PolicyKind.LOCAL else violations(kind, next_rows(session, tables, lg_code, system))


def next_rows(session: Session, tables: Tables, lg_code: str, system: str) -> tuple[ReleaseRow, ...]:
    """The rows that a release made now would have."""
    found = present(session, lg_code, system)
    shrunk = row_statements(session, tables, lg_code, found)
    return tuple(_row(one, tables, shrunk) for one in found)


def _next(
    session: Session,
    owner: BusinessSystem,
    tables: Tables,
    last: rows.Release | None,
    date: datetime.date,
    reason: str,
) -> Release:
    number, previous = _next_place(session, owner, last)
    return Release(
        municipality=owner.lg_code,
        business_system=owner.name,
        code_system=owner.code_system.name,
        number=number,
        previous=previous,
        date=date,
        editions=tuple(sorted(tables.edition.items())),
        rows=next_rows(session, tables, owner.lg_code, owner.name),
        reason=reason,
    )


def _check_policy(owner: BusinessSystem, made: Release) -> None:
    found = violations(owner.policy.in_force(made.date), made.rows)
    if found:
        listing = "\n".join(map(str, found[:_LISTED])) + ("\n…" if len(found) > _LISTED else "")
        raise PolicyViolated(policy=owner.policy.describe(), count=len(found), listing=listing)


def _subject(made: Release) -> str:
    return f"{made.business_system}/release/{made.number}"


def _parse_reason(text: str) -> str:
    if not text.strip() or len(text) > MAX_REASON or has_control(text):
        raise BadReason(limit=MAX_REASON)
    return text


def _row(one: Present, tables: Tables, shrunk: Mapping[str, str]) -> ReleaseRow:
    decision = one.in_force
    if decision is None:
        note = WAITING if one.waits else UNDECIDED
        return ReleaseRow(one.local_code, one.shape, None, Verdict.NONE, identification=0, note=note)
    # No text for 類似文字 (another character) and for the ids without text.
    replacing = decision.glyph if decision.verdict.replaces else None
    text = tables.text(replacing) if replacing else None
    return ReleaseRow(
        local_code=one.local_code,
        shape=one.shape,
        glyph=decision.glyph,
        verdict=decision.verdict,
        identification=decision.number,
        texts=((REPERTOIRE, text),) if text else (),
        shrink=tables.shrink_texts(replacing) if replacing else (),
        shrink_policy=shrunk.get(replacing or "", LISTED),
        approval=APPROVED,
    )


def _record(
    session: Session,
    blobs: BlobStore,
    owner: BusinessSystem,
    made: Release,
    last: rows.Release | None,
    rollback_of: int | None,
    unchanged: bool = False,
) -> Release:
    # After a restore that lost releases, the same content under a number of its own is what members wait for.
    changes = diff_values(_load(blobs, last.hash) if last else None, made)
    if last is not None and made.number == last.number + 1 and changes.empty and not unchanged:
        raise NothingChanged(number=last.number)
    entry = rows.Release(
        business_system_id=owner.id,
        lg_code=owner.lg_code,
        number=made.number,
        hash=blobs.put(made.to_bytes()),
        previous=made.previous,
        date=made.date,
        reason=made.reason,
        row_count=len(made.rows),
        rollback_of=rollback_of,
        **dict(zip(SIZES, changes.sizes, strict=True)),
    )
    session.add(entry)
    session.flush()
    record_codes(session, made)
    return made


def _next_place(session: Session, owner: BusinessSystem, last: rows.Release | None) -> tuple[int, str]:
    """The next number and the hash of the release before it: above every known one and every one a restore lost."""
    known = [(last.number, last.hash)] if last else [(0, "")]
    number, previous = max((*known, *lost_numbers(session, owner, "release").items()), key=lambda place: place[0])
    return number + 1, previous


def _newest(session: Session, owner: BusinessSystem) -> rows.Release | None:
    query = select(rows.Release).where(rows.Release.business_system_id == owner.id)
    return session.scalar(query.order_by(rows.Release.number.desc()).limit(1))


def _find(session: Session, owner: BusinessSystem, number: int) -> rows.Release:
    query = select(rows.Release).where(rows.Release.business_system_id == owner.id, rows.Release.number == number)
    found = session.scalar(query) if 1 <= number <= MAX_NUMBER else None
    if found is None:
        raise UnknownRelease(municipality=owner.lg_code, business_system=owner.name, number=number)
    return found


def _load(blobs: BlobStore, digest: str) -> Release:
    return blobs.parsed(digest, Release.from_bytes)


def _summary(row: rows.Release) -> ReleaseSummary:
    added, changed, removed = row.added, row.changed, row.removed
    sizes = None if added is None or changed is None or removed is None else (added, changed, removed)
    return ReleaseSummary(
        row.number, row.hash, row.previous, row.date, row.reason, row.row_count, row.rollback_of, sizes
    )
