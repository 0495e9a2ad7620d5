"""What a change of editions touches: gaiji, decisions, releases, conversion reports — of the session's towns only."""

import json
from pathlib import Path

import pytest

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.impact_reports import BadReport, ConversionReport, read_report
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system
from gaiji_hub.services.release import make_release
from gaiji_hub.services.table_impact import Impact, alters, impact_of
from gaiji_hub.store.scope import Scope
from gaiji_hub.tables.diff import Diff, diff
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import AT, DATE, GLYPH, SYSTEM, TOWN, font
from tests.services.people import APPROVER, CLERK, OTHER, approve_all
from tests.tables.edition_files import installed, table
from tests.tables.loaded import TABLES

MOVED = {"glyph": GLYPH, "ivs": "U+9089 U+E0119"}
NOW = {"glyph": GLYPH, "ivs": "U+9089 U+E01EF"}


def editions(folder: Path, kind: str, name: str, old: list[dict[str, str]], new: list[dict[str, str]]) -> Diff:
    made = (installed(folder / kind, f"{kind}@{n}", table(name, *rows)) for n, rows in enumerate((old, new)))
    return diff(*made)


def look(
    registry: Registry, found: Diff, *reports: ConversionReport, scope: Scope | None = None, **more: bool
) -> Impact:
    reading = registry.store.reading(scope) if scope else registry.reading_all()
    with reading as session:
        return impact_of(session, registry.blobs, found, texts_of, reports, **more)


def texts_of(glyph: str) -> tuple[str, ...]:
    """The registered forms of the one glyph that these tests decide."""
    character = TABLES.character(GlyphId(glyph))
    return character.texts if character else ()


def report_lines(*losses: dict[str, object], **summary: object) -> list[tuple[int, bytes]]:
    facts = {"municipality": TOWN, "business_system": SYSTEM, "release": 1, "editions": {"mj": "0@x"}, **summary}
    lines = [json.dumps(line).encode() for line in (*losses, {"summary": facts})]
    return list(enumerate(lines, start=1))


def test_a_moved_glyph_touches_its_gaiji_decision_release_and_report(
    registry: Registry, tmp_path: Path, tables: Tables
):
    found = editions(tmp_path, "mj", "mj", [MOVED], [NOW])
    report = read_report(report_lines({"code": "F041", "kind": "unmapped"}), "r.jsonl")
    impact = look(registry, found, report)
    (gaiji,) = impact.gaiji
    assert (gaiji.lg_code, gaiji.system, gaiji.local_code, gaiji.glyph) == (TOWN, SYSTEM, "F040", GLYPH)
    assert (gaiji.decision, gaiji.in_force) == (1, True)
    assert gaiji.edition == tables.edition["mj"]
    assert [change.new for change in gaiji.changes] == ["U+9089 U+E01EF"]
    (release,) = impact.releases
    assert (release.number, release.codes, release.edition) == (1, ("F040",), tables.edition["mj"])
    (told,) = impact.reports
    assert (told.name, told.release, told.codes, told.edition) == ("r.jsonl", 1, ("F040",), "0@x")
    assert impact.touched


def test_what_alters_nothing_is_counted_and_not_listed(registry: Registry, tmp_path: Path):
    found = editions(tmp_path, "mj", "mj", [{**MOVED, "daikanwa": "1"}], [{**MOVED, "daikanwa": "2"}])
    impact = look(registry, found)
    assert (impact.touched, impact.information) == (False, 1)
    assert not any(map(alters, found.changes))


def test_an_added_glyph_touches_nothing(registry: Registry, tmp_path: Path):
    assert not look(registry, editions(tmp_path, "mj", "mj", [], [MOVED])).touched


def test_a_decision_that_waits_is_listed_as_waiting(registry: Registry, tmp_path: Path, tables: Tables):
    with registry.writing_all() as session:
        decide(session, tables, TOWN, SYSTEM, [Decision("F041", Verdict.EXACT, GLYPH, "x")], AT, CLERK)
    found = editions(tmp_path, "mj", "mj", [MOVED], [NOW])
    assert [(one.local_code, one.in_force) for one in look(registry, found).gaiji] == [("F040", True), ("F041", False)]


def test_a_taken_back_gaiji_is_not_touched_but_its_old_release_is(registry: Registry, tmp_path: Path, tables: Tables):
    with registry.writing_all() as session:
        record_intake(session, TOWN, SYSTEM, font({0xE001: 300, 0xE002: 400}), AT)
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, DATE, "廃止", AT, APPROVER, dropping=True)
    impact = look(registry, editions(tmp_path, "mj", "mj", [MOVED], [NOW]))
    assert [one.local_code for one in impact.gaiji] == []
    assert [one.number for one in impact.releases] == [1]
    assert not look(registry, editions(tmp_path / "b", "mj", "mj", [MOVED], [NOW]), newest_only=True).touched


def test_a_change_of_a_code_table_touches_its_codes(registry: Registry, tmp_path: Path):
    old, new = ([{"code": code, "ucs": ucs, "round_trip": "both"} for code, ucs in rows.items()] for rows in (
        {"F040": "U+E000", "F041": "U+E001"}, {"F040": "U+E000", "F041": "U+8FBB"}))  # fmt: skip
    found = editions(tmp_path, "cp932", "code_cp932", old, new)
    lost = read_report(report_lines({"code": "f041", "kind": "unmapped"}, release=9), "r.jsonl")
    impact = look(registry, found, lost)
    assert [(one.local_code, one.decision) for one in impact.gaiji] == [("F041", None)]
    assert [(one.number, one.codes) for one in impact.releases] == [(1, ("F041",))]
    assert [(one.release, one.codes, one.known_release) for one in impact.reports] == [(9, ("F041",), True)]


def test_a_code_table_of_another_system_touches_nothing(registry: Registry, tmp_path: Path):
    old, new = ([{"code": "F041", "ucs": ucs, "round_trip": "both"}] for ucs in ("U+E001", "U+8FBB"))
    assert not look(registry, editions(tmp_path, "jef", "code_jef", old, new)).touched


def test_a_registration_that_changed_touches_the_text_of_a_release(registry: Registry, tmp_path: Path):
    one = {"base": "U+9089", "selector": "U+E0119", "collection": "Moji_Joho", "code": "MJ026191"}
    impact = look(registry, editions(tmp_path, "ivd", "ivd", [one], [{**one, "code": "MJ000001"}]))
    assert [(release.number, release.codes) for release in impact.releases] == [(1, ("F040",))]
    assert [(gaiji.local_code, gaiji.glyph) for gaiji in impact.gaiji] == [("F040", GLYPH)]


def test_a_reading_that_changed_touches_the_glyph_because_a_policy_may_write_it(registry: Registry, tmp_path: Path):
    old, new = ([{"glyph": GLYPH, "position": "1", "reading": reading}] for reading in ("ヘン", "ベン"))
    found = editions(tmp_path, "mj", "mj_reading", old, new)
    assert [gaiji.local_code for gaiji in look(registry, found).gaiji] == ["F040"]


def test_shrink_candidates_touch_the_glyph(registry: Registry, tmp_path: Path):
    one = {"glyph": GLYPH, "table": "reading", "ucs": "U+8FBA", "x0213": "1-42-53"}
    impact = look(registry, editions(tmp_path, "shrink", "shrink", [], [one]))
    assert [release.codes for release in impact.releases] == [("F040",)]


def test_another_towns_session_sees_nothing(registry: Registry, tmp_path: Path):
    found = editions(tmp_path, "mj", "mj", [MOVED], [NOW])
    assert not look(registry, found, read_report(report_lines(), "r"), scope=Scope.of(OTHER)).touched
    assert look(registry, found, scope=Scope.of(TOWN)).touched


def test_the_other_system_of_a_town_is_looked_at_too(registry: Registry, tmp_path: Path, tables: Tables):
    with registry.writing_all() as session:
        register_business_system(session, TOWN, "koseki", "戸籍", "cp932", AT)
        record_intake(session, TOWN, "koseki", font({0xE005: 500}), AT)
        decide(session, tables, TOWN, "koseki", [Decision("F045", Verdict.EXACT, GLYPH, "x")], AT, CLERK)
        approve_all(session, TOWN, "koseki", AT)
    found = editions(tmp_path, "mj", "mj", [MOVED], [NOW])
    touched = {(one.system, one.local_code) for one in look(registry, found).gaiji}
    assert touched == {(SYSTEM, "F040"), ("koseki", "F045")}


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "最後の行（summary）がありません"),
        ([(1, b"{}")], "最後の行（summary）がありません"),
        ([(1, b"x")], "1 行目が JSON ではありません"),
        ([(1, b"[" * 100_000)], "1 行目が JSON ではありません"),
        ([(1, b"[]")], "1 行目の形が違います"),
        ([*report_lines(), (2, b"{}")], "2 行目: 最後の行（summary）のあとに"),
        ([(1, b'{"summary": {}}')], "要る項目がありません"),
        ([(1, b'{"summary": 3}')], "最後の行（summary）がありません"),
        (report_lines(editions=[]), "要る項目がありません"),
        (report_lines(release="x"), "要る項目がありません"),
    ],
)
def test_a_report_that_is_none_is_refused(lines: list[tuple[int, bytes]], why: str):
    with pytest.raises(BadReport, match=why.replace("(", r"\(")):
        read_report(lines, "r.jsonl")


def test_a_report_names_its_release_editions_and_codes_and_no_text():
    lines = report_lines({"code": "f040", "written": "U+8FBB"}, {"kind": "overflow"}, unmapped_codes={"F041": 2})
    assert read_report(lines, "r").codes == {"F040", "F041"}
