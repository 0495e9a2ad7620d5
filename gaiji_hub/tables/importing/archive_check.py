"""A ZIP archive from outside, judged before any other parser opens it: members, sizes, ratio, names.

Every member is unpacked once into nothing, so that what the directory says of sizes is known to be true.
Runs in the limited child (limits.child).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from gaiji_hub.errors import BadInput

MAX_MEMBERS = 2_000
MAX_UNPACKED = 400 << 20
# Sheets compress 10–25 times; a member this much smaller than what it unpacks to is a bomb, not a table.
MAX_RATIO = 250
_RATIO_FROM = 4 << 20
_END = b"PK\x05\x06"
_END_SIZE, _MAX_COMMENT = 22, 65_535
_BLOCK = 1 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1


class BadWorkbook(BadInput):
    code = "bad_workbook"
    template = "{name} を xlsx として読めません: {reason}"


def check_archive(data: bytes, name: str) -> None:
    """Raise `BadWorkbook` unless `data` is an archive that is safe to unpack in memory."""
    _check_end(data, name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            _check_members(members, name)
            left = MAX_UNPACKED
            for member in members:
                left -= _unpack(archive, member, left, name)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, ValueError, OSError) as error:
        raise BadWorkbook(name=name, reason=f"書庫が壊れています（{type(error).__name__}）") from None


def _check_end(data: bytes, name: str) -> None:
    """The end record first: it says how long the directory is before anything reads it."""
    if data[:4] == b"\xd0\xcf\x11\xe0":
        reason = "古い形式（.xls）かパスワード付きです。Excel で .xlsx としてパスワードなしで保存し直してください"
        raise BadWorkbook(name=name, reason=reason)
    at = data.rfind(_END, max(0, len(data) - _END_SIZE - _MAX_COMMENT))
    if data[:2] != b"PK" or at < 0 or at + _END_SIZE > len(data):
        raise BadWorkbook(name=name, reason="ZIP 形式ではないか、途中で切れています")
    (count,) = struct.unpack_from("<H", data, at + 10)
    if count > MAX_MEMBERS:
        raise BadWorkbook(name=name, reason=f"中のファイルが多すぎます（{count} 個、{MAX_MEMBERS} 個まで）")


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if len(members) > MAX_MEMBERS:
        raise BadWorkbook(name=name, reason=f"中のファイルが多すぎます（{len(members)} 個、{MAX_MEMBERS} 個まで）")
    if len({member.filename for member in members}) != len(members):
        raise BadWorkbook(name=name, reason="同じ名前のファイルが重ねて入っています")
    for member in members:
        if member.flag_bits & _ENCRYPTED:
            raise BadWorkbook(name=name, reason="暗号化されています。パスワードなしで保存し直してください")
        if member.compress_type not in _METHODS:
            raise BadWorkbook(name=name, reason=f"未対応の圧縮方式です（{member.compress_type}）")
        path = member.filename
        if path.startswith("/") or "\\" in path or ":" in path or ".." in path.split("/"):
            raise BadWorkbook(name=name, reason="中のファイル名が書庫の外を指しています")
        if member.file_size > max(_RATIO_FROM, MAX_RATIO * member.compress_size):
            raise BadWorkbook(name=name, reason=_bomb(member.compress_size, member.file_size))
    total = sum(member.file_size for member in members)
    if total > MAX_UNPACKED:
        raise BadWorkbook(name=name, reason=f"展開すると大きすぎます（{total} バイト、{MAX_UNPACKED} バイトまで）")


def _bomb(packed: int, unpacked: int) -> str:
    return f"小さなファイルが異常に大きく展開されます（{packed} → {unpacked} バイト）。安全のため開きません"


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, name: str) -> int:
    """How many bytes a member really has; what is more than `left` or than declared is refused."""
    size = 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > left or size > member.file_size:
                raise BadWorkbook(name=name, reason=_bomb(member.compress_size, size))
    return size
