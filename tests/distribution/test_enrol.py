"""Enrolment and the commands before it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaiji_hub.cli import main
from tests.distribution.world import MEMBER, World, whole


def test_commands_before_enrolment_say_what_to_do(tmp_path: Path, capsys) -> None:
    for command in ("sync", "status", "verify"):
        assert main(["agent", command, "--home", str(tmp_path / "home")]) == 2
        assert "agent enrol" in capsys.readouterr().err
    assert not (tmp_path / "home").exists()


def test_the_home_lies_in_the_data_folder_by_default(tmp_path: Path, world: World, monkeypatch, capsys) -> None:
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "data"))
    trust = world.folder / "trust.json"
    options = [
        "--channel",
        str(world.channel),
        "--trust",
        str(trust),
        "--member",
        MEMBER,
        "--install",
        str(tmp_path / "i"),
    ]
    assert main(["agent", "enrol", *options]) == 0
    assert (tmp_path / "data" / "agent" / "enrolment.json").exists()
    assert "ハブ証明" in capsys.readouterr().out


def test_enrolling_again(world: World, capsys) -> None:
    before = whole(world.home)
    assert world.enrol() == 0
    assert world.enrol(str(world.channel.parent / "990019-zei")) == 2
    assert "already_enrolled" in capsys.readouterr().err
    assert whole(world.home) == before


@pytest.mark.parametrize(
    ("option", "value", "code"),
    [
        ("--member", "外字", "bad_name"),
        ("--channel", "ftp://h/990019-juki", "bad_channel_address"),
        ("--channel", "/srv/channels/juki", "bad_channel_name"),
        ("--trust", "trust-of-nobody.json", "bad_trust"),
    ],
)
def test_wrong_options(world: World, tmp_path: Path, capsys, option: str, value: str, code: str) -> None:
    nobody = tmp_path / "trust-of-nobody.json"
    nobody.write_text("{}")
    options = {
        "--channel": str(world.channel),
        "--trust": str(world.folder / "trust.json"),
        "--member": MEMBER,
        "--install": str(tmp_path / "i"),
        "--home": str(tmp_path / "h"),
        option: str(nobody) if value == nobody.name else value,
    }
    assert main(["agent", "enrol", *(part for pair in options.items() for part in pair)]) == 2
    assert f"[{code}]" in capsys.readouterr().err
    assert not (tmp_path / "h" / "enrolment.json").exists()


def test_a_damaged_state_stops_the_agent(world: World, capsys) -> None:
    path = world.home / "state.json"
    path.write_bytes(path.read_bytes().replace(b'"seq":1', b'"seq":0'))
    assert world.sync() == 3
    assert "state_damaged" in capsys.readouterr().err
