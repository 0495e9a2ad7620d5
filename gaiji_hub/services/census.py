"""使用外字調査: the counts of a town's own machine (`gaiji-hub census`), kept as codes and counts and nothing else.

A file that holds anything but the columns of convert.census is refused, and what it holds is not repeated: it may
be a file of residents taken by mistake.
"""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gaiji_hub.convert.census import HEADER
from gaiji_hub.errors import BadInput, NotFound, Problems
from gaiji_hub.moji.actor import Actor, Permission
from gaiji_hub.moji.code_system import BadCode, CodeSystem
from gaiji_hub.services import audit
from gaiji_hub.services.lost import lost_since
from gaiji_hub.services.municipalities import BusinessSystem, locate, lock, parse_title
from gaiji_hub.store import models as rows
from gaiji_hub.store.bulk import insert_new

MAX_BYTES = 8 << 20
MAX_COUNT = 2**31 - 1  # what the databases hold
_LINE = re.compile(r"([0-9A-F]{0,8}),U\+([0-9A-F]{4,6}),([0-9]{1,10}),([0-9]{1,10}),[01]")


class BadCensusCounts(BadInput):
    code = "bad_census_counts"
    template = (
        "使用外字調査の結果（gaiji-hub census が書き出すCSV）として読めません: {reason}。"
        "何も登録していません。読み取った内容は表示も保存もしません"
    )


class NoCensus(NotFound):
    code = "no_census"
    template = "使用外字調査はまだ登録されていません: {municipality} {business_system}"


@dataclass(frozen=True)
class Census:
    """What one census found: `counts` by local code. `file` is the SHA-256 of the counts' file, which is not kept."""

    title: str
    file: str
    by_name: str
    at: datetime.datetime
    counts: Mapping[str, int]


@dataclass(frozen=True)
class CensusImport:
    """`codes` were kept; `outside` lines had no code of this code system and were left out. `again`: known already."""

    codes: int
    occurrences: int
    outside: int
    again: bool


def parse_census(data: bytes, system: CodeSystem) -> tuple[dict[str, int], int]:
    """The counts by local code and how many lines have none; `BadCensusCounts` or `Problems` (line numbers only)."""
    if len(data) > MAX_BYTES:
        raise BadCensusCounts(reason=f"大きすぎます（上限 {MAX_BYTES >> 20} MiB）")
    try:
        lines = data.decode("ascii").removesuffix("\n").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError:
        raise BadCensusCounts(reason="コードと件数のほかの文字があります") from None
    if lines[0].rstrip("\r") != HEADER:
        raise BadCensusCounts(reason="見出し行が違います")
    counts: dict[str, int] = {}
    problems, outside = [], 0
    for number, line in enumerate(lines[1:], 2):
        found = _parse_line(line, system)
        if found is None or found[0] in counts:
            problems.append(f"{number} 行目: 書き方が正しくないか、コードが重複しています")
        elif found[0]:
            counts[found[0]] = found[1]
        else:
            outside += 1
    if problems:
        raise Problems.gather("使用外字調査", problems)
    return counts, outside


def import_census(
    session: Session, lg_code: str, system: str, data: bytes, title: str, at: datetime.datetime, by: Actor
) -> CensusImport:
    """Keep the counts of a census file; the same file again changes nothing (`again`).

    After a restore that lost a release it is kept once more: it says that the codes are still these (allocation).
    """
    owner = lock(session, lg_code, system)
    by.require(Permission.DECIDE, owner.lg_code)
    counts, outside = parse_census(data, owner.code_system)
    name, digest = parse_title(title), hashlib.sha256(data).hexdigest()
    known = select(rows.Census.id).where(rows.Census.business_system_id == owner.id, rows.Census.file == digest)
    if (lost := lost_since(session, owner)) is not None:
        known = known.where(rows.Census.at >= lost)
    again = session.scalar(known.limit(1)) is not None
    if not again:
        entry = rows.Census(
            business_system_id=owner.id, lg_code=owner.lg_code, file=digest, title=name, by_name=by.name, at=at
        )
        session.add(entry)
        session.flush()
        kept = {"census_id": entry.id, "lg_code": owner.lg_code}
        insert_new(
            session,
            rows.CensusCount,
            [{**kept, "local_code": code, "occurrences": count} for code, count in sorted(counts.items())],
        )
        detail: audit.Detail = {"file": digest, "codes": len(counts)}
        audit.record(session, by, at, owner.lg_code, "import_census", f"{owner.name}/census", detail)
    return CensusImport(len(counts), sum(counts.values()), outside, again)


def newest_census(session: Session, lg_code: str, system: str) -> Census:
    """The census registered last, or `NoCensus`."""
    owner = locate(session, lg_code, system)
    query = select(rows.Census).where(rows.Census.business_system_id == owner.id).order_by(rows.Census.id.desc())
    found = session.scalar(query.limit(1))
    if found is None:
        raise NoCensus(municipality=owner.lg_code, business_system=owner.name)
    counted = select(rows.CensusCount.local_code, rows.CensusCount.occurrences).where(
        rows.CensusCount.census_id == found.id
    )
    return Census(found.title, found.file, found.by_name, found.at, dict(session.execute(counted).all()))


def unused_codes(session: Session, lg_code: str, system: str, census: Census | None = None) -> tuple[str, ...]:
    """The present gaiji that `census` (default: the newest) did not find, ascending; `NoCensus` without one."""
    owner = locate(session, lg_code, system)
    counts = (census or newest_census(session, lg_code, system)).counts
    return tuple(code for code in _present(session, owner) if not counts.get(code))


def _present(session: Session, owner: BusinessSystem) -> list[str]:
    query = select(rows.Gaiji.local_code).where(rows.Gaiji.business_system_id == owner.id, rows.Gaiji.present)
    return sorted(session.scalars(query))


def _parse_line(line: str, system: CodeSystem) -> tuple[str, int] | None:
    """(local code or "" where the code system has none, count), or None for a line that is no line of a census."""
    match = _LINE.fullmatch(line.rstrip("\r"))
    if match is None:
        return None
    code, pua, count, records = match[1], int(match[2], 16), int(match[3]), int(match[4])
    if not 1 <= records <= count <= MAX_COUNT:
        return None
    if not code:
        return "", count
    try:
        parsed = system.parse(code)
    except BadCode:
        return None
    return (code, count) if system.format(parsed) == code and system.to_pua(parsed) == pua else None
