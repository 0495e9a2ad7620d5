"""ハブの文字（GH）: find what is there before anything is given out, share, merge by alias, name codes per edition.

A town sees its own characters and those that others share; every function here says so in its query as well, so
that a session of everything (command line, worker) shows no more.
"""

from __future__ import annotations

import contextlib
import datetime
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from gaiji_hub.errors import Conflict, NotFound
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.dictionary import BadReading, parse_reading
from gaiji_hub.moji.glyph_id import BadGlyphId, GlyphId, parse_glyph_id
from gaiji_hub.moji.hub_character import HubCharacter, is_hub_id
from gaiji_hub.moji.names import channel_name
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import may_share, sharing_advice
from gaiji_hub.services import audit
from gaiji_hub.services.rights import rights_of
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_missing
from gaiji_hub.store.scope import lock_shared


class UnknownHubCharacter(NotFound):
    code = "unknown_hub_character"
    template = "ハブの文字が見つかりません: {character}"


class SharingBlocked(Conflict):
    code = "sharing_blocked"
    template = "{character} は共有できません（字形の権利: {rights}）。{advice}"


class CannotMerge(Conflict):
    code = "cannot_merge"
    template = "{alias} を {into} に統合できません: {reason}"


@dataclass(frozen=True)
class EditionCode:
    """The code of a character in one edition of a town's font (`131016-juki/3`: channel and release number)."""

    edition: str
    code: str


def list_characters(
    session: Session, lg_code: str, query: str = "", offset: int = 0, limit: int = 50
) -> tuple[int, tuple[HubCharacter, ...]]:
    """How many characters of one's own and shared ones match, and up to `limit` of them, by id.

    `query` is an id, a reading or a part of the title; "" lists all but aliases.
    """
    wanted = select(rows.HubCharacter).where(_visible(lg_code), _matches(query.strip()))
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    found = session.scalars(wanted.order_by(rows.HubCharacter.id).offset(offset).limit(limit))
    return total, tuple(map(value_of, found))


def find_character(session: Session, lg_code: str, character: str) -> HubCharacter:
    """A character the town sees, an alias as it is; `UnknownHubCharacter` otherwise."""
    return value_of(_find(session, lg_code, character))


def resolve(session: Session, lg_code: str, character: str) -> HubCharacter:
    """The character itself or, for an alias, the one it was merged into.

    Where that one is no longer shared with the town, the alias stands for itself; so it does in a circle, which
    `merge` never makes.
    """
    found = find_character(session, lg_code, character)
    passed = {found.id}
    with contextlib.suppress(UnknownHubCharacter):
        while found.merged_into is not None and found.merged_into not in passed:
            passed.add(found.merged_into)
            found = find_character(session, lg_code, found.merged_into)
    return found


def aliases_of(session: Session, lg_code: str, character: str) -> tuple[GlyphId, ...]:
    query = select(rows.HubCharacter.id).where(_visible(lg_code), rows.HubCharacter.merged_into == character)
    return tuple(GlyphId(found) for found in session.scalars(query.order_by(rows.HubCharacter.id)))


def character_outline(session: Session, lg_code: str, character: str) -> Outline:
    """The shape of a character the town sees."""
    found = find_character(session, lg_code, character)
    return Outline.from_bytes(session.scalars(select(rows.Shape.outline).where(rows.Shape.hash == found.shape)).one())


def outline_in_scope(session: Session, character: GlyphId) -> Outline:
    """The shape of a character that a municipality of the session's scope sees."""
    query = select(rows.Shape.outline).join(rows.HubCharacter, rows.HubCharacter.shape == rows.Shape.hash)
    data = session.scalar(query.where(rows.HubCharacter.id == character))
    if data is None:
        raise UnknownHubCharacter(character=character)
    return Outline.from_bytes(data)


def visible_outlines(session: Session, lg_code: str) -> dict[HubCharacter, bytes]:
    """Every character the town sees, without aliases, with its outline's canonical bytes."""
    query = (
        select(rows.HubCharacter, rows.Shape.outline)
        .join(rows.Shape, rows.Shape.hash == rows.HubCharacter.shape)
        .where(_visible(lg_code), rows.HubCharacter.merged_into.is_(None))
        .order_by(rows.HubCharacter.id)
    )
    return {value_of(row): outline for row, outline in session.execute(query)}


def with_shape(session: Session, lg_code: str, shape: str) -> tuple[HubCharacter, ...]:
    """The characters the town sees, without aliases, whose outline is this very one."""
    query = select(rows.HubCharacter).where(
        _visible(lg_code), rows.HubCharacter.merged_into.is_(None), rows.HubCharacter.shape == shape
    )
    return tuple(map(value_of, session.scalars(query.order_by(rows.HubCharacter.id))))


def share(session: Session, lg_code: str, character: str, at: datetime.datetime, by: Actor) -> HubCharacter:
    """Let every municipality see and use a character of one's own; `SharingBlocked` unless its rights are 自団体."""
    by.require(Permission.APPROVE, lg_code)
    lock_shared(session)  # what is said of the shape must not change before the sharing stands
    row = _own(session, lg_code, character)
    rights, _note = rights_of(session, lg_code, [row.shape])[row.shape]
    if not may_share(rights):
        raise SharingBlocked(character=row.id, rights=rights.label, advice=sharing_advice(rights))
    if not row.shared:
        row.shared = True
        session.flush()
        audit.record(session, by, at, lg_code, "share_character", row.id, {"shape": row.shape})
    return value_of(row)


def merge(session: Session, lg_code: str, alias: str, into: str, at: datetime.datetime, by: Actor) -> HubCharacter:
    """Make `alias`, a character of one's own, another name of `into`; what was named by it stays valid.

    Returns the character that both now mean.
    """
    by.require(Permission.APPROVE, lg_code)
    lock_shared(session)
    row = _own(session, lg_code, alias)
    target = resolve(session, lg_code, into)
    if reason := _merge_problem(row, target):
        raise CannotMerge(alias=row.id, into=target.id, reason=reason)
    row.merged_into = target.id
    session.flush()
    session.execute(
        update(rows.HubCharacter)
        .where(rows.HubCharacter.lg_code == lg_code, rows.HubCharacter.merged_into == row.id)
        .values(merged_into=target.id)
    )
    audit.record(session, by, at, lg_code, "merge_character", row.id, {"into": target.id})
    return target


def readings_of(session: Session, lg_code: str, glyphs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What the hub knows of how its characters are read, by id; an alias is read as the one it means too.

    One that is no longer shared is read as when the town asked for it; no reading where it never asked.
    """
    found: dict[str, tuple[str, ...]] = {}
    for glyph in sorted({glyph for glyph in glyphs if is_hub_id(glyph)}):
        try:
            found[glyph] = resolve(session, lg_code, glyph).readings
        except UnknownHubCharacter:
            found[glyph] = _copied_readings(session, lg_code, glyph)
    return found


def record_codes(session: Session, release: Release) -> None:
    """Keep which code each hub character has in a release just made; of several codes, the lowest."""
    edition = f"{channel_name(release.municipality, release.business_system)}/{release.number}"
    codes: dict[str, str] = {}
    for row in release.rows:
        if row.glyph and is_hub_id(row.glyph):
            codes.setdefault(row.glyph, row.local_code)
    entries = [
        {"lg_code": release.municipality, "character": glyph, "edition": edition, "code": code}
        for glyph, code in sorted(codes.items())
    ]
    insert_missing(session, rows.CharacterCode, entries)


def codes_of(session: Session, lg_code: str, character: str) -> tuple[EditionCode, ...]:
    """The codes of a character in every edition of the town's fonts, in the order they were made."""
    query = select(rows.CharacterCode).where(
        rows.CharacterCode.lg_code == lg_code, rows.CharacterCode.character == character
    )
    return tuple(EditionCode(row.edition, row.code) for row in session.scalars(query.order_by(rows.CharacterCode.id)))


def value_of(row: rows.HubCharacter) -> HubCharacter:
    """A character as services know it, from the store's row."""
    return HubCharacter(
        id=GlyphId(row.id),
        lg_code=row.lg_code,
        shape=row.shape,
        title=row.title,
        readings=tuple(json.loads(row.readings)),
        shared=row.shared,
        merged_into=GlyphId(row.merged_into) if row.merged_into else None,
        registered_at=row.registered_at,
    )


def _copied_readings(session: Session, lg_code: str, character: str) -> tuple[str, ...]:
    """Those of the town's newest approved request for the character (`requests` copies what it had then)."""
    query = (
        select(rows.CharacterRequest.readings)
        .join(rows.RequestOutcome, rows.RequestOutcome.request_id == rows.CharacterRequest.id)
        .where(
            rows.CharacterRequest.lg_code == lg_code,
            rows.RequestOutcome.outcome == "approved",
            rows.RequestOutcome.character == character,
        )
    )
    copied = session.scalar(query.order_by(rows.CharacterRequest.number.desc()).limit(1))
    return tuple(json.loads(copied)) if copied else ()


def _visible(lg_code: str) -> ColumnElement[bool]:
    return or_(rows.HubCharacter.lg_code == lg_code, rows.HubCharacter.shared)


def _matches(query: str) -> ColumnElement[bool]:
    if is_hub_id(query.upper()):
        return rows.HubCharacter.id == query.upper()
    fits: ColumnElement[bool] = rows.HubCharacter.title.contains(query, autoescape=True)
    with contextlib.suppress(BadReading):
        fits = or_(fits, rows.HubCharacter.readings.contains(f'"{parse_reading(query)}"', autoescape=True))
    return fits & rows.HubCharacter.merged_into.is_(None)


def _find(session: Session, lg_code: str, character: str) -> rows.HubCharacter:
    try:
        wanted = parse_glyph_id(character)
    except BadGlyphId:
        raise UnknownHubCharacter(character=character[:12]) from None
    query = select(rows.HubCharacter).where(_visible(lg_code), rows.HubCharacter.id == wanted)
    found = session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise UnknownHubCharacter(character=wanted)
    return found


def _own(session: Session, lg_code: str, character: str) -> rows.HubCharacter:
    """A character that the town itself owns and that is no alias; another's shared one is not the town's to change."""
    found = _find(session, lg_code, character)
    if found.lg_code != lg_code or found.merged_into is not None:
        raise UnknownHubCharacter(character=found.id)
    return found


def _merge_problem(row: rows.HubCharacter, target: HubCharacter) -> str:
    if row.id == target.id:
        return "同じ文字です"
    if row.merged_into is not None:
        return "すでに統合されています"
    if target.merged_into is not None:
        return "統合先は別の文字に統合されていて、その文字はこの団体から見えません"
    if row.shared and not target.shared:
        return "共有している文字は、共有している文字にだけ統合できます"
    return ""
