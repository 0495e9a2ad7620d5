"""承認: the second person sees each waiting decision's shape beside the glyph it names, approves or sends back.

A form carries the hash of what was shown; what changed meanwhile is refused and shown anew.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict
from gaiji_hub.moji.actor import NotAllowed, Permission
from gaiji_hub.services import approval, municipalities
from gaiji_hub.services.decisions import Identification, pending
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.web.characters import character_of
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.decide import reason_of
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/m/{lg:str}/{system:str}/approve"
PER_SHEET = 24
NumberQuery = Annotated[int, QueryParameter(name="number", description="1件だけを見るときの同定番号")]


class ApprovalForm(msgspec.Struct, frozen=True):
    """`numbers` are the decisions of the sheet, comma-joined; `seen` is their hash (services.approval.sheet_hash)."""

    numbers: str = ""
    seen: str = ""
    remark: str = ""
    acting: str = ""


class SendBackForm(msgspec.Struct, frozen=True):
    number: int = 0
    remark: str = ""


class BadNumbers(BadInput):
    code = "bad_numbers"
    template = "どの判定を承認するのかが送られていません。画面を開き直してください"


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def approval_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    number: NumberQuery = 0,
    page: FromQuery[int] = 1,
    done: FromQuery[int] = 0,
) -> Response[str]:
    """The decisions that wait, a sheet at a time; with `number` only that one."""
    return _show(site, visitor, lg, system, number=number, page=page, done=done)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def approve_sheet(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[ApprovalForm],
) -> Response[Any]:
    """Approve everything the sheet showed, all or none."""
    try:
        numbers = _numbers(data.numbers)
        with site.writing(visitor) as session:
            approval.approve(
                session, lg, system, numbers, data.seen, site.clock(), visitor.actor,
                remark=data.remark.strip(), acting=bool(data.acting),
            )  # fmt: skip
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, system, problem=_reason(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/approve?done={len(numbers)}", status_code=303)


@post(BASE + "/send-back", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def send_back(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[SendBackForm],
) -> Response[Any]:
    """差戻し of one decision, with the reason."""
    try:
        with site.writing(visitor) as session:
            approval.send_back(session, lg, system, data.number, data.remark.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, system, number=data.number, problem=_reason(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/approve", status_code=303)


@post(BASE + "/review", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.APPROVE))
def review_acting(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[SendBackForm],
) -> Response[Any]:
    """後閲 of a 代決."""
    try:
        with site.writing(visitor) as session:
            approval.review(session, lg, system, data.number, data.remark.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, system, problem=_reason(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/approve", status_code=303)


def _numbers(text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise BadNumbers
    return [int(part) for part in parts]


def _reason(error: BadInput | Conflict | NotAllowed) -> str:
    return str(error) if isinstance(error, NotAllowed) else reason_of(error)


def _show(
    site: Site,
    visitor: Visitor,
    lg: str,
    system: str,
    *,
    number: int = 0,
    page: int = 1,
    done: int = 0,
    problem: str = "",
) -> Response[str]:
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        waiting = pending(session, lg, system)
        acting = [one for one in approval.acting_approvals(session, lg, system) if one.reviewed_at is None]
        way = _way(site, visitor, lg)
    mine = [one for one in waiting if one.decided_by_id == visitor.actor.id]
    others = [one for one in waiting if one not in mine and number in (0, one.number)]
    paging = Paging.of(len(others), page, PER_SHEET)
    sheet = others[paging.offset : paging.last]
    return html(
        "approve.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        sheet=[(one, _names(site.tables.get(), one)) for one in sheet],
        seen=approval.sheet_hash(sheet),
        paging=paging,
        mine=mine,
        total=len(waiting),
        acting=acting,
        way=way,
        number=number,
        done=done,
        problem=problem,
        font=site.standard.get().edition,
    )


def _way(site: Site, visitor: Visitor, lg: str) -> str:
    """In which way the visitor may approve here ("" : in none)."""
    with site.reading(visitor) as session:
        try:
            return approval.approval_kind(session, visitor.actor, lg, acting=True)
        except NotAllowed:
            return ""


def _names(tables: Tables, one: Identification) -> str:
    """What the named glyph is, for people: its code points and readings."""
    character = character_of(tables, one.glyph) if one.glyph else None
    if character is None:
        return ""
    return "　".join(part for part in (character.codes or "", "・".join(character.readings[:4])) if part)
