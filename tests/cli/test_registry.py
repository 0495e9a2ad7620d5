"""The registry's commands, walked as a clerk would: exit codes, Japanese output, nothing half-recorded."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.cli.registry_release import parse_date
from gaiji_hub.distribution.trust import Trust
from gaiji_hub.fontbuild.member import FontTitle, TownGlyph, member_font
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.release import Release
from tests.workbench.release_reading import read_xml

PLACE = ["--municipality", "909998", "--business-system", "juki"]
Run = Callable[..., tuple[int, str, str]]


def square(size: int) -> Outline:
    contour = ((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True))
    return Outline((contour,), 1024, 1024)


@pytest.fixture
def hub(capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture
def town(hub: Run, tmp_path: Path) -> Path:
    """A registered town with three gaiji; the path of its font."""
    assert hub("municipality", "add", "909998", "--title", "架空市")[0] == 0
    add = ("business-system", "add", *PLACE, "--title", "住民記録", "--code-system", "cp932")
    assert hub(*add)[0] == 0
    font = tmp_path / "EUDC.TTE"
    glyphs = [TownGlyph(0xE000 + index, square(300 + index)) for index in range(3)]
    font.write_bytes(member_font(glyphs, FontTitle("架空市", "t", "1.0"), modified=datetime.date(2026, 4, 1)))
    code, out, _ = hub("intake", font, *PLACE)
    assert (code, out.splitlines()[0]) == (0, "新規\t3\tF040 F041 F042")
    return font


def decide(hub: Run, code: str, *more: str) -> tuple[int, str, str]:
    return hub("decide", *PLACE, "--code", code, "--grounds", "台帳と一致", "--by", "担当者", *more)


def test_what_is_registered_is_listed(hub: Run, town: Path):
    assert hub("municipality", "list")[1] == "909998\t架空市\tjuki（住民記録）\n"
    assert "cp932（外字領域 F040–F9FC）" in hub("business-system", "list", "--municipality", "909998")[1]
    assert hub("municipality", "add", "909997", "--title", "架空市")[0] == 2
    assert hub("business-system", "list", "--municipality", "131016")[0] == 2


def test_a_second_intake_of_the_same_font_changes_nothing(hub: Run, town: Path):
    code, out, _ = hub("intake", town, *PLACE)
    assert (code, "新規\t0" in out, "変更なし\t3" in out) == (0, True, True)
    code, out, _ = hub("intake", town, *PLACE, "--codes", "E000-E001")
    assert (code, "廃止\t0" in out, "変更なし\t2" in out) == (0, True, True)


def test_an_intake_into_an_unknown_system_is_refused(hub: Run, town: Path):
    code, _, err = hub("intake", town, "--municipality", "909998", "--business-system", "koseki")
    assert (code, "unknown_business_system" in err) == (2, True)


def test_candidates_are_found_once(hub: Run, town: Path, standard_font: Path):
    assert "候補を求めた字形 3（" in hub("candidates", *PLACE)[1]
    assert "候補を求めた字形 0（" in hub("candidates", *PLACE)[1]


def test_decisions_are_recorded_unapproved(hub: Run, town: Path):
    code, out, _ = decide(hub, "F040", "--verdict", "字形一致", "--glyph", "mj026191")
    assert (code, out.splitlines()[0]) == (0, "同定 1\tF040\t字形一致\tMJ026191\t未承認")
    assert decide(hub, "F040", "--verdict", "sure")[0] == 2
    assert decide(hub, "F099", "--verdict", "none")[0] == 2
    code, _, err = hub("decide", *PLACE, "--code", "F040")
    assert (code, "--verdict・--grounds・--by" in err) == (2, True)


HEADER = "code,verdict,glyph,grounds,by\n"


def test_a_batch_is_recorded_whole_or_not_at_all(hub: Run, town: Path, tmp_path: Path):
    batch = tmp_path / "decisions.csv"
    batch.write_text(f"\ufeff{HEADER}F040,exact,MJ026191,一致,担当\nF041,none,,なし,担当\n", encoding="utf-8")
    assert "2 件の判定を記録しました" in hub("decide", *PLACE, "--from", batch)[1]
    batch.write_text(f"{HEADER}F042,none,,なし,担当\nF041,exact,,,担当\nF099,none,,なし,担当\n", encoding="utf-8")
    code, _, err = hub("decide", *PLACE, "--from", batch)
    assert code == 2
    for place in ("2 件目（F041）: 判定「字形一致」には文字図形名が必要です", "根拠を", "3 件目（F099）"):
        assert place in err
    assert hub("release", "make", *PLACE, "--reason", "初版")[0] == 0
    assert "F042\t—\t—\t未同定" in hub("release", "show", *PLACE)[1]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x82\xa0", b"code\nF040\n", HEADER.encode() + b"F040,exact\n", HEADER.encode() + b"F040,sure,,a,b\n"],
    ids=range(5),
)
def test_a_foreign_decision_file_is_refused(hub: Run, town: Path, tmp_path: Path, data: bytes):
    (tmp_path / "bad.csv").write_bytes(data)
    assert hub("decide", *PLACE, "--from", tmp_path / "bad.csv")[0] == 2


def test_releases_are_made_listed_compared_exported_and_rolled_back(hub: Run, town: Path, tmp_path: Path):
    make = ("release", "make", *PLACE, "--reason", "初版", "--date", "2026-04-01")
    code, out, _ = hub(*make)
    assert (code, out.splitlines()[1]) == (0, "全 3 字（未同定 3 字、未承認 0 字）")
    assert "nothing_changed" in hub(*make)[2]
    decide(hub, "F040", "--verdict", "exact", "--glyph", "MJ026191")
    assert hub("release", "make", *PLACE, "--reason", "追加")[0] == 0
    assert "追加 0 字、削除 0 字、変更 1 字" in hub("release", "diff", *PLACE)[1]
    assert hub("release", "rollback", *PLACE, "--to", "1", "--reason", "誤り")[0] == 0
    assert [line.split("\t")[0] for line in hub("release", "list", *PLACE)[1].splitlines()] == [
        "第3版",
        "第2版",
        "第1版",
    ]
    for form, read in (("json", Release.from_bytes), ("xml", read_xml)):
        out_file = tmp_path / f"release.{form}"
        assert hub("release", "export", *PLACE, "--number", "2", "--format", form, "--out", out_file)[0] == 0
        assert read(out_file.read_bytes()).number == 2
        code, _, err = hub("release", "export", *PLACE, "--format", form, "--out", out_file)
        assert (code, "output_exists" in err) == (2, True)
        assert read(out_file.read_bytes()).number == 2
        assert hub("release", "export", *PLACE, "--format", form, "--out", out_file, "--force")[0] == 0
        assert read(out_file.read_bytes()).number == 3
    for choice in (("--old", "0"), ("--new", "0"), ("--old", "9")):
        code, _, err = hub("release", "diff", *PLACE, *choice)
        assert (code, "unknown_release" in err) == (2, True), choice
    assert hub("release", "diff", *PLACE, "--new", "1")[1].startswith("（なし） → 第1版")
    assert hub("release", "show", *PLACE, "--number", "9")[0] == 2
    assert hub("release", "make", *PLACE, "--reason", "x", "--date", "4月1日")[0] == 2


def test_a_release_without_a_date_is_dated_in_japan():
    late = datetime.datetime(2026, 3, 31, 15, 30, tzinfo=datetime.UTC)
    assert parse_date(None, late) == datetime.date(2026, 4, 1)
    assert parse_date("2026-03-30", late) == datetime.date(2026, 3, 30)


def test_packs_are_published_once_and_members_seen(hub: Run, town: Path, tmp_path: Path, standard_font: Path):
    assert hub("pack", "make", *PLACE)[0] == 2, "there is no release yet"
    hub("release", "make", *PLACE, "--reason", "初版")
    code, out, _ = hub("pack", "make", *PLACE)
    assert (code, "発行しました: 通番 1\t第1版" in out, "ハブ証明" in out) == (0, True, True)
    assert "発行していない配布版はありません" in hub("pack", "make", *PLACE)[1]
    assert hub("member", "add", *PLACE, "juki-a", "--title", "端末")[0] == 0
    assert "juki-a\t端末\t受領なし\t通番 — / 1" in hub("member", "list", *PLACE)[1]
    assert "受領通知 0 件" in hub("member", "collect", *PLACE)[1]
    trust = tmp_path / "trust.json"
    assert "ハブ証明" in hub("keys", "trust", "--out", trust)[1]
    assert Trust.from_bytes(trust.read_bytes()).attestation == "hub"
    trust.write_bytes(b"mine")
    assert "output_exists" in hub("keys", "trust", "--out", trust)[2]
    assert trust.read_bytes() == b"mine"
    assert hub("keys", "trust", "--out", trust, "--force")[0] == 0
    assert Trust.from_bytes(trust.read_bytes()).attestation == "hub"


@pytest.mark.parametrize(
    "command", [["approve", "--code", "F040"], ["backup"], ["restore", "x.zip"], ["assess", "a.ttf", "--out", "r.pdf"]]
)
def test_what_is_not_built_says_so(hub: Run, command: list[str]):
    code, out, err = hub(*command)
    assert (code, out, "未実装" in err) == (3, "", True)


def test_migrate_says_the_version(hub: Run):
    assert hub("migrate")[1] == "データベースは版 0001 です\n"
    assert hub("migrate")[0] == 0
