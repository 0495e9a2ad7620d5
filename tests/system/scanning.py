"""Looks for planted strings in bytes: in every spelling a program might give them, through every container it knows.

What a container hides (a compressed archive, a database page, a PDF) is opened and looked into as well. Nothing
found here proves anything unless the scanner finds what was put there: test_scanning plants in every kind.
"""

from __future__ import annotations

import base64
import bz2
import io
import json
import lzma
import re
import sqlite3
import struct
import subprocess
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

from sqlalchemy import MetaData, create_engine, select

DEPTH = 6
_ENCODINGS = ("utf-8", "cp932", "euc_jp", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def spellings(text: str) -> dict[bytes, str]:
    """Every form of `text` that is looked for → what the form is called."""
    found: dict[bytes, str] = {}
    for encoding in _ENCODINGS:
        data = _encoded(text, encoding)
        if data is None:
            continue
        found[data] = encoding
        if encoding in ("utf-8", "cp932", "euc_jp"):
            found.update(_ascii_forms(data, encoding))
    escaped = json.dumps(text)[1:-1]
    found |= {escaped.encode(): "JSON", _upper(escaped): "JSON", escaped.replace("\\", "\\\\").encode(): "JSON twice"}
    decimal, hexadecimal = ("".join(form % ord(c) for c in text) for form in ("&#%d;", "&#x%x;"))
    found |= {decimal.encode(): "HTML", hexadecimal.encode(): "HTML", hexadecimal.upper().encode(): "HTML"}
    return {form: name for form, name in found.items() if len(form) >= 6}


def _encoded(text: str, encoding: str) -> bytes | None:
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return None


def _ascii_forms(data: bytes, encoding: str) -> dict[bytes, str]:
    """Percent signs, hex digits, and base64 at each of the three places it may begin."""
    percent = {form.encode(): f"{encoding} in a URL" for form in (quote(data), quote_plus(data), quote(data).lower())}
    digits = {data.hex().encode(): f"{encoding} hex", data.hex().upper().encode(): f"{encoding} hex"}
    coded = {}
    for skip in range(3):
        # Only what does not depend on the neighbours: the first and last group of letters are shared with them.
        inner = base64.b64encode(b"\0" * skip + data).rstrip(b"=")[4 if skip else 0 : -4]
        coded |= {inner: f"{encoding} base64", inner.translate(bytes.maketrans(b"+/", b"-_")): f"{encoding} base64"}
    return percent | digits | coded


def _upper(escaped: str) -> bytes:
    return re.sub(r"\\u([0-9a-f]{4})", lambda m: "\\u" + m.group(1).upper(), escaped).encode()


@dataclass(frozen=True)
class Hit:
    where: str
    text: str
    spelling: str


class Scanner:
    """Knows what was planted. `opened` counts what it looked into, by kind."""

    def __init__(self, planted: Iterable[str]) -> None:
        self._forms = {form: (text, name) for text in planted for form, name in spellings(text).items()}
        self.opened: dict[str, int] = {}

    def scan(self, where: str, data: bytes, depth: int = 0) -> Iterator[Hit]:
        """Hits in `data` and in whatever it contains."""
        for form, (text, name) in self._forms.items():
            if form in data:
                yield Hit(where, text, name)
        if depth == DEPTH:
            return
        for kind, open_it in _CONTAINERS.items():
            for inside, content in open_it(data):
                self.opened[kind] = self.opened.get(kind, 0) + 1
                yield from self.scan(f"{where} » {kind} {inside}", content, depth + 1)

    def folder(self, folder: Path) -> Iterator[Hit]:
        """Every file below `folder`, names included."""
        for path in sorted(folder.rglob("*")):
            place = str(path.relative_to(folder))
            yield from self.scan(f"name of {place}", place.encode())
            if path.is_file() and not path.is_symlink():
                yield from self.scan(place, path.read_bytes())
                self.opened["file"] = self.opened.get("file", 0) + 1

    def database(self, url: str) -> Iterator[Hit]:
        """Every value of every row, as the database gives it: pages and compression of its own are undone."""
        engine = create_engine(url)
        with engine.connect() as connection:
            metadata = MetaData()
            metadata.reflect(connection)
            for table in metadata.sorted_tables:
                for row in connection.execute(select(table)):
                    self.opened["row"] = self.opened.get("row", 0) + 1
                    for column, value in row._mapping.items():
                        data = value if isinstance(value, bytes) else str(value).encode()
                        yield from self.scan(f"{table.name}.{column}", data)
        engine.dispose()


def _zips(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Members of zip archives anywhere in the data, by their local headers: in a request's body, too."""
    if b"PK\x03\x04" not in data or _is_tar(data):
        return
    start = data.index(b"PK\x03\x04")
    try:
        with zipfile.ZipFile(io.BytesIO(data[start:])) as archive:
            for name in archive.namelist():
                yield name, name.encode() + b"\n" + archive.read(name)
            return
    except (zipfile.BadZipFile, EOFError, zlib.error, OSError, NotImplementedError):
        pass
    for match in re.finditer(rb"PK\x03\x04", data):
        header = data[match.start() : match.start() + 30]
        if len(header) == 30:
            method, size, name, extra = struct.unpack("<H8xI4xHH", header[8:30])
            body = data[match.end() + 26 + name + extra :]
            yield str(match.start()), body[:size] if method == 0 else _inflated(body, -15)


def _gzips(data: bytes) -> Iterator[tuple[str, bytes]]:
    for match in re.finditer(rb"\x1f\x8b\x08", data):
        if content := _inflated(data[match.start() :], 31):
            yield str(match.start()), content


def _zlibs(data: bytes) -> Iterator[tuple[str, bytes]]:
    """zlib streams of a PDF, also of one within an answer; elsewhere two bytes would be no sign of one."""
    if b"%PDF" in data and not _is_tar(data) and not data.startswith(b"PK"):
        for match in re.finditer(rb"stream\r?\n", data):
            if content := _inflated(data[match.end() :], 15):
                yield str(match.start()), content


def _inflated(data: bytes, bits: int) -> bytes:
    try:
        return zlib.decompressobj(bits).decompress(data, 64 << 20)
    except zlib.error:
        return b""


def _is_tar(data: bytes) -> bool:
    return data[257:262] == b"ustar"


def _tars(data: bytes) -> Iterator[tuple[str, bytes]]:
    if not _is_tar(data):
        return
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
        for member in archive:
            file = archive.extractfile(member)
            yield member.name, member.name.encode() + b"\n" + (file.read() if file else b"")


def _whole(magic: bytes, open_it: Callable[[bytes], bytes]) -> Callable[[bytes], Iterator[tuple[str, bytes]]]:
    def opened(data: bytes) -> Iterator[tuple[str, bytes]]:
        if data.startswith(magic):
            yield "", open_it(data)

    return opened


def _sqlites(data: bytes) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(b"SQLite format 3\0"):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.db"
        path.write_bytes(data)
        with sqlite3.connect(path) as connection:
            yield "dump", "\n".join(connection.iterdump()).encode()
        connection.close()


def _pdfs(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"%PDF"):
        told = subprocess.run(["pdftotext", "-raw", "-", "-"], input=data, capture_output=True, check=False)
        yield "text", re.sub(rb"[ \r\n\f]+", b"", told.stdout)


_CONTAINERS: dict[str, Callable[[bytes], Iterator[tuple[str, bytes]]]] = {
    "zip": _zips,
    "gzip": _gzips,
    "tar": _tars,
    "bzip2": _whole(b"BZh", bz2.decompress),
    "xz": _whole(b"\xfd7zXZ\0", lzma.decompress),
    "sqlite": _sqlites,
    "pdf": _pdfs,
    "stream": _zlibs,
}
