"""`gaiji-hub tables impact`: what a change of editions touches in the hub's database."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from pathlib import Path

from gaiji_hub.cli.registry_towns import read_registry
from gaiji_hub.cli.waiting import waiting
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.text import format_ucs
from gaiji_hub.services.impact_reports import ConversionReport, read_report
from gaiji_hub.services.table_impact import Impact, TouchedGaiji, TouchedRelease, TouchedReport, impact_of
from gaiji_hub.services.upgrade_proposals import UpgradeProposal, upgrade_proposals
from gaiji_hub.settings import Settings
from gaiji_hub.tables.diff import diff
from gaiji_hub.tables.edition_forms import forms_of
from gaiji_hub.tables.editions import Editions
from gaiji_hub.tables.importing.rows import check_size, numbered_lines
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.tables.root import data_root, local_tables

DONE, FINDINGS = 0, 1
MAX_REPORT = 4 << 30
SHOWN = 20
NO_EDITION = "版の記録なし"


def run_impact(args: argparse.Namespace, settings: Settings) -> int:
    editions = Editions(data_root(), settings.data)
    with waiting("2つの版を比べ、登録済みのものと突き合わせています"):
        a, b = editions.open(args.a), editions.open(args.b)
        found = diff(a, b)
        reports = [_report(path) for path in args.report]
        before, after = forms_of(a), forms_of(b)
        with read_registry(settings) as registry, registry.reading_all() as session:
            impact = impact_of(session, registry.blobs, found, _texts_of(settings), reports, args.newest_only)
            proposals = upgrade_proposals(session, registry.blobs, found, before, after, args.newest_only)
    lines = _json_lines(impact, proposals) if args.json else _lines(impact, proposals)
    for line in lines:
        print(line)
    return FINDINGS if impact.touched or proposals else DONE


def _texts_of(settings: Settings) -> Callable[[str], Iterable[str]]:
    """The registered forms of a glyph of the MJ list; none for other glyphs."""
    tables = Tables.load(local=local_tables(settings.data))

    def texts(glyph: str) -> Iterable[str]:
        found = tables.character(GlyphId(glyph))
        return found.texts if found else ()

    return texts


def _report(path: Path) -> ConversionReport:
    check_size(path, MAX_REPORT)
    with path.open("rb") as file:
        return read_report(numbered_lines(file, path.name), path.name)


def _lines(impact: Impact, proposals: Iterable[UpgradeProposal]) -> Iterable[str]:
    for gaiji in impact.gaiji:
        yield _gaiji(gaiji)
    for release in impact.releases:
        place = f"{release.lg_code}\t{release.system}\t第{release.number}版"
        yield f"配布版\t{place}\t{_some(release.codes)}\t{release.edition or NO_EDITION}"
    for report in impact.reports:
        place = f"{report.lg_code}\t{report.system}\t第{report.release}版"
        yield f"変換の報告\t{report.name}\t{place}\t{_some(report.codes)}\t{report.edition or NO_EDITION}"
    for one in proposals:
        yield _proposal(one)
    if not impact.touched:
        yield "登録済みのものに触れる変更はありません"
    if impact.information:
        yield f"画数など、書き出す文字を変えない変更\t{impact.information:,} 件（tables diff で見られます）"


def _gaiji(one: TouchedGaiji) -> str:
    decision = f"判定 {one.decision}（{'有効' if one.in_force else '承認待ち'}）" if one.decision else "未判定"
    what = "・".join(dict.fromkeys(f"{change.kind.label} {' '.join(change.key)}" for change in one.changes))
    return f"外字\t{one.lg_code}\t{one.system}\t{one.local_code}\t{decision}\t{what}\t{one.edition or NO_EDITION}"


def _proposal(one: UpgradeProposal) -> str:
    old = one.old or "・".join(place[2] for place in one.gaiji)
    forms = f"（{format_ucs(''.join(one.old_forms))}）" if one.old_forms else ""
    new = f"（{format_ucs(one.new_form)}）" if one.new_form else ""
    held = f"外字 {len(one.gaiji)}・配布版 {len(one.releases)}"
    return f"提案\t{old}{forms} → {one.new}{new}\t{one.ground.label}\t{held}\t比較キー {one.key}"


def _some(codes: tuple[str, ...]) -> str:
    more = f" ほか {len(codes) - SHOWN}" if len(codes) > SHOWN else ""
    return f"{'・'.join(codes[:SHOWN])}{more}"


def _json_lines(impact: Impact, proposals: Iterable[UpgradeProposal]) -> Iterable[str]:
    proposed = list(proposals)
    touched: list[tuple[str, TouchedGaiji | TouchedRelease | TouchedReport]] = [
        *(("gaiji", gaiji) for gaiji in impact.gaiji),
        *(("release", release) for release in impact.releases),
        *(("report", report) for report in impact.reports),
    ]
    for kind, one in touched:
        yield json.dumps({"touched": kind, **_facts(one)}, ensure_ascii=False)
    for proposal in proposed:
        yield json.dumps({"proposal": proposal.ground.value, **_proposed(proposal)}, ensure_ascii=False)
    counts = {"gaiji": len(impact.gaiji), "releases": len(impact.releases), "reports": len(impact.reports)}
    yield json.dumps({"summary": {**counts, "proposals": len(proposed), "information": impact.information}})


def _facts(one: TouchedGaiji | TouchedRelease | TouchedReport) -> dict[str, object]:
    facts = dict(vars(one))
    if isinstance(one, TouchedGaiji):
        facts["changes"] = [change.to_json() for change in one.changes]
    return facts


def _proposed(one: UpgradeProposal) -> dict[str, object]:
    return {
        "old": one.old,
        "old_forms": list(map(format_ucs, one.old_forms)),
        "new": one.new,
        "new_form": format_ucs(one.new_form),
        "key": one.key,
        "gaiji": [list(place) for place in one.gaiji],
        "releases": [list(release) for release in one.releases],
    }
