"""What is sealed opens with its passphrase only, and not at all once a byte of it changed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from gaiji_hub.files.passphrase import MAGIC, BadPassphrase, NotOpened, SealedReader, SealedWriter, read_passphrase

WORD = b"correct horse battery"
PIECE = 1 << 16


def sealed(data: bytes, word: bytes = WORD, step: int = 50_000) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, word)
    for start in range(0, len(data), step):
        writer.write(data[start : start + step])
    writer.close()
    return out.getvalue()


def opened(data: bytes, word: bytes = WORD) -> bytes:
    reader = SealedReader(io.BytesIO(data.removeprefix(MAGIC)), word)
    return b"".join(iter(lambda: reader.read(10_000), b""))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 200_000])
def test_it_opens_with_its_passphrase(size: int):
    data = bytes(range(256)) * (size // 256 + 1)
    assert opened(sealed(data[:size])) == data[:size]


def test_nothing_of_the_content_shows():
    assert b"secret" not in sealed(b"secret" * 100)


def test_another_passphrase_opens_nothing():
    with pytest.raises(NotOpened):
        opened(sealed(b"x"), WORD + b"!")


def test_the_same_content_is_sealed_differently_each_time():
    assert sealed(b"x") != sealed(b"x")


DATA = b"a" * (2 * PIECE) + b"b" * 10
HEAD = len(MAGIC) + 16 + 7
BOX = PIECE + 16


def pieces() -> tuple[bytes, bytes, bytes, bytes]:
    whole = sealed(DATA)
    return whole[:HEAD], whole[HEAD : HEAD + BOX], whole[HEAD + BOX : HEAD + 2 * BOX], whole[HEAD + 2 * BOX :]


@pytest.mark.parametrize(
    "arrange",
    [
        lambda h, a, b, c: h + b + a + c,
        lambda h, a, b, c: h + a + c,
        lambda h, a, b, c: h + a + b,
        lambda h, a, b, c: h + a + a + b + c,
        lambda h, a, b, c: h + a + b + c + c,
        lambda h, a, b, c: h + a + b + c + b"\0",
        lambda h, a, b, c: h + a + b + c[:-1],
        lambda h, a, b, c: h,
        lambda h, a, b, c: h[:-1],
        lambda h, a, b, c: h[:-1] + bytes([h[-1] ^ 1]) + a + b + c,
        lambda h, a, b, c: h + a[:-1] + bytes([a[-1] ^ 1]) + b + c,
    ],
)
def test_pieces_cannot_be_moved_cut_or_changed(arrange):
    assert opened(b"".join(pieces())) == DATA
    with pytest.raises(NotOpened):
        opened(arrange(*pieces()))


@pytest.mark.parametrize("text", [b"", b"short\n", b"two lines\nof words here\n", b"x" * 5000])
def test_a_weak_or_doubtful_passphrase_file_is_refused(tmp_path: Path, text: bytes):
    (tmp_path / "word").write_bytes(text)
    with pytest.raises(BadPassphrase):
        read_passphrase(tmp_path / "word")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_line_end_is_not_part_of_the_passphrase(tmp_path: Path, end: bytes):
    (tmp_path / "word").write_bytes(WORD + end)
    assert read_passphrase(tmp_path / "word") == WORD
