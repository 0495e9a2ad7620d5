"""The commands of the town's and the vendor's machines against a really started hub, and those of the hub's own."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.print_job_records import find_job
from gaiji_hub.services.print_jobs import sign_off
from gaiji_hub.services.release import get_release
from gaiji_hub.workbench.print_job_files import read_pack
from tests.services.print_hub import make_pack
from tests.web.conftest import fill
from tests.web.people import APPROVER, MIGRATION, SYSTEM, TOWN, VENDOR
from tests.web.serving import started
from tests.web.test_print_jobs import JOB, TEXT, prepare


@pytest.fixture
def data(tmp_path, tables, monkeypatch):
    """A hub's data folder; this process is the hub's own machine."""
    folder = tmp_path / "hub"
    with Registry.open(folder, f"sqlite:///{folder / 'hub.db'}") as registry:
        fill(registry, tables)
        with registry.store.writing() as session:
            prepare(session)
    monkeypatch.setenv("GAIJI_HUB_DATA", str(folder))
    monkeypatch.delenv("GAIJI_HUB_DATABASE_URL", raising=False)
    return folder


@pytest.fixture
def archive(data, tmp_path, standard_font) -> Path:
    """The pack of the town, valid for a month from today."""
    with registry_of(data) as registry, registry.store.reading() as session:
        release = get_release(session, registry.blobs, TOWN, SYSTEM)
    until = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(30)
    path = tmp_path / f"{JOB}.zip"
    path.write_bytes(make_pack(release, standard_font, TEXT, valid_until=until))
    return path


def registry_of(data: Path) -> Registry:
    return Registry.open(data, f"sqlite:///{data / 'hub.db'}")


def sign(data: Path) -> None:
    now = datetime.datetime.now(datetime.UTC)
    with registry_of(data) as registry, registry.store.writing() as session:
        seen = find_job(session, TOWN, SYSTEM, JOB).manifest
        sign_off(session, registry.blobs, TOWN, SYSTEM, JOB, seen, now, APPROVER.actor)


@pytest.fixture
def run(capsys):
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main([str(argument) for argument in arguments])
        return (code, *capsys.readouterr())

    return run


def test_a_pack_over_the_network_and_its_receipt_back(data, archive, tmp_path, run):
    town, vendor = tmp_path / "town.token", tmp_path / "vendor.token"
    for path, who in ((town, MIGRATION), (vendor, VENDOR)):
        path.write_text(who.secret + "\n")
    with started(data) as server:
        at_town = ("--hub", server.address, "--token-file", town)
        at_vendor = ("--hub", server.address, "--token-file", vendor)
        place = ("--municipality", TOWN, "--business-system", SYSTEM, "--job", JOB)
        code, _, err = run("print-job", "submit", archive, *at_vendor, "--vendor", "insatsu")
        assert (code, "hub_refused" in err) == (2, True)
        code, out, err = run("print-job", "submit", archive, *at_town, "--vendor", "insatsu", "--title", "納税通知書")
        assert (code, "状態 受付" in out) == (0, True), err
        code, out, _ = run("print-job", "jobs", *at_vendor, "--municipality", TOWN)
        assert (code, "校了を待って" in out) == (0, True)
        opened = tmp_path / "opened"
        code, _, err = run("print-job", "fetch", *at_vendor, *place, "--out", opened)
        assert (code, "404" in err, opened.exists()) == (2, True, False)
        sign(data)
        code, out, _ = run("print-job", "jobs", *at_vendor, "--municipality", TOWN)
        assert out.startswith(f"{JOB}\t{SYSTEM}\t校了\t")
        code, out, err = run("print-job", "fetch", *at_vendor, *place, "--out", opened)
        assert (code, APPROVER.name in out) == (0, True), err
        assert read_pack(opened).job == read_pack(archive).job
        receipt = tmp_path / "receipt.json"
        assert run("print-job", "receipt", opened, "--by", "架空印刷", "--out", receipt)[0] == 0
        code, out, err = run("print-job", "send-receipt", receipt, *at_vendor)
        assert (code, "状態 削除済" in out) == (0, True), err
        code, _, err = run("print-job", "fetch", *at_vendor, *place, "--out", opened)
        assert (code, "410" in err, "受け取れません" in err) == (2, True, True)


def test_the_hubs_own_machine_hands_in_lists_and_withdraws(data, archive, run):
    place = ("--municipality", TOWN, "--business-system", SYSTEM)
    code, out, err = run("vendor", "add", "atarashii", "--municipality", TOWN, "--title", "新しい印刷")
    assert (code, out) == (0, "atarashii\t新しい印刷\t公開鍵の番号 —\n"), err
    assert "atarashii" in run("vendor", "list", "--municipality", TOWN)[1]
    assert "印刷ジョブはまだありません" in run("print-job", "list", *place)[1]
    code, out, err = run("print-job", "upload", archive, "--vendor", "atarashii")
    assert (code, "受付" in out, "校了してください" in out) == (0, True, True), err
    code, out, err = run("print-job", "withdraw", *place, "--job", JOB, "--reason", "差替え")
    assert (code, "取下げ" in out) == (0, True), err
    assert "取下げ" in run("print-job", "list", *place)[1]
    assert run("print-job", "withdraw", *place, "--job", JOB, "--reason", "差替え")[0] == 2
