"""字形の申請: what was found before asking, the form, and the second person's answer beside the shape."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from litestar.response import Redirect
from sqlalchemy.orm import Session

from gaiji_hub.errors import BadInput, Conflict, Problems
from gaiji_hub.moji.actor import NotAllowed, Permission
from gaiji_hub.moji.grounds import CHOICES, Ground
from gaiji_hub.moji.hub_character import HubCharacter, is_hub_id
from gaiji_hub.services import approval, municipalities, requests
from gaiji_hub.services.character_search import Found, Source, search_characters
from gaiji_hub.services.characters import UnknownHubCharacter, find_character
from gaiji_hub.services.decisions import Status
from gaiji_hub.services.request_approval import approve_request, existing_code
from gaiji_hub.services.requests import Wanted, find_request, list_requests, request_character, request_hash
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.decide import UNREADABLE, IncompleteForm
from gaiji_hub.web.pictures import svg_answer
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.shapes import shape_svg
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/t/{lg:str}/requests"
ONE = BASE + "/{number:int}"
StatusQuery = Annotated[str, QueryParameter(name="status", description="pending・approved・sent_back・withdrawn")]


class RequestForm(msgspec.Struct, frozen=True):
    """`source_*` name the shape; `seen` is the hash of the search that was shown; `systems` the ticked ones."""

    source_system: str = ""
    source_code: str = ""
    source_character: str = ""
    character: str = ""
    other: str = ""
    title: str = ""
    readings: str = ""
    systems: str | list[str] = ""
    ground: str = ""
    grounds: str = ""
    seen: str = ""

    @property
    def source(self) -> Source:
        return Source(self.source_system, self.source_code, self.source_character)

    @property
    def ticked(self) -> tuple[str, ...]:
        return tuple([self.systems] if isinstance(self.systems, str) else self.systems) if self.systems else ()


class AnswerForm(msgspec.Struct, frozen=True):
    seen: str = ""
    remark: str = ""
    acting: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def requests_page(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], status: StatusQuery = ""
) -> Response[str]:
    """The town's requests, newest first."""
    wanted = Status(status) if status in list(Status) else None
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        found = list_requests(session, lg, wanted)
    return html("requests.html", visitor, here="towns", town=town, found=found, only=wanted, statuses=list(Status))


@get(BASE + "/new", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.DECIDE))
def new_request_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromQuery[str] = "",
    code: FromQuery[str] = "",
    character: FromQuery[str] = "",
) -> Response[str]:
    """What is found for the shape of a gaiji or of a hub character, and the form."""
    form = RequestForm(source_system=system, source_code=code, source_character=character, character=character)
    return _form(site, visitor, lg, form)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def make_request(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], data: URLEncodedBody[RequestForm]
) -> Response[Any]:
    """Record a request; where the title or reading finds more than was shown, it is shown first (422)."""
    try:
        wanted = parse_form(data)
        with site.reading(visitor) as session:
            found = search_characters(session, lg, wanted.source, wanted.title, wanted.readings)
        with site.writing(visitor) as session:
            made = request_character(
                session, site.tables.get(), lg, wanted, found, data.seen, site.clock(), visitor.actor
            )
    except (BadInput, Conflict) as error:
        return _form(site, visitor, lg, data, problem=_reason(error))
    return Redirect(f"/t/{segment(lg)}/requests/{made.number}", status_code=303)


@get(ONE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def request_page(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], number: FromPath[int]
) -> Response[str]:
    """One request: its shape beside what was found, and the forms of whoever may answer."""
    return _show(site, visitor, lg, number)


@get(ONE + "/shape.svg", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def serve_request_shape(
    request: Request[Any, Any, Any],
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    number: FromPath[int],
) -> Response[bytes]:
    """The shape of a request, which no business system of the town need have yet."""
    with site.reading(visitor) as session:
        outline = requests.request_outline(session, lg, number)
    return svg_answer(shape_svg(outline, f"申請 第{number}号の字形"), request)


@post(ONE + "/approve", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def approve(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    number: FromPath[int],
    data: URLEncodedBody[AnswerForm],
) -> Response[Any]:
    """承認: id and codes at once, or nothing and why."""
    try:
        with site.writing(visitor) as session:
            approve_request(
                session, site.tables.get(), lg, number, data.seen, site.clock(), visitor.actor,
                remark=data.remark.strip(), acting=bool(data.acting),
            )  # fmt: skip
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, number, problem=_reason(error))
    return _back(lg, number)


@post(ONE + "/send-back", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def send_back(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    number: FromPath[int],
    data: URLEncodedBody[AnswerForm],
) -> Response[Any]:
    """差戻し with the reason."""
    try:
        with site.writing(visitor) as session:
            requests.send_back_request(session, lg, number, data.remark.strip(), site.clock(), visitor.actor)
    except (BadInput, Conflict, NotAllowed) as error:
        return _show(site, visitor, lg, number, problem=_reason(error))
    return _back(lg, number)


@post(ONE + "/withdraw", sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.DECIDE))
def withdraw(
    site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str], number: FromPath[int]
) -> Response[Any]:
    """取下げ of one's own request."""
    try:
        with site.writing(visitor) as session:
            requests.withdraw_request(session, lg, number, site.clock(), visitor.actor)
    except Conflict as error:
        return _show(site, visitor, lg, number, problem=str(error))
    return _back(lg, number)


def parse_form(form: RequestForm) -> Wanted:
    """The request a form states; `IncompleteForm` when it does not state one."""
    if any(UNREADABLE in str(text) for text in msgspec.structs.astuple(form)):
        raise IncompleteForm(reason="読み取れない文字（文字化け）が入っています。入力し直してください")
    if form.ground not in list(CHOICES):
        raise IncompleteForm(reason="根拠を選んでください")
    typed = form.other.strip()
    if typed and form.character:
        raise IncompleteForm(reason="見つかった文字を選ぶか、文字図形名を書くか、どちらか一方にしてください")
    ground = Ground(form.ground)
    return Wanted(
        source=form.source,
        title=form.title.strip(),
        systems=form.ticked,
        grounds=form.grounds.strip() or ("" if ground is Ground.OTHER else ground.label),
        ground=ground,
        character=typed or form.character,
        readings=form.readings.strip(),
    )


def _back(lg: str, number: int) -> Redirect:
    return Redirect(f"/t/{segment(lg)}/requests/{number}", status_code=303)


def _reason(error: BadInput | Conflict | NotAllowed) -> str:
    return str(error.facts["listing"]) if isinstance(error, Problems) else str(error)


def _search(site: Site, visitor: Visitor, lg: str, form: RequestForm) -> tuple[Found, str]:
    """What is found, and what was wrong with the typed reading (then without it)."""
    with site.reading(visitor) as session:
        try:
            return search_characters(session, lg, form.source, form.title, form.readings), ""
        except BadInput as error:
            return search_characters(session, lg, form.source), str(error)


def _form(site: Site, visitor: Visitor, lg: str, form: RequestForm, *, problem: str = "") -> Response[str]:
    found, unread = _search(site, visitor, lg, form)
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        systems = [
            (owner, existing_code(session, owner, found.shape))
            for owner in municipalities.list_business_systems(session, lg)
        ]
    return html(
        "request_new.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        form=form,
        found=found,
        systems=systems,
        grounds=CHOICES,
        problem=problem or unread,
        font=site.standard.get().edition,
    )


def _show(site: Site, visitor: Visitor, lg: str, number: int, *, problem: str = "") -> Response[str]:
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        request = find_request(session, lg, number)
        known = request.outcome.character if request.outcome else request.character
        character = _character(session, lg, known)
        try:
            way = approval.approval_kind(session, visitor.actor, lg, acting=True)
        except NotAllowed:
            way = ""
    return html(
        "request.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        one=request,
        seen=request_hash(request),
        known=known,
        character=character,
        mine=request.by_id == visitor.actor.id,
        way=way,
        problem=problem,
        kinds=approval.KIND_LABELS,
        font=site.standard.get().edition,
    )


def _character(session: Session, lg: str, known: str) -> HubCharacter | None:
    """The hub character of a request; None for a standard one, and once the town that has it no longer shares it."""
    if not is_hub_id(known):
        return None
    try:
        return find_character(session, lg, known)
    except UnknownHubCharacter:
        return None


REQUEST_PAGES = (
    requests_page,
    new_request_page,
    make_request,
    request_page,
    serve_request_shape,
    approve,
    send_back,
    withdraw,
)
