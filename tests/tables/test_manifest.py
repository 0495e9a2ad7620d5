"""The manifests parse; a wrong one tells every problem at once, with its place."""

import pytest

from gaiji_hub.errors import NotFound, Problems
from gaiji_hub.tables.catalogue import ALL_TABLES
from gaiji_hub.tables.manifest import load_manifest, parse_manifest
from gaiji_hub.tables.root import data_root

HASH = "0" * 64
ARCHIVE = f"""
[[archive]]
id = "a"
where = "npm:a@1.0.0"
page = "https://example.invalid/"
sha256 = "{HASH}"
size = 1
"""
SOURCE = """
[[source]]
id = "s"
archive = "a"
title = "t"
publisher = "p"
page = "https://example.invalid/"
version = "1"
licence = "CC0-1.0"
redistributable = true
attribution = "x"
parser = "s"
"""


@pytest.mark.parametrize("folder", ["mappings", "ivs", "fonts"])
def test_the_committed_manifests_parse_and_name_a_licence_that_travels_with_them(folder):
    manifest = load_manifest(data_root() / folder)
    licences = {path.stem for path in (data_root() / folder / "LICENSES").iterdir()}
    assert manifest.editions
    for edition in manifest.editions:
        assert edition.licence.split()[0] in licences or not edition.redistributable
        assert edition.attribution
        assert manifest.archive(edition.archive).wanted.sha256


def test_both_data_folders_name_the_same_archive():
    (archive,) = load_manifest(data_root() / "ivs").archives
    assert load_manifest(data_root() / "mappings").archive(archive.id) == archive


def test_every_source_is_used_by_a_table_or_only_checked_against():
    used = {source for table in ALL_TABLES for source in table.sources}
    for folder in ("mappings", "ivs"):
        unused = {edition.id for edition in load_manifest(data_root() / folder).editions} - used
        assert unused <= {"jacode4e-jipse", "jacode4e-cp00930", "jef4j-nec-jis8-ebcdik"}


def test_a_whole_manifest_parses():
    manifest = parse_manifest(ARCHIVE + SOURCE, "x")
    assert manifest.archive("a").wanted.name == "a-1.0.0.tgz"
    assert manifest.edition("s").redistributable is True
    with pytest.raises(NotFound):
        manifest.edition("other")


WRONG = {
    "toml": ("= 1", "TOMLとして読めません"),
    "unknown table": ("[other]\n", "知らない項目です: other"),
    "not a list": ("archive = 1\n", "[[archive]]"),
    "unknown field": (ARCHIVE + 'colour = "red"\n', "[a]: 知らない項目です: colour"),
    "missing field": (ARCHIVE.replace("size = 1\n", ""), "[a]: size がありません"),
    "wrong type": (ARCHIVE.replace("size = 1", "size = true"), "[a]: size の型が違います"),
    "wrong hash": (ARCHIVE.replace(HASH, "F" * 64), "[a]: sha256"),
    "wrong origin": (ARCHIVE.replace("npm:a@1.0.0", "http://a/b"), "[a]: where"),
    "half a member": (ARCHIVE + 'member = "x"\n', "揃えて"),
    "double id": (ARCHIVE + ARCHIVE, "[a]: id が重なっています"),
    "bad id": (ARCHIVE.replace('"a"', '"../a"'), "id は"),
    "no archive": (SOURCE, "[s]: archive がこの目録にありません"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_manifest_says_what_is_wrong(case):
    text, sentence = WRONG[case]
    with pytest.raises(Problems) as caught:
        parse_manifest(text, "mappings/sources.toml")
    assert sentence in str(caught.value)
    assert "mappings/sources.toml" in str(caught.value)


def test_all_problems_come_at_once():
    text = ARCHIVE.replace("size = 1\n", "").replace(HASH, "x") + SOURCE.replace('"a"', '"b"')
    with pytest.raises(Problems) as caught:
        parse_manifest(text, "x")
    assert caught.value.facts["count"] == 3


def test_a_folder_without_a_manifest_is_named(tmp_path):
    with pytest.raises(NotFound, match=r"sources\.toml"):
        load_manifest(tmp_path)
