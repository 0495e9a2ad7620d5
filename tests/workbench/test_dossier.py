"""追加要望の書類: shape, neighbours and uses on one sheet; the same facts give the same bytes."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import zipfile

import pytest

from gaiji_hub.fontbuild.standard import StandardFont
from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.outline import Outline
from gaiji_hub.workbench.dossier import FACTS, SHAPE, SHEET, Dossier, NearCharacter, Use, dossier_zip, sheet_data

NEAR, ABSENT = GlyphId("MJ026190"), GlyphId("MJ999999")
DOSSIER = Dossier(
    municipality="131016",
    town="架空市",
    date="2026-04-01",
    glyph="GH00000001",
    title="架空の字",
    readings=("かくう",),
    shape="ab" * 32,
    verdict="字形一致",
    grounds="戸籍・附票の字形と照合",
    policy="行政事務標準文字（MJ+）だけ、版 2026-08",
    editions=(("mj", "006.01"),),
    uses=(Use("juki", "住民記録", "F040", 1234, "2026-03-01"), Use("zei", "税", "F041", None, "")),
    near=(
        NearCharacter(NEAR, "U+9089", 0.91, ("へん",), "「類似文字」と判定。点の数が違う"),
        NearCharacter(ABSENT, "", 0.5, (), ""),
    ),
)


@pytest.fixture(scope="module")
def standard(standard_font) -> StandardFont:
    return StandardFont.open(standard_font)


def outlines(standard: StandardFont) -> dict[GlyphId, Outline]:
    return standard.outlines([NEAR])


@pytest.fixture(scope="module")
def made(standard: StandardFont) -> bytes:
    return dossier_zip(DOSSIER, outlines(standard)[NEAR], outlines(standard), standard.path)


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_file_holds_sheet_facts_and_shapes(made: bytes):
    found = members(made)
    assert set(found) == {SHEET, FACTS, SHAPE, f"{NEAR}.svg"}
    facts = json.loads(found[FACTS])
    assert (facts["format"], facts["glyph"]) == ("gaiji-hub-addition-request/1", "GH00000001")
    assert facts["uses"][0] == {
        "system": "juki", "title": "住民記録", "local_code": "F040", "count": 1234, "census": "2026-03-01",
    }  # fmt: skip


def test_the_sheet_says_where_it_is_used_and_why_no_neighbour_is_the_same(made: bytes):
    sheet = members(made)[SHEET]
    read = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", "-", "-"], input=sheet, capture_output=True, check=True
    )
    text = read.stdout.decode()
    for said in (
        "文字の追加要望",
        "架空市（131016）",
        "F040",
        "1,234 回",
        "調査なし",
        NEAR,
        "点の数が違う",
        "字形なし",
    ):
        assert said in text, said


def test_the_same_facts_give_the_same_bytes(made: bytes, standard: StandardFont):
    again = dossier_zip(DOSSIER, outlines(standard)[NEAR], outlines(standard), standard.path)
    assert again == made
    later = dataclasses.replace(DOSSIER, date="2026-04-02")
    assert dossier_zip(later, outlines(standard)[NEAR], outlines(standard), standard.path) != made


def test_what_nobody_wrote_is_asked_for():
    first, second = sheet_data(DOSSIER, {f"{NEAR}.svg": b""})["candidates"]
    assert (first["image"], second["image"]) == (f"{NEAR}.svg", "")
    assert "提出する前に" in second["reason"]
    assert "提出する前に" not in first["reason"]
