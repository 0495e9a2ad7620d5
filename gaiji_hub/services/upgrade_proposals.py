"""改め方の提案: what was private and is encoded in a new edition, who holds it, and the key that finds both.

Three grounds, told apart: the edition gives the id a form (`encoded`), the id was merged into another (`merged`), or a
glyph of the edition has the very shape of a hub character or a gaiji (`same_shape`, moji.shape_key). Nothing is decided
here; a clerk decides, another one approves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.comparison import Successors, glyph_key
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.shape_key import shape_key
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.decisions import current
from gaiji_hub.services.table_impact import releases_with, systems
from gaiji_hub.store import models as rows
from gaiji_hub.tables.diff import ChangeKind, Diff
from gaiji_hub.tables.edition_forms import GlyphForms


class Ground(StrEnum):
    ENCODED = "encoded"
    MERGED = "merged"
    SAME_SHAPE = "same_shape"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Ground.ENCODED: "新しい版が符号位置を与えた",
    Ground.MERGED: "新しい版で別の文字図形名に統合された",
    Ground.SAME_SHAPE: "新しい版の字形と輪郭が同じ",
}

Place = tuple[str, str, str]  # lg_code, business system, local code


@dataclass(frozen=True)
class UpgradeProposal:
    """`old` is a glyph id, "" for gaiji without one; `old_forms` the private texts it had in the old edition.

    `new` is the glyph it becomes, `new_form` its text in the new edition ("" where the edition gives it none outside
    private use). `key` is the comparison key of both (moji.comparison).
    """

    ground: Ground
    old: str
    old_forms: tuple[str, ...]
    new: GlyphId
    new_form: str
    key: str
    gaiji: tuple[Place, ...]
    releases: tuple[tuple[str, str, int], ...]


Forms = Mapping[GlyphId, GlyphForms]


@dataclass(frozen=True)
class _Found:
    """A proposal before it is known who holds the old glyph; `places` are known already for gaiji without one."""

    ground: Ground
    old: str
    new: GlyphId
    places: tuple[Place, ...] = ()


def upgrade_proposals(
    session: Session, blobs: BlobStore, found: Diff, before: Forms, after: Forms, newest_only: bool = False
) -> tuple[UpgradeProposal, ...]:
    """The proposals of a change of editions (`tables.edition_forms` of A and B), for the session's towns, by ground."""
    proposed = [*_encoded(before, after), *_merged(found), *_same_shape(session, after)]
    holders = _holders(session)
    wanted = {one.old for one in proposed if one.old}
    released = _released(session, blobs, proposed, wanted, newest_only)
    successors = _successors(proposed)
    made = [_proposal(one, before, after, holders, released, successors) for one in proposed]
    return tuple(sorted(made, key=lambda one: (one.ground, one.old, one.new, one.gaiji)))


def _encoded(before: Forms, after: Forms) -> Iterator[_Found]:
    for glyph, forms in after.items():
        if forms.texts and glyph in before and not before[glyph].texts and not _is_fold(glyph, forms):
            yield _Found(Ground.ENCODED, glyph, glyph)


def _is_fold(glyph: GlyphId, forms: GlyphForms) -> bool:
    """A row of an MJ id in a table of MJ+ only says which private codes it has."""
    return glyph.startswith("MJ") and bool(forms.private)


def _merged(found: Diff) -> Iterator[_Found]:
    for change in found.changes:
        if change.kind is ChangeKind.MERGED and change.glyph:
            yield _Found(Ground.MERGED, change.glyph, GlyphId(change.into))


def _same_shape(session: Session, after: Forms) -> Iterator[_Found]:
    """Hub characters, and present gaiji that are undecided or in no standard set, with a shape of the edition."""
    by_shape: dict[str, set[GlyphId]] = {}
    for glyph, forms in after.items():
        if forms.shape:
            by_shape.setdefault(forms.shape, set()).add(glyph)
    if not by_shape:
        return
    query = select(rows.HubCharacter.id, rows.Shape.outline).join(
        rows.Shape, rows.Shape.hash == rows.HubCharacter.shape
    )
    for character, data in session.execute(query.where(rows.HubCharacter.merged_into.is_(None))):
        for new in _matching(data, by_shape):
            yield _Found(Ground.SAME_SHAPE, character, new)
    yield from _undecided(session, by_shape)


def _undecided(session: Session, by_shape: Mapping[str, set[GlyphId]]) -> Iterator[_Found]:
    for system in systems(session):
        made = current(session, system.lg_code, system.name)
        query = (
            select(rows.Gaiji.local_code, rows.Shape.outline)
            .join(rows.Shape, rows.Shape.hash == rows.Gaiji.shape)
            .where(rows.Gaiji.business_system_id == system.id, rows.Gaiji.present)
        )
        for local_code, data in session.execute(query.order_by(rows.Gaiji.local_code)):
            decision = made.get(local_code)
            if decision is None or decision.verdict in (Verdict.NONE, Verdict.SIMILAR):
                for new in _matching(data, by_shape):
                    yield _Found(Ground.SAME_SHAPE, "", new, ((system.lg_code, system.name, local_code),))


def _matching(data: bytes, by_shape: Mapping[str, set[GlyphId]]) -> set[GlyphId]:
    """The glyph of the edition with the outline's shape; none when several share it."""
    glyphs = by_shape.get(shape_key(Outline.from_bytes(data)), set())
    return glyphs if len(glyphs) == 1 else set()


def _holders(session: Session) -> dict[str, list[Place]]:
    """Glyph → the gaiji that are decided to be it."""
    holders: dict[str, list[Place]] = {}
    for system in systems(session):
        for local_code, decision in current(session, system.lg_code, system.name).items():
            if decision.glyph and decision.verdict is not Verdict.SIMILAR:
                holders.setdefault(decision.glyph, []).append((system.lg_code, system.name, local_code))
    return holders


def _released(
    session: Session, blobs: BlobStore, proposed: list[_Found], wanted: set[str], newest_only: bool
) -> dict[tuple[str, str], list[tuple[str, str, int]]]:
    """(glyph, "") or ("", place) → the releases that have it."""
    places = {place for one in proposed for place in one.places}
    released: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
    if not proposed:
        return released
    held = releases_with(
        session,
        blobs,
        lambda release, row: (
            row.glyph in wanted or (release.municipality, release.business_system, row.local_code) in places
        ),
        newest_only,
    )
    for release, codes in held:
        name = (release.municipality, release.business_system, release.number)
        keys = {(str(row.glyph), "") for row in release.rows if row.glyph in wanted}
        keys |= {("", " ".join((*name[:2], code))) for code in codes}
        for key in keys:
            released.setdefault(key, []).append(name)
    return released


def _successors(proposed: list[_Found]) -> Successors:
    """From the proposals that name one glyph each; one that is claimed twice follows neither."""
    new_of: dict[str, set[GlyphId]] = {}
    for one in proposed:
        if one.old:
            new_of.setdefault(one.old, set()).add(one.new)
    return Successors.of((GlyphId(old), next(iter(new))) for old, new in new_of.items() if len(new) == 1)


def _proposal(
    one: _Found,
    before: Forms,
    after: Forms,
    holders: Mapping[str, list[Place]],
    released: Mapping[tuple[str, str], list[tuple[str, str, int]]],
    successors: Successors,
) -> UpgradeProposal:
    places = one.places or tuple(sorted(holders.get(one.old, ())))
    keys = [(one.old, "")] if one.old else [("", " ".join(place)) for place in one.places]
    releases = sorted({release for key in keys for release in released.get(key, ())})
    old = before.get(GlyphId(one.old), GlyphForms())
    new = after.get(one.new, GlyphForms())
    return UpgradeProposal(
        ground=one.ground,
        old=one.old,
        old_forms=old.private or old.texts,
        new=one.new,
        new_form=new.texts[0] if new.texts else "",
        key=glyph_key(one.new, successors),
        gaiji=places,
        releases=tuple(releases),
    )
