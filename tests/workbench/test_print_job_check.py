"""Coverage of a finished pack, recounted by other means; a damaged pack is noticed, held-out files are judged right."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.workbench.print_job import FONT_PATH, GAIJI_PATH, MAP_PATH, PrintPack
from gaiji_hub.workbench.print_job_check import Covered, Finding, find_missing, read_covered
from gaiji_hub.workbench.print_job_codes import SYSTEMS
from gaiji_hub.workbench.print_job_usage import RecordText, count_usage, read_records
from tests.workbench.print_town import PUA, World, order

WATANABE, TWO_FORMS = "邉\U000e0119", "邉\U000e010f"
UNITS = re.compile("[^\ufe00-\ufe0f\U000e0100-\U000e01ef][\ufe00-\ufe0f\U000e0100-\U000e01ef]?")
USED = f"番号氏名1,2一{WATANABE}{TWO_FORMS}𠮷\ufa19{PUA['F040']}{PUA['F043']}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> World:
    return World.made(tmp_path_factory.mktemp("town"), standard_font)


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def pack(request: pytest.FixtureRequest, world: World) -> PrintPack:
    return world.pack(USED, order(request.param))


def covered(pack: PrintPack, font: bytes | None = None, code_map: bytes | None = None) -> Covered:
    fonts = [font or pack.files[FONT_PATH], pack.files[GAIJI_PATH]]
    return read_covered(pack.job, fonts, code_map or pack.files[MAP_PATH])


def test_findings_are_numbers_and_counts(pack: PrintPack):
    records = [
        RecordText(0, "番号", ()),
        RecordText(1, "一" + WATANABE + TWO_FORMS + PUA["F040"], ()),
        RecordText(8812, "丁丁" + PUA["F041"], ("FF",)),
        RecordText(9000, "邉\U000e0102", ()),
    ]
    findings = list(find_missing(covered(pack), records))
    assert findings == [Finding(8812, 4), Finding(9000, 1)]
    assert str(findings[0]) == "記録 8,812: 4 字が不足"
    assert str(Finding(0, 1)) == "見出し行: 1 字が不足"


ALPHABET = [*UNITS.findall(USED), *PUA.values(), "丁", "邉", "邉\U000e0102", "𠮷\U000e0100", "神\ufe00", "\U000e0100"]


@settings(max_examples=60)
@given(st.lists(st.lists(st.sampled_from(ALPHABET), max_size=12).map("".join), max_size=6))
def test_held_out_records_lack_what_an_independent_count_says(pack: PrintPack, texts: list[str]):
    """`邉` and `神` with SVS are forms of characters used: the bare one is in the job by its sequence, SVS is not."""
    have = {*UNITS.findall(USED), "邉"}
    expected = []
    for number, text in enumerate(texts, 1):
        units = [*UNITS.findall(text), *UNITS.sub("", text)]
        if missing := sum(unit not in have for unit in units):
            expected.append(Finding(number, missing))
    records = [RecordText(number, text, ()) for number, text in enumerate(texts, 1)]
    assert list(find_missing(covered(pack), records)) == expected


def test_a_held_out_file_is_covered_by_a_pack_made_from_it(world: World, tmp_path: Path):
    path = tmp_path / "in.csv"
    names = "".join(f'{n},"架空　{WATANABE}子""{PUA["F043"]}\n"\n' for n in range(50))
    path.write_bytes(f"番号,氏名\n{names}".encode())
    used = count_usage(read_records(path, "utf-8"))
    made = world.pack("".join(used.counts), order("unicode"))
    assert list(find_missing(covered(made), read_records(path, "utf-8"))) == []
    path.write_bytes(path.read_bytes().replace("架空".encode(), "架設".encode(), 1))
    assert list(find_missing(covered(made), read_records(path, "utf-8"))) == [Finding(1, 1)]


def without(pack: PrintPack, drop: Callable[[TTFont], None]) -> bytes:
    font = TTFont(io.BytesIO(pack.files[FONT_PATH]))
    drop(font)
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def test_a_font_that_lost_a_character_is_noticed(pack: PrintPack):
    def drop_one(font: TTFont) -> None:
        for table in font["cmap"].tables:
            if table.format != 14:
                table.cmap.pop(ord("一"), None)

    def drop_sequence(font: TTFont) -> None:
        for table in font["cmap"].tables:
            if table.format == 14:
                del table.uvsDict[0xE0119]

    for drop, text in ((drop_one, "一"), (drop_sequence, WATANABE)):
        damaged = covered(pack, font=without(pack, drop))
        assert list(find_missing(damaged, [RecordText(1, text + "𠮷", ())])) == [Finding(1, 1)]


def test_a_map_that_lost_a_line_is_noticed(pack: PrintPack):
    lines = pack.files[MAP_PATH].splitlines(keepends=True)
    for line, text in ((b"U+4E00,", "一"), (b",F043,", PUA["F043"])):
        short = b"".join(one for one in lines if line not in one)
        assert len(short) < len(pack.files[MAP_PATH])
        assert list(find_missing(covered(pack, code_map=short), [RecordText(1, text, ())])) == [Finding(1, 1)]


def test_a_private_code_without_shape_is_noticed(world: World):
    made = world.pack(USED, order("cp932"))
    code = next(c.vendor_code for c in made.job.characters if c.text == WATANABE)

    def drop(font: TTFont) -> None:
        for table in font["cmap"].tables:
            if table.format != 14:
                table.cmap.pop(SYSTEMS["cp932"].area.to_pua(int(code, 16)), None)

    damaged = covered(made, font=without(made, drop))
    assert list(find_missing(damaged, [RecordText(1, WATANABE, ())])) == [Finding(1, 1)]


def test_a_pack_from_a_census_is_judged_by_its_gaiji(world: World):
    made = world.pack(PUA["F040"] + PUA["F043"], order("cp932", source="census", records=0))
    records = [RecordText(1, "丁" + PUA["F040"], ()), RecordText(2, "丁" + PUA["F041"], ())]
    assert list(find_missing(covered(made), records)) == [Finding(2, 1)]
