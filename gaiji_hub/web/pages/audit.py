"""監査証跡: the chain of a municipality, newest first, with its check; and as a file for auditors."""

from __future__ import annotations

import json
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from gaiji_hub.moji.actor import Permission
from gaiji_hub.services import audit, municipalities
from gaiji_hub.web.audit_words import ACTIONS
from gaiji_hub.web.gate import needs
from gaiji_hub.web.pages.paging import Paging
from gaiji_hub.web.render import html
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor

BASE = "/t/{lg:str}/audit"
PER_PAGE = 100


@get(BASE, sync_to_thread=True, include_in_schema=False, opt=needs(Permission.AUDIT))
def audit_page(
    site: NamedDependency[Site],
    visitor: NamedDependency[Visitor],
    lg: FromPath[str],
    page: FromQuery[int] = 1,
    about: FromQuery[str] = "",
    check: FromQuery[int] = 0,
) -> Response[str]:
    """The entries; `about` narrows by the beginning of what they are about; `check` recomputes the chain and compares
    it with the hub's own packs.
    """
    about = about[:60]
    with site.reading(visitor) as session:
        town = municipalities.find_municipality(session, lg)
        total, _ = audit.list_entries(session, lg, 0, 0, about)
        paging = Paging.of(total, page, PER_PAGE)
        _, entries = audit.list_entries(session, lg, paging.offset, PER_PAGE, about)
        verified = audit.verify_published(session, site.registry.blobs, lg) if check else None
        head = audit.head_of(session, lg)
    return html(
        "audit.html",
        visitor,
        here="towns",
        town=town,
        entries=[(entry, ACTIONS.get(entry.action, entry.action), _facts(entry.detail)) for entry in entries],
        paging=paging,
        about=about,
        verified=verified,
        head=head,
    )


@get(BASE + "/export", sync_to_thread=True, include_in_schema=False, opt=needs(Permission.AUDIT))
def export_audit(site: NamedDependency[Site], visitor: NamedDependency[Visitor], lg: FromPath[str]) -> Response[Any]:
    """The whole chain as JSON Lines, to be kept and recomputed elsewhere."""
    with site.reading(visitor) as session:
        municipalities.find_municipality(session, lg)
        data = b"".join(audit.export(session, lg))
    name = f'attachment; filename="audit-{lg}.jsonl"'
    return Response(data, media_type="application/jsonl", headers={"Content-Disposition": name})


def _facts(detail: str) -> str:
    """The entry's detail for people: `判定=exact、文字=MJ026190`."""
    facts: dict[str, Any] = json.loads(detail)
    return "、".join(f"{key}={value}" for key, value in facts.items() if value not in (None, ""))
