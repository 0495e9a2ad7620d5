"""A pack holds exactly the characters used: by its manifest, its map, its font, in every code system."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import uharfbuzz
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from gaiji_hub.fontbuild.check import check_font
from gaiji_hub.fontbuild.rebuild import scale
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.moji.print_job import CharacterKind
from gaiji_hub.moji.rights import Rights, RightsRow
from gaiji_hub.moji.verdict import Verdict
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job import (
    FONT_PATH,
    GAIJI_PATH,
    MAP_PATH,
    NothingToPrint,
    OtherJobBefore,
    PrintPack,
    job_fonts,
    make_job,
)
from gaiji_hub.workbench.print_job_characters import Lack, RightsBlock, RightsNotRecorded, resolve
from gaiji_hub.workbench.print_job_codes import SYSTEMS, parse_code_map
from gaiji_hub.workbench.print_job_town import (
    GaijiShapeMissing,
    InstalledPackChanged,
    NotAnInstalledPack,
    open_town_pack,
)
from tests.workbench.print_town import OWN, PRIVATE, PUA, SHAPES, WITH_IVS, World, install, order, release, row, usage

CIRCLED, HENTAIGANA, COMPAT, SVS = "①", "𛀂", "\ufa19", "神\ufe00"
WATANABE = "邉\U000e0119"
HARD = ("邉", WATANABE, "邉\U000e010f", "𠮷", COMPAT, SVS, HENTAIGANA, CIRCLED, "か", "ー", "A", '"', " ", "　")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> World:
    return World.made(tmp_path_factory.mktemp("town"), standard_font)


@pytest.fixture(scope="module")
def packs(world: World) -> dict[str, PrintPack]:
    """One pack per code system: hard characters and every gaiji of the town."""
    text = "".join((*HARD, *PUA.values()))
    return {name: world.pack(text, order(name)) for name in SYSTEMS}


def cmap(fonts: dict[str, bytes]) -> tuple[set[int], set[tuple[int, int]]]:
    """Codes and sequences of all fonts of a job; no code but U+0020 is in two of them."""
    codes, pairs = list[int](), list[tuple[int, int]]()
    for font in fonts.values():
        opened = TTFont(io.BytesIO(font))
        codes += [code for code in opened.getBestCmap() if code != 0x20]
        pairs += [
            (base, selector)
            for table in opened["cmap"].tables
            if table.format == 14
            for selector, entries in table.uvsDict.items()
            for base, _ in entries
        ]
    assert len({*codes}) == len(codes)
    assert len({*pairs}) == len(pairs)
    return {0x20, *codes}, {*pairs}


def test_the_manifest_says_what_every_gaiji_is(world: World, packs: dict[str, PrintPack]):
    known = world.tables.character(WITH_IVS)
    assert known is not None
    by_code = {code: c for c in packs["cp932"].job.characters for code in c.local_codes}
    identified = by_code["F040"]
    assert (identified.text, identified.glyph, identified.kind) == (known.text, WITH_IVS, CharacterKind.GAIJI)
    assert (identified.local_codes, identified.count, identified.rights) == (("F040", "F042"), 3, "")
    assert identified.notes == ("design_difference", "unapproved")
    similar = by_code["F041"]
    assert (similar.text, similar.glyph, similar.kind, similar.rights) == (None, None, CharacterKind.UNDECIDED, "own")
    assert (by_code["F044"].glyph, by_code["F044"].text) == (PRIVATE, None)


def test_registered_forms_are_one_character(packs: dict[str, PrintPack]):
    by_text = {c.text: c for c in packs["unicode-ivs"].job.characters}
    assert (by_text["邉"].forms, by_text["邉"].count) == (("邉\U000e010f",), 2)
    assert (by_text[COMPAT].forms, by_text[COMPAT].count) == ((SVS,), 2)
    assert SVS not in by_text


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_the_font_shows_every_text_and_code_by_another_shaper(packs: dict[str, PrintPack], name: str):
    pack = packs[name]
    fonts = {path: uharfbuzz.Font(uharfbuzz.Face(pack.files[path])) for path in (FONT_PATH, GAIJI_PATH)}
    system = SYSTEMS[name]

    def shaped(font: uharfbuzz.Font, text: str) -> list[int]:
        buffer = uharfbuzz.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        uharfbuzz.shape(font, buffer)
        return [info.codepoint for info in buffer.glyph_infos]

    seen: set[tuple[str, int]] = set()
    for character in pack.job.characters:
        path = GAIJI_PATH if character.rights else FONT_PATH
        texts = [text for text in (character.text, *character.forms) if text]
        if (code := character.vendor_code) in {entry.vendor_code for entry in pack.job.allocations}:
            texts.append(chr(system.area.to_pua(int(code, 16))))
        ((glyph,),) = {tuple(shaped(fonts[path], text)) for text in texts}
        assert (path, glyph) not in seen
        assert glyph > 0
        seen.add((path, glyph))


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_the_map_has_one_line_per_character(packs: dict[str, PrintPack], name: str):
    pack = packs[name]
    lines = list(parse_code_map(pack.files[MAP_PATH]))
    assert [(line.vendor_code, line.texts[:1]) for line in lines] == [
        (c.vendor_code, (c.text,) if c.text else ()) for c in pack.job.characters
    ]


def test_the_fonts_pass_the_sanitiser_and_have_no_name_of_the_standard_font(packs: dict[str, PrintPack]):
    for path in (FONT_PATH, GAIJI_PATH):
        data = packs["unicode"].files[path]
        assert check_font(data) == []
        names = TTFont(io.BytesIO(data))["name"].names
        assert not [str(n) for n in names if n.nameID in (1, 3, 4, 6, 16) and "ipa" in str(n).lower()]
        assert bool([str(n) for n in names if n.nameID == 13]) is (path == FONT_PATH)


def test_no_shape_of_the_town_is_in_the_font_under_the_open_licence(world: World, packs: dict[str, PrintPack]):
    """IPA Font License 3.1(3): a derived font may be passed on by anyone, the town's own shapes may not."""
    pack = packs["unicode"]
    own = {square.hash for square in (scale(outline, 2048) for outline in SHAPES.values())}
    assert drawn(pack.files[GAIJI_PATH]) & own
    assert not drawn(pack.files[FONT_PATH]) & own
    standard = world.pack("一邉")
    assert GAIJI_PATH not in standard.files
    assert standard.job.gaiji_family == ""


def drawn(font: bytes) -> set[str]:
    """Hashes of the outlines of a font of ours."""
    opened = TTFont(io.BytesIO(font))
    found = set()
    for name in opened.getGlyphOrder():
        glyph = opened["glyf"][name]
        if glyph.numberOfContours == 1:
            coordinates, _, flags = glyph.getCoordinates(opened["glyf"])
            contour = tuple((x, y, bool(on & 1)) for (x, y), on in zip(coordinates, flags, strict=True))
            found.add(Outline((contour,), opened["hmtx"][name][0], 2048).hash)
    return found


def pool() -> list[str]:
    """Every registered form of a slice of both lists, and what has no 文字図形名."""
    tables = Tables.load()
    glyphs = [*tables.glyphs()[::97], WITH_IVS, *(g for g in tables.glyphs() if g.startswith("MJ09"))]
    forms = [text for glyph in glyphs if (found := tables.character(glyph)) for text in found.texts]
    return sorted({*forms, *HARD, *"ぁアｱ！〜「」々〆ヶ0-.é", *PUA.values()})


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(pool()), min_size=1, max_size=50))
def test_the_font_covers_exactly_what_is_used(world: World, system: str, texts: list[str]):
    characters = world.resolved("".join(texts))
    job = make_job(order(system), characters, world.town, None)
    codes, pairs = cmap(job_fonts(job, characters, world.standard))
    meant = {text for c in job.characters for text in (c.text, *c.forms) if text}
    gaiji = {code for c in job.characters for code in c.local_codes}
    folded = {world.tables.fold(text) for text in texts if text not in PUA.values()}
    assert folded <= meant
    assert gaiji == {code for code, pua in PUA.items() if pua in texts}
    assert meant - folded <= {*texts, *(c.text for c in job.characters if c.local_codes)}
    private = {SYSTEMS[system].area.to_pua(int(entry.vendor_code, 16)) for entry in job.allocations}
    assert pairs == {(ord(text[0]), ord(text[1])) for text in meant if len(text) == 2}
    assert codes == {*(ord(text) for text in meant if len(text) == 1), *private, *map(ord, job.bases), 0x20}
    assert sum(c.count for c in job.characters) == len(texts)


@pytest.mark.parametrize(
    ("text", "code", "lack"),
    [
        ("😀", "U+1F600", Lack.NO_SHAPE),
        ("葛\U000e0100", "U+845B U+E0100", Lack.NO_SHAPE),
        ("\u200b", "U+200B", Lack.NO_SHAPE),
        ("\ufeff", "U+FEFF", Lack.NO_SHAPE),
        ("\ue005", "F045", Lack.NOT_IN_RELEASE),
        ("\ue000\U000e0100", "U+E000 U+E0100", Lack.NOT_IN_RELEASE),
        ("\U000f0000", "U+F0000", Lack.NOT_IN_RELEASE),
        ("\U000e0100", "U+E0100", Lack.LONE_SELECTOR),
    ],
)
def test_what_cannot_be_printed_is_missing_and_seen(world: World, text: str, code: str, lack: Lack):
    found, missing = resolve(usage(text + "一"), world.town, world.tables, world.standard)
    assert [(m.code, m.lack, m.count) for m in missing] == [(code, lack, 1)]
    assert [c.text for c in found] == ["一"]


def test_unreadable_bytes_are_missing(world: World):
    used = usage("一")
    used.unreadable["FD"] += 2
    assert [(m.code, m.count) for m in resolve(used, world.town, world.tables, world.standard)[1]] == [("FD", 2)]


def test_a_job_of_nothing_is_refused(world: World):
    with pytest.raises(NothingToPrint):
        world.pack("")


def test_the_next_job_goes_on_with_the_codes_of_the_last(world: World, packs: dict[str, PrintPack]):
    before = packs["cp932"]
    text = "辺\U000e0102髙" + PUA["F043"] + WATANABE
    after = world.pack(text, order("cp932", job="tsuchi-2027"), previous=before)
    codes = {c.text or c.local_codes: c.vendor_code for c in before.job.characters}
    kept = [c for c in after.job.characters if (c.text or c.local_codes) in codes]
    assert kept
    assert all(c.vendor_code == codes[c.text or c.local_codes] for c in kept)
    new = [c.vendor_code for c in after.job.characters if (c.text or c.local_codes) not in codes]
    assert not {*new} & {entry.vendor_code for entry in before.job.allocations}
    with pytest.raises(OtherJobBefore):
        world.pack(text, order("unicode"), previous=before)


# -- rights ------------------------------------------------------------------------------------------------


def town_with(folder: Path, world: World, rights: tuple[RightsRow, ...] | None):
    return open_town_pack(install(folder, world.tables, rights=rights))


def test_a_shape_of_unknown_rights_blocks_the_pack_and_says_what_to_do(tmp_path: Path, world: World):
    unknown = tuple(RightsRow(r.local_code, Rights.UNKNOWN if r.local_code == "F043" else r.rights) for r in OWN)
    town = town_with(tmp_path, world, unknown)
    with pytest.raises(RightsBlock, match=r"F043.*登録"):
        resolve(usage(PUA["F043"]), town, world.tables, world.standard, rights_confirmed="根拠")
    found, _ = resolve(usage(PUA["F040"] + PUA["F041"]), town, world.tables, world.standard)
    assert [c.rights for c in found] == ["", "own"]


def test_a_vendors_licence_counts_where_it_is_written_down(tmp_path: Path, world: World):
    rows = (RightsRow("F041", Rights.VENDOR_LICENSED), RightsRow("F043", Rights.VENDOR_LICENSED, "契約 12 号"))
    town = town_with(tmp_path, world, rows)
    with pytest.raises(RightsBlock, match="F041"):
        resolve(usage(PUA["F041"]), town, world.tables, world.standard)
    found, _ = resolve(usage(PUA["F043"]), town, world.tables, world.standard)
    assert [c.rights for c in found] == ["vendor_licensed"]
    with pytest.raises(RightsBlock, match="F044"):
        resolve(usage(PUA["F044"]), town, world.tables, world.standard)


def test_a_pack_without_rights_needs_a_statement_that_is_recorded(tmp_path: Path, world: World):
    town = town_with(tmp_path, world, None)
    with pytest.raises(RightsNotRecorded, match="F041・F043"):
        resolve(usage(PUA["F041"] + PUA["F043"]), town, world.tables, world.standard)
    found, _ = resolve(usage(PUA["F041"]), town, world.tables, world.standard, rights_confirmed="自作 台帳3")
    job = make_job(order(rights_note="自作 台帳3"), found, town, None)
    assert ([c.rights for c in job.characters], job.rights_note) == (["confirmed"], "自作 台帳3")
    standard, _ = resolve(usage(PUA["F040"]), town, world.tables, world.standard)
    assert make_job(order(rights_note="自作 台帳3"), standard, town, None).rights_note == ""


def test_an_identified_glyph_the_standard_font_lacks_keeps_the_towns_shape(tmp_path: Path, world: World):
    other = row("F043", GlyphId("GH00000002"), Verdict.EXACT, "𪚲\U000e01ef")
    town = open_town_pack(install(tmp_path, world.tables, release(world.tables, F043=other)))
    (found,), missing = resolve(usage(PUA["F043"]), town, world.tables, world.standard)
    assert not missing
    assert (found.text, found.kind, found.rights) == ("𪚲\U000e01ef", CharacterKind.GAIJI, "own")
    codes, pairs = cmap(job_fonts(make_job(order(), (found,), town, None), (found,), world.standard))
    assert (ord("𪚲"), 0xE01EF) in pairs
    assert 0xE003 in codes


# -- the installed pack --------------------------------------------------------------------------------------


def files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json")


def test_a_file_changed_since_the_install_is_refused(tmp_path: Path, world: World):
    folder = install(tmp_path / "pack", world.tables)
    for path in files(folder):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        with pytest.raises(InstalledPackChanged):
            open_town_pack(folder)
        path.unlink()
        with pytest.raises(InstalledPackChanged):
            open_town_pack(folder)
        path.write_bytes(data)
    open_town_pack(folder)


def test_another_folder_is_told_so(tmp_path: Path):
    with pytest.raises(NotAnInstalledPack):
        open_town_pack(tmp_path)


def test_a_shape_the_font_lacks_is_named(world: World):
    with pytest.raises(GaijiShapeMissing, match="F9FC"):
        world.town.shapes(["F041", "F9FC"])
    with pytest.raises(GaijiShapeMissing, match="F041"):
        dataclasses.replace(world.town, font=None).shapes(["F041"])


# -- same inputs, same bytes ---------------------------------------------------------------------------------

AGAIN = """
import sys
from pathlib import Path
from tests.workbench.print_town import PUA, World
from gaiji_hub.workbench.print_job_files import MANIFEST, zip_bytes
import hashlib
pack = World.made(Path(sys.argv[2]), Path(sys.argv[1])).pack("一邉\U000e0119𠮷ー「" + PUA["F043"])
print(hashlib.sha256(zip_bytes({MANIFEST: pack.job.to_bytes(), **pack.files})).hexdigest())
"""


def test_the_bytes_do_not_depend_on_place_zone_or_hash_seed(standard_font: Path, tmp_path: Path):
    hashes = set()
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Lima")):
        folder = tmp_path / seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(Path.cwd())}
        command = [sys.executable, "-c", AGAIN, str(standard_font), str(folder / "town")]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
        hashes.add(done.stdout)
    assert len(hashes) == 1
