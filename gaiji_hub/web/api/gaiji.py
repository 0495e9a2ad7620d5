"""団体・外字: what is registered, the gaiji of a business system, and one of them with its candidates."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.services.decisions import Identification
from gaiji_hub.services.overview import GaijiLine, gaiji_detail, gaiji_page
from gaiji_hub.web.api.responses import READ_ERRORS
from gaiji_hub.web.api.schemas import (
    LIMIT,
    CandidateOut,
    DecisionOut,
    GaijiDetailOut,
    GaijiItem,
    GaijiList,
    SystemOut,
    TownList,
    TownOut,
)
from gaiji_hub.web.characters import text_of
from gaiji_hub.web.gaiji_lines import STATE_WORDS, StateQuery, check_filter
from gaiji_hub.web.gate import ANYBODY, needs
from gaiji_hub.web.seen_towns import seen_towns
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/municipalities/{lg:str}/systems/{system:str}/gaiji"


@get(
    "/municipalities",
    sync_to_thread=True,
    tags=["外字"],
    summary="団体と業務システムの一覧",
    description="外字・同定済・配布版の数を付けます。",
    responses=READ_ERRORS,
    opt=ANYBODY,
)
def list_towns(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> TownList:
    with site.reading(visitor) as session:
        found = seen_towns(session, visitor)
    return TownList(
        items=[
            TownOut(
                lg_code=town.municipality.lg_code,
                title=town.municipality.title,
                systems=[
                    SystemOut(
                        name=c.system.name,
                        title=c.system.title,
                        code_system=c.system.code_system.name,
                        gaiji=c.gaiji,
                        decided=c.decided,
                        releases=c.releases,
                        published=c.published,
                    )
                    for c in town.systems
                ],
            )
            for town in found
        ]
    )


@get(
    BASE,
    sync_to_thread=True,
    tags=["外字"],
    summary="外字の一覧",
    description=f"state は {STATE_WORDS}、band は propose・review・outside 。limit は1,000まで。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_gaiji(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    in_state: StateQuery = "",
    band: FromQuery[str] = "",
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = 100,
) -> GaijiList:
    check_filter(in_state, band)
    offset, limit = max(offset, 0), min(max(limit, 1), LIMIT)
    with site.reading(visitor) as session:
        page = gaiji_page(session, lg, system, in_state, band, offset, limit)
    return GaijiList(total=page.found, offset=offset, limit=limit, items=[_item(line) for line in page.lines])


@get(
    BASE + "/{code:str}",
    sync_to_thread=True,
    tags=["外字"],
    summary="1つの外字の候補と判定の経過",
    description="候補はよい順、判定は古い順です。有効な判定は decision です。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_gaiji(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
) -> GaijiDetailOut:
    with site.reading(visitor) as session:
        detail = gaiji_detail(session, lg, system, code)
    found = detail.identified
    return GaijiDetailOut(
        code=detail.local_code,
        shape=detail.shape,
        present=detail.present,
        band=found.band.value if found and found.band else None,
        gallery=found.gallery if found else None,
        candidates=[
            CandidateOut(glyph=c.glyph, ucs=c.ucs, text=text_of(c.text), score=c.score)
            for c in (found.candidates if found else ())
        ],
        decision=_decision(detail.decision) if detail.decision else None,
        history=[_decision(decision) for decision in detail.history],
    )


def _item(line: GaijiLine) -> GaijiItem:
    decision = line.decision
    return GaijiItem(
        code=line.local_code,
        shape=line.shape,
        state=line.state.value,
        band=line.band.value if line.band else None,
        glyph=decision.glyph if decision else None,
        verdict=decision.verdict.value if decision else None,
        approval=decision.approval if decision else None,
    )


def _decision(decision: Identification) -> DecisionOut:
    return DecisionOut(
        identification=decision.number,
        shape=decision.shape,
        verdict=decision.verdict.value,
        glyph=decision.glyph,
        grounds=decision.grounds,
        decided_by=decision.decided_by,
        approval=decision.approval,
        editions=dict(decision.editions),
        at=decision.at.isoformat(),
    )
