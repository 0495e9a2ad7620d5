"""富士通の利用者変換表（domain.md）: as rows, for the lint only; import and export are in `tables.importing`.

The reader there refuses a table with any wrong line; this one goes on and lets the rules say what is wrong. Under both
headings (`JEF->Unicode`, `Unicode->JEF`) a pair is `JEF:Unicode`; `;` begins a comment, commas join pairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.tables.lint.cells import Draft
from gaiji_hub.tables.lint.delimited import MAX_ROWS, UTF_8, TableTooLarge, read_lines
from gaiji_hub.tables.lint.rows import Row

FIRST_LINE = "CODE_CONVERT_"
_TO_HOST = "unicode->jef"


def read_user_table(path: Path, encoding: str = UTF_8) -> Iterator[Row]:
    """The pairs in the order of the file, from 1; those of the way back only where they say something else."""
    drafts = list(_drafts(read_lines(path, encoding)))
    if len(drafts) > MAX_ROWS:
        raise TableTooLarge(file=path.name, what="組が多すぎます", limit=f"{MAX_ROWS:,} 組")
    read = {(draft.code.upper(), draft.unicode) for draft in drafts if not draft.options}
    for number, draft in enumerate(drafts, start=1):
        draft.number = number
        if not draft.options or (draft.code.upper(), draft.unicode) not in read:
            yield draft.row()


def _drafts(lines: list[str]) -> Iterator[Draft]:
    options: tuple[str, ...] = ()
    for line in lines[1:]:
        content = line.partition(";")[0].strip()
        if "->" in content:
            options = ("encode_only",) if content.lower().replace(" ", "") == _TO_HOST else ()
            continue
        for pair in filter(None, (part.strip() for part in content.split(","))):
            code, colon, target = pair.partition(":")
            problems = [] if colon else ["「80A1:E92E」の形ではありません"]
            yield Draft(0, code=code, unicode=target.strip(), options=options, problems=problems)
