"""Census: codes and counts recounted from the text; nothing else leaves."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaiji_hub.convert.census import count_gaiji, take_census
from gaiji_hub.convert.codecs import CODECS
from gaiji_hub.convert.declaration import Contradiction, NotDeclared
from gaiji_hub.files.durable import OutputExists
from gaiji_hub.moji.code_system import UnknownCodeSystem
from tests.convert.town import make_plan

TEXT = '番号,氏名\n1,\ue000\ue000山\n2,"\ue000\n\ue700"\n3,\ue757\ue758\U000f0000\n'


def test_census_file(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "census.csv"
    source.write_bytes(TEXT.encode())
    take_census(make_plan(), source, out, from_="utf-8")
    assert out.read_bytes().decode() == (
        "code,pua,count,records,in_release\n"
        "F040,U+E000,3,2,1\n"
        "F9A5,U+E700,1,1,0\n"
        "F9FC,U+E757,1,1,1\n"
        ",U+E758,1,1,0\n"
        ",U+F0000,1,1,0\n"
    )
    with pytest.raises(OutputExists):
        take_census(make_plan(), source, out, from_="utf-8")


def test_census_of_cp932_finds_the_same_codes(tmp_path: Path) -> None:
    text = TEXT.replace("\ue758\U000f0000", "")
    source, out = tmp_path / "in.csv", tmp_path / "census.csv"
    source.write_bytes(text.encode("cp932") + b"\x85\x40\xff\n")
    take_census(make_plan(), source, out, from_="cp932")
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert [(row["code"], row["count"], row["in_release"]) for row in rows] == [
        ("F040", "3", "1"),
        ("F9A5", "1", "0"),
        ("F9FC", "1", "1"),
    ]


@given(st.text(st.sampled_from("山,\n\ue000\ue005\ue100\uf8ff\U00100000\U000e0100")), st.integers(1, 20))
def test_census_counts_by_an_independent_recount(text: str, size: int) -> None:
    data = text.encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    rows = count_gaiji(make_plan(), chunks, CODECS["utf-8"])
    wanted = set("\ue000\ue005\ue100\uf8ff\U00100000")
    expected = Counter(c for c in text if c in wanted)
    assert {chr(row.pua): row.count for row in rows} == expected
    assert {chr(row.pua): row.records for row in rows} == Counter(
        c for line in text.split("\n") for c in wanted & set(line)
    )
    assert [row.pua for row in rows] == sorted(row.pua for row in rows)


def test_census_refuses_what_conversion_refuses(tmp_path: Path) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "census.csv"
    source.write_bytes("番号,氏名\n".encode("utf-16"))
    with pytest.raises(Contradiction):
        take_census(make_plan(), source, out, from_="utf-8")
    with pytest.raises(NotDeclared):
        take_census(make_plan(), source, out, from_=None)
    with pytest.raises(UnknownCodeSystem):
        take_census(make_plan(), source, out, from_="jef")
    assert not out.exists()
