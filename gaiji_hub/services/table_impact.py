"""改訂の影響: which gaiji, decisions, releases and conversion reports the changes of an edition touch. Changes nothing.

Only changes that can alter what is written or compared count (`alters`): a glyph's forms, private codes and shape, what
it was merged into, 縮退 candidates, readings (a 縮退方針 may write them), IVD registrations of any of its forms, what a
code stands for. Strokes and dictionary numbers are counted as information. What is listed is what the session sees: its
towns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.files.blobs import BlobStore
from gaiji_hub.moji.release import Release, ReleaseRow
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.services.decisions import Identification, Status, current, pending
from gaiji_hub.services.impact_reports import ConversionReport
from gaiji_hub.services.municipalities import BusinessSystem, list_business_systems, list_municipalities
from gaiji_hub.services.release import get_release, list_releases
from gaiji_hub.store import models as rows
from gaiji_hub.tables.diff import Change, ChangeKind, Diff
from gaiji_hub.tables.importing.code_rows import table_name

_FORM_KINDS = (ChangeKind.REMOVED, ChangeKind.MOVED, ChangeKind.MERGED)
_FORM_COLUMNS = ("forms", "shape")
_GLYPH_TABLES = ("mj", "mjplus")
_UNDECIDED: tuple[Identification | None, ...] = (None,)
_WHOLE_TABLES = ("mj_duplicate_ivs", "mj_reading", "shrink", "ivd")
TextsOf = Callable[[str], Iterable[str]]


@dataclass(frozen=True)
class TouchedGaiji:
    """A present gaiji; its decision in force or waiting, and the edition of the changed table that this names."""

    lg_code: str
    system: str
    local_code: str
    shape: str
    decision: int | None
    in_force: bool
    glyph: str
    edition: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class TouchedRelease:
    """A release with the local codes of its rows that are touched."""

    lg_code: str
    system: str
    number: int
    hash: str
    edition: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class TouchedReport:
    """A conversion report: its release is touched, or a code that its lines name is."""

    name: str
    lg_code: str
    system: str
    release: int
    edition: str
    codes: tuple[str, ...]
    known_release: bool


@dataclass(frozen=True)
class Impact:
    """`information` counts the changes that alter nothing that was written."""

    gaiji: tuple[TouchedGaiji, ...]
    releases: tuple[TouchedRelease, ...]
    reports: tuple[TouchedReport, ...]
    information: int

    @property
    def touched(self) -> bool:
        return bool(self.gaiji or self.releases or self.reports)


@dataclass(frozen=True)
class Watch:
    """The changes that alter something, by what they are about. `table` names the edition that decisions recorded."""

    table: str
    glyphs: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    codes: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    sequences: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    def of(self, glyph: str, local_code: str, texts: Iterable[str], code_table: str) -> tuple[Change, ...]:
        """The changes that concern a gaiji or a row of a release."""
        found = [*self.glyphs.get(glyph, ())]
        if self.table == f"code_{code_table}":
            found += self.codes.get(local_code, ())
        for text in texts:
            found += self.sequences.get(format_ucs(text), ())
        return tuple(dict.fromkeys(found))


def alters(change: Change) -> bool:
    """Whether a change can alter what a decision, a release or a conversion says."""
    if change.table in _GLYPH_TABLES:
        return change.kind in _FORM_KINDS or change.column in _FORM_COLUMNS
    return change.table in _WHOLE_TABLES or change.table.startswith("code_")


def watch(found: Diff) -> Watch:
    """What to look for."""
    by: dict[str, dict[str, list[Change]]] = {
        "glyph": defaultdict(list),
        "code": defaultdict(list),
        "text": defaultdict(list),
    }
    for change in filter(alters, found.changes):
        for kind, key in (("glyph", change.glyph), ("code", change.local_code), ("text", change.text)):
            if key and (kind != "text" or change.table == "ivd"):
                by[kind][key].append(change)
    glyphs, codes, texts = ({key: tuple(some) for key, some in one.items()} for one in by.values())
    kind = found.a.partition("@")[0]
    named = {change.table for change in found.changes if change.table.startswith("code_")}
    return Watch(next(iter(named), kind), glyphs, codes, texts)


def impact_of(
    session: Session,
    blobs: BlobStore,
    found: Diff,
    texts_of: TextsOf,
    reports: Sequence[ConversionReport] = (),
    newest_only: bool = False,
) -> Impact:
    """What of the session's towns the changes touch. With `newest_only` each system's newest release alone.

    `texts_of` gives the registered forms of a glyph: a gaiji is touched by what is registered for any of them.
    """
    looked = watch(found)
    releases = list(_releases(session, blobs, looked, newest_only))
    return Impact(
        gaiji=tuple(_gaiji(session, looked, texts_of)),
        releases=tuple(releases),
        reports=tuple(_reports(session, looked, reports, releases)),
        information=sum(not alters(change) for change in found.changes),
    )


def systems(session: Session) -> Iterator[BusinessSystem]:
    """Every business system of the session's towns."""
    for town in list_municipalities(session):
        yield from list_business_systems(session, town.lg_code)


def releases_with(
    session: Session, blobs: BlobStore, concerns: Callable[[Release, ReleaseRow], bool], newest_only: bool
) -> Iterator[tuple[Release, tuple[str, ...]]]:
    """The releases that have such rows, each with the local codes of them."""
    for system in systems(session):
        listed = list_releases(session, system.lg_code, system.name)
        for summary in listed[-1:] if newest_only else listed:
            release = get_release(session, blobs, system.lg_code, system.name, summary.number)
            codes = tuple(row.local_code for row in release.rows if concerns(release, row))
            if codes:
                yield release, codes


def _gaiji(session: Session, looked: Watch, texts_of: TextsOf) -> Iterator[TouchedGaiji]:
    for system in systems(session):
        made = current(session, system.lg_code, system.name)
        waiting = {one.local_code: one for one in pending(session, system.lg_code, system.name)}
        for local_code, shape in _present(session, system):
            # A decision that waits will count when it is approved: it is listed beside the one in force.
            listed = [one for one in (made.get(local_code), waiting.get(local_code)) if one is not None]
            yield from _touched(system, local_code, shape, listed, looked, texts_of)


def _touched(
    system: BusinessSystem,
    local_code: str,
    shape: str,
    listed: list[Identification],
    looked: Watch,
    texts_of: TextsOf,
) -> Iterator[TouchedGaiji]:
    code_table = table_name(system.code_system)
    for one in listed or _UNDECIDED:
        glyph = (one.glyph or "") if one else ""
        changes = looked.of(glyph, local_code, texts_of(glyph) if glyph else (), code_table)
        if changes:
            edition = dict(one.editions).get(looked.table, "") if one else ""
            in_force = one is not None and one.status is Status.APPROVED
            number = one.number if one else None
            yield TouchedGaiji(
                system.lg_code, system.name, local_code, shape, number, in_force, glyph, edition, changes
            )


def _present(session: Session, system: BusinessSystem) -> list[tuple[str, str]]:
    """(local code, hash of the shape) of every present gaiji, by code."""
    query = select(rows.Gaiji.local_code, rows.Gaiji.shape).where(
        rows.Gaiji.business_system_id == system.id, rows.Gaiji.present
    )
    return [(code, shape) for code, shape in session.execute(query.order_by(rows.Gaiji.local_code))]


def _releases(session: Session, blobs: BlobStore, looked: Watch, newest_only: bool) -> Iterator[TouchedRelease]:
    tables: dict[str, str] = {system.code_system.name: table_name(system.code_system) for system in systems(session)}

    def concerns(release: Release, row: ReleaseRow) -> bool:
        texts = (text for _, text in row.texts)
        return bool(looked.of(row.glyph or "", row.local_code, texts, tables.get(release.code_system, "")))

    for release, codes in releases_with(session, blobs, concerns, newest_only):
        edition = dict(release.editions).get(looked.table, "")
        place = (release.municipality, release.business_system, release.number, release.hash)
        yield TouchedRelease(*place, edition, codes)


def _reports(
    session: Session, looked: Watch, reports: Sequence[ConversionReport], releases: Sequence[TouchedRelease]
) -> Iterator[TouchedReport]:
    touched = {(one.lg_code, one.system, one.number): one.codes for one in releases}
    known = {(one.lg_code, one.name): one for one in systems(session)}
    for report in reports:
        place = (report.lg_code, report.system)
        system = known.get(place)
        named = report.codes & looked.codes.keys() if system and _is_about(looked, system) else frozenset()
        codes = tuple(sorted({*touched.get((*place, report.release), ()), *named}))
        if codes:
            edition = dict(report.editions).get(looked.table, "")
            yield TouchedReport(report.name, *place, report.release, edition, codes, system is not None)


def _is_about(looked: Watch, system: BusinessSystem) -> bool:
    return looked.table == f"code_{table_name(system.code_system)}"
