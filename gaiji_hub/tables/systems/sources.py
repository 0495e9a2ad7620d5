"""Parsers of the upstream files: facts of a converter (`files.facts`), jef4j's JSON, the two-column TSV of Jacode4e.

Rows come out as `Said`, in the order of the file. A file that is not of the form is `BadCodeSource`: its hash was
right, so the manifest names the wrong parser or the parser is wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from gaiji_hub.errors import BadInput
from gaiji_hub.moji.text import parse_ucs
from gaiji_hub.tables.systems.page import Said

# Columns of jef4j with the selector of a collection; "" takes the base alone.
SELECTORS = ("", "hd", "aj1")
_READ_ONLY = frozenset(("decode_only", "oneway"))
_NO_TEXT = "FFFD"


class BadCodeSource(BadInput):
    code = "bad_code_source"
    template = "源泉 {file} を符号表として読めません（{row} 件目）: {reason}"


def facts(path: Path) -> Iterator[Said]:
    """What a converter reads and writes. A code read as a text that is written otherwise is not written."""
    read, write = converter(path)
    for code, text in read.items():
        yield Said(code, text, writes=write.get(text) == code)
    for text, code in write.items():
        if read.get(code) != text:
            yield Said(code, text, reads=False)


def converter(path: Path) -> tuple[dict[bytes, str], dict[str, bytes]]:
    """The two directions of a file of facts: code → text, text → code."""
    read: dict[bytes, str] = {}
    write: dict[str, bytes] = {}
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        kind, *cells = line.split("\t")
        if kind not in ("D", "E") or len(cells) != 2:
            raise BadCodeSource(file=path.name, row=row, reason="D か E の3列の行ではありません")
        if kind == "D":
            read[bytes.fromhex(cells[0])] = parse_ucs(cells[1])
        else:
            write[parse_ucs(cells[0])] = bytes.fromhex(cells[1])
    return read, write


def jef4j(path: Path, selector: str = "") -> Iterator[Said]:
    """Rows of jef4j's mapping JSON; `selector` (`hd`, `aj1`) adds that collection's selector where a row has one.

    `oneway` concerns the base alone: with its selector the text comes back. `cjk_ci` rows write a compatibility
    ideograph only; `unmappable` ones (U+FFFD) have no text. `sp` is a combining mark that belongs to the text.
    """
    for row, item in enumerate(json.loads(path.read_bytes()), start=1):
        try:
            yield _jef4j_row(item, selector)
        except (KeyError, ValueError, TypeError) as error:
            raise BadCodeSource(file=path.name, row=row, reason=type(error).__name__) from None


def _jef4j_row(item: dict[str, object], selector: str) -> Said:
    options = tuple(str(option) for option in _list(item["options"]))
    code, note = bytes.fromhex(str(item["code"])), " ".join(options)
    if item["unicode"] == _NO_TEXT:
        return Said(code, None, note=note)
    base = "".join(chr(int(part, 16)) for part in str(item["unicode"]).split())
    chosen = str(item.get(selector, "")) if selector else ""
    mark = str(item.get("sp", ""))
    text = base + "".join(chr(int(part, 16)) for part in (chosen, mark) if part)
    one_way = _READ_ONLY & set(options) if not chosen else {"decode_only"} & set(options)
    return Said(
        code,
        text,
        reads="encode_only" not in options and "cjk_ci" not in options,
        writes=not one_way,
        note=note,
    )


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("options")
    return value


def jacode4e(path: Path) -> Iterator[Said]:
    """Rows `code<tab>character` without a header."""
    for row, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        code, tab, text = line.partition("\t")
        if not tab or not text:
            raise BadCodeSource(file=path.name, row=row, reason="符号と文字の2列ではありません")
        yield Said(bytes.fromhex(code), text)
