"""The committed tables are what the source gives, anywhere; a changed source or table is noticed."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from gaiji_hub.files.fetch import SourceMismatch, verify
from gaiji_hub.tables.build import BadDatabase, format_tsv, read_rows
from gaiji_hub.tables.check import check
from gaiji_hub.tables.columns import spec
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.parse import TABLES
from gaiji_hub.tables.root import data_root

ROWS = {
    "mj": 58_862,
    "mj_duplicate_ivs": 2,
    "mj_reading": 122_148,
    "mj_radical": 59_665,
    "radicals": 246,
    "hentaigana": 299,
    "hentaigana_phonetic": 312,
    "shrink": 62_682,
    "shrink_note": 1_776,
    "ivd": 39_303,
    "svs": 1_002,
}
BUILD = """
import sys; from pathlib import Path
from gaiji_hub.tables.build import build
build(Path(sys.argv[1]), Path(sys.argv[2]), {"mojidata": Path(sys.argv[3])})
"""


def built(root: Path) -> dict[str, bytes]:
    return {
        f"{folder}/{path.name}": path.read_bytes()
        for folder in ("mappings", "ivs")
        for path in (root / folder / "built").iterdir()
    }


def copy_of_data(target: Path) -> Path:
    for folder in ("mappings", "ivs"):
        shutil.copytree(data_root() / folder, target / folder)
    return target


def test_every_table_is_described_counted_and_hashed():
    described = {}
    for folder in ("mappings", "ivs"):
        document = json.loads((data_root() / folder / "built" / "MANIFEST").read_bytes())
        for entry in document["tables"]:
            data = (data_root() / folder / "built" / entry["file"]).read_bytes()
            lines = data.decode().split("\n")
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
            assert lines[0].split("\t") == entry["columns"]
            assert lines[-1] == ""
            assert len(lines) - 2 == entry["rows"]
            assert lines[1:-1] == sorted(lines[1:-1])
            assert {line.count("\t") for line in lines[:-1]} == {len(entry["columns"]) - 1}
            assert entry["licence"]
            assert entry["sources"][0]["sha256"]
            described[entry["name"]] = entry["rows"]
    assert described == ROWS


def test_rebuilding_the_committed_tables_gives_no_difference(mojidata):
    assert check(data_root(), {"mojidata": mojidata}) == []


def test_another_folder_time_zone_and_hash_seed_give_the_same_bytes(mojidata, tmp_path):
    env = {**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "LC_ALL": "C"}
    out = tmp_path / "別の folder"
    command = [sys.executable, "-c", BUILD, str(data_root()), str(out), str(mojidata)]
    subprocess.run(command, env=env, cwd=tmp_path, check=True, timeout=120)
    assert built(out) == built(data_root())


def test_check_names_a_changed_a_missing_and_a_foreign_file(mojidata, tmp_path):
    root = copy_of_data(tmp_path)
    table = root / "ivs" / "built" / "ivd.tsv"
    lines = table.read_bytes().split(b"\n")
    table.write_bytes(b"\n".join([*lines[:10], b"x", *lines[11:]]))
    (root / "mappings" / "built" / "radicals.tsv").unlink()
    (root / "mappings" / "built" / "other.tsv").write_text("x")
    differences = check(root, {"mojidata": mojidata})
    assert len(differences) == 3
    assert any("radicals.tsv" in line and "ありません" in line for line in differences)
    assert any("other.tsv" in line for line in differences)
    assert any("ivd.tsv" in line and "11 行目" in line for line in differences)


def test_one_flipped_byte_in_the_real_source_is_refused_by_name(mojidata, tmp_path):
    source = load_manifest(data_root() / "mappings").archive("mojidata")
    copy = tmp_path / "moji.db"
    shutil.copyfile(mojidata, copy)
    with copy.open("r+b") as file:
        file.seek(50_000_000)
        byte = file.read(1)[0]
        file.seek(50_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(SourceMismatch, match="mojidata"):
        verify(copy, source.wanted, source.id)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    (tmp_path / "x.db").write_bytes(b"no database" * 100)
    with pytest.raises(BadDatabase, match="mojidata"):
        list(read_rows(TABLES[0], "mojidata", tmp_path / "x.db"))


def test_the_database_is_only_read(tmp_path):
    table = spec("t", "mappings", "s", "t", [("a", "a"), ("b", "b", "ucs")])
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(2, "\uf91d"), (1, None)])
    connection.close()
    before = path.read_bytes()
    assert list(read_rows(table, "x", path)) == [("2", "U+F91D"), ("1", "")]
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.db"]


def test_a_missing_database_is_refused_not_created(tmp_path):
    with pytest.raises(BadDatabase):
        list(read_rows(TABLES[0], "mojidata", tmp_path / "none.db"))
    assert list(tmp_path.iterdir()) == []


def test_tsv_is_lf_and_utf8():
    assert format_tsv(("a", "b"), [("あ", "")]) == "a\tb\nあ\t\n".encode()
