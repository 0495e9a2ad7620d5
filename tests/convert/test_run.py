"""Files: whole or not at all, never over the input, refused when the declaration contradicts the bytes."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from gaiji_hub.convert.census import take_census
from gaiji_hub.convert.codecs import CODECS
from gaiji_hub.convert.csv_stream import MAX_RECORD, RecordTooLong
from gaiji_hub.convert.declaration import Contradiction, HeaderNotDeclared, NotDeclared, check_head, choose
from gaiji_hub.convert.places import SameFile
from gaiji_hub.convert.plan import BadPlan, PlanOfOtherFormat
from gaiji_hub.convert.run import convert_file, load_plan
from gaiji_hub.files.durable import NotRegularFile, OutputExists
from gaiji_hub.moji.code_system import UnknownCodeSystem
from tests.convert.town import WATANABE, make_plan, report_lines

TEXT = "番号,氏名\r\n1,渡\ue000\r\n2,\ue005\r\n"
NAMES = "番号,氏名,住所\r\n" + "1,渡辺太郎,東京都千代田区\r\n" * 5


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(TEXT.encode("cp932"))
    return path


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_and_summary_agree(source: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out.csv", tmp_path / "r.jsonl"
    plan = make_plan()
    summary = convert_file(plan, source, out, report, from_="cp932")
    assert out.read_bytes().decode() == "番号,氏名\r\n1,渡邉\U000e0102\r\n2,〓\r\n"
    lines, written = report_lines(report)
    assert written == summary.to_json()
    assert len(lines) == 1
    assert written["plan"] == hashlib.sha256(plan.to_bytes()).hexdigest()
    assert written["editions"] == {"mj": "006.02"}
    assert written["bytes_in"] == source.stat().st_size
    assert written["bytes_out"] == out.stat().st_size
    assert written["input_sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert written["output_sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert listing(tmp_path) == ["in.csv", "out.csv", "r.jsonl"]


def test_the_report_says_nothing_about_this_machine(source: Path, tmp_path: Path) -> None:
    convert_file(make_plan(), source, tmp_path / "out.csv", tmp_path / "a.jsonl", from_="cp932")
    convert_file(make_plan(), source, None, tmp_path / "b.jsonl", from_="cp932")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()
    assert str(tmp_path) not in (tmp_path / "a.jsonl").read_text(encoding="utf-8")


def test_a_dry_run_writes_the_report_only(source: Path, tmp_path: Path) -> None:
    convert_file(make_plan(), source, None, tmp_path / "r.jsonl", from_="cp932")
    assert listing(tmp_path) == ["in.csv", "r.jsonl"]


def test_existing_files_are_kept_unless_forced(source: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out.csv", tmp_path / "r.jsonl"
    for existing in (out, report):
        existing.write_text("old")
        with pytest.raises(OutputExists):
            convert_file(make_plan(), source, out, report, from_="cp932")
        assert existing.read_text() == "old"
        convert_file(make_plan(), source, out, report, from_="cp932", force=True)
        out.unlink()
        report.unlink()


def test_the_input_is_never_written_over(source: Path, tmp_path: Path) -> None:
    hard, soft, report = tmp_path / "hard.csv", tmp_path / "soft.csv", tmp_path / "r.jsonl"
    os.link(source, hard)
    soft.symlink_to(source)
    for out, lines in [(source, report), (hard, report), (soft, report), (report, source), (report, report)]:
        with pytest.raises(SameFile):
            convert_file(make_plan(), source, out, lines, from_="cp932", force=True)
    assert source.read_bytes() == TEXT.encode("cp932")


@pytest.mark.parametrize("force", [False, True])
def test_special_files_and_links_are_refused_before_anything_is_read(source: Path, tmp_path: Path, force: bool) -> None:
    """A pipe stands for every special file: a test that failed on /dev/null as root would replace it."""
    link, pipe, plain = tmp_path / "link.csv", tmp_path / "pipe", tmp_path / "plain.csv"
    link.symlink_to(tmp_path / "elsewhere.csv")
    os.mkfifo(pipe)
    for out, report in [(link, plain), (plain, link), (pipe, plain), (plain, pipe)]:
        with pytest.raises(NotRegularFile):
            convert_file(make_plan(), source, out, report, from_="cp932", force=force)
    for out in (link, pipe):
        with pytest.raises(NotRegularFile):
            take_census(make_plan(), source, out, from_="cp932", force=force)
    assert listing(tmp_path) == ["in.csv", "link.csv", "pipe"]
    assert link.is_symlink()
    assert pipe.is_fifo()


def test_a_failure_on_the_way_leaves_nothing(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"a\n" + b"1\n" * 1000 + b"x" * (3 << 20))
    with pytest.raises(RecordTooLong):
        convert_file(make_plan(), source, tmp_path / "out.csv", tmp_path / "r.jsonl", from_="utf-8")
    assert listing(tmp_path) == ["in.csv"]


def test_progress_ends_at_the_size_of_the_file(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(b"1234567890123456789\n" * 120_000)
    seen: list[int] = []
    convert_file(make_plan(), source, None, tmp_path / "r.jsonl", from_="utf-8", header=False, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == source.stat().st_size


def test_an_undeclared_encoding_is_not_guessed(source: Path, tmp_path: Path) -> None:
    with pytest.raises(NotDeclared, match="推測"):
        convert_file(make_plan(), source, None, tmp_path / "r.jsonl", from_=None)


@pytest.mark.parametrize(
    ("from_", "to"), [("jef-ebcdik", None), ("utf-8", "keis"), ("shift_jis", "utf-8"), ("utf-8-pua", None)]
)
def test_unknown_systems_are_refused(from_: str, to: str | None) -> None:
    with pytest.raises(UnknownCodeSystem):
        choose(make_plan(), from_, to)


def test_there_is_no_way_from_cp932_to_local_codes() -> None:
    with pytest.raises(Contradiction):
        choose(make_plan(), "cp932", "utf-8-pua")


@pytest.mark.parametrize(
    ("declared", "data"),
    [
        ("utf-8", NAMES.encode("cp932")),
        ("cp932", NAMES.encode()),
        ("cp932", NAMES.encode("utf-8-sig")),
        ("utf-8", "a\n渡辺太郎\n".encode("cp932")),
        ("utf-8", NAMES.encode("utf-16")),
        ("cp932", NAMES.encode("utf-16")),
        ("utf-8", "a,b\n1,2\n3,4\n5,6\n7,8\n".encode("utf-16-le")),
        ("utf-8", NAMES.encode("euc-jp")),
        ("cp932", NAMES.encode()[: NAMES.encode().index("郎".encode()) + 1]),
    ],
)
def test_bytes_that_contradict_the_declaration_are_refused(declared: str, data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(data)
    with pytest.raises(Contradiction):
        convert_file(make_plan(), source, tmp_path / "out.csv", tmp_path / "r.jsonl", from_=declared)
    assert listing(tmp_path) == ["in.csv"]


@pytest.mark.parametrize(
    ("from_", "to", "data"),
    [
        ("utf-8", None, b""),
        ("utf-8", None, b"\xef\xbb\xbf"),
        ("utf-8", None, "山田太郎,0123,東京都\n".encode()),
        ("cp932", None, '"山田太郎","１９８５／０４／０１"\r\n'.encode("cp932")),
        ("utf-8", None, b"\xef\xbb\xbf1,x\n"),
        ("cp932", None, "山田\ue000\n".encode("cp932")),
        ("cp932", None, "山田\ue700\n".encode("cp932")),
        ("utf-8", None, "山田\U000e0100\n".encode()),
        ("utf-8", None, "山田".encode() + b"\xff\n"),
        ("utf-8", "cp932", f"山田{WATANABE}\n".encode()),
        ("utf-8", "cp932", "山田𠀋\n".encode()),
    ],
)
def test_a_first_line_that_looks_like_data_is_not_taken_for_names(
    from_: str, to: str | None, data: bytes, tmp_path: Path
) -> None:
    source, out, report = tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "r.jsonl"
    source.write_bytes(data)
    with pytest.raises(HeaderNotDeclared) as refused:
        convert_file(make_plan(), source, out, report, from_=from_, to=to)
    assert "山田" not in str(refused.value)
    assert "--no-header" in str(refused.value)
    assert listing(tmp_path) == ["in.csv"]
    convert_file(make_plan(), source, out, report, from_=from_, to=to, header=False)
    assert "山田" not in report.read_text(encoding="utf-8")
    convert_file(make_plan(), source, out, report, from_=from_, to=to, header=True, force=True)


@pytest.mark.parametrize("data", [NAMES.encode(), "住所1,第2,no.3,,\n".encode(), "辺\n".encode()])
def test_ordinary_column_names_are_taken(data: bytes, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(data)
    for to in (None, "cp932", "utf-8-pua"):
        convert_file(make_plan(), source, None, tmp_path / "r.jsonl", from_="utf-8", to=to, force=True)


@pytest.mark.parametrize(
    ("declared", "data"),
    [
        ("utf-8", NAMES.encode()),
        ("cp932", NAMES.encode("cp932")),
        ("utf-8", NAMES.encode() + b"\xff\xfe\x80"),
        ("cp932", b"a,b\n1,2\n"),
        ("utf-8", b""),
        ("utf-8", b"a\n\xff\xff\xff\n"),
        ("cp932", "ﾂｱﾃｲ,ﾔﾏﾀﾞ\n".encode("cp932")),
    ],
)
def test_a_right_declaration_with_some_damage_is_accepted(declared: str, data: bytes) -> None:
    check_head(data, CODECS[declared])


def test_a_plan_file_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "p.plan"
    path.write_bytes(make_plan().to_bytes())
    assert load_plan(path) == make_plan()
    path.write_bytes(make_plan().to_bytes() + b"\n")
    with pytest.raises(BadPlan):
        load_plan(path)


def test_a_plan_of_an_older_format_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "p.plan"
    path.write_bytes(make_plan().to_bytes().replace(b"gaiji-hub-plan/2", b"gaiji-hub-plan/1"))
    with pytest.raises(PlanOfOtherFormat, match="plan compile し直すか、agent sync") as refused:
        load_plan(path)
    path.write_bytes(b"{}")
    with pytest.raises(BadPlan) as bad:
        load_plan(path)
    for error in (refused, bad):
        assert str(error.value).count("変換表が正しくありません") < 2


def test_the_longest_record_comes_back(tmp_path: Path) -> None:
    """A gaiji of two bytes becomes eight; the way back takes the record it made."""
    source, out, back = (tmp_path / name for name in ("in.csv", "out.csv", "back.csv"))
    source.write_bytes(b"\xf0\x44" * (MAX_RECORD // 2) + b"\n")
    plan, report = make_plan(), tmp_path / "r.jsonl"
    summary = convert_file(plan, source, out, report, from_="cp932", header=False)
    assert (summary.losses, summary.not_roundtrip) == (0, {})
    assert out.stat().st_size > 3 * MAX_RECORD
    convert_file(plan, out, back, report, from_="utf-8", to="cp932", header=False, force=True)
    assert back.read_bytes() == source.read_bytes()
    source.write_bytes(b"x" * (MAX_RECORD * 4 + 1))
    with pytest.raises(RecordTooLong):
        convert_file(plan, source, out, report, from_="utf-8", to="cp932", header=False, force=True)
