"""CSV and TSV: a header names the columns (order free), or two columns without one are code and character.

Lines are read one at a time and checked before they are parsed, so that a file of any size needs little memory until
its rows are kept; how many are kept has a limit, and passing it is said.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from gaiji_hub.errors import BadInput, Problems
from gaiji_hub.tables.lint.cells import Draft, words
from gaiji_hub.tables.lint.quoting import cells_of, holds_nul_of_its_code, separator_of
from gaiji_hub.tables.lint.rows import KNOWN_OPTIONS, PLAIN, Row

UTF_8 = "utf-8"
MAX_LINE = 64 * 1024
MAX_ROWS = 500_000
MAX_PROBLEMS = 1_000

# Column names in use → what they hold. Columns with other names are carried along unread.
COLUMNS = {
    "code": "code",
    "コード": "code",
    "外字コード": "code",
    "local_code": "code",
    "jis8": "code",
    "unicode": "unicode",
    "ucs": "unicode",
    "符号位置": "unicode",
    "selector": PLAIN,
    "ivs": PLAIN,
    "異体字セレクタ": PLAIN,
    "hd": "hd",
    "aj1": "aj1",
    "sp": "sign",
    "text": "text",
    "文字": "text",
    "character": "text",
    "options": "options",
    "option": "options",
    "class": "class",
    "kind": "class",
    "round_trip": "class",
    "注記": "options",
    "ebcdik": "partner",
}


# Columns a table may have several of: their words are put together.
_MANY = frozenset(("options", "class"))


class UnknownTable(BadInput):
    code = "lint_unknown_table"
    template = (
        "{file} を対応表として読めません: {reason}。見出し code,unicode,selector,text のある CSV・TSV、"
        "コードと文字の2列の TSV、JSON、富士通の利用者変換表を使えます"
    )


class TableTooLarge(BadInput):
    code = "lint_table_too_large"
    template = "{file} は大きすぎます: {what}（上限 {limit}）。表を分けてから検査してください"


def read_delimited(path: Path, encoding: str = UTF_8) -> Iterator[Row]:
    """The rows of a CSV or TSV; `Problems` with every line that is not text, before any row is given."""
    lines = read_lines(path, encoding)
    if not lines:
        return
    yield from _rows(lines, separator_of(lines[0]), path.name)


def read_lines(path: Path, encoding: str = UTF_8) -> list[str]:
    """The lines of a file with their ends; `Problems` with every line that is not text in that encoding."""
    with path.open("rb") as stream:
        return list(_lines(stream, path.name, encoding))


def _lines(stream: BinaryIO, file: str, encoding: str) -> Iterator[str]:
    problems: list[str] = []
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        if len(raw) > MAX_LINE:
            raise TableTooLarge(file=file, what=f"{number} 行目が長すぎます", limit=f"1行 {MAX_LINE:,} バイト")
        if number > MAX_ROWS + 1:
            raise TableTooLarge(file=file, what="行が多すぎます", limit=f"{MAX_ROWS:,} 行")
        line = _decoded(raw, number, problems, encoding)
        if len(problems) >= MAX_PROBLEMS:
            break
        yield line
    if problems:
        raise Problems.gather(file, problems)


def _decoded(raw: bytes, number: int, problems: list[str], encoding: str) -> str:
    try:
        text = raw.decode(encoding, "surrogatepass" if encoding == UTF_8 else "strict")
    except UnicodeDecodeError as error:
        place = f"{number} 行目の {error.start + 1} バイト目"
        hint = "（CP932 なら --encoding cp932 を指定してください）" if encoding == UTF_8 else ""
        problems.append(f"{place}: {encoding.upper()} ではありません{hint}")
        text = ""
    if b"\x00" in raw and not holds_nul_of_its_code(text):
        problems.append(f"{number} 行目: NUL（00）を含みます。UTF-16 か、表ではないファイルの可能性があります")
    return text.removeprefix("\ufeff") if number == 1 else text


def _rows(lines: list[str], separator: str, file: str) -> Iterator[Row]:
    number, names, width = 0, list[str](), 0
    try:
        for cells in cells_of(lines, separator):
            if not cells or cells == [""]:
                continue
            if not names:
                names, is_header = _header(cells, file)
                width = len(names)
                if is_header:
                    continue
            number += 1
            yield _draft(number, names, cells, width).row()
    except csv.Error as error:
        raise UnknownTable(file=file, reason=f"{number + 1} 件目の引用符などが CSV の書き方ではありません") from error


def _header(cells: list[str], file: str) -> tuple[list[str], bool]:
    """What each column holds, and whether this line was the header."""
    names = [COLUMNS.get(cell.strip().lower(), "") for cell in cells]
    if "code" in names:
        if not {"unicode", "text", "partner"} & set(names):
            raise UnknownTable(file=file, reason="見出しに unicode も text もありません")
        if repeated := repeated_columns(names):
            raise UnknownTable(file=file, reason=f"見出しに {repeated} を示す列が二つ以上あります。一つにしてください")
        return names, True
    if len(cells) == 2 and Draft(0, cells[0]).row().value >= 0:
        return ["code", "text"], False
    raise UnknownTable(file=file, reason="見出しに code の列がありません")


def repeated_columns(names: Iterable[str]) -> str:
    """The meanings that several columns have, of those a row has once; "" where there is none."""
    counts = Counter(name for name in names if name and name not in _MANY)
    return "・".join(name for name, count in counts.items() if count > 1)


def _draft(number: int, names: list[str], cells: list[str], width: int) -> Draft:
    draft = Draft(number)
    if len(cells) != width:
        draft.problems.append(f"列の数が {len(cells)} です（見出しは {width}）")
    for name, cell in zip(names, cells, strict=False):
        put(draft, name, cell)
    return draft


def put(draft: Draft, name: str, cell: str) -> None:
    """Set one cell of a row; a repeated column adds to the first."""
    match name:
        case "code" if not draft.code:
            draft.code = cell
        case "unicode" if not draft.unicode:
            draft.unicode = cell
        case "text" if not draft.text:
            draft.text = cell
        case "partner":
            draft.partner = cell
        case "sign":
            draft.sign = cell
        case "options":
            draft.options += words(cell)
        case "class":  # a column of this name may be about anything else
            draft.options += tuple(KNOWN_OPTIONS.intersection(words(cell)))
        case "hd" | "aj1" | "selector" if cell.strip():
            draft.selectors[name] = cell
