"""One wanted member out of a package archive (npm `.tgz`, Debian `.deb`), streamed, nothing else unpacked.

Called only on archives whose SHA-256 was verified first; the caller caps and hashes what it reads anyway.
"""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from gaiji_hub.errors import BadInput

_AR_MAGIC = b"!<arch>\n"
_AR_HEADER = 60
_DATA = ("data.tar", "data.tar.gz", "data.tar.xz", "data.tar.bz2")


class BadArchive(BadInput):
    code = "bad_archive"
    template = "書庫 {file} から {member} を取り出せません: {reason}"


@contextlib.contextmanager
def open_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """The bytes of `member` (its name in the archive, a leading `./` ignored); `BadArchive` when it has none."""
    with archive.open("rb") as file, contextlib.ExitStack() as stack:
        try:
            tar = stack.enter_context(_open_tar(file, archive.name, member))
            stream = _find(tar, archive.name, member)
        except (tarfile.TarError, EOFError, OSError) as error:
            reason = f"壊れています（{type(error).__name__}）"
            raise BadArchive(file=archive.name, member=member, reason=reason) from None
        yield stream


def _open_tar(file: BinaryIO, name: str, member: str) -> tarfile.TarFile:
    if name.endswith((".tgz", ".tar.gz")):
        return tarfile.open(fileobj=file, mode="r|gz")
    if name.endswith(".deb"):
        return tarfile.open(fileobj=_deb_data(file, name, member), mode="r|*")
    raise BadArchive(file=name, member=member, reason="未対応の書庫形式です（.tgz と .deb のみ）")


def _find(tar: tarfile.TarFile, name: str, member: str) -> IO[bytes]:
    for entry in tar:
        if entry.name.removeprefix("./") == member.removeprefix("./") and entry.isfile():
            stream = tar.extractfile(entry)
            if stream:
                return stream
    raise BadArchive(file=name, member=member, reason="その名前のファイルがありません")


class _Window(io.RawIOBase):
    """A part of a file, read once from front to back."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _deb_data(file: BinaryIO, name: str, member: str) -> _Window:
    """The data part of a Debian package: an `ar` file of 60-byte headers, members padded to even (deb(5))."""
    if file.read(len(_AR_MAGIC)) != _AR_MAGIC:
        raise BadArchive(file=name, member=member, reason="Debianパッケージではありません")
    while len(header := file.read(_AR_HEADER)) == _AR_HEADER:
        part = header[:16].decode("ascii", "replace").strip().rstrip("/")
        size = header[48:58].strip()
        if not size.isdigit():
            break
        if part in _DATA:
            return _Window(file, int(size))
        file.seek(int(size) + int(size) % 2, 1)
    raise BadArchive(file=name, member=member, reason="中身（data.tar）がないか未対応の圧縮です")
