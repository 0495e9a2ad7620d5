"""`gaiji-hub print-job …`: from a record file to a deletion receipt, and what stops on the way."""

from __future__ import annotations

import dataclasses
import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.files.sealed import seal
from gaiji_hub.moji.pack import PackFile
from gaiji_hub.moji.print_job import DeletionReceipt, PrintJob, SignOff
from gaiji_hub.tables.lookup import Tables
from gaiji_hub.workbench.print_job_files import MANIFEST, SIGN_OFF, read_pack, write_pack, zip_bytes
from tests.workbench.print_town import PUA, install

NAMES = ("架空　花子", "見本　太郎", "仮名　次郎")
TEXT = "番号,氏名\n" + "".join(f"{n},{name}{PUA['F040']}{PUA['F043']}\n" for n, name in enumerate(NAMES, 1))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, standard_font: Path) -> Path:
    return install(tmp_path_factory.mktemp("town"), Tables.load())


@pytest.fixture
def records(tmp_path: Path) -> Path:
    path = tmp_path / "juki.csv"
    path.write_bytes(TEXT.encode("cp932"))
    return path


def make(town: Path, out: Path, *words: object, until: str = "2099-12-31") -> int:
    fixed = ["--pack", town, "--vendor-codes", "cp932", "--job", "tsuchi", "--valid-until", until, "--out", out]
    return main(["print-job", "make", *map(str, words), *map(str, fixed)])


@pytest.fixture(scope="module")
def made(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    (folder / "juki.csv").write_bytes(TEXT.encode("cp932"))
    out = folder / "pack"
    assert make(town, out, folder / "juki.csv", "--from", "cp932", "--valid-from", "2026-04-01") == 0
    return out


def test_the_whole_way_to_the_receipt(made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pack = tmp_path / "pack"
    write_pack(pack, read_pack(made).files)
    sealed, opened, receipt = tmp_path / "sealed", tmp_path / "opened", tmp_path / "receipt.json"
    run = lambda *words: main(["print-job", *map(str, words)])  # noqa: E731
    assert run("keygen", "--out", tmp_path / "keys") == 0
    key, public = tmp_path / "keys/vendor.key", tmp_path / "keys/vendor.pub"
    assert key.stat().st_mode & 0o077 == 0
    assert run("keygen", "--out", tmp_path / "keys") == 2
    assert run("seal", pack, "--recipient", public, "--out", sealed) == 2
    assert "校了していないパック" in capsys.readouterr().err
    assert run("sign-off", pack, "--by", "住民課長") == 0
    assert run("seal", pack, "--recipient", public, "--out", pack / "sealed") == 2
    assert run("seal", pack, "--recipient", public, "--out", sealed) == 0
    assert run("open", sealed, "--key", key, "--out", opened) == 0
    assert read_pack(opened) == read_pack(pack)
    assert run("verify", opened) == 0
    assert "校了 2" in capsys.readouterr().out
    assert run("receipt", opened, "--by", "架空印刷", "--out", opened / "receipt.json") == 2
    assert run("receipt", opened, "--by", "架空印刷", "--out", receipt) == 0
    assert "ほかの複製" in capsys.readouterr().out
    assert not opened.exists()
    said = DeletionReceipt.from_bytes(receipt.read_bytes())
    assert said.manifest == read_pack(pack).job.hash
    assert {file.path for file in said.files} == set(read_pack(pack).files)


def test_a_pack_holds_no_name_and_no_record(made: Path):
    for path, data in read_pack(made).files.items():
        for name in (*NAMES, *(name.split("　")[0] for name in NAMES), *(name.split("　")[1] for name in NAMES)):
            for form in (name.encode(), name.encode("cp932"), name.encode("utf-16-le"), name.encode("utf-16-be")):
                assert form not in data, path
    proof = subprocess.run(["pdftotext", "-raw", str(made / "proof/proof.pdf"), "-"], capture_output=True, check=True)
    assert not [name for name in NAMES for part in name.split("　") if part in proof.stdout.decode()]
    assert PrintJob.from_bytes((made / MANIFEST).read_bytes()).records == len(NAMES)


def test_missing_characters_are_told_by_number_and_nothing_is_written(
    town: Path, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    records.write_bytes(TEXT.encode("cp932") + "4,架空\ue100\ue100\ue101　桃子\n".encode("cp932"))
    assert make(town, tmp_path / "pack", records, "--from", "cp932") == 1
    told = capsys.readouterr()
    assert "記録 4: 3 字が不足" in told.out
    assert "F185　配布版にない外字コード　2 回" in told.out
    assert not any(name in told.out + told.err for name in ("桃子", "架空", "花子", "\ue100"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["juki.csv"]


def test_check_judges_another_file_by_the_finished_pack(made: Path, records: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["print-job", "check", str(made), str(records), "--from", "cp932"]) == 0
    records.write_bytes(TEXT.encode("cp932") + "4,丁丁\n".encode("cp932"))
    assert main(["print-job", "check", str(made), str(records), "--from", "cp932"]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == ["記録 4: 3 字が不足", "不足のある記録 1 件、のべ 3 字"]


def test_a_pack_with_another_font_under_a_manifest_of_its_own_is_looked_at(
    made: Path, records: Path, tmp_path: Path, capsys
):
    files = dict(read_pack(made).files)
    files["fonts/print.ttf"] = files["fonts/print.ttf"][:-5_000]
    job = PrintJob.from_bytes(files[MANIFEST])
    listed = tuple(PackFile.of(file.path, files[file.path]) for file in job.files)
    files[MANIFEST] = dataclasses.replace(job, files=listed).to_bytes()
    write_pack(tmp_path / "pack", files)
    assert main(["print-job", "check", str(tmp_path / "pack"), str(records), "--from", "cp932"]) == 2
    assert "フォントが検査に通りません" in capsys.readouterr().err


def test_records_through_a_pipe_are_refused(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    os.mkfifo(tmp_path / "juki.csv")
    assert make(town, tmp_path / "pack", tmp_path / "juki.csv", "--from", "cp932") == 2
    assert "2回読む" in capsys.readouterr().err


def test_words_about_rights_do_not_replace_a_record(town: Path, records: Path, tmp_path: Path, capsys):
    assert make(town, tmp_path / "a.zip", records, "--from", "cp932", "--rights-confirmed", "自作") == 0
    assert "--rights-confirmed は使いません" in capsys.readouterr().err
    assert read_pack(tmp_path / "a.zip").job.rights_note == ""


def test_a_census_makes_a_pack_of_gaiji(town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    census = tmp_path / "census.csv"
    census.write_bytes(b"code,pua,count,records,in_release\nF040,U+E000,3,2,1\nF043,U+E003,1,1,1\n")
    assert make(town, tmp_path / "a.zip", "--census", census) == 0
    job = read_pack(tmp_path / "a.zip").job
    assert (job.source, job.records, [c.count for c in job.characters]) == ("census", 0, [3, 1])
    census.write_bytes(b"code,pua,count,records,in_release\nF140,U+E0BC,3,2,0\n")
    assert make(town, tmp_path / "b.zip", "--census", census) == 1
    assert "F140　配布版にない外字コード　3 回" in capsys.readouterr().out
    assert not (tmp_path / "b.zip").exists()


@pytest.mark.parametrize("both", [True, False])
def test_records_or_census_exactly_one(town: Path, records: Path, tmp_path: Path, both: bool, capsys):
    words = [records, "--census", records] if both else []
    assert make(town, tmp_path / "pack", *words) == 2
    assert "どちらか一方" in capsys.readouterr().err


def test_an_existing_output_is_kept(town: Path, records: Path, tmp_path: Path):
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack.zip").write_bytes(b"mine")
    assert make(town, tmp_path / "pack", records, "--from", "cp932", "--force") == 2
    assert make(town, tmp_path / "pack.zip", records, "--from", "cp932") == 2
    assert (tmp_path / "pack.zip").read_bytes() == b"mine"
    assert make(town, tmp_path / "pack.zip", records, "--from", "cp932", "--force") == 0


def test_the_next_job_goes_on_with_the_last_ones_codes(town: Path, made: Path, tmp_path: Path):
    census = tmp_path / "census.csv"
    census.write_bytes(b"code,pua,count,records,in_release\nF043,U+E003,1,1,1\n")
    assert make(town, tmp_path / "next", "--census", census, "--previous", made) == 0
    before, after = read_pack(made).job, read_pack(tmp_path / "next").job
    assert after.allocations == before.allocations


def test_wrong_dates_are_told(town: Path, records: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        make(town, tmp_path / "pack", records, until="あした")
    assert "日付は 2026-12-31 の形" in capsys.readouterr().err
    assert make(town, tmp_path / "pack", records, "--from", "cp932", until="2020-01-01") == 2


def dated(made: Path, start: str, end: str) -> dict[str, bytes]:
    """The pack of `made` with other dates, signed off."""
    pack = read_pack(made)
    day = datetime.date.fromisoformat
    job = dataclasses.replace(pack.job, valid_from=day(start), valid_until=day(end))
    return {**pack.files, MANIFEST: job.to_bytes(), SIGN_OFF: SignOff(job.hash, "課長", day(start)).to_bytes()}


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [("2020-01-01", "2020-12-31", "2020-12-31 に終わっています"), ("2098-01-01", "2099-12-31", "2098-01-01 からです")],
)
def test_a_pack_opens_within_its_period_only(made: Path, tmp_path: Path, start: str, end: str, sentence: str, capsys):
    assert main(["print-job", "keygen", "--out", str(tmp_path)]) == 0
    sealed = tmp_path / "sealed"
    sealed.write_bytes(seal(zip_bytes(dated(made, start, end)), (tmp_path / "vendor.pub").read_bytes()))
    opened = tmp_path / "opened"
    assert main(["print-job", "open", str(sealed), "--key", str(tmp_path / "vendor.key"), "--out", str(opened)]) == 2
    assert sentence in capsys.readouterr().err
    assert not opened.exists()
    write_pack(tmp_path / "pack", dated(made, start, end))
    assert main(["print-job", "verify", str(tmp_path / "pack")]) == 1


def test_a_changed_pack_is_refused_everywhere(made: Path, records: Path, tmp_path: Path, capsys):
    files = dict(dated(made, "2026-04-01", "2099-12-31"))
    files["map/codes.csv"] += b"41,,,,1,standard,\n"
    pack = tmp_path / "pack"
    write_pack(pack, files)
    main(["print-job", "keygen", "--out", str(tmp_path)])
    public, key, sealed = tmp_path / "vendor.pub", tmp_path / "vendor.key", tmp_path / "sealed"
    sealed.write_bytes(seal(zip_bytes(files), public.read_bytes()))
    for words in (
        ["verify", pack],
        ["check", pack, records, "--from", "cp932"],
        ["sign-off", pack, "--by", "課長"],
        ["seal", pack, "--recipient", public, "--out", tmp_path / "again"],
        ["open", sealed, "--key", key, "--out", tmp_path / "opened"],
        ["receipt", pack, "--by", "架空印刷", "--out", tmp_path / "r.json"],
    ):
        assert main(["print-job", *map(str, words)]) == 2
        assert "map/codes.csv（内容が目録と違います）" in capsys.readouterr().err
    assert pack.is_dir()
    assert not any((tmp_path / name).exists() for name in ("again", "opened", "r.json"))


def test_a_vendor_needs_the_base_install_only(made: Path, tmp_path: Path):
    """Without any of the optional libraries: verify works, make says what to install."""
    absent = ("fontTools", "ots", "typst", "numpy", "cv2", "lxml", "sqlalchemy", "litestar", "msgspec", "brotli")
    script = f"""
import sys
for name in {absent!r}:
    sys.modules[name] = None
from gaiji_hub.cli import main
assert main(["print-job", "verify", sys.argv[1]]) == 0
sys.exit(main(["print-job", "make", "x.csv", "--pack", ".", "--vendor-codes", "cp932", "--job", "a",
               "--valid-until", "2099-01-01", "--out", "b"]))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(made)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 3
    assert "gaiji-hub[print]" in done.stderr


def test_the_receipt_is_readable_by_anyone(made: Path, tmp_path: Path):
    pack = tmp_path / "pack"
    write_pack(pack, read_pack(made).files)
    assert main(["print-job", "receipt", str(pack), "--by", "架空印刷", "--out", str(tmp_path / "r.json")]) == 0
    said = json.loads((tmp_path / "r.json").read_bytes())
    assert (said["by"], said["job"], said["municipality"]) == ("架空印刷", "tsuchi", "131016")
