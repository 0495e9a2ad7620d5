"""The commands: release file → plan → conversion and census, exit codes and the Japanese summary."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

import pytest

from gaiji_hub.cli.convert import register
from gaiji_hub.convert.declaration import HeaderNotDeclared, NotDeclared
from gaiji_hub.convert.plan import compile_plan
from gaiji_hub.errors import NotBuilt
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.release import ReleaseRow
from gaiji_hub.settings import Settings
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.registered_forms import registered_forms
from tests.convert.town import EXACT, make_plan, make_release, report_lines


def run(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    code = args.run(args, Settings.from_env({}))
    assert isinstance(code, int)
    return code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "release.json").write_bytes(make_release().to_bytes())
    (tmp_path / "juki.plan").write_bytes(make_plan().to_bytes())
    (tmp_path / "in.csv").write_bytes("番号,氏名\r\n1,渡\ue000\ue002\ue004\r\n".encode("cp932"))
    (tmp_path / "lossy.csv").write_bytes("番号,氏名\r\n1,渡\ue006\r\n".encode("cp932"))
    return tmp_path


def convert(folder: Path, name: str, *more: str) -> int:
    plan, report = folder / "juki.plan", folder / "r.jsonl"
    return run("convert", "--plan", plan, folder / name, folder / "out.csv", "--report", report, *more)


def test_plan_compile_writes_the_plan_and_names_what_does_not_come_back(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("plan", "compile", folder / "release.json", "--out", folder / "new.plan") == 0
    made = make_release()
    expected = compile_plan(made, registered_forms(made, Tables.load()), source="cp932")
    assert (folder / "new.plan").read_bytes() == expected.to_bytes()
    shown = capsys.readouterr().out
    assert "コード 8 件: 変換する 6 / 未対応 2" in shown
    assert "F042 U+8FBA" in shown
    assert "未承認の同定 7 件" in shown


def test_convert_without_losses_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(folder, "in.csv", "--from", "cp932") == 0
    shown = capsys.readouterr().out
    assert "字形一致 2 / デザイン差 1" in shown
    assert "デザイン差を含むレコード 1 件" in shown
    assert "元のコードへ戻らない文字 1 字" in shown
    assert str(folder / "r.jsonl") in shown
    assert "渡" not in shown


def test_convert_with_losses_ends_with_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert convert(folder, "lossy.csv", "--from", "cp932") == 1
    assert "損失のあるレコード 1 件" in capsys.readouterr().out


def test_dry_run_writes_no_output(folder: Path) -> None:
    assert convert(folder, "in.csv", "--from", "cp932", "--dry-run") == 0
    assert not (folder / "out.csv").exists()
    assert report_lines(folder / "r.jsonl")[1]["records"] == 1


def test_there_and_back(folder: Path) -> None:
    plan = folder / "juki.plan"
    (folder / "in.csv").write_bytes("番号,氏名\r\n1,渡\ue000\ue004\r\n".encode("cp932"))
    convert(folder, "in.csv", "--from", "cp932")
    words = ["--plan", plan, "--from", "utf-8", "--to", "cp932", "--report", folder / "back.jsonl"]
    assert run("convert", *words, folder / "out.csv", folder / "back.csv") == 0
    assert (folder / "back.csv").read_bytes() == (folder / "in.csv").read_bytes()


def test_mj000022_comes_back_from_its_registered_sequence(folder: Path) -> None:
    """The canonical form is U+342A alone; the registered sequence of the same glyph is read back as the gaiji."""
    row = ReleaseRow("F040", "00", GlyphId("MJ000022"), EXACT, 1, (("mj-ivs", "㐪"),))
    release = dataclasses.replace(make_release(), rows=(row,))
    (folder / "release.json").write_bytes(release.to_bytes())
    (folder / "in.csv").write_bytes("氏名\r\n㐪\U000e0103㐪\r\n".encode())
    assert run("plan", "compile", folder / "release.json", "--out", folder / "juki.plan", "--force") == 0
    assert convert(folder, "in.csv", "--from", "utf-8", "--to", "cp932") == 0
    assert (folder / "out.csv").read_bytes() == "氏名\r\n".encode("cp932") + b"\xf0\x40\xf0\x40\r\n"
    summary = report_lines(folder / "r.jsonl")[1]
    assert set(summary["forms_editions"]) == {"hentaigana", "mj", "mj_duplicate_ivs"}


def test_census(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.csv").write_bytes(b"a\n\xf0\x40\xf1\x40\n")
    words = ["--plan", folder / "juki.plan", "--from", "cp932", "--out", folder / "census.csv"]
    assert run("census", folder / "in.csv", *words) == 1
    assert "うち配布版にないもの: 1 種、延べ 1 回" in capsys.readouterr().out
    assert (folder / "census.csv").exists()


@pytest.mark.parametrize("more", [("--layout", "l.toml"), ("--jobs", "2")])
def test_what_is_not_built_says_so(folder: Path, more: tuple[str, str]) -> None:
    with pytest.raises(NotBuilt, match="未実装"):
        convert(folder, "in.csv", "--from", "cp932", *more)
    assert not (folder / "out.csv").exists()


def test_a_file_without_header_must_say_so(folder: Path) -> None:
    (folder / "in.csv").write_bytes("1,渡\ue000\r\n".encode("cp932"))
    with pytest.raises(HeaderNotDeclared, match="1 番目の項目が数字だけです"):
        convert(folder, "in.csv", "--from", "cp932")
    assert convert(folder, "in.csv", "--from", "cp932", "--no-header") == 0
    assert report_lines(folder / "r.jsonl")[1]["records"] == 1
    assert convert(folder, "in.csv", "--from", "cp932", "--header", "--force") == 0
    assert report_lines(folder / "r.jsonl")[1]["records"] == 0


def test_the_encoding_must_be_declared(folder: Path) -> None:
    with pytest.raises(NotDeclared):
        convert(folder, "in.csv")
