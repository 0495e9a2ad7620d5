"""`gaiji-hub tables impact` walked: a town, a release, a real conversion report, two editions; exit codes and lines."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.cli.waiting import waiting
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.identification import Decision, decide
from gaiji_hub.services.intake import record_intake
from gaiji_hub.services.municipalities import register_business_system, register_municipality
from gaiji_hub.services.release import make_release
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from tests.services.conftest import GLYPH, SYSTEM, TOWN, font
from tests.services.people import APPROVER, CLERK, approve_all
from tests.tables.edition_files import installed, table

AT = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
MOVED = {"glyph": GLYPH, "version": "1", "strokes": "3", "ivs": "U+9089 U+E0119"}
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hub(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "data"))

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def town(hub: Run) -> Path:
    """F040 is decided and released, F041 not decided; the data folder."""
    settings, tables = Settings.from_env(), Tables.load()
    with Registry.open(settings.data, settings.database_url) as registry, registry.writing_all() as session:
        register_municipality(session, TOWN, "架空市", AT)
        register_business_system(session, TOWN, SYSTEM, "住民記録", "cp932", AT)
        record_intake(session, TOWN, SYSTEM, font({0xE000: 200, 0xE001: 300}), AT)
        decide(session, tables, TOWN, SYSTEM, [Decision("F040", Verdict.EXACT, GLYPH, "一致")], AT, CLERK)
        approve_all(session, TOWN, SYSTEM, AT)
        make_release(session, registry.blobs, tables, TOWN, SYSTEM, AT.date(), "初版", AT, APPROVER)
    return settings.data


def converted(hub: Run, folder: Path) -> Path:
    """The report of a conversion of one record with both gaiji, made by this program."""
    place = ("--municipality", TOWN, "--business-system", SYSTEM)
    assert hub("release", "export", *place, "--out", folder / "r.json")[0] == 0
    assert hub("plan", "compile", folder / "r.json", "--out", folder / "p.plan")[0] == 0
    (folder / "in.csv").write_bytes(b"name\r\n\xf0\x40\xf0\x41\r\n")
    files = (folder / "in.csv", folder / "out.csv", "--report", folder / "report.jsonl")
    assert hub("convert", "--plan", folder / "p.plan", "--from", "cp932", *files)[0] == 1
    return folder / "report.jsonl"


def test_a_revision_that_moves_a_released_character(hub: Run, town: Path, tmp_path: Path):
    installed(town, "mj@1", table("mj", MOVED))
    installed(town, "mj@2", table("mj", {**MOVED, "ivs": "U+9089 U+E01EF", "daikanwa": "5"}))
    report = converted(hub, tmp_path)
    code, out, _ = hub("tables", "impact", "mj@1", "mj@2", "--report", report)
    assert code == 1
    edition = Tables.load().edition["mj"]
    assert out.split("\n") == [
        f"外字\t{TOWN}\t{SYSTEM}\tF040\t判定 1（有効）\t移動 {GLYPH}\t{edition}",
        f"配布版\t{TOWN}\t{SYSTEM}\t第1版\tF040\t{edition}",
        f"変換の報告\treport.jsonl\t{TOWN}\t{SYSTEM}\t第1版\tF040\t{edition}",
        "画数など、書き出す文字を変えない変更\t1 件（tables diff で見られます）",
        "",
    ]
    lines = [json.loads(line) for line in hub("tables", "impact", "mj@1", "mj@2", "--json")[1].splitlines()]
    assert [line.get("touched") for line in lines] == ["gaiji", "release", None]
    assert lines[0]["changes"][0]["kind"] == "moved"
    assert lines[-1]["summary"] == {"gaiji": 1, "releases": 1, "reports": 0, "proposals": 0, "information": 1}


def test_a_revision_that_touches_nothing(hub: Run, town: Path):
    installed(town, "mj@1", table("mj", {**MOVED, "glyph": "MJ000001"}))
    installed(town, "mj@2", table("mj", {**MOVED, "glyph": "MJ000001", "ivs": ""}))
    assert hub("tables", "impact", "mj@1", "mj@2")[:2] == (0, "登録済みのものに触れる変更はありません\n")


def test_a_character_that_got_its_text_is_proposed(hub: Run, town: Path):
    installed(town, "mj@1", table("mj", {**MOVED, "ivs": ""}))
    installed(town, "mj@2", table("mj", MOVED))
    code, out, _ = hub("tables", "impact", "mj@1", "mj@2")
    proposal = (
        f"提案\t{GLYPH} → {GLYPH}（U+9089 U+E0119）\t新しい版が符号位置を与えた\t外字 1・配布版 1\t比較キー {GLYPH}"
    )
    assert code == 1
    assert proposal in out.split("\n")


@pytest.mark.parametrize("argv", [("mj@1", "mj@9"), ("mj@006.02", "ivd@2022-09-13"), ("x", "y")])
def test_wrong_editions_are_refused(hub: Run, town: Path, argv: tuple[str, str]):
    code, out, _ = hub("tables", "impact", *argv)
    assert (code, out) == (2, "")


def test_a_report_that_ends_too_early_is_refused(hub: Run, town: Path, tmp_path: Path):
    (tmp_path / "cut.jsonl").write_bytes(b'{"record": 1}\n')
    code, _, err = hub("tables", "impact", "mj@006.02", "mj@006.02", "--report", tmp_path / "cut.jsonl")
    assert code == 2
    assert "変換が途中で終わっています" in err


def test_waiting_says_nothing_of_what_is_quick(capsys: pytest.CaptureFixture[str]):
    with waiting("読んでいます"):
        pass
    assert capsys.readouterr().err == ""
