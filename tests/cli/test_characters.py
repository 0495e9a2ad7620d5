"""`census-import`, `capacity`, `rights`, `dossier` as a clerk on the hub's own machine uses them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.cli.registry_towns import open_registry
from gaiji_hub.convert.census import HEADER
from gaiji_hub.fontbuild.member import FontTitle, TownGlyph, member_font
from gaiji_hub.moji.outline import Outline
from gaiji_hub.services.municipalities import locate
from gaiji_hub.settings import Settings
from gaiji_hub.store import models as rows
from tests.services.conftest import AT, DATE

PLACE = ["--municipality", "909998", "--business-system", "juki"]


def square(size: int) -> Outline:
    return Outline((((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True)),), 1024, 1024)


@pytest.fixture
def hub(capsys: pytest.CaptureFixture[str]):
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def town(hub, tmp_path: Path) -> Path:
    """A town with two gaiji whose rights the intake stated for none."""
    assert hub("municipality", "add", "909998", "--title", "架空市")[0] == 0
    assert hub("business-system", "add", *PLACE, "--title", "住民記録", "--code-system", "cp932")[0] == 0
    font = tmp_path / "EUDC.TTE"
    glyphs = [TownGlyph(0xE000 + at, square(300 + 100 * at)) for at in range(2)]
    font.write_bytes(member_font(glyphs, FontTitle("架空市", "909998-juki", "1.000"), modified=DATE))
    assert hub("intake", font, *PLACE)[0] == 0
    return font


def counts(folder: Path, *lines: str) -> Path:
    file = folder / "census.csv"
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    return file


def test_a_census_is_registered_once_and_names_what_is_not_used(hub, town: Path, tmp_path: Path):
    file = counts(tmp_path, "F040,U+E000,5,4,1")
    code, out, _ = hub("census-import", file, *PLACE, "--title", "四月")
    assert (code, "1 コード、5 回" in out, "F041" in out) == (0, True, True)
    assert "登録済みの調査です" in hub("census-import", file, *PLACE, "--title", "四月")[1]


def test_lines_without_a_code_of_the_system_are_told(hub, town: Path, tmp_path: Path):
    code, out, _ = hub("census-import", counts(tmp_path, ",U+F8FF,1,1,0"), *PLACE, "--title", "四月")
    assert (code, "登録していない行\t1" in out) == (1, True)


def test_a_file_of_residents_is_refused_without_being_shown(hub, town: Path, tmp_path: Path):
    file = tmp_path / "residents.csv"
    file.write_text("氏名,住所\n架空 春子,架空町\n")
    code, out, err = hub("census-import", file, *PLACE, "--title", "四月")
    assert (code, "bad_census_counts" in err) == (2, True)
    assert "春子" not in out + err


def test_a_font_that_contradicts_an_allocated_code_is_a_finding_until_it_is_accepted(hub, town: Path):
    with open_registry(Settings.from_env()) as registry, registry.store.writing() as session:
        owner = locate(session, "909998", "juki")
        given = {"business_system_id": owner.id, "lg_code": "909998", "local_code": "F040", "character": "GH00000001"}
        session.add(rows.Allocation(**given, request_id=None, active=True, allocated_at=AT, returned_at=None))
    assert hub("intake", town, *PLACE)[0] == 0
    glyphs = [TownGlyph(0xE000 + at, square(700 + 100 * at)) for at in range(2)]
    town.write_bytes(member_font(glyphs, FontTitle("架空市", "909998-juki", "1.000"), modified=DATE))
    code, out, _ = hub("intake", town, *PLACE)
    assert (code, "採番した字形と違う\t1\tF040" in out, "--accept-allocated" in out) == (1, True, True)
    assert "変更（判定し直しが必要）\t1\tF041" in out
    code, out, _ = hub("intake", town, *PLACE, "--accept-allocated")
    assert (code, "変更（判定し直しが必要）\t1\tF040" in out) == (0, True)


def test_capacity_adds_up_and_forecasts(hub, town: Path):
    code, out, _ = hub("capacity", *PLACE)
    found = dict(line.split("\t") for line in out.splitlines() if "\t" in line)
    assert code == 0
    assert [found["使用中"], found["空き"], found["再び使えない"]] == ["2", "1878", "0"]
    assert "見通せません" in out


def test_rights_are_said_for_codes_or_for_all_that_have_none(hub, town: Path):
    assert "不明\t2" in hub("rights", *PLACE)[1]
    said = ("--codes", "F040", "--set", "vendor_licensed", "--note", "契約 1")
    assert "1 件" in hub("rights", *PLACE, *said)[1]
    assert "1 件" in hub("rights", *PLACE, "--only", "unknown", "--set", "own")[1]
    out = hub("rights", *PLACE)[1]
    assert ("F040\tベンダー許諾\t契約 1" in out, "F041\t自団体で作成・権利あり" in out) == (True, True)
    assert hub("rights", *PLACE, "--codes", "F0FF", "--set", "own")[0] == 2
    assert hub("rights", *PLACE, "--note", "x")[0] == 2


def test_an_intake_can_say_the_rights_of_a_new_font(hub, town: Path):
    assert hub("intake", town, *PLACE, "--rights", "vendor_licensed", "--rights-note", "契約 2")[0] == 0
    assert hub("rights", *PLACE)[1].count("契約 2") == 2


def test_the_papers_of_an_addition_request_are_written_once(hub, town: Path, tmp_path: Path):
    out = tmp_path / "tsuika.zip"
    assert hub("dossier", "F040", *PLACE, "--out", out)[0] == 0
    with zipfile.ZipFile(out) as archive:
        assert "追加要望.pdf" in archive.namelist()
    assert hub("dossier", "F040", *PLACE, "--out", out)[0] == 2
    assert hub("dossier", "F0FF", *PLACE, "--out", out, "--force")[0] == 2
