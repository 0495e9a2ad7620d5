"""Values of a print job: canonical bytes come back, and what may not be said is refused."""

from __future__ import annotations

import dataclasses
import datetime
import json

import pytest

from gaiji_hub.moji.glyph_id import GlyphId
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import (
    STATEMENT,
    Allocation,
    BadDeletionReceipt,
    BadPrintJob,
    BadSignOff,
    CharacterKind,
    DeletionReceipt,
    PrintCharacter,
    PrintJob,
    SignOff,
)

DAY = datetime.date(2026, 4, 1)
ONE = PrintCharacter("一", (), GlyphId("MJ006292"), (), "88EA", 3, CharacterKind.STANDARD)
IVS = PrintCharacter("邉\U000e0102", (), None, ("F040",), "F040", 2, CharacterKind.GAIJI, "", ("unapproved",))
OWN = PrintCharacter(None, (), None, ("F043",), "F043", 1, CharacterKind.UNDECIDED, "own")
JOB = PrintJob(
    job="tsuchi-2026",
    municipality="131016",
    town="架空市",
    business_system="juki",
    code_system="cp932",
    release=2,
    release_hash="a" * 64,
    editions=(("mj", "006.02"),),
    vendor_codes="cp932",
    valid_from=DAY,
    valid_until=DAY,
    source="records",
    records=12,
    font_family="GaijiHub Print 131016 00000000",
    gaiji_family="GaijiHub Gaiji 131016 00000000",
    rights_note="",
    bases=("邉",),
    characters=(ONE, IVS, OWN),
    allocations=(Allocation("F040", "邉\U000e0102", ("b" * 64,)), Allocation("F043", "", ("c" * 64,))),
    tools=(("typst", "0.15.2"),),
    files=(PackFile("map/codes.csv", "d" * 64, 5),),
)


def test_a_manifest_comes_back_from_its_bytes():
    assert PrintJob.from_bytes(JOB.to_bytes()) == JOB
    assert JOB.counts() == {"standard": 1, "gaiji": 1, "undecided": 1, "used": 6, "records": 12}


def test_the_content_hash_is_that_of_everything_but_the_files():
    other = dataclasses.replace(JOB, files=())
    assert other.hash != JOB.hash
    assert other.content_hash == JOB.content_hash
    assert dataclasses.replace(JOB, records=13).content_hash != JOB.content_hash


@pytest.mark.parametrize(
    "changes",
    [
        {"characters": (IVS, ONE, OWN)},
        {"characters": (ONE, dataclasses.replace(IVS, vendor_code="88EA"))},
        {"valid_until": DAY - datetime.timedelta(days=1)},
        {"source": "guess"},
        {"gaiji_family": ""},
        {"town": "架空\u0007市"},
        {"rights_note": "あ" * 101},
        {"files": (JOB.files[0], JOB.files[0])},
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, object]):
    with pytest.raises(BadPrintJob):
        dataclasses.replace(JOB, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {"text": None},
        {"count": 0},
        {"vendor_code": ""},
        {"rights": "unknown"},
        {"notes": ("some words",)},
        {"kind": CharacterKind.UNDECIDED},
    ],
)
def test_a_character_that_contradicts_itself_is_refused(changes: dict[str, object]):
    with pytest.raises(BadPrintJob):
        dataclasses.replace(ONE, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format":"gaiji-hub-print-job/2"}',
        b"[" * 100_000,
        JOB.to_bytes().replace(b'"used":6', b'"used":7'),
        JOB.to_bytes().replace(b'"count":3', b'"count":"3"'),
        JOB.to_bytes().replace(b"map/codes.csv", b"../../codes.csv"),
        JOB.to_bytes() + b" ",
        JOB.to_bytes().replace(b"GaijiHub Print", b"\\ud800"),
    ],
)
def test_a_manifest_nobody_wrote_is_refused(data: bytes):
    with pytest.raises(BadPrintJob):
        PrintJob.from_bytes(data)


def test_sign_off_and_receipt_come_back():
    signed = SignOff(JOB.hash, "住民課長", DAY)
    assert SignOff.from_bytes(signed.to_bytes()) == signed
    receipt = DeletionReceipt("tsuchi-2026", "131016", JOB.hash, "架空印刷", DAY, JOB.files)
    assert DeletionReceipt.from_bytes(receipt.to_bytes()) == receipt
    assert json.loads(receipt.to_bytes())["statement"] == STATEMENT


@pytest.mark.parametrize("name", ["", "  ", "改\n行", "長" * 101])
def test_a_statement_needs_a_name(name: str):
    with pytest.raises(BadSignOff):
        SignOff(JOB.hash, name, DAY)
    with pytest.raises(BadDeletionReceipt):
        DeletionReceipt("tsuchi-2026", "131016", JOB.hash, name, DAY, ())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"null",
        SignOff("a", "b", DAY).to_bytes() + b"\n",
        b'{"manifest":"\\ud800","by":"b","at":"2026-04-01"}',
    ],
)
def test_a_statement_nobody_wrote_is_refused(data: bytes):
    with pytest.raises(BadSignOff):
        SignOff.from_bytes(data)
    with pytest.raises(BadDeletionReceipt):
        DeletionReceipt.from_bytes(data)
