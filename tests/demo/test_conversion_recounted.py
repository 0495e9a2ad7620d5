"""Counters of the demo conversion add up to the characters of the files, counted here from bytes.

Nothing of the converter, of the demo or of Python's codecs takes part in the counting: the encodings are walked
byte by byte.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gaiji_hub.demo.towns import TOWNS, Town
from tests.demo.conftest import Walked

BOM = b"\xef\xbb\xbf"
GETA = b"\xe3\x80\x93"


def utf8_characters(data: bytes) -> Iterator[bytes]:
    """The characters of UTF-8 bytes without a mark; a selector U+E0100–E01EF (F3 A0 84–87) joins its base."""
    start, at = 0, 0
    while at < len(data):
        lead = data[at]
        size = 1 if lead < 0x80 else 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
        if at and not (data[at : at + 2] == b"\xf3\xa0" and 0x84 <= data[at + 2] <= 0x87):
            yield data[start:at]
            start = at
        at += size
    assert at == len(data)
    yield data[start:at]


def cp932_characters(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = 2 if 0x81 <= data[at] <= 0x9F or 0xE0 <= data[at] <= 0xFC else 1
        yield data[at : at + size]
        at += size
    assert at == len(data)


def is_gaiji(character: bytes, town: Town) -> bool:
    if town.encoding == "cp932":
        return len(character) == 2 and 0xF0 <= character[0] <= 0xF9
    return len(character) == 3 and b"\xee\x80\x80" <= character <= b"\xef\xa3\xbf"


def local_code(character: bytes, town: Town) -> str:
    if town.encoding == "cp932":
        return character.hex().upper()
    return f"{(character[0] & 15) << 12 | (character[1] & 63) << 6 | character[2] & 63:04X}"


def characters_of(path: Path, encoding: str) -> list[bytes]:
    data = path.read_bytes().removeprefix(BOM)
    return list(cp932_characters(data) if encoding == "cp932" else utf8_characters(data))


def report_of(path: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *lines, last = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    return lines, last["summary"]


@pytest.fixture(params=TOWNS, ids=lambda town: town.lg_code)
def town(request: pytest.FixtureRequest) -> Town:
    return request.param


def test_counters_add_up_to_the_characters_of_the_files(walked: Walked, town: Town):
    place = walked.folder.town(town)
    before, after = characters_of(place.residents, town.encoding), characters_of(place.converted, "utf-8")
    lines, summary = report_of(place.report)
    kinds = ("unchanged", "exact", "not_exact", "restored", "replaced", "unmapped", "invalid", "overflow")
    assert summary["characters_in"] == len(before) == len(after)
    assert sum(summary[kind] for kind in kinds) + summary["structure"] == len(before)
    gaiji = [character for character in before if is_gaiji(character, town)]
    assert summary["gaiji"] == len(gaiji)
    assert summary["exact"] + summary["not_exact"] + summary["unmapped"] == len(gaiji)
    assert summary["unmapped"] == after.count(GETA) == sum(line["kind"] == "unmapped" for line in lines)
    assert not [character for character in after if b"\xee\x80\x80" <= character <= b"\xef\xa3\xbf"]


def test_every_character_is_kept_or_reported_at_its_place(walked: Walked, town: Town):
    """What differs between input and output is exactly what the report lists, by byte offset."""
    place = walked.folder.town(town)
    data = place.residents.read_bytes()
    offset = len(data) - len(data.removeprefix(BOM))
    changed: dict[int, bytes] = {}
    after = iter(characters_of(place.converted, "utf-8"))
    for character in characters_of(place.residents, town.encoding):
        written = next(after)
        kept = written == (character.decode("cp932").encode() if town.encoding == "cp932" else character)
        if not kept:
            changed[offset] = character
        offset += len(character)
    assert next(after, None) is None
    lines, _ = report_of(place.report)
    assert {line["offset"]: line["code"] for line in lines} == {
        at: local_code(character, town) for at, character in changed.items()
    }


def test_unmapped_codes_are_those_the_release_gives_no_text(walked: Walked, town: Town):
    place = walked.folder.town(town)
    pack = min((place.installed / "packs").iterdir())
    release = json.loads((pack / "mapping" / "release.json").read_bytes())
    texts = {row["local_code"]: row["text"] for row in release["rows"] if row["verdict"] != "none"}
    used = Counter(
        local_code(character, town)
        for character in characters_of(place.residents, town.encoding)
        if is_gaiji(character, town)
    )
    lines, _ = report_of(place.report)
    unmapped = Counter(line["code"] for line in lines if line["kind"] == "unmapped")
    assert unmapped == Counter({code: count for code, count in used.items() if not texts.get(code)})


def test_census_counts_every_gaiji(walked: Walked, town: Town):
    place = walked.folder.town(town)
    header, *rows = place.census.read_text("utf-8").splitlines()
    assert header == "code,pua,count,records,in_release"
    counted = {row.split(",")[0]: int(row.split(",")[2]) for row in rows}
    used = Counter(
        local_code(character, town)
        for character in characters_of(place.residents, town.encoding)
        if is_gaiji(character, town)
    )
    assert counted == used


def test_the_figures_say_the_same(walked: Walked, town: Town):
    place = walked.folder.town(town)
    (figures,) = [found["conversion"] for found in walked.figures["towns"] if found["lg_code"] == town.lg_code]
    before = characters_of(place.residents, town.encoding)
    assert figures["characters_in"] == len(before)
    assert figures["gaiji"] == sum(is_gaiji(character, town) for character in before)
    assert figures["unmapped"] == characters_of(place.converted, "utf-8").count(GETA)
