"""Reading a table of any format that is understood: told by how the file begins, not by its name."""

from __future__ import annotations

import stat
from pathlib import Path

from gaiji_hub.tables.lint.delimited import UTF_8, UnknownTable, read_delimited
from gaiji_hub.tables.lint.json_rows import read_json
from gaiji_hub.tables.lint.rows import Row
from gaiji_hub.tables.lint.user_table import FIRST_LINE, read_user_table

_BINARY = {
    b"PK\x03\x04": "圧縮ファイルか xlsx です（CSV で保存し直してください）",
    b"\xff\xfe": "UTF-16 です（UTF-8 で保存し直してください）",
    b"\xfe\xff": "UTF-16 です（UTF-8 で保存し直してください）",
    b"\x1f\x8b": "圧縮ファイルです",
    b"%PDF": "PDF です",
}


def read_rows(path: Path, encoding: str = UTF_8) -> list[Row]:
    """Every row of a table; `UnknownTable`, `TableTooLarge` or `Problems` when it is none that can be read.

    `encoding` is Python's name of one in which a line ends at the byte 0A; JSON is UTF-8 always.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise UnknownTable(file=path.name, reason="ふつうのファイルではありません（フォルダー・名前付きパイプ・装置）")
    with path.open("rb") as stream:
        start = stream.read(256)
    for mark, reason in _BINARY.items():
        if start.startswith(mark):
            raise UnknownTable(file=path.name, reason=reason)
    begin = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"["):
        return list(read_json(path))
    if begin.startswith(FIRST_LINE.encode()):
        return list(read_user_table(path, encoding))
    rows = list(read_delimited(path, encoding))
    if not rows:
        raise UnknownTable(file=path.name, reason="行がありません")
    return rows
