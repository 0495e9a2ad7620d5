"""One spelling of an archive: what the writer writes comes back, anything else is refused."""

from __future__ import annotations

import hashlib
import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from gaiji_hub.files.strict_tar import BadBackup, Member, TarWriter, lay_down, read_members

LONG = f"files/{'a' * 64}.{'b' * 64}/{'c' * 100}"
FILES = {"head": b"{}", "files/a/b": b"x" * 1000, LONG: b"long", "files/empty": b"", "keys/k": b"y" * 512}
SECTIONS = ("head", "files", "keys")


def written(files: dict[str, bytes]) -> bytes:
    out, manifest = io.BytesIO(), io.BytesIO()
    tar = TarWriter(out, manifest)
    for path, data in files.items():
        tar.add_bytes(path, data)
    tar.end(len(manifest.getvalue()), [manifest.getvalue()])
    return out.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    return {member.path: b"".join(member.pieces) for member in read_members(io.BytesIO(data), SECTIONS)}


def test_what_was_written_comes_back():
    assert read(written(FILES)) == FILES


def test_a_member_nobody_reads_is_checked_all_the_same():
    assert [member.path for member in read_members(io.BytesIO(written(FILES)), SECTIONS)] == list(FILES)
    damaged = written(FILES).replace(b"x" * 1000, b"x" * 999 + b"z")
    with pytest.raises(BadBackup, match="ハッシュ"):
        list(read_members(io.BytesIO(damaged), SECTIONS))


def test_plain_tools_extract_and_check_it(tmp_path: Path):
    (tmp_path / "a.tar").write_bytes(written(FILES))
    subprocess.run(["tar", "xf", "a.tar"], cwd=tmp_path, check=True)
    subprocess.run(["sha256sum", "--quiet", "-c", "MANIFEST"], cwd=tmp_path, check=True)
    assert (tmp_path / LONG).read_bytes() == b"long"


def test_the_same_files_are_the_same_bytes():
    assert written(FILES) == written(dict(FILES))


@pytest.mark.parametrize("change", range(0, 16_384, 97))
def test_any_changed_byte_is_refused(change: int):
    data = bytearray(written(FILES))
    change %= len(data)
    data[change] ^= 0x01
    with pytest.raises(BadBackup):
        read(bytes(data))


@pytest.mark.parametrize("cut", [0, 1, 511, 512, 1024, 2000, -1, -512, -1024])
def test_a_cut_archive_is_refused(cut: int):
    data = written(FILES)
    with pytest.raises(BadBackup):
        read(data[: cut if cut >= 0 else len(data) + cut])


def test_nothing_may_follow_the_end():
    with pytest.raises(BadBackup, match="終わり"):
        read(written(FILES) + b"\0")


HOSTILE = [
    "../up",
    "/etc/passwd",
    "files/../../up",
    "files//a",
    "files/.hidden",
    "files/a\\b",
    "files/a b",
    "files/",
    ".",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_path_that_leads_elsewhere_is_neither_written_nor_read(path: str):
    with pytest.raises(ValueError):
        written({"head": b"", path: b"x"})
    with pytest.raises(BadBackup):
        read(foreign(path))


def foreign(path: str, kind: bytes = tarfile.REGTYPE, size: int = 1, **fields: object) -> bytes:
    """An archive by another hand, with `path` as one of its members and a manifest that agrees."""
    info = tarfile.TarInfo(path)
    info.size, info.mode, info.type = size, 0o600, kind
    for name, value in fields.items():
        setattr(info, name, value)
    head = written({"head": b""})[:512]
    line = f"{hashlib.sha256(b'').hexdigest()}  head\n{hashlib.sha256(b'x' * size).hexdigest()}  {path}\n".encode()
    manifest = tarfile.TarInfo("MANIFEST")
    manifest.size, manifest.mode = len(line), 0o600
    body = b"x" * size + bytes(-size % 512)
    end = manifest.tobuf(tarfile.PAX_FORMAT) + line + bytes(-len(line) % 512) + bytes(1024)
    return head + info.tobuf(tarfile.PAX_FORMAT) + body + end


def test_the_other_hand_can_write_a_good_one():
    assert read(foreign("files/a")) == {"head": b"", "files/a": b"x"}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": tarfile.SYMTYPE, "linkname": "/etc/passwd", "size": 0},
        {"kind": tarfile.LNKTYPE, "linkname": "head", "size": 0},
        {"kind": tarfile.DIRTYPE, "size": 0},
        {"kind": tarfile.CHRTYPE, "size": 0},
        {"kind": tarfile.FIFOTYPE, "size": 0},
        {"kind": tarfile.GNUTYPE_SPARSE},
        {"kind": tarfile.CONTTYPE},
        {"mode": 0o777},
        {"mode": 0o4600},
        {"uid": 1},
        {"mtime": 1},
        {"uname": "root"},
        {"pax_headers": {"GNU.sparse.size": "99999999999"}},
        {"pax_headers": {"path": "files/other"}},
    ],
)
def test_anything_but_a_plain_file_is_refused(fields: dict[str, object]):
    with pytest.raises(BadBackup):
        read(foreign("files/a", **fields))


@pytest.mark.parametrize("files", [{"keys/a": b"", "files/a": b""}, {"files/b": b"", "files/a": b""}, {"other": b""}])
def test_members_stand_in_their_order_and_section(files: dict[str, bytes]):
    with pytest.raises(BadBackup):
        read(written({"head": b"", **files}))


def test_a_member_stands_once():
    data = written({"head": b"", "files/a": b""})
    twice = data[:1024] + data[512:1024] + data[1024:]
    with pytest.raises(BadBackup, match="重複"):
        read(twice)


def test_a_small_file_is_read_whole_only_within_its_limit():
    (member,) = (m for m in read_members(io.BytesIO(written({"head": b"12345"})), SECTIONS))
    assert member.size == 5
    with pytest.raises(BadBackup, match="大きすぎ"):
        Member("head", 5, iter([b"12345"])).read(4)


def test_a_file_laid_down_never_replaces_one(tmp_path: Path):
    lay_down(Member("keys/k", 1, iter([b"a"])), tmp_path, public=False)
    assert (tmp_path / "keys" / "k").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        lay_down(Member("keys/k", 1, iter([b"b"])), tmp_path, public=False)
    assert (tmp_path / "keys" / "k").read_bytes() == b"a"
