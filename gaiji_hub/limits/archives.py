"""Zip files from outside, read within caps on count, name, ratio and total size."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from stat import S_ISLNK

from gaiji_hub.errors import BadInput

_END = struct.Struct("<4s4H2LH")
_END_MAGIC = b"PK\x05\x06"
_END_SEARCH = 65_535 + _END.size
_BLOCK = 1 << 16
_ENCRYPTED = 0x1


class BadArchive(BadInput):
    code = "bad_archive"
    template = "ZIP を受け付けられません: {reason}"


@dataclass(frozen=True)
class ArchiveCaps:
    """`total` bytes over all members, `ratio` unpacked : packed per member, `directory` bytes of the index."""

    members: int = 1_000
    ratio: int = 200
    total: int = 256 << 20
    directory: int = 1 << 20


DEFAULT_CAPS = ArchiveCaps()


def read_members(path: Path, caps: ArchiveCaps = DEFAULT_CAPS) -> dict[str, bytes]:
    """File name in the archive → its bytes, in the archive's order; folders are left out.

    Raises `BadArchive` for anything over `caps`, encrypted, linked, doubled, damaged or leading out of the
    folder. Sizes are counted while unpacking: what the archive states about itself is not believed.
    """
    _check_directory(path, caps)
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(archive, caps)
            return _read(archive, members, caps)
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, ValueError):
        raise BadArchive(reason="壊れています") from None


def _check_directory(path: Path, caps: ArchiveCaps) -> None:
    """Refuse a large index before zipfile makes an object of each of its entries."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _END_SEARCH))
        tail = file.read()
    at = tail.rfind(_END_MAGIC)
    if at < 0 or len(tail) - at < _END.size:
        raise BadArchive(reason="壊れています（終わりの目次がありません）")
    _, _, _, _, count, directory, offset, _ = _END.unpack_from(tail, at)
    if count == 0xFFFF or 0xFFFFFFFF in (directory, offset):
        raise BadArchive(reason="ZIP64 は受け付けません")
    if count > caps.members or directory > caps.directory:
        raise BadArchive(reason=f"中のファイルが多すぎます（上限 {caps.members}）")


def _members(archive: zipfile.ZipFile, caps: ArchiveCaps) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    if len(members) > caps.members:
        raise BadArchive(reason=f"中のファイルが多すぎます（上限 {caps.members}）")
    for member in members:
        _check_member(member)
    if len({member.filename for member in members}) != len(members):
        raise BadArchive(reason="同じ名前のファイルが二つあります")
    return members


def _check_member(member: zipfile.ZipInfo) -> None:
    parts = PurePosixPath(member.filename).parts
    if not parts or parts[0] == "/" or ".." in parts or set("\\:\0") & set(member.filename):
        raise BadArchive(reason="フォルダの外を指す名前があります")
    if member.flag_bits & _ENCRYPTED:
        raise BadArchive(reason="暗号化されています")
    if S_ISLNK(member.external_attr >> 16):
        raise BadArchive(reason="リンクが入っています")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadArchive(reason="圧縮方式が deflate ではありません")


def _read(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], caps: ArchiveCaps) -> dict[str, bytes]:
    left, contents = caps.total, {}
    for member in members:
        cap = min(left, max(_BLOCK, member.compress_size * caps.ratio))
        contents[member.filename] = data = _unpack(archive, member, cap)
        left -= len(data)
    return contents


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, cap: int) -> bytes:
    blocks, size = [], 0
    with archive.open(member) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > cap:
                raise BadArchive(reason=f"展開すると大きすぎます（{cap >> 20} MB を超えました）")
            blocks.append(block)
    return b"".join(blocks)
