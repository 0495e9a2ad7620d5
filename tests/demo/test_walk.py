"""The walk: figures that are recounted, once and again, refusals, going on after a break, same bytes elsewhere."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from gaiji_hub.demo import walk as module
from gaiji_hub.demo.folder import Log, NotADemoFolder, OtherDemo, read_log
from gaiji_hub.demo.logins import read_logins
from gaiji_hub.demo.office import DATES, actor, moment
from gaiji_hub.demo.recount_files import FiguresDisagree
from gaiji_hub.demo.sample import parse_truth
from gaiji_hub.demo.show import format_figures
from gaiji_hub.demo.steps import STEPS
from gaiji_hub.demo.towns import ASAHI, BUSINESS_SYSTEM, MINATO, TOWNS, YAMANE
from gaiji_hub.demo.walk import is_needed, walk
from gaiji_hub.distribution.agent import Agent
from gaiji_hub.moji.actor import HUB_ROLES, TOWN_ROLES, Role
from gaiji_hub.moji.release import Release
from gaiji_hub.moji.rights import Rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.approval import approve, sheet_hash
from gaiji_hub.services.audit import chains, verify
from gaiji_hub.services.decisions import current, pending
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.municipalities import register_municipality
from gaiji_hub.services.people import HASHER
from gaiji_hub.services.release import get_release, make_release
from gaiji_hub.services.rights import rights_of
from gaiji_hub.settings import Settings
from gaiji_hub.store.models import Gaiji, Person
from gaiji_hub.tables.lookup import Tables
from tests.demo.conftest import SCALE, Walked, demo_settings


def test_every_step_has_a_recounted_figure(walked: Walked):
    steps = walked.figures["steps"]
    assert list(steps) == [step.name for step in STEPS]
    assert all(found["recounted"] and found["count"] > 0 and found["seconds"] >= 0 for found in steps.values())
    truth = parse_truth(walked.folder.truth.read_bytes())
    assert steps["sample"]["count"] == steps["eudc"]["count"] == steps["intake"]["count"] == len(truth)
    assert steps["candidates"]["count"] == len({gaiji.source for gaiji in truth})
    assert steps["residents"]["count"] == steps["convert"]["count"] == 3 * 1000


def test_identification_holds_its_floors_on_the_sample(walked: Walked):
    found = walked.figures["identification"]
    truth = parse_truth(walked.folder.truth.read_bytes())
    assert found["in_mj"]["count"] == len({gaiji.source for gaiji in truth if gaiji.kind == "in_mj"})
    assert found["in_mj"]["top1_rate"] >= 0.93
    assert found["in_mj"]["top10_rate"] >= 0.99
    assert found["not_in_table"]["bands"]["propose"] == 0
    assert sum(found["not_in_table"]["bands"].values()) == found["not_in_table"]["count"] > 0


def test_one_person_decides_the_true_base_and_another_approves(walked: Walked):
    truth = {(gaiji.municipality, gaiji.local_code): gaiji for gaiji in parse_truth(walked.folder.truth.read_bytes())}
    with walked.registry as registry, registry.store.reading() as session:
        decided = {town.lg_code: current(session, town.lg_code, BUSINESS_SYSTEM) for town in TOWNS}
    in_force = [(lg_code, decision) for lg_code, found in decided.items() for decision in found.values()]
    assert in_force
    for lg_code, decision in in_force:
        assert decision.approval == "approved"
        assert decision.outcome is not None
        assert decision.decided_by.startswith("デモ模擬担当者（")
        assert decision.outcome.by_name.startswith("デモ模擬承認者（")
        assert decision.outcome.by_id != decision.decided_by_id
        assert (decision.glyph is not None) <= bool(truth[lg_code, decision.local_code].base)


def test_minato_leaves_work_in_every_state(walked: Walked):
    gaiji = parse_truth(walked.folder.truth.read_bytes())
    mine = sum(one.municipality == MINATO.lg_code for one in gaiji)
    with walked.registry as registry, registry.store.reading() as session:
        waiting = pending(session, MINATO.lg_code, BUSINESS_SYSTEM)
        in_force = current(session, MINATO.lg_code, BUSINESS_SYSTEM)
        codes = [row.local_code for row in released(session, registry).rows]
        notes = {row.local_code: row.note for row in released(session, registry).rows}
    (back,) = set(codes) - set(in_force) - {one.local_code for one in waiting}
    assert len(waiting) == mine // 12 > 0
    assert {notes[one.local_code] for one in waiting} == {"承認待ち"}
    assert notes[back] == "未同定"
    found = {town["lg_code"]: (town["pending"], town["sent_back"]) for town in walked.figures["towns"]}
    assert found == {ASAHI.lg_code: (0, 0), MINATO.lg_code: (len(waiting), 1), YAMANE.lg_code: (0, 0)}


def released(session: Session, registry: Registry) -> Release:
    return get_release(session, registry.blobs, MINATO.lg_code, BUSINESS_SYSTEM)


def test_everybody_of_the_demo_can_log_in(walked: Walked):
    logins = read_logins(walked.settings.data)
    assert walked.folder.logins.stat().st_mode & 0o777 == 0o600
    assert [one.role for one in logins] == [*TOWN_ROLES * 3, *HUB_ROLES]
    assert len({one.password for one in logins}) == len(logins)
    with walked.registry as registry, registry.store.reading() as session:
        passwords = {person.login: person.password for person in session.scalars(select(Person))}
        assert not any(person.must_change for person in session.scalars(select(Person)))
    for one in logins:
        assert HASHER.verify(passwords[one.login], one.password)
    assert read_logins(walked.settings.data / "elsewhere") == ()


def test_the_shapes_are_the_towns_own(walked: Walked):
    with walked.registry as registry, registry.store.reading() as session:
        shapes = set(session.scalars(select(Gaiji.shape).where(Gaiji.lg_code == ASAHI.lg_code)))
        said = rights_of(session, ASAHI.lg_code, shapes)
    assert {rights for rights, _note in said.values()} == {Rights.OWN}


def test_the_trail_of_a_walk_holds(walked: Walked):
    with walked.registry as registry, registry.store.reading() as session:
        found = {lg_code: verify(session, lg_code) for lg_code in chains(session)}
    assert list(found) == ["", *(town.lg_code for town in TOWNS)]
    assert not any(one.problems for one in found.values())


@pytest.mark.parametrize("by", ["the clerk himself", "nobody who looked"])
def test_an_approval_without_a_second_person_is_not_believed(copied: Walked, by: str):
    """The recount reads the rows itself: what a service would never write is found."""
    with copied.registry as registry, registry.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER approval_no_update"))
        wrong = {
            "the clerk himself": "by_id = (SELECT decided_by_id FROM identification AS one "
            "WHERE one.id = identification_id)",
            "nobody who looked": "seen = ''",
        }[by]
        connection.execute(text(f"UPDATE approval SET {wrong} WHERE id = (SELECT min(id) FROM approval)"))
    with pytest.raises(FiguresDisagree, match="二人目のいない承認"):
        walk(copied.settings, print, SCALE)


def test_a_demo_of_the_first_release_gets_people_and_goes_on(copied: Walked):
    log = json.loads(copied.folder.log.read_bytes())
    copied.folder.log.write_text(json.dumps({**log, "format": "gaiji-hub-demo/1"}))
    for town in TOWNS:
        relocate(copied.folder.town(town).agent_home, copied.folder.town(town).installed)
        relocate(copied.folder.town(town).agent_home, copied.settings.data / "channels" / town.channel, "address")
    assert is_needed(copied.settings)
    assert counts(walk(copied.settings, lambda _: None)) == counts(copied.figures)
    assert not is_needed(copied.settings)


def test_the_second_release_is_a_small_delivery(walked: Walked):
    second = walked.figures["second_release"]
    assert second["added"] == sum(gaiji.round == 2 for gaiji in parse_truth(walked.folder.truth.read_bytes()))
    assert second["removed"] == 0
    assert second["files_new"] < second["files"]
    packs = sorted(path.name[:6] for path in (walked.folder.town(ASAHI).installed / "packs").iterdir())
    assert packs == ["000001", "000002"]
    assert Agent(walked.folder.town(ASAHI).agent_home).status().release_number == 2
    assert Agent(walked.folder.town(YAMANE).agent_home).status().release_number == 1


def test_the_table_says_who_decided_and_nothing_is_missing(walked: Walked):
    text = format_figures(walked.figures)
    assert all(step.title in text for step in STEPS)
    assert "模擬担当者" in text
    assert "未実装" not in text
    assert any(line.startswith("[ 5/17]") for line in walked.said)


def test_an_unfinished_line_says_so_and_gives_no_count():
    figures = {"complete": False, "steps": {"sample": {"seconds": 1.0}, "eudc": {"not_built": True}}}
    sample, eudc = format_figures(figures).splitlines()[1:3]
    assert not any(character.isdigit() for character in eudc.replace(STEPS[1].source, ""))
    assert "未実装" in eudc
    assert "1.0" in sample


def test_a_complete_demo_is_only_recounted(walked: Walked):
    before = tree(walked.settings.data)
    said: list[str] = []
    assert walk(walked.settings, said.append, SCALE) == walked.figures
    assert len(said) == 1
    assert "数え直します" in said[0]
    assert tree(walked.settings.data) == before
    assert not is_needed(walked.settings)


def test_a_broken_off_walk_goes_on(walked: Walked, machine_settings: Settings, tmp_path: Path):
    settings = demo_settings(machine_settings, tmp_path / "data")

    def stop(line: str) -> None:
        if line.startswith("[ 9/"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        walk(settings, stop, SCALE)
    assert is_needed(settings)
    figures = walk(settings, lambda _: None, SCALE)
    assert counts(figures) == counts(walked.figures)


def test_a_folder_with_other_municipalities_is_not_touched(machine_settings: Settings, tmp_path: Path):
    settings = demo_settings(machine_settings, tmp_path / "data")
    with Registry.open(settings.data, settings.database_url) as registry, registry.store.writing() as session:
        register_municipality(session, "131016", "千代田区", moment(1))
    before = tree(settings.data)
    with pytest.raises(NotADemoFolder) as refused:
        walk(settings, print, SCALE)
    assert refused.value.facts["municipality"] == "131016"
    assert tree(settings.data) == before
    assert not is_needed(settings)


def test_a_demo_of_another_size_is_refused(walked: Walked):
    with pytest.raises(OtherDemo):
        walk(walked.settings, print, SCALE * 2)


def test_a_database_without_its_demo_folder_is_refused(copied: Walked):
    shutil.rmtree(copied.folder.root)
    with pytest.raises(OtherDemo):
        walk(copied.settings, print, SCALE)


def test_a_visitors_own_release_does_not_spoil_the_recount(copied: Walked):
    decision = Decision("E000", Verdict.NONE, "", "画面で見直した")
    place, at = (MINATO.lg_code, BUSINESS_SYSTEM), moment(2)
    with copied.registry as registry, registry.store.writing() as session:
        clerk, approver = actor(session, MINATO, Role.CLERK), actor(session, MINATO, Role.APPROVER)
        made = decide(session, Tables.load(), *place, [decision], at, clerk)
        approve(session, *place, [made[0].number], sheet_hash(made), at, approver)
        make_release(session, registry.blobs, Tables.load(), *place, DATES[2], "見学", at, approver)
    for town in TOWNS:
        relocate(copied.folder.town(town).agent_home, copied.folder.town(town).installed)
    assert counts(walk(copied.settings, print, SCALE))["steps"] == counts(copied.figures)["steps"]


def test_an_empty_folder_needs_the_demo(machine_settings: Settings, tmp_path: Path):
    assert is_needed(demo_settings(machine_settings, tmp_path / "data"))


def test_a_step_that_is_not_built_ends_the_walk_without_figures(
    machine_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from gaiji_hub.errors import NotBuilt

    def missing(*_: object) -> None:
        raise NotBuilt(what="外字の取込")

    monkeypatch.setattr(module.office, "take_in", missing)
    settings = demo_settings(machine_settings, tmp_path / "data")
    said: list[str] = []
    figures = walk(settings, said.append, SCALE)
    assert figures["complete"] is False
    assert figures["steps"]["intake"] == {"not_built": True}
    assert not any("count" in found for found in figures["steps"].values())
    assert "未実装: 外字の取込" in said[-1]
    assert is_needed(settings)


@pytest.mark.parametrize("spoil", ["converted", "report", "census", "installed"])
def test_figures_are_not_believed_when_files_contradict_them(copied: Walked, spoil: str):
    place = copied.folder.town(MINATO)
    path = {
        "converted": place.converted,
        "report": place.report,
        "census": place.census,
        "installed": place.current / "README.txt",
    }[spoil]
    if spoil == "installed":  # the agent's home names the place where it was enrolled
        relocate(place.agent_home, place.installed)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:1] + lines[2:]))
    with pytest.raises(FiguresDisagree):
        walk(copied.settings, lambda _: None, SCALE)


def test_the_log_holds_seconds_and_no_counts(walked: Walked):
    log = read_log(walked.folder)
    assert isinstance(log, Log)
    assert log.complete
    assert set(json.loads(walked.folder.log.read_bytes())) == {"format", "scale", "seconds", "complete", "not_built"}


def test_another_walk_makes_the_same_bytes(walked: Walked, database_url: str, tmp_path: Path):
    """Another process, folder, time zone, hash seed, locale and moment; on both databases."""
    data = tmp_path / "elsewhere"
    settings = replace(walked.settings, data=data)
    script = (
        "import sys; from pathlib import Path; from gaiji_hub.settings import Settings; "
        "from gaiji_hub.demo.walk import walk; walk(Settings.from_env(), lambda _: None, float(sys.argv[1]))"
    )
    environment = {
        **os.environ,
        "GAIJI_HUB_DATA": str(settings.data),
        "GAIJI_HUB_DATABASE_URL": database_url,
        "TZ": "America/St_Johns",
        "PYTHONHASHSEED": "4242",
        "LC_ALL": "C",
    }
    subprocess.run([sys.executable, "-c", script, str(SCALE)], env=environment, check=True, cwd=tmp_path)
    assert reproducible(data) == reproducible(walked.settings.data)


def reproducible(data: Path) -> dict[str, str]:
    """Everything a walk writes that must not depend on where and when: all but keys, signatures and clocks."""
    found = tree(data / "demo")
    kept = {
        path: digest
        for path, digest in found.items()
        if "/agent/" not in path
        and not path.endswith("manifest.json")
        and path not in ("walk.json", "trust.json", "logins.json")
    }
    assert any(path.endswith("mapping/release.json") for path in kept)
    for path in (data / "demo").glob("*/installed/packs/*/manifest.json"):
        payload = json.dumps(json.loads(path.read_bytes())["payload"], sort_keys=True)
        kept[str(path.relative_to(data / "demo"))] = hashlib.sha256(payload.encode()).hexdigest()
    return kept


def tree(folder: Path) -> dict[str, str]:
    return dict(_hashes(folder))


def _hashes(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(("hub.db-", ".lock")):
            yield str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()


def relocate(home: Path, place: Path, field: str = "install") -> None:
    enrolment = home / "enrolment.json"
    known = json.loads(enrolment.read_bytes())
    line = json.dumps({**known, field: str(place)}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    enrolment.write_text(line + "\n", "utf-8")


def counts(figures: Any) -> Any:
    """The figures without seconds."""
    if isinstance(figures, dict):
        return {key: counts(value) for key, value in figures.items() if key != "seconds"}
    return [counts(value) for value in figures] if isinstance(figures, list) else figures
