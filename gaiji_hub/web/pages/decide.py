"""判定: one gaiji with its candidates, where it is decided, withdrawn and undone; approving is in pages.approve."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Conflict, Problems
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.grounds import CHOICES, Ground
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import approval, identification, municipalities
from gaiji_hub.services.candidates import check_seen
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.overview import GaijiDetail, gaiji_detail, gaiji_neighbours
from gaiji_hub.tables.labels import NUMBER_LABELS
from gaiji_hub.web.candidates import families_of
from gaiji_hub.web.gate import needs
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

GAIJI = "/m/{lg:str}/{system:str}/gaiji/{code:str}"
UNREADABLE = "\ufffd"  # what a broken byte sequence in a form becomes on the way here
_PLACE = re.compile(r"^\d+ 件目（[^）]*）: ")


class DecisionForm(msgspec.Struct, frozen=True):
    """What the form sends. `glyph` is the chosen candidate, `other` an id typed in, at most one of them."""

    verdict: str = ""
    glyph: str = ""
    other: str = ""
    ground: str = ""
    grounds: str = ""
    shape: str = ""
    gallery: str = ""


class NumberForm(msgspec.Struct, frozen=True):
    """Which decision to withdraw or undo, and why."""

    number: int = 0
    grounds: str = ""


class IncompleteForm(BadInput):
    code = "incomplete_form"
    template = "{reason}"


@get(GAIJI, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def gaiji_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    recorded: FromQuery[int] = 0,
) -> Response[str]:
    """One gaiji; `recorded` is the number of the decision just made."""
    return _show(site, visitor, (lg, system, code), DecisionForm(), recorded=recorded)


@post(
    GAIJI + "/decisions",
    sync_to_thread=True,
    include_in_schema=False,
    status_code=303,
    opt=needs(Permission.DECIDE),
)
def record_decision(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    data: URLEncodedBody[DecisionForm],
) -> Response[Any]:
    """Append a decision and show the page again; what cannot be recorded comes back with the reason (422)."""
    try:
        decision = parse_form(code, data)
        with site.writing(visitor) as session:
            check_seen(session, lg, system, decision.shape, decision.gallery)
            made = decide(session, site.tables.get(), lg, system, [decision], site.clock(), visitor.actor)
    except BadInput as error:
        return _show(site, visitor, (lg, system, code), data, problem=reason_of(error))
    return _back(lg, system, made[0].local_code, made[0].number)


@post(GAIJI + "/withdraw", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def withdraw_decision(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    data: URLEncodedBody[NumberForm],
) -> Response[Any]:
    """取下げ of one's own waiting decision."""
    try:
        with site.writing(visitor) as session:
            approval.withdraw(session, lg, system, data.number, site.clock(), visitor.actor)
    except Conflict as error:
        return _show(site, visitor, (lg, system, code), DecisionForm(), problem=str(error))
    return _back(lg, system, code)


@post(GAIJI + "/undo", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def undo_decision(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    data: URLEncodedBody[NumberForm],
) -> Response[Any]:
    """取消: a new decision that waits for approval and brings back what was before."""
    try:
        with site.writing(visitor) as session:
            made = identification.undo(
                session, lg, system, data.number, data.grounds.strip(), site.clock(), visitor.actor
            )
    except (BadInput, Conflict) as error:
        return _show(site, visitor, (lg, system, code), DecisionForm(), problem=reason_of(error))
    return _back(lg, system, code, made.number)


def reason_of(error: BadInput | Conflict) -> str:
    """Why one decision was not recorded, without the numbering that a batch needs."""
    if not isinstance(error, Problems):
        return str(error)
    return "\n".join(_PLACE.sub("", line) for line in str(error.facts["listing"]).splitlines())


def parse_form(code: str, form: DecisionForm) -> Decision:
    """The decision a form states; `IncompleteForm` when it does not state one."""
    if any(UNREADABLE in text for text in msgspec.structs.astuple(form)):
        raise IncompleteForm(reason="読み取れない文字（文字化け）が入っています。入力し直してください")
    if form.verdict not in list(Verdict):
        raise IncompleteForm(reason="判定を選んでください")
    if form.ground not in list(CHOICES):
        raise IncompleteForm(reason="根拠を選んでください")
    if not form.shape:
        raise IncompleteForm(reason="どの字形を見たかが送られていません。この画面を開き直してから判定してください")
    typed = form.other.strip().upper()
    if typed and form.glyph:
        raise IncompleteForm(reason="候補を選ぶか、文字図形名を書くか、どちらか一方にしてください")
    ground = Ground(form.ground)
    return Decision(
        local_code=code,
        verdict=Verdict(form.verdict),
        glyph=typed or form.glyph,
        grounds=form.grounds.strip() or ("" if ground is Ground.OTHER else ground.label),
        shape=form.shape,
        gallery=form.gallery,
        ground=ground,
    )


def _back(lg: str, system: str, code: str, recorded: int = 0) -> Redirect:
    address = f"/m/{segment(lg)}/{segment(system)}/gaiji/{segment(code)}"
    return Redirect(f"{address}?recorded={recorded}" if recorded else address, status_code=303)


def _show(
    site: Site,
    visitor: Visitor,
    place: tuple[str, str, str],
    form: DecisionForm,
    *,
    problem: str = "",
    recorded: int = 0,
) -> Response[str]:
    lg, system, code = place
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        detail = gaiji_detail(session, lg, system, code)
        beside = gaiji_neighbours(session, lg, system, detail.local_code)
    return html(
        "gaiji.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        gaiji=detail,
        families=_families(site, detail),
        labels=NUMBER_LABELS,
        verdicts=list(Verdict),
        grounds=CHOICES,
        form=form,
        problem=problem,
        recorded=recorded,
        previous=beside.previous,
        following=beside.following,
        next_open=beside.waiting,
        kinds=approval.KIND_LABELS,
        font=site.standard.get().edition,
    )


def _families(site: Site, detail: GaijiDetail) -> list[Any]:
    if detail.identified is None:
        return []
    return families_of(site.tables.get(), site.standard.get(), detail.identified.candidates)
