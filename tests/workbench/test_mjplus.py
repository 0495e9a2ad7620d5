"""MJ+ by font: names are identities, codes are read from each release, one shape is one glyph. Made-up fonts only."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from gaiji_hub.errors import Problems
from gaiji_hub.fontbuild.container import FontTruncated, NotAFont, UnusableFont
from gaiji_hub.fontbuild.plus_names import NoGlyphNames
from gaiji_hub.fontbuild.sanitise import FontRefused
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.tables.importing.plus_list import ListEntry
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.mjplus import PlusTable, TooManyFonts, plus_table, read_plus_font
from tests.workbench import plus_fonts
from tests.workbench.plus_fonts import NEW, OLD, font, write

BY_TEXT = Tables.load().by_text


def made(*paths: Path, listed: dict[GlyphId, ListEntry] | None = None) -> PlusTable:
    fonts = [read_plus_font(path, number) for number, path in enumerate(paths, start=1)]
    return plus_table(fonts, "gj.ttf", BY_TEXT, listed)


def cells(table: PlusTable) -> dict[str, dict[str, str]]:
    return {row[0]: dict(zip(table.table.columns, row, strict=True)) for row in table.table.rows}


def one(folder: Path, shapes: dict[str, tuple[int, ...]], codes: dict[int, str], sequences: object = ()) -> PlusTable:
    return made(write(folder, "one.ttf", {"shapes": shapes, "codes": codes, "sequences": sequences}))


def test_private_codes_are_those_of_each_release(tmp_path: Path):
    old, new = (cells(made(write(tmp_path, f"{n}.ttf", edition))) for n, edition in enumerate((OLD, NEW)))
    assert {glyph: row["pua"] for glyph, row in old.items()} == {
        "GJ000001": "U+10F000",
        "GJ000002": "U+10F001",
        "GJ000003": "U+10F002",
        "GJ000004": "U+10F003",
        "MJ026191": "U+10F100",
    }
    assert {glyph: row["pua"] for glyph, row in new.items()} == {
        "GJ000001": "U+10F000",
        "GJ000002": "U+10F201",
        "GJ000004": "",
        "GJ000005": "U+10F001",
        "MJ026191": "U+10F100",
    }
    assert new["GJ000004"]["text"] == "U+2B740"
    assert old["GJ000002"]["shape"] == new["GJ000002"]["shape"]
    assert len({row["shape"] for row in old.values()}) == 5


def test_a_glyph_with_a_sequence_and_a_private_code_is_one_identity(tmp_path: Path):
    shapes = {"gj000001": (300,), "gj000002": (200, 200), "uni845B": (100,)}
    found = cells(one(tmp_path, shapes, {0x845B: "uni845B", 0x10F000: "gj000001", 0x10F001: "gj000002"},
                      ((0x845B, plus_fonts.VS17, "gj000001"), (0x845B, plus_fonts.VS18, "gj000001"))))  # fmt: skip
    assert found["GJ000001"] == {
        "glyph": "GJ000001", "text": "U+845B U+E0100", "forms": "U+845B U+E0101", "pua": "U+10F000",
        "shape": found["GJ000001"]["shape"], "reading": "", "strokes": "", "font": "1",
    }  # fmt: skip
    assert found["GJ000002"]["text"] == ""


def test_an_mj_glyph_with_a_private_code_folds_to_the_mj_id(tmp_path: Path):
    table = made(write(tmp_path, "old.ttf", OLD))
    assert (table.additions, table.folded, table.nameless) == (4, 1, ())
    row = cells(table)["MJ026191"]
    assert (row["text"], row["pua"]) == ("", "U+10F100")


def test_a_nameless_private_glyph_folds_by_its_sequence_or_by_its_shape(tmp_path: Path):
    """`copy` is a second glyph with the shape of mj026191; the other one has the sequence itself and no name."""
    assert cells(made(write(tmp_path, "new.ttf", NEW)))["MJ026191"]["pua"] == "U+10F100"
    shapes = {"gj000001": (300,), "other": (800, 300)}
    found = one(tmp_path, shapes, {0x10F000: "gj000001", 0x10F100: "other"}, ((0x9089, 0xE0119, "other"),))
    assert cells(found)["MJ026191"]["pua"] == "U+10F100"


def test_a_shape_that_two_ids_have_names_none_of_them(tmp_path: Path):
    shapes = {"gj000001": (300,), "gj000002": (300,), "copy": (300,)}
    found = one(tmp_path, shapes, {0x10F000: "gj000001", 0x10F001: "gj000002", 0x10F002: "copy"})
    assert found.nameless == (0x10F002,)
    assert set(cells(found)) == {"GJ000001", "GJ000002"}


def test_a_private_code_of_an_unknown_glyph_is_told_and_not_guessed(tmp_path: Path):
    found = one(tmp_path, {"gj000001": (300,), "x": (1,)}, {0x10F000: "gj000001", 0xE000: "x", 0xF0001: "x"})
    assert found.nameless == (0xE000, 0xF0001)


def test_two_fonts_of_a_release_are_one_table(tmp_path: Path):
    first = write(tmp_path, "1.ttf", {"shapes": {"gj000001": (300,)}, "codes": {0x10F000: "gj000001"}, "sequences": ()})
    second = write(tmp_path, "2.ttf", {"shapes": {"gj000002": (400,), "gj000001": (300,)},
                   "codes": {0x10F001: "gj000002", 0x10F000: "gj000001"}, "sequences": ()}, units=2000)  # fmt: skip
    found = cells(made(first, second))
    assert {glyph: row["font"] for glyph, row in found.items()} == {"GJ000001": "1", "GJ000002": "2"}


def test_fonts_that_contradict_each_other_are_refused(tmp_path: Path):
    first = write(tmp_path, "1.ttf", {"shapes": {"gj000001": (300,)}, "codes": {0x10F000: "gj000001"}, "sequences": ()})
    second = write(tmp_path, "2.ttf", {"shapes": {"gj000002": (400,), "gj000001": (350,)},
                   "codes": {0x10F000: "gj000002"}, "sequences": ()})  # fmt: skip
    with pytest.raises(Problems) as caught:
        made(first, second)
    assert "GJ000001: フォント 1 と 2 で字形が違います" in str(caught.value)
    assert "U+10F000: GJ000001 と GJ000002 の両方が使っています" in str(caught.value)
    with pytest.raises(TooManyFonts):
        plus_table([()] * 9, "x", BY_TEXT)


def test_a_list_adds_what_it_says(tmp_path: Path):
    listed = {
        GlyphId("GJ000001"): ListEntry(2, "", "あおい", "12"),
        GlyphId("GJ000002"): ListEntry(3, "葛\U000e0101", "くず", "11"),
    }
    table = made(write(tmp_path, "old.ttf", OLD), listed=listed)
    found = cells(table)
    assert (found["GJ000001"]["reading"], found["GJ000001"]["strokes"]) == ("あおい", "12")
    assert found["GJ000002"]["text"] == "U+845B U+E0101"
    assert table.unlisted == 2


def test_a_list_of_another_edition_is_refused_line_by_line(tmp_path: Path):
    listed = {GlyphId("GJ000003"): ListEntry(4, "", "", ""), GlyphId("GJ000004"): ListEntry(7, "葛", "", "")}
    with pytest.raises(Problems) as caught:
        made(write(tmp_path, "new.ttf", NEW), listed=listed)
    assert "一覧の 4 行目: GJ000003 がフォントにありません（版の違う" in str(caught.value)
    assert "一覧の 7 行目: GJ000004 の符号位置がフォントの cmap と違います" in str(caught.value)


def _without_names(data: bytes, path: Path) -> None:
    path.write_bytes(data)
    with TTFont(path) as nameless:
        nameless["post"].formatType = 3.0
        nameless.save(path)


def test_hostile_and_other_fonts_are_refused(tmp_path: Path):
    path = tmp_path / "x.ttf"
    good = font({"gj000001": (300,)}, {0x10F000: "gj000001"})
    for data, error in ((b"PK\x03\x04zip", NotAFont), (b"\0" * 100, NotAFont), (good[:400], FontTruncated)):
        path.write_bytes(data)
        with pytest.raises(error):
            read_plus_font(path)
    path.write_bytes(font({"uni4E00": (300,)}, {0x4E00: "uni4E00"}))
    with pytest.raises(NoGlyphNames, match="GJ の字形が1つもありません"):
        read_plus_font(path)
    _without_names(good, path)
    with pytest.raises(NoGlyphNames, match="post 表に名前がありません"):
        read_plus_font(path)
    path.write_bytes(good)
    with TTFont(path) as woff:
        woff.flavor = "woff"
        woff.save(tmp_path / "x.woff")
    path = tmp_path / "x.woff"
    with pytest.raises(UnusableFont, match="WOFF"):
        read_plus_font(path)


def test_names_that_lie_are_refused_or_passed_over(tmp_path: Path):
    """A post table that points outside itself, names twice, or is cut: never a crash, never two glyphs of one id."""
    path = tmp_path / "x.ttf"
    good = font({"gj000001": (300,), "gj000002": (400,)}, {0x10F000: "gj000001", 0x10F001: "gj000002"})
    path.write_bytes(good.replace(b"gj000002", b"GJ000001"))
    with pytest.raises(NoGlyphNames, match="GJ000001 という名前の字形が2つ"):
        read_plus_font(path)
    at = good.index(b"gj000001")
    path.write_bytes(good[: at - 1] + b"\xff" + good[at:])
    with pytest.raises((NoGlyphNames, FontRefused)):
        read_plus_font(path)


def test_names_of_a_cff_font_are_read_too(tmp_path: Path):
    path = tmp_path / "x.otf"
    path.write_bytes(plus_fonts.cff({"gj000001": 0x10F000, "gj000002": 0x10F001}))
    found = cells(made(path))
    assert {glyph: row["pua"] for glyph, row in found.items()} == {"GJ000001": "U+10F000", "GJ000002": "U+10F001"}


def test_the_real_standard_font_has_60000_names_and_no_addition(standard_font: Path):
    """The one official font at hand: its names are read, and it is not taken for a font of MJ+."""
    with pytest.raises(NoGlyphNames, match="GJ の字形が1つもありません"):
        read_plus_font(standard_font)
