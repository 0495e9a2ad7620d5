"""Paths: nothing that is read is ever written over, and what is missing is said by name, in Japanese."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gaiji_hub.convert.places import InputIsFolder, InputMissing, OutputFolderMissing, SameFile
from gaiji_hub.errors import HubError
from gaiji_hub.files.durable import NotRegularFile
from tests.convert.test_cli import run
from tests.convert.town import make_plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.plan").write_bytes(make_plan().to_bytes())
    (tmp_path / "in.csv").write_bytes(b"a\nb\n")
    (tmp_path / "soft").symlink_to(tmp_path / "p.plan")
    os.link(tmp_path / "p.plan", tmp_path / "hard")
    return tmp_path


def convert(folder: Path, source: str, plan: str, out: str, report: str) -> int:
    words = ["--from", "cp932", "--plan", folder / plan, "--report", folder / report, "--force"]
    return run("convert", *words, folder / source, folder / out)


@pytest.mark.parametrize("same", ["p.plan", "soft", "hard", "./p.plan"])
def test_the_plan_is_never_written_over(folder: Path, same: str) -> None:
    for out, report in [(same, "r.jsonl"), ("out.csv", same)]:
        with pytest.raises(SameFile):
            convert(folder, "in.csv", "p.plan", out, report)
    words = ["--from", "cp932", "--plan", folder / "p.plan", "--out", folder / same, "--force"]
    with pytest.raises(SameFile):
        run("census", folder / "in.csv", *words)
    assert (folder / "p.plan").read_bytes() == make_plan().to_bytes()


def test_output_and_report_are_two_files(folder: Path) -> None:
    (folder / "out.csv").write_bytes(b"old")
    os.link(folder / "out.csv", folder / "again.csv")
    for report in ("out.csv", "again.csv"):
        with pytest.raises(SameFile):
            convert(folder, "in.csv", "p.plan", "out.csv", report)


@pytest.mark.parametrize(
    ("words", "error", "name"),
    [
        (("missing.csv", "p.plan", "out.csv", "r.jsonl"), InputMissing, "missing.csv"),
        (("in.csv", "missing.plan", "out.csv", "r.jsonl"), InputMissing, "missing.plan"),
        ((".", "p.plan", "out.csv", "r.jsonl"), InputIsFolder, "フォルダ"),
        (("in.csv", "p.plan", "no/out.csv", "r.jsonl"), OutputFolderMissing, "out.csv"),
        (("in.csv", "p.plan", "out.csv", "no/r.jsonl"), OutputFolderMissing, "r.jsonl"),
        (("in.csv", "p.plan", "d", "r.jsonl"), NotRegularFile, "d"),
    ],
)
def test_wrong_paths_are_wrong_use(
    folder: Path, words: tuple[str, str, str, str], error: type[HubError], name: str
) -> None:
    (folder / "d").mkdir()
    before = sorted(folder.iterdir())
    with pytest.raises(error, match=name) as refused:
        convert(folder, *words)
    assert refused.value.exit_code == 2
    assert ".tmp" not in str(refused.value)
    assert sorted(folder.iterdir()) == before
