"""印刷ジョブパックの受付: what comes from outside is a whole pack and nothing else, or is refused."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile

import pytest

from gaiji_hub.errors import BadInput, HubError
from gaiji_hub.fontbuild.subset import Coverage
from gaiji_hub.moji.canonical import canonical
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import PrintJob, SignOff
from gaiji_hub.workbench.print_job import FONT_PATH, GAIJI_PATH, MAP_PATH, PROOF_PATH, README_PATH
from gaiji_hub.workbench.print_job_codes import format_code_map
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF, BadPackArchive, PrintPackChanged, unzip, zip_bytes
from gaiji_hub.workbench.print_job_receive import (
    MAX_UPLOAD,
    PackRefused,
    PackTooLarge,
    lacking,
    receive_pack,
    signed_pack,
)
from tests.workbench.print_town import DATE, PUA, World, order
from tests.workbench.test_print_job import HARD


@pytest.fixture(scope="module")
def world(tmp_path_factory, standard_font):
    return World.made(tmp_path_factory.mktemp("installed"), standard_font)


@pytest.fixture(scope="module")
def archive(world):
    made = world.pack("山田邉" + PUA["F040"] + PUA["F043"], order("cp932"))
    return zip_bytes({MANIFEST: made.job.to_bytes(), **made.files})


def resealed(archive: bytes, job: PrintJob | None = None, **files: bytes) -> bytes:
    """The pack with other files (`readme` for README.txt …), listed by its manifest as they are."""
    paths = {"font": FONT_PATH, "map": MAP_PATH, "proof": PROOF_PATH, "readme": README_PATH}
    kept = unzip(archive)
    job = job or PrintJob.from_bytes(kept.pop(MANIFEST))
    kept.pop(MANIFEST, None)
    kept |= {paths.get(name, name): data for name, data in files.items()}
    listed = tuple(PackFile.of(path, data) for path, data in sorted(kept.items()))
    return zip_bytes({**kept, MANIFEST: dataclasses.replace(job, files=listed).to_bytes()})


def test_a_pack_is_kept_byte_for_byte(archive):
    received = receive_pack(archive)
    assert received.data == archive
    assert received.proof == unzip(archive)[PROOF_PATH]
    assert received.signed is None


@pytest.mark.parametrize("vendor_codes", ["cp932", "unicode", "unicode-ivs"])
def test_packs_of_every_code_system_pass(world, vendor_codes):
    made = world.pack("".join((*HARD, *PUA.values())), order(vendor_codes))
    assert receive_pack(zip_bytes({MANIFEST: made.job.to_bytes(), **made.files})).job == made.job


def test_the_same_pack_compressed_is_kept_as_the_same_bytes(archive):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.comment = "架空 花子".encode()
        for path, data in unzip(archive).items():
            packed.writestr(path, data)
    assert receive_pack(buffer.getvalue()).data == archive


def test_what_the_vendor_gets_is_the_pack_with_the_sign_off(archive):
    received = receive_pack(archive)
    signed = SignOff(received.job.hash, "架空 太郎", DATE)
    handed = signed_pack(received.data, signed)
    assert handed == signed_pack(received.data, signed)
    assert unzip(handed) == {**unzip(archive), SIGN_OFF: signed.to_bytes()}
    again = receive_pack(handed)
    assert (again.data, again.signed) == (archive, signed)


@pytest.mark.parametrize(
    "extra",
    ["residents.csv", "fonts/other.ttf", "licences/../x", "/etc/passwd", "proof/records.csv", "manifest.json.bak"],
)
def test_only_the_files_of_a_pack_are_taken(archive, extra):
    with pytest.raises(BadInput):
        receive_pack(resealed(archive, **{extra: "架空 花子".encode()}))


def test_a_file_that_the_manifest_does_not_list_is_refused(archive):
    with pytest.raises(PrintPackChanged):
        receive_pack(zip_bytes({**unzip(archive), "residents.csv": b"x"}))


@pytest.mark.parametrize("path", [FONT_PATH, MAP_PATH, PROOF_PATH, README_PATH, MANIFEST])
def test_a_pack_without_one_of_its_files_is_refused(archive, path):
    files = unzip(archive)
    del files[path]
    with pytest.raises(HubError):
        receive_pack(zip_bytes(files))


def test_the_code_map_is_what_the_manifest_says(archive):
    rows = unzip(archive)[MAP_PATH]
    with pytest.raises(PackRefused):
        receive_pack(resealed(archive, map=rows + "8E52,氏名,,,1,standard,\n".encode()))


def test_a_proof_is_a_pdf_and_texts_are_short(archive):
    for files in (
        {"proof": "氏名,住所\n".encode()},
        {"readme": b"x" * 70_000},
        {"licences/IPA.txt": b"x" * (2 << 20)},
        {f"licences/{number}.txt": b"x" for number in range(30)},
    ):
        with pytest.raises(PackRefused):
            receive_pack(resealed(archive, **files))


def test_a_font_shows_the_characters_of_the_manifest_and_no_others(world, archive):
    for text, said in (("山" + PUA["F043"], "3 字"), ("山田邉川" + PUA["F040"] + PUA["F043"], "目録にない文字が 1 字")):
        with pytest.raises(PackRefused) as refused:
            receive_pack(resealed(archive, font=world.pack(text, order("cp932")).files[FONT_PATH]))
        assert said in str(refused.value)


def test_the_towns_own_shapes_are_in_the_font_for_them(world, archive):
    files = unzip(archive)
    for font, gaiji in ((files[GAIJI_PATH], files[FONT_PATH]), (files[FONT_PATH], files[FONT_PATH])):
        with pytest.raises(PackRefused):
            receive_pack(resealed(archive, **{"font": font, GAIJI_PATH: gaiji}))
    job = PrintJob.from_bytes(files[MANIFEST])
    hidden = dataclasses.replace(job, gaiji_family="", characters=tuple(c for c in job.characters if not c.rights))
    with pytest.raises(PackRefused):  # the font lies in the pack though the manifest speaks of no such shape
        receive_pack(resealed(archive, hidden, map=format_code_map(hidden.characters)))


@pytest.mark.parametrize("font", [b"", b"\x00\x01\x00\x00" + b"\xff" * 500, b"<ttFont>", "架空 花子".encode()])
def test_a_font_that_ots_refuses_is_refused(archive, font):
    with pytest.raises(BadInput):
        receive_pack(resealed(archive, font=font))


def test_a_code_of_the_vendor_is_the_characters_own(archive):
    job = PrintJob.from_bytes(unzip(archive)[MANIFEST])
    for code in ("FFFF", "zz z", "", "8140", "9089 ", "12"):
        wrong = dataclasses.replace(job.characters[0], vendor_code=code or "0")
        forged = dataclasses.replace(job, characters=(wrong, *job.characters[1:]))
        with pytest.raises(BadInput):
            receive_pack(resealed(archive, forged, map=format_code_map(forged.characters)))


def test_lacking_names_what_is_not_shown(archive):
    job, nothing = receive_pack(archive).job, Coverage(frozenset(), frozenset())
    missing = (*lacking(job, nothing, own=False), *lacking(job, nothing, own=True))
    assert set(missing) == set(job.characters)


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"x" * 1000])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(HubError):
        receive_pack(data)


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(MANIFEST, bytes(MAX_UPLOAD + 1))
    assert len(buffer.getvalue()) < 1 << 20
    with pytest.raises(BadPackArchive):
        receive_pack(buffer.getvalue())
    with pytest.raises(PackTooLarge):
        receive_pack(bytes(MAX_UPLOAD + 1))


@pytest.mark.parametrize(
    "change",
    [
        {"town": "\ud800"},
        {"font_family": "\ud800"},
        {"tools": {"x": "\ud800"}},
        {"release": {"number": 1e400, "hash": "x"}},
        {"characters": "x"},
        {"bases": [[]]},
        {"files": {"\ud800": {"sha256": "x", "size": 1}}},
        {"valid": {"from": "x", "until": []}},
        {"vendor_codes": "ebcdic"},
        {"code_system": "jef"},
        {"allocations": []},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_hostile_manifest_is_a_refusal_never_a_crash(archive, change):
    files = unzip(archive)
    loaded = json.loads(files[MANIFEST]) | change
    spelled = json.dumps(loaded, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    with pytest.raises(HubError):
        receive_pack(zip_bytes({**files, MANIFEST: spelled}))
    with pytest.raises(HubError):
        receive_pack(zip_bytes({**files, MANIFEST: canonical([1]) * 100}))
