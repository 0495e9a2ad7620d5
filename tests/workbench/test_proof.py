"""The proof sheet: two PDF readers give back exactly the characters, selectors included."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest

from gaiji_hub.moji.print_job import PrintJob
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job import PROOF_PATH, PrintPack
from gaiji_hub.workbench.print_job_codes import SYSTEMS
from gaiji_hub.workbench.proof import proof_data
from tests.workbench.print_town import PUA, World, order

# Poppler sets a lone combining mark at the head of the next line; it is looked for in the text, not in its cell.
BLANKS, COMBINING = " 　", "\u3099\u309a"


def poppler(pdf: Path) -> str:
    done = subprocess.run(["pdftotext", "-raw", "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def mupdf(pdf: Path) -> str:
    """MuPDF before 1.23 writes the surrogates of a selector one by one (CESU-8); nothing is lost by it."""
    done = subprocess.run(["mutool", "draw", "-q", "-F", "txt", str(pdf)], capture_output=True, check=True)
    halves = done.stdout.decode("utf-8", "surrogatepass")
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def cells(text: str) -> dict[str, str]:
    """Vendor code → the character above it: each cell is a character, its glyph id, its code."""
    lines = [line.strip() for line in text.replace("\f", "\n").split("\n") if line.strip()]
    at = [index for index, line in enumerate(lines) if line.startswith("印刷 ")]
    found = {lines[index].removeprefix("印刷 "): lines[index - 2] for index in at}
    assert len(found) == len(at)
    return found


def hard_text() -> str:
    """Every 90th text of the lists, all selectors of one base, compatibility ideographs, marks, kana, letters."""
    tables = Tables.load()
    texts = [c.text for glyph in tables.glyphs()[::90] if (c := tables.character(glyph)) and c.text]
    watanabe = [c.text for g in tables.by_ucs(0x9089) if (c := tables.character(g)) and c.text]
    marks = "ぁガヶアｱ！〜「」々〆-.,'\"\\$#*_`~<>@&%{}[]()/=+|^!?éß①㈱㌔￥‘’“”…ー"
    compat = "\ufa19\ufa1a\ufa10\uf91d"
    return "".join((*texts, *watanabe, *marks, *compat, "神\ufe00", BLANKS, COMBINING, *PUA.values()))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> World:
    return World.made(tmp_path_factory.mktemp("town"), standard_font)


@pytest.fixture(scope="module", params=sorted(SYSTEMS))
def pack(request: pytest.FixtureRequest, world: World) -> PrintPack:
    return world.pack(hard_text(), order(request.param))


def expected(job: PrintJob) -> dict[str, str]:
    odd = {*BLANKS, *COMBINING}
    area = SYSTEMS[job.vendor_codes].area
    texts = {c.vendor_code: c.text for c in job.characters if c.text not in odd}
    return {code: text or chr(area.to_pua(int(code, 16))) for code, text in texts.items()}


@pytest.mark.parametrize("reader", [poppler, mupdf])
def test_the_text_of_the_proof_is_the_characters_of_the_job(pack: PrintPack, reader, tmp_path: Path):
    pdf = tmp_path / "proof.pdf"
    pdf.write_bytes(pack.files[PROOF_PATH])
    wanted = expected(pack.job)
    text = reader(pdf)
    found = cells(text)
    assert len(wanted) > 600
    assert {code: found[code] for code in wanted} == wanted
    assert len(found) == len(wanted) + len(BLANKS) + len(COMBINING)
    assert [text.count(mark) for mark in COMBINING] == [1, 1]


def test_the_proof_names_the_job_and_nothing_of_the_machine(pack: PrintPack, tmp_path: Path):
    pdf = tmp_path / "proof.pdf"
    pdf.write_bytes(pack.files[PROOF_PATH])
    text = poppler(pdf)
    for fact in ("架空市（131016）", "tsuchi-2026", "2026-04-01", "2026-12-31", pack.job.content_hash, "1 / "):
        assert fact in text
    assert b"/CreationDate" not in pack.files[PROOF_PATH]
    assert str(tmp_path.parent.parent).encode() not in pack.files[PROOF_PATH]


def test_labels_are_data_and_never_markup(world: World, tmp_path: Path):
    hostile = '#panic("x") $x$ *b* [c] \\ "q" #include "/etc/passwd" <l> @r'
    made = world.pack("一", order(town=hostile))
    pdf = tmp_path / "proof.pdf"
    pdf.write_bytes(made.files[PROOF_PATH])
    found = "".join(poppler(pdf).split())
    assert "".join(hostile.split()) in found


def test_every_character_is_in_exactly_one_section(world: World):
    job = world.pack("一邉" + "".join(PUA.values())).job
    data = proof_data(job)
    assert [len(section["cells"]) for section in data["sections"]] == [3, 1, 2]
    numbers = [cell["number"] for section in data["sections"] for cell in section["cells"]]
    assert sorted(numbers) == ["1", "2", "3", "4", "5", "6"]
    assert proof_data(dataclasses.replace(job, records=1_000_000))["lines"][0].startswith(
        "配布版 第1版　記録 1,000,000 件"
    )
