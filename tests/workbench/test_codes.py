"""Which codes are wanted: ranges, lists and files, and every wrong line at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.fontbuild.extract import TooManyCodes
from gaiji_hub.workbench.codes import BadCodes, CodesTooLong, parse_codes, parse_lines, read_codes


def test_ranges_and_single_codes() -> None:
    assert parse_codes("E001, U+E000-U+E002,0xF000") == (0xE000, 0xE001, 0xE002, 0xF000)


@pytest.mark.parametrize("text", ["", "E000,", "E002-E000", "外字", "110000", "E000-E001-E002"])
def test_wrong_ranges(text: str) -> None:
    with pytest.raises(BadCodes):
        parse_codes(text)


def test_a_file_has_a_code_a_line(tmp_path: Path) -> None:
    path = tmp_path / "codes.txt"
    path.write_text("\ufeffE000 # 外字\n\nE010-E011\n", "utf-8")
    assert read_codes(str(path)) == (0xE000, 0xE010, 0xE011)


def test_all_wrong_lines_are_told() -> None:
    with pytest.raises(Problems, match=r"2 件[\s\S]*1 行目[\s\S]*3 行目"):
        parse_lines("x\nE000\ny\n", "codes.txt")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "codes.txt"
    path.write_bytes(b"E000\n" * 300_000)
    with pytest.raises(CodesTooLong):
        read_codes(str(path))


@pytest.mark.parametrize("text", ["0-10FFFF", "E000-F900", "E000-F8FE,F0000-F0001"])
def test_more_codes_than_a_font_of_gaiji_may_hold_are_refused(text: str) -> None:
    assert len(parse_codes("E000-F8FF,E000-E0FF")) == 6_400
    with pytest.raises(TooManyCodes, match="上限 6400"):
        parse_codes(text)


def test_a_file_of_huge_ranges_ends_at_the_first() -> None:
    start = time.process_time()
    with pytest.raises(TooManyCodes, match="1114112 字"):
        parse_lines("0-10FFFF\n" * 50, "codes.txt")
    assert time.process_time() - start < 0.1
