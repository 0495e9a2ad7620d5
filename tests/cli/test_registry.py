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
from gaiji_hub.moji.actor import Actor
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.release import Release
from gaiji_hub.services.hub import Registry
from gaiji_hub.settings import Settings
from gaiji_hub.store.migrate import wanted_revision
from tests.services.people import PASSWORD, enrolled, staff
from tests.workbench.release_reading import read_xml

AT = datetime.datetime(2026, 4, 1, tzinfo=datetime.UTC)
CLERK, APPROVER, _ADMIN = staff("909998", 1)
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
def password(tmp_path: Path) -> Path:
    """The file with everybody's password."""
    file = tmp_path / "password.txt"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def town(hub: Run, tmp_path: Path) -> Path:
    """A registered town with three gaiji, a clerk and an approver; the path of its font."""
    assert hub("municipality", "add", "909998", "--title", "架空市")[0] == 0
    add = ("business-system", "add", *PLACE, "--title", "住民記録", "--code-system", "cp932")
    assert hub(*add)[0] == 0
    font = tmp_path / "EUDC.TTE"
    glyphs = [TownGlyph(0xE000 + index, square(300 + index)) for index in range(3)]
    font.write_bytes(member_font(glyphs, FontTitle("架空市", "t", "1.0"), modified=datetime.date(2026, 4, 1)))
    code, out, _ = hub("intake", font, *PLACE)
    assert (code, out.splitlines()[0]) == (0, "新規\t3\tF040 F041 F042")
    settings = Settings.from_env()
    with Registry.open(settings.data, settings.database_url) as registry, registry.writing_all() as session:
        for person in (CLERK, APPROVER):
            enrolled(session, person, AT, PASSWORD)
    return font


def by(actor: Actor, password: Path) -> tuple[object, ...]:
    return ("--as", actor.login, "--password-file", password)


def decide(hub: Run, password: Path, code: str, *more: str) -> tuple[int, str, str]:
    return hub("decide", *PLACE, "--code", code, "--grounds", "台帳と一致", *more, *by(CLERK, password))


def approve(hub: Run, password: Path, *more: object) -> tuple[int, str, str]:
    return hub("approve", *PLACE, *more, *by(APPROVER, password))


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


def test_a_decision_waits_for_approval(hub: Run, town: Path, password: Path):
    code, out, _ = decide(hub, password, "F040", "--verdict", "字形一致", "--glyph", "mj026191", "--ground", "koseki")
    assert (code, out.splitlines()[0]) == (0, "第1号\tF040\t字形一致\tMJ026191\t承認待ち")
    assert decide(hub, password, "F040", "--verdict", "sure")[0] == 2
    assert decide(hub, password, "F040", "--verdict", "none", "--ground", "gut-feeling")[0] == 2
    assert decide(hub, password, "F099", "--verdict", "none")[0] == 2
    code, _, err = hub("decide", *PLACE, "--code", "F040", *by(CLERK, password))
    assert (code, "--verdict・--grounds" in err) == (2, True)


HEADER = "code,verdict,glyph,ground,grounds\n"


def test_a_batch_is_recorded_whole_or_not_at_all(hub: Run, town: Path, password: Path, tmp_path: Path):
    batch = tmp_path / "decisions.csv"
    clerk, approver = by(CLERK, password), by(APPROVER, password)
    batch.write_text(f"\ufeff{HEADER}F040,exact,MJ026191,戸籍・附票の字形と照合,一致\nF041,none,,,なし\n", "utf-8")
    assert "2 件の判定を記録しました" in hub("decide", *PLACE, "--from", batch, *clerk)[1]
    batch.write_text(f"{HEADER}F042,none,,,なし\nF041,exact,,,\nF099,none,,,なし\n", encoding="utf-8")
    code, _, err = hub("decide", *PLACE, "--from", batch, *clerk)
    assert code == 2
    for place in ("2 件目（F041）: 判定「字形一致」には文字図形名が必要です", "根拠を", "3 件目（F099）"):
        assert place in err
    assert hub("release", "make", *PLACE, "--reason", "初版", *approver)[0] == 0
    shown = hub("release", "show", *PLACE)[1]
    assert "F041\t—\t—\t承認待ち" in shown
    assert "F042\t—\t—\t未同定" in shown


@pytest.mark.parametrize(
    "data",
    [b"", b"\x82\xa0", b"code\nF040\n", HEADER.encode() + b"F040,exact\n", HEADER.encode() + b"F040,sure,,,b\n"],
    ids=range(5),
)
def test_a_foreign_decision_file_is_refused(hub: Run, town: Path, password: Path, tmp_path: Path, data: bytes):
    (tmp_path / "bad.csv").write_bytes(data)
    assert hub("decide", *PLACE, "--from", tmp_path / "bad.csv", *by(CLERK, password))[0] == 2


def test_releases_are_made_listed_compared_exported_and_rolled_back(
    hub: Run, town: Path, password: Path, tmp_path: Path
):
    approver = by(APPROVER, password)
    make = ("release", "make", *PLACE, "--reason", "初版", "--date", "2026-04-01", *approver)
    code, out, _ = hub(*make)
    assert (code, out.splitlines()[1]) == (0, "全 3 字（未同定 3 字、未承認 0 字）")
    assert "nothing_changed" in hub(*make)[2]
    decide(hub, password, "F040", "--verdict", "exact", "--glyph", "MJ026191")
    assert approve(hub, password, "--all-pending", "--yes")[0] == 0
    assert hub("release", "make", *PLACE, "--reason", "追加", *approver)[0] == 0
    assert "追加 0 字、削除 0 字、変更 1 字" in hub("release", "diff", *PLACE)[1]
    back = ("release", "rollback", *PLACE, "--to", "1", "--reason", "誤り", *approver)
    code, _, err = hub(*back, "--confirm")
    assert (code, "would_drop" in err) == (2, True)
    assert hub(*back, "--dropping")[0] == 0
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
    assert hub("release", "make", *PLACE, "--reason", "x", "--date", "4月1日", *approver)[0] == 2


def test_a_release_without_a_date_is_dated_in_japan():
    late = datetime.datetime(2026, 3, 31, 15, 30, tzinfo=datetime.UTC)
    assert parse_date(None, late) == datetime.date(2026, 4, 1)
    assert parse_date("2026-03-30", late) == datetime.date(2026, 3, 30)


def test_packs_are_published_once_and_members_seen(
    hub: Run, town: Path, password: Path, tmp_path: Path, standard_font: Path
):
    assert hub("pack", "make", *PLACE)[0] == 2, "there is no release yet"
    hub("release", "make", *PLACE, "--reason", "初版", *by(APPROVER, password))
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


def test_what_is_not_built_says_so(hub: Run):
    code, out, err = hub("assess", "a.ttf", "--out", "r.pdf")
    assert (code, out, "未実装" in err) == (3, "", True)


def test_migrate_says_the_version(hub: Run):
    assert hub("migrate")[1] == f"データベースは版 {wanted_revision()} です\n"
    assert hub("migrate")[0] == 0
