"""Facts of converters: complete, the same every time, and refused when they are not those of the manifest."""

import dataclasses

import pytest

from gaiji_hub.files.facts import NoConverter, facts_of
from gaiji_hub.files.fetch import SourceMismatch, SourceUnavailable, fetch
from gaiji_hub.files.origins import is_origin
from gaiji_hub.tables.manifest import load_manifest
from gaiji_hub.tables.root import data_root

SOURCES = {archive.where: archive for archive in load_manifest(data_root() / "mappings").archives}
OURS = [where for where in SOURCES if where.startswith(("python:", "iconv:"))]


@pytest.mark.parametrize("where", OURS)
def test_this_machine_gives_the_facts_of_the_manifest(where, tmp_path):
    path = fetch(SOURCES[where], tmp_path, (), offline=True, say=print)
    assert len(path.read_bytes()) == SOURCES[where].size


def test_both_directions_are_asked():
    lines = set(facts_of("iconv:CP932").decode().splitlines())
    # Read at three codes, written at one; ¥ is written but nothing is read as it.
    assert {"D\t81E6\tU+2235", "D\t879A\tU+2235", "D\tFA5B\tU+2235", "E\tU+2235\t81E6"} <= lines
    assert "E\tU+00A5\t5C" in lines
    assert not any(line.startswith("D") and line.endswith("U+00A5") for line in lines)


def test_a_shifting_system_is_asked_inside_the_shift():
    lines = set(facts_of("iconv:IBM930").decode().splitlines())
    assert {"D\t4040\tU+3000", "E\tU+3000\t4040", "D\t81\tU+FF71", "D\t6941\tU+E000", "D\t7FFE\tU+F111"} <= lines


def test_two_characters_in_a_row_are_not_taken_for_a_code():
    lines = facts_of("python:euc_jp").decode().splitlines()
    assert sum(line.startswith("D") for line in lines) == 128 + 63 + 6_879 + 6_067


def test_other_facts_are_refused_by_name(tmp_path):
    other = dataclasses.replace(SOURCES["iconv:CP932"], where="iconv:EUC-JP-MS")
    with pytest.raises(SourceMismatch, match="iconv-cp932"):
        fetch(other, tmp_path, (), offline=False, say=print)
    assert not list(tmp_path.rglob("*.facts"))


@pytest.mark.parametrize("where", ["iconv:NO-SUCH-CODE", "python:no_such_codec"])
def test_a_converter_that_is_not_there_is_said_plainly(where, tmp_path):
    with pytest.raises(NoConverter, match="この機械には"):
        facts_of(where)
    missing = dataclasses.replace(SOURCES["iconv:CP932"], where=where)
    with pytest.raises(SourceUnavailable, match="この機械には"):
        fetch(missing, tmp_path, (), offline=True, say=print)


@pytest.mark.parametrize("where", ["python:../x", "iconv:a b", "local:/etc/passwd", "local:../x", "local:x", "python:"])
def test_a_form_that_is_no_origin_is_refused(where):
    assert not is_origin(where)


def test_a_file_that_nobody_serves_is_taken_from_a_folder_only(tmp_path):
    source = SOURCES["local:jacode4e/tbl_jef.tsv"]
    with pytest.raises(SourceUnavailable, match="源泉のフォルダ"):
        fetch(source, tmp_path / "cache", (), offline=False, say=print)
    (tmp_path / "sources" / "jacode4e").mkdir(parents=True)
    (tmp_path / "sources" / "jacode4e" / "tbl_jef.tsv").write_text("41A1\t丂\n", "utf-8")
    with pytest.raises(SourceMismatch, match="jacode4e-jef"):
        fetch(source, tmp_path / "cache", (tmp_path / "sources",), offline=False, say=print)
