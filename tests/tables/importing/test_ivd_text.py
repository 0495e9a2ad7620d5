"""`IVD_Sequences.txt`: the committed registrations come back, and every wrong line is told."""

import io

import pytest

from gaiji_hub.errors import Problems
from gaiji_hub.tables.importing.ivd_text import read_ivd
from gaiji_hub.tables.importing.rows import ImportLineTooLong, numbered_lines
from gaiji_hub.tables.reader import read_manifests
from gaiji_hub.tables.root import data_root

HEAD = "# IVD_Sequences.txt\n# 日本語の注釈\n\n"


def read(text: str) -> tuple[tuple[str, ...], ...]:
    (table,) = read_ivd(numbered_lines(io.BytesIO(text.encode()), "IVD_Sequences.txt"), "IVD_Sequences.txt")
    return table.rows


def problems_of(text: str) -> str:
    with pytest.raises(Problems) as caught:
        read(text)
    return str(caught.value)


def test_all_39303_committed_registrations_come_back():
    file = read_manifests(data_root())["ivd"]
    lines = [line.split("\t") for line in file.lines()]
    written = [f"{base[2:]} {selector[2:]}; {name}; {code}\n" for base, selector, name, code in lines]
    assert len(written) == 39_303
    assert ["\t".join(row) for row in read(HEAD + "".join(reversed(written)))] == file.lines()


def test_a_comment_may_follow_and_spaces_do_not_count():
    assert read("\ufeff3402 E0100 ;  Adobe-Japan1 ;CID+13698 # 注\n") == (
        ("U+3402", "U+E0100", "Adobe-Japan1", "CID+13698"),
    )


def test_one_sequence_may_be_registered_in_two_collections():
    assert len(read("3402 E0101; Hanyo-Denshi; JA3402\n3402 E0101; Moji_Joho; MJ000005\n")) == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("3402 E0100 Adobe-Japan1 CID+1", "「基底 選択子; コレクション; 符号」の形ではありません"),
        ("3402; Adobe-Japan1; CID+1", "形ではありません"),
        ("U+3402 U+E0100; Adobe-Japan1; CID+1", "形ではありません"),
        ("3402 FE00; Adobe-Japan1; CID+1", "範囲の外です"),
        ("D800 E0100; Adobe-Japan1; CID+1", "範囲の外です"),
        ("110000 E0100; Adobe-Japan1; CID+1", "範囲の外です"),
        ("3402 E0100; Adobe-Japan1; CID +1", "形ではありません"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(line: str, why: str):
    told = problems_of(f"3402 E0100; A; x\n\n{line}\n")
    assert "3 行目: " in told
    assert why in told


def test_all_problems_at_once_and_a_registration_that_stands_twice():
    told = problems_of("3402 E0100; A; x\nzz\n3402 E0100; A; y\n\n-\n")
    assert "3 件の問題" in told
    assert "3 行目: U+3402 U+E0100（A）は 1 行目にもあります" in told


def test_another_encoding_is_told_with_the_line():
    lines = numbered_lines(io.BytesIO("3402 E0100; A; x\n# 注釈\n".encode("cp932")), "i.txt")
    with pytest.raises(Problems, match="2 行目: UTF-8 として読めません"):
        read_ivd(lines, "i.txt")


def test_a_file_without_a_registration_is_none():
    assert "登録が1行もありません" in problems_of(HEAD)


def test_a_line_without_end_is_not_gathered():
    with pytest.raises(ImportLineTooLong, match="2 行目が長すぎます"):
        read("3402 E0100; A; x\n" + " " * (2 << 20))
