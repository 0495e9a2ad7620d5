"""Zip members within caps; everything a zip can lie about."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from gaiji_hub.limits.archives import ArchiveCaps, BadArchive, read_members


def archive(tmp_path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(zipfile.ZipInfo(name), data, method)
    return path


def test_members_come_back_in_order(tmp_path):
    members = {"b/外字.ttf": b"1" * 1000, "a.txt": b"", "c": bytes(range(256))}
    found = read_members(archive(tmp_path, members))
    assert list(found.items()) == list(members.items())


def test_folders_are_left_out(tmp_path):
    assert read_members(archive(tmp_path, {"folder/": b"", "folder/a": b"x"})) == {"folder/a": b"x"}


@pytest.mark.parametrize("name", ["../a", "/a", "a/../../b", "a\\b", "C:a"])
def test_names_that_lead_out_are_refused(tmp_path, name):
    with pytest.raises(BadArchive, match="外を指す"):
        read_members(archive(tmp_path, {name: b"x"}))


def test_too_many_members(tmp_path):
    path = archive(tmp_path, {str(n): b"" for n in range(11)})
    with pytest.raises(BadArchive, match="多すぎます"):
        read_members(path, ArchiveCaps(members=10))


def test_a_bomb_stops_at_its_ratio_before_it_is_unpacked(tmp_path):
    path = archive(tmp_path, {"a": bytes(50 << 20)})
    with pytest.raises(BadArchive, match="大きすぎます"):
        read_members(path)


def test_the_total_counts_over_all_members(tmp_path):
    path = archive(tmp_path, {str(n): bytes(600) for n in range(10)}, zipfile.ZIP_STORED)
    assert len(read_members(path, ArchiveCaps(total=6_000))) == 10
    with pytest.raises(BadArchive, match="大きすぎます"):
        read_members(path, ArchiveCaps(total=5_999))


def test_stated_sizes_are_not_believed(tmp_path):
    path = archive(tmp_path, {"a": bytes(50 << 20)})
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<L", data, at + 24, 10)
    path.write_bytes(data)
    with pytest.raises(BadArchive):
        read_members(path)


def test_doubled_names(tmp_path):
    path = archive(tmp_path, {"aa": b"1", "ab": b"2"})
    path.write_bytes(path.read_bytes().replace(b"ab", b"aa"))
    with pytest.raises(BadArchive, match="同じ名前"):
        read_members(path)


def test_links(tmp_path):
    path = tmp_path / "a.zip"
    link = zipfile.ZipInfo("a")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(link, b"/etc/passwd")
    with pytest.raises(BadArchive, match="リンク"):
        read_members(path)


def test_other_methods(tmp_path):
    with pytest.raises(BadArchive, match="deflate"):
        read_members(archive(tmp_path, {"a": b"x" * 100}, zipfile.ZIP_BZIP2))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a zip at all", b"PK\x05\x06"])
def test_what_is_no_zip(tmp_path, data):
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    with pytest.raises(BadArchive, match="壊れています"):
        read_members(path)


def test_a_damaged_member(tmp_path):
    path = archive(tmp_path, {"a": b"the quick brown fox" * 50})
    data = bytearray(path.read_bytes())
    data[40:60] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(BadArchive, match="壊れています"):
        read_members(path)


def test_a_large_index_is_refused_before_it_is_read(tmp_path):
    buffer = io.BytesIO()
    buffer.write(b"PK\x05\x06" + struct.pack("<4H2LH", 0, 0, 5, 5, 100 << 20, 0, 0))
    (tmp_path / "a.zip").write_bytes(buffer.getvalue())
    with pytest.raises(BadArchive, match="多すぎます"):
        read_members(tmp_path / "a.zip")
