"""Editions side by side: installed whole, the same again is nothing, other bytes are refused, damage is told."""

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gaiji_hub.tables import editions as module
from gaiji_hub.tables.editions import BadEditionName, EditionName, EditionTaken, NoSuchEdition, read_edition
from gaiji_hub.tables.importing.rows import ReadTable
from gaiji_hub.tables.reader import TableDamaged, read_manifests
from gaiji_hub.tables.root import data_root
from tests.tables.edition_files import editions, installed, origin, table

ROOT = Path(__file__).resolve().parents[2]
NAME = EditionName("mjplus", "2026-08")
PLUS = table("mjplus", {"glyph": "GJ000001", "pua": "U+10F000"})


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_committed_tables_are_editions(tmp_path: Path):
    files = read_manifests(data_root())
    found = {str(edition.name): edition for edition in editions(tmp_path).all()}
    assert {"mj@006.02", "shrink@1.2.0", "ivd@2022-09-13"} <= found.keys()
    assert found["mj@006.02"].files["mj"] == files["mj"]
    assert found["mj@006.02"].origin is None
    assert not list(tmp_path.iterdir())


def test_an_edition_is_a_folder_with_its_tables_and_where_they_come_from(tmp_path: Path):
    known = editions(tmp_path)
    assert known.install(NAME, [PLUS], origin(b"font", "GJ.ttf", header="yes"))
    folder = tmp_path / "tables" / "editions" / "mjplus" / "2026-08"
    assert sorted(path.name for path in folder.iterdir()) == ["MANIFEST", "mjplus.tsv"]
    manifest = json.loads((folder / "MANIFEST").read_bytes())
    assert manifest["edition"] == "mjplus@2026-08"
    assert (manifest["imported"], manifest["tool"]) == ("2026-08-01", "gaiji-hub 0.0")
    assert manifest["sources"][0]["name"] == "GJ.ttf"
    assert manifest["sources"][0]["size"] == 4
    assert manifest["tables"][0]["rows"] == 1
    opened = known.open("mjplus@2026-08")
    assert opened.files["mjplus"].lines() == ["\t".join(PLUS.rows[0])]
    assert known.open(str(folder)) == opened
    assert opened in known.all()


def test_the_same_import_again_changes_nothing(tmp_path: Path):
    known = editions(tmp_path)
    assert known.install(NAME, [PLUS], origin())
    before = contents(tmp_path)
    assert known.holds(NAME, origin())
    assert not known.install(NAME, [PLUS], origin())
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("other", "why"),
    [(origin(b"y"), "SHA-256 が違います"), (origin(header="no"), "読み方の指定が違います")],
)
def test_another_content_under_a_name_is_refused(tmp_path: Path, other: module.Origin, why: str):
    known = editions(tmp_path)
    known.install(NAME, [PLUS], origin())
    before = contents(tmp_path)
    for act in (lambda: known.holds(NAME, other), lambda: known.install(NAME, [PLUS], other)):
        with pytest.raises(EditionTaken, match=why):
            act()
    assert contents(tmp_path) == before


def test_the_committed_edition_is_taken_too(tmp_path: Path):
    known, name = editions(tmp_path), EditionName.parse("ivd@2022-09-13")
    file = read_manifests(data_root())["ivd"]
    same = ReadTable("ivd", file.columns, tuple(tuple(line.split("\t")) for line in file.lines()))
    assert not known.install(name, [same], origin())
    with pytest.raises(EditionTaken, match="製品に入っている ivd と中身が違います"):
        known.install(name, [ReadTable("ivd", file.columns, same.rows[1:])], origin())
    assert not (tmp_path / "tables" / "editions" / "ivd" / "2022-09-13").exists()


def test_an_import_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full_disk(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_manifest", full_disk)
    with pytest.raises(OSError, match="No space"):
        editions(tmp_path).install(NAME, [PLUS], origin())
    assert [name for name in contents(tmp_path) if not name.endswith(".lock")] == []
    assert all(one.name.table != "mjplus" for one in editions(tmp_path).all())


def test_what_a_killed_import_left_behind_is_no_edition_and_is_swept(tmp_path: Path):
    left = tmp_path / "tables" / "editions" / "mjplus" / ".new-abc"
    left.mkdir(parents=True)
    (left / "mjplus.tsv").write_bytes(b"half")
    known = editions(tmp_path)
    assert all(one.name.table != "mjplus" for one in known.all())
    known.install(NAME, [PLUS], origin())
    assert not left.exists()


def test_two_imports_at_once_install_one_edition(tmp_path: Path):
    results: list[object] = []

    def install(content: bytes) -> None:
        try:
            results.append(editions(tmp_path).install(NAME, [PLUS], origin(content)))
        except EditionTaken as error:
            results.append(type(error))

    threads = [threading.Thread(target=install, args=(content,)) for content in (b"a", b"b", b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, results)) == sorted(map(str, (True, False, EditionTaken, EditionTaken)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mj",
        "mj@",
        "@1",
        "mi@1",
        "mj@../x",
        "mj@a/b",
        "mj@ 1",
        "mj@" + "1" * 41,
        "mj@1@2",
        "mj@..",
        "mj@.x",
        "mj@版",
    ],
)
def test_a_name_is_a_table_and_an_edition(text: str):
    with pytest.raises(BadEditionName, match="版の名前ではありません"):
        EditionName.parse(text)


@pytest.mark.parametrize("text", ["mj@006.02", "jef@chosei-2026", "cp932@x_1", "mjplus@2026-08"])
def test_names_are_written_as_they_are_read(text: str):
    assert str(EditionName.parse(text)) == text


def test_an_unknown_edition_says_which_there_are(tmp_path: Path):
    with pytest.raises(NoSuchEdition, match=r"mj@9（mj の版: 006\.02）"):
        editions(tmp_path).open("mj@9")


@pytest.mark.parametrize(
    "damage",
    [
        {"edition": "mj@1"},
        {"edition": 3},
        {"tables": [{"name": "mjplus", "file": "../x.tsv", "columns": [], "rows": 1, "sha256": "", "version": ""}]},
        {"tables": [{"name": "other", "file": "x.tsv", "columns": [], "rows": 1, "sha256": "", "version": ""}]},
        {"tables": None},
        {"sources": "x"},
    ],
)
def test_a_damaged_manifest_is_told(tmp_path: Path, damage: dict[str, object]):
    installed(tmp_path, "mjplus@2026-08", PLUS)
    path = tmp_path / "tables" / "editions" / "mjplus" / "2026-08" / "MANIFEST"
    path.write_text(json.dumps({**json.loads(path.read_bytes()), **damage}))
    with pytest.raises(TableDamaged, match="mjplus/2026-08/MANIFEST"):
        read_edition(path.parent)


def test_a_flipped_byte_in_a_table_is_told_when_it_is_read(tmp_path: Path):
    edition = installed(tmp_path, "mjplus@2026-08", PLUS)
    path = edition.files["mjplus"].path
    path.write_bytes(path.read_bytes().replace(b"10F000", b"10F001"))
    with pytest.raises(TableDamaged, match="ハッシュが違います"):
        edition.files["mjplus"].lines()


KILLED = """
import os, signal, sys
from pathlib import Path
from gaiji_hub.tables import editions as module
from tests.tables.edition_files import editions, origin, table

at, real = int(sys.argv[2]), module.write_new
count = 0

def write_new(path, data):
    global count
    real(path, data)
    count += 1
    if count == at:
        os.kill(os.getpid(), signal.SIGKILL)

module.write_new = write_new
tables = [table(name, {"glyph": "MJ000001"}) for name in ("mj", "mj_reading", "mj_change")]
editions(Path(sys.argv[1])).install(module.EditionName("mj", "x"), tables, origin())
"""


@pytest.mark.parametrize("at", [1, 2, 3, 4])
def test_a_process_killed_at_any_file_leaves_no_edition(tmp_path: Path, at: int):
    """SIGKILL after each of the three tables and the MANIFEST; the next import installs it and sweeps the rest."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), str(at)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    known, place = editions(tmp_path), tmp_path / "tables" / "editions" / "mj"
    assert [one.name.edition for one in known.all() if one.name.table == "mj"] == ["006.02"]
    assert len([path for path in place.iterdir() if path.name != ".lock"]) == 1
    assert known.install(EditionName("mj", "x"), [table("mj", {"glyph": "MJ000001"})], origin())
    assert sorted(path.name for path in place.iterdir()) == [".lock", "x"]
