"""団体の一覧 and 受信システム: where the work stands and what to do next."""

from __future__ import annotations

from litestar import Response, get
from litestar.di import NamedDependency

from gaiji_hub.services.delivery import STATE_LABELS
from gaiji_hub.services.overview import SystemCounts
from gaiji_hub.web.gate import ANYBODY
from gaiji_hub.web.render import html
from gaiji_hub.web.seen_towns import seen_towns
from gaiji_hub.web.site import Site
from gaiji_hub.web.visitor import Visitor


@get("/towns", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def towns_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """The visitor's municipalities with their business systems."""
    with site.reading(visitor) as session:
        found = seen_towns(session, visitor)
    return html("home.html", visitor, here="towns", towns=found, next_step=next_step)


@get("/members", sync_to_thread=True, include_in_schema=False, opt=ANYBODY)
def members_page(site: NamedDependency[Site], visitor: NamedDependency[Visitor]) -> Response[str]:
    """Every member of every channel, with what it holds."""
    with site.reading(visitor) as session:
        found = seen_towns(session, visitor)
    channels = [(town.municipality, counts) for town in found for counts in town.systems]
    return html("members.html", visitor, here="members", channels=channels, labels=STATE_LABELS)


def next_step(counts: SystemCounts) -> str:
    """One sentence: what moves this business system on."""
    behind = sum(member.state != "current" for member in counts.members)
    steps = (
        (counts.gaiji == 0, "外字フォントを取り込む"),
        (counts.undecided > 0, f"未同定の {counts.undecided:,} 字を同定する"),
        (counts.releases == 0, "配布版を作る"),
        (counts.published < counts.releases, "配布版を伝送路に載せる"),
        (not counts.members, "受信システムを登録する"),
        (behind > 0, f"受信システム {behind} 台の更新を確かめる"),
    )
    return next((step for due, step in steps if due), "すべて最新です")
