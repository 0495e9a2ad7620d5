"""Packs on disk: whole or not at all, and every change after the making is refused."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gaiji_hub.errors import HubError
from gaiji_hub.files.durable import OutputExists
from gaiji_hub.moji.print_job import BadPrintJob, SignOff
from gaiji_hub.workbench import print_job_files
from gaiji_hub.workbench.print_job_files import (
    MANIFEST,
    SIGN_OFF,
    AlreadySignedOff,
    BadPackArchive,
    NotAPrintPack,
    NotSignedOff,
    OnlyFolder,
    PrintPackChanged,
    SignOffForOther,
    add_sign_off,
    delete_pack,
    deletion_receipt,
    read_pack,
    signed_off,
    unzip,
    write_pack,
    zip_bytes,
)
from tests.workbench.print_town import World

DAY = datetime.date(2026, 11, 21)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> dict[str, bytes]:
    made = World.made(tmp_path_factory.mktemp("town"), standard_font).pack("一")
    return {MANIFEST: made.job.to_bytes(), **made.files}


@pytest.mark.parametrize("name", ["pack", "pack.zip"])
def test_a_pack_is_read_back_whole(tmp_path: Path, files: dict[str, bytes], name: str):
    path = tmp_path / name
    write_pack(path, files)
    pack = read_pack(path)
    assert dict(pack.files) == files
    assert pack.sign_off is None
    assert [entry.name for entry in tmp_path.iterdir()] == [name]
    with pytest.raises(OutputExists):
        write_pack(path, files)


def test_force_replaces_a_zip_and_never_a_folder(tmp_path: Path, files: dict[str, bytes]):
    write_pack(tmp_path / "a.zip", files)
    write_pack(tmp_path / "a.zip", files, force=True)
    write_pack(tmp_path / "a", files)
    with pytest.raises(OutputExists):
        write_pack(tmp_path / "a", files, force=True)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path, files: dict[str, bytes], monkeypatch):
    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "disk full")

    monkeypatch.setattr(print_job_files, "write_new", full)
    with pytest.raises(OSError, match="disk full"):
        write_pack(tmp_path / "pack", files)
    assert list(tmp_path.iterdir()) == []


CHANGES: dict[str, Callable[[dict[str, bytes]], object]] = {
    "a byte": lambda f: f.update({"map/codes.csv": f["map/codes.csv"][:-1] + b" "}),
    "a file gone": lambda f: f.pop("fonts/print.ttf"),
    "a file more": lambda f: f.update({"extra.txt": b""}),
    "no manifest": lambda f: f.pop(MANIFEST),
    "a bad manifest": lambda f: f.update({MANIFEST: f[MANIFEST].replace(b'"records":3', b'"records":4')}),
    "another 校了": lambda f: f.update({SIGN_OFF: SignOff("0" * 64, "課長", DAY).to_bytes()}),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", ["pack", "pack.zip"])
def test_a_changed_pack_is_refused(tmp_path: Path, files: dict[str, bytes], change: str, name: str):
    other = dict(files)
    CHANGES[change](other)
    write_pack(tmp_path / name, other)
    refused = {"no manifest": NotAPrintPack, "a bad manifest": PrintPackChanged, "another 校了": SignOffForOther}
    if change == "a bad manifest":
        other[MANIFEST] = files[MANIFEST] + b" "
        write_pack(tmp_path / f"bad-{name}", other)
        with pytest.raises(BadPrintJob):
            read_pack(tmp_path / f"bad-{name}")
        return
    with pytest.raises(refused.get(change, PrintPackChanged)):
        read_pack(tmp_path / name)


def test_a_link_in_a_folder_is_refused(tmp_path: Path, files: dict[str, bytes]):
    write_pack(tmp_path / "pack", files)
    target = tmp_path / "elsewhere"
    target.write_bytes(files["README.txt"])
    (tmp_path / "pack/README.txt").unlink()
    (tmp_path / "pack/README.txt").symlink_to(target)
    with pytest.raises(PrintPackChanged, match=r"README\.txt"):
        read_pack(tmp_path / "pack")
    (tmp_path / "pack/README.txt").unlink()
    (tmp_path / "pack/README.txt").write_bytes(files["README.txt"])
    (tmp_path / "pack/more").symlink_to(tmp_path)
    with pytest.raises(PrintPackChanged, match="more"):
        read_pack(tmp_path / "pack")


@pytest.mark.parametrize("name", ["pack", "pack.zip"])
def test_sign_off_is_once_and_binds_the_content(tmp_path: Path, files: dict[str, bytes], name: str):
    path = tmp_path / name
    write_pack(path, files)
    job = read_pack(path).job
    with pytest.raises(NotSignedOff):
        signed_off(read_pack(path))
    with pytest.raises(SignOffForOther):
        add_sign_off(path, SignOff("0" * 64, "課長", DAY))
    add_sign_off(path, SignOff(job.hash, "課長", DAY))
    assert signed_off(read_pack(path)).by == "課長"
    assert read_pack(path).job == job
    with pytest.raises(AlreadySignedOff, match="2026-11-21"):
        add_sign_off(path, SignOff(job.hash, "係長", DAY))


def archive(*entries: tuple[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as made:
        for name, data in entries:
            made.writestr(zipfile.ZipInfo(name), data, compression)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x05\x06" + bytes(10),
        archive(("../up", b"")),
        archive(("/etc/x", b"")),
        archive(("a\\b", b"")),
        archive(("c:x", b"")),
        archive(("a/", b"")),
        archive(("a", b"1"), compression=zipfile.ZIP_BZIP2),
        archive(*((str(n), b"") for n in range(501))),
        archive(("a", b"1"))[:-30],
        archive(("a", b"1")).replace(b"1PK", b"2PK"),
    ],
)
def test_a_hostile_zip_is_refused(data: bytes):
    with pytest.raises(BadPackArchive):
        unzip(data)


def test_a_zip_that_grows_is_refused_before_it_does():
    bomb = archive(("a", bytes(1 << 20)), compression=zipfile.ZIP_DEFLATED)
    assert len(unzip(bomb, 1 << 20)["a"]) == 1 << 20
    with pytest.raises(BadPackArchive, match="大きすぎます"):
        unzip(bomb, (1 << 20) - 1)


def test_a_repeated_name_in_a_zip_is_refused():
    once = archive(("a", b"1"), ("b", b"2"))
    with pytest.raises(BadPackArchive):
        unzip(once.replace(b"b", b"a"))


def test_the_zip_is_the_same_whatever_the_order(files: dict[str, bytes]):
    data = zip_bytes(files)
    assert zip_bytes(dict(reversed(files.items()))) == data
    assert unzip(data) == files


def test_deletion_takes_the_listed_files_and_says_which(tmp_path: Path, files: dict[str, bytes]):
    write_pack(tmp_path / "pack", files)
    pack = read_pack(tmp_path / "pack")
    receipt = deletion_receipt(tmp_path / "pack", pack, "架空印刷", DAY)
    assert {file.path for file in receipt.files} == set(files)
    delete_pack(tmp_path / "pack", pack.files)
    assert list(tmp_path.iterdir()) == []


def test_a_link_or_a_zip_is_not_what_is_deleted(tmp_path: Path, files: dict[str, bytes]):
    write_pack(tmp_path / "pack", files)
    write_pack(tmp_path / "pack.zip", files)
    (tmp_path / "link").symlink_to(tmp_path / "pack")
    for name in ("link", "pack.zip"):
        with pytest.raises(OnlyFolder):
            deletion_receipt(tmp_path / name, read_pack(tmp_path / name), "架空印刷", DAY)


def test_what_is_no_pack_is_told(tmp_path: Path):
    (tmp_path / "x").write_bytes(b"x")
    for name in ("x", "nothing", "."):
        with pytest.raises(HubError):
            read_pack(tmp_path / name)
