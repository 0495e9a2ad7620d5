"""縮退方針: what is in force in each use of a town, its history, and what a policy would touch."""

from __future__ import annotations

import datetime

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.shrink_policy import ShrinkPolicy, ShrinkUse, parse_use
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.services.municipalities import find_municipality
from gaiji_hub.services.shrink_preview import Counts, TownLine, preview_shrink
from gaiji_hub.services.shrink_records import (
    POLICY,
    ChoiceRecord,
    InForce,
    PolicyRecord,
    Record,
    all_in_force,
    find_record,
    list_choices,
    list_policies,
)
from gaiji_hub.web.api.responses import READ_ERRORS
from gaiji_hub.web.api.schemas import LIMIT, Out
from gaiji_hub.web.gate import needs
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor


class ShrinkPolicyOut(Out):
    """`tables` in the order of preference, `ties` in the order they are applied; characters as `U+…`."""

    repertoire: str
    tables: list[str]
    ties: list[str]
    when_none: str
    mark: str
    substitute: str


class ShrinkInForceOut(Out):
    """What counts now in a use. `number` 0 and no policy: nothing was adopted yet. `choices`: glyph → `U+…`."""

    use: str
    label: str
    number: int
    policy: ShrinkPolicyOut | None
    choices: dict[str, str]


class ShrinkUses(Out):
    items: list[ShrinkInForceOut]


class ShrinkRecordOut(Out):
    """A policy or a choice that was asked for, and what became of it. `text` "" of a choice takes it back."""

    kind: str
    number: int
    status: str
    reason: str
    by: str
    at: datetime.datetime
    answered_by: str
    answered_at: datetime.datetime | None
    remark: str
    policy: ShrinkPolicyOut | None
    glyph: str
    text: str


class ShrinkHistory(Out):
    total: int
    offset: int
    limit: int
    items: list[ShrinkRecordOut]


class ShrinkCounts(Out):
    """`outcomes` add up to `total`; `changed` against the policy in force."""

    total: int
    outcomes: dict[str, int]
    changed: int


class ShrinkLineOut(Out):
    """A gaiji under the policy. `text` "" where it stays open (`rule` says so) or its shape is drawn."""

    business_system: str
    local_code: str
    glyph: str
    rule: str
    text: str
    candidates: list[str]
    why: str


class ShrinkPreviewOut(Out):
    """`against` is the number in force (0: none); `touched` the released codes that change, `open` what stays open."""

    use: str
    number: int
    against: int
    policy: ShrinkPolicyOut
    town: ShrinkCounts
    mj: ShrinkCounts
    undecided: int
    touched: list[ShrinkLineOut]
    open: list[ShrinkLineOut]


@get(
    "/municipalities/{lg:str}/shrink-policies",
    sync_to_thread=True,
    tags=["縮退方針"],
    summary="用途ごとの縮退方針",
    description="印刷・番号制度との連携・証明書等のそれぞれで、いま有効な方針と、文字ごとに選んだ縮退先。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_shrink_policies(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]
) -> ShrinkUses:
    with site.reading(visitor) as session:
        find_municipality(session, lg)
        policies = all_in_force(session, lg)
    return ShrinkUses(items=[_in_force(use, policies.get(use)) for use in ShrinkUse])


@get(
    "/municipalities/{lg:str}/shrink-policies/{use:str}/history",
    sync_to_thread=True,
    tags=["縮退方針"],
    summary="縮退方針と選択の経過",
    description="だれが、なぜ申請し、だれが承認したか。方針、選択の順に、それぞれ新しい順。",
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def list_shrink_history(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    offset: FromQuery[int] = 0,
    limit: FromQuery[int] = LIMIT,
) -> ShrinkHistory:
    kind, start, most = parse_use(use), max(offset, 0), min(max(limit, 1), LIMIT)
    with site.reading(visitor) as session:
        find_municipality(session, lg)
        records: list[Record] = [*list_policies(session, lg, kind), *list_choices(session, lg, kind)]
    items = [_record(one) for one in records[start : start + most]]
    return ShrinkHistory(total=len(records), offset=start, limit=most, items=items)


@get(
    "/municipalities/{lg:str}/shrink-policies/{use:str}/policies/{number:int}/preview",
    sync_to_thread=True,
    tags=["縮退方針"],
    summary="縮退方針の試算",
    description=(
        "その番号の方針が有効になったら、団体の外字と文字情報一覧表の58,862字がどうなるか。"
        "承認前の方針にも、前の方針にも使えます。"
    ),
    responses=READ_ERRORS,
    opt=needs(Permission.READ),
)
def get_shrink_preview(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    number: FromPath[int],
) -> ShrinkPreviewOut:
    kind = parse_use(use)
    with site.reading(visitor) as session:
        find_municipality(session, lg)
        asked = find_record(session, lg, kind, POLICY, number)
        assert isinstance(asked, PolicyRecord)  # what was asked for
        found = preview_shrink(session, site.registry.blobs, site.tables.get(), lg, asked.policy)
    return ShrinkPreviewOut(
        use=kind.value,
        number=number,
        against=found.against,
        policy=_policy(found.policy),
        town=_counts(found.town),
        mj=_counts(found.mj),
        undecided=found.undecided,
        touched=[_line(line) for line in found.touched],
        open=[_line(line) for line in found.open],
    )


def _policy(policy: ShrinkPolicy) -> ShrinkPolicyOut:
    said = {name: value for name, value in policy.to_json().items() if name not in ("format", "use")}
    return ShrinkPolicyOut(**said)


def _in_force(use: ShrinkUse, now: InForce | None) -> ShrinkInForceOut:
    if now is None:
        return ShrinkInForceOut(use=use.value, label=use.label, number=0, policy=None, choices={})
    choices = {glyph: format_ucs(text) for glyph, text in now.choices.items()}
    number = now.record.number
    return ShrinkInForceOut(use=use.value, label=use.label, number=number, policy=_policy(now.policy), choices=choices)


def _record(one: Record) -> ShrinkRecordOut:
    outcome = one.outcome
    return ShrinkRecordOut(
        kind=one.kind,
        number=one.number,
        status=one.status.value,
        reason=one.reason,
        by=one.by_name,
        at=one.at,
        answered_by=outcome.by_name if outcome else "",
        answered_at=outcome.at if outcome else None,
        remark=outcome.remark if outcome else "",
        policy=_policy(one.policy) if isinstance(one, PolicyRecord) else None,
        glyph=one.glyph if isinstance(one, ChoiceRecord) else "",
        text=format_ucs(one.text) if isinstance(one, ChoiceRecord) else "",
    )


def _counts(counts: Counts) -> ShrinkCounts:
    outcomes = {outcome.value: count for outcome, count in counts.outcomes.items()}
    return ShrinkCounts(total=counts.total, outcomes=outcomes, changed=counts.changed)


def _line(line: TownLine) -> ShrinkLineOut:
    after = line.example.after
    return ShrinkLineOut(
        business_system=line.system,
        local_code=line.local_code,
        glyph=line.example.glyph,
        rule=after.rule.value,
        text=format_ucs(after.text or ""),
        candidates=[format_ucs(text) for text in after.texts],
        why=after.why,
    )


SHRINK_API = (list_shrink_policies, list_shrink_history, get_shrink_preview)
