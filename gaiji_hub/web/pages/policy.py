"""文字要件: what a business system may be sent, which gaiji stand against it, and what to do about each."""

from __future__ import annotations

import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.actor import Permission
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.japan_time import date_in_japan
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.policy import BadPolicy, Policy, PolicyKind, SpaceRule
from gaiji_hub.services import dossier, municipalities
from gaiji_hub.services.intake import shape_outline
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html, segment
from gaiji_hub.web.site import Site
from gaiji_hub.web.standard_shapes import StandardShapes
from gaiji_hub.web.visitor import Visitor
from gaiji_hub.workbench.dossier import dossier_zip

BASE = "/m/{lg:str}/{system:str}/policy"
PER_PAGE = 24


class PolicyForm(msgspec.Struct, frozen=True):
    kind: str = ""
    edition: str = ""
    until: str = ""
    space_rule: str = ""


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.READ))
def policy_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    page: FromQuery[int] = 1,
) -> Response[str]:
    """The 文字要件 of a business system and the gaiji that do not meet it, 24 to a page."""
    return _show(site, visitor, lg, system, page=page)


@post(BASE, sync_to_thread=True, include_in_schema=False, status_code=303, opt=needs(Permission.ADMIN))
def change_policy(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    data: URLEncodedBody[PolicyForm],
) -> Response[Any]:
    """Set what the business system may be sent."""
    try:
        policy, space_rule = parse_form(data)
        with site.writing(visitor) as session:
            municipalities.set_policy(session, lg, system, policy, space_rule, site.clock(), visitor.actor)
    except BadInput as error:
        return _show(site, visitor, lg, system, problem=str(error))
    return Redirect(f"/m/{segment(lg)}/{segment(system)}/policy", status_code=303)


@get(
    "/m/{lg:str}/{system:str}/gaiji/{code:str}/addition-request.zip",
    sync_to_thread=True,
    include_in_schema=False,
    opt=needs(Permission.READ),
)
def serve_dossier(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    system: FromPath[str],
    code: FromPath[str],
) -> Response[bytes]:
    """追加要望の書類 of one gaiji: PDF, JSON and shapes in a zip."""
    with site.reading(visitor) as session:
        facts = dossier.dossier_of(session, site.tables.get(), lg, system, code, site.clock())
        shape = shape_outline(session, lg, system, facts.shape)
    shapes = site.standard.get()
    near = {one.glyph: outline for one in facts.near if (outline := _drawn(shapes, one.glyph)) is not None}
    name = f"addition-request-{facts.municipality}-{facts.shape[:12]}.zip"
    return Response(
        dossier_zip(facts, shape, near, shapes.path),
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def parse_form(form: PolicyForm) -> tuple[Policy, SpaceRule]:
    """The 文字要件 a form states, or `BadPolicy`."""
    if form.kind not in list(PolicyKind) or form.space_rule not in list(SpaceRule):
        raise BadPolicy(reason="種類を選んでください")
    try:
        until = datetime.date.fromisoformat(form.until) if form.until else None
    except ValueError:
        raise BadPolicy(reason="期日は 2027-03-31 のように書きます") from None
    return Policy(PolicyKind(form.kind), form.edition.strip(), until), SpaceRule(form.space_rule)


def _drawn(shapes: StandardShapes, glyph: GlyphId) -> Outline | None:
    return shapes.outline(glyph) if shapes.has(glyph) else None


def _show(site: Site, visitor: Visitor, lg: str, system: str, *, page: int = 1, problem: str = "") -> Response[str]:
    today = date_in_japan(site.clock())
    with site.reading(visitor) as session:
        owner = municipalities.locate(session, lg, system)
        town = municipalities.find_municipality(session, lg)
        tables = site.tables.get()
        start = max(page - 1, 0) * PER_PAGE
        total, shown = dossier.offers(session, tables, lg, system, today, start, PER_PAGE)
        paging = Paging.of(total, page, PER_PAGE)
        if paging.number != page:
            _, shown = dossier.offers(session, tables, lg, system, today, paging.offset, PER_PAGE)
    return html(
        "policy.html",
        visitor,
        status=422 if problem else 200,
        here="towns",
        town=town,
        owner=owner,
        in_force=owner.policy.in_force(today),
        offers=shown,
        paging=paging,
        kinds=list(PolicyKind),
        space_rules=list(SpaceRule),
        has_shape=site.standard.get().has,
        problem=problem,
        font=site.standard.get().edition,
    )


POLICY_PAGES = (policy_page, change_policy, serve_dossier)
