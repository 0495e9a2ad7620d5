"""縮退方針: what stands for a character where a use cannot hold it; tried out, asked for, answered, and its history."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import NotAllowed, Permission
from gaiji_hub.moji.glyph_id import BadGlyphId
from gaiji_hub.moji.shrink_policy import MARK, SOURCE_TABLES, ShrinkPolicy, ShrinkUse, TieRule, WhenNone, parse_use
from gaiji_hub.moji.text import BadUcs, parse_ucs
from gaiji_hub.services import shrink_policies
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.municipalities import find_municipality
from gaiji_hub.services.shrink_preview import preview_shrink, town_lines
from gaiji_hub.services.shrink_records import (
    CHOICE,
    KIND_LABELS,
    POLICY,
    Record,
    UnknownShrinkRecord,
    all_in_force,
    in_force,
    list_choices,
    list_policies,
    meanings,
    record_hash,
)
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.sentences import sentence_of
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

TOWN = "/t/{lg:str}/shrink"
BASE = TOWN + "/{use:str}"
PER_PAGE = 24
SHOWN = 50
DRAWN = 8  # gaiji whose shapes one choice shows


class BadOrder(BadInput):
    code = "bad_shrink_order"
    template = "表の優先順は、使う表に 1 から順の数を1つずつ書きます（使わない表は空のまま）"


class PolicyForm(msgspec.Struct, frozen=True):
    """`order`: of each source table its place, or "" where it is not used; `ties` the ticked rules."""

    repertoire: str = ""
    order: str | list[str] = ""
    ties: str | list[str] = ""
    when_none: str = ""
    mark: str = MARK
    substitute: str = ""
    reason: str = ""

    def policy(self, use: ShrinkUse) -> ShrinkPolicy:
        """What the form states, or `BadShrinkPolicy`, `BadOrder`."""
        ties = [one for one in _several(self.ties) if one]
        rules = [rule.value for rule in TieRule if rule.value in ties] if set(ties) <= set(TieRule) else ties
        tables = ordered_tables(_several(self.order))
        return ShrinkPolicy.of_words(
            use.value, self.repertoire, tables, rules, self.when_none, self.mark, self.substitute
        )


class ChoiceForm(msgspec.Struct, frozen=True):
    """`text` as typed, or `U+…`; "" together with `back` takes a choice back."""

    glyph: str = ""
    text: str = ""
    reason: str = ""
    back: str = ""


class AnswerForm(msgspec.Struct, frozen=True):
    """`act`: approve, send_back or withdraw; `seen` is what the screen showed (services.shrink_policies.seen_hash)."""

    kind: str = ""
    number: int = 0
    act: str = ""
    seen: str = ""
    remark: str = ""


@get(TOWN, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def shrink_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> Response[str]:
    """The uses, what is in force in each and what waits."""
    with site.reading(visitor) as session:
        town = find_municipality(session, lg)
        policies = all_in_force(session, lg)
        records: list[Record] = [*list_policies(session, lg), *list_choices(session, lg)]
    waiting = {use: [one for one in records if one.use is use and one.status is Status.PENDING] for use in ShrinkUse}
    return html(
        "shrink.html",
        visitor,
        here="towns",
        town=town,
        uses=list(ShrinkUse),
        policies=policies,
        waiting=waiting,
        kinds=KIND_LABELS,
    )


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def shrink_use_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    page: FromQuery[int] = 1,
    done: FromQuery[str] = "",
) -> Response[str]:
    """One use: its policy, what waits, the gaiji it leaves open, the form for another policy, the history."""
    return _show(site, visitor, lg, parse_use(use), page=page, done=done)


@post(BASE + "/preview", sync_to_thread=True, include_in_schema=False, status_code=200, opt=needs(Permission.DECIDE))
def preview_policy(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    data: URLEncodedBody[PolicyForm],
) -> Response[str]:
    """What the policy of the form would touch; nothing is recorded."""
    kind = parse_use(use)
    try:
        policy = data.policy(kind)
    except BadInput as error:
        return _show(site, visitor, lg, kind, form=data, problem=_said(error))
    return _preview(site, visitor, lg, policy, data)


@post(BASE + "/draft", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def draft_policy(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    data: URLEncodedBody[PolicyForm],
) -> Response[Any]:
    """Ask for the policy that was tried out."""
    kind = parse_use(use)
    try:
        policy = data.policy(kind)
    except BadInput as error:
        return _show(site, visitor, lg, kind, form=data, problem=_said(error))
    try:
        with site.writing(visitor) as session:
            shrink_policies.draft(session, lg, policy, data.reason.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict) as error:
        return _preview(site, visitor, lg, policy, data, problem=_said(error))
    return Redirect(f"{_address(lg, kind)}?done=asked", status_code=303)


@post(BASE + "/choose", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def choose_text(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    data: URLEncodedBody[ChoiceForm],
) -> Response[Any]:
    """Ask that a text stands for a glyph."""
    kind = parse_use(use)
    try:
        text = "" if data.back else typed_text(data.text)
        with site.writing(visitor) as session:
            tables = site.tables.get()
            shrink_policies.choose(
                session, tables, lg, kind, data.glyph, text, data.reason.strip(), site.clock(), visitor.actor
            )
    except (BadInput, Conflict) as error:
        return _show(site, visitor, lg, kind, problem=_said(error))
    return Redirect(f"{_address(lg, kind)}?done=asked", status_code=303)


@post(BASE + "/answer", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def answer_shrink(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    use: FromPath[str],
    data: URLEncodedBody[AnswerForm],
) -> Response[Any]:
    """Approve, send back or withdraw a policy or a choice."""
    kind = parse_use(use)
    try:
        if data.kind not in KIND_LABELS or data.act not in ("approve", "send_back", "withdraw"):
            raise UnknownShrinkRecord(what="申請", municipality=lg, use=kind.value, number=data.number)
        with site.writing(visitor) as session:
            find_municipality(session, lg)
            which, at, by = (lg, kind, data.kind, data.number), site.clock(), visitor.actor
            if data.act == "approve":
                shrink_policies.approve_shrink(
                    session, site.tables.get(), *which, data.seen, at, by, remark=data.remark.strip()
                )
            elif data.act == "send_back":
                shrink_policies.send_back_shrink(session, *which, data.remark.strip(), at, by)
            else:
                shrink_policies.withdraw_shrink(session, *which, at, by)
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, kind, problem=_said(error))
    return Redirect(f"{_address(lg, kind)}?done={data.act}", status_code=303)


def ordered_tables(places: list[str]) -> list[str]:
    """The source tables in the order of the numbers written beside them; `BadOrder` unless these are 1, 2, 3…"""
    if places == [""]:
        return []
    if len(places) != len(SOURCE_TABLES) or not all(one.strip() in _PLACES for one in places):
        raise BadOrder
    given = sorted((int(place), name) for place, name in zip(places, SOURCE_TABLES, strict=True) if place.strip())
    if [place for place, _ in given] != list(range(1, len(given) + 1)):
        raise BadOrder
    return [name for _, name in given]


_PLACES = ("", *(str(place + 1) for place in range(len(SOURCE_TABLES))))


def typed_text(text: str) -> str:
    """What a person typed as a character: itself, or the characters of its `U+…`."""
    typed = text.strip(" ")
    try:
        return parse_ucs(typed.upper()) if typed.upper().startswith("U+") else typed
    except BadUcs:
        return typed


def _said(error: BadInput | Conflict | NotAllowed) -> str:
    """The error in full, but for a glyph id, which would repeat what was typed in its place."""
    return sentence_of(error) if isinstance(error, BadGlyphId) else str(error)


def _several(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _address(lg: str, use: ShrinkUse) -> str:
    return f"/t/{segment(lg)}/shrink/{use.value}"


def _preview(
    site: Site, visitor: Visitor, lg: str, policy: ShrinkPolicy, form: PolicyForm, problem: str = ""
) -> Response[str]:
    tables = site.tables.get()
    with site.reading(visitor) as session:
        town = find_municipality(session, lg)
        found = preview_shrink(session, site.registry.blobs, tables, lg, policy)
    fields = [("order", place) for place in _several(form.order)]
    fields += [("ties", rule.value) for rule in policy.ties]
    fields += [("repertoire", policy.repertoire.value), ("when_none", policy.when_none.value)]
    fields += [("mark", policy.mark), ("substitute", policy.substitute)]
    return html(
        "shrink_preview.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        use=policy.use,
        found=found,
        fields=fields,
        reason=form.reason,
        shown=SHOWN,
        problem=problem,
        font=site.standard.get().edition,
        has_shape=site.standard.get().has,
        glyph_of=tables.by_text,
    )


def _show(
    site: Site,
    visitor: Visitor,
    lg: str,
    use: ShrinkUse,
    *,
    page: int = 1,
    done: str = "",
    form: PolicyForm | None = None,
    problem: str = "",
) -> Response[str]:
    tables, blobs = site.tables.get(), site.registry.blobs
    with site.reading(visitor) as session:
        town = find_municipality(session, lg)
        now = in_force(session, lg, use)
        policies, choices = list_policies(session, lg, use), list_choices(session, lg, use)
        records: list[Record] = [*policies, *choices]
        asked = [one for one in choices if one.status is Status.PENDING]
        waiting = [one for one in records if one.status is Status.PENDING]
        meant = meanings(session, lg, (one.glyph for one in asked))
        drafts = [one for one in policies if one.status is Status.PENDING]
        found = preview_shrink(session, blobs, tables, lg, drafts[0].policy) if drafts else None
        lines = town_lines(session, blobs, tables, lg, now.policy, now.choices, now)[0] if now else ()
        lapsed = now.lapsed(session, tables, lg) if now else frozenset()
    left = [line for line in lines if line.example.after.open]
    paging = Paging.of(len(left), page, PER_PAGE)
    return html(
        "shrink_use.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        use=use,
        now=now,
        draft=drafts[0] if drafts else None,
        asked=asked,
        meant=meant,
        seen={(one.kind, one.number): record_hash(one, now) for one in waiting},
        lapsed=lapsed,
        found=found,
        left=left[paging.offset : paging.last],
        lines=lines,
        paging=paging,
        choices=choices,
        history=records[:SHOWN],
        history_count=len(records),
        kinds=KIND_LABELS,
        form=_filled(form, now.policy if now else None),
        source_tables=SOURCE_TABLES,
        ties=list(TieRule),
        policy_kind=POLICY,
        choice_kind=CHOICE,
        shown=SHOWN,
        drawn=DRAWN,
        done=done,
        problem=problem,
        font=site.standard.get().edition,
        has_shape=site.standard.get().has,
        glyph_of=tables.by_text,
    )


def _filled(form: PolicyForm | None, now: ShrinkPolicy | None) -> dict[str, Any]:
    """What the form for another policy starts with: what was sent, what is in force, or every table in its order."""
    if form is not None:
        places = _several(form.order) + [""] * len(SOURCE_TABLES)
        return {
            "repertoire": form.repertoire,
            "order": dict(zip(SOURCE_TABLES, places, strict=False)),
            "ties": _several(form.ties),
            "when_none": form.when_none,
            "mark": form.mark,
            "substitute": form.substitute,
            "reason": form.reason,
        }
    used = now.tables if now else tuple(SOURCE_TABLES)
    return {
        "repertoire": now.repertoire.value if now else "",
        "order": {name: used.index(name) + 1 if name in used else "" for name in SOURCE_TABLES},
        "ties": [rule.value for rule in (now.ties if now else TieRule)],
        "when_none": now.when_none.value if now else WhenNone.UNDECIDED.value,
        "mark": now.mark if now else MARK,
        "substitute": now.substitute if now else "",
        "reason": "",
    }


SHRINK_PAGES = (shrink_page, shrink_use_page, preview_policy, draft_policy, choose_text, answer_shrink)
