"""A stream sealed with a passphrase: Scrypt → ChaCha20-Poly1305 over pieces of 64 KiB (the STREAM construction).

Every piece is authenticated together with its place and whether it is the last, so cutting, swapping, repeating and
appending are all noticed before a byte is used. The work factor is fixed by the format: no file chooses it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gaiji_hub.errors import BadInput, Refused
from gaiji_hub.files.strict_tar import Sink

MAGIC = b"gaiji-hub-sealed/1\n"
MIN_LETTERS = 12
_PIECE = 1 << 16
_TAG = 16
_SALT = 16
_PREFIX = 7
_MAX_FILE = 4096


class BadPassphrase(BadInput):
    code = "bad_passphrase"
    template = "合言葉のファイルが使えません: {reason}"


class NotOpened(Refused):
    code = "sealed_not_opened"
    template = "暗号化されたファイルを開けません。合言葉が違うか、ファイルが壊れています・書き換えられています"


def read_passphrase(path: Path) -> bytes:
    """The first line of a file, at least 12 letters; `BadPassphrase` otherwise."""
    with path.open("rb") as file:
        data = file.read(_MAX_FILE + 1)
    word = data.removesuffix(b"\n").removesuffix(b"\r")
    if len(data) > _MAX_FILE or b"\n" in word or len(word) < MIN_LETTERS:
        raise BadPassphrase(reason=f"1行だけ、{MIN_LETTERS}文字以上にしてください")
    return word


class SealedWriter:
    """Seals what is written; nothing is complete before `close`."""

    def __init__(self, sink: Sink, passphrase: bytes) -> None:
        salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._sink, self._waiting = sink, bytearray()
        self._stream = _Stream(passphrase, salt, prefix)
        sink.write(MAGIC + salt + prefix)

    def write(self, data: bytes) -> None:
        self._waiting += data
        # One piece is always kept back: whether it is the last is known only later.
        while len(self._waiting) > _PIECE:
            self._sink.write(self._stream.seal(bytes(self._waiting[:_PIECE]), last=False))
            del self._waiting[:_PIECE]

    def close(self) -> None:
        self._sink.write(self._stream.seal(bytes(self._waiting), last=True))


class SealedReader:
    """The bytes of a sealed file after its `MAGIC`; `NotOpened` before any byte that was not sealed so."""

    def __init__(self, file: BinaryIO, passphrase: bytes) -> None:
        head = file.read(_SALT + _PREFIX)
        if len(head) < _SALT + _PREFIX:
            raise NotOpened
        self._file, self._opened = file, b""
        self._stream = _Stream(passphrase, head[:_SALT], head[_SALT:])
        self._next: bytes | None = file.read(_PIECE + _TAG)

    def read(self, size: int) -> bytes:
        while not self._opened and self._next is not None:
            self._open_next()
        data, self._opened = self._opened[:size], self._opened[size:]
        return data

    def _open_next(self) -> None:
        piece, after = self._next or b"", self._file.read(_PIECE + _TAG)
        self._opened = self._stream.open(piece, last=not after)
        self._next = after or None


class _Stream:
    def __init__(self, passphrase: bytes, salt: bytes, prefix: bytes) -> None:
        key = Scrypt(salt=salt, length=32, n=1 << 16, r=8, p=1).derive(passphrase)
        self._cipher, self._prefix, self._place = ChaCha20Poly1305(key), prefix, 0

    def seal(self, data: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), data, MAGIC)

    def open(self, data: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last=last), data, MAGIC)
        except InvalidTag:
            raise NotOpened from None

    def _nonce(self, *, last: bool) -> bytes:
        nonce = self._prefix + self._place.to_bytes(4, "big") + bytes([last])
        self._place += 1
        return nonce
