"""`gaiji-hub tables lint`: the lines of contracts.md, the report for people, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gaiji_hub.cli import main

CLEAN = "code,unicode,selector,text\nF040,U+9089,U+E0102,邉\U000e0102\nF041,U+908A,,邊\n"
WRONG = CLEAN + "F041,U+8FBA,,辺\nF042,U+D800,,\n"
KEYS = ["file", "row", "code", "class", "severity", "message"]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    def run(content: str, *arguments: str) -> tuple[int, str, str]:
        file = tmp_path / "table.csv"
        file.write_text(content, "utf-8")
        code = main(["tables", "lint", str(file), *arguments])
        return (code, *capsys.readouterr())

    return run


def test_a_clean_table_says_nothing_and_is_done(run):
    assert run(CLEAN, "--code-system", "cp932", "--format", "jsonl") == (0, "", "")


def test_a_line_per_finding_as_the_contract_has_it(run, tmp_path: Path):
    code, out, err = run(WRONG, "--code-system", "cp932", "--format", "jsonl")
    found = [json.loads(line) for line in out.splitlines()]
    assert (code, err, [list(line) for line in found]) == (1, "", [KEYS] * len(found))
    assert {line["file"] for line in found} == {str(tmp_path / "table.csv")}
    assert [(line["row"], line["code"], line["class"], line["severity"]) for line in found] == [
        (3, "F041", "duplicate_code", "error"),
        (3, "F041", "one_to_many", "error"),
        (4, "F042", "bad_target", "error"),
    ]


def test_the_report_for_people_is_by_class_with_counts(run):
    code, out, _ = run(WRONG, "--code-system", "cp932")
    assert code == 1
    assert "table.csv: 4 行" in out
    assert out.index("コードの重複（duplicate_code） 1 件") < out.index("文字として使えない符号位置（bad_target） 1 件")
    assert out.rstrip().endswith("誤り 3 件、要確認 0 件、注記 0 件")


def test_without_a_code_system_it_is_said_once_that_areas_were_not_checked(run):
    code, out, err = run(CLEAN, "--format", "jsonl")
    assert (code, out, err.count("--code-system")) == (0, "", 1)


def test_the_systems_the_codes_fit_are_proposed(run):
    codes = [code for code in range(0x889F, 0x88FD) if code & 0xFF != 0x7F]
    rows = "".join(f"{code:04X},{ord(code.to_bytes(2, 'big').decode('cp932')):04X}\n" for code in codes)
    assert "cp932" in run("code,unicode\n" + rows)[2]


def test_a_second_source_is_compared(run, tmp_path: Path):
    second = tmp_path / "second.tsv"
    second.write_text("F040\t邉\nF041\t辺\n", "utf-8")
    code, out, _ = run(CLEAN, "--code-system", "cp932", "--second", str(second), "--format", "jsonl")
    (found,) = map(json.loads, out.splitlines())
    assert (code, found["row"], found["class"], found["severity"]) == (1, 2, "sources_disagree", "warning")
    assert "second.tsv" in found["message"]


def test_notes_alone_are_done(run):
    code, out, _ = run("code,unicode\nF040,U+FA19\n", "--code-system", "cp932", "--format", "jsonl")
    assert (code, json.loads(out)["severity"]) == (0, "note")


@pytest.mark.parametrize("content", ["", "a,b,c\n1,2,3\n", "code,unicode\nF040,\x00\n"])
def test_what_is_no_table_is_bad_input(run, content: str):
    code, out, err = run(content)
    assert (code, out, err.startswith("gaiji-hub: table.csv")) == (2, "", True)


def test_a_code_system_nobody_knows_is_wrong_use(run):
    code, _, err = run(CLEAN, "--code-system", "ebcdic-9")
    assert (code, "unknown_code_system" in err) == (2, True)


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert main(["tables", "lint", str(tmp_path / "none.csv")]) in (2, 3)
    assert "none.csv" in capsys.readouterr().err
