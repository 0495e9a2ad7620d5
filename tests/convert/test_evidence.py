"""Bytes of another encoding are refused before a name is misread; honest CP932, kana columns too, never is."""

from __future__ import annotations

import random

import pytest

from gaiji_hub.convert.codecs import CP932_CODEC, UTF8
from gaiji_hub.convert.declaration import Contradiction, check_head

KANA = "".join(map(chr, range(0xFF61, 0xFFA0)))
GAIJI = "".join(map(chr, range(0xE000, 0xE758)))
COMMON = bytes(byte for row in range(0xB0, 0xCF) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode("euc_jp")
NAMES = "番号,氏名,住所\n" + "1,渡辺太郎,東京都千代田区一番町\n" * 3


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("iso2022_jp", "1,山\n"),
        ("utf-8", "1,山\n2,辺\n"),
        ("utf-8", "1,é,山\n"),
        ("utf-8", NAMES),
        ("utf-16-le", "1,山\n"),
        ("utf-16-be", "1,一山\n"),
        ("utf-16-le", NAMES),
        ("euc_jp", "番号,氏名\n"),
        ("euc_jp", NAMES),
        ("gbk", "编号,姓名,地址\n" + "1,张伟国强,北京市朝阳区建国门\n" * 5),
        ("gbk", "編號,姓名,地址\n" + "1,張偉國強,北京市朝陽區建國門\n" * 5),
        ("big5", "編號,姓名,地址\n" + "1,張偉國強,臺北市中正區重慶南路\n" * 5),
    ],
)
def test_another_encoding_declared_cp932_is_refused(encoding: str, text: str) -> None:
    with pytest.raises(Contradiction):
        check_head(text.encode(encoding), CP932_CODEC)


@pytest.mark.parametrize("encoding", ["iso2022_jp", "utf-16-le", "utf-16-be"])
def test_another_encoding_declared_utf8_is_refused(encoding: str) -> None:
    with pytest.raises(Contradiction):
        check_head("1,山\n".encode(encoding), UTF8)


@pytest.mark.parametrize("records", [1, 2, 3, 40])
def test_honest_cp932_is_never_refused(records: int) -> None:
    """Names of kana alone, of common kanji with a gaiji, of gaiji alone, and both columns."""
    chosen = random.Random(records)
    for _ in range(400):
        kana, kanji, gaiji = ("".join(chosen.choices(of, k=chosen.randint(1, 9))) for of in (KANA, COMMON, GAIJI))
        for line in (kana, f"{kana} {kana}", f"{gaiji[0]}{kanji}", gaiji, f"{gaiji},{kana}", f"{kanji},{kana}"):
            check_head("".join(f"{n},{line}\r\n" for n in range(records)).encode("cp932"), CP932_CODEC)


def test_stray_nuls_and_escapes_are_not_another_encoding() -> None:
    data = "番号,氏名\r\n1\0,山田太郎,東京都千代田区\x1b\r\n2\0,渡辺花子,東京都中央区\r\n"
    check_head(data.encode("cp932"), CP932_CODEC)
    check_head(data.encode(), UTF8)
