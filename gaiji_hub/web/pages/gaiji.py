"""外字: the list of a business system and one gaiji with its candidates, where decisions are recorded."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.moji.candidate import Band
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services import municipalities
from gaiji_hub.services.candidates import check_seen
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.overview import GaijiDetail, GaijiLine, gaiji_detail, gaiji_lines
from gaiji_hub.tables.labels import NUMBER_LABELS
from gaiji_hub.web.candidates import families_of
from gaiji_hub.web.gaiji_lines import STATES, StateQuery, count_states, narrow, next_open
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site

PER_PAGE = 50
UNREADABLE = "\ufffd"  # what a broken byte sequence in a form becomes on the way here
_PLACE = re.compile(r"^\d+ 件目（[^）]*）: ")


class DecisionForm(msgspec.Struct, frozen=True):
    """What the form sends. `glyph` is the chosen candidate, `other` an id typed in, at most one of them."""

    verdict: str = ""
    glyph: str = ""
    other: str = ""
    grounds: str = ""
    decided_by: str = ""
    shape: str = ""
    gallery: str = ""


class IncompleteForm(BadInput):
    code = "incomplete_form"
    template = "{reason}"


@get("/m/{lg:str}/{system:str}", sync_to_thread=True, include_in_schema=False)
def gaiji_list_page(
    site: NamedDependency[Site],
    lg: FromPath[str],
    system: FromPath[str],
    in_state: StateQuery = "",
    band: FromQuery[str] = "",
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The gaiji of a business system, narrowed by state and band, 50 to a page."""
    with site.registry.store.reading() as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        lines = gaiji_lines(session, lg, system)
    found = narrow(lines, in_state, band)
    paging = Paging.of(len(found), page, PER_PAGE)
    return html(
        "gaiji_list.html",
        here="home",
        town=town,
        owner=owner,
        counts=count_states(lines),
        total=len(lines),
        lines=found[paging.offset : paging.offset + PER_PAGE],
        paging=paging,
        state=in_state,
        band=band,
        states=STATES,
        bands=list(Band),
        font=site.standard.get().edition,
    )


@get("/m/{lg:str}/{system:str}/gaiji/{code:str}", sync_to_thread=True, include_in_schema=False)
def gaiji_page(
    site: NamedDependency[Site],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    recorded: FromQuery[int] = 0,
) -> Response[str]:
    """One gaiji; `recorded` is the number of the decision just made."""
    return _show(site, lg, system, code, DecisionForm(), recorded=recorded)


@post(
    "/m/{lg:str}/{system:str}/gaiji/{code:str}/decisions", sync_to_thread=True, include_in_schema=False, status_code=303
)
def record_decision(
    site: NamedDependency[Site],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
    data: URLEncodedBody[DecisionForm],
) -> Response[Any]:
    """Append a decision and show the page again; what cannot be recorded comes back with the reason (422)."""
    try:
        decision = parse_form(code, data)
        with site.registry.store.writing() as session:
            check_seen(session, lg, system, decision.shape, decision.gallery)
            made = decide(session, site.tables.get(), lg, system, [decision], site.clock())
    except BadInput as error:
        return _show(site, lg, system, code, data, problem=reason_of(error))
    address = f"/m/{segment(lg)}/{segment(system)}/gaiji/{segment(made[0].local_code)}?recorded={made[0].number}"
    return Redirect(address, status_code=303)


def reason_of(error: BadInput) -> str:
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
    if not form.shape:
        raise IncompleteForm(reason="どの字形を見たかが送られていません。この画面を開き直してから判定してください")
    typed = form.other.strip().upper()
    if typed and form.glyph:
        raise IncompleteForm(reason="候補を選ぶか、文字図形名を書くか、どちらか一方にしてください")
    return Decision(
        local_code=code,
        verdict=Verdict(form.verdict),
        glyph=typed or form.glyph,
        grounds=form.grounds.strip(),
        decided_by=form.decided_by.strip(),
        shape=form.shape,
        gallery=form.gallery,
    )


def _show(
    site: Site, lg: str, system: str, code: str, form: DecisionForm, *, problem: str = "", recorded: int = 0
) -> Response[str]:
    with site.registry.store.reading() as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        detail = gaiji_detail(session, lg, system, code)
        lines = gaiji_lines(session, lg, system)
    previous, following = _neighbours(lines, detail.local_code)
    return html(
        "gaiji.html",
        status=422 if problem else 200,
        here="home",
        town=town,
        owner=owner,
        gaiji=detail,
        families=_families(site, detail),
        labels=NUMBER_LABELS,
        verdicts=list(Verdict),
        form=form,
        problem=problem,
        recorded=recorded,
        previous=previous,
        following=following,
        next_open=next_open(lines, detail.local_code),
        font=site.standard.get().edition,
    )


def _families(site: Site, detail: GaijiDetail) -> list[Any]:
    if detail.identified is None:
        return []
    return families_of(site.tables.get(), site.standard.get(), detail.identified.candidates)


def _neighbours(lines: Sequence[GaijiLine], code: str) -> tuple[str | None, str | None]:
    codes = [line.local_code for line in lines]
    if code not in codes:
        return None, None
    at = codes.index(code)
    return codes[at - 1] if at else None, codes[at + 1] if at + 1 < len(codes) else None
