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

from gaiji_hub.files.fetch import SourceMismatch, find, verify
from gaiji_hub.tables.build import BadDatabase, format_tsv, install, read_rows
from gaiji_hub.tables.check import check, check_local
from gaiji_hub.tables.columns import spec
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.parse import TABLES
from gaiji_hub.tables.reader import read_manifests
from gaiji_hub.tables.root import data_root
from gaiji_hub.tables.systems.lookup import Systems

ROWS = {
    "mj": 58_862,
    "mj_duplicate_ivs": 2,
    "mj_reading": 122_148,
    "mj_radical": 59_665,
    "mj_change": 56_767,
    "nyukan": 22_456,
    "joyo": 4_388,
    "joyo_kangxi": 364,
    "joyo_acceptable": 5,
    "radical_equivalent": 367,
    "radicals": 246,
    "hentaigana": 299,
    "hentaigana_phonetic": 312,
    "shrink": 62_682,
    "shrink_note": 1_776,
    "ivd": 39_303,
    "svs": 1_002,
    "jisx0208": 6_879,
    "jisx0212": 6_067,
    "jisx0213": 11_233,
    "code_cp932": 7_924,
    "code_euc-jp-ms": 13_366,
    "code_shift-jis-2004": 11_424,
    "code_euc-jis-2004": 11_424,
    "code_ibm-kanji": 7_309,
    "code_ibm-kanji-2004": 17_739,
    "code_ibm930-single": 337,
    "code_ibm939-single": 337,
    "code_ibm1390-single": 237,
    "code_ibm1399-single": 237,
}
LOCAL_ROWS = {
    "ids": 112_800,
    "ids_comment": 991,
    "variant": 103_205,
    "variant_relation": 45,
    "code_fujitsu-ebcdik": 225,
    "code_fujitsu-ebcdic": 162,
    "code_fujitsu-ascii": 161,
    "code_hitachi-ebcdik": 223,
    "code_hitachi-ebcdic": 223,
    "code_nec-ebcdik": 223,
    "code_nec-jis8": 191,
    "code_jef": 11_984,
    "code_jef-hd": 11_984,
    "code_jef-aj1": 11_984,
    "code_keis78": 6_886,
    "code_keis83": 6_882,
    "code_keis90": 6_926,
    "code_jips": 7_296,
    "code_letsj": 9_619,
    "code_conflicts": 277,
}
BUILD = """
import json, sys; from pathlib import Path
from gaiji_hub.tables.build import build, install
archives = {name: Path(path) for name, path in json.loads(sys.argv[3]).items()}
build(Path(sys.argv[1]), Path(sys.argv[2]) / "committed", archives)
install(Path(sys.argv[1]), Path(sys.argv[2]) / "local", archives)
"""


def built(root: Path) -> dict[str, bytes]:
    return {
        f"{folder}/{path.name}": path.read_bytes()
        for folder in ("mappings", "ivs")
        if (root / folder / "built").is_dir()
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


def test_rebuilding_the_committed_tables_gives_no_difference(archives):
    assert check(data_root(), archives) == []


def test_the_local_tables_are_complete_and_described(archives, tmp_path):
    assert install(data_root(), tmp_path, archives) == LOCAL_ROWS
    files = read_manifests(data_root(), tmp_path)
    assert {name: files[name].rows for name in LOCAL_ROWS} == LOCAL_ROWS
    for name in LOCAL_ROWS:
        lines = files[name].lines()
        assert len(lines) == LOCAL_ROWS[name]
        assert lines == sorted(lines)
    assert files.keys() == ROWS.keys() | LOCAL_ROWS.keys() | {"mj_without_text"}


def test_another_folder_time_zone_and_hash_seed_give_the_same_bytes(archives, tmp_path):
    out, here = tmp_path / "別の folder", tmp_path / "here"
    install(data_root(), here, archives)
    env = {**os.environ, "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "4711", "LC_ALL": "C"}
    paths = json.dumps({name: str(path) for name, path in archives.items()})
    command = [sys.executable, "-c", BUILD, str(data_root()), str(out), paths]
    subprocess.run(command, env=env, cwd=tmp_path, check=True, timeout=120)
    assert built(out / "committed") == built(data_root())
    assert built(out / "local") == built(here)


def test_a_table_without_its_source_is_named_and_the_others_are_installed(archives, tmp_path):
    kept = {name: path for name, path in archives.items() if name != "jacode4e-letsj"}
    counts = install(data_root(), tmp_path, kept)
    assert {name for name, rows in counts.items() if rows is None} == {"code_letsj"}
    assert not (tmp_path / "mappings" / "built" / "code_letsj.tsv").exists()
    assert Systems.load(tmp_path).table("jef").decode(b"\xb0\xa1") == "亜"


def test_a_table_whose_source_is_gone_is_kept_while_the_manifest_names_that_source(archives, tmp_path):
    install(data_root(), tmp_path, archives)
    before = built(tmp_path)
    kept = {name: path for name, path in archives.items() if name != "jacode4e-letsj"}
    assert install(data_root(), tmp_path, kept) == LOCAL_ROWS
    assert built(tmp_path) == before
    (tmp_path / "mappings" / "built" / "code_letsj.tsv").write_text("damaged")
    assert install(data_root(), tmp_path, kept)["code_letsj"] is None
    assert not (tmp_path / "mappings" / "built" / "code_letsj.tsv").exists()


def test_check_names_an_installed_table_that_was_changed(archives, tmp_path):
    install(data_root(), tmp_path, archives)
    assert check_local(data_root(), tmp_path, archives) == []
    (tmp_path / "mappings" / "built" / "code_jef.tsv").write_text("changed")
    (line,) = check_local(data_root(), tmp_path, archives)
    assert line.startswith("code_jef.tsv: ")


def test_what_an_older_installation_had_does_not_stay(archives, tmp_path):
    install(data_root(), tmp_path, archives)
    (tmp_path / "mappings" / "built" / "code_old.tsv").write_text("x")
    install(data_root(), tmp_path, archives)
    assert not (tmp_path / "mappings" / "built" / "code_old.tsv").exists()


@pytest.mark.parametrize(
    "archive", ["jef4j-fujitsu-jef", "jacode4e-jef", "jef4j-nec-jis8", "iconv-cp932", "iconv-ibm1399"]
)
def test_one_flipped_byte_in_any_source_is_refused_by_name(archives, archive, tmp_path):
    source = load_manifest(data_root() / "mappings").archive(archive)
    data = bytearray(archives[archive].read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / source.wanted.name).write_bytes(data)
    with pytest.raises(SourceMismatch, match=archive):
        find(source, tmp_path / "cache", (tmp_path,))


def test_check_names_a_changed_a_missing_and_a_foreign_file(archives, tmp_path):
    root = copy_of_data(tmp_path)
    table = root / "ivs" / "built" / "ivd.tsv"
    lines = table.read_bytes().split(b"\n")
    table.write_bytes(b"\n".join([*lines[:10], b"x", *lines[11:]]))
    (root / "mappings" / "built" / "radicals.tsv").unlink()
    (root / "mappings" / "built" / "other.tsv").write_text("x")
    differences = check(root, archives)
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
        list(read_rows(TABLES[0], "mojidata", {"mj": tmp_path / "x.db"}))


def test_the_database_is_only_read(tmp_path):
    table = spec("t", "mappings", "s", "t", [("a", "a"), ("b", "b", "ucs")])
    path = tmp_path / "x.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("CREATE TABLE t (a INTEGER, b TEXT)")
        connection.executemany("INSERT INTO t VALUES (?, ?)", [(2, "\uf91d"), (1, None)])
    connection.close()
    before = path.read_bytes()
    assert list(read_rows(table, "x", {"s": path})) == [("2", "U+F91D"), ("1", "")]
    assert path.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.db"]


def test_a_missing_database_is_refused_not_created(tmp_path):
    with pytest.raises(BadDatabase):
        list(read_rows(TABLES[0], "mojidata", {"mj": tmp_path / "none.db"}))
    assert list(tmp_path.iterdir()) == []


def test_tsv_is_lf_and_utf8():
    assert format_tsv(("a", "b"), [("あ", "")]) == "a\tb\nあ\t\n".encode()
