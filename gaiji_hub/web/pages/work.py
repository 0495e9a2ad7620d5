"""わたしの仕事: the first screen after logging in — what waits for this person, each item one step away."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.response import Redirect

from gaiji_hub.moji.shrink_policy import ShrinkUse
from gaiji_hub.services.my_work import Work, WorkItem, WorkKind, my_work
from gaiji_hub.web.gate import ANYBODY
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

# Where all things of a kind are, below `/m/{lg}/{system}`; a request is the municipality's.
_LISTS = {
    WorkKind.SENT_BACK: "?state=sent_back",
    WorkKind.DECIDE: "?state=candidates",
    WorkKind.APPROVE: "/approve",
    WorkKind.REVIEW_ACTING: "/approve",
    WorkKind.SIGN_OFF: "/print-jobs",
    WorkKind.RELEASE: "/releases",
}


@get("/", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def home_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[Any]:
    """What waits for the visitor; the hub's own staff go straight to their screen."""
    if visitor.actor.lg_codes or visitor.actor.kind != "person":
        with site.reading(visitor) as session:
            found = my_work(session, visitor.actor, site.clock())
        return html("work.html", visitor, here="work", work=found, list_of=list_of, link_of=link_of)
    if visitor.may("operate"):
        return Redirect("/operate", status_code=303)
    if visitor.may("council"):
        return Redirect("/council", status_code=303)
    return html("work.html", visitor, here="work", work=(), list_of=list_of, link_of=link_of)


def list_of(work: Work) -> str:
    """The address of everything of this kind."""
    if work.kind is WorkKind.MEMBERS:
        return "/members"
    town = segment(work.municipality.lg_code)
    if work.kind is WorkKind.APPROVE_SHRINK:
        return f"/t/{town}/shrink"
    if work.system is None:
        return f"/t/{town}/requests"
    return f"/m/{town}/{segment(work.system.name)}{_LISTS[work.kind]}"


def link_of(work: Work, item: WorkItem) -> str:
    """The address of one thing, or "" where the list is the place."""
    if work.kind is WorkKind.APPROVE_SHRINK:
        use = next(use for use in ShrinkUse if use.label == item.key)
        return f"/t/{segment(work.municipality.lg_code)}/shrink/{use.value}"
    if work.system is None:
        return f"/t/{segment(work.municipality.lg_code)}/requests/{item.number}"
    base = f"/m/{segment(work.municipality.lg_code)}/{segment(work.system.name)}"
    if work.kind is WorkKind.APPROVE:
        return f"{base}/approve?number={item.number}"
    if work.kind is WorkKind.SIGN_OFF:
        return f"{base}/print-jobs/{segment(item.key)}"
    if work.kind in (WorkKind.MEMBERS, WorkKind.RELEASE):
        return ""
    return f"{base}/gaiji/{segment(item.key)}"
