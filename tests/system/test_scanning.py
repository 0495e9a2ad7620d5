"""The scanner of planted names finds what is planted, in every spelling and in every container it claims to open."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import typst
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, Text, create_engine, insert

from tests.system.scanning import Scanner

NAME = "鷺沼麒麟丸"


def zipped(data: bytes, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr("inside.txt", data)
    return out.getvalue()


def tarred(data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("inside.txt")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


SPELLINGS: dict[str, bytes] = {
    "utf-8": NAME.encode(),
    "cp932": NAME.encode("cp932"),
    "euc-jp": NAME.encode("euc_jp"),
    "utf-16": NAME.encode("utf-16-le"),
    "utf-16 big": NAME.encode("utf-16-be"),
    "utf-32": NAME.encode("utf-32-le"),
    "json": json.dumps({"name": NAME}).encode(),
    "json upper": json.dumps(NAME).upper().replace("\\U", "\\u").encode(),
    "json twice": json.dumps(json.dumps(NAME)).encode(),
    "url": quote(NAME).encode(),
    "url lower": quote(NAME).lower().encode(),
    "url cp932": quote(NAME.encode("cp932")).encode(),
    "hex": NAME.encode().hex().encode(),
    "html": "".join(f"&#{ord(c)};" for c in NAME).encode(),
    "html hex": "".join(f"&#x{ord(c):x};" for c in NAME).encode(),
    **{f"base64 after {n}": base64.b64encode(b"x" * n + NAME.encode() + b"tail") for n in range(4)},
    "base64 for addresses": base64.urlsafe_b64encode(b"?>" + NAME.encode() + b"tail"),
}
CONTAINERS: dict[str, Callable[[bytes], bytes]] = {
    "zip": zipped,
    "stored zip": lambda data: zipped(data, zipfile.ZIP_STORED),
    "zip in a request": lambda data: b"PUT / HTTP/1.1\r\n\r\n" + zipped(data) + b"HTTP/1.1 200 OK" + b" " * 70_000,
    "gzip": gzip.compress,
    "gzip in an answer": lambda data: b"HTTP/1.1 200 OK\r\n\r\n" + gzip.compress(data) + b"HTTP/1.1",
    "tar": tarred,
    "tar.gz": lambda data: gzip.compress(tarred(data)),
    "tar.xz": lambda data: lzma.compress(tarred(data)),
    "bzip2": bz2.compress,
    "zip in tar in zip": lambda data: zipped(tarred(zipped(data))),
    "stream": lambda data: b"%PDF-1.7\n1 0 obj\nstream\n" + zlib.compress(data) + b"\nendstream",
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_is_found(spelling: str) -> None:
    data = b"before " + SPELLINGS[spelling] + b" after"
    assert [hit.text for hit in Scanner([NAME]).scan("here", data)][:1] == [NAME]


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_is_opened(container: str) -> None:
    data = CONTAINERS[container]((f"before {NAME} after" * 3).encode())
    assert {hit.text for hit in Scanner([NAME]).scan("here", data)} == {NAME}


def test_what_is_not_planted_is_not_found() -> None:
    data = b"".join(SPELLINGS.values())
    for inside in (data, *(pack(data) for pack in CONTAINERS.values())):
        assert list(Scanner(["獅子唐辛子"]).scan("here", inside)) == []


def test_text_of_a_pdf_is_found(standard_font: Path) -> None:
    source = f'#set text(font: "IPAmjMincho", size: 20pt)\n{NAME}'
    made = typst.compile(source.encode(), font_paths=[str(standard_font.parent)], ignore_system_fonts=True)
    assert any("pdf" in hit.where for hit in Scanner([NAME]).scan("here", made))


def test_a_database_of_one_file_is_found_in_its_log(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "hub.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE note (words TEXT)")
    connection.execute("INSERT INTO note VALUES (?)", (NAME,))
    connection.commit()
    assert {hit.where for hit in Scanner([NAME]).folder(tmp_path)} == {"hub.db-wal"}
    connection.close()


def test_a_database_of_one_file_is_found_where_a_page_cuts_the_name(tmp_path: Path) -> None:
    cut = 0
    for length in range(470, 492, 2):
        path = tmp_path / f"{length}.db"
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE note (words TEXT)")
        connection.execute("INSERT INTO note VALUES (?)", ("x" * length + NAME + "y" * 4000,))
        connection.commit()
        connection.close()
        cut += NAME.encode() not in path.read_bytes()
        assert any("sqlite dump" in hit.where for hit in Scanner([NAME]).scan(path.name, path.read_bytes()))
    assert cut


def test_every_value_of_every_row_is_looked_at(database_url: str) -> None:
    metadata = MetaData()
    table = Table("note", metadata, Column("id", Integer, primary_key=True), Column("words", Text),
                  Column("data", LargeBinary))  # fmt: skip
    engine = create_engine(database_url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(
            insert(table), [{"words": NAME * 2000, "data": b""}, {"words": "", "data": zipped(NAME.encode())}]
        )
    engine.dispose()
    places = {hit.where for hit in Scanner([NAME]).database(database_url)}
    assert {"note.words", "note.data » zip inside.txt"} <= places
