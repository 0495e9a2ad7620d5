"""A pack from values: what is in it, that it shows what it says, that its bytes depend on its inputs alone."""

from __future__ import annotations

import dataclasses
import datetime
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from gaiji_hub.convert.plan import Plan
from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.dictionary import ATOK, GOOGLE, MSIME, parse_dictionary
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.release import APPROVED, Release, ReleaseRow
from gaiji_hub.moji.rights import Rights, RightsRow, parse_rights
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.dictionary_files import PreviousReleaseDisagrees
from gaiji_hub.workbench.pack import (
    BadGlyphOrder,
    GlyphOrder,
    PackFontBroken,
    PackPayload,
    PackPlace,
    ShapeMissing,
    build_pack,
    check_fonts,
    mj_font_path,
)
from gaiji_hub.workbench.pack_readme import Derivation
from tests.fontbuild import corpus
from tests.workbench.release_reading import read_csv, read_xml

DATE = datetime.date(2026, 4, 1)
DERIVATION = Derivation("IPAmj明朝フォント", "005.01", "7" * 64, "https://moji.or.jp/mojikiban/font/")
LICENCES = {"IPA.txt": b"licence\n", "mappings/ATTRIBUTION.md": b"attribution\n"}
# 邉 with a selector, its bare base, a glyph without text (withdrawn), a similar one.
WITH_IVS, BARE, TWIN = GlyphId("MJ026191"), GlyphId("MJ026190"), GlyphId("MJ026192")


def square(size: int) -> Outline:
    contour = ((100, 0, True), (100, size, True), (100 + size, size, True), (100 + size, 0, True))
    return Outline((contour,), 1024, 1024)


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables.load()


@pytest.fixture(scope="module")
def standard(standard_font: Path) -> StandardFont:
    return StandardFont.open(standard_font)


def row(code: str, outline: Outline, glyph: GlyphId | None, verdict: Verdict, text: str | None = None) -> ReleaseRow:
    texts = (("mj-ivs", text),) if text else ()
    return ReleaseRow(code, outline.hash, glyph, verdict, identification=1 if glyph else 0, texts=texts)


SHAPES = {code: square(500 + index) for index, code in enumerate(("F040", "F041", "F042", "F043"))}


def release(tables: Tables, *, codes: tuple[str, ...] = tuple(SHAPES), number: int = 1) -> Release:
    known = tables.character(WITH_IVS)
    assert known is not None
    rows = {
        "F040": row("F040", SHAPES["F040"], WITH_IVS, Verdict.EXACT, known.text),
        "F041": row("F041", SHAPES["F041"], TWIN, Verdict.SIMILAR),
        "F042": row("F042", SHAPES["F042"], WITH_IVS, Verdict.DESIGN_DIFFERENCE, known.text),
        "F043": row("F043", SHAPES["F043"], None, Verdict.NONE),
    }
    return Release(
        municipality="131016",
        business_system="juki",
        code_system="cp932",
        number=number,
        previous="" if number == 1 else "a" * 64,
        date=DATE,
        editions=tuple(sorted(tables.edition.items())),
        rows=tuple(rows[code] for code in codes),
        reason="初版",
    )


def build(made: Release, standard: StandardFont, tables: Tables, **changes: object) -> PackPayload:
    outlines = {outline.hash: outline for outline in SHAPES.values()}
    place = PackPlace(1, "")
    arguments = {"town": "架空市", "licences": LICENCES, **changes}
    return build_pack(made, outlines, standard, tables, place, DERIVATION, **arguments)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pack(standard: StandardFont, tables: Tables) -> PackPayload:
    return build(release(tables), standard, tables)


def test_the_files_are_those_of_the_manifest(pack: PackPayload):
    assert [file.path for file in pack.manifest.files] == [
        "README.txt",
        "dictionary/atok.txt",
        "dictionary/delta/added-atok.txt",
        "dictionary/delta/added-google.txt",
        "dictionary/delta/added-msime.txt",
        "dictionary/delta/removed-atok.txt",
        "dictionary/delta/removed-google.txt",
        "dictionary/delta/removed-msime.txt",
        "dictionary/google.txt",
        "dictionary/msime.txt",
        "fonts/131016-juki-mj.ttf",
        "fonts/EUDC.TTE",
        "licences/IPA.txt",
        "licences/mappings/ATTRIBUTION.md",
        "mapping/convert.plan",
        "mapping/release.csv",
        "mapping/release.json",
        "mapping/release.xml",
        "mapping/release.xsd",
        "rights.tsv",
    ]
    assert {file.path: file.size for file in pack.manifest.files} == {p: len(d) for p, d in pack.files.items()}


def test_a_font_that_fails_the_check_is_not_handed_out(pack: PackPayload):
    good = {path: data for path, data in pack.files.items() if path.startswith("fonts/")}
    check_fonts(good)
    for broken in (corpus.cmap_outside(), b"", good["fonts/EUDC.TTE"][:-200]):
        with pytest.raises(PackFontBroken, match=r"fonts/EUDC\.TTE"):
            check_fonts(good | {"fonts/EUDC.TTE": broken})


def test_the_manifest_names_every_tool_that_shapes_the_bytes(pack: PackPayload):
    assert [name for name, _ in pack.manifest.tools] == ["fonttools", "gaiji-hub", "lxml"]
    assert all(version for _, version in pack.manifest.tools)


def test_the_mapping_files_carry_the_release(pack: PackPayload, tables: Tables):
    made = release(tables)
    assert Release.from_bytes(pack.files["mapping/release.json"]) == made
    assert read_xml(pack.files["mapping/release.xml"]) == made
    assert read_csv(pack.files["mapping/release.csv"]) == made.rows
    assert Plan.from_bytes(pack.files["mapping/convert.plan"]).release_hash == made.hash


def test_the_plan_carries_every_registered_form(standard: StandardFont, tables: Tables):
    twice = tables.character(BARE)
    assert twice is not None
    assert len(twice.texts) == 2
    made = dataclasses.replace(
        release(tables), rows=(row("F040", SHAPES["F040"], BARE, Verdict.EXACT, twice.text), *release(tables).rows[1:2])
    )
    plan = Plan.from_bytes(build(made, standard, tables).files["mapping/convert.plan"])
    assert [cell.forms for cell in plan.cells] == [twice.texts[1:], ()]
    assert dict(plan.forms_editions)["mj"] == tables.edition["mj"]


def test_the_town_font_shows_every_gaiji_at_its_code(pack: PackPayload):
    font = TTFont(io.BytesIO(pack.files["fonts/EUDC.TTE"]))
    assert sorted(font.getBestCmap()) == [0x20, 0xE000, 0xE001, 0xE002, 0xE003]
    assert check_font(pack.files["fonts/EUDC.TTE"]) == []


def test_the_standard_font_shows_identified_characters_by_text_and_code(pack: PackPayload, tables: Tables):
    data = pack.files["fonts/131016-juki-mj.ttf"]
    assert check_font(data) == []
    font = TTFont(io.BytesIO(data))
    best = font.getBestCmap()
    assert best[0xE000] == best[0xE002] == WITH_IVS.lower()
    assert 0xE001 not in best, "類似文字 is another character"
    assert 0xE003 not in best
    known = tables.character(WITH_IVS)
    assert known is not None
    sequences = {
        (base, selector): name
        for table in font["cmap"].tables
        if table.format == 14
        for selector, entries in table.uvsDict.items()
        for base, name in entries
    }
    for text in known.texts:
        if len(text) == 2:
            assert sequences[(ord(text[0]), ord(text[1]))] == WITH_IVS.lower()
            assert ord(text[0]) in best, "the bare base is in the font too"
    assert "IPA" not in str(font["name"].getDebugName(1))


def test_the_readme_says_what_is_and_is_not(pack: PackPayload):
    text = pack.files["README.txt"].decode()
    for fact in ("架空市", "未承認 3 字", "未同定 1 字", "字形一致 1 字", "ハブ証明", "7" * 64, DERIVATION.page):
        assert fact in text
    assert all(path in text for path in pack.files if path != "README.txt")
    assert "置き換えるとその外字が失われます" in text


def test_the_readme_counts_what_is_approved(standard: StandardFont, tables: Tables):
    made = release(tables)
    rows = (dataclasses.replace(made.rows[0], approval=APPROVED), *made.rows[1:])
    text = build(dataclasses.replace(made, rows=rows), standard, tables).files["README.txt"].decode()
    assert "承認済み 1 字\n" in text
    assert "未承認 2 字（同定の承認はまだ行われていません）" in text
    rows = tuple(dataclasses.replace(row, approval=APPROVED) for row in made.rows)
    text = build(dataclasses.replace(made, rows=rows), standard, tables).files["README.txt"].decode()
    assert "承認済み 3 字\n" in text
    assert "未承認 0 字\n" in text


def test_the_readme_explains_every_file(pack: PackPayload):
    lines = pack.files["README.txt"].decode().splitlines()
    listed = [line.split("　") for line in lines if line.startswith("  ") and line[2:].split("　")[0] in pack.files]
    assert len(listed) == len(pack.files) - 1
    assert all(explained for _, explained in listed)


def test_the_dictionary_holds_every_gaiji_of_the_release(pack: PackPayload):
    words = {entry.word for entry in parse_dictionary(pack.files["dictionary/msime.txt"], MSIME)}
    assert words == {"\ue000", "\ue001", "\ue002", "\ue003"}
    assert parse_dictionary(pack.files["dictionary/delta/added-msime.txt"], MSIME) == parse_dictionary(
        pack.files["dictionary/msime.txt"], MSIME
    )
    assert "前の版がないため、差分は全件" in pack.files["README.txt"].decode()


def test_the_readme_names_codes_whose_reading_was_left_out(standard: StandardFont, tables: Tables):
    made = build(release(tables), standard, tables, readings={"F043": ("か\tな",), "F041": ("なべ",)})
    assert "その読みを除いたコード: F043\n" in made.files["README.txt"].decode()
    assert "か\tな" not in made.files["README.txt"].decode()
    assert ("なべ", "F041") in {
        (entry.reading, entry.local_code) for entry in parse_dictionary(made.files["dictionary/google.txt"], GOOGLE)
    }


def test_the_rights_of_every_row_are_said_and_unknown_where_nobody_recorded_them(
    pack: PackPayload, standard: StandardFont, tables: Tables
):
    recorded = {SHAPES["F040"].hash: (Rights.OWN, ""), SHAPES["F042"].hash: (Rights.VENDOR_LICENSED, "契約第5号")}
    made = build(release(tables), standard, tables, rights=recorded)
    assert parse_rights(made.files["rights.tsv"]) == (
        RightsRow("F040", Rights.OWN),
        RightsRow("F041", Rights.UNKNOWN),
        RightsRow("F042", Rights.VENDOR_LICENSED, "契約第5号"),
        RightsRow("F043", Rights.UNKNOWN),
    )
    assert {row.rights for row in parse_rights(pack.files["rights.tsv"])} == {Rights.UNKNOWN}


def test_the_delta_is_against_the_release_before(standard: StandardFont, tables: Tables):
    first = release(tables, codes=("F041", "F043"))
    second = dataclasses.replace(release(tables, codes=("F040", "F043"), number=2), previous=first.hash)
    made = build(second, standard, tables, previous_release=first)
    added = parse_dictionary(made.files["dictionary/delta/added-atok.txt"], ATOK)
    removed = parse_dictionary(made.files["dictionary/delta/removed-atok.txt"], ATOK)
    assert {entry.local_code for entry in added} == {"F040"}
    assert {entry.local_code for entry in removed} == {"F041"}
    assert "第1版からの差分" in made.files["README.txt"].decode()
    with pytest.raises(PreviousReleaseDisagrees):
        build(second, standard, tables, previous_release=release(tables))


def test_a_glyph_the_standard_font_does_not_draw_is_named(standard: StandardFont, tables: Tables):
    made = release(tables, codes=("F040", "F043"))
    absent = dataclasses.replace(made.rows[0], glyph=GlyphId("MJ999999"), texts=())
    payload = build(dataclasses.replace(made, rows=(absent, made.rows[1])), standard, tables)
    assert payload.without_standard_shape == ("F040",)
    assert "入れていないコード: F040" in payload.files["README.txt"].decode()
    assert mj_font_path(made) not in payload.files


def test_a_shape_that_is_not_there_is_refused(standard: StandardFont, tables: Tables):
    made = release(tables, codes=("F040",))
    lost = dataclasses.replace(made.rows[0], shape="b" * 64)
    with pytest.raises(ShapeMissing, match="F040"):
        build(dataclasses.replace(made, rows=(lost,)), standard, tables)


def test_new_glyphs_are_appended_to_the_old_order(standard: StandardFont, tables: Tables):
    first = build(release(tables, codes=("F041", "F043")), standard, tables)
    assert first.glyph_order.town == (0xE001, 0xE003)
    order = GlyphOrder.from_bytes(first.glyph_order.to_bytes())
    second = build(release(tables), standard, tables, order=order)
    assert second.glyph_order.town == (0xE001, 0xE003, 0xE000, 0xE002)
    names = TTFont(io.BytesIO(second.files["fonts/EUDC.TTE"])).getGlyphOrder()
    assert [name for name in names if name.startswith("uE")] == ["uE001", "uE003", "uE000", "uE002"]


@pytest.mark.parametrize("data", [b"", b"{}", b'{"town":["x"],"standard":[]}', b'{"town":[1],"standard":["x"]}'])
def test_a_broken_order_is_refused(data: bytes):
    with pytest.raises(BadGlyphOrder):
        GlyphOrder.from_bytes(data)


def test_woff2_stands_beside_the_truetype_files(standard: StandardFont, tables: Tables):
    made = build(release(tables, codes=("F040",)), standard, tables, woff2=True)
    files = made.files
    assert [name for name, _ in made.manifest.tools] == ["brotli", "fonttools", "gaiji-hub", "lxml"]
    assert files["fonts/EUDC.woff2"][:4] == files["fonts/131016-juki-mj.woff2"][:4] == b"wOF2"


@pytest.mark.parametrize("system", ["jipas", "a-business-system-with-a-name-of-40-chars"[:40]])
def test_a_channel_name_that_cannot_be_a_font_name_gets_another(system: str, standard: StandardFont, tables: Tables):
    made = dataclasses.replace(release(tables), business_system=system)
    payload = build(made, standard, tables, town="架空" * 40)
    font = TTFont(io.BytesIO(payload.files[mj_font_path(made)]))
    names = [str(record) for record in font["name"].names if record.nameID in (1, 4, 6)]
    assert all(("ipa" not in name.lower() and "131016-" in name) or "131016 " in name for name in names)


AGAIN = """
import sys
from pathlib import Path
from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.tables.lookup import Tables
from tests.workbench.test_pack import build, release
tables = Tables.load()
print(build(release(tables), StandardFont.open(Path(sys.argv[1])), tables, woff2=True).manifest.hash)
"""


def test_the_bytes_do_not_depend_on_place_zone_or_hash_seed(standard_font: Path, tmp_path: Path):
    hashes = set()
    for seed, zone, folder in (("1", "Asia/Tokyo", tmp_path), ("2", "America/Lima", Path.cwd())):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(Path.cwd())}
        done = subprocess.run(
            [sys.executable, "-c", AGAIN, standard_font], cwd=folder, env=environment, capture_output=True, check=True
        )
        hashes.add(done.stdout)
    assert len(hashes) == 1
