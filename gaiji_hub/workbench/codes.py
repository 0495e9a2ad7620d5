"""符号の指定: `E000-E0FF,U+F000` or a file of codes → the Unicode codes that are wanted from a font."""

from __future__ import annotations

import re
from pathlib import Path

from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.fontbuild.extract import MAX_CODES, TooManyCodes

MAX_FILE = 1_000_000
_CODE = r"(?:U\+|0x)?([0-9A-Fa-f]{1,6})"
_PART = re.compile(rf"{_CODE}(?:\s*[-–〜~]\s*{_CODE})?")
_LAST = 0x10FFFF


class BadCodes(BadInput):
    code = "bad_codes"
    template = "符号の範囲ではありません: {text}（例: E000-E0FF または U+E000,U+E010-U+E01F。ファイルなら1行に1つ）"


class CodesTooLong(BadInput):
    code = "codes_too_long"
    template = "符号のファイルが大きすぎます: {name}（{most} バイトまで）"


def read_codes(argument: str) -> tuple[int, ...]:
    """The codes of a command-line argument: the lines of a file of that name, or a list of ranges."""
    path = Path(argument)
    if not path.is_file():
        return parse_codes(argument)
    if path.stat().st_size > MAX_FILE:
        raise CodesTooLong(name=path.name, most=MAX_FILE)
    return parse_lines(path.read_text("utf-8-sig", errors="replace"), path.name)


def parse_codes(text: str) -> tuple[int, ...]:
    """`E000-E0FF,U+F000` → ascending codes without doubles; `BadCodes` for anything else, `TooManyCodes`."""
    codes: set[int] = set()
    for part in text.split(","):
        _add(codes, _range(part.strip()))
    return tuple(sorted(codes))


def parse_lines(text: str, name: str) -> tuple[int, ...]:
    """A range or code a line, `#` starts a comment; every wrong line is told at once (`Problems`).

    The first line that passes the cap ends the reading (`TooManyCodes`).
    """
    codes: set[int] = set()
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        part = line.split("#")[0].strip()
        try:
            _add(codes, _range(part) if part else range(0))
        except BadCodes as error:
            problems.append(f"{number} 行目: {error}")
    if problems:
        raise Problems.gather(name, problems)
    return tuple(sorted(codes))


def _add(codes: set[int], more: range) -> None:
    """Add `more`, never holding much more than the cap: a line of a few bytes can name a million codes."""
    if len(more) <= MAX_CODES:
        codes.update(more)
    if (count := max(len(codes), len(more))) > MAX_CODES:
        raise TooManyCodes(count=count, limit=MAX_CODES)


def _range(part: str) -> range:
    match = _PART.fullmatch(part)
    if not match:
        raise BadCodes(text=part[:40])
    first = int(match.group(1), 16)
    last = int(match.group(2) or match.group(1), 16)
    if not first <= last <= _LAST:
        raise BadCodes(text=part[:40])
    return range(first, last + 1)
