"""`gaiji-hub tables systems|install|fetch` through the real command line, with and without the host tables."""

import json

import pytest

from gaiji_hub.cli import main
from gaiji_hub.moji.code_system import CODE_SYSTEMS


@pytest.fixture
def empty_machine(monkeypatch, tmp_path):
    """A machine that has no source of the host tables and may not ask for one."""
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GAIJI_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GAIJI_HUB_SOURCES", str(tmp_path))
    monkeypatch.setenv("GAIJI_HUB_OFFLINE", "1")


def test_the_list_names_every_system_and_what_is_not_installed(empty_machine, capsys):
    assert main(["tables", "systems"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CODE_SYSTEMS)
    missing = {line.split()[0] for line in lines if "入っていません" in line}
    assert missing == {name for name in CODE_SYSTEMS if name.startswith(("jef", "keis", "jips", "lets"))}


def test_one_system_is_described(empty_machine, capsys):
    assert main(["tables", "systems", "cp930", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["name"] == "ibm930"
    assert record["user_defined"] == {"area": "6941–7FFE", "codes": 4370}
    assert record["shift"] == {"double": ["0E"], "single": "0F", "inferred": False}
    assert record["round_trip"]["decode_only"] == 2
    assert sorted(record["editions"]) == ["code_ibm-kanji", "code_ibm930-single"]


def test_the_codes_that_do_not_come_back_are_listed(empty_machine, capsys):
    assert main(["tables", "systems", "cp932", "--losses"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 398
    assert "879A\tU+2235\t81E6\t" in lines


def test_a_system_without_its_tables_says_what_to_do(empty_machine, capsys):
    assert main(["tables", "systems", "jef"]) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "gaiji-hub tables install" in captured.err
    assert "[table_not_installed]" in captured.err


def test_install_says_per_publisher_what_is_missing_and_ends_with_findings(empty_machine, capsys):
    assert main(["tables", "install"]) == 1
    captured = capsys.readouterr()
    assert "code_jef\t源泉がないため作れません" in captured.out
    assert captured.err.count("源泉 jef4j") == 1
    assert "もう一度" in captured.err


def test_install_makes_the_host_systems_usable(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("GAIJI_HUB_DATA", str(tmp_path))
    assert main(["tables", "install"]) == 0
    assert "code_jef\t11,984 行" in capsys.readouterr().out
    assert main(["tables", "systems"]) == 0
    assert "入っていません" not in capsys.readouterr().out
    assert main(["tables", "systems", "jips-e"]) == 0
    out = capsys.readouterr().out
    assert "シフト: 2バイトへ 3F75、1バイトへ 3F76" in out
    assert "注意: " in out
