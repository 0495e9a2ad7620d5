"""Which codes are wanted: ranges, lists and files, and every wrong line at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.errors import Problems
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
