"""`gaiji-hub demo` as a person types it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from gaiji_hub.cli import main
from gaiji_hub.cli.serve import say_ready
from gaiji_hub.demo.logins import read_logins
from gaiji_hub.demo.office import moment
from gaiji_hub.services.hub import Registry
from gaiji_hub.services.municipalities import register_municipality
from gaiji_hub.settings import Settings
from tests.demo.conftest import Walked, demo_settings


@pytest.fixture
def at_demo(walked: Walked, monkeypatch: pytest.MonkeyPatch) -> Walked:
    monkeypatch.setenv("GAIJI_HUB_DATA", str(walked.settings.data))
    return walked


def test_json_is_alone_on_stdout(at_demo: Walked, capsys: pytest.CaptureFixture[str]):
    assert main(["demo", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == at_demo.figures
    assert "数え直します" in err


def test_without_json_a_table_and_what_to_look_at_next(at_demo: Walked, capsys: pytest.CaptureFixture[str]):
    assert main(["demo"]) == 0
    out, err = capsys.readouterr()
    assert "架空市あさひ" in out
    assert "次に見るもの" in out
    assert err == ""


def test_if_empty_does_nothing_on_a_complete_demo(at_demo: Walked, capsys: pytest.CaptureFixture[str]):
    assert main(["demo", "--if-empty"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


def test_the_server_prints_the_logins_of_a_demo(
    walked: Walked, listener: socket.socket, capsys: pytest.CaptureFixture[str]
):
    say_ready(listener, walked.settings)
    address, heading, *lines = capsys.readouterr().out.splitlines()
    assert address == f"開きました: http://127.0.0.1:{listener.getsockname()[1]}"
    assert heading.startswith("ログイン（デモ")
    logins = read_logins(walked.settings.data)
    assert [line.split()[:2] for line in lines] == [[one.login, one.password] for one in logins]
    assert lines[0].endswith("架空市あさひ 担当者")


def test_the_server_prints_no_login_of_anything_else(
    machine_settings: Settings, listener: socket.socket, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    say_ready(listener, demo_settings(machine_settings, tmp_path))
    assert "gaiji-hub person add --hub" in capsys.readouterr().out.splitlines()[1]


def test_a_real_folder_is_refused_with_exit_code_2(
    walked: Walked, tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    data = tmp_path / "real"
    with Registry.open(data, f"sqlite:///{data / 'hub.db'}") as registry, registry.store.writing() as session:
        register_municipality(session, "131016", "千代田区", moment(1))
    monkeypatch.setenv("GAIJI_HUB_DATA", str(data))
    assert main(["demo"]) == 2
    assert "[not_a_demo_folder]" in capsys.readouterr().err
    assert main(["demo", "--if-empty"]) == 0
    assert not (data / "demo").exists()
