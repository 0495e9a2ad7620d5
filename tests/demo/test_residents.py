"""Generated residents: encodings, rates, nothing that the town's system could not hold."""

from __future__ import annotations

import csv
import io
import re

import pytest

from gaiji_hub.demo.residents import HEADER, format_residents
from gaiji_hub.demo.towns import ASAHI, MINATO, TOWNS, YAMANE, Town

PUA = re.compile("[\ue000-\uf8ff]")


def codes_of(town: Town) -> list[str]:
    return [town.code_system.format(code) for code in list(town.code_system.codes())[:200]]


def text_of(town: Town, scale: float = 0.1) -> str:
    return format_residents(town, codes_of(town), scale).decode("utf-8-sig" if town.bom else town.encoding)


@pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.lg_code)
def test_records_are_whole_and_quoted(town: Town):
    rows = list(csv.reader(io.StringIO(text_of(town), newline=""), strict=True))
    assert tuple(rows[0]) == HEADER
    assert len(rows) == 2001
    assert {len(row) for row in rows} == {len(HEADER)}
    assert [row[0] for row in rows[1:]] == [f"{n:010}" for n in range(1, 2001)]
    assert all(row[4].startswith(f"架空県{town.name}") for row in rows[1:])


def test_line_ends_and_marks_differ_by_town():
    data = {town: format_residents(town, codes_of(town), 0.01) for town in TOWNS}
    assert data[ASAHI].count(b"\r\n") == 201
    assert b"\r\n" not in data[MINATO]
    assert not data[MINATO].startswith(b"\xef\xbb\xbf")
    assert data[YAMANE].startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("town", TOWNS, ids=lambda town: town.lg_code)
def test_gaiji_rate_and_strays(town: Town):
    rows = list(csv.reader(io.StringIO(text_of(town, 1.0), newline="")))[1:]
    names = "".join(row[1].replace("　", "") for row in rows)
    found = PUA.findall(names)
    assert 0.012 < len(found) / len(names) < 0.018
    known = {chr(town.code_system.to_pua(int(code, 16))) for code in codes_of(town)}
    strays = [character for character in found if character not in known]
    assert 0.002 < len(strays) / len(found) < 0.025


def test_cp932_gaiji_lie_in_the_user_defined_area():
    data = format_residents(ASAHI, codes_of(ASAHI), 0.1)
    assert PUA.search(data.decode("cp932"))
    assert any(0xF0 <= byte <= 0xF9 for byte in data)


def test_names_hold_what_normalisation_would_destroy():
    assert "\ufa19" in text_of(ASAHI)
    for town in (MINATO, YAMANE):
        text = text_of(town)
        assert "\U00020bb7" in text
        assert "\U000e0100" in text


def test_a_gaiji_never_takes_the_place_of_a_selectors_base():
    assert not re.search("[\ue000-\uf8ff][\U000e0100-\U000e01ef]", text_of(MINATO, 1.0))


def test_the_same_seed_gives_the_same_file():
    assert format_residents(YAMANE, codes_of(YAMANE), 0.01) == format_residents(YAMANE, codes_of(YAMANE), 0.01)
